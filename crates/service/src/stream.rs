//! `application/x-ndjson`: verdicts are sent while lines still arrive.
//!
//! One task reads the body, gives chunks to the judges, and puts their verdicts in order into the
//! answer. In memory are at most `2 × threads + 2` chunks and the verdicts that the client has not
//! taken yet. For a body of known length the answer begins when all of it is read, or when as many
//! verdicts wait as may be held; for a chunked body it begins at once.
//!
//! An answer that cannot be completed is cut: its last line is an error, and the end of a chunked
//! body is missing, so that no client takes it for complete.

use crate::body::{Encoding, LineBody};
use crate::error::{Refusal, answer};
use crate::judges::{Judged, Judges, Room};
use crate::reading::Reading;
use crate::router::{RequestNotes, Service};
use crate::ruleset::Ruleset;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, Chunk, Cut, CutterSettings};
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Sleep;

/// The content type of streams.
pub const NDJSON: &str = "application/x-ndjson";

/// Answers a stream. The head is sent with the first verdicts, so that what is wrong before them
/// has a status.
pub async fn classify(
    service: &Arc<Service>,
    set: Arc<Ruleset>,
    reading: Arc<Reading>,
    request: Request<Body>,
    notes: &Arc<RequestNotes>,
) -> Result<Response<Body>, Refusal> {
    let encoding = Encoding::of(request.headers())?;
    let has_length = request.headers().contains_key(header::CONTENT_LENGTH);
    let permit = service.streams.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Refusal::overloaded("too many streams"))?;
    let room = service.judges.try_room()?;
    service.check_state()?;
    let settings = CutterSettings {
        chunk_bytes: CHUNK_BYTES_DEFAULT,
        line_bytes_max: service.settings.max_line,
    };
    let lines = LineBody::new(encoding, settings, reading.is_plain);
    let (sender, receiver) = mpsc::unbounded_channel();
    let held = Arc::new(Held::default());
    let (begin, begun) = oneshot::channel();
    let output = Output {
        sender,
        held: held.clone(),
        begin: Some(begin),
        holds: has_length,
        buffer: service.settings.response_buffer,
        idle: service.settings.idle_timeout,
    };
    let stream = Stream {
        service: service.clone(),
        judges: service.judges.clone(),
        set,
        reading,
        lines,
        first_room: Some(room),
        pending: VecDeque::new(),
        spare: Vec::new(),
        output,
        idle: service.settings.idle_timeout,
        notes: notes.clone(),
        _permit: permit,
    };
    tokio::spawn(stream.run(request.into_body()));
    match begun.await {
        Ok(Ok(())) => {
            let body = StreamBody { receiver, held, cut: None };
            Ok(answer(StatusCode::OK, NDJSON, Body::new(body)))
        }
        Ok(Err(refusal)) => Err(refusal),
        Err(_) => Err(Refusal::internal()),
    }
}

/// One request.
struct Stream {
    service: Arc<Service>,
    judges: Judges,
    set: Arc<Ruleset>,
    reading: Arc<Reading>,
    lines: LineBody,
    /// Room for the first chunk, from the acceptance of the request.
    first_room: Option<Room>,
    /// Verdicts that are not written yet, in the order of the lines.
    pending: VecDeque<oneshot::Receiver<Judged>>,
    spare: Vec<Chunk>,
    output: Output,
    idle: Duration,
    notes: Arc<RequestNotes>,
    _permit: OwnedSemaphorePermit,
}

impl Stream {
    async fn run(mut self, mut body: Body) {
        let ended = self.answer(&mut body).await;
        match ended {
            Ok(()) => self.output.finish(),
            Err(Ended::Refused(refusal)) => {
                self.notes.broken(refusal.code);
                self.output.cut(refusal);
            }
            Err(Ended::ClientGone) => self.notes.broken("client_gone"),
        }
    }

    async fn answer(&mut self, body: &mut Body) -> Result<(), Ended> {
        loop {
            // Verdicts are passed on while the body pauses.
            let frame = tokio::select! {
                biased;
                verdicts = next_of(&mut self.pending), if !self.pending.is_empty() => {
                    self.write(verdicts).await?;
                    continue;
                }
                () = self.output.sender.closed() => return Err(Ended::ClientGone),
                frame = tokio::time::timeout(self.idle, body.frame()) => frame,
            };
            let frame = frame.map_err(|_| Refusal::too_slow("the body"))?;
            match frame {
                None => break,
                // The client may have closed its sending half only: it can still read why.
                Some(Err(_)) => return Err(Refusal::body_cut().into()),
                Some(Ok(frame)) => {
                    if let Ok(part) = frame.into_data() {
                        self.notes.received(part.len());
                        self.lines.push(part);
                        self.judge_lines().await?;
                    }
                }
            }
        }
        self.output.body_is_read();
        self.lines.end();
        self.judge_lines().await?;
        while !self.pending.is_empty() {
            let verdicts = next_of(&mut self.pending).await;
            self.write(verdicts).await?;
        }
        Ok(())
    }

    /// Gives all whole lines to the judges.
    async fn judge_lines(&mut self) -> Result<(), Ended> {
        let mut chunk = self.spare.pop().unwrap_or_default();
        while self.lines.next(&mut chunk)? == Some(Cut::Chunk) {
            let room = match self.first_room.take() {
                Some(room) => room,
                None => self.wait_for_room().await?,
            };
            let judged = self.judges.judge(room, &self.set, &self.reading, chunk);
            self.pending.push_back(judged);
            while self.pending.len() > 2 * self.judges.threads() {
                let verdicts = next_of(&mut self.pending).await;
                self.write(verdicts).await?;
            }
            chunk = self.spare.pop().unwrap_or_default();
        }
        self.spare.push(chunk);
        Ok(())
    }

