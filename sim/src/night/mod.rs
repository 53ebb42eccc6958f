//! A night in virtual time: the very cores that fly and watch, around them a world, links that delay, lose and break,
//! and a clock that jumps from one event to the next.
//!
//! Everything happens in a fixed order at each instant (faults, flights, radio, sensors, the room), every random draw
//! comes from a stream named after what draws it, and maps are ordered: the same scenario and seed give the same
//! bytes, and an hour passes in seconds. Limits: own vehicles fly in steps of [`FLIGHT_STEP`].

mod craft;
mod parcel;
mod person;
mod room;
mod watch;

use std::collections::BTreeMap;
use std::fs::File;
use std::time::Duration;

use ground_station::store::StoreError;
use missions::scenario::FaultKind;
use missions::scenario::OwnVehicle;
use missions::{FileErrors, Scenario};
use telemetry::messages::Message;
use telemetry::recording::RecordingError;
use telemetry::{Timestamp, VehicleId};
use thiserror::Error;

use self::craft::Craft;
use self::parcel::Parcel;
use self::room::{Outcome, Room};
pub use self::watch::{Account, Homecoming, Watch};
use crate::compose::{self, ComposeError};
use crate::instruments::{self, Instrument};
use crate::link::{Connection, Link, LinkModel};
use crate::report::Report;
use crate::sensors::Health;
use crate::world::{Truth, World, WorldError};
use autopilot::{Fault, VehicleTruth, Weather};

/// How often the autopilots step and are heard.
pub const FLIGHT_STEP: Duration = Duration::from_millis(100);
/// The way of a ground sensor's scan to the room: a wire.
const WIRE_DELAY: Duration = Duration::from_millis(10);
/// How often the observer looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How much longer than the scenario a night may go on so that what is under way arrives, in steps of flight.
const SETTLING: Duration = Duration::from_secs(10);

