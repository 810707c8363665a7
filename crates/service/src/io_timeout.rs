//! A connection with time limits: for the head of a request, for idling between requests, and for
//! writing. The time of a body is limited where it is read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Number of requests of one connection that are being answered.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    /// A request began (1) or ended (-1).
    pub fn change(&self, by: isize) {
        self.0.fetch_add(by as usize, Ordering::AcqRel);
    }

    fn is_idle(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }
}

/// A connection that fails when it is too slow.
pub struct TimedIo<S> {
    inner: S,
    in_flight: InFlight,
    header: Duration,
    idle: Duration,
    /// Until when the head of a request, or its first byte, must be there.
    reading: Option<Pin<Box<Sleep>>>,
    /// Was a byte of the head read?
    has_begun: bool,
    /// Until when the client must take a byte.
    writing: Option<Pin<Box<Sleep>>>,
    closing: Closing,
}

/// State of a connection that is closed.
enum Closing {
    /// It is not.
    Open,
    /// The client still sends: what it sends is read and dropped until this time, because a
    /// connection that is closed with unread bytes is reset, and the client would lose the answer.
    Lingering(Pin<Box<Sleep>>),
    /// Nothing is left to be read.
    Closed,
}

/// How long bytes of a refused request are read and dropped.
const LINGER: Duration = Duration::from_secs(2);

impl<S> TimedIo<S> {
    /// `header`: from the first byte of a head to its last. `idle`: for the first byte of a
    /// request, and for each byte of an answer.
    pub fn new(inner: S, in_flight: InFlight, header: Duration, idle: Duration) -> TimedIo<S> {
        TimedIo {
            inner,
            in_flight,
            header,
            idle,
            reading: None,
            has_begun: false,
            writing: None,
            closing: Closing::Open,
        }
    }
}

/// Polls a limit, which begins now if it has not begun.
fn expired(
    limit: &mut Option<Pin<Box<Sleep>>>,
    after: Duration,
    context: &mut Context<'_>,
) -> bool {
    let sleep = limit.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + after)));
    sleep.as_mut().poll(context).is_ready()
}

fn timed_out<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(context, buffer);
        if !this.in_flight.is_idle() {
            (this.reading, this.has_begun) = (None, false);
            return polled;
        }
        if polled.is_ready() {
            if buffer.filled().len() > before && !this.has_begun {
                (this.reading, this.has_begun) = (None, true);
            }
            return polled;
        }
        let limit = if this.has_begun { this.header } else { this.idle };
        if expired(&mut this.reading, limit, context) { timed_out() } else { Poll::Pending }
    }
}

impl<S: AsyncWrite + Unpin> TimedIo<S> {
    /// The result of writing, or that it took too long.
    fn limit_writing<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.writing = None;
            return polled;
        }
        if expired(&mut self.writing, self.idle, context) { timed_out() } else { Poll::Pending }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimedIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.limit_writing(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.limit_writing(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(context);
        self.limit_writing(polled, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.closing, Closing::Open) {
            let polled = Pin::new(&mut self.inner).poll_shutdown(context);
            let polled = self.limit_writing(polled, context);
            if !matches!(polled, Poll::Ready(Ok(()))) {
                return polled;
            }
        }
        self.poll_linger(context).map(Ok)
    }
}

impl<S: AsyncRead + Unpin> TimedIo<S> {
    /// Drops what the client still sends.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut dropped = [0; 8192];
        loop {
            if let Closing::Lingering(until) = &mut self.closing
                && until.as_mut().poll(context).is_ready()
            {
                self.closing = Closing::Closed;
            }
            if matches!(self.closing, Closing::Closed) {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut dropped);
            match (Pin::new(&mut self.inner).poll_read(context, &mut buffer), &self.closing) {
                (Poll::Ready(Ok(())), _) if buffer.filled().is_empty() => {
                    self.closing = Closing::Closed;
                }
                (Poll::Ready(Ok(())), Closing::Open) => {
                    let until = Instant::now() + LINGER;
                    self.closing = Closing::Lingering(Box::pin(sleep_until(until)));
                }
                (Poll::Ready(Ok(())), _) => {}
                (Poll::Ready(Err(_)), _) => self.closing = Closing::Closed,
                (Poll::Pending, Closing::Lingering(_)) => return Poll::Pending,
                // A client that sends nothing loses nothing.
                (Poll::Pending, _) => self.closing = Closing::Closed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const HEADER: Duration = Duration::from_millis(40);
    const IDLE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn a_head_and_a_pause_have_limits_and_a_request_has_none() {
        let (mut client, server) = duplex(64);
        let in_flight = InFlight::default();
        let mut server = TimedIo::new(server, in_flight.clone(), HEADER, IDLE);
        let began = std::time::Instant::now();
        client.write_all(b"G").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'G');
        let slow = server.read_u8().await.unwrap_err();
        assert_eq!(slow.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() < IDLE, "the head has the shorter limit");
        in_flight.change(1);
        let waits = tokio::time::timeout(IDLE * 2, server.read_u8()).await;
        assert!(waits.is_err(), "a body is not limited here");
        in_flight.change(-1);
        let idle = server.read_u8().await.unwrap_err();
        assert_eq!(idle.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_given_up() {
        let (_client, server) = duplex(8);
        let mut server = TimedIo::new(server, InFlight::default(), HEADER, IDLE);
        let slow = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(slow.kind(), io::ErrorKind::TimedOut);
    }
}
