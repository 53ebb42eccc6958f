use super::*;

const GROUND: AltitudeHae = AltitudeHae::new(50.0);

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn point(east_m: f64, north_m: f64) -> LatLon {
    let datum = LatLon::from_degrees(31.6, 74.6).unwrap().at_height(GROUND);
    datum.displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap().lat_lon()
}

fn fly_to(east_m: f64, north_m: f64, height_m: f64, speed_m_s: f64) -> IntruderLeg {
    IntruderLeg::FlyTo { to: point(east_m, north_m), height: HeightAgl::new(height_m), speed_m_s }
}

fn intruder(legs: Vec<IntruderLeg>, at_end: EndOfLegs) -> IntruderConfig {
    IntruderConfig {
        name: "smuggler".to_owned(),
        path: IntruderPath::Legs { from: point(0.0, 0.0), height: HeightAgl::new(20.0), legs, at_end },
        appears_at: start(),
        vanishes_at: None,
        radiates: true,
        radar_size: 1.0,
    }
}

fn flown(config: &IntruderConfig, tenths: u32) -> Vec<Kinematics> {
    let mut intruder = Intruder::new(config, GROUND, 5);
    (0..tenths)
        .map_while(|tenth| {
            let now = start().offset_seconds(f64::from(tenth) / 10.0);
            intruder.advance(now);
            intruder.kinematics(now)
        })
        .collect()
}

fn distance_over_ground_m(a: Geodetic, b: LatLon) -> f64 {
    a.distance_m(b.at_height(a.height()))
}

#[test]
fn no_acceleration_beyond_the_airframe_even_in_reversals() {
    let legs = vec![fly_to(0.0, 600.0, 80.0, 20.0), fly_to(0.0, 100.0, 30.0, 20.0), fly_to(500.0, 100.0, 120.0, 25.0)];
    let states = flown(&intruder(legs, EndOfLegs::Hover), 1500);
    let (mut hardest, mut fastest) = (0.0_f64, 0.0_f64);
    for pair in states.windows(2) {
        let change = (pair[1].velocity.vector() - pair[0].velocity.vector()) / 0.1;
        hardest = hardest.max(change.xy().norm());
        fastest = fastest.max(pair[1].velocity.ground_speed_m_s());
        assert!(change.xy().norm() <= SIDEWAYS_MAX_M_S2 + 1e-3 && change.z.abs() <= UPWARDS_MAX_M_S2 + 1e-3);
        let moved = SiteFrame::new(pair[0].position).enu(pair[1].position).vector();
        let mean = (pair[0].velocity.vector() + pair[1].velocity.vector()) / 20.0;
        assert!((moved - mean).norm() < 1e-3, "position follows velocity: {moved} {mean}");
    }
    assert!(hardest > 4.0, "a reversal is hard: {hardest} m/s²");
    assert!((24.0..27.0).contains(&fastest), "{fastest} m/s");
}

#[test]
fn it_flies_to_its_points_hovers_there_and_turns_back() {
    let hover = IntruderLeg::Hover { seconds: 30.0 };
    let legs = vec![fly_to(0.0, 900.0, 60.0, 15.0), hover, fly_to(0.0, 0.0, 60.0, 15.0)];
    let states = flown(&intruder(legs, EndOfLegs::Hover), 2400);
    let farthest = states.iter().map(|s| distance_over_ground_m(s.position, point(0.0, 0.0))).fold(0.0, f64::max);
    assert!((896.0..906.0).contains(&farthest), "{farthest}");
    let near_turn = |s: &&Kinematics| distance_over_ground_m(s.position, point(0.0, 900.0)) < 6.0;
    let hovering = states.iter().filter(near_turn).count();
    assert!((300..400).contains(&hovering), "{hovering} tenths of a second near the turning point");
    let highest = states.iter().filter(near_turn).map(|s| s.position.height().metres - GROUND.metres);
    assert!(highest.map(|h| (h - 60.0).abs()).fold(0.0, f64::max) < 3.0);
    assert!(distance_over_ground_m(states.last().unwrap().position, point(0.0, 0.0)) < 6.0, "back where it began");
}

#[test]
fn gusts_shake_a_hover_but_do_not_carry_it_away() {
    let states = flown(&intruder(vec![IntruderLeg::Hover { seconds: 600.0 }], EndOfLegs::Hover), 6000);
    let speeds = states.iter().map(|s| s.velocity.vector().norm_squared()).sum::<f64>() / states.len() as f64;
    assert!((0.1..0.8).contains(&speeds.sqrt()), "{} m/s r.m.s.", speeds.sqrt());
    let farthest = states.iter().map(|s| distance_over_ground_m(s.position, point(0.0, 0.0))).fold(0.0, f64::max);
    assert!((0.3..5.0).contains(&farthest), "{farthest} m");
}

#[test]
fn it_is_there_from_its_appearance_to_its_end() {
    let mut config = intruder(vec![fly_to(0.0, 300.0, 60.0, 15.0)], EndOfLegs::Vanish);
    let left_after = flown(&config, 1000).len();
    assert!((190..240).contains(&left_after), "gone after {left_after} tenths of a second");
    config.vanishes_at = Some(start().offset_seconds(5.0));
    assert_eq!(flown(&config, 1000).len(), 50);
    config.appears_at = start().offset_seconds(1.0);
    assert_eq!(flown(&config, 1000).len(), 0, "not there at the start");
}
