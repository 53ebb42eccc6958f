//! The guard against a simple model of the vehicle: straight flight in a wind, and a battery that pays for the air
//! flown through. The real agent with its guard is told to do whatever comes to mind, loses links, fixes and frames,
//! and meets others; whatever happens, the vehicle stays in its fence and lands above its reserve.
//!
//! The fences are squares of 1 km around home, whole or with a bite taken out of them, so their oracle needs no
//! geometry; the battery's oracle is the model's own charge, which the guard sees as whole percents only.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::collections::{BTreeMap, BTreeSet};

use flight::{Flight, HOME_AMSL_M, Impairment, UNDULATION_M, at, config, plan, waypoint};
use mavlink::dialects::ardupilotmega::{GpsFixType, MavMessage, WIND_DATA};
use onboard::agent::{Input, Limits};
use onboard::guard::fence::GRAZE_M;
use proptest::prelude::*;
use telemetry::messages::{
    AckStage, Classification, Command, Failsafe, LostLinkAction, PlanItem, TargetClass, Track, TrackStatus, VehicleKind,
};
use telemetry::{AltitudeAmsl, AltitudeHae, CueId, Enu, EnuVelocity, HeightAboveHome, Message, TrackId};

/// What the configuration says; the model's own endurance differs from it.
const ENDURANCE_S: f64 = 400.0;
const RESERVE: f64 = 0.2;
const CRUISE_M_S: f64 = 10.0;
const AIRSPEED_MAX_M_S: f64 = 15.0;
const CLIMB_M_S: f64 = 2.5;
const DESCENT_M_S: f64 = 1.5;
/// How far outside counts: the peer steps 0.2 m, a position travels as 1e-7 of a degree.
const EDGE_M: f64 = 1.0;

/// The fence: a square, and what is bitten out of it, as west, south, east and north.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Square,
    /// The north-east is missing.
    L,
    /// A bay from the north between two arms.
    U,
    /// A bay from the south that leaves a bridge in the north, far from home.
    Bridge,
}

impl Shape {
    fn bite(self) -> Option<[f64; 4]> {
        match self {
            Self::Square => None,
            Self::L => Some([40.0, 60.0, 500.0, 500.0]),
            Self::U => Some([-100.0, 60.0, 120.0, 500.0]),
            Self::Bridge => Some([80.0, -500.0, 250.0, 380.0]),
        }
    }

    fn ring(self) -> Vec<(f64, f64)> {
        let [west, south, east, north] = self.bite().unwrap_or([0.0; 4]);
        let (sw, se, ne, nw) = ((-500.0, -500.0), (500.0, -500.0), (500.0, 500.0), (-500.0, 500.0));
        match self {
            Self::Square => vec![sw, se, ne, nw],
            Self::L => vec![sw, se, (500.0, south), (west, south), (west, 500.0), nw],
            Self::U => vec![sw, se, ne, (east, 500.0), (east, south), (west, south), (west, 500.0), nw],
            Self::Bridge => vec![sw, (west, -500.0), (west, north), (east, north), (east, -500.0), se, ne, nw],
        }
    }

    /// A patrol in it, part of it behind the bite.
    fn patrol(self) -> Vec<(f64, f64, f64)> {
        match self {
            Self::Square => vec![(300.0, 300.0, 50.0), (-300.0, 300.0, 60.0)],
            Self::L => vec![(-300.0, -200.0, 50.0), (30.0, 40.0, 60.0), (450.0, 40.0, 50.0)],
            Self::U => vec![(300.0, -200.0, 50.0), (300.0, 450.0, 60.0)],
            Self::Bridge => vec![(0.0, 440.0, 50.0), (400.0, 440.0, 60.0), (400.0, -300.0, 40.0), (400.0, 440.0, 60.0)],
        }
    }

    fn holds(self, at: Enu) -> bool {
        // A way along an edge may leave it by what a gust carries.
        let edge_m = if self == Self::Square { EDGE_M } else { EDGE_M + GRAZE_M };
        let bitten = self.bite().is_some_and(|[west, south, east, north]| {
            let between = |low: f64, x: f64, high: f64| x > low + edge_m && x < high - edge_m;
            let (south, north) = (if south == -500.0 { -1e9 } else { south }, if north == 500.0 { 1e9 } else { north });
            let east = if east == 500.0 { 1e9 } else { east };
            between(west, at.east_m, east) && between(south, at.north_m, north)
        });
        let limit_m = 500.0 + edge_m;
        !bitten && at.east_m.abs() <= limit_m && at.north_m.abs() <= limit_m && at.up_m <= 100.0 + EDGE_M
    }
}

