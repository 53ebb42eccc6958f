//! What `picket check` is asked.

use std::path::PathBuf;

use clap::Args;
use telemetry::{LatLon, Timestamp};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Missions: .toml .plan .waypoints .kmz .kml .gpx .geojson; several are kept apart from each other
    #[arg(required = true, value_name = "PLAN")]
    pub(super) plans: Vec<PathBuf>,
    /// Zones: ED-269, ED-318, OpenAir
    #[arg(long, num_args = 1.., value_name = "FILES")]
    pub(super) zones: Vec<PathBuf>,
    /// A folder of terrain: .hgt tiles or GeoTIFF
    #[arg(long, value_name = "DIR")]
    pub(super) terrain: Option<PathBuf>,
    /// The vehicle: mass, class, registration, battery, speeds (TOML)
    #[arg(long, value_name = "FILE")]
    pub(super) aircraft: Option<PathBuf>,
    /// Layers, separation, light, limits of mass and wind (TOML)
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,
    /// When it takes off, such as 2026-11-21T20:00:00Z; now, where left out
    #[arg(long, value_name = "INSTANT")]
    pub(super) depart: Option<Timestamp>,
    /// The wind: metres a second and the degrees it comes from, such as 6@250
    #[arg(long, value_name = "SPEED@FROM", value_parser = wind)]
    pub(super) wind: Option<Wind>,
    /// Where it takes off: longitude and latitude, such as 10.1455,54.3655
    #[arg(long, value_name = "LON,LAT", value_parser = lon_lat, allow_hyphen_values = true)]
    pub(super) home: Option<LatLon>,
    /// The altitude of that place above mean sea level, metres
    #[arg(long, value_name = "M", allow_hyphen_values = true)]
    pub(super) home_amsl_m: Option<f64>,
    /// Height above home for places without one, metres
    #[arg(long, value_name = "M")]
    pub(super) height_m: Option<f64>,
    /// The visibility, metres
    #[arg(long, value_name = "M", value_parser = metres)]
    pub(super) visibility_m: Option<f64>,
    /// A supervisor lets it fly in spite of these findings, by the names in brackets in the report
    #[arg(long = "override", num_args = 1.., value_name = "FINDINGS", requires_all = ["by", "reason"])]
    pub(super) overridden: Vec<String>,
    /// The supervisor who overrides
    #[arg(long, value_name = "NAME", requires = "overridden")]
    pub(super) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "overridden")]
    pub(super) reason: Option<String>,
    /// Where a recording of what was checked goes, for the Rerun viewer
    #[arg(long, value_name = "FILE.rrd")]
    pub(super) rerun: Option<PathBuf>,
    /// Tell everything as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Wind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wind {
    pub(super) speed_m_s: f64,
    from_deg: f64,
}

impl Wind {
    /// Where it blows to, east and north, m/s.
    pub(super) fn towards_m_s(self) -> [f64; 2] {
        let from = self.from_deg.to_radians();
        [-self.speed_m_s * from.sin(), -self.speed_m_s * from.cos()]
    }
}

fn wind(text: &str) -> Result<Wind, String> {
    let parts = text.split_once('@').and_then(|(speed, from)| Some((speed.parse().ok()?, from.parse().ok()?)));
    match parts {
        Some((speed_m_s, from_deg)) if (0.0..=60.0).contains(&speed_m_s) && (0.0..=360.0).contains(&from_deg) => {
            Ok(Wind { speed_m_s, from_deg })
        }
        _ => Err("allowed: metres a second from 0 to 60, @, degrees from 0 to 360, such as 6@250".to_owned()),
    }
}

fn metres(text: &str) -> Result<f64, String> {
    let metres = text.parse().ok().filter(|metres| (0.0..=100_000.0).contains(metres));
    metres.ok_or_else(|| "allowed: metres from 0 to 100000".to_owned())
}

fn lon_lat(text: &str) -> Result<LatLon, String> {
    let parts = text.split_once(',').and_then(|(lon, lat)| Some((lon.trim().parse().ok()?, lat.trim().parse().ok()?)));
    let place = parts.and_then(|(lon, lat)| LatLon::from_degrees(lat, lon).ok());
    place.ok_or_else(|| "allowed: longitude, comma, latitude in degrees, such as 10.1455,54.3655".to_owned())
}
