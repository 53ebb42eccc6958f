//! What a request under water says beyond what every request does: the tether, the current, the hull.

use serde::Deserialize;
use telemetry::TrackId;

use super::request::number;

/// The dive of a request. Metres, metres a second, degrees from true north.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dive {
    /// How long the tether is.
    pub tether_m: f64,
    /// How wide a strip the vehicle sees.
    pub strip_m: f64,
    /// How far off a hull or a wall it stays, and how high above the seabed.
    pub stand_off_m: f64,
    /// How far off a hull's side the controller is: on the boat alongside.
    pub controller_off_m: f64,
    /// How deep the water is at a quay, or over the seabed.
    pub depth_m: f64,
    /// Where the current goes.
    pub current_to_deg: f64,
    /// How fast it goes.
    pub current_m_s: f64,
    /// How long it takes to move the controller on to the next station, s.
    pub moves_s: f64,
    /// The vessel of the picture whose hull is meant: its numbers stand in for those that are not given.
    pub vessel: Option<TrackId>,
    /// The hull's length over all; nothing: as it was drawn from stern to bow.
    pub length_m: Option<f64>,
    /// Its breadth.
    pub beam_m: Option<f64>,
    /// Its draught.
    pub draught_m: Option<f64>,
    /// Where its bow points; nothing: as it was drawn.
    pub heading_deg: Option<f64>,
}

impl Default for Dive {
    fn default() -> Self {
        Self {
            tether_m: 30.0,
            strip_m: 2.0,
            stand_off_m: 1.5,
            controller_off_m: 3.0,
            depth_m: 8.0,
            current_to_deg: 0.0,
            current_m_s: 0.0,
            moves_s: 300.0,
            vessel: None,
            length_m: None,
            beam_m: None,
            draught_m: None,
            heading_deg: None,
        }
    }
}

impl Dive {
    pub(super) fn check(&self) -> Result<(), String> {
        number("dive.tether_m", self.tether_m, 5.0, 500.0)?;
        number("dive.strip_m", self.strip_m, 0.2, 20.0)?;
        number("dive.stand_off_m", self.stand_off_m, 0.3, 10.0)?;
        number("dive.controller_off_m", self.controller_off_m, 0.3, 100.0)?;
        number("dive.depth_m", self.depth_m, 1.5, 100.0)?;
        number("dive.current_to_deg", self.current_to_deg, 0.0, 360.0)?;
        number("dive.current_m_s", self.current_m_s, 0.0, 3.0)?;
        number("dive.moves_s", self.moves_s, 0.0, 3600.0)?;
        for (field, value, least, most) in [
            ("dive.length_m", self.length_m, 3.0, 500.0),
            ("dive.beam_m", self.beam_m, 1.0, 80.0),
            ("dive.draught_m", self.draught_m, 1.0, 30.0),
            ("dive.heading_deg", self.heading_deg, 0.0, 360.0),
        ] {
            value.map_or(Ok(()), |value| number(field, value, least, most))?;
        }
        Ok(())
    }

    /// Where the water goes, m/s east and north.
    pub(super) fn current_m_s(&self) -> [f64; 2] {
        let (sin, cos) = self.current_to_deg.to_radians().sin_cos();
        [self.current_m_s * sin, self.current_m_s * cos]
    }
}
