//! A flight in a test: the agent, a scripted autopilot, an operations room that beats and acknowledges, and a link of
//! bytes between the first two that loses, doubles and delays. Virtual time, one seeded source of chance.

#![allow(dead_code, reason = "each test program uses its part of the bench")]

pub(crate) mod peer;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavType;
use onboard::agent::{Agent, AgentConfig, Input, Limits, Output};
use onboard::link::frames::{Decoder, Encoder};
use onboard::link::mode::Make;
use telemetry::delivery::{Inbox, Intake, Outbox};
use telemetry::messages::{
    Ack, AckStage, Alert, Authority, Command, CommandRequest, Failsafe, FlightPlan, Geofence, JournalBody,
    JournalEntry, LostLink, LostLinkAction, PlanAltitude, PlanItem, StationBeat, VehicleKind, VehicleState,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, CommandId, Enu, GeoidUndulation, HeightAboveHome, LatLon, MavComponentId, MavSystemId,
    Message, OperatorId, PlanId, SiteId, Timestamp, VehicleId,
};

use peer::{Peer, SYSTEM};

pub(crate) const UNDULATION_M: f64 = 40.0;
pub(crate) const HOME_AMSL_M: f64 = 12.0;
const TICK: Duration = Duration::from_millis(20);

/// Chance without a library: xorshift64*.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What the link does to frames.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Impairment {
    pub(crate) loss: f64,
    pub(crate) duplicate: f64,
    pub(crate) delay_max_s: f64,
}

/// Frames on their way in one direction; delay may reorder them.
#[derive(Debug, Default)]
struct Line {
    queue: VecDeque<(Timestamp, Vec<u8>)>,
}

impl Line {
    fn send(&mut self, now: Timestamp, frame: Vec<u8>, link: Impairment, chance: &mut Chance) {
        let copies = if chance.next() < link.loss { 0 } else { 1 + usize::from(chance.next() < link.duplicate) };
        for _ in 0..copies {
            self.queue.push_back((now.offset_seconds(link.delay_max_s * chance.next()), frame.clone()));
        }
    }

    fn receive(&mut self, now: Timestamp) -> Vec<Vec<u8>> {
        let (due, rest): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.queue).into_iter().partition(|(at, _)| *at <= now);
        self.queue = rest;
        due.into_iter().map(|(_, frame)| frame).collect()
    }
}

pub(crate) struct Flight {
    pub(crate) agent: Agent,
    pub(crate) peer: Peer,
    pub(crate) now: Timestamp,
    pub(crate) link: Impairment,
    pub(crate) station_alive: bool,
    pub(crate) states: Vec<VehicleState>,
    pub(crate) acks: Vec<Ack>,
    /// What the operations room has taken from the journal.
    pub(crate) taken: Vec<JournalEntry>,
    pub(crate) stored: BTreeMap<u64, JournalEntry>,
    pub(crate) kept_plan: Option<FlightPlan>,
    pub(crate) log: Vec<String>,
    pub(crate) outputs: Vec<Output>,
    inbox: Inbox,
    chance: Chance,
    up: Line,
    down: Line,
    peer_encoder: Encoder,
    peer_decoder: Decoder,
    next_beat: Timestamp,
    commands: u32,
}

pub(crate) fn at(east_m: f64, north_m: f64) -> LatLon {
    let home = LatLon::from_degrees(54.38, 10.15).unwrap().at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M));
    home.displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap().lat_lon()
}

pub(crate) fn height(metres: f64) -> PlanAltitude {
    PlanAltitude::Home(HeightAboveHome::new(metres))
}

pub(crate) fn waypoint(east_m: f64, north_m: f64, height_m: f64) -> PlanItem {
    PlanItem::Waypoint { position: at(east_m, north_m), altitude: height(height_m), speed_m_s: None }
}

/// A square of 1 km around home, 20 to 100 m high, and a patrol of three places in it.
pub(crate) fn plan() -> FlightPlan {
    FlightPlan {
        id: PlanId::new("patrol").unwrap(),
        items: vec![
            PlanItem::TakeOff { altitude: height(40.0) },
            waypoint(0.0, 200.0, 50.0),
            waypoint(200.0, 200.0, 50.0),
            PlanItem::Waypoint {
                position: at(200.0, 0.0),
                altitude: PlanAltitude::Amsl(AltitudeAmsl::new(HOME_AMSL_M + 60.0)),
                speed_m_s: Some(8.0),
            },
            PlanItem::Repeat { from: 1, times: None },
        ],
        geofence: Geofence {
            ring: vec![at(-500.0, -500.0), at(500.0, -500.0), at(500.0, 500.0), at(-500.0, 500.0)],
            floor: HeightAboveHome::new(20.0),
            ceiling: HeightAboveHome::new(100.0),
        },
        rally_points: Vec::new(),
        cruise_m_s: 10.0,
        lost_link: LostLink { after_s: 10.0, action: LostLinkAction::ReturnHome },
        battery_reserve: 0.2,
    }
}

