//! The one task that owns the station.

use std::sync::Arc;
use std::time::Duration;

use telemetry::Timestamp;
use telemetry::bus::{Bus, Received, Subscription};
use telemetry::messages::{Action, CommandRequest, Message, OperatorAction, PlanningAct};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::PART_GRACE;
use super::bus_tasks::ToBus;
use super::clock::Clock;
use super::gate::Gate;
use super::recorder::RecorderThread;
use super::reminder::Reminder;
use crate::desk::Situation;
use crate::outlook::{Answer, Outlooks};
use crate::station::{Input, Output, SortiesPlanned, Station};
use crate::store::{Committed, Entry, QUEUE_MAX, Store};
use crate::web::{Ask, Board, Gauges, Latest};

/// The least time between two postings on the board. With the console's own 50 ms it bounds what a change waits.
const POST_EVERY: Duration = Duration::from_millis(20);
/// From so many waiting records on, journals and asks stay where they are. The rest of the queue is for what the
/// station itself raises.
const BACKLOG_MAX: u64 = QUEUE_MAX as u64 * 3 / 4;

/// Where the owner reports to.
pub(super) struct Reports {
    pub(super) board: Arc<Board>,
    pub(super) gauges: Arc<Gauges>,
}

pub(super) struct Owner {
    station: Station,
    outlooks: Outlooks,
    /// The outlook that is being worked out beside the station.
    working: Option<JoinHandle<Answer>>,
    /// The plans of sorties that are being made beside it.
    planning: Option<JoinHandle<SortiesPlanned>>,
    store: Store,
    committed: watch::Receiver<Committed>,
    recorder: Option<RecorderThread>,
    bus: Arc<Bus>,
    to_bus: ToBus,
    reminder: Reminder,
    gate: Gate<Held>,
    reports: Reports,
    clock: Clock,
    now: Timestamp,
    posted_at: Timestamp,
    /// Whether something came since.
    unposted: bool,
    records_lost: u64,
}

/// What waits for the disk.
#[derive(Debug)]
enum Held {
    Publish(Message),
    Request(CommandRequest),
    Done(oneshot::Sender<Result<(), String>>),
}

/// What the owner woke up for.
enum Event {
    Heard(Option<Received>),
    Journal(Option<Received>),
    Answered(Option<Input>),
    WorkedOut(Result<Answer, JoinError>),
    Planned(Result<SortiesPlanned, JoinError>),
    Asked(Option<Ask>),
    Committed,
    Deadline,
    Stopping,
}

impl Owner {
    pub(super) fn new(
        station: Station,
        mut clock: Clock,
        mut store: Store,
        recorder: Option<RecorderThread>,
        bus: Arc<Bus>,
        reports: Reports,
    ) -> Self {
        let outlooks = Outlooks::new(station.airspace(), store.take_flights());
        let (committed, to_bus, now) = (store.committed(), ToBus::new(&bus), clock.now());
        Self {
            station,
            outlooks,
            working: None,
            planning: None,
            store,
            committed,
            recorder,
            bus,
            to_bus,
            reminder: Reminder::new(now),
            gate: Gate::new(),
            reports,
            clock,
            now,
            posted_at: Timestamp::EPOCH,
            unposted: true,
            records_lost: 0,
        }
    }

    /// Runs until told to stop; gives what was not finished.
    pub(super) async fn run(
        mut self,
        mut heard: Subscription,
        mut journals: Subscription,
        mut asks: mpsc::Receiver<Ask>,
        stopping: CancellationToken,
    ) -> Vec<String> {
        self.carry_out(None);
        loop {
            let event = self.next_event(&mut heard, &mut journals, &mut asks, &stopping).await;
            self.now = self.clock.now();
            match event {
                Event::Heard(Some(received)) | Event::Journal(Some(received)) => {
                    self.handle(Input::Message(received.message));
                    self.carry_out(None);
                }
                Event::Answered(Some(input)) => {
                    self.handle(input);
                    self.carry_out(None);
                }
                Event::WorkedOut(answer) => self.take_answer(answer),
                Event::Planned(planned) => self.take_planned(planned),
                Event::Asked(Some(ask)) => self.take_ask(ask),
                Event::Committed => {}
                Event::Deadline => self.advance(),
                Event::Heard(None) | Event::Journal(None) | Event::Answered(None) | Event::Asked(None) => {
                    let unfinished = self.close(asks).await;
                    return [vec!["the bus or the web went away".to_owned()], unfinished].concat();
                }
                Event::Stopping => return self.close(asks).await,
            }
            self.let_out();
            self.post(heard.dropped() + journals.dropped(), heard.displaced() + journals.displaced());
        }
    }

