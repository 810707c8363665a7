//! Who may ask: tokens, `Host` and `Origin`.
//!
//! A page of another site can send requests to a service on the same machine, under a name that it
//! makes resolve to it (DNS rebinding). So the `Host` must be a name of the service, and a foreign
//! `Origin` is refused unless it is allowed.

use crate::error::Refusal;
use crate::settings::{Address, Settings};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use subtle::{Choice, ConstantTimeEq};

/// What the owner of a token may do. Each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Classify posts.
    Classify,
    /// Also see rules, explanations and metrics, and decide cases.
    Review,
    /// Also reload rules.
    Admin,
}

impl Role {
    /// Every role, the weakest first.
    const ALL: [Role; 3] = [Role::Classify, Role::Review, Role::Admin];

    /// Its name in the token file.
    pub fn name(self) -> &'static str {
        match self {
            Role::Classify => "classify",
            Role::Review => "review",
            Role::Admin => "admin",
        }
    }

    /// The role that a path needs; `None` if it needs no token.
    fn needed_for(path: &str) -> Option<Role> {
        match path {
            "/healthz" | "/readyz" => None,
            // Reports need no more; other events are checked one by one.
            "/v1/classify" | "/v1/moderations" | "/v1/events" | "/version" | "/openapi.json" => {
                Some(Role::Classify)
            }
            "/v1/reload" => Some(Role::Admin),
            _ => Some(Role::Review),
        }
    }
}

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// What it may do. Without tokens, everybody may do everything.
    pub role: Role,
    /// The name of its token.
    #[cfg_attr(not(feature = "state"), allow(dead_code, reason = "signs decisions"))]
    pub name: Option<String>,
    /// It sent a token.
    #[cfg_attr(not(feature = "state"), allow(dead_code, reason = "signs decisions"))]
    pub has_token: bool,
}

/// One token. It is never printed.
#[derive(Clone)]
pub struct Token {
    role: Role,
    secret: String,
    name: Option<String>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("role", &self.role).finish_non_exhaustive()
    }
}

/// All tokens of a service.
#[derive(Clone, Debug)]
pub struct Tokens(Vec<Token>);

/// Why a token file cannot be used.
#[derive(Debug)]
pub enum TokenError {
    /// It cannot be read.
    Read(io::Error),
    /// Others than its owner may read it: its mode.
    Open(u32),
    /// A line that is not `ROLE TOKEN [NAME]`: its number, and why.
    Line(usize, &'static str),
    /// It has no tokens.
    Empty,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::Read(error) => error.fmt(f),
            TokenError::Open(mode) => write!(
                f,
                "others may read it (mode {:03o}); only its owner should: chmod 600",
                mode & 0o777
            ),
            TokenError::Line(line, why) => write!(
                f,
                "line {line}: {why}; expected a role (classify, review, admin), a token, and \
                 perhaps a name"
            ),
            TokenError::Empty => f.write_str("it has no tokens; write lines such as: admin TOKEN"),
        }
    }
}

impl std::error::Error for TokenError {}

/// Bytes of a token file; a larger file is not one.
const TOKEN_FILE_BYTES_MAX: u64 = 1 << 20;

/// Characters of the shortest token.
const TOKEN_CHARS_MIN: usize = 16;

impl Tokens {
    /// Reads a token file: a role, a token, and perhaps a name a line; `#` begins a comment.
    ///
    /// # Errors
    ///
    /// It cannot be read, others than its owner may read it, or a line is wrong.
    pub fn read(path: &Path) -> Result<Tokens, TokenError> {
        let file = File::open(path).map_err(TokenError::Read)?;
        let metadata = file.metadata().map_err(TokenError::Read)?;
        let us = rustix::process::geteuid().as_raw();
        if metadata.is_file() && !is_private(metadata.mode(), metadata.uid(), us) {
            return Err(TokenError::Open(metadata.mode()));
        }
        let mut text = String::new();
        let read = file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text);
        read.map_err(TokenError::Read)?;
        Tokens::parse(&text)
    }

    fn parse(text: &str) -> Result<Tokens, TokenError> {
        let mut tokens: Vec<Token> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let refused = |why| TokenError::Line(at + 1, why);
            let mut words = line.split_whitespace();
            let (Some(role), Some(secret), name, None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(refused("not two or three words"));
            };
            let role = Role::ALL.into_iter().find(|known| known.name() == role);
            let role = role.ok_or_else(|| refused("the first word is no role"))?;
            if secret.len() < TOKEN_CHARS_MIN || !secret.bytes().all(|it| it.is_ascii_graphic()) {
                return Err(refused("a token needs 16 ASCII characters or more"));
            }
            let (secret, name) = (secret.to_owned(), name.map(str::to_owned));
            tokens.push(Token { role, secret, name });
        }
        if tokens.is_empty() { Err(TokenError::Empty) } else { Ok(Tokens(tokens)) }
    }

    /// Who has the token `secret`: the strongest role. Takes as long for each token of the same
    /// length.
    fn caller_of(&self, secret: &[u8]) -> Option<Caller> {
        let mut found: Option<&Token> = None;
        for token in &self.0 {
            let is_it: Choice = token.secret.as_bytes().ct_eq(secret);
            if bool::from(is_it) {
                let is_stronger = found.is_none_or(|known| known.role < token.role);
                found = if is_stronger { Some(token) } else { found };
            }
        }
        found.map(|Token { role, secret: _, name }| Caller {
            role: *role,
            name: name.clone(),
            has_token: true,
        })
    }
}

