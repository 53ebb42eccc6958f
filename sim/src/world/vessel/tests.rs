use telemetry::Mmsi;

use super::*;
use crate::world::truth::{AisClass, ShipDimensions};

const WATER: AltitudeHae = AltitudeHae::new(38.0);

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn point(east_m: f64, north_m: f64) -> LatLon {
    let datum = LatLon::from_degrees(54.37, 10.15).unwrap().at_height(WATER);
    datum.displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap().lat_lon()
}

fn vessel(length_m: f64, speed_m_s: f64, at_end: EndOfRoute, points: &[(f64, f64)]) -> VesselConfig {
    VesselConfig {
        name: "ship".to_owned(),
        route: points.iter().map(|&(east_m, north_m)| point(east_m, north_m)).collect(),
        heading: None,
        speed_m_s,
        length_m,
        departs_at: start(),
        at_end,
        radar_size: 1.0,
        ais: None,
    }
}

/// The states at each second until the vessel has left, or for the seconds given.
fn sailed(config: &VesselConfig, seconds: u32) -> Vec<Kinematics> {
    let mut vessel = Vessel::new(config, WATER, start());
    (0..seconds)
        .map_while(|second| {
            let now = start().offset_seconds(second.into());
            vessel.advance(now);
            vessel.kinematics(now)
        })
        .collect()
}

fn off_route_m(config: &VesselConfig, at: Geodetic) -> f64 {
    let frame = SiteFrame::new(at);
    let place = |p: &LatLon| {
        let enu = frame.enu(p.at_height(WATER));
        Vector2::new(enu.east_m, enu.north_m)
    };
    let leg = |pair: &[LatLon]| {
        let (from, to) = (place(&pair[0]), place(&pair[1]));
        let share = (-from.dot(&(to - from)) / (to - from).norm_squared()).clamp(0.0, 1.0);
        (from + (to - from) * share).norm()
    };
    config.route.windows(2).map(leg).fold(f64::INFINITY, f64::min)
}

const FAIRWAY: [(f64, f64); 5] = [(0.0, 0.0), (0.0, 3000.0), (1500.0, 5000.0), (1500.0, 8000.0), (-1000.0, 10_500.0)];

#[test]
fn a_vessel_stays_on_its_route_and_turns_and_gathers_way_no_faster_than_its_length_allows() {
    for (length_m, speed_m_s) in [(8.0, 12.0), (30.0, 8.0), (90.0, 6.0), (220.0, 7.0)] {
        let config = vessel(length_m, speed_m_s, EndOfRoute::Moor, &FAIRWAY);
        let handling = Handling::new(length_m, speed_m_s);
        let states = sailed(&config, 4000);
        assert_eq!(states.len(), 4000);
        for pair in states.windows(2) {
            let off_m = off_route_m(&config, pair[1].position);
            assert!(off_m < 1.5 * length_m + 15.0, "{length_m} m ship {off_m} m off its route");
            assert_eq!(pair[1].position.height(), WATER);
            let (before, after) = (pair[0].velocity, pair[1].velocity);
            let speed = after.ground_speed_m_s();
            let gained = (speed - before.ground_speed_m_s()).abs();
            assert!(
                gained < handling.acceleration_m_s2 + speed.powi(2) * 1e-3 + 0.06,
                "{length_m} m: {gained} m/s in 1 s"
            );
            if speed > 1.0 {
                let turned = after.course().turn_from(before.course()).abs();
                let most = speed.max(before.ground_speed_m_s()) / handling.turning_radius_m;
                assert!(turned < most * 1.01 + 1e-6, "{length_m} m: {turned} rad/s of {most}");
            }
        }
        let end = states.last().unwrap();
        assert_eq!(end.velocity, EnuVelocity::default());
        assert!(end.position.distance_m(point(-1000.0, 10_500.0).at_height(WATER)) < 1.0 + 0.2 * length_m);
    }
}

#[test]
fn velocity_is_the_rate_of_position() {
    let states = sailed(&vessel(30.0, 8.0, EndOfRoute::Moor, &FAIRWAY), 1500);
    for pair in states.windows(2) {
        let moved = SiteFrame::new(pair[0].position).enu(pair[1].position).vector();
        let expected = (pair[0].velocity.vector() + pair[1].velocity.vector()) / 2.0;
        assert!((moved.xy() - expected.xy()).norm() < 0.08, "{moved} {expected}");
    }
}

#[test]
fn a_vessel_that_leaves_is_gone_at_the_last_point() {
    let config = vessel(20.0, 10.0, EndOfRoute::Leave, &[(0.0, 0.0), (0.0, 1000.0)]);
    let states = sailed(&config, 500);
    assert!((100..103).contains(&states.len()), "{} s", states.len());
}

#[test]
fn a_vessel_that_loops_passes_its_first_point_again_and_again() {
    let square = [(0.0, 0.0), (0.0, 800.0), (800.0, 800.0), (800.0, 0.0)];
    let config = vessel(12.0, 8.0, EndOfRoute::Loop, &square);
    let first = point(0.0, 0.0).at_height(WATER);
    let near: Vec<bool> = sailed(&config, 3600).iter().map(|s| s.position.distance_m(first) < 60.0).collect();
    let passes = near.windows(2).filter(|pair| !pair[0] && pair[1]).count();
    assert!((8..=10).contains(&passes), "{passes} passes in an hour");
}

#[test]
fn a_vessel_waits_moored_for_its_departure_and_moors_at_the_end() {
    let mut config = vessel(20.0, 5.0, EndOfRoute::Moor, &[(0.0, 0.0), (0.0, 500.0)]);
    config.departs_at = start().offset_seconds(60.0);
    let identity = AisIdentity {
        mmsi: Mmsi::new(211_000_001).unwrap(),
        name: "TEST".to_owned(),
        call_sign: "DTST".to_owned(),
        ship_type: 70,
        class: AisClass::A,
        dimensions: ShipDimensions { to_bow_m: 10, to_stern_m: 10, to_port_m: 3, to_starboard_m: 3 },
    };
    config.ais = Some(AisConfig { identity, silences: vec![[100.0, 110.0].map(|s| start().offset_seconds(s))] });
    let mut vessel = Vessel::new(&config, WATER, start());
    let mut status_at = |second: f64| {
        let now = start().offset_seconds(second);
        vessel.advance(now);
        vessel.transponder(now).map(|transponder| transponder.status)
    };
    assert_eq!(status_at(59.0), Some(NavigationalStatus::Moored));
    assert_eq!(status_at(62.0), Some(NavigationalStatus::UnderWay));
    assert_eq!([99.9, 100.0, 109.9, 110.0].map(|s| status_at(s).is_some()), [true, false, false, true]);
    assert_eq!(status_at(400.0), Some(NavigationalStatus::Moored));
}

#[test]
fn one_point_is_a_berth_and_points_on_top_of_each_other_do_no_harm() {
    let berth = sailed(&vessel(50.0, 5.0, EndOfRoute::Loop, &[(0.0, 0.0)]), 10);
    assert_eq!(berth[0], berth[9]);
    for at_end in [EndOfRoute::Loop, EndOfRoute::Moor, EndOfRoute::Leave] {
        let states = sailed(&vessel(50.0, 5.0, at_end, &[(0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]), 100);
        assert!(states.iter().all(|s| s.position.latitude().is_finite()), "{at_end:?}");
    }
}
