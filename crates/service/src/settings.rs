//! What the operator sets.

use crate::guard::Tokens;
use crate::log::LogFormat;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Where the service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A Unix socket. A socket file that is left over, on which no process listens, is replaced.
    Unix(PathBuf),
    /// The socket that systemd passes (socket activation).
    Inherited,
}

impl Address {
    /// Can only processes of this machine connect?
    pub fn is_local(&self) -> bool {
        match self {
            Address::Tcp(address) => address.ip().is_loopback(),
            Address::Unix(_) => true,
            Address::Inherited => false,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "http://{address}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Inherited => f.write_str("the socket of systemd"),
        }
    }
}

/// Settings of a service. Sizes are in bytes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub listen: Address,
    /// Who may ask; without tokens everybody who reaches the address.
    pub tokens: Option<Tokens>,
    /// Origins of pages on other hosts that may read answers.
    pub cors: Vec<String>,
    /// Host names, in addition to localhost and the listen address, under which requests are answered.
    pub hosts: Vec<String>,
    /// Threads that judge.
    pub threads: NonZeroUsize,
    /// Chunks of lines that are judged or wait for it; one more is refused (503).
    pub queue: usize,
    /// Streams (NDJSON bodies) that are answered at the same time; one more is refused (503).
    pub streams: usize,
    /// Open connections; further ones wait in the backlog of the system.
    pub connections: usize,
    /// Decompressed bytes of a JSON body.
    pub max_body: usize,
    /// Bytes of a line; a longer one has the verdict `too_long`.
    pub max_line: usize,
    /// Bytes of verdicts held for a client that sends before it reads.
    pub response_buffer: usize,
    /// Time for the head of a request.
    pub header_timeout: Duration,
    /// Time without a byte on a connection, in either direction.
    pub idle_timeout: Duration,
    /// Time for a request that is not a stream, from its head to its answer.
    pub request_timeout: Duration,
    /// Time for requests that run when the service is stopped.
    pub grace: Duration,
    /// Whether rules are loaded again when their files change.
    pub watch: bool,
    /// Form of the log.
    pub log: LogFormat,
}
