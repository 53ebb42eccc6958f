//! One of our own vehicles in virtual time: the simulated autopilot, the agent on its companion computer, the serial
//! line between them, and the radio to the operations room.

use missions::Scenario;
use missions::scenario::OwnVehicle;
use onboard::agent::{Agent, Input, Output};
use telemetry::delivery::Outbox;
use telemetry::messages::{CommandRequest, JournalEntry, Message};
use telemetry::topics::Topic;
use telemetry::{SensorId, Timestamp, VehicleId};

use super::parcel::Parcel;
use crate::compose::{self, ComposeError};
use crate::link::{Connection, Link};
use crate::sensors::{Camera, Health};
use crate::world::Truth;
use autopilot::{Autopilot, Fault, VehicleTruth, Weather};

/// The vehicle's journals all begin as this series: every virtual night starts with empty disks.
const FIRST_SERIES: u64 = 1;

/// A vehicle, whole.
#[derive(Debug)]
pub(super) struct Craft {
    pub(super) vehicle: OwnVehicle,
    place: usize,
    autopilot: Autopilot,
    agent: Agent,
    camera: Option<Camera>,
    /// Towards the operations room.
    pub(super) up: Link<Parcel>,
    /// Towards the vehicle.
    pub(super) down: Link<Parcel>,
    written: u64,
    camera_scans: u64,
}

impl Craft {
    pub(super) fn new(
        vehicle: &OwnVehicle,
        place: usize,
        scenario: &Scenario,
        seed: u64,
    ) -> Result<Self, ComposeError> {
        let system = compose::system(place)?;
        let name = vehicle.id.as_str();
        let outbox = Outbox::new(vehicle.id.clone(), FIRST_SERIES);
        let model = compose::link(vehicle);
        let camera = vehicle.camera.as_ref().map(|camera| Camera::new(compose::camera(camera, scenario), seed));
        Ok(Self {
            place,
            autopilot: Autopilot::new(compose::autopilot(vehicle, system, scenario), seed, scenario.start),
            agent: Agent::new(compose::agent(vehicle, system, scenario), outbox, scenario.start)?,
            camera,
            up: Link::new(model.clone(), seed, &format!("{name}/up")),
            down: Link::new(model, seed, &format!("{name}/down")),
            written: 0,
            camera_scans: 0,
            vehicle: vehicle.clone(),
        })
    }

    pub(super) fn id(&self) -> &VehicleId {
        &self.vehicle.id
    }

    pub(super) fn truth(&self) -> VehicleTruth {
        self.autopilot.truth()
    }

    /// The vehicle as sensors see it; on the ground it is out of every radar's sight.
    pub(super) fn seen(&self) -> Option<Truth> {
        let truth = self.truth();
        let afloat = self.vehicle.kind == telemetry::messages::VehicleKind::Boat;
        (afloat || !truth.on_ground).then(|| compose::own_truth(self.place, &self.vehicle, &truth))
    }

    /// Journal entries written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Scans its camera has delivered so far.
    pub(super) fn camera_scans(&self) -> u64 {
        self.camera_scans
    }

    /// When something happens of itself, the autopilot's own steps apart.
    pub(super) fn next_at(&self, end: Timestamp) -> Timestamp {
        let camera = self.camera_next_at().filter(|at| *at <= end);
        let own = [Some(self.agent.next_deadline()), camera];
        let radio = [self.up.next_at(), self.down.next_at()];
        own.into_iter().chain(radio).flatten().min().unwrap_or(Timestamp::from_unix_nanos(i64::MAX))
    }

    /// Flies on to `now`, and carries what autopilot and agent have to say to each other.
    pub(super) fn fly(&mut self, now: Timestamp, weather: &Weather) {
        self.autopilot.step(now, weather);
        let bytes = self.autopilot.take_bytes();
        if !bytes.is_empty() {
            self.agent.handle(now, Input::Autopilot(&bytes));
        }
        self.settle(now);
    }

    /// Lets the camera look at what is there.
    pub(super) fn look(&mut self, now: Timestamp, truths: &[Truth]) {
        let truth = self.autopilot.truth();
        let Some(camera) = &mut self.camera else { return };
        let Some(scan) = camera.scan(now, compose::camera_pose(&truth), truths) else { return };
        // A camera that sees nothing has nothing to keep; its empty pictures are not worth the radio.
        if scan.detections.is_empty() || truth.on_ground {
            return;
        }
        self.camera_scans += 1;
        let line = detection::plots::encode_line(&scan, Timestamp::EPOCH);
        self.agent.handle(now, Input::CameraPlots(line.as_bytes()));
        self.settle(now);
    }

    /// Takes what has arrived by radio.
    pub(super) fn listen(&mut self, now: Timestamp) {
        while let Some(parcel) = self.down.receive(now) {
            match parcel.open() {
                Some(Message::Command(request)) => self.agent.handle(now, Input::Command(request)),
                Some(message) => self.agent.handle(now, Input::Message(message)),
                None => {}
            }
        }
        self.agent.advance(now);
        self.settle(now);
    }

    /// Does what the agent wants done, until nothing is left.
    fn settle(&mut self, now: Timestamp) {
        while let Some(output) = self.agent.next_output() {
            match output {
                Output::Autopilot(bytes) => self.autopilot.receive(now, &bytes),
                Output::Publish(message) => self.up.send_parcel(now, &message),
                Output::Store(JournalEntry { .. }) => self.written += 1,
                // The disk of a vehicle that never restarts; and the log, which nobody reads in virtual time.
                Output::Forget { .. } | Output::Keep(_) | Output::Pose(_) | Output::Say(_) => {}
            }
        }
    }

    pub(super) fn send_down(&mut self, now: Timestamp, message: &Message) {
        self.down.send_parcel(now, message);
    }

    pub(super) fn command(&mut self, now: Timestamp, request: CommandRequest) {
        self.send_down(now, &Message::Command(request));
    }

    pub(super) fn set_connection(&mut self, connection: Connection) {
        self.up.set_connection(connection);
        self.down.set_connection(connection);
    }

    pub(super) fn set_loss(&mut self, loss: f64) {
        self.up.set_loss(loss);
        self.down.set_loss(loss);
    }

    pub(super) fn set_fault(&mut self, fault: Fault, broken: bool) {
        if broken {
            self.autopilot.inject(fault);
        } else {
            self.autopilot.clear(fault);
        }
    }

    pub(super) fn set_camera_health(&mut self, sensor: &SensorId, health: Health) {
        let ours = self.vehicle.camera.as_ref().is_some_and(|camera| camera.sensor.description.id == *sensor);
        if let (true, Some(camera)) = (ours, &mut self.camera) {
            camera.set_health(health);
        }
    }

    pub(super) fn camera_next_at(&self) -> Option<Timestamp> {
        self.camera.as_ref().map(Camera::next_at)
    }

    pub(super) fn concerns(&self, topic: &Topic) -> bool {
        match topic {
            Topic::JournalAck(vehicle) | Topic::Command(vehicle) => vehicle == self.id(),
            Topic::VehicleState(vehicle) => vehicle != self.id(),
            Topic::Track(_) | Topic::StationBeat => true,
            _ => false,
        }
    }
}
