//! The `[sharing]` section of `station.toml`: with which neighbours tracks are shared.

use std::collections::{BTreeMap, BTreeSet};

use detection::sharing::PictureConfig;
use missions::file::Reading;
use serde::{Deserialize, Serialize};
use telemetry::messages::SensorDescription;
use telemetry::{SensorId, SiteId, StationId};
use toml::Spanned;

use crate::station::SharingConfig;

/// Stations that border on one; a ring of six and two to spare.
const NEIGHBOURS_MAX: usize = 8;

/// With whom tracks are shared, as a program writes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharingSection {
    /// This station's name among those that share.
    pub station: StationId,
    /// Whose tracks are taken.
    #[serde(rename = "neighbour")]
    pub neighbours: Vec<NeighbourEntry>,
}

/// One neighbour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeighbourEntry {
    /// Its name among those that share.
    pub station: StationId,
    /// Its site.
    pub site: SiteId,
}

/// The section as found; not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SharingTable {
    station: Spanned<String>,
    #[serde(default)]
    neighbour: Vec<Spanned<NeighbourTable>>,
    age_max_s: Option<Spanned<f64>>,
    alignment_sigma_m: Option<Spanned<f64>>,
    #[serde(default)]
    own_sensors: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeighbourTable {
    station: Spanned<String>,
    site: Spanned<String>,
}

impl SharingTable {
    pub(super) fn resolve(&self, reading: &mut Reading<'_>, sensors: &[SensorDescription]) -> Option<SharingConfig> {
        reading.at_most(&self.neighbour, NEIGHBOURS_MAX, "neighbours");
        let mut seen = BTreeSet::from([self.station.get_ref().clone()]);
        let mut neighbours = BTreeMap::new();
        for neighbour in self.neighbour.iter().take(NEIGHBOURS_MAX).map(Spanned::get_ref) {
            reading.unique(&mut seen, &neighbour.station, "station");
            let station: Option<StationId> = reading.name(&neighbour.station);
            let site: Option<SiteId> = reading.name(&neighbour.site);
            neighbours.extend(station.zip(site));
        }
        let own_sensors = self.own_sensors.iter().filter_map(|name| own_sensor(reading, name, sensors)).collect();
        let station: StationId = reading.name(&self.station)?;
        let usual = PictureConfig::new(station.clone());
        Some(SharingConfig {
            age_max_s: reading.number_or(self.age_max_s.as_ref(), usual.age_max_s, 2.0..=60.0, "seconds"),
            alignment_sigma_m: reading.number_or(
                self.alignment_sigma_m.as_ref(),
                usual.alignment_sigma_m,
                0.0..=100.0,
                "metres",
            ),
            station,
            neighbours,
            own_sensors,
        })
    }
}

fn own_sensor(reading: &mut Reading<'_>, name: &Spanned<String>, sensors: &[SensorDescription]) -> Option<SensorId> {
    let sensor: SensorId = reading.name(name)?;
    if !sensors.iter().any(|known| known.id == sensor) {
        reading.refuse(name.span(), "the name of a sensor of this station");
    }
    Some(sensor)
}
