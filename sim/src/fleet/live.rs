//! A fleet in real time, or a whole factor faster: one task a vehicle, each with its own line.
//!
//! A vehicle wakes for every one of its steps and for whatever comes on its line, so it answers at once. The vehicles
//! are switched on spread over one step, so that they do not all want the processor at the same moment.

use std::fmt;
use std::time::Duration;

use autopilot::{Autopilot, LinkCounts, STEP, Weather};
use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::HEARTBEAT_DATA;
use serde::Serialize;
use telemetry::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::frames::frames;
use super::line::{Line, LineError, Port};
use super::punctuality::{Lateness, Punctuality};
use super::{Fleet, Vehicle};

/// How often an autopilot says that it is there.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);
/// The autopilot's own component; its payloads have heartbeats of their own.
const AUTOPILOT: u8 = 1;
/// The largest datagram of a MAVLink speaker is far smaller.
const RECEIVE_MAX: usize = 4096;

/// A fleet whose lines are open, ready to be flown.
#[derive(Debug)]
pub struct LiveFleet {
    seats: Vec<(Vehicle, Line)>,
    weather: Weather,
    seed: u64,
}

impl LiveFleet {
    /// Opens a line for each vehicle: the first has `port`, each further one `step` more.
    ///
    /// # Errors
    /// [`LineError`] for a port that cannot be had.
    pub async fn open(fleet: &Fleet, vehicles: Vec<Vehicle>, port: Port, step: u16) -> Result<Self, LineError> {
        let mut seats = Vec::new();
        for (place, vehicle) in (0..).zip(vehicles) {
            let line = Line::open(port.further(step.saturating_mul(place))?).await?;
            seats.push((vehicle, line));
        }
        Ok(Self { seats, weather: fleet.weather, seed: fleet.seed })
    }

    /// Who is where, a line each.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        self.seats.iter().map(|(vehicle, line)| format!("{vehicle} {}", line.address()))
    }
}

/// What happened to a fleet that was flown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FleetReport {
    /// How many vehicles flew.
    pub vehicles: usize,
    /// For how long, on the wall clock.
    pub seconds: f64,
    /// How many times faster than real time.
    pub speed: f64,
    /// Frames received, good ones.
    pub frames_received: u64,
    /// Bytes received that were part of no frame.
    pub bytes_dropped: u64,
    /// Frames sent.
    pub frames_sent: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// How punctual the autopilots' heartbeats were, in real milliseconds.
    pub heartbeats: Lateness,
    /// The greatest time by which a vehicle was behind its own time, in real milliseconds.
    pub behind_ms: f64,
}

impl fmt::Display for FleetReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vehicles, seconds, speed, .. } = self;
        writeln!(out, "{vehicles} vehicles for {seconds:.1} s at {speed} × real time")?;
        writeln!(out, "heartbeats  {}", self.heartbeats)?;
        writeln!(out, "behind      {:.1} ms at most", self.behind_ms)?;
        writeln!(out, "sent        {} frames, {} bytes", self.frames_sent, self.bytes_sent)?;
        writeln!(out, "received    {} frames; {} bytes belonged to none", self.frames_received, self.bytes_dropped)
    }
}

