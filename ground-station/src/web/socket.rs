//! A console's socket: first everything, then what changed, at most twenty times a second and at least once.
//!
//! One task serves a console, and what it owes is always "the board since the revision this console has": a console
//! that reads slowly holds up its own task and nothing else, and gets the newest when it reads again. One that takes
//! nothing for [`STALLED_AFTER`] is let go; it will come back by itself.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use telemetry::OperatorId;
use telemetry::messages::{Action, PlanningAct};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::api::{self, Named};
use super::request::{self, REQUEST_BYTES_MAX, Request, Unreadable, Wish};
use super::{Ask, Web, WebCounts};

/// The least time between two updates.
const UPDATE_EVERY: Duration = Duration::from_millis(50);
/// The longest time between two updates.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A console that takes nothing for this long is let go.
const STALLED_AFTER: Duration = Duration::from_secs(20);
/// A message longer than this ends the connection; up to it, it is answered.
const FRAME_BYTES_MAX: usize = 16 * REQUEST_BYTES_MAX;
/// How many requests of one console may wait for their answers; more are refused.
const PENDING_MAX: usize = 16;

/// `GET /ws`
pub(super) async fn open(State(web): State<Arc<Web>>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let (operator, session) = match let_in(&web, &headers) {
        Ok(signed_in) => signed_in,
        Err(refused) => return refused,
    };
    let Ok(place) = Arc::clone(&web.consoles).try_acquire_owned() else {
        return api::error(StatusCode::SERVICE_UNAVAILABLE, "too many consoles are open");
    };
    WebCounts::count(&web.counts.consoles);
    upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX).on_upgrade(move |socket| async move {
        let mut console = Console::new(web, operator, session);
        let code = console.serve(socket).await;
        tracing::debug!(operator = %console.operator.id, ?code, "a console left");
        drop(place);
    })
}

/// Who opens a socket, and with which session; or the answer to somebody who may not.
#[expect(clippy::result_large_err, reason = "the error is the answer, and is sent at once")]
pub(super) fn let_in(web: &Web, headers: &HeaderMap) -> Result<(OperatorId, String), Response> {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if !origin.is_some_and(|origin| web.door.our_page(origin)) {
        WebCounts::count(&web.counts.foreign_host);
        return Err(api::error(StatusCode::FORBIDDEN, "a socket is opened from our own page only"));
    }
    api::signed_in(web, headers).ok_or_else(api::not_signed_in)
}

struct Console {
    web: Arc<Web>,
    operator: Named,
    session: String,
    revision: u64,
    sent_at: Instant,
    changed: watch::Receiver<u64>,
    answers: mpsc::Receiver<Answer>,
    answer: mpsc::Sender<Answer>,
}

/// What became of a request.
struct Answer {
    request: Option<u64>,
    outcome: Result<(), String>,
}

/// What a console's task woke up for.
enum Event {
    Said(Option<Result<Message, axum::Error>>),
    Answered(Answer),
    UpdateDue,
    Stopping,
}

/// The end of a connection.
enum End {
    /// The other side is gone, or does not take anything.
    Gone,
    /// We close it, and say why.
    Close(u16, &'static str),
}

impl Console {
    fn new(web: Arc<Web>, operator: OperatorId, session: String) -> Self {
        let (answer, answers) = mpsc::channel(PENDING_MAX);
        let operator = api::named(&web, operator);
        let changed = web.board.watch();
        Self { web, operator, session, revision: 0, sent_at: Instant::now(), changed, answers, answer }
    }

    async fn serve(&mut self, mut socket: WebSocket) -> Option<u16> {
        match self.converse(&mut socket).await {
            Ok(()) | Err(End::Gone) => None,
            Err(End::Close(code, reason)) => {
                let frame = CloseFrame { code, reason: reason.into() };
                // The other side may be gone already; then there is nobody to tell.
                let _ = timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
                Some(code)
            }
        }
    }

    async fn converse(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        self.send_snapshot(socket).await?;
        loop {
            match self.next_event(socket).await {
                Event::Said(None | Some(Err(_)) | Some(Ok(Message::Close(_)))) => return Ok(()),
                Event::Said(Some(Ok(message))) => {
                    if let Some(answer) = self.hear(&message) {
                        self.send_answer(socket, answer).await?;
                    }
                }
                Event::Answered(answer) => self.send_answer(socket, answer).await?,
                Event::UpdateDue => {
                    self.check_session()?;
                    self.send_update(socket).await?;
                }
                Event::Stopping => return Err(End::Close(close_code::AWAY, "the operations room closes")),
            }
        }
    }

