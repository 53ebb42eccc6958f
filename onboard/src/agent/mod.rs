//! The agent: one owner of everything a vehicle knows and does.
//!
//! It takes bytes from the autopilot, commands and acknowledgements from the operations room, and lines from its own
//! camera, one at a time; it gives back what is to be done, in order. Time is an argument: everything that is due is
//! done at its nominal time before an input is taken, so the sequence of inputs and their times determines every byte
//! that comes out.
//!
//! Duties: `orders` carries out commands and what the guard demands, `reports` says how the vehicle is and keeps
//! what must not be lost, `incidents` tells what the autopilot did by itself. They ask the guard, never the other way
//! round.
//!
//! Limits: the caller takes the outputs after every call. While [`OUTPUTS_MAX`] wait, states, poses and lines for the log
//! are dropped; frames, answers and the journal are not, and are bounded by what went in.

mod acks;
mod companion;
mod errand;
mod incidents;
mod interface;
mod orders;
mod reports;

use std::collections::VecDeque;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::delivery::Outbox;
use telemetry::messages::{Failsafe, Severity, Track};
use telemetry::{AltitudeHae, CueId, LatLon, Message, Timestamp};

use crate::guard::{Demand, Guard};
use crate::link::frames::{Decoder, Encoder, Frame};
use crate::link::items::Mission;
use crate::link::mode::Aim;
use crate::link::mount::Mount;
use crate::link::procedure::Surroundings;
use crate::link::remote_id::Identity;
use crate::link::session::{COMPANION, Notice, Session};
use crate::link::status_text::StatusTexts;
use crate::link::telemetry::Telemetry;
use acks::Acks;
use companion::Companion;
use errand::{NextLook, Running, situation};
use incidents::Incidents;

pub use interface::{AgentConfig, AgentError, Event, Input, Level, Limits, Output, Status};
pub use interface::{ENDURANCES_S, PATIENCES_S, UNDULATIONS_M, VEHICLE_NAME_MAX};

/// How often the state is published and the guard looks.
pub const STATE_EVERY: Duration = Duration::from_millis(200);
/// The most outputs that wait before the dispensable ones are dropped.
pub const OUTPUTS_MAX: usize = 4096;
/// A gap longer than this (a clock that was set, a computer that slept) is not lived through deadline by deadline.
const GAP_MAX: Duration = Duration::from_secs(60);
/// The operations room is there if its last beat is no older than this.
const LINK_FRESH: Duration = Duration::from_secs(5);

/// The core of `picket-onboard`.
#[derive(Debug)]
pub struct Agent {
    config: AgentConfig,
    now: Timestamp,
    decoder: Decoder,
    encoder: Encoder,
    session: Session,
    telemetry: Telemetry,
    companion: Companion,
    mount: Option<Mount>,
    texts: StatusTexts,
    guard: Guard,
    acks: Acks,
    running: Option<Running>,
    /// A newer target for the look that is being carried out.
    next_look: Option<NextLook>,
    /// The mission that the autopilot holds, compared item by item.
    mission: Option<Mission>,
    /// What the autopilot calls it, where it has a number for it.
    mission_number: Option<u32>,
    /// A plan kept over a restart that is still to be compared.
    recall: bool,
    cue: Option<CueId>,
    /// The camera was pointed at a target, and the plan has not gone on since.
    looked: bool,
    /// What the vehicle was last asked to do, by whomever.
    asked: Option<Aim>,
    incidents: Incidents,
    /// The guard's demand was not met; not before then again.
    demand_again_at: Timestamp,
    demand_failed: bool,
    /// The guard's last demand that was carried out.
    place_given: Option<Demand>,
    outbox: Outbox,
    camera: Option<plots::Decoder>,
    plots_dropped: u64,
    alert_number: u64,
    /// The station's clock less ours at its last beat, and when that came.
    last_beat: Option<(Timestamp, f64)>,
    next_state: Timestamp,
    frames: Vec<MavMessage>,
    outputs: VecDeque<Output>,
}