/// Is a file with this mode and owner for the process of the user `us` alone? As other servers do
/// with keys, a file of root may be readable by a group: systemd and Kubernetes hand secrets to
/// a process that is not root in this way.
fn is_private(mode: u32, owner: u32, us: u32) -> bool {
    let others = if owner == 0 && us != 0 { 0o037 } else { 0o077 };
    mode & others == 0
}

/// Checks requests.
#[derive(Debug)]
pub struct Guard {
    tokens: Option<Tokens>,
    /// Names and addresses under which the service may be asked; empty: all.
    hosts: Vec<String>,
    cors: Vec<String>,
}

impl Guard {
    /// The checks of a service with these settings.
    pub fn new(settings: &Settings) -> Guard {
        let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        hosts.extend(settings.hosts.iter().map(|host| host.to_ascii_lowercase()));
        match &settings.listen {
            Address::Tcp(address) if address.ip().is_unspecified() => {}
            Address::Tcp(address) => hosts.push(match address.ip() {
                std::net::IpAddr::V4(ip) => ip.to_string(),
                std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            }),
            Address::Unix(_) | Address::Inherited => {}
        }
        // With tokens, a page that knows none gets nothing under any name.
        let is_open = settings.tokens.is_some() && settings.hosts.is_empty();
        let is_unix = matches!(settings.listen, Address::Unix(_));
        if (is_open && !settings.listen.is_local()) || is_unix {
            hosts.clear();
        }
        Guard { tokens: settings.tokens.clone(), hosts, cors: settings.cors.clone() }
    }

    /// Lets a request pass.
    ///
    /// # Errors
    ///
    /// 401 without a token that is known, 403 without the role, or with a foreign `Host` or `Origin`.
    ///
    /// A preflight carries no token: browsers send none with it.
    pub fn check(
        &self,
        path: &str,
        headers: &HeaderMap,
        is_preflight: bool,
    ) -> Result<Caller, Refusal> {
        self.check_host(headers)?;
        self.check_origin(headers)?;
        let anybody = Caller { role: Role::Admin, name: None, has_token: false };
        if is_preflight {
            return Ok(anybody);
        }
        let (Some(tokens), Some(needed)) = (&self.tokens, Role::needed_for(path)) else {
            return Ok(anybody);
        };
        let secret = headers.get(header::AUTHORIZATION).and_then(secret_of);
        match secret.and_then(|secret| tokens.caller_of(&secret)) {
            None => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "no_token",
                "send a token that the service knows: Authorization: Bearer TOKEN",
            )),
            Some(caller) if caller.role < needed => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "no_role",
                format!("{path} needs the role {}", needed.name()),
            )),
            Some(caller) => Ok(caller),
        }
    }

    fn check_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = headers.get(header::HOST).map_or(Ok(""), |host| host.to_str());
        let host = host.unwrap_or("\u{fffd}");
        if self.hosts.is_empty() || self.hosts.contains(&without_port(host).to_ascii_lowercase()) {
            return Ok(());
        }
        let message = "the Host is not a name of this service; --host NAME allows another";
        Err(Refusal::new(StatusCode::FORBIDDEN, "foreign_host", message))
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        if self.is_own(origin, headers) || self.allowed(origin).is_some() {
            return Ok(());
        }
        let message = "a page of another site may not ask; --cors ORIGIN allows one";
        Err(Refusal::new(StatusCode::FORBIDDEN, "foreign_origin", message))
    }

    /// Is the origin the page of this service?
    fn is_own(&self, origin: &HeaderValue, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        matches!((origin, host), (Some((_, own)), Some(host)) if own.eq_ignore_ascii_case(host))
    }

    /// The origin, if it may read answers.
    pub fn allowed<'h>(&self, origin: &'h HeaderValue) -> Option<&'h HeaderValue> {
        let is_allowed = self.cors.iter().any(|own| own.as_bytes() == origin.as_bytes());
        is_allowed.then_some(origin)
    }

    /// Is it the question of a browser, before a request, whether it may be sent?
    pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    }
}

/// The token of an `Authorization`: `Bearer TOKEN`, or the password of `Basic`, which browsers ask
/// for.
fn secret_of(value: &HeaderValue) -> Option<Vec<u8>> {
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().as_bytes().to_vec());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = BASE64.decode(rest.trim()).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        return Some(pair[colon + 1..].to_vec());
    }
    None
}

/// `host:port` → `host`.
fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(at) if !host[at..].contains(']') => &host[..at],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn only_files_of_root_may_be_read_by_a_group() {
        let (root, us, other) = (0, 1000, 1001);
        for (mode, owner, process, expected) in [
            (0o100_600, us, us, true),
            (0o100_400, root, root, true),
            (0o100_440, root, us, true),
            (0o100_640, root, us, true),
            (0o100_640, us, us, false),
            (0o100_640, root, root, false),
            (0o100_640, other, us, false),
            (0o100_660, root, us, false),
            (0o100_644, root, us, false),
            (0o100_604, us, us, false),
        ] {
            assert_eq!(is_private(mode, owner, process), expected, "{mode:o} of {owner}");
        }
    }
}
