//! The program as it runs, measured from outside: from a command on the bus to its bytes at the autopilot, and what the
//! process takes of a core and of memory with one vehicle's 300 messages a second. Real UDP, real Zenoh, this machine.
//!
//! Prints `name value unit`, and ends with an error where a figure is not reached.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on fails")]

#[allow(clippy::wildcard_imports, reason = "the scripted autopilot of the tests speaks most of the dialect")]
#[path = "../tests/flight/mod.rs"]
mod flight;

#[path = "../tests/running/mod.rs"]
mod running;

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use flight::plan;
use mavlink::dialects::ardupilotmega::{MavCmd, MavMessage};
use onboard::config::AutopilotPort;
use running::{Autopilot, Line, Manner, Room, Vehicle, free_udp_port};
use telemetry::messages::{Command, FlightPhase};
use tokio::sync::mpsc;

const COMMANDS: usize = 100;
const P99_MAX: Duration = Duration::from_millis(5);
const CORE_MAX: f64 = 0.02;
const RESIDENT_MAX_MIB: f64 = 30.0;
const IDLE_FOR: Duration = Duration::from_secs(20);
/// Messages besides what the scripted autopilot streams, each 20 ms: about 300 a second in all.
const FILLER: usize = 5;

/// When a change of mode came to the autopilot, if that is what came.
fn change_of_mode((arrived, message): (Instant, MavMessage)) -> Option<Instant> {
    let MavMessage::COMMAND_LONG(command) = message else { return None };
    (command.command == MavCmd::MAV_CMD_DO_SET_MODE && command.confirmation == 0).then_some(arrived)
}

/// Seconds of a core that a process has used.
fn core_s(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // Clock ticks, of which Linux has 100 a second towards programs.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn resident_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let mut room = Room::open().await;
    let address = free_udp_port();
    let vehicle = Vehicle::new(AutopilotPort::UdpIn(address), room.endpoint().await, |_, _| {});
    let child = vehicle.start();
    let (noticed, mut notices) = mpsc::channel(1024);
    let manner = Manner { filler: FILLER, noticed: Some(noticed), ..Manner::default() };
    let _autopilot = Autopilot::new(Line::datagrams_to(address).await, manner);
    room.state("a position", |state| state.position.is_some() && state.gnss.usable()).await;
    room.order(Command::Plan(plan())).await;
    room.order(Command::Start).await;
    room.state("under way", |state| state.phase == FlightPhase::Underway).await;
    let mut took = Vec::with_capacity(COMMANDS);
    for number in 0..COMMANDS {
        while notices.try_recv().is_ok() {}
        let command = if number % 2 == 0 { Command::Pause } else { Command::Resume };
        let given = Instant::now();
        room.order(command).await;
        let Some(arrived) = std::iter::from_fn(|| notices.try_recv().ok()).find_map(change_of_mode) else { continue };
        took.push(arrived.saturating_duration_since(given));
    }
    took.sort();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    let before = (core_s(child.id()), Instant::now());
    let until = before.1 + IDLE_FOR;
    room.wait("the end of the quiet", |_| (Instant::now() >= until).then_some(())).await;
    let core = (core_s(child.id()) - before.0) / before.1.elapsed().as_secs_f64();
    let resident = resident_mib(child.id());
    child.kill();
    println!("commands {} -", took.len());
    println!("command_to_bytes_p50 {:.2} ms", p50.as_secs_f64() * 1e3);
    println!("command_to_bytes_p99 {:.2} ms", p99.as_secs_f64() * 1e3);
    println!("core_at_300_messages_a_second {:.2} %", core * 100.0);
    println!("resident {resident:.1} MiB");
    let reached = p99 <= P99_MAX && core <= CORE_MAX && resident <= RESIDENT_MAX_MIB && took.len() > COMMANDS / 2;
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
