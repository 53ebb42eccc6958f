//! What a vessel says of itself: position reports as detections, static reports remembered.
//!
//! Source: ITU-R M.1371-5, Annex 8. The values that mean "not available" are named beside each field.

use std::collections::BTreeMap;

use aivdm::message::{
    LongRangeBroadcast, PositionReportClassA, PositionReportClassB, PositionReportClassBExtended, StaticDataReport,
    StaticVoyageData,
};
use aivdm::{AisMessage, Cog, Sog};
use telemetry::messages::{AisClaim, AisEta, AisVoyage};
use telemetry::{Course, EnuVelocity, LatLon, Mmsi};

/// Most vessels whose static reports are remembered; the one heard longest ago goes first.
pub(super) const STATICS_MAX: usize = 4096;
/// Standard deviation where the accuracy flag says better than 10 m (§3.1, position accuracy 1).
const SIGMA_ACCURATE_M: f64 = 10.0;
/// Standard deviation of an unaided satellite fix that makes no promise (position accuracy 0).
const SIGMA_PLAIN_M: f64 = 30.0;
/// A long-range report counts tenths of a minute: half a step is 93 m of latitude, its deviation 54 m (§3.25).
const SIGMA_LONG_RANGE_M: f64 = 60.0;
/// Speed comes in 0.1 kn, course in 0.1°; what remains is the receiver's own noise and the antenna's swing.
const VELOCITY_SIGMA_M_S: f64 = 0.5;
/// Long-range reports round to 1 kn and 1°.
const VELOCITY_SIGMA_LONG_RANGE_M_S: f64 = 1.0;
/// Below this a vessel lies still, whatever its course over ground says.
const STILL_KNOTS: f64 = 0.3;
const M_S_PER_KNOT: f64 = 1852.0 / 3600.0;

/// A position report, whatever its type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    pub(super) position: LatLon,
    pub(super) sigma_m: f64,
    pub(super) velocity: Option<(EnuVelocity, f64)>,
    /// The UTC second of the fix, 0 to 59.
    pub(super) utc_second: Option<u8>,
    pub(super) navigational_status: Option<u8>,
    /// Degrees from true north.
    pub(super) heading_deg: Option<u16>,
}

impl Report {
    /// From a class A report, types 1, 2 and 3; nothing where it has no position.
    pub(super) fn class_a(r: &PositionReportClassA) -> Option<Self> {
        let fix = Fix { accurate: r.position_accuracy, sog: r.sog, cog: r.cog, timestamp: r.timestamp };
        let status = Some(r.navigation_status.to_raw()).filter(|&status| status != 15);
        Self::new(&AisMessage::PositionReportClassA(*r), fix, status)
    }

    /// From a class B report, type 18.
    pub(super) fn class_b(r: &PositionReportClassB) -> Option<Self> {
        let fix = Fix { accurate: r.position_accuracy, sog: r.sog, cog: r.cog, timestamp: r.timestamp };
        Self::new(&AisMessage::PositionReportClassB(*r), fix, None)
    }

    /// From an extended class B report, type 19.
    pub(super) fn class_b_extended(r: &PositionReportClassBExtended) -> Option<Self> {
        let fix = Fix { accurate: r.position_accuracy, sog: r.sog, cog: r.cog, timestamp: r.timestamp };
        Self::new(&AisMessage::PositionReportClassBExtended(*r), fix, None)
    }

    /// From a long-range broadcast, type 27.
    pub(super) fn long_range(r: &LongRangeBroadcast) -> Option<Self> {
        let position = position(&AisMessage::LongRangeBroadcast(*r))?;
        // SOG 63 and COG 511 are not available (§3.25).
        let knots = (r.sog_knots < 63).then(|| f64::from(r.sog_knots));
        let course_deg = (r.cog_degrees < 360).then(|| f64::from(r.cog_degrees));
        let velocity = velocity(knots, course_deg).map(|v| (v, VELOCITY_SIGMA_LONG_RANGE_M_S));
        let status = Some(r.navigation_status.to_raw()).filter(|&status| status != 15);
        let sigma_m = SIGMA_LONG_RANGE_M;
        Some(Self { position, sigma_m, velocity, utc_second: None, navigational_status: status, heading_deg: None })
    }