pub(crate) fn boat_plan() -> FlightPlan {
    let water = height(0.0);
    let items = [(0.0, 100.0), (100.0, 100.0)].map(|(east, north)| PlanItem::Waypoint {
        position: at(east, north),
        altitude: water,
        speed_m_s: None,
    });
    FlightPlan { items: items.into_iter().chain([PlanItem::ReturnHome]).collect(), ..plan() }
}

pub(crate) fn vehicle() -> VehicleId {
    VehicleId::new("heron-1").unwrap()
}

pub(crate) fn config(kind: VehicleKind) -> AgentConfig {
    AgentConfig {
        vehicle: vehicle(),
        kind,
        system: MavSystemId(SYSTEM),
        undulation: GeoidUndulation::new(UNDULATION_M),
        camera: None,
        pose: None,
        plan: None,
        limits: Limits::of(kind),
    }
}

impl Flight {
    pub(crate) fn of(kind: VehicleKind, seed: u64) -> Self {
        Self::with(config(kind), seed)
    }

    /// A vehicle that PX4 flies.
    pub(crate) fn px4(kind: VehicleKind, seed: u64) -> Self {
        Self::made_by(Make::Px4, config(kind), seed)
    }

    pub(crate) fn with(config: AgentConfig, seed: u64) -> Self {
        Self::made_by(Make::ArduPilot, config, seed)
    }

