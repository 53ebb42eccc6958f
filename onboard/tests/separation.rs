//! How the vehicle keeps apart from others: what it is told of them by the room, by our other vehicles and by its
//! autopilot's own receiver, and what it does about it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flight::peer::Doing;
use flight::{Flight, HOME_AMSL_M, UNDULATION_M, at, boat_plan};
use mavlink::dialects::ardupilotmega::{ADSB_VEHICLE_DATA, AdsbEmitterType, AdsbFlags, MavMessage};
use mavlink::types::CharArray;
use onboard::agent::Input;
use telemetry::messages::{
    AckStage, AdsbClaim, Claim, Classification, Command, Failsafe, FlightMode, FlightPhase, Severity, TargetClass,
    Track, TrackStatus, VehicleKind, VehicleState,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, CueId, Enu, EnuVelocity, Geodetic, HeightAboveHome, Icao24, Message, TrackId, VehicleId,
};

/// Another that flies straight on, in metres from home and above it.
#[derive(Debug, Clone, Copy)]
struct Passer {
    class: TargetClass,
    at: [f64; 3],
    velocity_m_s: [f64; 3],
    sigma_m: f32,
}

impl Passer {
    fn of(class: TargetClass, at: [f64; 3], velocity_m_s: [f64; 3]) -> Self {
        Self { class, at, velocity_m_s, sigma_m: 5.0 }
    }

    fn after(mut self, seconds: f64) -> Self {
        for axis in 0..3 {
            self.at[axis] += self.velocity_m_s[axis] * seconds;
        }
        self
    }

    fn position(&self) -> Geodetic {
        at(self.at[0], self.at[1]).at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M + self.at[2]))
    }

    fn track(&self, now: telemetry::Timestamp) -> Track {
        let mut covariance = [0.0; 21];
        (covariance[0], covariance[6], covariance[11]) = (self.sigma_m.powi(2), self.sigma_m.powi(2), 9.0);
        let [east_m_s, north_m_s, up_m_s] = self.velocity_m_s;
        Track {
            id: TrackId(4),
            estimated_at: now,
            updated_at: now,
            first_seen_at: now,
            position: self.position(),
            velocity: EnuVelocity { east_m_s, north_m_s, up_m_s },
            covariance,
            status: TrackStatus::Confirmed,
            classification: Classification { belief: BTreeMap::from([(self.class, 1.0)]), ..Classification::default() },
            claim: None,
            measured_by: BTreeMap::new(),
            alerts: BTreeSet::new(),
            sources: Vec::new(),
            vehicle: None,
        }
    }

    fn apart_m(&self, flight: &Flight) -> (f64, f64) {
        let Enu { east_m, north_m, up_m } = flight.peer.at;
        ((self.at[0] - east_m).hypot(self.at[1] - north_m), (self.at[2] - up_m).abs())
    }
}

/// The room sends a track of the passer.
fn show(flight: &mut Flight, passer: &Passer) {
    let track = passer.track(flight.now);
    give(flight, Message::Track(track));
}

fn give(flight: &mut Flight, message: Message) {
    flight.agent.handle(flight.now, Input::Message(message));
    flight.drain();
}

/// Flies on beside a passer whose track comes once a second. Gives back how near they came while the other was at
/// less than the vertical distance given.
fn fly_beside(flight: &mut Flight, mut passer: Passer, seconds: u32, half_height_m: f64) -> f64 {
    let mut nearest_m = f64::INFINITY;
    for _ in 0..seconds {
        show(flight, &passer);
        for _ in 0..10 {
            flight.run_s(0.1);
            passer = passer.after(0.1);
            let (across_m, up_m) = passer.apart_m(flight);
            if up_m < half_height_m {
                nearest_m = nearest_m.min(across_m);
            }
            assert!(flight.peer.at.east_m.abs() < 500.5 && flight.peer.at.north_m.abs() < 500.5, "in the fence");
        }
    }
    nearest_m
}

fn mate(name: &str, position: [f64; 3], velocity: [f64; 3], mode: FlightMode) -> Message {
    let passer = Passer::of(TargetClass::Drone, position, velocity);
    let [east_m_s, north_m_s, up_m_s] = velocity;
    Message::VehicleState(VehicleState {
        vehicle: VehicleId::new(name).unwrap(),
        measured_at: telemetry::Timestamp::EPOCH,
        kind: VehicleKind::Multirotor,
        position: Some(passer.position()),
        altitude: AltitudeAmsl::new(HOME_AMSL_M + position[2]),
        height: HeightAboveHome::new(position[2]),
        velocity: EnuVelocity { east_m_s, north_m_s, up_m_s },
        attitude: telemetry::Attitude::default(),
        mode,
        phase: FlightPhase::Underway,
        battery: telemetry::messages::Battery::default(),
        gnss: telemetry::messages::Gnss::default(),
        failsafes: Vec::new(),
        progress: None,
        cue: None,
    })
}

