//! What a live night plays around the real programs: the world, the autopilots, the sensors, the cameras, the faults;
//! and the observer that sees the truth.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use missions::Scenario;
use missions::scenario::FaultKind;
use telemetry::messages::{Message, SensorScan};
use telemetry::{Timestamp, VehicleId};

use super::clock::Clock;
use super::folder::Folder;
use super::sky::Sky;
use crate::compose;
use crate::footage::View;
use crate::instruments::{self, Instrument};
use crate::night::{Homecoming, Watch};
use crate::report::Report;
use crate::sensors::{Camera, Health};
use crate::world::{Truth, World};
use autopilot::Fault;

/// A vehicle faster than this is seen to move.
const UNDER_WAY_M_S: f64 = 1.0;
/// How often the observer looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The stage.
pub(super) struct Stage {
    scenario: Scenario,
    seed: u64,
    clock: Clock,
    world: World,
    sky: Sky,
    instruments: Vec<Instrument>,
    cameras: BTreeMap<VehicleId, Camera>,
    camera_ports: BTreeMap<VehicleId, u16>,
    camera_socket: UdpSocket,
    camera_scans: BTreeMap<VehicleId, u64>,
    fault_times: Vec<Timestamp>,
    next_look: Timestamp,
    watch: Watch,
}

impl Stage {
    pub(super) async fn new(
        scenario: &Scenario,
        folder: &Folder,
        clock: Clock,
        seed: u64,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let camera = |vehicle: &missions::scenario::OwnVehicle| {
            let model = compose::camera(vehicle.camera.as_ref()?, scenario);
            Some((vehicle.id.clone(), Camera::new(model, seed)))
        };
        let camera_socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        camera_socket.set_nonblocking(true)?;
        Ok(Self {
            seed,
            clock,
            world: World::new(&compose::world(scenario)?, seed, scenario.start)?,
            sky: Sky::new(scenario, &folder.autopilot_ports, seed, now).await?,
            instruments: instruments::of(scenario, seed),
            cameras: scenario.vehicles.iter().filter_map(camera).collect(),
            camera_ports: folder.camera_ports.clone(),
            camera_socket,
            camera_scans: BTreeMap::new(),
            fault_times: compose::fault_times(scenario),
            next_look: scenario.start,
            watch: Watch::new(scenario),
            scenario: scenario.clone(),
        })
    }

    /// Plays on to the wall clock's `now`. Gives back what the ground sensors deliver.
    pub(super) fn step(&mut self, now: Timestamp) -> Vec<SensorScan> {
        let scene_now = self.clock.scenario(now);
        self.break_and_mend(scene_now);
        self.sky.fly(now);
        let look = scene_now >= self.next_look;
        let sensors_due = self.instruments.iter().any(|instrument| instrument.next_at() <= scene_now);
        let cameras_due = self.cameras.values().any(|camera| camera.next_at() <= scene_now);
        if !look && !sensors_due && !cameras_due {
            return Vec::new();
        }
        self.world.advance(scene_now);
        let truths: Vec<Truth> = self.world.truths().iter().cloned().chain(self.sky.seen()).collect();
        if look {
            self.next_look = self.next_look + LOOK_EVERY;
            self.watch.see_truths(scene_now, &truths);
        }
        self.look_with_cameras(scene_now, &truths);
        let scans = self.instruments.iter_mut().flat_map(|instrument| instrument.deliver(scene_now, &truths));
        scans.map(|scan| self.clock.to_wall(scan)).collect()
    }

