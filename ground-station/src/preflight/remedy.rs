//! Remedies for what the geometry does not judge: battery and daylight. Those for all else are
//! [`planning::preflight::nearest_changes`].

use missions::sun;
use telemetry::{LatLon, Timestamp};

use super::Flight;
use super::examine::NIGHT_BELOW;
use super::words::clock;

/// Dawn is looked for in steps of this, seconds, over a day.
const DAWN_STEP_S: f64 = 300.0;

/// To leave out what is too long for the battery.
pub(super) fn shorter(flight: &Flight, lacking: f64) -> Option<String> {
    let minutes = lacking * flight.endurance_s / 60.0;
    let charge = flight.battery_used + flight.reserve;
    if charge <= 1.0 {
        return Some(format!(
            "Charge it to {:.0} %, or shorten the flight by {minutes:.0} min.",
            (charge * 100.0).ceil()
        ));
    }
    Some(format!("Shorten the flight by {:.0} min.", minutes.ceil()))
}

/// The next moment from which the whole flight is in daylight.
pub(super) fn dawn(flight: &Flight, datum: LatLon) -> Option<String> {
    let light = |at: Timestamp| sun::elevation(at, datum) >= NIGHT_BELOW;
    let steps = (86_400.0 / DAWN_STEP_S) as usize;
    let begins = (0..=steps).map(|step| flight.begins.offset_seconds(step as f64 * DAWN_STEP_S));
    let mut fit = begins.filter(|at| light(*at) && light(at.offset_seconds(flight.duration_s())));
    fit.next().map(|at| format!("Begin at {} or later.", clock(at)))
}
