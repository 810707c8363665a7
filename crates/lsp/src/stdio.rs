//! The connection over standard input and output.

use crate::server::{Ending, Options, serve};
use lsp_server::{Connection, Message};
use std::io::{self, BufRead, Write};
use std::thread;

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
        reader.join().unwrap_or_else(|_| Err("a message is too large".to_owned()))?;
    }
    written.map_err(|error| format!("cannot write to the client: {error}"))?;
    Ok(ending)
}

/// Passes messages on until the input or the server ends.
fn read(
    input: &mut impl BufRead,
    messages: &crossbeam_channel::Sender<Message>,
) -> Result<(), String> {
    loop {
        let message = Message::read(input).map_err(|error| {
            format!("the client sent a malformed message: {error}; expected the header `Content-Length: N` and a JSON-RPC message")
        })?;
        let Some(message) = message else { return Ok(()) };
        if messages.send(message).is_err() {
            return Ok(());
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
        for (input, why) in [
            ("hello\r\n", "malformed header"),
            ("Content-Length: x\r\n\r\n", "invalid digit"),
            ("Content-Length: 2\r\n\r\n{}", "malformed LSP payload"),
            ("Content-Length: 9\r\n\r\n{}", "failed to fill"),
            ("\r\n", "no Content-Length"),
        ] {
            let error = error(input);
            assert!(error.contains(why) && error.contains("expected the header"), "{error}");
        }
    }

    #[test]
    fn the_end_of_the_input_is_no_error() {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let input = "Content-Length: 33\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}";
        assert!(read(&mut input.as_bytes(), &sender).is_ok());
        assert!(matches!(receiver.recv(), Ok(Message::Notification(it)) if it.method == "exit"));
    }
}
