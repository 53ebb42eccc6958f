//! Birds.

use serde_spanned::Spanned;
use telemetry::{AltitudeAmsl, LatLon};

use super::read::Night;
use super::tables::FlockTable;
use crate::file::Reading;

/// Birds over an area.
#[derive(Debug, Clone, PartialEq)]
pub struct Flock {
    /// Its name.
    pub name: String,
    /// Where they stay: the corners on the ground, not closed.
    pub area: Vec<LatLon>,
    /// How many.
    pub count: u16,
    /// How fast, m/s.
    pub speed_m_s: f64,
    /// Between which altitudes.
    pub altitude: [AltitudeAmsl; 2],
    /// How large radar sees one, relative to a small quadrotor (0.01 m²).
    pub radar_size: f64,
}

/// Checks one flock.
pub(super) fn flock(reading: &mut Reading<'_>, night: &Night<'_>, table: &Spanned<FlockTable>) -> Option<Flock> {
    let flock = table.get_ref();
    let name = reading.text(&flock.name, 48);
    let area = night.site.ring(reading, &flock.area);
    let count = match u16::try_from(*flock.count.get_ref()) {
        Ok(count) if (1..=1_000).contains(&count) => count,
        _ => {
            reading.refuse(flock.count.span(), "1 to 1000");
            1
        }
    };
    let speed_m_s = reading.number(&flock.speed_m_s, 1.0..=40.0, "m/s");
    let altitude = [&flock.lowest, &flock.highest].map(|note| night.site.altitude(reading, note));
    if altitude[0] >= altitude[1] {
        reading.refuse(flock.highest.span(), "an altitude above lowest");
    }
    let radar_size = reading.number_or(flock.radar_size.as_ref(), 0.5, 0.001..=1000.0, "");
    Some(Flock { name, area: area?, count, speed_m_s, altitude, radar_size })
}
