//! Listens, serves connections, and stops without losing what was accepted.

use crate::guard::Guard;
use crate::io_timeout::{InFlight, TimedIo};
use crate::judges::Judges;
use crate::log;
use crate::metrics::Metrics;
use crate::reload::{Reloads, changed, reload, watch};
use crate::router::{Service, WHOLE_BODIES, router};
use crate::ruleset::{CurrentRuleset, Loaded, RuleSource, Ruleset};
use crate::settings::{Address, Settings};
use crate::state::{Running, Start, State};
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;

/// Runs a service until SIGTERM or SIGINT, with the rules `loaded`, which were loaded from `source`.
/// With `state` (and measures among what was loaded) it keeps a state over posts. The log is written to
/// `log`.
///
/// # Errors
///
/// An address that cannot be listened at, a system without threads, or a state that cannot be
/// written at the end.
pub fn serve(
    settings: Settings,
    source: Arc<dyn RuleSource>,
    loaded: Loaded,
    state: Option<Start>,
    log: impl io::Write + Send + 'static,
    is_colored: bool,
) -> Result<(), Failure> {
    let metrics = Arc::new(Metrics::new(state.is_some()));
    let set = Ruleset::new(loaded)?;
    metrics.in_use(&set);
    metrics.limited_by(&settings);
    raise_file_limit();
    let threads = |error: io::Error| format!("cannot start a thread: {error}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.threads.get())
        .enable_all()
        .build()
        .map_err(threads)?;
    let listener = {
        let _inside = runtime.enter();
        Listener::bind(&settings.listen)
            .map_err(|error| format!("cannot listen at {}: {error}", settings.listen))?
    };
    let (judges, handles) =
        Judges::start(settings.threads, settings.queue, settings.max_line, &metrics)
            .map_err(threads)?;
    let _written_at_the_end = log::start(settings.log, log, is_colored)?;
    let (state, keeping) = match (state, &set.state) {
        (Some(start), Some(rules)) => {
            let (state, keeping) = State::start(start, rules, &metrics, settings.queue)?;
            (Some(state), Some(keeping))
        }
        (Some(_) | None, _) => (None, None),
    };
    let service = Arc::new(Service {
        source,
        state,
        rules: CurrentRuleset::new(set),
        reloads: Reloads::default(),
        judges,
        metrics,
        streams: Arc::new(Semaphore::new(settings.streams)),
        bodies: Arc::new(Semaphore::new(settings.max_body.div_ceil(1024) * WHOLE_BODIES)),
        guard: Guard::new(&settings),
        last_request: AtomicU64::new(0),
        settings,
    });
    let ended = runtime.block_on(run(&service, listener));
    // Requests that run on are cut.
    runtime.shutdown_background();
    drop(service);
    if ended.is_ok() {
        handles.into_iter().for_each(|handle| drop(handle.join()));
    }
    keeping.map_or(Ok(()), Running::stop).map_err(Failure::State)?;
    ended.map_err(Failure::Start)
}

/// Why a service does not run, or did not end well: messages for people.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It could not start.
    Start(String),
    /// The state could not be written at its end, or failed.
    State(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Start(message)
    }
}

/// Lets the process open as many files as the system allows it: each connection is one. Systems
/// begin programs with a low limit for the sake of programs older than this call.
fn raise_file_limit() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    // With the lower limit, connections beyond it wait.
    let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, raised);
}

/// Serves until it is stopped.
async fn run(service: &Arc<Service>, listener: Listener) -> Result<(), String> {
    let signals = |error: io::Error| format!("cannot watch for signals: {error}");
    let mut signals = Signals::new().map_err(signals)?;
    let _watcher = watch_files(service)?;
    let set = service.rules.get();
    let rules = set.classifier().rules().rules().len();
    let address = listener.address(&service.settings.listen);
    tracing::info!(address, rules, ruleset = set.hash, "listening");
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(service.settings.connections));
    let router = router(service.clone());
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Command::Reload => reload_aside(service, "signal"),
                Command::Stop => break,
            },
            () = state_ended(service) => break,
            accepted = accept(&listener, &connections) => {
                let (stream, permit) = accepted;
                let connection = Connection { service, router: &router, graceful: &graceful };
                match stream {
                    Stream::Tcp(stream) => connection.serve(stream, permit),
                    Stream::Unix(stream) => connection.serve(stream, permit),
                }
            }
        }
    }
    drop(listener);
    tracing::info!("stopping: requests that were accepted are answered");
    tokio::select! {
        () = graceful.shutdown() => tracing::info!("stopped"),
        () = tokio::time::sleep(service.settings.grace) => {
            tracing::warn!("stopped: requests that took longer than the grace period were cut");
        }
        _ = signals.stopped_again() => tracing::warn!("stopped at once by a second signal"),
    }
    Ok(())
}

/// Returns when the state has failed for good; never without one.
async fn state_ended(service: &Service) {
    match &service.state {
        Some(state) => state.ended().await,
        None => std::future::pending().await,
    }
}

