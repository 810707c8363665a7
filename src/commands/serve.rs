//! `serve`: verdicts over HTTP.

#[cfg(feature = "state")]
mod state;

use crate::exit::Exit;
use crate::flags::number::{body_size, duration, line_size, positive, threads};
use crate::flags::{MappingArgs, RuleArgs};
use crate::rule_files::{LoadedRules, RuleFiles};
use crate::start_error::StartError;
use crate::term;
use clap::{Args, ValueEnum};
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tidegate_engine::domain::limits::LINE_BYTES_MAX_DEFAULT;
use tidegate_engine::rules::model::Model;
use tidegate_service::{
    Address, Failure, Loaded, LogFormat, RuleSource, Settings, Start, Tokens, serve,
};

/// Arguments of `serve`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct ServeArgs {
    /// Address: HOST:PORT with a numeric host, unix:PATH, or `systemd` for the socket that it passes
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700", value_parser = address)]
    pub listen: Address,
    /// File with the tokens of those who may ask: a role (classify, review, admin) and a token a line
    ///
    /// Only its owner may be able to read it. A role may do what the ones before it may: classify
    /// posts; also see rules, explanations and metrics; also reload rules. Clients send
    /// `Authorization: Bearer TOKEN`; browsers ask for a password.
    #[arg(long, value_name = "FILE", conflicts_with = "no_token")]
    pub token_file: Option<PathBuf>,
    /// Answer everybody at an address that other machines can reach
    #[arg(long)]
    pub no_token: bool,
    /// Let pages of this origin read answers, such as `https://review.example.org` (repeatable)
    #[arg(long, value_name = "ORIGIN")]
    pub cors: Vec<String>,
    /// Another host name under which requests are answered (repeatable)
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Load the rules again when their files change
    #[arg(long)]
    pub watch: bool,
    /// Form of the log on standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogForm,
    /// Threads that judge [default: one per processor]
    #[arg(long, short = 'j', value_name = "N", value_parser = threads, help_heading = LIMITS)]
    pub threads: Option<NonZeroUsize>,
    /// Chunks of lines that are judged or wait for it; beyond that the answer is 503
    #[arg(long, value_name = "N", default_value = "256", value_parser = positive, help_heading = LIMITS)]
    pub queue: usize,
    /// Streams that are answered at the same time; beyond that the answer is 503
    #[arg(long, value_name = "N", default_value = "64", value_parser = positive, help_heading = LIMITS)]
    pub streams: usize,
    /// Open connections; further ones wait
    #[arg(long, value_name = "N", default_value = "4096", value_parser = positive, help_heading = LIMITS)]
    pub connections: usize,
    /// Longest JSON body, decompressed; a longer one is answered with 413
    #[arg(long, value_name = "SIZE", default_value = "8M", value_parser = body_size, help_heading = LIMITS)]
    pub max_body: usize,
    /// Longest line that is judged; longer lines are unreadable
    #[arg(long, value_name = "SIZE", default_value_t = LINE_BYTES_MAX_DEFAULT, value_parser = line_size, help_heading = LIMITS)]
    pub max_line: usize,
    /// Verdicts held for a client that sends before it reads
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = body_size, help_heading = LIMITS)]
    pub response_buffer: usize,
    /// Time for the head of a request
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = LIMITS)]
    pub header_timeout: Duration,
    /// Time without a byte, in either direction
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration, help_heading = LIMITS)]
    pub idle_timeout: Duration,
    /// Time for a request that is no stream
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = LIMITS)]
    pub request_timeout: Duration,
    /// Time for requests that run when the service is stopped
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = LIMITS)]
    pub grace: Duration,
    #[cfg(feature = "state")]
    #[command(flatten)]
    pub state: state::StateArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
}

/// Heading of the flags that limit what requests may take.
const LIMITS: &str = "Limits";

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
    /// For people, warnings and errors only
    Quiet,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate serve
  curl -d '{\"id\":1,\"text\":\"...\"}' -H 'Content-Type: application/json' \\
       http://127.0.0.1:8700/v1/classify
  curl -T posts.jsonl -H 'Content-Type: application/x-ndjson' -X POST \\
       http://127.0.0.1:8700/v1/classify
  tidegate serve --listen 0.0.0.0:8700 --token-file tokens --rules my-rules/ --watch

Open http://127.0.0.1:8700/ in a browser to try texts. /openapi.json describes all paths,
/metrics is for Prometheus. SIGHUP loads the rules again, SIGTERM and SIGINT stop.

Exit status:
  0  stopped by SIGTERM or SIGINT; what was accepted is answered
  4  the state could not be written at the end: it is as of the last checkpoint
  2  wrong arguments, invalid rules or policy, or an address that cannot be listened at";