/// What the vehicle is really like.
#[derive(Debug, Clone)]
struct Nature {
    /// Where the air goes, m/s east and north.
    wind: [f64; 2],
    /// Whether the autopilot reports it.
    reported: bool,
    /// Consumption as a multiple of what the configuration says.
    thirst: f64,
    charge: f64,
}

/// One thing that can happen.
#[derive(Debug, Clone)]
enum Happening {
    Plan(Vec<(f64, f64, f64)>, bool),
    Start,
    Pause,
    Resume,
    Return,
    Land,
    GoTo(f64, f64, f64, f64),
    Look(f64, f64, f64, f64),
    Wait(f64),
    Station(bool),
    Fix(bool),
    Mode(u32),
    Link(f64),
    Wind(f64, f64),
    /// The autopilot falls silent for so long, and starts anew in between.
    Silence(f64),
    /// Somebody who comes from there, seen from the vehicle, about towards it.
    Passer {
        crewed: bool,
        from: (f64, f64, f64),
        speed_m_s: f64,
        aside: f64,
        seconds: u8,
    },
}

fn happening() -> impl Strategy<Value = Happening> {
    let reach = -700.0..700.0_f64;
    let inside = -480.0..480.0_f64;
    let place = (inside.clone(), inside, 25.0..95.0_f64);
    prop_oneof![
        2 => (prop::collection::vec(place, 1..5), any::<bool>()).prop_map(|(places, on)| Happening::Plan(places, on)),
        3 => Just(Happening::Start),
        1 => Just(Happening::Pause),
        1 => Just(Happening::Resume),
        1 => Just(Happening::Return),
        1 => Just(Happening::Land),
        3 => (reach.clone(), reach.clone(), 0.0..120.0_f64, 0.5..15.0_f64)
            .prop_map(|(e, n, h, v)| Happening::GoTo(e, n, h, v)),
        2 => (reach.clone(), reach, 0.0..300.0_f64, 0.0..120.0_f64)
            .prop_map(|(e, n, d, h)| Happening::Look(e, n, d, h)),
        5 => (0.5..40.0_f64).prop_map(Happening::Wait),
        1 => any::<bool>().prop_map(Happening::Station),
        1 => any::<bool>().prop_map(Happening::Fix),
        2 => prop_oneof![Just(3), Just(4), Just(6), Just(9), Just(17), Just(5)].prop_map(Happening::Mode),
        1 => (0.0..0.4_f64).prop_map(Happening::Link),
        1 => (0.0..1.0_f64, 0.0..6.3_f64).prop_map(|(share, turn)| Happening::Wind(share, turn)),
        1 => (0.5..4.0_f64).prop_map(Happening::Silence),
        4 => (any::<bool>(), (-1.0..1.0_f64, -1.0..1.0_f64, -40.0..40.0_f64), 0.0..60.0_f64, -0.3..0.3_f64, 5..30_u8)
            .prop_map(|(crewed, (east, north, up_m), speed_m_s, aside, seconds)| {
                let scale_m = if crewed { 1500.0 } else { 300.0 };
                Happening::Passer { crewed, from: (scale_m * east, scale_m * north, up_m), speed_m_s, aside, seconds }
            }),
    ]
}

/// A flight with the model beside it.
struct Model {
    shape: Shape,
    flight: Flight,
    nature: Nature,
    /// Charge used while it gave way to people: what that takes off the reserve is meant.
    given_to_people: f64,
    people_near: bool,
}

impl Model {
    fn new(shape: Shape, nature: Nature, seed: u64) -> Self {
        let mut config = config(VehicleKind::Multirotor);
        config.limits = Limits { endurance_s: ENDURANCE_S, ..config.limits };
        let mut flight = Flight::with(config, seed);
        flight.peer.percent_per_s = 0.0;
        flight.peer.battery_percent = nature.charge * 100.0;
        Self { shape, flight, nature, given_to_people: 0.0, people_near: false }
    }

