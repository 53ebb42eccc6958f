//! The operations room in virtual time: the station, its store where the scenario cuts its power, the recording, and
//! a person on watch who does what the scenario says.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;

use ground_station::config;
use ground_station::recording::{Setup, Tap};
use ground_station::station::{Input, Output, Record, Restored, Station, StationConfig};
use ground_station::store::{Entry, Store};
use missions::Scenario;
use missions::scenario::FaultKind;
use telemetry::messages::{CommandRequest, Message, OperatorAction};
use telemetry::{Timestamp, VehicleId};

use super::NightError;
use super::person::PersonOnWatch;
use crate::room_file;

/// A recording being written.
type NightTap = Tap<BufWriter<File>>;

/// What the room wants carried to vehicles, and what it told everybody.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) commands: Vec<CommandRequest>,
    pub(super) published: Vec<Message>,
}

/// The operations room.
pub(super) struct Room {
    station: Option<Station>,
    config: StationConfig,
    disk: Option<Disk>,
    journal: BTreeMap<VehicleId, u64>,
    watch: PersonOnWatch,
    tap: Option<NightTap>,
}

impl Room {
    pub(super) fn new(scenario: &Scenario, record: Option<File>) -> Result<Self, NightError> {
        let sources = room_file::sources(scenario)?;
        let config = config::reopen(sources.clone())?.config;
        let setup = Setup { started_at: scenario.start, sources, restored: Restored::default() };
        let tap = record.map(|file| Tap::new(BufWriter::new(file), &scenario.site.id, &setup)).transpose()?;
        let loses_power = scenario.faults.iter().any(|fault| fault.kind == FaultKind::StationDown);
        Ok(Self {
            station: Some(Station::new(config.clone(), Restored::default(), scenario.start)),
            disk: loses_power.then(|| Disk::new(scenario)).transpose()?,
            config,
            journal: BTreeMap::new(),
            watch: PersonOnWatch::new(&scenario.operator),
            tap,
        })
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let station = self.station.as_ref()?.next_deadline();
        Some(self.watch.next_at().map_or(station, |at| at.min(station)))
    }

    /// Takes a message from a vehicle or a sensor; a room that is down hears nothing.
    pub(super) fn hear(&mut self, now: Timestamp, message: Message, outcome: &mut Outcome) -> Result<(), NightError> {
        self.take(now, Input::Message(message), outcome)
    }

    /// Lets time pass, and the person on watch act.
    pub(super) fn advance(&mut self, now: Timestamp, outcome: &mut Outcome) -> Result<(), NightError> {
        let Some(station) = &mut self.station else { return Ok(()) };
        station.advance(now);
        self.settle(now, outcome)?;
        while let Some(action) = self.watch.due(now) {
            self.take(now, Input::Operator(action), outcome)?;
        }
        Ok(())
    }

    /// The power is cut.
    pub(super) fn go_down(&mut self) -> Result<(), NightError> {
        self.station = None;
        self.disk.as_mut().map_or(Ok(()), Disk::cut)
    }

    /// The power is back: the station begins anew with what the disk remembers.
    pub(super) fn come_up(&mut self, now: Timestamp) -> Result<(), NightError> {
        let restored = self.disk.as_mut().map_or(Ok(Restored::default()), Disk::restore)?;
        self.station = Some(Station::new(self.config.clone(), restored, now));
        Ok(())
    }

    /// How many journal entries of a vehicle were stored.
    pub(super) fn stored(&self, vehicle: &VehicleId) -> u64 {
        self.journal.get(vehicle).copied().unwrap_or(0)
    }

    pub(super) fn station(&self) -> Option<&Station> {
        self.station.as_ref()
    }

    /// Ends the recording.
    pub(super) fn close(self) -> Result<(), NightError> {
        if let Some(tap) = self.tap {
            tap.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        }
        Ok(())
    }

    fn take(&mut self, now: Timestamp, input: Input, outcome: &mut Outcome) -> Result<(), NightError> {
        let Some(station) = &mut self.station else { return Ok(()) };
        // What was due before the input is recorded before it.
        station.advance(now);
        self.settle(now, outcome)?;
        if let Some(tap) = &mut self.tap {
            tap.input(now, &input)?;
        }
        if let Some(station) = &mut self.station {
            station.handle(now, input);
        }
        self.settle(now, outcome)
    }

    fn settle(&mut self, now: Timestamp, outcome: &mut Outcome) -> Result<(), NightError> {
        let Some(station) = &mut self.station else { return Ok(()) };
        while let Some(output) = station.next_output() {
            if let Some(tap) = &mut self.tap {
                tap.output(now, &output)?;
            }
            match output {
                Output::Publish(message) => {
                    self.watch.see(now, &message);
                    outcome.published.push(message);
                }
                Output::Request(request) => outcome.commands.push(request),
                Output::Store(record) => {
                    if let Record::Journal { entry, .. } = &record {
                        *self.journal.entry(entry.vehicle.clone()).or_default() += 1;
                    }
                    if let Some(disk) = &mut self.disk {
                        disk.keep(record)?;
                    }
                }
                Output::Refuse { action: OperatorAction { operator, action, .. }, why } => {
                    tracing::info!(%operator, ?action, why, "refused");
                }
            }
        }
        Ok(())
    }
}

/// The station's real store, in a folder of its own that goes with the night.
struct Disk {
    folder: tempfile::TempDir,
    site: telemetry::SiteId,
    store: Option<Store>,
}

impl Disk {
    fn new(scenario: &Scenario) -> Result<Self, NightError> {
        let folder = tempfile::tempdir()?;
        let mut disk = Self { folder, site: scenario.site.id.clone(), store: None };
        disk.restore()?;
        Ok(disk)
    }

    /// Keeps a record; waits where the writer is behind, as virtual time can.
    fn keep(&mut self, record: Record) -> Result<(), NightError> {
        let Some(store) = &mut self.store else { return Ok(()) };
        while store.put(Entry::Record(record.clone())).is_err() {
            if let Some(trouble) = store.committed().borrow().trouble.clone() {
                return Err(NightError::Store(trouble));
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    fn cut(&mut self) -> Result<(), NightError> {
        self.store.take().map_or(Ok(()), |store| Ok(store.close()?))
    }

    fn restore(&mut self) -> Result<Restored, NightError> {
        let (store, restored) = Store::open(&self.folder.path().join("station.sqlite"), &self.site)?;
        self.store = Some(store);
        Ok(restored)
    }
}
