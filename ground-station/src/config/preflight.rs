//! The `[zones]` and `[preflight]` sections of `station.toml`: which authorities' zones plans keep out of, and the
//! limits that the room sets itself.

use std::sync::Arc;

use missions::file::{Library, Reading};
use missions::terrain::{Sheet, Terrain};
use missions::zones::{self, UasZone};
use missions::{FileErrors, Site};
use serde::{Deserialize, Serialize};
use telemetry::LatLon;
use toml::Spanned;

use super::read::Files;
use crate::airspace::{ANTENNAS_MAX, AntennaTable, Contact, Layers, Limits, PilotTable, near};

/// Terrain is kept this far beyond the box that a site is interested in, metres: farther than a plan of it leads.
const TERRAIN_BEYOND_M: f64 = 10_000.0;
/// The most files of zones.
const FILES_MAX: usize = 32;
/// The most zones the service may enter.
const AUTHORISED_MAX: usize = 1000;

/// Zones, as a program writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ZonesSection {
    /// Files in the data models of ED-269 or ED-318, or in OpenAir.
    pub files: Vec<String>,
    /// Zones, by the authorities' names, that the service may enter.
    pub authorised: Vec<String>,
}

/// Limits, as a program writes them; what is left out is as usual.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PreflightSection {
    /// A folder of terrain tiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terrain: Option<String>,
    /// The least height above that ground, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearance_min_m: Option<f64>,
    /// The layers of height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<LayersSection>,
    /// Whether aircraft may fly at night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<bool>,
    /// The pilot of flights within sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pilot: Option<PilotTable>,
    /// The ground antennas of the control link.
    #[serde(rename = "antenna", skip_serializing_if = "Vec::is_empty")]
    pub antennas: Vec<AntennaTable>,
}

/// The layers of height, as a program writes them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LayersSection {
    /// None at all.
    Off(bool),
    /// As they are.
    On {
        /// Below this only slow flight, metres above ground.
        slow_below_m: f64,
        /// What still is slow, m/s.
        slow_m_s: f64,
        /// Fast flight ends here, metres above ground.
        fast_below_m: f64,
        /// The buffer ends here, metres above ground.
        buffer_below_m: f64,
    },
}

/// The `[zones]` section as found; not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZonesTable {
    files: Vec<Spanned<String>>,
    #[serde(default)]
    authorised: Vec<Spanned<String>>,
}

/// The `[preflight]` section as found; not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreflightTable {
    terrain: Option<Spanned<String>>,
    clearance_min_m: Option<Spanned<f64>>,
    layers: Option<Spanned<LayersTable>>,
    apart_level_m: Option<Spanned<f64>>,
    apart_height_m: Option<Spanned<f64>>,
    multirotor_gust_max_m_s: Option<Spanned<f64>>,
    winged_gust_max_m_s: Option<Spanned<f64>>,
    boat_gust_max_m_s: Option<Spanned<f64>>,
    visibility_min_m: Option<Spanned<f64>>,
    night: Option<bool>,
    pilot: Option<Spanned<PilotTable>>,
    #[serde(default)]
    antenna: Vec<Spanned<AntennaTable>>,
}

/// Untagged texts keep no place in the file, so the section as a whole has one.
#[derive(Deserialize)]
#[serde(untagged)]
enum LayersTable {
    Off(bool),
    On(LayerLimits),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerLimits {
    slow_below_m: f64,
    slow_m_s: f64,
    fast_below_m: f64,
    buffer_below_m: f64,
}

impl ZonesTable {
    /// The zones of all files that come near the site.
    pub(super) fn resolve(&self, reading: &mut Reading<'_>, files: &mut Files, site: &Site) -> Vec<UasZone> {
        reading.at_most(&self.files, FILES_MAX, "files of zones");
        reading.at_most(&self.authorised, AUTHORISED_MAX, "zones that may be entered");
        let mut zones = Vec::new();
        for name in self.files.iter().take(FILES_MAX) {
            match files.take(name.get_ref(), "zones", zones_of) {
                Ok(read) => zones.extend(read.into_iter().filter(|zone| near(site, zone))),
                Err(errors) => reading.take_errors(errors),
            }
        }
        zones
    }