    fn run_s(&mut self, seconds: f64) -> Result<(), TestCaseError> {
        let end = self.flight.now.offset_seconds(seconds);
        while self.flight.now < end {
            self.tick()?;
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), TestCaseError> {
        let (before, since, armed) = (self.flight.peer.at, self.flight.now, self.flight.peer.armed);
        if self.nature.reported && since.unix_nanos() % 1_000_000_000 < 20_000_000 {
            let [east, north] = self.nature.wind;
            let direction = (-east).atan2(-north).to_degrees() as f32;
            let speed = east.hypot(north) as f32;
            self.flight.peer.tell(MavMessage::WIND(WIND_DATA { direction, speed, speed_z: 0.0 }));
        }
        self.flight.tick();
        if armed {
            self.fly(before, self.flight.now.seconds_since(since));
        }
        self.check()
    }

    /// Replaces the peer's step, which knows no wind, by one through the air; and pays for it.
    fn fly(&mut self, before: Enu, took_s: f64) {
        let [wind_east, wind_north] = self.nature.wind;
        let moved = self.flight.peer.at.vector() - before.vector();
        let wanted_m_s = moved.xy().norm() / took_s;
        let mut ground = [0.0, 0.0];
        if wanted_m_s > 0.01 {
            let (east, north) = (moved.x / moved.xy().norm(), moved.y / moved.xy().norm());
            let along = wind_east * east + wind_north * north;
            let across = wind_east * north - wind_north * east;
            let reachable = along + (AIRSPEED_MAX_M_S.powi(2) - across.powi(2)).sqrt();
            let speed = wanted_m_s.min(reachable);
            ground = [east * speed, north * speed];
            let at = &mut self.flight.peer.at;
            (at.east_m, at.north_m) = (before.east_m + ground[0] * took_s, before.north_m + ground[1] * took_s);
        }
        let at = &mut self.flight.peer.at;
        at.up_m = at.up_m.clamp(before.up_m - DESCENT_M_S * took_s, before.up_m + CLIMB_M_S * took_s);
        let airspeed = (ground[0] - wind_east).hypot(ground[1] - wind_north);
        let power = |airspeed: f64| 1.0 + (airspeed / AIRSPEED_MAX_M_S).powi(3);
        let used = self.nature.thirst / ENDURANCE_S * power(airspeed) / power(CRUISE_M_S) * took_s;
        self.nature.charge = (self.nature.charge - used).max(0.0);
        self.flight.peer.battery_percent = self.nature.charge * 100.0;
        let gives_way = self.flight.has(Failsafe::Traffic);
        if gives_way && self.people_near {
            self.given_to_people += used;
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let up_m = self.flight.peer.at.up_m;
        prop_assert!(
            self.shape.holds(self.flight.peer.at),
            "at {:?} doing {:?}; {:#?}",
            self.flight.peer.at,
            self.flight.peer.doing(),
            self.flight.log
        );
        if self.flight.peer.armed && up_m > 0.5 {
            let least = RESERVE - self.given_to_people - 0.005;
            let charge = self.nature.charge;
            prop_assert!(
                charge >= least,
                "{charge} of {least} at {:?} doing {:?}, {:?}; {:#?}",
                self.flight.peer.at,
                self.flight.peer.doing(),
                self.nature,
                self.flight.log
            );
        }
        Ok(())
    }

    fn order(&mut self, command: Command) -> Result<(), TestCaseError> {
        let request = self.flight.request(command);
        let begins = matches!(request.command, Command::Start | Command::Plan(_));
        self.flight.send(request.clone());
        for _ in 0..100 {
            if !begins || self.flight.stage(&request.id).is_some_and(AckStage::last) {
                break;
            }
            self.run_s(0.2)?;
        }
        self.run_s(1.0)
    }

    fn happens(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        let amsl = |height_m: f64| AltitudeAmsl::new(HOME_AMSL_M + height_m);
        match happening {
            Happening::Plan(places, on) => self.order(Command::Plan(plan_over(self.shape, places, *on))),
            Happening::Start => self.order(Command::Start),
            Happening::Pause => self.order(Command::Pause),
            Happening::Resume => self.order(Command::Resume),
            Happening::Return => self.order(Command::ReturnHome),
            Happening::Land => self.order(Command::Land),
            Happening::GoTo(east_m, north_m, height_m, speed_m_s) => self.order(Command::GoTo {
                position: at(*east_m, *north_m),
                altitude: amsl(*height_m),
                speed_m_s: Some(*speed_m_s),
            }),
            Happening::Look(east_m, north_m, stand_off_m, height_m) => self.order(Command::Observe {
                cue: CueId::new("cue-1").unwrap(),
                target: at(*east_m, *north_m).at_height(AltitudeHae::new(80.0)),
                stand_off_m: *stand_off_m,
                altitude: amsl(*height_m),
            }),
            Happening::Wait(seconds) => self.run_s(*seconds),
            Happening::Station(alive) => {
                self.flight.station_alive = *alive;
                Ok(())
            }
            Happening::Fix(usable) => {
                self.flight.peer.fix_type =
                    if *usable { GpsFixType::GPS_FIX_TYPE_3D_FIX } else { GpsFixType::GPS_FIX_TYPE_NO_FIX };
                self.run_s(2.0)
            }
            Happening::Mode(mode) => {
                // On the ground whoever sends it up by hand does so without the guard.
                if self.flight.peer.at.up_m > 1.0 {
                    self.flight.peer.mode = *mode;
                }
                self.run_s(1.0)
            }
            Happening::Link(loss) => {
                self.flight.link = Impairment { loss: *loss, duplicate: *loss, delay_max_s: *loss };
                Ok(())
            }
            Happening::Wind(share, turn) => {
                let speed_m_s = share * wind_max_m_s(self.nature.reported);
                self.nature.wind = [speed_m_s * turn.cos(), speed_m_s * turn.sin()];
                Ok(())
            }
            Happening::Silence(seconds) => {
                self.flight.peer.alive = false;
                self.run_s(*seconds)?;
                self.flight.peer.alive = true;
                Ok(())
            }
            Happening::Passer { crewed, from, speed_m_s, aside, seconds } => {
                let Enu { east_m, north_m, up_m } = self.flight.peer.at;
                let length_m = from.0.hypot(from.1).max(1.0);
                let (sin, cos) = aside.sin_cos();
                let (east, north) = (-from.0 / length_m, -from.1 / length_m);
                let velocity = (speed_m_s * (east * cos - north * sin), speed_m_s * (east * sin + north * cos));
                self.meets(*crewed, (east_m + from.0, north_m + from.1, up_m + from.2), velocity, *seconds)
            }
        }
    }

    fn meets(
        &mut self,
        crewed: bool,
        from: (f64, f64, f64),
        velocity: (f64, f64),
        seconds: u8,
    ) -> Result<(), TestCaseError> {
        self.people_near |= crewed;
        for second in 0..seconds {
            let t = f64::from(second);
            let place = at(from.0 + velocity.0 * t, from.1 + velocity.1 * t);
            let class = if crewed { TargetClass::Aircraft } else { TargetClass::Drone };
            let mut covariance = [0.0; 21];
            (covariance[0], covariance[6], covariance[11]) = (25.0, 25.0, 9.0);
            let track = Track {
                id: TrackId(4),
                estimated_at: self.flight.now,
                updated_at: self.flight.now,
                first_seen_at: self.flight.now,
                position: place.at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M + from.2)),
                velocity: EnuVelocity { east_m_s: velocity.0, north_m_s: velocity.1, up_m_s: 0.0 },
                covariance,
                status: TrackStatus::Confirmed,
                classification: Classification { belief: BTreeMap::from([(class, 1.0)]), ..Classification::default() },
                claim: None,
                measured_by: BTreeMap::new(),
                alerts: BTreeSet::new(),
                sources: Vec::new(),
                vehicle: None,
            };
            self.flight.agent.handle(self.flight.now, Input::Message(Message::Track(track)));
            self.flight.drain();
            self.run_s(1.0)?;
        }
        Ok(())
    }
}

