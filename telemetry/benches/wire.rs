//! Bytes and nanoseconds for one `VehicleState` with everything in it, by encoding. `cargo bench -p telemetry`.
//!
//! The rows: the wire as it is; the same bytes by `ciborium`; CBOR with the names written out; CBOR with doubles and
//! floats instead of whole steps; and `postcard`, which writes no names, so nothing can be added or left out later.

use std::hint::black_box;

use divan::Bencher;
use serde::{Deserialize, Serialize};
use telemetry::messages::{Battery, Failsafe, FlightMode, FlightPhase, Gnss, Progress, VehicleKind, VehicleState};
use telemetry::{
    AltitudeAmsl, AltitudeHae, Attitude, EnuVelocity, Geodetic, Heading, HeightAboveHome, Timestamp, wire,
};

fn state() -> VehicleState {
    VehicleState {
        vehicle: "kiel-1".parse().expect("a name"),
        measured_at: Timestamp::from_unix_nanos(1_795_230_720_123_000_000),
        kind: VehicleKind::Multirotor,
        position: Geodetic::from_radians(0.948_675_5, 0.177_078_25, AltitudeHae::new(128.5)).ok(),
        altitude: AltitudeAmsl::new(86.25),
        height: HeightAboveHome::new(80.0),
        velocity: EnuVelocity { east_m_s: -11.25, north_m_s: 3.5, up_m_s: -2.75 },
        attitude: Attitude { roll_rad: -0.1204, pitch_rad: 0.0511, heading: Heading::from_radians(4.9963) },
        mode: FlightMode::Mission,
        phase: FlightPhase::Underway,
        battery: Battery { remaining: 0.83, voltage_v: 22.41, current_a: 18.6 },
        gnss: Gnss { fix: 6, satellites: 19 },
        failsafes: vec![Failsafe::LinkLost, Failsafe::GnssLost],
        progress: Some(Progress { plan: "kiel-patrol-1".parse().expect("a name"), leg: 3, legs: 12 }),
        cue: "kiel.17".parse().ok(),
    }
}

/// The same steps under names written out.
#[derive(Serialize, Deserialize)]
struct LongNames {
    vehicle: String,
    measured_at: i64,
    kind: String,
    position: [i64; 3],
    altitude: i64,
    height: i64,
    velocity: [i64; 3],
    attitude: [i64; 3],
    mode: String,
    phase: String,
    battery: [i64; 3],
    gnss: [u8; 2],
    failsafes: Vec<String>,
    plan: String,
    leg: u16,
    legs: u16,
    cue: String,
}

fn long_names() -> LongNames {
    LongNames {
        vehicle: "kiel-1".to_owned(),
        measured_at: 1_795_230_720_123_000_000,
        kind: "m".to_owned(),
        position: [948_675_500, 177_078_250, 12_850],
        altitude: 8625,
        height: 8000,
        velocity: [-1125, 350, -275],
        attitude: [-1204, 511, 49_963],
        mode: "p".to_owned(),
        phase: "f".to_owned(),
        battery: [830, 2241, 1860],
        gnss: [6, 19],
        failsafes: vec!["l".to_owned(), "g".to_owned()],
        plan: "kiel-patrol-1".to_owned(),
        leg: 3,
        legs: 12,
        cue: "kiel.17".to_owned(),
    }
}

/// The short names, with numbers as they are in memory: doubles for the place, floats for the rest.
#[derive(Serialize, Deserialize)]
struct Doubles {
    v: String,
    t: i64,
    k: String,
    p: [f64; 3],
    a: f32,
    h: f32,
    u: [f32; 3],
    o: [f32; 3],
    m: String,
    f: String,
    b: [f32; 3],
    g: [u8; 2],
    x: Vec<String>,
    i: (String, u16, u16),
    c: String,
}