    /// Waits for room in the queue; meanwhile verdicts are written, which makes room.
    async fn wait_for_room(&mut self) -> Result<Room, Ended> {
        let judges = self.judges.clone();
        let room = judges.room();
        tokio::pin!(room);
        loop {
            tokio::select! {
                biased;
                room = &mut room => return Ok(room?),
                verdicts = next_of(&mut self.pending), if !self.pending.is_empty() => {
                    self.write(verdicts).await?;
                }
            }
        }
    }

    async fn write(&mut self, judged: Option<Judged>) -> Result<(), Ended> {
        let Some(Judged { verdicts, seen, lines, chunk }) = judged else {
            return Err(Refusal::internal().into());
        };
        if self.spare.len() < 2 {
            self.spare.push(chunk);
        }
        self.notes.judged(lines);
        let applied = self.service.applied(&self.set, &self.reading, verdicts, seen);
        self.output.write(applied.await?).await
    }
}

/// The verdicts that come next; `None` if judging panicked.
async fn next_of(pending: &mut VecDeque<oneshot::Receiver<Judged>>) -> Option<Judged> {
    let judged = pending.front_mut()?.await;
    pending.pop_front();
    judged.ok()
}

/// Why a stream ended early.
enum Ended {
    /// With an answer that says why.
    Refused(Refusal),
    /// The client closed the connection.
    ClientGone,
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Ended {
        Ended::Refused(refusal)
    }
}

/// Bytes of verdicts that the client has not taken.
#[derive(Debug, Default)]
struct Held {
    bytes: AtomicUsize,
    taken: Notify,
}

/// The sending end of an answer.
struct Output {
    sender: mpsc::UnboundedSender<Result<Bytes, Refusal>>,
    held: Arc<Held>,
    /// Lets the head be sent, or refuses the request, once.
    begin: Option<oneshot::Sender<Result<(), Refusal>>>,
    /// Is the head held back until the body is read or the buffer is full? So it is for a body of
    /// known length: who sends one does not wait for verdicts, and proxies such as nginx stop
    /// sending it when an answer begins.
    holds: bool,
    /// Bytes held at most before reading waits.
    buffer: usize,
    idle: Duration,
}

impl Output {
    async fn write(&mut self, verdicts: Vec<u8>) -> Result<(), Ended> {
        if verdicts.is_empty() {
            return Ok(());
        }
        let held = self.held.bytes.load(Ordering::Acquire);
        if !self.holds || held + verdicts.len() > self.buffer {
            self.begin();
        }
        self.wait_until_taken().await?;
        self.held.bytes.fetch_add(verdicts.len(), Ordering::AcqRel);
        self.sender.send(Ok(verdicts.into())).map_err(|_| Ended::ClientGone)
    }

    /// Waits until the client has taken enough.
    async fn wait_until_taken(&self) -> Result<(), Ended> {
        loop {
            let taken = self.held.taken.notified();
            if self.held.bytes.load(Ordering::Acquire) < self.buffer {
                return Ok(());
            }
            tokio::select! {
                () = self.sender.closed() => return Err(Ended::ClientGone),
                taken = tokio::time::timeout(self.idle, taken) => {
                    taken.map_err(|_| not_read(self.buffer))?;
                }
            }
        }
    }

    /// Nothing is left to be sent.
    fn body_is_read(&mut self) {
        self.holds = false;
        if self.held.bytes.load(Ordering::Acquire) > 0 {
            self.begin();
        }
    }

    fn begin(&mut self) {
        if let Some(begin) = self.begin.take() {
            // The handler waits for it, unless the client has gone.
            let _ = begin.send(Ok(()));
        }
    }

    fn finish(&mut self) {
        self.begin();
    }

    /// Refuses the request, or cuts an answer that has begun.
    fn cut(&mut self, refusal: Refusal) {
        match self.begin.take() {
            // Both fail only if the client has gone.
            Some(begin) => drop(begin.send(Err(refusal))),
            None => drop(self.sender.send(Err(refusal))),
        }
    }
}

/// The client sends and does not read.
fn not_read(buffer: usize) -> Refusal {
    let message = format!(
        "the client did not read the verdicts while it sent posts, and {} of them are waiting: read \
         the answer while the body is sent (a duplex stream), or send smaller bodies",
        human_bytes(buffer as u64)
    );
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "response_not_read", message)
}

/// The receiving end: the body of the answer.
struct StreamBody {
    receiver: mpsc::UnboundedReceiver<Result<Bytes, Refusal>>,
    held: Arc<Held>,
    /// When the connection is broken off, after the line that says why was passed on.
    cut: Option<Pin<Box<Sleep>>>,
}

/// Time in which the last line of a cut answer is sent.
const LAST_LINE: Duration = Duration::from_millis(200);

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(cut) = &mut self.cut {
            let is_sent = cut.as_mut().poll(context);
            let cut = || Some(Err(std::io::Error::other("the answer is incomplete")));
            return is_sent.map(|()| cut());
        }
        match self.receiver.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Ok(verdicts))) => {
                self.held.bytes.fetch_sub(verdicts.len(), Ordering::AcqRel);
                self.held.taken.notify_one();
                Poll::Ready(Some(Ok(Frame::data(verdicts))))
            }
            Poll::Ready(Some(Err(refusal))) => {
                self.cut = Some(Box::pin(tokio::time::sleep(LAST_LINE)));
                let line = refusal.to_json().to_string() + "\n";
                Poll::Ready(Some(Ok(Frame::data(line.into()))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