    pub(super) fn authorised(&self) -> Vec<String> {
        self.authorised.iter().take(AUTHORISED_MAX).map(|name| name.get_ref().clone()).collect()
    }
}

fn corners(site: &Site) -> [LatLon; 2] {
    [site.bounds.south_west, site.bounds.north_east]
}

fn zones_of(library: &mut Library, path: &str) -> Result<Vec<UasZone>, FileErrors> {
    let bytes = library.take(path)?;
    Ok(zones::read(&library.shown(path), &bytes)?)
}

impl PreflightTable {
    /// The ground of the site and [`TERRAIN_BEYOND_M`] around it; nothing where no folder is named.
    pub(super) fn terrain(&self, reading: &mut Reading<'_>, files: &mut Files, site: &Site) -> Option<Arc<Sheet>> {
        let name = self.terrain.as_ref()?;
        let beyond_deg = TERRAIN_BEYOND_M / 111_195.0;
        let shrink = site.datum.lat_lon().latitude().cos().max(0.05);
        let [west, south, east, north] = site.bounds.degrees();
        let bounds = [west - beyond_deg / shrink, south - beyond_deg, east + beyond_deg / shrink, north + beyond_deg];
        match files.sheet(name.get_ref(), bounds) {
            Ok(Some(sheet)) => Some(Arc::new(sheet)),
            Ok(None) => {
                let missing: Vec<String> = Terrain::names(&corners(site)).into_iter().collect();
                let found = format!("{:?}, with no tile of the site", name.get_ref());
                let allowed = format!("a folder with tiles such as {}.hgt, or GeoTIFF there", missing.join(".hgt, "));
                reading.refuse_found(name.span(), found, allowed);
                None
            }
            Err(errors) => {
                reading.take_errors(errors);
                None
            }
        }
    }

    pub(super) fn resolve(&self, reading: &mut Reading<'_>) -> Limits {
        let usual = Limits::default();
        let mut number =
            |value: &Option<Spanned<f64>>, usual: f64, allowed| reading.number_or(value.as_ref(), usual, allowed, "");
        let limits = Limits {
            layers: usual.layers,
            apart_level_m: number(&self.apart_level_m, usual.apart_level_m, 1.0..=5000.0),
            apart_height_m: number(&self.apart_height_m, usual.apart_height_m, 1.0..=500.0),
            multirotor_gust_max_m_s: number(&self.multirotor_gust_max_m_s, usual.multirotor_gust_max_m_s, 0.0..=50.0),
            winged_gust_max_m_s: number(&self.winged_gust_max_m_s, usual.winged_gust_max_m_s, 0.0..=50.0),
            boat_gust_max_m_s: number(&self.boat_gust_max_m_s, usual.boat_gust_max_m_s, 0.0..=50.0),
            clearance_min_m: number(&self.clearance_min_m, usual.clearance_min_m, 0.0..=500.0),
            visibility_min_m: number(&self.visibility_min_m, usual.visibility_min_m, 0.0..=20_000.0),
            night: self.night.unwrap_or(usual.night),
            contact: Contact::default(),
            authorised_zones: Vec::new(),
        };
        let layers = self.layers.as_ref().map_or(limits.layers, |table| layers(reading, table));
        Limits { layers, contact: self.contact(reading), ..limits }
    }

    fn contact(&self, reading: &mut Reading<'_>) -> Contact {
        reading.at_most(&self.antenna, ANTENNAS_MAX, "antennas");
        let mut contact = Contact::default();
        for table in self.antenna.iter().take(ANTENNAS_MAX) {
            match table.get_ref().antenna() {
                Ok(antenna) => contact.antennas.push(antenna),
                Err([found, allowed]) => reading.refuse_found(table.span(), found, allowed),
            }
        }
        if let Some(table) = &self.pilot {
            match table.get_ref().pilot() {
                Ok(pilot) => contact.pilot = Some(pilot),
                Err([found, allowed]) => reading.refuse_found(table.span(), found, allowed),
            }
        }
        contact
    }
}

fn layers(reading: &mut Reading<'_>, section: &Spanned<LayersTable>) -> Option<Layers> {
    let limits = match section.get_ref() {
        LayersTable::Off(false) => return None,
        LayersTable::Off(true) => {
            reading.refuse(section.span(), "false, or a table of slow_below_m, slow_m_s, fast_below_m, buffer_below_m");
            return None;
        }
        LayersTable::On(limits) => limits,
    };
    let mut number = |value: f64, allowed, unit| reading.number(&Spanned::new(section.span(), value), allowed, unit);
    let layers = Layers {
        slow_below_m: number(limits.slow_below_m, 0.0..=1000.0, "m"),
        slow_m_s: number(limits.slow_m_s, 0.0..=50.0, "m/s"),
        fast_below_m: number(limits.fast_below_m, 1.0..=1000.0, "m"),
        buffer_below_m: number(limits.buffer_below_m, 1.0..=1000.0, "m"),
    };
    if layers.slow_below_m > layers.fast_below_m || layers.fast_below_m > layers.buffer_below_m {
        reading.refuse(section.span(), "layers that lie upon each other: slow, fast, buffer");
    }
    Some(layers)
}