    fn new(message: &AisMessage, fix: Fix, navigational_status: Option<u8>) -> Option<Self> {
        let position = position(message)?;
        let sigma_m = if fix.accurate { SIGMA_ACCURATE_M } else { SIGMA_PLAIN_M };
        // COG 360 and above is not available; 361 and more should not be used (§3.1).
        let course_deg = fix.cog.degrees().filter(|&degrees| degrees < 360.0);
        let velocity = velocity(fix.sog.knots(), course_deg).map(|v| (v, VELOCITY_SIGMA_M_S));
        let utc_second = match fix.timestamp {
            aivdm::Timestamp::Second(second) => Some(second),
            _ => None,
        };
        // 511 is not available (§3.1).
        let heading_deg = message.heading_degrees().filter(|degrees| *degrees < 360);
        Some(Self { position, sigma_m, velocity, utc_second, navigational_status, heading_deg })
    }
}

struct Fix {
    accurate: bool,
    sog: Sog,
    cog: Cog,
    timestamp: aivdm::Timestamp,
}

/// Latitude 91 and longitude 181 are not available; anything else off the Earth is damage.
fn position(message: &AisMessage) -> Option<LatLon> {
    let at = message.position()?;
    LatLon::from_degrees(at.latitude, at.longitude).ok()
}

fn velocity(knots: Option<f64>, course_deg: Option<f64>) -> Option<EnuVelocity> {
    let knots = knots?;
    let course = match course_deg {
        Some(degrees) => Course::from_degrees(degrees).radians(),
        None if knots < STILL_KNOTS => 0.0,
        None => return None,
    };
    let (sin, cos) = course.sin_cos();
    let m_s = knots * M_S_PER_KNOT;
    Some(EnuVelocity { east_m_s: m_s * sin, north_m_s: m_s * cos, up_m_s: 0.0 })
}

/// What a vessel's static reports said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Static {
    name: Option<String>,
    call_sign: Option<String>,
    ship_type: Option<u8>,
    length_m: Option<u16>,
    beam_m: Option<u16>,
    voyage: Option<Box<AisVoyage>>,
}

/// The static reports remembered, at most [`STATICS_MAX`]; the vessel whose report is oldest goes first.
#[derive(Debug, Default)]
pub(super) struct Register {
    by_mmsi: BTreeMap<Mmsi, (u64, Static)>,
    by_age: BTreeMap<u64, Mmsi>,
    /// Counts updates; the first is 1, so that 0 marks a vessel not heard before.
    updates: u64,
}

impl Register {
    /// Takes a static and voyage report, type 5.
    pub(super) fn take_voyage(&mut self, mmsi: Mmsi, r: &StaticVoyageData) {
        self.update(mmsi, |known| {
            known.name = text(r.name.as_str()).or(known.name.take());
            known.call_sign = text(r.call_sign.as_str()).or(known.call_sign.take());
            known.ship_type = ship_type(r.ship_type).or(known.ship_type);
            known.length_m = length(r.dimension_to_bow, r.dimension_to_stern).or(known.length_m);
            known.beam_m = beam(r.dimension_to_port, r.dimension_to_starboard).or(known.beam_m);
            // Of this voyage: what is not available any more is not kept.
            let voyage = AisVoyage {
                draught_dm: Some(r.draught_decimeters).filter(|draught| *draught != 0),
                destination: text(r.destination.as_str()),
                eta: eta(r),
            };
            known.voyage = (voyage != AisVoyage::default()).then(|| Box::new(voyage));
        });
    }

    /// Takes a class B static report, type 24, part A or B.
    pub(super) fn take_class_b(&mut self, mmsi: Mmsi, r: &StaticDataReport) {
        self.update(mmsi, |known| match r {
            StaticDataReport::A(a) => known.name = text(a.name.as_str()).or(known.name.take()),
            StaticDataReport::B(b) => {
                known.call_sign = text(b.call_sign.as_str()).or(known.call_sign.take());
                known.ship_type = ship_type(b.ship_type).or(known.ship_type);
                // A craft associated with a parent ship (MMSI 98…) states the parent's MMSI here instead (§3.22.2).
                if u32::from(mmsi) / 10_000_000 != 98 {
                    known.length_m = length(b.dimension_to_bow, b.dimension_to_stern).or(known.length_m);
                    known.beam_m = beam(b.dimension_to_port, b.dimension_to_starboard).or(known.beam_m);
                }
            }
            // The crate may learn other parts; none is defined today.
            _ => {}
        });
    }