/// Winds are as strong as a copter of this speed is flown in; one that nobody reports is a breeze.
fn wind_max_m_s(reported: bool) -> f64 {
    if reported { 9.0 } else { 2.0 }
}

fn plan_over(shape: Shape, places: &[(f64, f64, f64)], goes_on: bool) -> telemetry::messages::FlightPlan {
    let mut plan = plan();
    plan.geofence.ring = shape.ring().iter().map(|(east_m, north_m)| at(*east_m, *north_m)).collect();
    plan.items.truncate(1);
    plan.items.extend(places.iter().map(|(east_m, north_m, height_m)| waypoint(*east_m, *north_m, *height_m)));
    plan.items.push(PlanItem::Repeat { from: 1, times: None });
    plan.battery_reserve = RESERVE;
    plan.cruise_m_s = CRUISE_M_S;
    plan.lost_link.action = if goes_on { LostLinkAction::Continue } else { LostLinkAction::ReturnHome };
    plan.geofence.ceiling = HeightAboveHome::new(100.0);
    plan
}

fn nature() -> impl Strategy<Value = Nature> {
    (any::<bool>(), 0.0..1.0_f64, 0.0..6.3_f64, 0.8..1.15_f64, 0.3..1.0_f64).prop_map(
        |(reported, share, turn, thirst, charge)| {
            let speed_m_s = share * wind_max_m_s(reported);
            Nature { wind: [speed_m_s * turn.cos(), speed_m_s * turn.sin()], reported, thirst, charge }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_the_vehicle_leave_its_fence_or_land_below_its_reserve(
        seed in any::<u64>(), nature in nature(), happenings in prop::collection::vec(happening(), 1..30),
    ) {
        flown(Shape::Square, nature, seed, &happenings)?;
    }

    /// As above, round corners. What somebody does by the mode switch is left out where it leads somewhere: an autopilot
    /// that is sent home by hand is on the straight way before anybody on board has heard of it. So is a silent autopilot.
    #[test]
    fn nothing_makes_the_vehicle_leave_a_fence_with_corners_or_land_below_its_reserve(
        seed in any::<u64>(), nature in nature(), happenings in prop::collection::vec(happening(), 1..30),
        shape in prop::sample::select(vec![Shape::L, Shape::U, Shape::Bridge]),
    ) {
        let leads = |happening: &Happening| matches!(happening, Happening::Mode(3 | 4 | 6) | Happening::Silence(_));
        let happenings: Vec<Happening> = happenings.into_iter().filter(|happening| !leads(happening)).collect();
        flown(shape, nature, seed, &happenings)?;
    }
}

fn flown(shape: Shape, nature: Nature, seed: u64, happenings: &[Happening]) -> Result<(), TestCaseError> {
    let mut model = Model::new(shape, nature, seed);
    model.run_s(8.0)?;
    let begun = [Happening::Plan(shape.patrol(), false), Happening::Start];
    for happening in begun.iter().chain(happenings) {
        model.happens(happening)?;
    }
    // Left alone it comes home by itself, whatever it was about: the plan goes on for ever.
    model.flight.peer.fix_type = GpsFixType::GPS_FIX_TYPE_3D_FIX;
    model.run_s(700.0)?;
    let down = !model.flight.peer.armed || model.flight.peer.at.up_m < 0.5;
    prop_assert!(down, "still up; {:#?}", model.flight.log);
    Ok(())
}

/// A vehicle that flies behind the bite, and calm air.
fn behind_the_bite(shape: Shape, until: impl Fn(Enu) -> bool) -> Model {
    let nature = Nature { wind: [0.0; 2], reported: true, thirst: 0.8, charge: 1.0 };
    let mut model = Model::new(shape, nature, 1);
    model.run_s(8.0).unwrap();
    for happening in [Happening::Plan(shape.patrol(), false), Happening::Start] {
        model.happens(&happening).unwrap();
    }
    for _ in 0..600 {
        model.run_s(0.5).unwrap();
        if until(model.flight.peer.at) {
            return model;
        }
    }
    panic!("it never came there: {:#?}", model.flight.log);
}

#[test]
fn called_home_from_behind_a_corner_it_goes_round_and_lands_at_home() {
    for (shape, from) in [(Shape::U, 400.0), (Shape::Bridge, 430.0)] {
        let mut model = behind_the_bite(shape, |at| at.east_m > 290.0 && at.north_m > from - 100.0);
        let straight = model.flight.peer.at.north_m.hypot(model.flight.peer.at.east_m);
        model.happens(&Happening::Return).unwrap();
        assert!(!model.flight.peer.targets.is_empty(), "{shape:?}: it is led round: {:#?}", model.flight.log);
        model.run_s(3.0 * straight / CRUISE_M_S + 120.0).unwrap();
        let Enu { east_m, north_m, .. } = model.flight.peer.at;
        assert!(!model.flight.peer.armed && east_m.hypot(north_m) < 5.0, "{shape:?}: {:?}", model.flight.peer.at);
    }
}

#[test]
fn sent_home_by_its_mode_switch_it_is_turned_before_the_corner() {
    let mut model = behind_the_bite(Shape::U, |at| at.east_m > 290.0 && at.north_m > 300.0);
    model.happens(&Happening::Mode(6)).unwrap();
    model.run_s(180.0).unwrap();
    assert!(!model.flight.peer.armed && model.flight.peer.at.east_m.abs() < 5.0);
}

#[test]
fn the_reserve_counts_the_way_round_and_not_the_crows() {
    // Behind the bridge it is up to 1.4 km home, and 500 m for a crow; each look at the charge is in `Model::check`.
    let nature = Nature { wind: [0.0; 2], reported: true, thirst: 1.0, charge: 0.8 };
    let mut model = Model::new(Shape::Bridge, nature, 1);
    model.run_s(8.0).unwrap();
    for happening in [Happening::Plan(Shape::Bridge.patrol(), false), Happening::Start, Happening::Wait(400.0)] {
        model.happens(&happening).unwrap();
    }
    let Enu { east_m, north_m, .. } = model.flight.peer.at;
    let called = model.flight.log.iter().any(|line| line.contains("the battery left that the way home needs"));
    assert!(called && !model.flight.peer.armed, "{:#?}", model.flight.log);
    assert!(east_m.hypot(north_m) < 5.0, "{:?}", model.flight.peer.at);
}
