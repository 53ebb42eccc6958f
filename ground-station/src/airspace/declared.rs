//! What is seen, beside what was declared.
//!
//! A claim is a claim: a serial sent by Remote ID tells a declared flight from an intruder only inside the declared
//! volume, in the declared time, and as long as nothing measured contradicts it. Without the claim, being in the volume
//! proves nothing.

use missions::ring;
use telemetry::messages::{Claim, Track, TrackAlert};
use telemetry::{AltitudeAmsl, Timestamp};

use super::{Airspace, DeclaredFlight};

/// How far outside its volume a flight may be measured before it counts as outside, beyond what the estimate itself is
/// unsure of, metres.
const OUTSIDE_BY_M: f64 = 30.0;
/// How much earlier or later than declared a flight may be, seconds: clocks and take-offs.
const EARLY_OR_LATE_S: f64 = 120.0;

/// A track that claims the serial of a declared flight.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedFlight<'a> {
    /// The flight.
    pub flight: &'a DeclaredFlight,
    /// What does not fit; nothing where it is where and when it was declared.
    pub off: Option<OffDeclaration>,
}

/// How a track that claims a declared serial is not as declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OffDeclaration {
    /// Before or after its time, by so many seconds.
    Time(f64),
    /// Outside its volume, by so many metres on the ground.
    Place(f64),
    /// Below or above its volume, by so many metres.
    Height(f64),
    /// It is measured elsewhere than its Remote ID says.
    Contradicted,
}

impl OffDeclaration {
    /// In words, after "is".
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Time(seconds) => format!("{:.0} min outside the declared time", (seconds / 60.0).ceil()),
            Self::Place(metres) => format!("{metres:.0} m outside the declared area"),
            Self::Height(metres) => format!("{metres:.0} m outside the declared heights"),
            Self::Contradicted => "measured elsewhere than its Remote ID says".to_owned(),
        }
    }
}

impl Airspace {
    /// The declared flight whose serial a track claims, if it claims one. Of several with that serial, the one it fits.
    #[must_use]
    pub fn claimed(&self, now: Timestamp, track: &Track) -> Option<ClaimedFlight<'_>> {
        let Some(Claim::RemoteId(claim)) = &track.claim else { return None };
        let of_serial = self.flights().filter(|flight| flight.declaration.uas_id == claim.uas_id);
        let judged = of_serial.map(|flight| ClaimedFlight { flight, off: self.off(now, track, flight) });
        judged.min_by_key(|claimed| claimed.off.is_some())
    }

    fn off(&self, now: Timestamp, track: &Track, flight: &DeclaredFlight) -> Option<OffDeclaration> {
        let declared = &flight.declaration;
        if track.alerts.contains(&TrackAlert::RidSpoof) {
            return Some(OffDeclaration::Contradicted);
        }
        let off_s = declared.from.seconds_since(now).max(now.seconds_since(declared.to));
        if off_s > EARLY_OR_LATE_S {
            return Some(OffDeclaration::Time(off_s));
        }
        let off_m = ring::outside_by_m(&declared.ring, track.position.lat_lon());
        if off_m > OUTSIDE_BY_M + 2.0 * track.horizontal_sigma_m() {
            return Some(OffDeclaration::Place(off_m));
        }
        let AltitudeAmsl { metres } = track.position.height().amsl(self.site().undulation);
        let off_m = (declared.floor.metres - metres).max(metres - declared.ceiling.metres);
        let sigma_m = crate::picture::up_sigma_m(track);
        (off_m > OUTSIDE_BY_M + 2.0 * sigma_m).then_some(OffDeclaration::Height(off_m))
    }
}