/// Flies a fleet until `stop` says so. `begin` is the wall clock's time now; vehicles' time runs on from it, `speed`
/// times as fast.
pub async fn fly(fleet: LiveFleet, begin: Timestamp, speed: f64, stop: watch::Receiver<bool>) -> FleetReport {
    let started = Instant::now();
    let number = fleet.seats.len();
    let mut tasks = JoinSet::new();
    for (place, (vehicle, line)) in (0_u32..).zip(fleet.seats) {
        let later = STEP.div_f64(speed * number as f64) * place;
        let clock = Clock { begin, started: started + later, speed };
        let seat = Seat {
            autopilot: vehicle.switch_on(fleet.seed, begin),
            line,
            weather: fleet.weather,
            clock,
            tally: Tally::default(),
        };
        tasks.spawn(seat.fly(stop.clone()));
    }
    let mut punctuality = Punctuality::new();
    let mut report = FleetReport {
        vehicles: number,
        seconds: 0.0,
        speed,
        frames_received: 0,
        bytes_dropped: 0,
        frames_sent: 0,
        bytes_sent: 0,
        heartbeats: punctuality.lateness(),
        behind_ms: 0.0,
    };
    for (tally, counts) in tasks.join_all().await {
        punctuality.add(&tally.punctuality);
        report.frames_received += counts.frames_received;
        report.bytes_dropped += counts.bytes_dropped;
        report.frames_sent += counts.frames_sent;
        report.bytes_sent += tally.bytes_sent;
        report.behind_ms = report.behind_ms.max(tally.behind.as_secs_f64() * 1000.0);
    }
    report.seconds = started.elapsed().as_secs_f64();
    report.heartbeats = punctuality.lateness();
    report
}

/// The time of one vehicle, and when on the wall clock it is.
#[derive(Debug, Clone, Copy)]
struct Clock {
    begin: Timestamp,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// The vehicle's time at an instant.
    fn time(self, at: Instant) -> Timestamp {
        self.begin.offset_seconds(at.saturating_duration_since(self.started).as_secs_f64() * self.speed)
    }

    /// When the step after this many is over.
    fn step_after(self, steps: u32) -> Instant {
        self.started + (STEP * (steps + 1)).div_f64(self.speed)
    }

    /// How many steps are over at an instant.
    fn steps(self, at: Instant) -> u32 {
        (at.saturating_duration_since(self.started).as_secs_f64() * self.speed / STEP.as_secs_f64()) as u32
    }
}

/// What is noted of one vehicle.
#[derive(Debug)]
struct Tally {
    beat_at: Option<Instant>,
    punctuality: Punctuality,
    bytes_sent: u64,
    behind: Duration,
}

impl Default for Tally {
    fn default() -> Self {
        Self { beat_at: None, punctuality: Punctuality::new(), bytes_sent: 0, behind: Duration::ZERO }
    }
}

enum Event {
    StepDue(Instant),
    Received(usize),
    Stop,
}

/// A vehicle with its line: the owner of both.
struct Seat {
    autopilot: Autopilot,
    line: Line,
    weather: Weather,
    clock: Clock,
    tally: Tally,
}

impl Seat {
    async fn fly(mut self, mut stop: watch::Receiver<bool>) -> (Tally, LinkCounts) {
        let mut buffer = [0; RECEIVE_MAX];
        let mut due = self.clock.step_after(0);
        loop {
            let event = tokio::select! {
                // Either it is to stop, or nobody is left who could say so.
                _ = stop.wait_for(|stop| *stop) => Event::Stop,
                () = sleep_until(due) => Event::StepDue(due),
                length = self.line.receive(&mut buffer) => Event::Received(length),
            };
            let now = Instant::now();
            match event {
                Event::Stop => return (self.tally, self.autopilot.counts()),
                Event::StepDue(due) => self.tally.behind = self.tally.behind.max(now - due),
                Event::Received(length) => self.autopilot.receive(self.clock.time(now), &buffer[..length]),
            }
            self.autopilot.step(self.clock.time(now), &self.weather);
            self.send();
            due = self.clock.step_after(self.clock.steps(now));
        }
    }

    fn send(&mut self) {
        let bytes = self.autopilot.take_bytes();
        if bytes.is_empty() {
            return;
        }
        self.line.send(&bytes);
        let sent_at = Instant::now();
        self.tally.bytes_sent += bytes.len() as u64;
        for frame in frames(&bytes) {
            let beat = frame.id == HEARTBEAT_DATA::ID && frame.component == AUTOPILOT;
            if beat && let Some(before) = self.tally.beat_at.replace(sent_at) {
                self.tally.punctuality.count(sent_at - before, HEARTBEAT_EVERY.div_f64(self.clock.speed));
            }
        }
    }
}