    async fn next_event(&mut self, socket: &mut WebSocket) -> Event {
        let earliest = self.sent_at + UPDATE_EVERY;
        let latest = self.sent_at + BEAT_EVERY;
        let (changed, have) = (&mut self.changed, self.revision);
        let news = async { changed.wait_for(|revision| *revision > have).await.is_ok() };
        let update_due = async {
            tokio::select! {
                true = news => sleep_until(earliest).await,
                () = sleep_until(latest) => {}
            }
        };
        tokio::select! {
            said = socket.recv() => Event::Said(said),
            Some(answer) = self.answers.recv() => Event::Answered(answer),
            () = update_due => Event::UpdateDue,
            () = self.web.stopping.cancelled() => Event::Stopping,
        }
    }

    /// Takes a message; gives the answer where it is known at once.
    fn hear(&mut self, message: &Message) -> Option<Answer> {
        let bytes = match message {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(_) => {
                WebCounts::count(&self.web.counts.requests);
                return Some(self.unreadable(Unreadable { number: None, reason: "bytes; expected a text".to_owned() }));
            }
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return None,
        };
        WebCounts::count(&self.web.counts.requests);
        match request::parse(bytes) {
            Ok(request) => self.ask(request),
            Err(unreadable) => Some(self.unreadable(unreadable)),
        }
    }

    fn unreadable(&self, Unreadable { number, reason }: Unreadable) -> Answer {
        WebCounts::count(&self.web.counts.requests_unreadable);
        Answer { request: number, outcome: Err(reason) }
    }

    /// Passes a request on to the owner of the station, and its answer back to this task.
    fn ask(&mut self, Request { number, wish }: Request) -> Option<Answer> {
        let refused = |why: &str| Some(Answer { request: Some(number), outcome: Err(why.to_owned()) });
        if self.check_session().is_err() {
            return refused("the session has ended: sign in again");
        }
        let action = match wish {
            Wish::Act(action) => action,
            Wish::SaveProposal { proposal, vehicle } => match self.web.desk.text(proposal, &vehicle) {
                Ok(text) => Action::Planning(PlanningAct::SavePlan { vehicle, text }),
                Err(why) => return refused(&why),
            },
            Wish::AcceptSchedule { schedule } => match self.web.desk.night(schedule) {
                Some(night) => Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }),
                None => return refused(&format!("there is no proposed night {schedule} any more")),
            },
        };
        let Ok(back) = self.answer.clone().try_reserve_owned() else {
            return refused("too many requests wait for their answers");
        };
        let (answer, outcome) = oneshot::channel();
        let ask = Ask::Act { operator: self.operator.id.clone(), action, answer };
        if self.web.asks.try_send(ask).is_err() {
            return refused("the station is busy: try again");
        }
        tokio::spawn(async move {
            let outcome = outcome.await.unwrap_or_else(|_| Err("the operations room is closing".to_owned()));
            back.send(Answer { request: Some(number), outcome });
        });
        None
    }

    fn check_session(&self) -> Result<(), End> {
        let now = std::time::Instant::now();
        match self.web.sessions().operator(now, &self.session) {
            Some(_) => Ok(()),
            None => Err(End::Close(close_code::POLICY, "the session has ended")),
        }
    }

    async fn send_snapshot(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let (revision, fields) = self.web.board.snapshot();
        let operator = serde_json::to_string(&self.operator).expect("two texts are JSON");
        let simulated = self.web.simulated;
        let text = format!(r#"{{"type":"snapshot","simulated":{simulated},"operator":{operator},{fields}}}"#);
        self.revision = revision;
        self.send(socket, text).await
    }

    async fn send_update(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some((revision, fields)) = self.web.board.since(self.revision) else {
            return self.send_snapshot(socket).await;
        };
        self.revision = revision;
        self.send(socket, format!(r#"{{"type":"update",{fields}}}"#)).await
    }

    async fn send_answer(&mut self, socket: &mut WebSocket, Answer { request, outcome }: Answer) -> Result<(), End> {
        let text = match outcome {
            Ok(()) => serde_json::json!({ "type": "done", "request": request }),
            Err(reason) => serde_json::json!({ "type": "refused", "request": request, "reason": reason }),
        };
        let sent_at = self.sent_at;
        let sent = self.send(socket, text.to_string()).await;
        // An answer is no update: the next one is due when it was.
        self.sent_at = sent_at;
        sent
    }

    async fn send(&mut self, socket: &mut WebSocket, text: String) -> Result<(), End> {
        WebCounts::count(&self.web.counts.messages_sent);
        let sent = timeout(STALLED_AFTER, socket.send(Message::Text(text.into()))).await;
        self.sent_at = Instant::now();
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}
