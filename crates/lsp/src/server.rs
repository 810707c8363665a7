//! The messages: from `initialize` to `exit`.

use crate::document::Document;
use crate::features::{self, Answer, parsed};
use crate::folder::Roots;
use crate::job::{Job, Report};
use crate::session::Session;
use crate::symbols::RUN_TESTS;
use crate::text::{Encoding, changed};
use crate::uri;
use crossbeam_channel::{Receiver, Sender, never, select};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions,
    CompletionOptions, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    ExecuteCommandOptions, ExecuteCommandParams, HoverProviderCapability, InitializeParams,
    MessageType, OneOf, PublishDiagnosticsParams, RenameOptions, SaveOptions, ServerCapabilities,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, Uri,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::str::FromStr as _;
use std::thread;
use std::time::{Duration, Instant};
use tidegate_analysis::rule_tests::TestReport;
use tidegate_engine::message::message;
use tidegate_engine::rules::source::bundle::Bundle;
use tidegate_messages::Language;

/// How long the server waits after a change before it checks: longer than the pauses of typing.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Settings of the command line. The client may add `rules` and `noDefaultRules` to them
/// (`initializationOptions`).
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Packs that are read in addition to those of a folder, as `tidegate check` does.
    pub bundle: Option<Bundle>,
    /// Packs, policies or folders that are checked together; without them the folder of each
    /// open file is.
    pub paths: Vec<PathBuf>,
    /// The language of texts; by default that of the client, otherwise that of the environment.
    pub language: Option<Language>,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By `shutdown` and `exit`.
    Shutdown,
    /// By `exit` without `shutdown`.
    Exit,
    /// The input ended without `exit`.
    Disconnected,
}

/// Serves one client until it exits.
pub fn serve(connection: &Connection, options: Options) -> Ending {
    let (to_worker, jobs) = crossbeam_channel::unbounded();
    let (to_server, reports) = crossbeam_channel::unbounded();
    let worker = thread::spawn(move || work(&jobs, &to_server));
    let mut server = Server {
        sender: connection.sender.clone(),
        jobs: to_worker,
        session: None,
        options,
        is_shut_down: false,
        watches_files: false,
        running: 0,
    };
    let ending = server.run(&connection.receiver, &reports);
    drop(server);
    // A panic of a job is caught in it.
    drop(worker);
    ending
}

/// Runs jobs until no more can come.
fn work(jobs: &Receiver<Job>, reports: &Sender<Report>) {
    for job in jobs {
        let (root, request) = (job.rules().root.clone(), job.request());
        let report = catch_unwind(AssertUnwindSafe(|| job.run()));
        let report = report.unwrap_or(Report::Failed(root, request));
        if reports.send(report).is_err() {
            return;
        }
    }
}

struct Server {
    sender: Sender<Message>,
    jobs: Sender<Job>,
    /// `None` before `initialize`.
    session: Option<Session>,
    options: Options,
    is_shut_down: bool,
    /// The client reports changes of files if it is requested to.
    watches_files: bool,
    /// Jobs of which the report is due.
    running: usize,
}

impl Server {
    fn run(&mut self, messages: &Receiver<Message>, reports: &Receiver<Report>) -> Ending {
        loop {
            // While a job runs, changes are collected: the next check sees all of them.
            let session = self.session.as_ref().filter(|_| self.running == 0);
            let due = session.and_then(Session::next_due);
            let timer = due.map_or_else(never, crossbeam_channel::at);
            select! {
                recv(messages) -> message => match message {
                    Ok(message) => if let Some(ending) = self.take(message) { return ending },
                    Err(_) => return Ending::Disconnected,
                },
                recv(reports) -> report => report.into_iter().for_each(|it| self.report(it)),
                recv(timer) -> _ => self.start_checks(),
            }
        }
    }

