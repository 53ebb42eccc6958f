//! What a second of the world costs: six vessels, one intruder, thirty birds; a radar at 1 Hz, two direction finders
//! and an AIS receiver. `cargo bench -p sim --bench world`; with `--profile dev` as the tests are built.

use divan::{Bencher, counter::ItemsCount};
use sim::sensors::{AisReceiver, AisReceiverModel, DirectionFinder, DirectionFinderModel, Radar, RadarModel};
use sim::world::{
    AisClass, AisConfig, AisIdentity, EndOfLegs, EndOfRoute, FlockConfig, IntruderConfig, IntruderLeg, IntruderPath,
    ShipDimensions, VesselConfig, World, WorldConfig,
};
use telemetry::messages::{Coverage, SensorDescription, SensorKind, SensorPerformance};
use telemetry::{
    AltitudeAmsl, AltitudeHae, Elevation, Enu, GeoidUndulation, HeightAgl, LatLon, Mmsi, SensorId, Timestamp,
};

const UNDULATION: GeoidUndulation = GeoidUndulation::new(40.0);
const WATER: AltitudeHae = AltitudeHae::new(40.0);

fn main() {
    divan::main();
}

fn place(east_m: f64, north_m: f64) -> LatLon {
    let origin = LatLon::from_degrees(54.37, 10.15).expect("Kiel is on the Earth").at_height(WATER);
    origin.displaced(Enu { east_m, north_m, up_m: 0.0 }).expect("near Kiel is on the Earth").lat_lon()
}

fn vessel(number: u32, start: Timestamp) -> VesselConfig {
    let identity = AisIdentity {
        mmsi: Mmsi::new(211_000_000 + number).expect("nine digits"),
        name: format!("VESSEL {number}"),
        call_sign: "DABC".to_owned(),
        ship_type: 70,
        class: AisClass::A,
        dimensions: ShipDimensions { to_bow_m: 60, to_stern_m: 20, to_port_m: 6, to_starboard_m: 7 },
    };
    let east_m = f64::from(number) * 300.0;
    VesselConfig {
        name: format!("vessel-{number}"),
        route: [(0.0, 0.0), (0.0, 3000.0), (1500.0, 4000.0)].map(|(e, n)| place(east_m + e, n)).to_vec(),
        heading: None,
        speed_m_s: 6.0,
        length_m: 80.0,
        departs_at: start,
        at_end: EndOfRoute::Loop,
        radar_size: 1.0,
        ais: Some(AisConfig { identity, silences: Vec::new() }),
    }
}

fn port(start: Timestamp) -> WorldConfig {
    let fly = |north_m| IntruderLeg::FlyTo { to: place(0.0, north_m), height: HeightAgl::new(60.0), speed_m_s: 15.0 };
    let path = IntruderPath::Legs {
        from: place(-500.0, 0.0),
        height: HeightAgl::new(60.0),
        legs: vec![fly(1500.0), IntruderLeg::Hover { seconds: 60.0 }, fly(0.0)],
        at_end: EndOfLegs::Hover,
    };
    let intruder = IntruderConfig {
        name: "smuggler".to_owned(),
        path,
        appears_at: start,
        vanishes_at: None,
        radiates: true,
        radar_size: 1.0,
    };
    let flock = |number: u32| FlockConfig {
        name: format!("gulls-{number}"),
        home: place(f64::from(number) * 500.0, 1000.0),
        roam_m: 300.0,
        spread_m: 120.0,
        birds: 10,
        radar_size: 0.3,
    };
    WorldConfig {
        undulation: UNDULATION,
        ground: AltitudeAmsl::new(5.0),
        vessels: (0..6).map(|number| vessel(number, start)).collect(),
        intruders: vec![intruder],
        flocks: (0..3).map(flock).collect(),
    }
}

fn sensor(name: &str, kind: SensorKind, range_m: f64, clutter_per_scan: f64) -> SensorDescription {
    SensorDescription {
        id: SensorId::new(name).expect("a sensor's name"),
        kind,
        position: place(200.0, 200.0).at_height(AltitudeHae::new(WATER.metres + 20.0)),
        altitude: AltitudeAmsl::new(20.0),
        period_s: 1.0,
        coverage: Coverage {
            range_m: [50.0, range_m],
            sector: None,
            elevation: [Elevation::from_degrees(-5.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.9,
        clutter_per_scan,
        performance: SensorPerformance::default(),
    }
}

/// A minute of the port; the time per item is that of a second.
#[divan::bench]
fn a_minute_of_a_port(bencher: Bencher) {
    let start = Timestamp::from_unix_nanos(1_795_230_000_000_000_000);
    let mut world = World::new(&port(start), 1, start).expect("a sound configuration");
    let radar = sensor("radar-1", SensorKind::Radar, 4500.0, 4.0);
    let mut radar = Radar::new(RadarModel::counter_drone(radar, WATER, start), 1);
    let mut finders = ["rf-1", "rf-2"].map(|name| {
        let description = sensor(name, SensorKind::RfDirectionFinder, 6000.0, 0.5);
        DirectionFinder::new(DirectionFinderModel::new(description, WATER, start.offset_seconds(0.4)), 1)
    });
    let receiver = sensor("ais-1", SensorKind::AisReceiver, 40_000.0, 0.0);
    let mut receiver = AisReceiver::new(AisReceiverModel::new(receiver, WATER, start), 1);

    let mut until = start;
    bencher.counter(ItemsCount::new(60_u32)).bench_local(|| {
        until = until.offset_seconds(60.0);
        let (mut detections, mut bytes) = (0, 0);
        loop {
            let rf_at = finders[0].next_at().min(finders[1].next_at());
            let now = radar.next_at().min(rf_at).min(receiver.next_at());
            if now >= until {
                return (detections, bytes);
            }
            world.advance(now);
            let truths = world.truths();
            let scans =
                radar.scan(now, truths).into_iter().chain(finders.iter_mut().filter_map(|f| f.scan(now, truths)));
            detections += scans.map(|scan| scan.detections.len()).sum::<usize>();
            bytes += receiver.scan(now, truths).len();
        }
    });
}
