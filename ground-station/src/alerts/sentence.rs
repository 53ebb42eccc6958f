//! Alerts in words: one sentence a person on watch can act on and read out on the radio.

use telemetry::messages::{AisClaim, Claim, TargetClass, Track};
use telemetry::{Course, Geodetic};

use super::zones::SiteZones;

/// Metres a second in a knot.
const M_S_PER_KNOT: f64 = missions::notation::M_S_PER_KNOT;

/// `54.36960° N 10.14210° E`.
pub(crate) fn place(at: Geodetic) -> String {
    let (lat, lon) = (at.lat_lon().latitude_deg(), at.lat_lon().longitude_deg());
    let (north, east) = (if lat < 0.0 { 'S' } else { 'N' }, if lon < 0.0 { 'W' } else { 'E' });
    format!("{:.5}° {north} {:.5}° {east}", lat.abs(), lon.abs())
}

/// Place, height, speed and course of something that flies.
pub(crate) fn flight(site: &SiteZones, track: &Track) -> String {
    let height = match site.measured_height_m(track) {
        Some(height_m) => format!("{:.0} m above ground", height_m.max(0.0)),
        None => "height not measured".to_owned(),
    };
    let speed_m_s = track.velocity.ground_speed_m_s();
    format!("{}, {height}, {speed_m_s:.0} m/s, {}", place(track.position), course(track.velocity.course(), speed_m_s))
}

/// Place, speed and course of a vessel.
pub(crate) fn voyage(at: Geodetic, speed_m_s: f64, towards: Course) -> String {
    format!("{}, {:.0} kn, {}", place(at), speed_m_s / M_S_PER_KNOT, course(towards, speed_m_s))
}

/// What a vessel calls itself, as its word.
pub(crate) fn vessel(claim: &AisClaim) -> String {
    match claim.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => format!("the vessel that calls itself {name} (MMSI {})", claim.mmsi),
        None => format!("the vessel with MMSI {}", claim.mmsi),
    }
}

/// Where a track is and how it moves, as befits what it is believed to be.
pub(crate) fn whereabouts(site: &SiteZones, track: &Track) -> String {
    match track.classification.likeliest() {
        TargetClass::Vessel => voyage(track.position, track.velocity.ground_speed_m_s(), track.velocity.course()),
        _ => flight(site, track),
    }
}

/// Who a target says it is, as its word.
pub(crate) fn claimant(claim: &Claim) -> String {
    match claim {
        Claim::Ais(claim) => vessel(claim),
        Claim::RemoteId(claim) => format!("the drone that calls itself {}", claim.uas_id),
        Claim::Adsb(claim) => match claim.call_sign.as_deref().map(str::trim).filter(|sign| !sign.is_empty()) {
            Some(call_sign) => format!("the aircraft that calls itself {call_sign} (address {})", claim.icao),
            None => format!("the aircraft with address {}", claim.icao),
        },
    }
}

/// The identity that a target claims.
pub(crate) fn identity(claim: &Claim) -> String {
    match claim {
        Claim::Ais(claim) => format!("MMSI {}", claim.mmsi),
        Claim::RemoteId(claim) => format!("drone {} (Remote ID)", claim.uas_id),
        Claim::Adsb(claim) => format!("aircraft {} (ADS-B)", claim.icao),
    }
}

/// What a track says of itself by AIS, if anything.
pub(crate) fn ais(track: &Track) -> Option<&AisClaim> {
    match track.claim.as_ref()? {
        Claim::Ais(claim) => Some(claim),
        Claim::RemoteId(_) | Claim::Adsb(_) => None,
    }
}

/// The first letter made a capital.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A course in three figures, as on the radio; what stands still has none.
fn course(towards: Course, speed_m_s: f64) -> String {
    if speed_m_s < 0.5 {
        return "not moving".to_owned();
    }
    format!("course {:03.0}°", towards.degrees().round() % 360.0)
}

#[cfg(test)]
mod tests {
    use super::{capitalised, course, place};
    use telemetry::{AltitudeHae, Course, LatLon};

    #[test]
    fn a_place_reads_with_its_hemispheres() {
        let cases = [((54.3696, 10.1421), "54.36960° N 10.14210° E"), ((-33.5, -70.25), "33.50000° S 70.25000° W")];
        for ((lat, lon), expected) in cases {
            let at = LatLon::from_degrees(lat, lon).unwrap().at_height(AltitudeHae::new(0.0));
            assert_eq!(place(at), expected);
        }
    }

    #[test]
    fn a_course_has_three_figures_and_never_360() {
        let cases = [(4.2, 5.0, "course 004°"), (359.7, 5.0, "course 000°"), (214.0, 0.2, "not moving")];
        for (degrees, speed, expected) in cases {
            assert_eq!(course(Course::from_degrees(degrees), speed), expected);
        }
    }

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(capitalised("the vessel"), "The vessel");
        assert_eq!(capitalised("ärger"), "Ärger");
        assert_eq!(capitalised(""), "");
    }
}
