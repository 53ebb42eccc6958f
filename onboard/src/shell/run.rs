//! The life of `picket-onboard`: opens everything, moves one thing at a time into the agent, does what it says, and
//! stops in order.
//!
//! Order on the way out: an entry is on disk before anything that the agent said after it goes to the bus. Frames for
//! the autopilot do not wait for the disk: they carry nothing that must not be lost.
//!
//! What goes to the bus waits in a queue of [`BUS_QUEUE_MAX`], so that a slow bus never holds up the autopilot. When
//! it is full the newest is dropped: a state is followed by the next, a journal entry, a command's answer and a piece of evidence
//! are asked for again. Live video and evidence leave half of it to the others.

use std::time::Duration;

use telemetry::bus::{Bus, Replier};
use telemetry::messages::{Ack, EvidenceReply};
use telemetry::pieces::{Stream, stream_of};
use telemetry::{CommandId, Message, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::evidence::{self, Passed};
use super::live::{self, OnBus, Onboard};
use super::open::{Ports, ShellError, agent, camera, messages, open_links, recorder, wire};
use super::port;
use super::record::Recorder;
use super::secret::SigningClockFile;
use super::sources::{Eyes, Happening, PLOT_DATAGRAM_MAX, Sources, camera_input};
use super::supervisor::Supervisor;
use crate::agent::{Agent, Input, Level, Output};
use crate::config::VehicleConfig;
use crate::evidence::{Evidence, Load};
use crate::journal::{Journal, JournalError};
use crate::link::wire::{Remark, Wire};

const BUS_QUEUE_MAX: usize = 1024;
/// How long each part may take to stop: together less than the 5 s we have.
const STOP_WITHIN: Duration = Duration::from_secs(1);
/// How often the counters are told.
const REPORT_EVERY: Duration = Duration::from_secs(60);
/// How often the flight record gets what has gathered; the agent's states alone make something happen that often.
const RECORD_EVERY: Duration = Duration::from_millis(200);

/// What goes to the bus.
enum ToBus {
    Publish(Box<Message>),
    Answer(Box<(Replier, Ack)>),
    Evidence(Box<(Replier<EvidenceReply>, EvidenceReply)>),
}

struct Shell {
    clock: Clock,
    supervisor: Supervisor,
    agent: Agent,
    journal: Journal,
    wire: Wire,
    to_links: Vec<mpsc::Sender<Vec<u8>>>,
    /// What came over the links for us.
    local: Vec<u8>,
    record: Recorder,
    recorded_at: Timestamp,
    signing_clock: SigningClockFile,
    to_bus: mpsc::Sender<ToBus>,
    eyes: Option<Eyes>,
    live: Option<Onboard>,
    evidence: Option<evidence::Onboard>,
    /// The command whose asker waits for the first answer.
    asker: Option<(CommandId, Replier)>,
    dropped_portions: u64,
    dropped_messages: u64,
}

/// Runs a vehicle until `stop`.
///
/// # Errors
/// [`ShellError`] when something cannot be opened. Once everything is open, it ends by `stop` only.
pub async fn run(config: &VehicleConfig, stop: CancellationToken) -> Result<(), ShellError> {
    let clock = Clock::start();
    let opened = Journal::open(&config.journal, config.journal_max_mib << 20)?;
    for damage in &opened.damage {
        tracing::warn!("journal damaged: {damage}");
    }
    let (agent, journal) = agent(config, opened, clock.now())?;
    let (camera, eyes) = camera(config).await?;
    let signing_clock = SigningClockFile::of(config);
    let wire = wire(config, &signing_clock, clock.now())?;
    let record = recorder(config)?;
    let (incoming, links) = port::incoming();
    let Ports { to_links, tasks } = open_links(config, &incoming, &stop).await?;
    let bus = Bus::open(config.bus.config()).await?;
    let messages = messages(&bus, config).await?;
    let commands = bus.serve_commands(&config.vehicle).await?;
    let (live, live_on_bus) = live::open(config, &bus, clock.now()).await?;
    let (evidence, asked) = evidence::open(config, &bus, clock.now()).await?;
    let (to_bus, from_shell) = mpsc::channel(BUS_QUEUE_MAX);
    let publisher = tokio::spawn(publish(bus, from_shell, live_on_bus));
    tracing::info!(
        vehicle = %config.vehicle, autopilot = %config.autopilot, unacknowledged = agent.status().unacknowledged,
        "on watch"
    );
    let sources = Sources {
        links,
        messages,
        commands,
        camera,
        buffer: vec![0; PLOT_DATAGRAM_MAX],
        evidence: asked,
        eyes: (live.is_some() || evidence.is_some())
            .then(|| tokio::time::interval(Onboard::EVERY.min(Evidence::EVERY))),
        reports: tokio::time::interval_at(tokio::time::Instant::now() + REPORT_EVERY, REPORT_EVERY),
        stop,
    };
    let supervisor = Supervisor::of_environment(clock.now());
    supervisor.ready();
    let shell = Shell {
        clock,
        supervisor,
        agent,
        journal,
        wire,
        to_links,
        local: Vec::new(),
        record,
        recorded_at: clock.now(),
        signing_clock,
        to_bus,
        eyes,
        live,
        evidence,
        asker: None,
        dropped_portions: 0,
        dropped_messages: 0,
    };
    let shell = shell.watch(sources).await;
    shell.farewell(tasks, publisher).await;
    Ok(())
}

impl Shell {
    /// The loop: one thing at a time, applied at once.
    async fn watch(mut self, mut sources: Sources) -> Self {
        loop {
            let due = self.agent.next_deadline().min(self.wire.next_deadline());
            let happening = sources.next(self.clock.instant(due)).await;
            let now = self.clock.now();
            match happening {
                Happening::Link((link, bytes)) => self.wire.receive(now, link, &bytes),
                Happening::Message(message) => {
                    if let (Message::StationBeat(_), Some(live)) = (&message, &mut self.live) {
                        live.beat(now);
                    }
                    if let (Some(evidence), Some(eyes)) = (&mut self.evidence, &self.eyes) {
                        evidence.hear(now, &message, eyes);
                    }
                    self.agent.handle(now, Input::Message(message));
                }
                Happening::Command(request, asker) => {
                    self.asker = Some((request.id.clone(), asker));
                    self.agent.handle(now, Input::Command(request));
                }
                Happening::Camera(bytes) => self.camera(now, &bytes),
                Happening::Evidence(request, asker) => {
                    if let Some(evidence) = &mut self.evidence {
                        evidence.ask(now, request, asker);
                    }
                }
                Happening::Due => {
                    self.agent.advance(now);
                    self.wire.advance(now);
                }
                Happening::Report => self.report(),
                Happening::Eyes => {}
                Happening::Stop => return self,
                Happening::Broken(part) => {
                    tracing::error!(part, "has ended, so must we");
                    return self;
                }
            }
            self.take_in(now);
            self.act(now);
            self.hand_out();
            self.record(now);
            self.tell_eyes(now);
            self.supervisor.alive(now);
        }
    }

    /// Gives the agent what came over the links for us, and tells what a person must know of them.
    fn take_in(&mut self, now: Timestamp) {
        self.wire.take_local(&mut self.local);
        if !self.local.is_empty() {
            self.agent.handle(now, Input::Autopilot(&self.local));
        }
        for remark in self.wire.take_remarks() {
            match remark {
                Remark::Log(words) => tracing::info!("{words}"),
                Remark::Operator(words) => self.agent.handle(now, Input::LinkRemark(&words)),
            }
        }
    }

    /// What the camera's program sends: scans for the agent, pieces of video and of evidence for the room.
    fn camera(&mut self, now: Timestamp, bytes: &[u8]) {
        let room = self.to_bus.capacity() > BUS_QUEUE_MAX / 2;
        let passed = match (stream_of(bytes), &mut self.live, &mut self.evidence) {
            (Some(Stream::Video), Some(live), _) => {
                live.take(now, bytes).map(|fragment| ToBus::Publish(Box::new(Message::Video(fragment))))
            }
            (Some(Stream::Evidence), _, Some(evidence)) => evidence.take(now, bytes).map(|passed| match passed {
                Passed::Notice(message) => ToBus::Publish(Box::new(message)),
                Passed::Reply(asker, reply) => ToBus::Evidence(Box::new((asker, reply))),
            }),
            _ => return self.agent.handle(now, camera_input(bytes)),
        };
        if let Some(passed) = passed.filter(|_| room) {
            self.hand_over(passed);
        }
    }

    /// Tells the camera's program what is wished of it.
    fn tell_eyes(&mut self, now: Timestamp) {
        let Some(eyes) = &self.eyes else { return };
        if let Some(live) = &mut self.live {
            live.tell(now, eyes);
        }
        if let Some(evidence) = &mut self.evidence {
            let looked_at = self.live.as_ref().is_some_and(Onboard::looked_at);
            let unacknowledged = self.agent.status().unacknowledged;
            evidence.tell(now, Load { looked_at, unacknowledged }, eyes);
        }
    }

    /// Gives the links what is theirs.
    fn hand_out(&mut self) {
        for (link, to_link) in self.to_links.iter().enumerate() {
            while let Some(portion) = self.wire.next_portion(link) {
                self.dropped_portions += u64::from(to_link.try_send(portion).is_err());
            }
        }
        self.signing_clock.keep(&self.wire);
    }

    /// Gives the flight record what has gathered: not each frame by itself, because to wake its thread costs more than
    /// all the rest that is done with a frame.
    fn record(&mut self, now: Timestamp) {
        if now >= self.recorded_at + RECORD_EVERY {
            self.recorded_at = now;
            self.record.record(self.wire.take_record());
        }
    }

    /// Does what the agent says. Blocks while the disk does; the tasks of the runtime go on.
    fn act(&mut self, now: Timestamp) {
        let mut unstored = false;
        while let Some(output) = self.agent.next_output() {
            if unstored && matches!(output, Output::Publish(_)) {
                self.on_disk("commit", Journal::commit);
                unstored = false;
            }
            match output {
                Output::Autopilot(frame) => {
                    self.wire.send(now, &frame);
                    // At once: the disk may come next.
                    self.hand_out();
                }
                Output::Publish(message) => self.publish(message),
                Output::Store(entry) => {
                    self.on_disk("store an entry", |journal| journal.append(&entry));
                    unstored = true;
                }
                Output::Forget { up_to } => self.on_disk("forget", |journal| journal.forget(up_to)),
                Output::Keep(plan) => self.on_disk("keep the plan", |journal| journal.keep_plan(&plan)),
                Output::Pose(pose) => {
                    if let Some(eyes) = &self.eyes {
                        eyes.tell(&pose);
                    }
                }
                Output::Say(event) => match event.level {
                    Level::Info => tracing::info!("{}", event.text),
                    Level::Warning => tracing::warn!("{}", event.text),
                },
            }
        }
        if unstored {
            self.on_disk("commit", Journal::commit);
        }
    }

    /// A disk that fails keeps nobody from flying home: it is said, and the vehicle goes on without it.
    fn on_disk(&mut self, what: &'static str, act: impl FnOnce(&mut Journal) -> Result<(), JournalError>) {
        let journal = &mut self.journal;
        if let Err(error) = tokio::task::block_in_place(|| act(journal)) {
            tracing::error!(what, error = &error as &dyn std::error::Error, "the journal's disk fails");
        }
    }

    fn publish(&mut self, message: Message) {
        if let Message::Ack(ack) = &message
            && let Some((_, asker)) = self.asker.take_if(|(command, _)| *command == ack.command)
        {
            self.hand_over(ToBus::Answer(Box::new((asker, ack.clone()))));
        }
        self.hand_over(ToBus::Publish(Box::new(message)));
    }

    fn hand_over(&mut self, what: ToBus) {
        self.dropped_messages += u64::from(self.to_bus.try_send(what).is_err());
    }

    fn report(&self) {
        let status = self.agent.status();
        let (dropped_portions, dropped_messages) = (self.dropped_portions, self.dropped_messages);
        let journal_bytes = self.journal.bytes();
        let record_dropped = self.record.dropped();
        tracing::info!(dropped_portions, dropped_messages, journal_bytes, record_dropped, ?status, "counters");
        if let Some(live) = &self.live {
            tracing::info!(counts = ?live.counts(), "live video");
        }
        if let Some(evidence) = &self.evidence {
            tracing::info!(counts = ?evidence.counts(), "evidence");
        }
        for link in 0..self.wire.links() {
            let (name, counts) = self.wire.counts(link);
            tracing::info!(name, ?counts, "link");
        }
    }

    /// Stops everything in order, and says what was not finished and who did not stop.
    async fn farewell(mut self, links: Vec<JoinHandle<()>>, publisher: JoinHandle<Bus>) {
        self.act(self.clock.now());
        self.hand_out();
        self.record.record(self.wire.take_record());
        let status = self.agent.status();
        let Self { to_bus, to_links, record, .. } = self;
        drop((to_bus, to_links));
        tokio::task::block_in_place(|| record.finish());
        match timeout(STOP_WITHIN, publisher).await {
            Ok(Ok(bus)) => {
                if timeout(STOP_WITHIN, bus.close()).await.is_err() {
                    tracing::warn!("the bus did not close in time");
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "the publisher failed"),
            Err(_) => tracing::warn!("the publisher did not stop in time"),
        }
        for link in links {
            if timeout(STOP_WITHIN, link).await.is_err() {
                tracing::warn!("a link did not close in time");
            }
        }
        let unfinished = status.running.as_deref().unwrap_or("nothing");
        tracing::info!(
            unacknowledged = status.unacknowledged,
            unfinished,
            "stopped; what is not acknowledged is on disk"
        );
    }
}

/// Owns the bus and sends what is given to it; gives it back when nothing more comes.
async fn publish(bus: Bus, mut from_shell: mpsc::Receiver<ToBus>, mut live: Option<OnBus>) -> Bus {
    loop {
        let what = tokio::select! {
            what = from_shell.recv() => what,
            () = OnBus::due(&mut live) => {
                if let Some(live) = &mut live {
                    live.look(&bus).await;
                }
                continue;
            }
        };
        let Some(what) = what else { return bus };
        let sent = match what {
            ToBus::Publish(message) => bus.publish(&message).await,
            ToBus::Answer(answer) => {
                let (asker, ack) = *answer;
                asker.reply(&ack).await
            }
            ToBus::Evidence(answer) => {
                let (asker, reply) = *answer;
                asker.reply(&reply).await
            }
        };
        if let Err(error) = sent {
            tracing::warn!(error = &error as &dyn std::error::Error, "not sent");
        }
    }
}
