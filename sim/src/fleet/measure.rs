//! How much faster than real time a fleet flies in virtual time, and a digest of every byte it sent.
//!
//! Vehicles know nothing of each other, so any number of threads may share them out: each thread takes the next one and
//! flies it from begin to end. What a vehicle sends depends on the seed and the duration only, and so does the digest,
//! whatever the number of threads.

use std::fmt;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use sha2::{Digest, Sha256};
use telemetry::Timestamp;

use super::pilot::Pilot;
use super::{Fleet, Vehicle};

/// Vehicle and ground side exchange what they have to say this often, as a radio with that delay would.
const EXCHANGE_EVERY: Duration = Duration::from_millis(200);

/// What a fleet did in virtual time, and how fast that was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measurement {
    /// How many vehicles flew.
    pub vehicles: usize,
    /// For how long each, in its own time.
    pub seconds: f64,
    /// On how many threads.
    pub threads: usize,
    /// How long it took, on the wall clock.
    pub took_s: f64,
    /// Missions begun.
    pub flights: u32,
    /// MAVLink frames sent.
    pub frames: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// SHA-256 over the digests of each vehicle's bytes, in the order of their numbers.
    pub digest: String,
}

impl Measurement {
    /// The fleet's time over the wall clock's.
    #[must_use]
    pub fn times_real_time(&self) -> f64 {
        self.seconds / self.took_s
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vehicles, seconds, threads, took_s, flights, frames, bytes, digest } = self;
        let per_vehicle_s = *frames as f64 / (*vehicles as f64 * seconds);
        writeln!(out, "{vehicles} vehicles for {seconds} s each in {took_s:.2} s on {threads} threads")?;
        writeln!(out, "speed   {:.0} × real time", self.times_real_time())?;
        writeln!(out, "flown   {flights} missions")?;
        writeln!(out, "sent    {frames} frames ({per_vehicle_s:.1} per vehicle and second), {bytes} bytes")?;
        writeln!(out, "digest  {digest}")
    }
}

/// What one vehicle did.
struct Flown {
    flights: u32,
    frames: u64,
    bytes: u64,
    digest: [u8; 32],
}

/// Flies every vehicle for so many seconds of its own time, from `begin` on, and measures how long that takes.
#[must_use]
pub fn measure(fleet: &Fleet, vehicles: &[Vehicle], begin: Timestamp, seconds: f64, threads: usize) -> Measurement {
    let started = Instant::now();
    let waiting = Mutex::new(vehicles.iter().enumerate());
    let next = || waiting.lock().ok()?.next();
    let work = || std::iter::from_fn(next).map(|(place, it)| (place, flown(fleet, it, begin, seconds))).collect();
    let mut results: Vec<(usize, Flown)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let done = |worker: thread::ScopedJoinHandle<'_, Vec<_>>| worker.join().expect("a vehicle flies to the end");
        workers.into_iter().flat_map(done).collect()
    });
    let took_s = started.elapsed().as_secs_f64();
    results.sort_unstable_by_key(|(place, _)| *place);
    let mut digest = Sha256::new();
    for (_, flown) in &results {
        digest.update(flown.digest);
    }
    Measurement {
        vehicles: vehicles.len(),
        seconds,
        threads,
        took_s,
        flights: results.iter().map(|(_, flown)| flown.flights).sum(),
        frames: results.iter().map(|(_, flown)| flown.frames).sum(),
        bytes: results.iter().map(|(_, flown)| flown.bytes).sum(),
        digest: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn flown(fleet: &Fleet, vehicle: &Vehicle, begin: Timestamp, seconds: f64) -> Flown {
    let end = begin.offset_seconds(seconds);
    let mut autopilot = vehicle.switch_on(fleet.seed, begin);
    let mut pilot = Pilot::new(vehicle, begin);
    let mut digest = Sha256::new();
    let (mut now, mut sent) = (begin, 0);
    while now < end {
        now = now + EXCHANGE_EVERY;
        autopilot.step(now, &fleet.weather);
        let bytes = autopilot.take_bytes();
        digest.update(&bytes);
        sent += bytes.len() as u64;
        let orders = pilot.handle(now, &bytes);
        if !orders.is_empty() {
            autopilot.receive(now, &orders);
        }
    }
    Flown {
        flights: pilot.flights,
        frames: autopilot.counts().frames_sent,
        bytes: sent,
        digest: digest.finalize().into(),
    }
}