    async fn next_event(
        &mut self,
        heard: &mut Subscription,
        journals: &mut Subscription,
        asks: &mut mpsc::Receiver<Ask>,
        stopping: &CancellationToken,
    ) -> Event {
        let keeps_up = self.backlog() < BACKLOG_MAX;
        let tick = self.station.next_deadline();
        let deadline = if self.unposted { tick.min(self.posted_at + POST_EVERY) } else { tick };
        let wait = deadline.since(self.clock.now());
        tokio::select! {
            biased;
            () = stopping.cancelled() => Event::Stopping,
            Ok(()) = self.committed.changed() => Event::Committed,
            () = sleep(wait) => Event::Deadline,
            ask = asks.recv(), if keeps_up => Event::Asked(ask),
            answer = self.to_bus.answer() => Event::Answered(answer),
            answer = worked_out(&mut self.working) => Event::WorkedOut(answer),
            planned = worked_out(&mut self.planning) => Event::Planned(planned),
            received = journals.recv(), if keeps_up => Event::Journal(received),
            received = heard.recv() => Event::Heard(received),
        }
    }

    fn advance(&mut self) {
        let ticks = self.station.next_deadline() <= self.now;
        self.unposted |= ticks;
        self.station.advance(self.now);
        if ticks {
            self.look_ahead();
            self.plan_sorties();
            self.remind();
        }
        self.carry_out(None);
    }

    /// Brings the outlooks up to date. The work is done beside this task: what is measured must not wait for it.
    fn look_ahead(&mut self) {
        self.outlooks.look(&self.station, self.now);
        for flight in self.outlooks.take_ended() {
            self.put(Entry::Flight(flight));
        }
        if let Some(question) = self.outlooks.question(&self.station, self.now) {
            self.working = Some(tokio::task::spawn_blocking(move || question.answer()));
        }
    }

    /// Says alerts again, for cameras that were away; never one that still waits for the disk.
    fn remind(&mut self) {
        if self.backlog() > 0 {
            return;
        }
        for alert in self.reminder.due(self.now, self.station.alerts().alerts()) {
            self.to_bus.publish(Message::Alert(alert));
        }
    }

    fn take_answer(&mut self, answer: Result<Answer, JoinError>) {
        self.working = None;
        match answer {
            Ok(answer) => self.unposted |= self.outlooks.take(&self.station, answer),
            Err(error) => {
                tracing::error!("an outlook was not worked out: {error}");
                self.outlooks.unanswered();
            }
        }
    }

    /// Has the plans of sorties made beside this task: lanes over a large area take seconds.
    fn plan_sorties(&mut self) {
        if self.planning.is_some() {
            return;
        }
        if let Some(due) = self.station.sorties_due() {
            self.planning = Some(tokio::task::spawn_blocking(move || due.planned()));
        }
    }

    fn take_planned(&mut self, planned: Result<SortiesPlanned, JoinError>) {
        self.planning = None;
        match planned {
            Ok(planned) => self.station.take_planned(planned),
            Err(error) => tracing::error!("plans of sorties were not made: {error}"),
        }
    }

    fn handle(&mut self, input: Input) {
        // What was due before the input is recorded before it.
        self.advance();
        self.unposted = true;
        if let Some(recorder) = &mut self.recorder {
            recorder.input(self.now, &input);
        }
        self.station.handle(self.now, input);
    }

