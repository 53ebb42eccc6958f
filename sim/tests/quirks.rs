//! The companion computer's link against an autopilot with one habit switched: whatever an autopilot does about a
//! transfer, the plan gets there. Virtual time, every byte of both sides.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use autopilot::{Autopilot, AutopilotConfig, Personality, Quirks, SecondStation, Stall, Weather};
use mavlink::dialects::ardupilotmega::{MISSION_COUNT_DATA, MavMessage, MavMissionType};
use onboard::agent::{Agent, AgentConfig, Input, Limits, Output};
use onboard::link::frames::{Decoder, Encoder};
use telemetry::delivery::Outbox;
use telemetry::messages::{
    AckStage, Authority, Command, CommandRequest, FlightPlan, Geofence, LostLink, LostLinkAction, PlanAltitude,
    PlanItem, StationBeat, VehicleKind,
};
use telemetry::{
    AltitudeHae, CommandId, Enu, Geodetic, GeoidUndulation, HeightAboveHome, LatLon, MavComponentId, MavSystemId,
    Message, OperatorId, PlanId, SiteFrame, SiteId, Timestamp, VehicleId,
};

const BEGIN: Timestamp = Timestamp::from_unix_nanos(1_795_230_000_000_000_000);
const SYSTEM: MavSystemId = MavSystemId(7);
const UNDULATION: GeoidUndulation = GeoidUndulation { metres: 39.0 };
const TICK: Duration = Duration::from_millis(20);
/// Longer than any transfer here takes, with what keeps it from happening.
const PATIENCE_S: f64 = 120.0;

fn home() -> Geodetic {
    Geodetic::from_degrees(54.3795, 10.1455, AltitudeHae::new(51.0)).unwrap()
}

fn at(east_m: f64, north_m: f64) -> LatLon {
    SiteFrame::new(home()).geodetic(Enu { east_m, north_m, up_m: 0.0 }).unwrap().lat_lon()
}

fn vehicle() -> VehicleId {
    VehicleId::new("heron-1").unwrap()
}

/// A round of four corners within what ArduPilot's own fence allows.
fn plan() -> FlightPlan {
    let height = PlanAltitude::Home(HeightAboveHome::new(40.0));
    let corner =
        |east_m, north_m| PlanItem::Waypoint { position: at(east_m, north_m), altitude: height, speed_m_s: None };
    FlightPlan {
        id: PlanId::new("round").unwrap(),
        items: vec![
            PlanItem::TakeOff { altitude: height },
            corner(100.0, 0.0),
            corner(100.0, 100.0),
            corner(0.0, 100.0),
            corner(-100.0, 0.0),
            PlanItem::ReturnHome,
        ],
        geofence: Geofence {
            ring: vec![at(-150.0, -150.0), at(150.0, -150.0), at(150.0, 150.0), at(-150.0, 150.0)],
            floor: HeightAboveHome::new(20.0),
            ceiling: HeightAboveHome::new(80.0),
        },
        rally_points: Vec::new(),
        cruise_m_s: 8.0,
        lost_link: LostLink { after_s: 20.0, action: LostLinkAction::ReturnHome },
        battery_reserve: 0.2,
    }
}

/// A companion computer and its autopilot.
struct Pair {
    agent: Agent,
    autopilot: Autopilot,
    now: Timestamp,
    /// The line between them carries nothing until then.
    cut_until: Timestamp,
    /// What the autopilot said since the start.
    said: Vec<MavMessage>,
    decoder: Decoder,
    stage: Option<AckStage>,
    log: Vec<String>,
}

impl Pair {
    /// Both are switched on, and know where they are.
    fn with(personality: Personality, change: impl FnOnce(&mut Quirks)) -> Self {
        let mut config = AutopilotConfig::multirotor(SYSTEM, home(), UNDULATION).passing_for(personality);
        change(&mut config.quirks);
        let kind = VehicleKind::Multirotor;
        let agent = AgentConfig {
            vehicle: vehicle(),
            kind,
            system: SYSTEM,
            undulation: UNDULATION,
            camera: None,
            pose: None,
            plan: None,
            limits: Limits::of(kind),
        };
        let mut pair = Self {
            agent: Agent::new(agent, Outbox::new(vehicle(), 1), BEGIN).unwrap(),
            autopilot: Autopilot::new(config, 1, BEGIN),
            now: BEGIN,
            cut_until: BEGIN,
            said: Vec::new(),
            decoder: Decoder::new(),
            stage: None,
            log: Vec::new(),
        };
        while pair.now < BEGIN + Duration::from_secs(20) {
            pair.tick();
        }
        pair
    }

