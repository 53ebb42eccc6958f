//! How fast the link reads: frames of a recorded copter, and one frame each way through the codec.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mavlink::dialects::ardupilotmega::{GLOBAL_POSITION_INT_DATA, MavMessage};
use onboard::link::frames::{Decoder, Encoder};
use onboard::link::mode::Family;
use onboard::link::telemetry::Telemetry;
use telemetry::messages::VehicleKind;
use telemetry::{GeoidUndulation, MavComponentId, MavSystemId, Timestamp};

const COPTER: &[u8] = include_bytes!("../tests/data/copter457.mavlink");
/// Frames in it.
const FRAMES: usize = 886;

fn main() {
    divan::main();
}

#[divan::bench]
fn decode_a_recorded_copter(bencher: Bencher) {
    bencher.counter(ItemsCount::new(FRAMES)).counter(BytesCount::new(COPTER.len())).bench(|| {
        let mut decoder = Decoder::new();
        decoder.push(divan::black_box(COPTER));
        let mut frames = 0;
        while decoder.next_frame().is_some() {
            frames += 1;
        }
        assert_eq!(frames, FRAMES);
    });
}

#[divan::bench]
fn decode_and_follow_a_recorded_copter(bencher: Bencher) {
    bencher.counter(ItemsCount::new(FRAMES)).bench(|| {
        let mut telemetry = Telemetry::new(VehicleKind::Multirotor, Family::Copter, GeoidUndulation::new(47.0));
        let mut decoder = Decoder::new();
        decoder.push(divan::black_box(COPTER));
        while let Some(frame) = decoder.next_frame() {
            telemetry.take(Timestamp::EPOCH, &frame.message);
        }
        telemetry.phase()
    });
}

#[divan::bench]
fn encode_a_position(bencher: Bencher) {
    let mut encoder = Encoder::new(MavSystemId(1), MavComponentId(1));
    let message = MavMessage::GLOBAL_POSITION_INT(GLOBAL_POSITION_INT_DATA::default());
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| encoder.encode(divan::black_box(&message)));
}