    fn take_ask(&mut self, ask: Ask) {
        match ask {
            Ask::Access { operator, what } => {
                self.put(Entry::Access { at: self.now, operator, what });
            }
            Ask::Keep { record, answer } => {
                // Told only when it is on disk; a queue that is full, and the camera announces it again.
                match self.store.put(Entry::Evidence(*record)) {
                    Ok(_) => self.gate.hold(self.store.handed_over(), Held::Done(answer)),
                    Err(full) => drop(answer.send(Err(full.to_string()))),
                }
            }
            Ask::Situation { answer } => {
                // Whoever asked for it has gone; then there is nobody to tell.
                let _ = answer.send(Box::new(Situation::of(self.now, &self.station)));
            }
            Ask::Act { operator, action, answer } => {
                let trouble = self.committed.borrow().trouble.clone();
                if let Some(trouble) = trouble {
                    // Whoever asked for it has gone; then there is nobody to tell.
                    let _ =
                        answer.send(Err(format!("what people do is stored first, and now it cannot be: {trouble}")));
                    return;
                }
                self.act(OperatorAction { operator, at: self.now, action }, answer);
            }
        }
    }

    fn act(&mut self, action: OperatorAction, answer: oneshot::Sender<Result<(), String>>) {
        let OperatorAction { operator, action: what, .. } = &action;
        tracing::info!(%operator, what = told(what), "a person acts");
        self.handle(Input::Operator(action));
        self.carry_out(Some(answer));
    }

    /// Carries out what the station gave out. An answer to a person waits for everything before it.
    fn carry_out(&mut self, mut answer: Option<oneshot::Sender<Result<(), String>>>) {
        while let Some(output) = self.station.next_output() {
            if let Some(recorder) = &mut self.recorder {
                recorder.output(self.now, &output);
            }
            match output {
                Output::Store(record) => self.put(Entry::Record(record)),
                Output::Refuse { why, .. } => {
                    if let Some(answer) = answer.take() {
                        let _ = answer.send(Err(why));
                    }
                }
                // The newest wins, so the disk is not waited for: a beat held up by a slow disk would send the fleet
                // home.
                Output::Publish(
                    message @ (Message::Track(_)
                    | Message::SharedTrack(_)
                    | Message::Registration(_)
                    | Message::StationBeat(_)),
                ) => self.to_bus.publish(message),
                Output::Publish(message) => self.gate.hold(self.store.handed_over(), Held::Publish(message)),
                Output::Request(request) => self.gate.hold(self.store.handed_over(), Held::Request(request)),
            }
        }
        if let Some(answer) = answer {
            self.gate.hold(self.store.handed_over(), Held::Done(answer));
        }
    }

    fn put(&mut self, entry: Entry) {
        if self.store.put(entry).is_err() {
            self.records_lost += 1;
            tracing::error!(lost = self.records_lost, "too many records wait for the disk: one was given up");
        }
    }

    /// Lets out what was waiting for the disk and need wait no longer.
    fn let_out(&mut self) {
        self.gate.commit(self.committed.borrow().records);
        while let Some(held) = self.gate.next() {
            match held {
                Held::Publish(message) => self.to_bus.publish(message),
                Held::Request(request) => self.to_bus.request(request),
                Held::Done(answer) => {
                    let _ = answer.send(Ok(()));
                }
            }
        }
    }

    fn backlog(&self) -> u64 {
        self.store.handed_over().saturating_sub(self.committed.borrow().records)
    }

    fn post(&mut self, bus_dropped: u64, bus_displaced: u64) {
        if !self.unposted || self.now.since(self.posted_at) < POST_EVERY {
            return;
        }
        (self.posted_at, self.unposted) = (self.now, false);
        self.reports.board.post(self.now, &self.station, &self.outlooks);
        self.reports.gauges.set(Latest {
            station: self.station.counts(),
            tracks: self.station.picture().sightings().count() as u64,
            tracker: self.station.picture().tracker_metrics(),
            store_waiting: self.backlog(),
            store_in_trouble: self.committed.borrow().trouble.is_some(),
            records_lost: self.records_lost,
            bus_dropped,
            bus_displaced,
            publishes_dropped: self.to_bus.dropped(),
        });
    }

