//! The configurations of `picket-sensor`: each read once, whole, and checked before anything opens.
//!
//! One reader for all of them ([`read`]): a mistake is told with the file, and where it is one of form with line, column,
//! field, what was found and what is allowed.

pub(crate) mod camera;
pub(crate) mod feed;
mod sensor;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use telemetry::SiteId;
use telemetry::bus::{BusConfig, TlsFiles};
use telemetry::topics::Program;
use thiserror::Error;

pub(crate) use sensor::SensorTable;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {path}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The cause states line, column, field, what was found and what is allowed.
    #[error("{path}: {found}")]
    Invalid { path: PathBuf, found: toml::de::Error },
    /// Each field is sound, and together they are not.
    #[error("{path}, {mistake}")]
    Mistaken { path: PathBuf, mistake: String },
}

/// What can be read from a file: a form, and what it has to be beyond the form.
pub(crate) trait Document: Sized {
    /// As it stands in the file.
    type Form: DeserializeOwned;

    /// Makes it of its form, or says in words in which table what is wrong and what is allowed.
    fn checked(form: Self::Form) -> Result<Self, String>;
}

/// Reads and checks a file.
pub(crate) fn read<D: Document>(path: &Path) -> Result<D, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    parse(path, &std::fs::read_to_string(path).map_err(unreadable)?)
}

fn parse<D: Document>(path: &Path, text: &str) -> Result<D, ConfigError> {
    let form = toml::from_str(text).map_err(|found| ConfigError::Invalid { path: path.to_owned(), found })?;
    D::checked(form).map_err(|mistake| ConfigError::Mistaken { path: path.to_owned(), mistake })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BusTable {
    site: SiteId,
    #[serde(default)]
    listen: Vec<String>,
    #[serde(default)]
    connect: Vec<String>,
    #[serde(default)]
    tls: Option<TlsFiles>,
}

impl BusTable {
    pub(crate) fn config(self) -> BusConfig {
        let Self { site, listen, connect, tls } = self;
        BusConfig { site, program: Program::Sensor, listen, connect, tls }
    }
}