/// A night that cannot be played, or not to its end.
#[derive(Debug, Error)]
pub enum NightError {
    /// The scenario cannot be set up.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A target of the world cannot move.
    #[error("the world cannot be built")]
    World(#[from] WorldError),
    /// The room's configuration cannot be written.
    #[error("the configuration of the operations room cannot be written")]
    RoomFile(#[from] toml::ser::Error),
    /// The room's configuration is not accepted.
    #[error("the configuration of the operations room is not accepted: {0}")]
    Room(#[from] FileErrors),
    /// The recording cannot be written.
    #[error("the recording cannot be written")]
    Recording(#[from] RecordingError),
    /// The store cannot be opened or closed.
    #[error("the store of the operations room failed")]
    OpenStore(#[from] StoreError),
    /// The store cannot be written.
    #[error("the store of the operations room failed: {0}")]
    Store(String),
    /// A file cannot be written.
    #[error("a file cannot be written")]
    File(#[from] std::io::Error),
}

/// A night being played.
pub struct Night {
    scenario: Scenario,
    seed: u64,
    now: Timestamp,
    next_flight: Timestamp,
    next_look: Timestamp,
    fault_times: Vec<Timestamp>,
    world: World,
    weather: Weather,
    crafts: BTreeMap<VehicleId, Craft>,
    instruments: Vec<Instrument>,
    wire: Link<Parcel>,
    room: Room,
    watch: Watch,
    /// Everything that is there, our own included; as of the last time something looked.
    truths: Vec<Truth>,
}

impl Night {
    /// A night about to begin. What the room sees and raises is recorded into `record`.
    ///
    /// # Errors
    /// [`NightError`] for a scenario that cannot be played.
    pub fn new(scenario: Scenario, seed: u64, record: Option<File>) -> Result<Self, NightError> {
        let craft =
            |(place, vehicle)| Craft::new(vehicle, place, &scenario, seed).map(|craft| (craft.id().clone(), craft));
        let crafts = scenario.vehicles.iter().enumerate().map(craft).collect::<Result<_, _>>()?;
        let wire = LinkModel { delay: WIRE_DELAY, ..LinkModel::default() };
        Ok(Self {
            seed,
            now: scenario.start,
            next_flight: scenario.start,
            next_look: scenario.start,
            fault_times: compose::fault_times(&scenario),
            world: World::new(&compose::world(&scenario)?, seed, scenario.start)?,
            weather: compose::weather(&scenario),
            crafts,
            instruments: instruments::of(&scenario, seed),
            wire: Link::new(wire, seed, "wire"),
            room: Room::new(&scenario, record)?,
            watch: Watch::new(&scenario),
            truths: Vec::new(),
            scenario,
        })
    }

    /// Where the night has come to.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Our own vehicles, and how things really are with each, in the order of their names.
    pub fn vehicles(&self) -> impl Iterator<Item = (&OwnVehicle, VehicleTruth)> {
        self.crafts.values().map(|craft| (&craft.vehicle, craft.truth()))
    }

    /// Plays on until `until` or the end, whichever comes first. True while the night goes on.
    ///
    /// # Errors
    /// [`NightError`] when the recording or the store fails.
    pub fn play(&mut self, until: Timestamp) -> Result<bool, NightError> {
        let end = self.scenario.end + SETTLING;
        while self.now < until.min(end) {
            let next = self.next_at().min(end).min(until);
            self.now = self.now.max(next);
            self.step()?;
        }
        Ok(self.now < end)
    }

    fn next_at(&self) -> Timestamp {
        let crafts = self.crafts.values().map(|craft| craft.next_at(self.scenario.end));
        let instruments = self.instruments.iter().map(Instrument::next_at).filter(|at| *at <= self.scenario.end);
        let others = [self.wire.next_at(), self.room.next_at(), self.fault_times.first().copied()];
        let own = [self.next_flight, self.next_look];
        crafts.chain(instruments).chain(others.into_iter().flatten()).chain(own).min().expect("own is not empty")
    }

    /// Does all that is due now, in a fixed order.
    fn step(&mut self) -> Result<(), NightError> {
        self.break_and_mend()?;
        let mut outcome = Outcome::default();
        if self.now >= self.next_flight {
            self.next_flight = self.next_flight + FLIGHT_STEP;
            self.crafts.values_mut().for_each(|craft| craft.fly(self.now, &self.weather));
        }
        self.crafts.values_mut().for_each(|craft| craft.listen(self.now));
        self.look_with_sensors();
        let mut states = Vec::new();
        for craft in self.crafts.values_mut() {
            while let Some(parcel) = craft.up.receive(self.now) {
                if let Some(message) = parcel.open() {
                    states.extend(matches!(message, Message::VehicleState(_)).then(|| message.clone()));
                    self.room.hear(self.now, message, &mut outcome)?;
                }
            }
        }
        self.tell_the_others(&states);
        while let Some(parcel) = self.wire.receive(self.now) {
            if let Some(message) = parcel.open() {
                self.room.hear(self.now, message, &mut outcome)?;
            }
        }
        self.room.advance(self.now, &mut outcome)?;
        self.carry(outcome);
        if self.now >= self.next_look {
            self.next_look = self.next_look + LOOK_EVERY;
            self.see_everything();
            self.watch.see_truths(self.now, &self.truths);
        }
        Ok(())
    }

    fn see_everything(&mut self) {
        self.world.advance(self.now);
        self.truths.clear();
        self.truths.extend_from_slice(self.world.truths());
        self.truths.extend(self.crafts.values().filter_map(Craft::seen));
    }

    fn look_with_sensors(&mut self) {
        let now = self.now;
        // After the end nothing new is seen; what is under way arrives.
        if now > self.scenario.end {
            return;
        }
        let due = |instrument: &Instrument| instrument.next_at() <= now;
        let camera_due = self.crafts.values().any(|craft| craft.camera_next_at().is_some_and(|at| at <= now));
        if !camera_due && !self.instruments.iter().any(due) {
            return;
        }
        self.see_everything();
        for instrument in &mut self.instruments {
            for scan in instrument.deliver(now, &self.truths) {
                self.wire.send_parcel(now, &Message::Scan(scan));
            }
        }
        self.crafts.values_mut().for_each(|craft| craft.look(now, &self.truths));
    }

    /// What one vehicle says on the bus the others hear too.
    fn tell_the_others(&mut self, states: &[Message]) {
        for state in states {
            let topic = state.topic();
            for craft in self.crafts.values_mut().filter(|craft| craft.concerns(&topic)) {
                craft.send_down(self.now, state);
            }
        }
    }

    /// Carries to vehicles and observer what the room gave out.
    fn carry(&mut self, outcome: Outcome) {
        for message in &outcome.published {
            match message {
                Message::Alert(alert) => self.watch.see_alert(self.now, alert),
                Message::Cue(cue) => self.watch.see_cue(cue),
                Message::Track(track) => self.watch.see_track(track),
                _ => {}
            }
            let topic = message.topic();
            for craft in self.crafts.values_mut().filter(|craft| craft.concerns(&topic)) {
                craft.send_down(self.now, message);
            }
        }
        for request in outcome.commands {
            if let Some(craft) = self.crafts.get_mut(&request.vehicle) {
                craft.command(self.now, request);
            }
        }
    }

    fn break_and_mend(&mut self) -> Result<(), NightError> {
        while self.fault_times.first().is_some_and(|at| *at <= self.now) {
            let at = self.fault_times.remove(0);
            for fault in self.scenario.faults.clone() {
                if fault.span.from == at {
                    self.set(&fault.kind, true)?;
                } else if fault.span.to == at {
                    self.set(&fault.kind, false)?;
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, kind: &FaultKind, broken: bool) -> Result<(), NightError> {
        let connection = if broken { Connection::Down } else { Connection::Up };
        let health = if broken { Health::Out } else { Health::Working };
        match kind {
            FaultKind::LinkLoss(vehicle) => self.craft(vehicle, |craft| craft.set_connection(connection)),
            FaultKind::PacketLoss { vehicle, loss } => self.craft(vehicle, |craft| {
                let usual = craft.vehicle.link.loss;
                craft.set_loss(if broken { 1.0 - (1.0 - usual) * (1.0 - loss) } else { usual });
            }),
            FaultKind::GnssLoss(vehicle) => self.craft(vehicle, |craft| craft.set_fault(Fault::GpsLoss, broken)),
            FaultKind::EngineFailure(vehicle) => {
                self.craft(vehicle, |craft| craft.set_fault(Fault::EngineFailure, broken));
            }
            FaultKind::SensorOutage(sensor) => {
                self.instruments.iter_mut().filter(|it| it.id() == sensor).for_each(|it| it.set_health(health));
                self.crafts.values_mut().for_each(|craft| craft.set_camera_health(sensor, health));
            }
            FaultKind::StationDown if broken => self.room.go_down()?,
            FaultKind::StationDown => self.room.come_up(self.now)?,
        }
        Ok(())
    }

    fn craft(&mut self, vehicle: &VehicleId, change: impl FnOnce(&mut Craft)) {
        if let Some(craft) = self.crafts.get_mut(vehicle) {
            change(craft);
        }
    }

    /// Judges the night and ends the recording.
    ///
    /// # Errors
    /// [`NightError`] when the recording cannot be ended.
    pub fn judge(self) -> Result<Report, NightError> {
        let mut report = Report::new(&self.scenario.name, self.seed, self.scenario.start, self.scenario.end);
        let home = |craft: &Craft| Homecoming {
            vehicle: craft.id().clone(),
            from_home_m: compose::from_home_m(&craft.vehicle, craft.truth().position),
            at_rest: compose::is_at_rest(&craft.vehicle, &craft.truth()),
        };
        let account = |craft: &Craft| Account {
            vehicle: craft.id().clone(),
            written: craft.written(),
            stored: self.room.stored(craft.id()),
        };
        let homecomings: Vec<_> = self.crafts.values().map(home).collect();
        let accounts: Vec<_> = self.crafts.values().map(account).collect();
        self.watch.judge(&homecomings, Some(&accounts), &mut report);
        self.count(&mut report);
        self.room.close()?;
        Ok(report)
    }

    fn count(&self, report: &mut Report) {
        let mut count = |name: String, n: u64| report.counts.insert(name, n);
        for craft in self.crafts.values() {
            let id = craft.id();
            count(format!("journal_written.{id}"), craft.written());
            count(format!("camera_scans.{id}"), craft.camera_scans());
            for (way, link) in [("up", craft.up.counts()), ("down", craft.down.counts())] {
                count(format!("radio_{way}_sent.{id}"), link.sent);
                count(format!("radio_{way}_lost.{id}"), link.lost + link.cut + link.overflowed);
            }
        }
        if let Some(station) = self.room.station() {
            let counts = station.counts();
            count("station_scans".into(), counts.scans);
            count("station_vehicle_states".into(), counts.vehicle_states);
            count("station_journal_new".into(), counts.journal_new);
            count("station_journal_duplicate".into(), counts.journal_duplicate);
            count("station_ignored".into(), counts.ignored);
            count("station_alerts".into(), counts.alerts);
            count("station_actions".into(), counts.actions);
        }
    }
}