    /// Waits for the disk, ends the recording, and leaves the bus; gives what was not finished.
    async fn close(mut self, mut asks: mpsc::Receiver<Ask>) -> Vec<String> {
        let mut unfinished = Vec::new();
        asks.close();
        // The web is closing too; what it still had to note about the door is written, what people asked is not begun.
        while let Ok(ask) = asks.try_recv() {
            if let Ask::Access { .. } = ask {
                self.take_ask(ask);
            }
        }
        let drained = timeout(PART_GRACE, self.drain()).await;
        if drained.is_err() {
            let why = self.committed.borrow().trouble.clone().unwrap_or_else(|| "the disk is slow".to_owned());
            unfinished.push(format!("{} messages waited for the disk and were not sent: {why}", self.gate.len()));
        }
        let Self { store, recorder, to_bus, bus, .. } = self;
        unfinished.extend(blocking("the store", move || store.close().map_err(|error| error.to_string())).await);
        if let Some(recorder) = recorder {
            unfinished.extend(blocking("the recording", move || recorder.finish()).await);
        }
        if timeout(PART_GRACE / 2, to_bus.close()).await.is_err() {
            unfinished.push("messages to the bus".to_owned());
        }
        let left = match Arc::into_inner(bus) {
            Some(bus) => timeout(PART_GRACE / 2, bus.close()).await.is_ok(),
            None => false,
        };
        if !left {
            unfinished.push("the bus did not close".to_owned());
        }
        unfinished
    }

    async fn drain(&mut self) {
        self.let_out();
        while !self.gate.is_empty() && self.committed.changed().await.is_ok() {
            self.let_out();
        }
    }
}

/// What is being worked out; never, where nothing is.
async fn worked_out<T>(working: &mut Option<JoinHandle<T>>) -> Result<T, JoinError> {
    match working {
        Some(working) => working.await,
        None => std::future::pending().await,
    }
}

/// Runs something that blocks, for as long as a part may take; gives what it could not finish.
async fn blocking(name: &str, work: impl FnOnce() -> Result<(), String> + Send + 'static) -> Option<String> {
    match timeout(PART_GRACE, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(why))) => Some(why),
        Ok(Err(_)) => Some(format!("{name}: its thread panicked")),
        Err(_) => Some(format!("{name}: the disk did not finish in time")),
    }
}

fn told_planning(act: &PlanningAct) -> String {
    match act {
        PlanningAct::CloseArea(closure) => format!("closes the area {:?}", closure.name),
        PlanningAct::OpenArea(area) => format!("opens area {area}"),
        PlanningAct::ReportWeather(report) => format!("reports wind of {} m/s", report.wind_m_s),
        PlanningAct::FileFlight(declaration) => format!("files a flight of {:?}", declaration.uas_id),
        PlanningAct::WithdrawFlight(flight) => format!("withdraws flight {flight}"),
        PlanningAct::SavePlan { vehicle, .. } => format!("saves a plan for {vehicle}"),
        PlanningAct::DiscardPlan(plan) => format!("discards plan {plan}"),
        PlanningAct::SendPlan { plan, .. } => format!("sends plan {plan}"),
        PlanningAct::AcceptSchedule { .. } => "accepts a schedule of the night".to_owned(),
        PlanningAct::EndSchedule => "ends the schedule of the night".to_owned(),
        PlanningAct::Override { vehicle, plan, reason } => {
            format!("overrides the check of {vehicle}'s {plan}: {reason:?}")
        }
    }
}

/// An action in a word, for the log.
fn told(action: &Action) -> String {
    match action {
        Action::Acknowledge(alert) => format!("acknowledges alert {alert}"),
        Action::Close(alert) => format!("closes alert {alert}"),
        Action::Approve(cue) => format!("approves cue {cue}"),
        Action::Decline(cue) => format!("declines cue {cue}"),
        Action::Order { vehicle, order } => format!("orders {vehicle}: {order:?}"),
        Action::Planning(act) => told_planning(act),
    }
}
