//! Where the vehicle itself is, as far as that says who is near.

use std::time::Duration;

use telemetry::{Enu, EnuVelocity, SiteFrame, Timestamp};

use crate::link::telemetry::{Fix, Telemetry};

/// A position older than this does not say who is near.
const FRESH: Duration = Duration::from_secs(3);
/// Over a thin link positions are rarer: so long a vehicle is taken to go on as it went.
const FRESH_OVER_A_THIN_LINK: Duration = Duration::from_secs(10);

/// The vehicle's position now; nothing where that is not known.
pub(super) fn whereabouts(telemetry: &Telemetry, now: Timestamp) -> Option<Fix> {
    let thin = telemetry.pace.thin();
    let patience = if thin { FRESH_OVER_A_THIN_LINK } else { FRESH };
    let fix = telemetry.fix.filter(|fix| telemetry.gnss.usable() && now <= fix.at + patience)?;
    if !thin {
        return Some(fix);
    }
    let EnuVelocity { east_m_s, north_m_s, .. } = fix.velocity;
    let age_s = now.seconds_since(fix.at);
    let moved = Enu { east_m: east_m_s * age_s, north_m: north_m_s * age_s, up_m: 0.0 };
    Some(Fix { position: SiteFrame::new(fix.position).geodetic(moved).ok()?, ..fix })
}
