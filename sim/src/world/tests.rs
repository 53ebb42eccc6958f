use telemetry::{Enu, HeightAgl, LatLon, Mmsi};

use super::*;

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn home() -> LatLon {
    LatLon::from_degrees(54.37, 10.15).unwrap()
}

fn near(east_m: f64, north_m: f64) -> LatLon {
    home().at_height(AltitudeHae::new(0.0)).displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap().lat_lon()
}

fn harbour() -> WorldConfig {
    let identity = AisIdentity {
        mmsi: Mmsi::new(211_234_560).unwrap(),
        name: "MODEST".to_owned(),
        call_sign: "DABC".to_owned(),
        ship_type: 70,
        class: AisClass::A,
        dimensions: ShipDimensions { to_bow_m: 60, to_stern_m: 20, to_port_m: 6, to_starboard_m: 7 },
    };
    let vessel = VesselConfig {
        name: "modest".to_owned(),
        route: vec![near(0.0, -2000.0), near(0.0, 0.0), near(800.0, 2000.0)],
        heading: None,
        speed_m_s: 5.0,
        length_m: 80.0,
        departs_at: start(),
        at_end: EndOfRoute::Leave,
        radar_size: 1.0,
        ais: Some(AisConfig { identity, silences: Vec::new() }),
    };
    let fly = |north_m, height| IntruderLeg::FlyTo { to: near(0.0, north_m), height, speed_m_s: 15.0 };
    let height = HeightAgl::new(60.0);
    let legs = vec![fly(1000.0, height), IntruderLeg::Hover { seconds: 20.0 }, fly(-500.0, height)];
    let intruder = IntruderConfig {
        name: "smuggler".to_owned(),
        path: IntruderPath::Legs { from: near(500.0, 0.0), height, legs, at_end: EndOfLegs::Vanish },
        appears_at: start().offset_seconds(30.0),
        vanishes_at: None,
        radiates: true,
        radar_size: 1.0,
    };
    let flock = FlockConfig {
        name: "gulls".to_owned(),
        home: home(),
        roam_m: 300.0,
        spread_m: 100.0,
        birds: 5,
        radar_size: 0.3,
    };
    WorldConfig {
        undulation: GeoidUndulation::new(38.0),
        ground: AltitudeAmsl::new(5.0),
        vessels: vec![vessel],
        intruders: vec![intruder],
        flocks: vec![flock],
    }
}

fn names(world: &World) -> Vec<&str> {
    world.truths().iter().map(|truth| truth.name.as_str()).collect()
}

#[test]
fn things_come_and_go_and_keep_their_ids() {
    let mut world = World::new(&harbour(), 1, start()).unwrap();
    let birds = ["gulls-1", "gulls-2", "gulls-3", "gulls-4", "gulls-5"];
    assert_eq!(names(&world), [&["modest"], &birds[..]].concat());
    world.advance(start().offset_seconds(40.0));
    assert_eq!(names(&world), [&["modest", "smuggler"], &birds[..]].concat());
    assert_eq!(world.truths().iter().map(|t| t.id.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    let smuggler = &world.truths()[1];
    assert!(smuggler.radiates && smuggler.class == TargetClass::Drone && smuggler.ais.is_none());
    let height_m = smuggler.position.height().metres;
    assert!((height_m - 103.0).abs() < 3.0, "60 m above ground at 5 m above a geoid at 38 m: {height_m}");
    world.advance(start().offset_seconds(3600.0));
    assert_eq!(names(&world), birds);
    assert_eq!(world.truths()[0].id, TruthId(2));
}

#[test]
fn a_path_does_not_depend_on_how_often_somebody_looks() {
    let mut hasty = World::new(&harbour(), 1, start()).unwrap();
    let mut lazy = World::new(&harbour(), 1, start()).unwrap();
    for tenth in 0..2000 {
        hasty.advance(start().offset_seconds(f64::from(tenth) * 0.07));
    }
    hasty.advance(start().offset_seconds(150.0));
    lazy.advance(start().offset_seconds(150.0));
    assert_eq!(hasty.truths(), lazy.truths());
    lazy.advance(start());
    assert_eq!(hasty.truths(), lazy.truths(), "time does not go back");
}

#[test]
fn the_seed_decides_what_chance_decides_and_nothing_else() {
    let look = |config: &WorldConfig, seed| {
        let mut world = World::new(config, seed, start()).unwrap();
        world.advance(start().offset_seconds(60.0));
        world.truths().to_vec()
    };
    let (one, two) = (look(&harbour(), 1), look(&harbour(), 2));
    assert_eq!(one[0], two[0], "the vessel follows its route whatever the seed");
    assert_ne!(one[1].position, two[1].position);
    assert_ne!(one[2].position, two[2].position);

    let mut fewer = harbour();
    fewer.vessels.clear();
    assert_eq!(look(&fewer, 1)[0].position, one[1].position, "a vessel more or less moves no drone");
}

#[test]
fn what_cannot_move_is_refused_by_name() {
    let refused = |change: fn(&mut WorldConfig)| {
        let mut config = harbour();
        change(&mut config);
        World::new(&config, 1, start()).map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(refused(|c| c.vessels[0].route.clear()), "modest: a route needs at least one point");
    assert_eq!(refused(|c| c.vessels[0].length_m = f64::NAN), "modest: a vessel is 3 to 500 m long");
    assert!(refused(|c| c.vessels[0].speed_m_s = 0.0).starts_with("modest: a vessel's speed"));
    assert!(refused(|c| c.flocks[0].spread_m = 0.0).starts_with("gulls: a flock roams"));
    assert!(refused(|c| c.ground = AltitudeAmsl::new(f64::NAN)).starts_with("site: the ground"));
    let early = |c: &mut WorldConfig| c.intruders[0].appears_at = Timestamp::EPOCH;
    assert_eq!(refused(early), "smuggler: an intruder appears when the world begins, or later");
    let hover = |c: &mut WorldConfig| {
        let IntruderPath::Legs { legs, .. } = &mut c.intruders[0].path else { return };
        legs.push(IntruderLeg::Hover { seconds: f64::INFINITY });
    };
    assert!(refused(hover).starts_with("smuggler: an intruder flies"));
}