/// Runs the command.
pub fn run(args: ServeArgs) -> Exit {
    match prepare(args) {
        Ok((settings, source, loaded, state)) => {
            if io::stderr().is_terminal() {
                term::note(&first_words(&settings.listen));
            }
            let is_colored = term::is_stderr_colored();
            match serve(settings, source, loaded, state, io::stderr(), is_colored) {
                Ok(()) => Exit::Complete,
                Err(Failure::Start(message)) => {
                    term::error(&message);
                    Exit::CouldNotStart
                }
                Err(Failure::State(message)) => {
                    term::error(&message);
                    Exit::Io
                }
            }
        }
        Err(error) => term::refuse(&error),
    }
}

/// What a person sees first.
fn first_words(address: &Address) -> String {
    match address {
        Address::Tcp(at) => format!(
            "Open http://{at}/ in a browser, or send a post:\n\n  curl -d '{{\"text\":\"...\"}}' -H \
             'Content-Type: application/json' http://{at}/v1/classify\n\nCtrl-C stops.\n\n"
        ),
        Address::Unix(_) | Address::Inherited => String::new(),
    }
}

/// Everything that a service starts with.
type Prepared = (Settings, Arc<Rules>, Loaded, Option<Start>);

fn prepare(args: ServeArgs) -> Result<Prepared, StartError> {
    let tokens = match &args.token_file {
        None if !args.no_token && !args.listen.is_local() => {
            let message = "other machines can reach this address: name who may ask with \
                           --token-file FILE, or allow everybody with --no-token";
            return Err(message.to_owned().into());
        }
        None => None,
        Some(path) => {
            let read = Tokens::read(path);
            Some(read.map_err(|why| format!("--token-file {}: {why}", path.display()))?)
        }
    };
    let mapping = args.mapping.to_mapping().map_err(|error| error.to_string())?;
    let source = Rules {
        files: RuleFiles { args: args.rules, mapping },
        #[cfg(feature = "state")]
        state: args.state,
    };
    let loaded = source.load_all()?;
    #[cfg(feature = "state")]
    let state = source.state.open(&loaded)?;
    #[cfg(not(feature = "state"))]
    let state = None;
    let settings = Settings {
        listen: args.listen,
        tokens,
        cors: args.cors,
        hosts: args.host,
        threads: args.threads.unwrap_or_else(crate::plan::processors),
        queue: args.queue,
        streams: args.streams,
        connections: args.connections,
        max_body: args.max_body,
        max_line: args.max_line,
        response_buffer: args.response_buffer,
        header_timeout: args.header_timeout,
        idle_timeout: args.idle_timeout,
        request_timeout: args.request_timeout,
        grace: args.grace,
        watch: args.watch,
        log: match args.log_format {
            LogForm::Text => LogFormat::Text,
            LogForm::Json => LogFormat::Json,
            LogForm::Quiet => LogFormat::Quiet,
        },
    };
    Ok((settings, Arc::new(source), loaded, state))
}

fn address(value: &str) -> Result<Address, String> {
    if let Some(path) = value.strip_prefix("unix:") {
        let is_name = !path.is_empty();
        let message = || "expected a path after unix:".to_owned();
        return is_name.then(|| Address::Unix(path.into())).ok_or_else(message);
    }
    if value == "systemd" {
        return Ok(Address::Inherited);
    }
    let numeric = value.replacen("localhost:", "127.0.0.1:", 1);
    numeric.parse::<SocketAddr>().map(Address::Tcp).map_err(|_| {
        "expected HOST:PORT with a numeric host such as 127.0.0.1:8700, unix:PATH, or systemd"
            .to_owned()
    })
}

/// The rules of the flags.
struct Rules {
    files: RuleFiles,
    #[cfg(feature = "state")]
    state: state::StateArgs,
}

impl Rules {
    fn load_all(&self) -> Result<Loaded, StartError> {
        let LoadedRules { engine, origin, tests } = self.files.load()?;
        let engine = Arc::new(engine);
        #[cfg(feature = "state")]
        let measures = self.state.measures()?;
        #[cfg(not(feature = "state"))]
        let measures = None;
        Ok(Loaded { engine, mapping: self.files.mapping.clone(), origin, tests, measures })
    }
}

impl RuleSource for Rules {
    fn load(&self) -> Result<Loaded, String> {
        self.load_all().map_err(|error| term::refusal_text(&error))
    }

    fn model(&self) -> Result<Model, String> {
        self.files.model().map_err(|error| term::refusal_text(&error))
    }

    fn paths(&self) -> Vec<PathBuf> {
        let paths = self.files.paths().into_iter();
        #[cfg(feature = "state")]
        let paths = paths.chain(self.state.measures.clone());
        paths.filter(|path| path.exists()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_numeric_or_sockets() {
        assert_eq!(address("unix:/run/t.sock"), Ok(Address::Unix("/run/t.sock".into())));
        assert_eq!(address("localhost:80"), address("127.0.0.1:80"));
        assert_eq!(address("systemd"), Ok(Address::Inherited));
        for wrong in ["unix:", "8700", "example.org:80", "127.0.0.1"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
        assert!(address("[::1]:80").unwrap().is_local());
        assert!(!address("0.0.0.0:80").unwrap().is_local());
    }
}
