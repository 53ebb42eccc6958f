//! The vessels of the picture, as the desk plans with them: where they are, and what they say of themselves by AIS.

use telemetry::messages::{AisClaim, Claim, TargetClass};
use telemetry::{LatLon, Timestamp, TrackId};

use crate::picture::Sighting;

/// Slower than this a vessel lies still, whatever it says, m/s (half a knot and a little).
const STILL_M_S: f64 = 0.3;
/// Moored (ITU-R M.1371-5, table 45).
const MOORED: u8 = 5;
/// Slower than this nothing can be told of when a vessel arrives, m/s.
const UNDER_WAY_M_S: f64 = 1.0;
/// A fairway is so much longer than the straight way.
const BENDS: f64 = 1.2;
/// Nearer than this a vessel's own speed says more of its arrival than what its crew entered, s.
const SOON_S: f64 = 3600.0;
/// How well an arrival is known that a crew entered, standard deviation, s. Many are older than the voyage.
const ENTERED_SD_S: f64 = 900.0;
/// And one by way and speed: so much, and so much of the time that is left.
const SAILED_SD_S: f64 = 120.0;
const SAILED_SD: f64 = 0.15;

/// A vessel of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Vessel {
    /// Its name for people: by AIS, else its number in the picture.
    pub name: String,
    /// Where it is.
    pub at: LatLon,
    /// How well that is known, standard deviation, metres.
    pub sigma_m: f64,
    /// How fast it goes over ground, m/s.
    pub speed_m_s: f64,
    /// What it says of itself.
    pub claim: Option<AisClaim>,
}

/// When a vessel arrives somewhere, and by what that is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arrival {
    /// From now, s.
    pub(super) in_s: f64,
    /// How well it is known, standard deviation, s.
    pub(super) sd_s: f64,
    pub(super) by: String,
}

impl Vessel {
    /// A vessel that is believed to be there and is not ours.
    pub(super) fn of(sighting: &Sighting) -> Option<(TrackId, Self)> {
        let track = &sighting.track;
        let is_vessel = track.classification.likeliest() == TargetClass::Vessel;
        if !is_vessel || sighting.own.is_some() || !sighting.believed() {
            return None;
        }
        let claim = match &track.claim {
            Some(Claim::Ais(claim)) => Some(claim.clone()),
            _ => None,
        };
        let named = claim.as_ref().and_then(|claim| claim.name.clone());
        let vessel = Self {
            name: named.unwrap_or_else(|| format!("Vessel {}", track.id)),
            at: track.position.lat_lon(),
            sigma_m: track.horizontal_sigma_m(),
            speed_m_s: track.velocity.ground_speed_m_s(),
            claim,
        };
        Some((track.id, vessel))
    }

    /// Whether it lies still: it says so, or does not move.
    #[must_use]
    pub fn moored(&self) -> bool {
        let says = self.claim.as_ref().and_then(|claim| claim.navigational_status);
        says == Some(MOORED) || self.speed_m_s < STILL_M_S
    }

    /// When it arrives at a place so far away; nothing where neither its speed nor its crew says so.
    pub(super) fn arrives(&self, now: Timestamp, way_m: f64) -> Option<Arrival> {
        let sailed_s = (self.speed_m_s >= UNDER_WAY_M_S).then(|| BENDS * way_m / self.speed_m_s);
        let voyage = self.claim.as_ref().and_then(|claim| claim.voyage.as_ref());
        let entered = voyage.and_then(|voyage| voyage.eta).and_then(|eta| eta.nearest(now));
        // What is over was not brought up to date; what its speed does not allow was not meant.
        let entered_s = entered.map(|at| at.seconds_since(now));
        let entered_s = entered_s.filter(|in_s| *in_s > 0.0 && sailed_s.is_none_or(|sailed_s| *in_s > 0.5 * sailed_s));
        match (sailed_s, entered_s) {
            (Some(in_s), entered_s) if in_s < SOON_S || entered_s.is_none() => Some(Arrival {
                in_s,
                sd_s: SAILED_SD_S + SAILED_SD * in_s,
                by: format!("by {:.1} km at {:.1} m/s", BENDS * way_m / 1000.0, self.speed_m_s),
            }),
            (_, Some(in_s)) => {
                let destination = voyage.and_then(|voyage| voyage.destination.as_deref());
                let to = destination.map_or_else(String::new, |to| format!(", to {to}"));
                Some(Arrival { in_s, sd_s: ENTERED_SD_S, by: format!("as it says by AIS{to}") })
            }
            (_, None) => None,
        }
    }
}