    fn tick(&mut self) {
        self.now = self.now + TICK;
        let now = self.now;
        self.autopilot.step(now, &Weather::default());
        let bytes = self.autopilot.take_bytes();
        self.decoder.push(&bytes);
        self.said.extend(std::iter::from_fn(|| self.decoder.next_frame()).map(|frame| frame.message));
        if now >= self.cut_until {
            self.agent.handle(now, Input::Autopilot(&bytes));
        }
        let beat = StationBeat { site: SiteId::new("kiel").unwrap(), at: now };
        self.agent.handle(now, Input::Message(Message::StationBeat(beat)));
        while let Some(output) = self.agent.next_output() {
            match output {
                Output::Autopilot(frame) if now >= self.cut_until => self.autopilot.receive(now, &frame),
                Output::Publish(Message::Ack(ack)) => self.stage = Some(ack.stage),
                Output::Say(event) => self.log.push(event.text),
                _ => {}
            }
        }
    }

    fn begin(&mut self, command: Command) {
        let request = CommandRequest {
            id: CommandId::new("c1").unwrap(),
            vehicle: vehicle(),
            issued_at: self.now,
            expires_at: self.now + Duration::from_secs(10),
            authority: Authority::Operator(OperatorId::new("anna").unwrap()),
            command,
        };
        self.agent.handle(self.now, Input::Command(request));
    }

    #[track_caller]
    fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let end = self.now.offset_seconds(PATIENCE_S);
        while !so(self) {
            assert!(self.now < end, "never: {what}; {:?}, {:#?}", self.stage, self.log);
            self.tick();
        }
    }

    /// The plan is with the autopilot, compared item by item.
    #[track_caller]
    fn is_done(&mut self) {
        self.until("the last answer", |pair| pair.stage.as_ref().is_some_and(AckStage::last));
        assert_eq!(self.stage, Some(AckStage::Done), "{:#?}", self.log);
    }

    /// How often the vehicle has asked for an item of the mission.
    #[allow(deprecated)]
    fn items_asked_for(&self) -> usize {
        let mission = MavMissionType::MAV_MISSION_TYPE_MISSION;
        let asks = |message: &&MavMessage| match message {
            MavMessage::MISSION_REQUEST(request) => request.mission_type == mission,
            MavMessage::MISSION_REQUEST_INT(request) => request.mission_type == mission,
            _ => false,
        };
        self.said.iter().filter(asks).count()
    }
}

const MAKES: [Personality; 2] = [Personality::ArduPilot, Personality::Px4];
const STALLS: [Stall; 3] = [
    Stall { ask_again: Duration::from_secs(1), give_up: Duration::from_secs(8), cancels: false },
    Stall { ask_again: Duration::from_secs(3), give_up: Duration::from_secs(8), cancels: true },
    Stall { ask_again: Duration::from_millis(250), give_up: Duration::from_secs(2), cancels: true },
];

#[test]
fn a_plan_gets_there_by_whichever_message_its_items_are_asked_for() {
    for make in MAKES {
        for deprecated in [false, true] {
            let mut pair = Pair::with(make, |quirks| quirks.asks_the_deprecated_way = deprecated);
            pair.begin(Command::Plan(plan()));
            pair.is_done();
        }
    }
}

#[test]
fn a_plan_gets_there_over_a_line_that_breaks_in_the_middle_whatever_the_autopilot_does_about_it() {
    for make in MAKES {
        for stall in STALLS {
            // Shorter than the vehicle's patience, and longer.
            for cut in [Duration::from_secs(1), Duration::from_secs(9)] {
                let mut pair = Pair::with(make, |quirks| quirks.stall = stall);
                pair.begin(Command::Plan(plan()));
                pair.until("the third item is asked for", |pair| pair.items_asked_for() >= 3);
                pair.cut_until = pair.now + cut;
                pair.is_done();
            }
        }
    }
}

#[test]
fn a_plan_gets_there_after_another_station_which_was_first_and_has_given_up() {
    for make in MAKES {
        for answer in [SecondStation::Denied, SecondStation::Error] {
            let mut pair = Pair::with(make, |quirks| quirks.second_station = answer);
            let mut station = Encoder::new(MavSystemId(255), MavComponentId(190));
            let offer = MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
                count: 3,
                target_system: SYSTEM.0,
                target_component: 1,
                mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
                opaque_id: 0,
            });
            pair.autopilot.receive(pair.now, &station.encode(&offer));
            pair.begin(Command::Plan(plan()));
            pair.is_done();
        }
    }
}