    fn take(&mut self, message: Message) -> Option<Ending> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(it) if it.method == "exit" => {
                return Some(if self.is_shut_down { Ending::Shutdown } else { Ending::Exit });
            }
            Message::Notification(it) => {
                let method = it.method.clone();
                let taken = catch_unwind(AssertUnwindSafe(|| self.notification(it)));
                if taken.is_err() {
                    self.log(&format!("internal error in {method}; please report it"));
                }
            }
            // The client confirms what the server registered.
            Message::Response(_) => {}
        }
        None
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answer = guarded(&method, || self.answer(&id, &method, params));
        match answer {
            Some(Ok(value)) => self.send(Response::new_ok(id, value)),
            Some(Err((code, message))) => {
                self.send(Response::new_err(id, code as i32, message));
            }
            // The answer follows when a job ends.
            None => {}
        }
    }

    fn answer(&mut self, id: &RequestId, method: &str, params: Value) -> Option<Answer> {
        if self.is_shut_down {
            return Some(Err((ErrorCode::InvalidRequest, "the server is shut down".to_owned())));
        }
        match (method, &mut self.session) {
            ("initialize", None) => Some(self.initialize(params)),
            ("initialize", Some(_)) => {
                Some(Err((ErrorCode::InvalidRequest, "initialize was sent twice".to_owned())))
            }
            ("shutdown", _) => {
                self.is_shut_down = true;
                Some(Ok(Value::Null))
            }
            (_, None) => {
                let message = format!("expected initialize before {method}");
                Some(Err((ErrorCode::ServerNotInitialized, message)))
            }
            ("workspace/executeCommand", Some(_)) => self.execute(id, params).err().map(Err),
            (_, Some(session)) => Some(features::answer(session, method, params)),
        }
    }

    fn initialize(&mut self, params: Value) -> Answer {
        let params: InitializeParams = parsed("initialize", params)?;
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::negotiate(offered);
        let roots = self.roots(&params);
        let of_client = || params.locale.as_deref().map(Language::of_tag);
        let language = self
            .options
            .language
            .or_else(of_client)
            .unwrap_or_else(|| Language::of_environment(|name| std::env::var_os(name)));
        let files =
            params.capabilities.workspace.as_ref().and_then(|it| it.did_change_watched_files);
        self.watches_files = files.and_then(|it| it.dynamic_registration).unwrap_or(false);
        let settings = params.initialization_options.unwrap_or_default();
        let is_alone = settings["noDefaultRules"].as_bool().unwrap_or(false);
        let bundle = self.options.bundle.filter(|_| !is_alone);
        self.session = Some(Session::new(encoding, language, roots, bundle));
        Ok(json!({
            "capabilities": capabilities(encoding),
            "serverInfo": { "name": "tidegate", "version": env!("CARGO_PKG_VERSION") },
        }))
    }

    /// Where rules are: the paths of the command line and of the client's settings, relative to
    /// the first folder of the workspace.
    #[expect(deprecated, reason = "clients that know no workspace folders send a root")]
    fn roots(&self, params: &InitializeParams) -> Roots {
        let named = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
        let mut workspaces: Vec<PathBuf> = named.filter_map(uri::path).collect();
        if workspaces.is_empty() {
            workspaces.extend(params.root_uri.as_ref().and_then(uri::path));
        }
        let workspaces: Vec<PathBuf> = workspaces.iter().map(|path| uri::canonical(path)).collect();
        let settings = params.initialization_options.as_ref();
        let settings = settings.and_then(|it| it["rules"].as_array()).into_iter().flatten();
        let paths = settings.filter_map(Value::as_str).map(PathBuf::from);
        let base = workspaces.first().cloned().unwrap_or_default();
        let paths = paths.map(|path| base.join(path)).chain(self.options.paths.iter().cloned());
        Roots { configured: paths.map(|path| uri::canonical(&path)).collect(), workspaces }
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let Some(session) = &mut self.session else { return };
        let now = Instant::now();
        match method.as_str() {
            "initialized" if self.watches_files => self.watch_files(),
            "textDocument/didOpen" => open(session, params, now),
            "textDocument/didChange" => change(session, params, now + DEBOUNCE),
            "textDocument/didSave" => {
                let saved = parsed::<DidSaveTextDocumentParams>(&method, params);
                let path = saved.ok().and_then(|saved| uri::path(&saved.text_document.uri));
                let path = path.map(|path| uri::canonical(&path));
                session.refresh_changed(path.as_slice(), now);
            }
            "textDocument/didClose" => {
                if let Ok(closed) = parsed::<DidCloseTextDocumentParams>(&method, params) {
                    let withdrawn = session.close(&closed.text_document.uri, now);
                    self.publish(withdrawn);
                }
            }
            "workspace/didChangeWatchedFiles" => {
                if let Ok(changed) = parsed::<DidChangeWatchedFilesParams>(&method, params) {
                    let paths = changed.changes.iter().filter_map(|change| uri::path(&change.uri));
                    let paths: Vec<PathBuf> = paths.map(|path| uri::canonical(&path)).collect();
                    session.refresh_changed(&paths, now + DEBOUNCE);
                }
            }
            // Others change nothing here.
            _ => {}
        }
    }

    /// Asks the client to report changes of rule files that no editor makes.
    fn watch_files(&mut self) {
        let patterns = ["**/*.rules.yaml", "**/*.policy.yaml", "**/policy.yaml", "**/*.txt"];
        let watchers: Vec<Value> = patterns.map(|it| json!({ "globPattern": it })).to_vec();
        let registration = json!({
            "id": "files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        let params = json!({ "registrations": [registration] });
        // It is the only request of the server.
        let id = RequestId::from(1);
        self.send(Request::new(id, "client/registerCapability".to_owned(), params));
    }

    fn start_checks(&mut self) {
        let Some(session) = &mut self.session else { return };
        for rules in session.take_due(Instant::now()) {
            // The worker ends with the server only.
            self.running += usize::from(self.jobs.send(Job::Check(rules)).is_ok());
        }
    }

    fn report(&mut self, report: Report) {
        self.running -= 1;
        let Some(session) = &mut self.session else { return };
        let published = match report {
            Report::Check(root, changes, report) => session.take_check(&root, changes, report),
            Report::Test(root, changes, request, result) => {
                let published = match &result {
                    Ok(report) => session.take_tests(&root, changes, report),
                    Err(_) => Vec::new(),
                };
                self.answer_tests(request, result);
                published
            }
            Report::Failed(_, Some(request)) => {
                self.answer_tests(request, Err(message!("internal error; please report it")));
                Vec::new()
            }
            Report::Failed(root, None) => session.take_failure(&root),
        };
        self.publish(published);
    }

    /// Starts the tests of a file (`[uri]`) or of a rule in it (`[uri, id]`).
    fn execute(&mut self, id: &RequestId, params: Value) -> Result<(), (ErrorCode, String)> {
        let params: ExecuteCommandParams = parsed("workspace/executeCommand", params)?;
        let invalid = |message: String| (ErrorCode::InvalidParams, message);
        if params.command != RUN_TESTS {
            return Err(invalid(format!("unknown command {}", params.command)));
        }
        let word = |at: usize| params.arguments.get(at).and_then(Value::as_str);
        let uri = word(0).and_then(|uri| Uri::from_str(uri).ok());
        let session = self.session.as_ref();
        let file =
            uri.and_then(|uri| session?.document(&uri)).map(|document| document.path.clone());
        let file = file.ok_or_else(|| {
            invalid(format!("{RUN_TESTS} wants the address of an open file, and the id of a rule"))
        })?;
        if let Some(session) = session {
            let rules = session.rules(session.root(&file));
            let rule = word(1).map(str::to_owned);
            let job = Job::Test { rules, request: id.clone(), file, rule };
            self.running += usize::from(self.jobs.send(job).is_ok());
        }
        Ok(())
    }

    /// Answers the request of a test run, and shows its result as `tidegate test` prints it.
    fn answer_tests(
        &self,
        request: RequestId,
        result: Result<TestReport, tidegate_engine::Message>,
    ) {
        let language = self.session.as_ref().map_or_else(Language::default, |it| it.language);
        let say = |message: &tidegate_engine::Message| language.say(message);
        let (kind, message) = match &result {
            Ok(report) if report.failures.is_empty() => (MessageType::INFO, report.summary()),
            Ok(report) => (MessageType::WARNING, report.summary()),
            Err(message) => (MessageType::ERROR, message.clone()),
        };
        self.notify("window/showMessage", json!({ "type": kind, "message": say(&message) }));
        match result {
            Ok(report) => {
                let TestReport { passed, failures, tested, untested, sequences } = report;
                let counts = json!({
                    "passed": passed,
                    "failed": failures.len(),
                    "rules": tested,
                    "untested": untested,
                    "sequences_not_run": sequences,
                });
                self.send(Response::new_ok(request, counts));
            }
            Err(message) => {
                self.send(Response::new_err(
                    request,
                    ErrorCode::RequestFailed as i32,
                    say(&message),
                ));
            }
        }
    }

    fn publish(&self, lists: Vec<PublishDiagnosticsParams>) {
        for list in lists {
            self.notify("textDocument/publishDiagnostics", list);
        }
    }

    fn log(&self, message: &str) {
        let params = json!({ "type": MessageType::ERROR, "message": message });
        self.notify("window/logMessage", params);
    }

    fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    fn send(&self, message: impl Into<Message>) {
        // The writer ends before the server only if the client is gone, which the reader notices.
        let _ = self.sender.send(message.into());
    }
}

/// The result of `answer`; a panic in it is an error of this request alone.
fn guarded(method: &str, answer: impl FnOnce() -> Option<Answer>) -> Option<Answer> {
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
        let message = format!("internal error in {method}; please report it");
        Some(Err((ErrorCode::InternalError, message)))
    })
}

fn open(session: &mut Session, params: Value, due: Instant) {
    let Ok(opened) = parsed::<DidOpenTextDocumentParams>("", params) else { return };
    let item = opened.text_document;
    if let Some(path) = uri::path(&item.uri) {
        let path = uri::canonical(&path);
        session.open(Document::new(item.uri, path, item.version, &item.text), due);
    }
}

fn change(session: &mut Session, params: Value, due: Instant) {
    let Ok(change) = parsed::<DidChangeTextDocumentParams>("", params) else { return };
    let Some(document) = session.document(&change.text_document.uri) else { return };
    let text = changed(&document.text, &change.content_changes, session.encoding);
    let Document { uri, path, .. } = document.clone();
    session.open(Document::new(uri, path, change.text_document.version, &text), due);
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let save = SaveOptions { include_text: Some(false) };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(save)),
        ..TextDocumentSyncOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "(", " "].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![RUN_TESTS.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_its_request_alone() {
        let answer = guarded("textDocument/hover", || panic!("a bug"));
        let (code, message) = answer.unwrap().unwrap_err();
        assert_eq!(code as i32, ErrorCode::InternalError as i32);
        assert!(message.contains("textDocument/hover"), "{message}");
        assert!(guarded("x", || None).is_none());
    }
}