    fn look_with_cameras(&mut self, scene_now: Timestamp, truths: &[Truth]) {
        for (vehicle, camera) in &mut self.cameras {
            let (Some(truth), Some(port)) = (self.sky.truth(vehicle), self.camera_ports.get(vehicle)) else { continue };
            let Some(scan) = camera.scan(scene_now, compose::camera_pose(&truth), truths) else { continue };
            if scan.detections.is_empty() || truth.on_ground {
                continue;
            }
            let line = detection::plots::encode_line(&self.clock.to_wall(scan), Timestamp::EPOCH);
            // A companion computer that is not there yet does not see its camera's pictures.
            if self.camera_socket.send_to(line.as_bytes(), (Ipv4Addr::LOCALHOST, *port)).is_ok() {
                *self.camera_scans.entry(vehicle.clone()).or_default() += 1;
            }
        }
    }

    /// Everything there is to see for a camera at the wall clock's `now`.
    pub(super) fn view(&mut self, now: Timestamp) -> View {
        let scene_now = self.clock.scenario(now);
        self.world.advance(scene_now);
        View::new(scene_now, self.world.truths().to_vec(), self.sky.truths())
    }

    /// Whether one of our own vehicles moves.
    pub(super) fn under_way(&self) -> bool {
        self.sky.truths().any(|(_, truth)| truth.armed && truth.velocity.vector().norm() > UNDER_WAY_M_S)
    }

    /// What the operations room says.
    pub(super) fn hear(&mut self, now: Timestamp, message: &Message) {
        match message {
            Message::Alert(alert) => self.watch.see_alert(self.clock.scenario(now), alert),
            Message::Cue(cue) => self.watch.see_cue(cue),
            Message::Track(track) => self.watch.see_track(track),
            _ => {}
        }
    }

    fn break_and_mend(&mut self, scene_now: Timestamp) {
        while self.fault_times.first().is_some_and(|at| *at <= scene_now) {
            let at = self.fault_times.remove(0);
            for fault in self.scenario.faults.clone() {
                if fault.span.from == at {
                    self.set(&fault.kind, true);
                } else if fault.span.to == at {
                    self.set(&fault.kind, false);
                }
            }
        }
    }

    fn set(&mut self, kind: &FaultKind, broken: bool) {
        match kind {
            FaultKind::GnssLoss(vehicle) => self.sky.set_fault(vehicle, Fault::GpsLoss, broken),
            FaultKind::EngineFailure(vehicle) => self.sky.set_fault(vehicle, Fault::EngineFailure, broken),
            FaultKind::SensorOutage(sensor) => {
                let health = if broken { Health::Out } else { Health::Working };
                self.instruments.iter_mut().filter(|it| it.id() == sensor).for_each(|it| it.set_health(health));
            }
            // The real bus and the real programs fail by themselves, or by whoever runs the night.
            FaultKind::LinkLoss(_) | FaultKind::PacketLoss { .. } | FaultKind::StationDown => {
                tracing::warn!(?kind, "this fault is played in virtual time only");
            }
        }
    }

    /// Judges what can be judged from outside the programs at the end of the night.
    pub(super) fn judge(&self) -> Report {
        let mut report = self.report(self.scenario.end);
        let home = |(vehicle, truth): (&missions::scenario::OwnVehicle, autopilot::VehicleTruth)| Homecoming {
            vehicle: vehicle.id.clone(),
            from_home_m: compose::from_home_m(vehicle, truth.position),
            at_rest: compose::is_at_rest(vehicle, &truth),
        };
        let homecomings: Vec<_> = self.sky.truths().map(home).collect();
        self.watch.judge(&homecomings, None, &mut report);
        report
    }

    /// The report of a night that was cut short: what was raised and counted, nothing judged.
    pub(super) fn account(&self, now: Timestamp) -> Report {
        let mut report = self.report(self.clock.scenario(now));
        self.watch.tell(&mut report);
        report.not_judged.push("every expectation: the night was cut short".to_owned());
        report
    }

    fn report(&self, to: Timestamp) -> Report {
        let mut report = Report::new(&self.scenario.name, self.seed, self.scenario.start, to);
        let count = |(vehicle, scans): (&VehicleId, &u64)| (format!("camera_scans.{vehicle}"), *scans);
        report.counts.extend(self.camera_scans.iter().map(count));
        report
    }
}
