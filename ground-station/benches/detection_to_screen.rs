//! From a radar's plot to a console: the time from `measured_at` to the message on the WebSocket.
//!
//! A real room on loopback, its bus, its store and one console. A radar with a hundred targets turns four times a
//! second for `SECONDS` (20 by default, the first argument); every estimate that carries a new plot counts once, when
//! its message has been read. Prints the histogram; it asserts nothing.
#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]
#![allow(dead_code, reason = "the tests use the rest of it")]

#[path = "../tests/ground_station/night.rs"]
mod night;
#[path = "../tests/ground_station/port.rs"]
mod port;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use night::OFF_HARBOUR;
use port::{Port, now, now_s};
use telemetry::messages::Message;
use tokio::time::{MissedTickBehavior, interval, timeout};

const TARGETS: usize = 100;
const TURN: Duration = Duration::from_millis(250);

#[tokio::main]
async fn main() {
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse::<u32>().ok()).unwrap_or(20);
    let port = Port::open().await;
    let bus = port.bus().await;
    let (mut console, _) = port.console().await;

    let radar = tokio::spawn(async move {
        let mut turns = interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0..u64::from(seconds) * 4 {
            turns.tick().await;
            let flown_m = number as f64 * 3.0;
            // A grid of targets over the roads, all going east at 12 m/s.
            let target = |n: usize| {
                let (row, column) = ((n / 10) as f64, (n % 10) as f64);
                night::moved(OFF_HARBOUR, 150.0 * column + flown_m, 150.0 * row - 700.0)
            };
            let places: Vec<[f64; 3]> = (0..TARGETS).map(target).collect();
            // One whose plots are made within the call, so that making them counts.
            let scan = night::scan(now_s(), number + 1, &places);
            bus.publish(&Message::Scan(scan)).await.expect("the bus takes a scan");
        }
        bus
    });

    let mut seen: BTreeSet<(u64, i64)> = BTreeSet::new();
    let mut latencies_ms = Vec::new();
    let mut messages = 0_u32;
    let reading = async {
        loop {
            let message = console.next().await;
            let read_at = now().unix_millis();
            messages += 1;
            for track in message["tracks"].as_array().into_iter().flatten() {
                let (Some(id), Some(detected_at)) = (track["id"].as_u64(), track["detected_at"].as_i64()) else {
                    continue;
                };
                if seen.insert((id, detected_at)) {
                    latencies_ms.push(read_at - detected_at);
                }
            }
        }
    };
    let all = Duration::from_secs(u64::from(seconds) + 1);
    // The reading never ends by itself.
    let _ = timeout(all, reading).await;
    radar.await.expect("the radar turns to the end").close().await;

    print(&mut latencies_ms, messages, seconds);
    for unfinished in port.room.close().await {
        println!("not finished: {unfinished}");
    }
}

fn print(latencies_ms: &mut [i64], messages: u32, seconds: u32) {
    latencies_ms.sort_unstable();
    let last = latencies_ms.len().saturating_sub(1);
    let at = |share: f64| latencies_ms.get((last as f64 * share).round() as usize).copied().unwrap_or(0);
    println!(
        "detection to screen: {TARGETS} targets, {} ms a turn, {seconds} s, {messages} messages",
        TURN.as_millis()
    );
    println!(
        "{} plots  p50 {} ms  p95 {} ms  p99 {} ms  max {} ms",
        latencies_ms.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
    let mut histogram: BTreeMap<i64, usize> = BTreeMap::new();
    for latency in latencies_ms.iter() {
        *histogram.entry(latency.div_euclid(10) * 10).or_default() += 1;
    }
    let most = histogram.values().copied().max().unwrap_or(1);
    for (from_ms, count) in histogram {
        println!("{from_ms:>5} ms {count:>7} {}", "#".repeat((count * 60).div_ceil(most)));
    }
}
