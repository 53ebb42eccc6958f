//! The fleet: its digest in virtual time, and its lines in real time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use autopilot::{Personality, Weather};
use sim::fleet::{Fleet, FleetReport, LiveFleet, Measurement, Port, fly, measure};
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Geodetic, GeoidUndulation, Heading, Timestamp};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Far more than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const BEGIN: Timestamp = Timestamp::from_unix_nanos(1_795_230_000_000_000_000);

fn fleet(number: u8, seed: u64) -> Fleet {
    Fleet {
        number,
        personality: Personality::ArduPilot,
        kinds: vec![VehicleKind::Multirotor, VehicleKind::FixedWing, VehicleKind::Boat],
        home: Geodetic::from_degrees(54.3795, 10.1455, AltitudeHae::new(51.0)).unwrap(),
        heading: Heading::from_degrees(0.0),
        undulation: GeoidUndulation::new(39.0),
        weather: Weather { gust_sigma_m_s: 0.5, ..Weather::default() },
        seed,
    }
}

fn measured(number: u8, seed: u64, threads: usize) -> Measurement {
    let fleet = fleet(number, seed);
    measure(&fleet, &fleet.vehicles(), BEGIN, 60.0, threads)
}

#[test]
fn the_digest_depends_on_the_fleet_and_the_seed_and_not_on_the_threads() {
    let one = measured(7, 1, 1);
    let three = measured(7, 1, 3);
    assert_eq!(one.digest, three.digest);
    assert_eq!((one.bytes, one.frames, one.flights), (three.bytes, three.frames, three.flights));
    assert_ne!(one.digest, measured(7, 2, 1).digest);
    assert_ne!(one.digest, measured(6, 1, 1).digest);
}

#[test]
fn every_vehicle_streams_everything_and_takes_off_within_a_minute() {
    let measurement = measured(6, 1, 2);
    assert_eq!(measurement.flights, 6);
    // Thirteen streams, each in every step, once home is known.
    assert!(measurement.frames > 6 * 60 * 12 * 20, "{measurement}");
}

#[test]
fn vehicles_that_pass_for_px4_take_off_as_well() {
    let kinds = vec![VehicleKind::Multirotor];
    let fleet = Fleet { kinds, personality: Personality::Px4, ..fleet(2, 1) };
    assert_eq!(measure(&fleet, &fleet.vehicles(), BEGIN, 60.0, 2).flights, 2);
}

struct Flying {
    addresses: Vec<String>,
    stop: watch::Sender<bool>,
    task: JoinHandle<FleetReport>,
}

impl Flying {
    async fn start(number: u8, port: Port, speed: f64) -> Self {
        let fleet = fleet(number, 1);
        let live = LiveFleet::open(&fleet, fleet.vehicles(), port, 0).await.unwrap();
        let addresses = live.addresses().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
        let (stop, stopping) = watch::channel(false);
        Self { addresses, stop, task: tokio::spawn(fly(live, BEGIN, speed, stopping)) }
    }

    async fn land(self) -> FleetReport {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.task).await.unwrap().unwrap()
    }
}

/// The systems whose heartbeats are in these bytes.
fn beating(bytes: &[u8]) -> Vec<u8> {
    bytes.windows(10).filter(|it| it[0] == 0xfd && it[1] == 9 && it[7..10] == [0; 3]).map(|it| it[5]).collect()
}

#[tokio::test]
async fn vehicles_that_send_to_one_port_are_told_apart_by_their_systems() {
    let ground = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let flying = Flying::start(3, Port::UdpOut(ground.local_addr().unwrap().port()), 10.0).await;
    let (mut heard, mut buffer) = (std::collections::BTreeSet::new(), [0; 2048]);
    timeout(PATIENCE, async {
        while heard.len() < 3 {
            let length = ground.recv(&mut buffer).await.unwrap();
            heard.extend(beating(&buffer[..length]));
        }
    })
    .await
    .unwrap();
    let report = flying.land().await;
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(report.vehicles, 3);
    assert!(report.frames_sent >= 3);
}

#[tokio::test]
async fn two_stations_on_one_udp_port_both_hear_the_vehicle() {
    let flying = Flying::start(1, Port::UdpIn(0), 10.0).await;
    for _ in 0..2 {
        let station = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // Not a frame: only whoever speaks is heard, whatever is said.
        station.send_to(&[1, 2, 3], &flying.addresses[0]).await.unwrap();
        let mut buffer = [0; 2048];
        let length = timeout(PATIENCE, station.recv(&mut buffer)).await.unwrap().unwrap();
        assert_eq!(buffer[..length][0], 0xfd);
    }
    assert_eq!(flying.land().await.bytes_dropped, 6);
}

#[tokio::test]
async fn a_tcp_client_hears_heartbeats_and_the_report_counts_the_intervals_between_them() {
    let flying = Flying::start(2, Port::Tcp(0), 20.0).await;
    assert_ne!(flying.addresses[0], flying.addresses[1], "each has a port of its own");
    let mut client = TcpStream::connect(&flying.addresses[1]).await.unwrap();
    let mut bytes = Vec::new();
    timeout(PATIENCE, async {
        while beating(&bytes).len() < 3 {
            client.read_buf(&mut bytes).await.unwrap();
        }
    })
    .await
    .unwrap();
    assert_eq!(beating(&bytes)[0], 2);
    let report = flying.land().await;
    assert!(report.heartbeats.intervals >= 4, "{report}");
}