    fn made_by(make: Make, config: AgentConfig, seed: u64) -> Self {
        let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        let mavtype = match config.kind {
            VehicleKind::FixedWing => MavType::MAV_TYPE_FIXED_WING,
            VehicleKind::Boat => MavType::MAV_TYPE_SURFACE_BOAT,
            VehicleKind::Vtol => MavType::MAV_TYPE_VTOL_FIXEDROTOR,
            VehicleKind::Rov => MavType::MAV_TYPE_SUBMARINE,
            _ => MavType::MAV_TYPE_QUADROTOR,
        };
        let home = at(0.0, 0.0).at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M));
        Self {
            agent: Agent::new(config, Outbox::new(vehicle(), 1), now).unwrap(),
            peer: Peer::new(make, mavtype, home, HOME_AMSL_M, now),
            now,
            link: Impairment::default(),
            station_alive: true,
            states: Vec::new(),
            acks: Vec::new(),
            taken: Vec::new(),
            stored: BTreeMap::new(),
            kept_plan: None,
            log: Vec::new(),
            outputs: Vec::new(),
            inbox: Inbox::new(),
            chance: Chance::new(seed),
            up: Line::default(),
            down: Line::default(),
            peer_encoder: Encoder::new(MavSystemId(SYSTEM), MavComponentId(1)),
            peer_decoder: Decoder::new(),
            next_beat: now,
            commands: 0,
        }
    }

    /// A copter that has been told of a plan, and has it.
    pub(crate) fn with_plan() -> Self {
        let mut flight = Self::of(VehicleKind::Multirotor, 1);
        flight.run_s(8.0);
        assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done);
        flight
    }

    /// A copter that is flying its plan.
    pub(crate) fn under_way() -> Self {
        let mut flight = Self::with_plan();
        assert_eq!(flight.order(Command::Start), AckStage::Done);
        flight.run_s(10.0);
        flight
    }

    pub(crate) fn run_s(&mut self, seconds: f64) {
        let end = self.now.offset_seconds(seconds);
        while self.now < end {
            self.tick();
        }
    }

    /// Runs until something is so; fails the test when it is not within the time.
    pub(crate) fn run_until(&mut self, what: &str, seconds: f64, mut so: impl FnMut(&Self) -> bool) {
        let end = self.now.offset_seconds(seconds);
        while !so(self) {
            assert!(self.now < end, "not within {seconds} s: {what}; log: {:#?}", self.log);
            self.tick();
        }
    }

    pub(crate) fn tick(&mut self) {
        self.now = self.now + TICK;
        let now = self.now;
        self.peer.step(now);
        for message in self.peer.take_out() {
            let frame = self.peer_encoder.encode(&message);
            self.down.send(now, frame, self.link, &mut self.chance);
        }
        for frame in self.down.receive(now) {
            self.agent.handle(now, Input::Autopilot(&frame));
            self.drain();
        }
        if self.station_alive && now >= self.next_beat {
            self.next_beat = now + Duration::from_secs(1);
            let beat = StationBeat { site: SiteId::new("kiel").unwrap(), at: now };
            self.agent.handle(now, Input::Message(Message::StationBeat(beat)));
        }
        self.agent.advance(now);
        self.drain();
        for frame in self.up.receive(now) {
            self.peer_decoder.push(&frame);
        }
        while let Some(frame) = self.peer_decoder.next_frame() {
            assert_eq!((frame.system.0, frame.component.0), (SYSTEM, 191), "we send as the companion");
            self.peer.take(now, frame.message);
        }
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.agent.next_output() {
            self.outputs.push(output.clone());
            match output {
                Output::Autopilot(frame) => self.up.send(self.now, frame, self.link, &mut self.chance),
                Output::Publish(Message::VehicleState(state)) => self.states.push(state),
                Output::Publish(Message::Ack(ack)) => self.acks.push(ack),
                Output::Publish(Message::JournalEntry(entry)) => self.station_takes(entry),
                Output::Publish(other) => panic!("an agent does not publish {other:?}"),
                Output::Store(entry) => {
                    self.stored.insert(entry.number, entry);
                }
                Output::Forget { up_to } => self.stored.retain(|number, _| *number > up_to),
                Output::Keep(plan) => self.kept_plan = Some(*plan),
                Output::Pose(_) => {}
                Output::Say(event) => self.log.push(event.text),
            }
        }
    }

    fn station_takes(&mut self, entry: JournalEntry) {
        assert!(self.stored.contains_key(&entry.number), "sent before it was stored");
        if !self.station_alive {
            return;
        }
        if self.inbox.take(&entry) == Intake::New {
            self.taken.push(entry);
        }
        if let Some(ack) = self.inbox.ack_for(&vehicle()) {
            self.agent.handle(self.now, Input::Message(Message::JournalAck(ack)));
        }
    }

    pub(crate) fn request(&mut self, command: Command) -> CommandRequest {
        self.commands += 1;
        CommandRequest {
            id: CommandId::new(format!("c{}", self.commands)).unwrap(),
            vehicle: vehicle(),
            issued_at: self.now,
            expires_at: self.now + Duration::from_secs(10),
            authority: Authority::Operator(OperatorId::new("anna").unwrap()),
            command,
        }
    }

    pub(crate) fn send(&mut self, request: CommandRequest) {
        self.agent.handle(self.now, Input::Command(request));
        self.drain();
    }

    pub(crate) fn send_and_run(&mut self, command: Command, seconds: f64) {
        let request = self.request(command);
        self.send(request);
        self.run_s(seconds);
    }

    /// Everything that was sent to the autopilot, whether it arrived or not.
    pub(crate) fn sent(&self) -> Vec<mavlink::dialects::ardupilotmega::MavMessage> {
        let mut decoder = Decoder::new();
        let mut messages = Vec::new();
        for output in &self.outputs {
            if let Output::Autopilot(frame) = output {
                decoder.push(frame);
                messages.extend(std::iter::from_fn(|| decoder.next_frame()).map(|frame| frame.message));
            }
        }
        messages
    }

    /// Gives a command and runs until its last answer: at worst the bounds of three transfers, one after the other.
    pub(crate) fn order(&mut self, command: Command) -> AckStage {
        let request = self.request(command);
        let id = request.id.clone();
        self.send(request);
        self.run_until("the last answer to a command", 700.0, |flight| flight.stage(&id).is_some_and(AckStage::last));
        self.stage(&id).unwrap().clone()
    }

    pub(crate) fn stage(&self, id: &CommandId) -> Option<&AckStage> {
        self.acks.iter().rev().find(|ack| ack.command == *id).map(|ack| &ack.stage)
    }

    pub(crate) fn state(&self) -> &VehicleState {
        self.states.last().unwrap()
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        let alert = |entry: &JournalEntry| match &entry.body {
            JournalBody::Alert(alert) => Some(alert.clone()),
            _ => None,
        };
        self.taken.iter().filter_map(alert).collect()
    }

    pub(crate) fn alert_texts(&self) -> Vec<String> {
        self.alerts().into_iter().map(|alert| alert.text).collect()
    }

    pub(crate) fn has(&self, failsafe: Failsafe) -> bool {
        self.states.last().is_some_and(|state| state.failsafes.contains(&failsafe))
    }
}
