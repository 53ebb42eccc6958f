//! The station's configuration file, `station.toml`.
//!
//! It is read whole, with the site and the plans it names, and checked before anything opens. [`Opened`] holds what
//! came of it, and the [`Sources`], so that a recording can carry them: reading those again gives the same station. [`StationFile`] is the same file seen from the other side, for a program that writes one.
//!
//! Keys of operators stand in it as SHA-256 hashes only: the keys are 256 random bits (`picket operator-key`), so
//! there is nothing to guess, and a plain hash keeps them.

mod camera;
mod file;
mod fleet;
mod preflight;
mod read;
mod sharing;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use missions::FileErrors;
use missions::file::Bundle;
use telemetry::OperatorId;
use telemetry::bus::BusConfig;

pub use camera::vehicle_camera;
pub use file::{
    BusSection, CameraEntry, EvidenceSection, OperatorEntry, RoleName, RuleSection, StationFile, VehicleEntry,
    VehicleKindName, ViewEntry,
};
pub use preflight::{LayersSection, PreflightSection, ZonesSection};
pub use sharing::{NeighbourEntry, SharingSection};

use crate::evidence::EvidenceSettings;
use crate::station::StationConfig;

/// A configuration, read and checked.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What the station is told.
    pub config: StationConfig,
    /// What the program around it is told.
    pub settings: Settings,
    /// The files it came from.
    pub sources: Sources,
}

/// The files a configuration came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The name of the file itself.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The site and the plans, each with the files it names in turn, by the name that the configuration gives it.
    pub named: BTreeMap<String, Bundle>,
}

/// What the program around the station is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the console is served.
    pub listen: SocketAddr,
    /// The database.
    pub store: PathBuf,
    /// The recording to write, if one is wanted.
    pub record: Option<PathBuf>,
    /// Where evidence of cameras is kept, if it is.
    pub evidence: Option<EvidenceSettings>,
    /// Whether what comes in is made by a simulator; the console says so.
    pub simulated: bool,
    /// How to join the bus.
    pub bus: BusConfig,
    /// The SHA-256 of each operator's key.
    pub keys: BTreeMap<OperatorId, [u8; 32]>,
}

/// Opens a configuration file.
///
/// # Errors
/// [`FileErrors`] with everything that is wrong with the file and those it names.
pub fn open(path: &Path) -> Result<Opened, FileErrors> {
    read::open(path)
}

/// Reads a configuration again from the files that a recording kept.
///
/// # Errors
/// [`FileErrors`] with everything that is wrong with the files.
pub fn reopen(sources: Sources) -> Result<Opened, FileErrors> {
    read::reopen(sources)
}