    /// Takes the static half of an extended class B report, type 19.
    pub(super) fn take_extended(&mut self, mmsi: Mmsi, r: &PositionReportClassBExtended) {
        self.update(mmsi, |known| {
            known.name = text(r.name.as_str()).or(known.name.take());
            known.ship_type = ship_type(r.ship_type).or(known.ship_type);
            known.length_m = length(r.dimension_to_bow, r.dimension_to_stern).or(known.length_m);
            known.beam_m = beam(r.dimension_to_port, r.dimension_to_starboard).or(known.beam_m);
        });
    }

    /// All that is known of a vessel, with what its report says, as its claim.
    pub(super) fn claim(&self, mmsi: Mmsi, report: &Report) -> AisClaim {
        let known = self.by_mmsi.get(&mmsi).map(|(_, known)| known.clone()).unwrap_or_default();
        AisClaim {
            mmsi,
            name: known.name,
            call_sign: known.call_sign,
            ship_type: known.ship_type,
            navigational_status: report.navigational_status,
            length_m: known.length_m,
            beam_m: known.beam_m,
            heading_deg: report.heading_deg,
            voyage: known.voyage,
        }
    }

    fn update(&mut self, mmsi: Mmsi, change: impl FnOnce(&mut Static)) {
        self.updates += 1;
        let age = self.updates;
        let (last, known) = self.by_mmsi.entry(mmsi).or_default();
        change(known);
        self.by_age.remove(&std::mem::replace(last, age));
        self.by_age.insert(age, mmsi);
        if self.by_mmsi.len() > STATICS_MAX
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.by_mmsi.remove(&oldest);
        }
    }
}

/// `@` ends a text (§3.3.7 with table 47); what is left empty was not available.
fn text(field: &str) -> Option<String> {
    let text = field.split('@').next().unwrap_or_default().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// 0 is not available (table 53).
fn ship_type(code: u8) -> Option<u8> {
    (code != 0).then_some(code)
}

/// 0 from bow to stern is not available (figure 42).
fn length(to_bow: u16, to_stern: u16) -> Option<u16> {
    Some(to_bow + to_stern).filter(|&length| length > 0)
}

/// The same from side to side.
fn beam(to_port: u8, to_starboard: u8) -> Option<u16> {
    length(u16::from(to_port), u16::from(to_starboard))
}

/// Month 0, day 0, hour 24 and minute 60 are not available (§3.3).
fn eta(r: &StaticVoyageData) -> Option<AisEta> {
    let known =
        (1..=12).contains(&r.eta_month) && (1..=31).contains(&r.eta_day) && r.eta_hour < 24 && r.eta_minute < 60;
    known.then_some(AisEta { month: r.eta_month, day: r.eta_day, hour: r.eta_hour, minute: r.eta_minute })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_that_is_not_available_leaves_no_velocity_unless_the_vessel_lies_still() {
        assert_eq!(velocity(Some(8.0), None), None);
        assert_eq!(velocity(None, Some(90.0)), None);
        assert_eq!(velocity(Some(0.1), None).map(|v| v.ground_speed_m_s() < 0.1), Some(true));
        let east = velocity(Some(10.0), Some(90.0)).unwrap();
        assert!((east.east_m_s - 5.144).abs() < 1e-3 && east.north_m_s.abs() < 1e-9);
    }

    #[test]
    fn an_at_sign_ends_a_name() {
        assert_eq!(text("HANSE@@@X"), Some("HANSE".to_owned()));
        assert_eq!(text("@@@@"), None);
        assert_eq!(text("   "), None);
    }

    #[test]
    fn the_register_is_bounded_and_forgets_who_was_heard_longest_ago() {
        let mut register = Register::default();
        let mmsi = |n| Mmsi::new(n).unwrap();
        let named = |known: &mut Static| known.name = Some("X".into());
        for n in 0..STATICS_MAX as u32 {
            register.update(mmsi(n), named);
        }
        register.update(mmsi(0), named);
        register.update(mmsi(1_000_000), named);
        assert_eq!((register.by_mmsi.len(), register.by_age.len()), (STATICS_MAX, STATICS_MAX));
        let position = LatLon::from_degrees(54.0, 10.0).unwrap();
        let report = Report {
            position,
            sigma_m: 10.0,
            velocity: None,
            utc_second: None,
            navigational_status: None,
            heading_deg: None,
        };
        assert!(register.claim(mmsi(0), &report).name.is_some());
        assert!(register.claim(mmsi(1), &report).name.is_none());
    }
}
