//! How many messages a second one core forwards and decodes: every frame of a recorded copter, one to a datagram, checked,
//! routed to a ground link, put into the flight record, handed to ourselves and decoded. `scripts/bench/link.sh` prints
//! the same for pymavlink beside it.
//!
//! Prints lines of `name messages_per_s`.

#![allow(clippy::print_stdout, reason = "the table is the point")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use onboard::link::frames::Decoder;
use onboard::link::signing::{Key, SigningClock};
use onboard::link::splitter::Splitter;
use onboard::link::wire::{Ground, LinkSetup, Role, Wire};
use telemetry::{MavSystemId, Timestamp};

const COPTER: &[u8] = include_bytes!("../tests/data/copter457.mavlink");
const MEASURED_FOR: Duration = Duration::from_secs(2);

fn main() {
    let frames = frames();
    print("decode", || decode(&frames));
    let mut plain = wire(false);
    print("forward_and_decode", || forward(&mut plain, &frames));
    let mut signed = wire(true);
    print("forward_signed_and_decode", || forward(&mut signed, &frames));
}

/// Runs whole passes until enough time has gone.
fn print(name: &str, mut pass: impl FnMut() -> usize) {
    pass();
    let (start, mut messages) = (Instant::now(), 0);
    while start.elapsed() < MEASURED_FOR {
        messages += pass();
    }
    println!("{name} {:.0}", messages as f64 / start.elapsed().as_secs_f64());
}

fn frames() -> Vec<Vec<u8>> {
    let mut splitter = Splitter::new();
    splitter.push_datagram(COPTER);
    let mut frames = Vec::new();
    while let Some(frame) = splitter.next_raw() {
        frames.push(frame.bytes.to_vec());
    }
    frames
}

fn decode(frames: &[Vec<u8>]) -> usize {
    let mut decoder = Decoder::new();
    let mut messages = 0;
    for frame in frames {
        decoder.push(black_box(frame));
        while let Some(frame) = decoder.next_frame() {
            black_box(frame);
            messages += 1;
        }
    }
    messages
}

fn wire(signed: bool) -> Wire {
    let ground = Role::Ground(Ground::default());
    let setup = |name: &str, role, signed| LinkSetup { name: name.to_owned(), role, datagrams: true, signed };
    let setups = vec![setup("autopilot", Role::Autopilot, false), setup("ground", ground, signed)];
    let key = signed.then(|| (Key::new([7; 32]), SigningClock::default()));
    Wire::new(MavSystemId(1), setups, key, Timestamp::EPOCH)
}

fn forward(wire: &mut Wire, frames: &[Vec<u8>]) -> usize {
    let (mut decoder, mut local, mut messages) = (Decoder::new(), Vec::new(), 0);
    for frame in frames {
        wire.receive(Timestamp::EPOCH, 0, black_box(frame));
        wire.take_local(&mut local);
        decoder.push(&local);
        while let Some(frame) = decoder.next_frame() {
            black_box(frame);
            messages += 1;
        }
        while let Some(portion) = wire.next_portion(1) {
            black_box(portion);
        }
        black_box(wire.take_record());
    }
    messages
}