fn doubles() -> Doubles {
    Doubles {
        v: "kiel-1".to_owned(),
        t: 1_795_230_720_123_000_000,
        k: "m".to_owned(),
        p: [0.948_675_5, 0.177_078_25, 128.5],
        a: 86.25,
        h: 80.0,
        u: [-11.25, 3.5, -2.75],
        o: [-0.1204, 0.0511, 4.9963],
        m: "p".to_owned(),
        f: "f".to_owned(),
        b: [0.83, 22.41, 18.6],
        g: [6, 19],
        x: vec!["l".to_owned(), "g".to_owned()],
        i: ("kiel-patrol-1".to_owned(), 3, 12),
        c: "kiel.17".to_owned(),
    }
}

fn ciborium_bytes(state: &VehicleState) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&(wire::VERSION, state), &mut bytes).expect("memory takes it");
    bytes
}

fn ciborium_state(bytes: &[u8]) -> (u16, VehicleState) {
    ciborium::from_reader(bytes).expect("what was written")
}

fn postcard_bytes(state: &LongNames) -> Vec<u8> {
    postcard::to_stdvec(&(wire::VERSION, state)).expect("memory takes it")
}

fn postcard_state(bytes: &[u8]) -> (u16, LongNames) {
    postcard::from_bytes(bytes).expect("what was written")
}

fn main() {
    let state = state();
    assert_eq!(ciborium_bytes(&state), wire::encode(&state), "both write the same CBOR");
    assert_eq!(
        ciborium_state(&ciborium_bytes(&state)).1,
        wire::decode(&wire::encode(&state)).expect("what was written")
    );
    let key = "picket/kiel-holtenau/vehicle/kiel-1/state".len();
    println!("{:<28} {:>7} {:>22}", "encoding", "bytes", "B/s at 5 Hz with key");
    for (name, bytes) in [
        ("wire", wire::encode(&state).len()),
        ("CBOR, long names", wire::encode(&long_names()).len()),
        ("CBOR, doubles and floats", wire::encode(&doubles()).len()),
        ("ciborium", ciborium_bytes(&state).len()),
        ("postcard", postcard_bytes(&long_names()).len()),
    ] {
        println!("{name:<28} {bytes:>7} {:>22}", 5 * (bytes + key));
    }
    divan::main();
}

#[divan::bench]
fn encode_wire(bencher: Bencher) {
    let state = state();
    bencher.bench_local(|| wire::encode(black_box(&state)));
}

#[divan::bench]
fn encode_long_names(bencher: Bencher) {
    let state = long_names();
    bencher.bench_local(|| wire::encode(black_box(&state)));
}

#[divan::bench]
fn encode_doubles(bencher: Bencher) {
    let state = doubles();
    bencher.bench_local(|| wire::encode(black_box(&state)));
}

#[divan::bench]
fn encode_ciborium(bencher: Bencher) {
    let state = state();
    bencher.bench_local(|| ciborium_bytes(black_box(&state)));
}

#[divan::bench]
fn encode_postcard(bencher: Bencher) {
    let state = long_names();
    bencher.bench_local(|| postcard_bytes(black_box(&state)));
}

#[divan::bench]
fn decode_wire(bencher: Bencher) {
    let bytes = wire::encode(&state());
    bencher.bench_local(|| wire::decode::<VehicleState>(black_box(&bytes)));
}

#[divan::bench]
fn decode_wire_unchecked(bencher: Bencher) {
    let bytes = wire::encode(&state());
    bencher.bench_local(|| minicbor_serde::from_slice::<(u16, VehicleState)>(black_box(&bytes)));
}

#[divan::bench]
fn decode_long_names(bencher: Bencher) {
    let bytes = wire::encode(&long_names());
    bencher.bench_local(|| wire::decode::<LongNames>(black_box(&bytes)));
}

#[divan::bench]
fn decode_doubles(bencher: Bencher) {
    let bytes = wire::encode(&doubles());
    bencher.bench_local(|| wire::decode::<Doubles>(black_box(&bytes)));
}

#[divan::bench]
fn decode_ciborium(bencher: Bencher) {
    let bytes = ciborium_bytes(&state());
    bencher.bench_local(|| ciborium_state(black_box(&bytes)));
}

#[divan::bench]
fn decode_postcard(bencher: Bencher) {
    let bytes = postcard_bytes(&long_names());
    bencher.bench_local(|| postcard_state(black_box(&bytes)));
}