impl Agent {
    /// An agent that has just been switched on.
    ///
    /// # Errors
    /// [`AgentError`] when the configuration cannot be flown by.
    pub fn new(config: AgentConfig, outbox: Outbox, now: Timestamp) -> Result<Self, AgentError> {
        let family = config.check()?;
        let mut guard = Guard::new(&config, now);
        let recall = config.plan.is_some();
        if let Some(plan) = config.plan.clone() {
            guard.remember(plan).map_err(AgentError::Plan)?;
        }
        let camera = config.camera.clone().map(|camera| {
            let noise = plots::PlotNoise::typical(camera.kind);
            plots::Decoder::new(camera, noise)
        });
        let session = Session::new(config.system, now);
        let (session, mount) = match config.pose {
            Some(sigma) => {
                let mount = Mount::new(config.vehicle.clone(), config.system, sigma, now);
                (session.with_pose(), Some(mount))
            }
            None => (session, None),
        };
        Ok(Self {
            now,
            decoder: Decoder::new(),
            encoder: Encoder::new(config.system, COMPANION),
            session,
            telemetry: Telemetry::new(config.kind, family, config.undulation),
            companion: Companion::new(config.system, now),
            mount,
            texts: StatusTexts::default(),
            guard,
            acks: Acks::default(),
            running: None,
            next_look: None,
            mission: None,
            mission_number: None,
            recall,
            cue: None,
            looked: false,
            asked: None,
            incidents: Incidents::default(),
            demand_again_at: now,
            demand_failed: false,
            place_given: None,
            outbox,
            camera,
            plots_dropped: 0,
            alert_number: 0,
            last_beat: None,
            next_state: now,
            frames: Vec::new(),
            outputs: VecDeque::new(),
            config,
        })
    }

    /// Makes the agent say by Remote ID who the aircraft is.
    #[must_use]
    pub fn identified(mut self, identity: Identity) -> Self {
        self.companion.identify(identity, self.now);
        self
    }