/// Reloads when files change, if that is wanted, as long as the watcher lives.
fn watch_files(service: &Arc<Service>) -> Result<Option<notify::RecommendedWatcher>, String> {
    if !service.settings.watch {
        return Ok(None);
    }
    let watched = watch(&*service.source);
    let (watcher, mut changes) =
        watched.map_err(|error| format!("cannot watch the rule files: {error}"))?;
    let service = service.clone();
    tokio::spawn(async move {
        while let Some(()) = changed(&mut changes).await {
            reload_aside(&service, "files changed");
        }
    });
    Ok(Some(watcher))
}

/// Reloads on a thread that may wait; the result is in the log.
fn reload_aside(service: &Arc<Service>, why: &'static str) {
    let service = service.clone();
    // The reload logs its result.
    drop(tokio::task::spawn_blocking(move || drop(reload(&service, why))));
}

/// What a signal asks for.
enum Command {
    Reload,
    Stop,
}

/// The signals of an operator.
struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Command {
        tokio::select! {
            _ = self.reload.recv() => Command::Reload,
            _ = self.terminate.recv() => Command::Stop,
            _ = self.interrupt.recv() => Command::Stop,
        }
    }

    async fn stopped_again(&mut self) {
        while !matches!(self.next().await, Command::Stop) {}
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(UnixStream),
}

/// What connections are accepted from.
enum Listener {
    Tcp(TcpListener),
    /// A socket, and its file if it is ours.
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "removes the file when it is dropped")] Option<SocketFile>,
    ),
}

/// A socket file, removed when it is dropped.
struct SocketFile(std::path::PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Nothing can be done if it is gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    fn bind(address: &Address) -> io::Result<Listener> {
        match address {
            Address::Tcp(address) => {
                let listener = std::net::TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Ok(Listener::Tcp(TcpListener::from_std(listener)?))
            }
            Address::Unix(path) => {
                remove_stale(path)?;
                let listener = UnixListener::bind(path)?;
                Ok(Listener::Unix(listener, Some(SocketFile(path.clone()))))
            }
            Address::Inherited => inherited(),
        }
    }

    /// Where it listens: with the port that the system chose, if it was to choose one.
    fn address(&self, wanted: &Address) -> String {
        match self {
            Listener::Tcp(listener) => match listener.local_addr() {
                Ok(address) => Address::Tcp(address).to_string(),
                Err(_) => wanted.to_string(),
            },
            Listener::Unix(..) => wanted.to_string(),
        }
    }

    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Listener::Unix(listener, _) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }
}

/// The first socket that systemd passes.
fn inherited() -> io::Result<Listener> {
    let mut passed = listenfd::ListenFd::from_env();
    if let Ok(Some(listener)) = passed.take_tcp_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok(Listener::Tcp(TcpListener::from_std(listener)?));
    }
    match passed.take_unix_listener(0)? {
        Some(listener) => {
            listener.set_nonblocking(true)?;
            Ok(Listener::Unix(UnixListener::from_std(listener)?, None))
        }
        None => Err(io::Error::other("no socket was passed (LISTEN_FDS)")),
    }
}

/// Removes a socket file on which no process listens.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = std::fs::metadata(path).is_ok_and(|it| it.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there")),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        Err(error) => Err(error),
    }
}

/// Pause after a failed accept: the process may have too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The next connection, when there is room for it.
async fn accept(
    listener: &Listener,
    connections: &Arc<Semaphore>,
) -> (Stream, tokio::sync::OwnedSemaphorePermit) {
    loop {
        let Ok(permit) = connections.clone().acquire_owned().await else {
            std::future::pending().await
        };
        match listener.accept().await {
            Ok(stream) => return (stream, permit),
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Header fields of a request; more are refused with 431.
const HEADERS_MAX: usize = 100;

/// Bytes of the head of a request; more are refused with 431.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// What a connection needs.
struct Connection<'s> {
    service: &'s Arc<Service>,
    router: &'s Router,
    graceful: &'s GracefulShutdown,
}

impl Connection<'_> {
    /// Serves a connection on a task of its own.
    fn serve<S>(self, stream: S, permit: tokio::sync::OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Settings { header_timeout, idle_timeout, .. } = self.service.settings;
        let in_flight = InFlight::default();
        let io = TimedIo::new(stream, in_flight.clone(), header_timeout, idle_timeout);
        let router = self.router.clone();
        let answer = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(in_flight.clone());
            let mut router = router.clone();
            async move {
                let request: Request = request.map(axum::body::Body::new);
                tower_service::Service::call(&mut router, request).await
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // The limits of the connection itself are in `TimedIo`.
            .header_read_timeout(None)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .half_close(true)
            .serve_connection(TokioIo::new(io), answer);
        let connection = self.graceful.watch(connection);
        let metrics = self.service.metrics.clone();
        metrics.connection(1);
        tokio::spawn(async move {
            // What goes wrong on a connection concerns its client, and the log has its requests.
            let _ = connection.await;
            metrics.connection(-1);
            drop(permit);
        });
    }
}