/// A copter that waits at (200, 200), 50 m high, with the room's word to stay there.
fn waiting() -> Flight {
    let mut flight = Flight::under_way();
    let there =
        Command::GoTo { position: at(200.0, 200.0), altitude: AltitudeAmsl::new(HOME_AMSL_M + 50.0), speed_m_s: None };
    assert_eq!(flight.order(there), AckStage::Done);
    flight.run_until("there", 60.0, |flight| flight.peer.at.east_m > 199.0 && flight.peer.at.north_m > 199.0);
    flight
}

#[test]
fn a_crewed_aircraft_is_given_way_to_inside_the_fence_and_the_plan_is_taken_up_again() {
    let mut flight = Flight::under_way();
    flight.run_until("at height", 60.0, |flight| flight.peer.at.up_m > 49.0);
    let helicopter = Passer::of(TargetClass::Aircraft, [-3000.0, 150.0, 90.0], [60.0, 0.0, 0.0]);
    fly_beside(&mut flight, helicopter, 20, 76.2);
    assert!(flight.has(Failsafe::Traffic), "{:#?}", flight.log);
    assert_eq!(flight.peer.doing(), Doing::Guided);
    let texts = flight.alert_texts();
    assert!(texts[0].starts_with("heron-1 has track 4 near, a crewed aircraft 2."), "{texts:?}");
    assert!(texts[0].contains("to the west") && texts[0].contains("m above; it gives way"), "{texts:?}");
    fly_beside(&mut flight, helicopter.after(20.0), 60, 76.2);
    assert!(!flight.has(Failsafe::Traffic));
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn a_crewed_aircraft_is_given_way_to_once_where_the_autopilot_says_where_it_is_every_five_seconds_only() {
    let mut flight = Flight::under_way();
    flight.run_until("at height", 60.0, |flight| flight.peer.at.up_m > 49.0);
    flight.peer.quirks.summary_every = Some(Duration::from_secs(5));
    flight.run_s(10.0);
    flight.states.clear();
    let helicopter = Passer::of(TargetClass::Aircraft, [-3000.0, 150.0, 90.0], [60.0, 0.0, 0.0]);
    fly_beside(&mut flight, helicopter, 20, 76.2);
    assert!(flight.has(Failsafe::Traffic), "{:#?}", flight.log);
    fly_beside(&mut flight, helicopter.after(20.0), 70, 76.2);
    let near: Vec<bool> = flight.states.iter().map(|state| state.failsafes.contains(&Failsafe::Traffic)).collect();
    let changes = near.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(changes, 2, "it begins once and ends once");
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn a_crewed_aircraft_low_over_the_patrol_does_not_come_within_well_clear_where_the_fence_leaves_room() {
    // It passes 500 m to the south: 110 m to the north are enough, and the fence has 300.
    let mut flight = waiting();
    let low = Passer::of(TargetClass::Aircraft, [-3500.0, -330.0, 60.0], [50.0, 0.0, 0.0]);
    let nearest_m = fly_beside(&mut flight, low, 140, 76.2);
    assert!(nearest_m >= 609.6, "{nearest_m}");
    let severities: BTreeSet<Severity> = flight.alerts().iter().map(|alert| alert.severity).collect();
    assert!(severities.contains(&Severity::Warning) && !severities.contains(&Severity::Critical), "{severities:?}");
    assert_eq!(flight.peer.doing(), Doing::Guided, "where it goes next the room says");
}

#[test]
fn a_crewed_aircraft_that_only_its_own_receiver_hears_is_given_way_to_with_the_room_gone() {
    let mut flight = waiting();
    flight.station_alive = false;
    for second in 0..9 {
        let place = at(200.0, 2700.0 - 55.0 * f64::from(second));
        let report = ADSB_VEHICLE_DATA {
            ICAO_address: 0x3C_65AC,
            lat: (place.latitude_deg() * 1e7) as i32,
            lon: (place.longitude_deg() * 1e7) as i32,
            altitude: ((HOME_AMSL_M + 70.0) * 1e3) as i32,
            heading: 18_000,
            hor_velocity: 5_500,
            flags: AdsbFlags::ADSB_FLAGS_VALID_COORDS
                | AdsbFlags::ADSB_FLAGS_VALID_ALTITUDE
                | AdsbFlags::ADSB_FLAGS_VALID_HEADING
                | AdsbFlags::ADSB_FLAGS_VALID_VELOCITY,
            callsign: CharArray::from("DHSAR"),
            emitter_type: AdsbEmitterType::ADSB_EMITTER_TYPE_ROTOCRAFT,
            ..ADSB_VEHICLE_DATA::default()
        };
        flight.peer.tell(MavMessage::ADSB_VEHICLE(report));
        flight.run_s(1.0);
    }
    assert!(flight.has(Failsafe::Traffic));
    assert!(flight.log.iter().any(|line| line.contains("DHSAR near, a crewed aircraft")), "{:#?}", flight.log);
}

#[test]
fn people_on_board_come_before_the_way_home_but_an_unknown_drone_does_not() {
    for (class, gives_way) in [(TargetClass::Aircraft, true), (TargetClass::Drone, false)] {
        let mut flight = waiting();
        flight.peer.battery_percent = 21.0;
        flight.run_until("returning", 20.0, |flight| flight.peer.doing() == Doing::Return);
        flight.peer.frozen = true;
        let on = Passer::of(class, [200.0, 600.0, 50.0], [0.0, -20.0, 0.0]);
        fly_beside(&mut flight, on, 6, 15.0);
        assert_eq!(flight.peer.doing() != Doing::Return, gives_way, "{class:?} {:#?}", flight.log);
    }
}

#[test]
fn a_foreign_drone_on_a_collision_course_is_avoided() {
    for (from, velocity_m_s) in [([500.0, 200.0, 50.0], [-15.0, 0.0, 0.0]), ([-100.0, -100.0, 50.0], [10.0, 10.0, 0.0])]
    {
        let mut flight = waiting();
        let nearest_m = fly_beside(&mut flight, Passer::of(TargetClass::Drone, from, velocity_m_s), 45, 15.0);
        assert!(nearest_m > 30.0, "{nearest_m} m from {from:?}");
        assert_eq!(flight.alerts().len(), 1, "told once: {:?}", flight.alert_texts());
    }
}

#[test]
fn birds_cars_and_what_is_known_too_badly_are_not_avoided() {
    for class in [TargetClass::Bird, TargetClass::Vehicle, TargetClass::Vessel, TargetClass::Clutter] {
        let mut flight = waiting();
        fly_beside(&mut flight, Passer::of(class, [400.0, 200.0, 50.0], [-10.0, 0.0, 0.0]), 30, 15.0);
        assert_eq!(flight.alert_texts(), Vec::<String>::new(), "{class:?}");
    }
    let mut flight = waiting();
    let vague = Passer { sigma_m: 400.0, ..Passer::of(TargetClass::Drone, [400.0, 200.0, 50.0], [-10.0, 0.0, 0.0]) };
    fly_beside(&mut flight, vague, 30, 15.0);
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn the_vehicles_own_track_and_those_of_its_mates_are_not_avoided() {
    let mut flight = Flight::under_way();
    for second in 0..60 {
        let Enu { east_m, north_m, up_m } = flight.peer.at;
        let before = flight.peer.at;
        flight.run_s(1.0);
        let moved = flight.peer.at.vector() - before.vector();
        // As a radar sees it: 10 m off, and its velocity 2 m/s.
        let own = Passer::of(
            TargetClass::Drone,
            [east_m + 10.0, north_m - 8.0, up_m + 5.0],
            [moved.x + 2.0, moved.y, moved.z],
        );
        show(&mut flight, &own.after(1.0));
        assert!(!flight.has(Failsafe::Traffic), "after {second} s: {:?}", flight.alert_texts());
    }
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn of_two_vehicles_of_ours_the_later_name_gives_way_unless_the_other_is_free_and_it_is_called_home() {
    let check = |name: &str, mode: FlightMode, gives_way: bool| {
        let mut flight = waiting();
        for second in 0..12 {
            let east_m = 440.0 - 10.0 * f64::from(second);
            give(&mut flight, mate(name, [east_m, 200.0, 50.0], [-10.0, 0.0, 0.0], mode));
            flight.run_s(1.0);
        }
        let gave_way = flight.states.iter().any(|state| state.failsafes.contains(&Failsafe::Traffic));
        assert_eq!(gave_way, gives_way, "{name} {mode:?} {:?}", flight.alert_texts());
    };
    check("gannet-1", FlightMode::Mission, true);
    check("osprey-1", FlightMode::Mission, false);
    check("osprey-1", FlightMode::Return, true);
}

#[test]
fn who_has_the_right_of_way_stops_at_the_last_moment() {
    let mut flight = Flight::under_way();
    flight.run_until("on the second leg", 60.0, |flight| flight.peer.at.east_m > 60.0);
    for _ in 0..12 {
        let Enu { east_m, north_m, up_m } = flight.peer.at;
        give(
            &mut flight,
            mate("osprey-1", [(east_m + 100.0).min(230.0), north_m, up_m], [0.0; 3], FlightMode::Mission),
        );
        flight.run_s(1.0);
    }
    assert_eq!(flight.peer.doing(), Doing::Hold, "{:?}", flight.alert_texts());
}

#[test]
fn the_distance_ordered_to_a_target_is_kept_when_it_comes_nearer() {
    let mut flight = waiting();
    let mut target = Passer::of(TargetClass::Drone, [350.0, 200.0, 50.0], [0.0, 0.0, 0.0]);
    show(&mut flight, &target);
    let look = Command::Observe {
        cue: CueId::new("cue-1").unwrap(),
        target: target.position(),
        stand_off_m: 100.0,
        altitude: AltitudeAmsl::new(HOME_AMSL_M + 50.0),
    };
    assert_eq!(flight.order(look), AckStage::Done);
    fly_beside(&mut flight, target, 10, 30.0);
    assert_eq!(flight.alert_texts(), Vec::<String>::new(), "a target at the distance ordered is no danger");
    target.velocity_m_s = [-6.0, 0.0, 0.0];
    let nearest_m = fly_beside(&mut flight, target, 20, 60.0);
    assert!(nearest_m > 50.0, "{nearest_m}");
    assert!(flight.alert_texts()[0].contains("track 4 near"), "{:?}", flight.alert_texts());
}

#[test]
fn a_crewed_aircraft_is_not_looked_at_and_nothing_begins_or_leads_where_one_comes_by() {
    let mut flight = waiting();
    let mut refused = |aircraft: Passer, command: Command, words: &str| {
        show(&mut flight, &aircraft);
        flight.run_s(0.3);
        let stage = flight.order(command);
        assert!(matches!(&stage, AckStage::Refused(why) if why.contains(words)), "{stage:?} should say {words:?}");
    };
    let hovers = Passer::of(TargetClass::Aircraft, [200.0, 1300.0, 60.0], [0.0; 3]);
    let look = Command::Observe {
        cue: CueId::new("cue-1").unwrap(),
        target: hovers.position(),
        stand_off_m: 900.0,
        altitude: AltitudeAmsl::new(HOME_AMSL_M + 50.0),
    };
    refused(hovers, look, "track 4, a crewed aircraft, which is not approached");
    let north =
        Command::GoTo { position: at(200.0, 480.0), altitude: AltitudeAmsl::new(HOME_AMSL_M + 50.0), speed_m_s: None };
    let near = Passer::of(TargetClass::Aircraft, [200.0, 900.0, 60.0], [0.0; 3]);
    refused(near, north, "the way there comes near track 4, a crewed aircraft 700 m to the north");
    let mut grounded = Flight::with_plan();
    let comes = Passer::of(TargetClass::Aircraft, [-2000.0, 0.0, 80.0], [60.0, 0.0, 0.0]);
    show(&mut grounded, &comes);
    grounded.run_s(0.3);
    let stage = grounded.order(Command::Start);
    assert!(matches!(&stage, AckStage::Refused(why) if why.contains("a crewed aircraft, comes by")), "{stage:?}");
}

#[test]
fn while_it_gives_way_a_vehicle_is_sent_nowhere_else_but_may_be_called_home_or_told_to_land() {
    let mut flight = waiting();
    let helicopter = Passer::of(TargetClass::Aircraft, [-2000.0, 0.0, 60.0], [60.0, 0.0, 0.0]);
    fly_beside(&mut flight, helicopter, 5, 76.2);
    let stage = flight.order(Command::Resume);
    assert!(matches!(&stage, AckStage::Refused(why) if why.contains("gives way to track 4")), "{stage:?}");
    assert_eq!(flight.order(Command::Land), AckStage::Done);
    assert_eq!(flight.peer.doing(), Doing::Land);
    flight.run_s(5.0);
    assert_eq!(flight.peer.doing(), Doing::Land, "a landing leads away already");
}

#[test]
fn who_is_called_home_while_it_gives_way_goes_home_when_all_is_clear() {
    let mut flight = waiting();
    let helicopter = Passer::of(TargetClass::Aircraft, [-2000.0, 0.0, 60.0], [60.0, 0.0, 0.0]);
    fly_beside(&mut flight, helicopter, 5, 76.2);
    let home = flight.request(Command::ReturnHome);
    flight.send(home);
    fly_beside(&mut flight, helicopter.after(5.0), 5, 76.2);
    assert_eq!(flight.peer.doing(), Doing::Guided, "people come first");
    fly_beside(&mut flight, helicopter.after(10.0), 60, 76.2);
    assert!(flight.peer.doing() == Doing::Return || !flight.peer.armed);
}

#[test]
fn a_claim_of_being_an_aeroplane_is_enough_to_be_given_way_to() {
    let mut flight = waiting();
    let mut track = Passer::of(TargetClass::Unknown, [-1200.0, 200.0, 60.0], [40.0, 0.0, 0.0]).track(flight.now);
    track.claim = Some(Claim::Adsb(AdsbClaim { icao: Icao24::new(0x3C_65AC).unwrap(), call_sign: None }));
    give(&mut flight, Message::Track(track));
    flight.run_s(2.0);
    assert!(flight.alert_texts()[0].contains("ADSB-3C65AC near, a crewed aircraft"), "{:?}", flight.alert_texts());
}

#[test]
fn a_boat_takes_all_way_off_for_a_vessel_and_goes_on_when_it_has_passed() {
    let mut flight = Flight::of(VehicleKind::Boat, 1);
    flight.run_s(8.0);
    assert_eq!(flight.order(Command::Plan(boat_plan())), AckStage::Done);
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    let ferry = Passer::of(TargetClass::Vessel, [-150.0, 100.0, 0.0], [15.0, 0.0, 0.0]);
    fly_beside(&mut flight, ferry, 8, 100.0);
    assert!(flight.states.iter().any(|state| state.mode == FlightMode::Hold), "{:?}", flight.alert_texts());
    fly_beside(&mut flight, ferry.after(8.0), 60, 100.0);
    assert!(!flight.has(Failsafe::Traffic));
    assert!(matches!(flight.peer.doing(), Doing::Mission | Doing::Return));
}

#[test]
fn a_track_that_says_what_cannot_be_is_dropped() {
    let mut flight = waiting();
    let good = Passer::of(TargetClass::Aircraft, [-1200.0, 200.0, 60.0], [40.0, 0.0, 0.0]).track(flight.now);
    let mut bad = [good.clone(), good.clone(), good];
    bad[0].velocity.east_m_s = f64::NAN;
    bad[1].covariance = [f32::NAN; 21];
    bad[1].classification.belief = BTreeMap::from([(TargetClass::Drone, 1.0)]);
    bad[2].status = TrackStatus::Dropped;
    for track in bad {
        give(&mut flight, Message::Track(track));
        flight.run_s(2.0);
        assert!(!flight.has(Failsafe::Traffic));
    }
}

#[test]
fn people_are_given_way_to_however_badly_their_place_is_known() {
    for error in [f32::NAN, f32::INFINITY, 1e30] {
        let mut flight = waiting();
        let mut track = Passer::of(TargetClass::Aircraft, [-1200.0, 200.0, 60.0], [40.0, 0.0, 0.0]).track(flight.now);
        track.covariance = [error; 21];
        give(&mut flight, Message::Track(track));
        flight.run_s(2.0);
        assert!(flight.has(Failsafe::Traffic), "{error}");
    }
}

#[test]
fn a_track_that_the_room_names_is_ours_only_while_that_vehicle_itself_is_heard() {
    // Its radar track lags behind: alike neither in place nor in speed.
    let beside = Passer::of(TargetClass::Drone, [245.0, 200.0, 50.0], [-6.0, 0.0, 0.0]);
    let told = |name: Option<&str>, heard: bool| {
        let mut flight = waiting();
        for _ in 0..4 {
            if heard {
                give(&mut flight, mate("osprey-1", [-400.0, -400.0, 50.0], [0.0; 3], FlightMode::Mission));
            }
            let vehicle = name.map(|name| VehicleId::new(name).unwrap());
            let track = Track { vehicle, ..beside.track(flight.now) };
            give(&mut flight, Message::Track(track));
            flight.run_s(1.0);
        }
        !flight.alert_texts().is_empty()
    };
    assert!(told(None, true), "nobody knows whose it is");
    assert!(!told(Some("heron-1"), false), "it is this vehicle");
    assert!(!told(Some("osprey-1"), true), "its own word says where it is");
    assert!(told(Some("osprey-1"), false), "a silent one is known by its track alone");
}