    /// Takes something that happened at `now`, after everything that was due before.
    pub fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.advance(now);
        let now = self.now;
        match input {
            Input::Autopilot(bytes) => self.autopilot(now, bytes),
            Input::Message(Message::JournalAck(ack)) => self.journal_ack(&ack),
            Input::Message(Message::StationBeat(beat)) => self.beat(now, beat.at),
            Input::Message(Message::VehicleState(state)) => self.guard.mate(now, &state),
            Input::Message(Message::Track(track)) => self.track(now, &track),
            Input::Message(_) => {}
            Input::Command(request) => self.command(now, request),
            Input::LinkRemark(words) => self.alert(now, Severity::Notice, &format!("has a link to look at: {words}")),
            Input::CameraPlots(lines) => self.camera(now, lines),
            Input::CameraScan(bytes) => self.camera_scan(now, bytes),
        }
        self.settle(now);
    }

    /// Does everything that is due up to and with `now`, each at its nominal time. A clock that goes back stands still.
    pub fn advance(&mut self, now: Timestamp) {
        let now = now.max(self.now);
        if now.since(self.next_deadline()) > GAP_MAX {
            self.session.skip_to(now);
            self.next_state = now;
            self.now = now;
        }
        loop {
            let due = self.next_deadline().max(self.now);
            if due > now {
                break;
            }
            self.now = due;
            self.run(due);
        }
        self.now = now;
    }

    /// What is to be done next, in order.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Agent::advance`] has something to do next; it may be in the past.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        let procedure = self.running.as_ref().and_then(|running| running.procedure.next_deadline());
        let journal = if self.connected(self.now) { self.outbox.next_deadline() } else { None };
        let companion = self.companion.next_deadline();
        [Some(self.next_state), Some(self.session.next_deadline()), Some(companion), procedure, journal]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.next_state)
    }

    /// A look inside.
    #[must_use]
    pub fn status(&self) -> Status {
        let lost = self.guard.failsafes().contains(&Failsafe::AutopilotLost);
        Status {
            connected: self.session.heard().is_some() && !lost,
            running: self.running.as_ref().map(|running| running.cause.in_words()),
            unacknowledged: self.outbox.len(),
            frames: self.decoder.counts(),
            values_dropped: self.telemetry.dropped(),
            plots_dropped: self.plots_dropped,
            journal_lost: self.outbox.lost(),
        }
    }

    /// Everything due at this instant. Each part moves its own deadline on.
    fn run(&mut self, now: Timestamp) {
        self.session.advance(now, &mut self.frames);
        for remark in self.companion.advance(now, self.home(), &mut self.frames) {
            self.say(Level::Warning, remark);
        }
        while let Some(text) = self.texts.overdue(now) {
            self.say_text(&text);
        }
        self.advance_procedure(now);
        if now >= self.next_state {
            self.next_state = self.next_state + STATE_EVERY;
            self.watch(now);
            let state = self.state();
            self.push(Output::Publish(Message::VehicleState(state)));
        }
        self.settle(now);
    }

    /// Turns what has been decided into outputs.
    fn settle(&mut self, now: Timestamp) {
        while let Some((command, stage)) = self.companion.next_answer() {
            self.answer(now, &command, stage);
        }
        for message in std::mem::take(&mut self.frames) {
            let frame = self.encoder.encode(&message);
            self.push(Output::Autopilot(frame));
        }
        if self.connected(now) {
            while let Some(entry) = self.outbox.next_to_send(now) {
                self.push(Output::Publish(Message::JournalEntry(entry)));
            }
        }
    }

    fn autopilot(&mut self, now: Timestamp, bytes: &[u8]) {
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.next_frame() {
            for remark in self.companion.take(now, &frame, &mut self.frames) {
                self.say(Level::Warning, remark);
            }
            for found in self.companion.take_found() {
                self.say(Level::Info, found);
            }
            if !self.session.concerns(&frame) {
                self.pose(now, &frame);
                continue;
            }
            let foreign = self.telemetry.foreign.is_some();
            self.telemetry.take(now, &frame.message);
            self.pose(now, &frame);
            self.guard.hear(now, &frame.message);
            if let Some(why) = self.telemetry.foreign.clone().filter(|_| !foreign) {
                self.say(Level::Warning, why);
            }
            match self.session.take(now, &frame.message) {
                Some(Notice::Connected) => self.say(Level::Info, "the autopilot's first heartbeat".to_owned()),
                Some(Notice::Rebooted) => {
                    self.companion.time.forget();
                    if let Some(mount) = &mut self.mount {
                        mount.forget();
                    }
                    self.say(Level::Warning, "the autopilot has started anew".to_owned());
                }
                Some(Notice::Identified) => self.say_identity(),
                None => {}
            }
            if let MavMessage::STATUSTEXT(text) = &frame.message
                && let Some(text) = self.texts.take(now, text)
            {
                self.say_text(&text);
            }
            self.procedure_message(now, &frame.message);
        }
    }

    /// How the camera stands, with every attitude.
    fn pose(&mut self, now: Timestamp, frame: &Frame) {
        let Some(mount) = &mut self.mount else { return };
        let offset = self.companion.time.offset();
        if let Some(pose) = mount.take(now, frame, &self.telemetry, offset, &mut self.frames) {
            self.push(Output::Pose(pose));
        }
    }

    /// Where home is, once the autopilot has said so.
    fn home(&self) -> Option<(LatLon, AltitudeHae)> {
        let altitude = self.telemetry.home_altitude()?;
        Some((self.telemetry.home?, altitude.hae(self.config.undulation)))
    }

    fn beat(&mut self, now: Timestamp, station: Timestamp) {
        if !self.connected(now) {
            self.outbox.resend_all();
        }
        self.last_beat = Some((now, station.seconds_since(now)));
        self.guard.beat(now);
    }

    /// How old an estimate is, its station's clock says; ours is not compared with it.
    fn track(&mut self, now: Timestamp, track: &Track) {
        let age_s = self.station_time(now).seconds_since(track.estimated_at);
        let situation = situation(&self.telemetry, self.mission.as_ref(), self.running.as_ref());
        self.guard.track(now, age_s, track, &situation);
    }

    /// Whether the operations room is there.
    fn connected(&self, now: Timestamp) -> bool {
        self.last_beat.is_some_and(|(at, _)| now <= at + LINK_FRESH)
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            system: self.config.system,
            capabilities: self.session.discovery().capabilities(),
            telemetry: &self.telemetry,
            texts: &self.texts,
        }
    }

    fn say(&mut self, level: Level, text: String) {
        self.push(Output::Say(Event { level, text }));
    }

    fn push(&mut self, output: Output) {
        let dispensable =
            matches!(output, Output::Say(_) | Output::Pose(_) | Output::Publish(Message::VehicleState(_)));
        if dispensable && self.outputs.len() >= OUTPUTS_MAX {
            return;
        }
        self.outputs.push_back(output);
    }
}
