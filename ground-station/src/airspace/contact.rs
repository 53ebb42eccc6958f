//! From where vehicles are heard and seen: the ground antennas of the control link, and the pilot of flights within sight.
//!
//! *Reach* of an antenna: a range that its maker states or a trial found, or a budget: what a link may lose between its two
//! antennas, from the power radiated, the vehicle's antenna, the receiver's sensitivity, and a margin for everything that is
//! not reckoned (fading, trees, houses, rain, interference).

use missions::notation::LonLat;
use serde::{Deserialize, Serialize};
use telemetry::LatLon;

/// What is left for everything that is not reckoned where nobody says so, dB: a link that fades as over land (Rayleigh)
/// keeps 90 % of the time with it.
const MARGIN_USUAL_DB: f64 = 10.0;
/// The most antennas.
pub const ANTENNAS_MAX: usize = 32;

/// A ground antenna of the control link.
#[derive(Debug, Clone, PartialEq)]
pub struct Antenna {
    /// Its name for people.
    pub name: String,
    /// Where it stands.
    pub at: LatLon,
    /// How high it is above the ground there, metres.
    pub height_m: f64,
    /// As far as this it is believed, metres.
    pub range_m: Option<f64>,
    /// And as long as the link loses no more than this.
    pub budget: Option<Budget>,
}

/// What a link may lose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Its frequency.
    pub frequency_mhz: f64,
    /// The greatest loss between isotropic antennas with the margin kept, dB.
    pub loss_max_db: f64,
}

/// The pilot of flights within visual line of sight (Regulation (EU) 2019/947, Article 2(7)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pilot {
    /// Where they stand.
    pub at: LatLon,
    /// As far as this they see their vehicle well enough to fly it, metres.
    pub range_m: f64,
}

/// From where vehicles are heard and seen; nothing stated, nothing checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contact {
    /// The antennas; one that hears the vehicle is enough.
    pub antennas: Vec<Antenna>,
    /// The pilot.
    pub pilot: Option<Pilot>,
}

/// An antenna in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AntennaTable {
    /// Its name for people.
    pub name: String,
    /// Longitude and latitude, degrees.
    pub at: LonLat,
    /// Above the ground there, metres.
    pub height_m: f64,
    /// Its range, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_m: Option<f64>,
    /// The frequency of the link, MHz; with it the four below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_mhz: Option<f64>,
    /// What the weaker direction radiates (EIRP), dBm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eirp_dbm: Option<f64>,
    /// The gain of the antenna that receives it, dBi; 0 where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain_dbi: Option<f64>,
    /// What that receiver needs, dBm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity_dbm: Option<f64>,
    /// What is kept for all that is not reckoned, dB; 10 where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_db: Option<f64>,
}

/// A pilot in a file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PilotTable {
    /// Longitude and latitude, degrees.
    pub at: LonLat,
    /// How far they see their vehicle, metres.
    pub range_m: f64,
}

impl AntennaTable {
    /// The antenna.
    ///
    /// # Errors
    /// What was found, and what is allowed.
    pub fn antenna(&self) -> Result<Antenna, [String; 2]> {
        if self.name.trim().is_empty() || self.name.chars().count() > 80 || self.name.chars().any(char::is_control) {
            return Err(refused("name", &format!("{:?}", self.name), "1 to 80 characters on one line"));
        }
        let at = place(self.at)?;
        let height_m = within("height_m", self.height_m, [0.0, 1_000.0])?;
        let range_m = self.range_m.map(|metres| within("range_m", metres, [1.0, 200_000.0])).transpose()?;
        let budget = self.budget()?;
        if range_m.is_none() && budget.is_none() {
            let allowed = "range_m, or frequency_mhz with eirp_dbm and sensitivity_dbm";
            return Err(refused("reach", "neither a range nor a budget", allowed));
        }
        Ok(Antenna { name: self.name.clone(), at, height_m, range_m, budget })
    }

    fn budget(&self) -> Result<Option<Budget>, [String; 2]> {
        let (frequency_mhz, eirp_dbm, sensitivity_dbm) = match (self.frequency_mhz, self.eirp_dbm, self.sensitivity_dbm)
        {
            (Some(frequency), Some(eirp), Some(sensitivity)) => (frequency, eirp, sensitivity),
            (None, None, None) if self.gain_dbi.is_none() && self.margin_db.is_none() => return Ok(None),
            _ => {
                return Err(refused("budget", "a part of one", "frequency_mhz, eirp_dbm and sensitivity_dbm together"));
            }
        };
        let frequency_mhz = within("frequency_mhz", frequency_mhz, [30.0, 50_000.0])?;
        let radiated_dbm = within("eirp_dbm", eirp_dbm, [-30.0, 70.0])?;
        let gain_dbi = within("gain_dbi", self.gain_dbi.unwrap_or(0.0), [-20.0, 40.0])?;
        let needed_dbm = within("sensitivity_dbm", sensitivity_dbm, [-150.0, -20.0])?;
        let margin_db = within("margin_db", self.margin_db.unwrap_or(MARGIN_USUAL_DB), [0.0, 60.0])?;
        Ok(Some(Budget { frequency_mhz, loss_max_db: radiated_dbm + gain_dbi - needed_dbm - margin_db }))
    }
}

impl PilotTable {
    /// The pilot.
    ///
    /// # Errors
    /// What was found, and what is allowed.
    pub fn pilot(&self) -> Result<Pilot, [String; 2]> {
        Ok(Pilot { at: place(self.at)?, range_m: within("range_m", self.range_m, [10.0, 10_000.0])? })
    }
}

fn place(at: LonLat) -> Result<LatLon, [String; 2]> {
    at.lat_lon().map_err(|_| refused("at", &format!("{:?}", at.0), "[longitude, latitude], degrees"))
}

fn within(name: &str, number: f64, [low, high]: [f64; 2]) -> Result<f64, [String; 2]> {
    let is = (low..=high).contains(&number);
    is.then_some(number).ok_or_else(|| refused(name, &number.to_string(), &format!("{low} to {high}")))
}

fn refused(name: &str, found: &str, allowed: &str) -> [String; 2] {
    [format!("{name}: {found}"), allowed.to_owned()]
}
