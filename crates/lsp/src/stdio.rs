//! The connection over standard input and output.

use crate::server::{Ending, Options, serve};
use crossbeam_channel::Sender;
use lsp_server::{Connection, Message};
use std::io::{self, BufRead, Read, Write};
use std::thread;

/// Longest line of a header, in bytes. Those of the protocol have less than 100.
const HEADER_BYTES_MAX: u64 = 4096;

/// Largest message, in bytes: that of a rule file of 64 MiB whose every character is escaped, with
/// room.
const MESSAGE_BYTES_MAX: u64 = 512 << 20;

/// Serves the client at the other end of standard input and output until it exits.
///
/// # Errors
///
/// A message that is no message of the protocol, or an output that cannot be written.
pub fn serve_stdio(options: Options) -> Result<Ending, String> {
    let (to_client, outgoing) = crossbeam_channel::unbounded::<Message>();
    let (incoming, from_client) = crossbeam_channel::bounded::<Message>(0);
    // Reading blocks, so this thread is left behind when the server ends.
    let reader = thread::spawn(move || read(&mut io::stdin().lock(), &incoming));
    let writer = thread::spawn(move || {
        let mut output = io::stdout().lock();
        outgoing.into_iter().try_for_each(|message| message.write(&mut output))?;
        output.flush()
    });
    let connection = Connection { sender: to_client, receiver: from_client };
    let ending = serve(&connection, options);
    drop(connection);
    let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer failed")));
    if ending == Ending::Disconnected {
        reader.join().unwrap_or_else(|_| Err("the reader failed".to_owned()))?;
    }
    written.map_err(|error| format!("cannot write to the client: {error}"))?;
    Ok(ending)
}

/// Passes messages on until the input or the server ends.
fn read(input: &mut impl BufRead, messages: &Sender<Message>) -> Result<(), String> {
    loop {
        let message = message(input).map_err(|why| {
            format!(
                "the client sent a malformed message: {why}; expected `Content-Length: N`, an \
                 empty line and N bytes of JSON-RPC"
            )
        })?;
        let Some(message) = message else { return Ok(()) };
        if messages.send(message).is_err() {
            return Ok(());
        }
    }
}

/// The next message; `None` at the end of the input. Memory grows with the bytes that come, not
/// with the length that a header claims.
fn message(input: &mut impl BufRead) -> Result<Option<Message>, String> {
    let Some(length) = content_length(input)? else { return Ok(None) };
    if length > MESSAGE_BYTES_MAX {
        return Err(format!("it has {length} bytes, and the limit is {MESSAGE_BYTES_MAX}"));
    }
    let mut content = Vec::new();
    input.take(length).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if (content.len() as u64) < length {
        return Err(format!("it ends after {} of {length} bytes", content.len()));
    }
    serde_json::from_slice(&content).map(Some).map_err(|error| error.to_string())
}

/// Reads a header with its empty line; `None` at the end of the input.
fn content_length(input: &mut impl BufRead) -> Result<Option<u64>, String> {
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut line);
        read.map_err(|error| error.to_string())?;
        match line.as_slice() {
            [] if is_first => return Ok(None),
            b"\r\n" | b"\n" => {
                return length.map(Some).ok_or_else(|| "it has no `Content-Length`".to_owned());
            }
            _ => {}
        }
        is_first = false;
        let text = String::from_utf8_lossy(&line);
        let field = text.strip_suffix('\n').and_then(|line| line.trim_end().split_once(": "));
        let (name, value) = field.ok_or_else(|| format!("{text:?} is no line of a header"))?;
        if name.eq_ignore_ascii_case("Content-Length") {
            let number = value.parse().map_err(|_| format!("`{value}` is no length"))?;
            length = Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(input: &str) -> String {
        let (sender, _receiver) = crossbeam_channel::unbounded();
        read(&mut input.as_bytes(), &sender).unwrap_err()
    }

    #[test]
    fn malformed_messages_are_errors_with_a_remedy() {
        let long = "x".repeat(HEADER_BYTES_MAX as usize + 1);
        for (input, why) in [
            ("hello\r\n", r#""hello\r\n" is no line of a header"#),
            (&long, "is no line of a header"),
            ("Content-Length: 3", "is no line of a header"),
            ("Content-Length: x\r\n\r\n", "`x` is no length"),
            ("Content-Length: -1\r\n\r\n", "`-1` is no length"),
            ("Content-Length: 536870913\r\n\r\n", "the limit is 536870912"),
            ("Content-Length: 536870912\r\n\r\n", "it ends after 0 of 536870912 bytes"),
            ("Content-Length: 2\r\n\r\n{}", "did not match any variant"),
            ("Content-Length: 2\r\n\r\n{\"", "EOF while parsing"),
            ("Content-Type: x\r\n\r\n", "it has no `Content-Length`"),
            ("\r\n", "it has no `Content-Length`"),
        ] {
            let error = error(input);
            assert!(error.contains(why) && error.contains("; expected `Content-Length"), "{error}");
        }
    }

    #[test]
    fn the_end_of_the_input_is_no_error() {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let content = r#"{"jsonrpc":"2.0","method":"exit"}"#;
        let header = format!("content-length: {}\r\nContent-Type: x\r\n\r\n", content.len());
        let input = format!("{header}{content}{header}{content}");
        assert!(read(&mut input.as_bytes(), &sender).is_ok());
        for _ in 0..2 {
            assert!(
                matches!(receiver.recv(), Ok(Message::Notification(it)) if it.method == "exit")
            );
        }
    }
}
