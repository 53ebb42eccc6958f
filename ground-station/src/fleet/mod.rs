//! Our own vehicles: the last state of each, whether it is heard, and how far its released plan has come.
//!
//! *Connected*: a state came within [`SILENT_AFTER`]. Bound: the vehicles of the configuration, one state each.

mod dispatch;

use std::collections::BTreeMap;
use std::time::Duration;

use missions::Performance;
use telemetry::messages::{AckStage, Failsafe, FlightMode, FlightPhase, VehicleKind, VehicleState};
use telemetry::{CommandId, Timestamp, VehicleId};

pub(crate) use dispatch::DispatchStep;
pub use dispatch::{Dispatch, Stage};

use crate::station::FleetVehicle;

/// States come five times a second; this long without one is a link that is gone, not one packet.
pub const SILENT_AFTER: Duration = Duration::from_secs(3);
/// A state this much older than the last one is a vehicle whose clock was set, not a packet that was overtaken.
const CLOCK_SET_BACK: Duration = Duration::from_secs(5);

/// One of our own vehicles.
#[derive(Debug, Clone)]
pub struct Vehicle {
    config: FleetVehicle,
    state: Option<Heard>,
    dispatch: Dispatch,
}

/// The last state of a vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What it said.
    pub state: VehicleState,
    /// When that came.
    pub received_at: Timestamp,
}

/// Our own vehicles.
#[derive(Debug, Clone)]
pub struct Fleet {
    vehicles: BTreeMap<VehicleId, Vehicle>,
}

impl Fleet {
    pub(crate) fn new(fleet: &[FleetVehicle], dispatched: &BTreeMap<CommandId, AckStage>) -> Self {
        let vehicle = |config: &FleetVehicle| Vehicle {
            dispatch: Dispatch::new(config, dispatched),
            config: config.clone(),
            state: None,
        };
        Self { vehicles: fleet.iter().map(|config| (config.id.clone(), vehicle(config))).collect() }
    }

    /// Takes a state; false for a vehicle that is not ours, or a state that a newer one has overtaken.
    pub(crate) fn take_state(&mut self, now: Timestamp, state: VehicleState) -> bool {
        let Some(vehicle) = self.vehicles.get_mut(&state.vehicle) else { return false };
        let overtaken = vehicle.state.as_ref().is_some_and(|held| {
            let behind = held.state.measured_at.since(state.measured_at);
            behind > Duration::ZERO && behind < CLOCK_SET_BACK
        });
        if !overtaken {
            vehicle.state = Some(Heard { state, received_at: now });
        }
        !overtaken
    }

    /// Whether a vehicle is ours.
    #[must_use]
    pub fn knows(&self, id: &VehicleId) -> bool {
        self.vehicles.contains_key(id)
    }

    /// A vehicle.
    #[must_use]
    pub fn vehicle(&self, id: &VehicleId) -> Option<&Vehicle> {
        self.vehicles.get(id)
    }

    pub(crate) fn vehicle_mut(&mut self, id: &VehicleId) -> Option<&mut Vehicle> {
        self.vehicles.get_mut(id)
    }

    /// Every vehicle, by name.
    pub fn vehicles(&self) -> impl Iterator<Item = &Vehicle> {
        self.vehicles.values()
    }

    pub(crate) fn vehicles_mut(&mut self) -> impl Iterator<Item = &mut Vehicle> {
        self.vehicles.values_mut()
    }
}

impl Vehicle {
    /// Its name in messages.
    #[must_use]
    pub fn id(&self) -> &VehicleId {
        &self.config.id
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// What the station was told of it.
    #[must_use]
    pub fn config(&self) -> &FleetVehicle {
        &self.config
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> VehicleKind {
        self.config.kind
    }

    /// What its kind can do; nothing for a kind that is not known.
    #[must_use]
    pub fn performance(&self) -> Option<Performance> {
        Performance::of(self.config.kind)
    }

    /// The last state, and when it came.
    #[must_use]
    pub fn heard(&self) -> Option<&Heard> {
        self.state.as_ref()
    }

    /// The last state.
    #[must_use]
    pub fn state(&self) -> Option<&VehicleState> {
        self.state.as_ref().map(|heard| &heard.state)
    }

    /// How long nothing has come from it; nothing before the first state.
    #[must_use]
    pub fn silent_for(&self, now: Timestamp) -> Option<Duration> {
        self.state.as_ref().map(|heard| now.since(heard.received_at))
    }

    /// Whether it is heard.
    #[must_use]
    pub fn connected(&self, now: Timestamp) -> bool {
        self.silent_for(now).is_some_and(|silent| silent <= SILENT_AFTER)
    }

    /// How far its released plan has come.
    #[must_use]
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Whether it was moving when last heard.
    #[must_use]
    pub fn under_way(&self) -> bool {
        self.state().is_some_and(|state| state.phase == FlightPhase::Underway)
    }

    /// Whether, when last heard, it was moving and nothing held it from going on with its plan.
    #[must_use]
    pub fn free_to_go_on(&self) -> bool {
        self.under_way() && !self.going_down() && self.state().is_some_and(|state| state.failsafes.is_empty())
    }

    /// Whether it gave way to somebody when last heard.
    #[must_use]
    pub fn gives_way(&self) -> bool {
        self.state().is_some_and(|state| state.failsafes.contains(&Failsafe::Traffic))
    }

    /// Whether it was on its way to a landing when last heard.
    #[must_use]
    pub fn going_down(&self) -> bool {
        self.state().is_some_and(|state| matches!(state.mode, FlightMode::Return | FlightMode::Land))
    }
}
