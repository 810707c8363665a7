//! A service of the program, and a client that writes every byte itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service.
pub struct Server {
    child: Child,
    pub port: u16,
    log: Arc<Mutex<String>>,
    rules: Vec<String>,
}

impl Server {
    /// With the rules of the tests.
    pub fn start(flags: &[&str]) -> Server {
        let rules = ["--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"];
        Server::with_rules(&rules, flags)
    }

    /// With the rules of the tests, and without the signal of the system for a file that grows past its
    /// limit: a write fails then, as on a full disk.
    #[cfg(feature = "state")]
    pub fn unsignalled(flags: &[&str]) -> Server {
        let rules = ["--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"];
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tidegate")]);
        Server::spawn(shell, &rules, flags)
    }

    pub fn with_rules(rules: &[&str], flags: &[&str]) -> Server {
        Server::spawn(Command::new(env!("CARGO_BIN_EXE_tidegate")), rules, flags)
    }

    fn spawn(mut program: Command, rules: &[&str], flags: &[&str]) -> Server {
        let mut child = program
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(rules)
            .args(flags)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let (_, rest) = first.split_once("http://127.0.0.1:").unwrap_or_else(|| panic!("{first}"));
        let port = rest.split('"').next().unwrap().parse().unwrap();
        let log = Arc::new(Mutex::new(first));
        let copy = log.clone();
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut log = copy.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let rules = rules.iter().map(|&flag| flag.to_owned()).collect();
        Server { child, port, log, rules }
    }

    /// The verdicts of `scan` with the same rules.
    pub fn scan(&self, lines: &[u8]) -> String {
        self.scan_with(&[], lines)
    }

    pub fn scan_with(&self, flags: &[&str], lines: &[u8]) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(&self.rules)
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let lines = lines.to_vec();
        let feeding = thread::spawn(move || drop(stdin.write_all(&lines)));
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        crate::program::signal(&self.child, name);
    }

    /// The exit status after a signal.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    #[cfg(feature = "state")]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `is_so`.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Did the answer end as HTTP says that it ends?
    pub is_complete: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The values of a header that may be repeated.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(own, _)| own == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The code of an error.
    pub fn code(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        value["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Reads one answer; `None` if the connection ended before its first byte.
pub fn read_answer(stream: &mut impl BufRead) -> Option<Answer> {
    let mut line = String::new();
    if stream.read_line(&mut line).unwrap_or(0) == 0 {
        return None;
    }
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new(), is_complete: false };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.is_complete = read_chunks(stream, &mut answer.body);
    } else {
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let read = stream.take(length).read_to_end(&mut answer.body).unwrap_or(0);
        answer.is_complete = read as u64 == length;
    }
    Some(answer)
}

/// Reads a chunked body. `false` if it is cut.
fn read_chunks(stream: &mut impl BufRead, body: &mut Vec<u8>) -> bool {
    loop {
        let mut size = String::new();
        if stream.read_line(&mut size).unwrap_or(0) == 0 {
            return false;
        }
        let Ok(size) = u64::from_str_radix(size.trim(), 16) else { return false };
        let before = body.len();
        if stream.take(size).read_to_end(body).is_err() || (body.len() - before) as u64 != size {
            return false;
        }
        let mut end = [0; 2];
        if stream.read_exact(&mut end).is_err() {
            return false;
        }
        if size == 0 {
            return true;
        }
    }
}

/// A request with a body of known length.
pub fn request(method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let all: Vec<&str> = headers.iter().copied().chain([length.as_str()]).collect();
    [head(method, path, &all).as_bytes(), body].concat()
}

/// The head of a request.
pub fn head(method: &str, path: &str, headers: &[&str]) -> String {
    let host =
        if headers.iter().any(|it| it.starts_with("Host:")) { "" } else { "Host: localhost\r\n" };
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\n{host}{headers}\r\n")
}

/// A body in chunks of `size` bytes.
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let mut chunks: Vec<u8> = body.chunks(size).flat_map(chunk).collect();
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

/// Sends bytes while the answer is read.
pub fn exchange(server: &Server, bytes: &[u8]) -> Answer {
    let stream = server.connect();
    let mut sending = stream.try_clone().unwrap();
    let bytes = bytes.to_vec();
    // The service may refuse before it has read everything.
    let sender = thread::spawn(move || drop(sending.write_all(&bytes)));
    let answer = read_answer(&mut BufReader::new(&stream)).expect("an answer");
    // A refused request may leave the sender waiting.
    let _ = stream.shutdown(std::net::Shutdown::Both);
    sender.join().unwrap();
    answer
}

pub fn post(server: &Server, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    exchange(server, &request("POST", path, headers, body))
}

pub fn get(server: &Server, path: &str, headers: &[&str]) -> Answer {
    exchange(server, head("GET", path, headers).as_bytes())
}
