//! Detect and avoid: how near another comes, when, and how urgent that is.
//!
//! *Well clear* is a cylinder around the vehicle that nobody else should enter. How urgent an encounter is depends on
//! the time until it is entered if both go on as they do:
//!
//! | level | what it means | crewed aircraft | others |
//! |---|---|---|---|
//! | preventive | enters the cylinder made higher: people should watch | 55 s | 30 s |
//! | corrective | enters well clear: the vehicle gives way | 55 s | 20 s |
//! | warning | enters well clear soon, or is in it: at once | 25 s | 10 s |
//!
//! Sources: well clear of a crewed aircraft for a small unmanned one is 2000 ft by 250 ft (ASTM F3442/F3442M-23,
//! terms; derived in Weinert et al., "Well-Clear Recommendation for Small Unmanned Aircraft Systems Based on
//! Unmitigated Collision Risk", J. Air Transportation 26 (2018)). The levels, their times, and the preventive
//! volume's height of 700 to 450 ft of the corrective one are those of RTCA DO-365B, as NASA's reference
//! implementation DAIDALUS states them (Configurations/DO_365B_no_SUM.conf, DWC_Phase_I). Between unmanned aircraft there is no standard yet: their cylinder is what two copters at 15 m/s
//! can brake in, and leaves room for the smallest stand-off at which a drone may be looked at. Between boats it is the
//! safe passing distance of a small craft; COLREGS rule 8 (e) lets a vessel take all way off.

use telemetry::{Enu, EnuVelocity};

/// How far ahead straight flight is believed, seconds.
pub const HORIZON_S: f64 = 60.0;

/// A cylinder, metres from its centre to its wall and to its lid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume {
    /// The radius.
    pub radius_m: f64,
    /// Half the height.
    pub half_height_m: f64,
}

/// Where another is and how it moves, both less the vehicle's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relative {
    /// Its place seen from the vehicle.
    pub position: Enu,
    /// Its velocity less the vehicle's.
    pub velocity: EnuVelocity,
}

/// How urgent an encounter is. The later of two is the more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// People should watch.
    Preventive,
    /// The vehicle gives way.
    Corrective,
    /// At once.
    Warning,
}

/// What is kept clear, and how early.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Well clear.
    pub clear: Volume,
    /// How many times as high the preventive volume is.
    pub preventive_height: f64,
    /// Time to the loss of the preventive volume, seconds.
    pub preventive_s: f64,
    /// Time to the loss of well clear, seconds.
    pub corrective_s: f64,
    /// The same for the greatest urgency.
    pub warning_s: f64,
}

impl Thresholds {
    /// Of a crewed aircraft.
    pub const CREWED: Self = Self {
        clear: Volume { radius_m: 609.6, half_height_m: 76.2 },
        preventive_height: 700.0 / 450.0,
        preventive_s: 55.0,
        corrective_s: 55.0,
        warning_s: 25.0,
    };
    /// Of an unmanned aircraft, ours or not.
    pub const UNMANNED: Self = Self {
        clear: Volume { radius_m: 40.0, half_height_m: 15.0 },
        preventive_height: 2.0,
        preventive_s: 30.0,
        corrective_s: 20.0,
        warning_s: 10.0,
    };
    /// Of a vessel, for a boat. Nothing is above or below on the water.
    pub const VESSEL: Self = Self {
        clear: Volume { radius_m: 60.0, half_height_m: f64::INFINITY },
        preventive_height: 1.0,
        preventive_s: 60.0,
        corrective_s: 30.0,
        warning_s: 15.0,
    };

    /// Of a target that is looked at from a distance; a share of it is kept, because the target moves. Nobody gives way
    /// to a target before it comes near.
    #[must_use]
    pub fn looked_at_from(stand_off_m: f64) -> Self {
        Self {
            clear: Volume { radius_m: 0.6 * stand_off_m, half_height_m: 60.0 },
            preventive_height: 1.0,
            preventive_s: 0.0,
            corrective_s: 3.0,
            warning_s: 0.0,
        }
    }

    /// With a radius and a height that allow for what is not known of the other's place.
    #[must_use]
    pub fn widened(mut self, by_m: f64, up_m: f64) -> Self {
        self.clear.radius_m += by_m;
        self.clear.half_height_m += up_m;
        self
    }

    /// How urgent it is, and the seconds until well clear is lost; nothing where both pass.
    #[must_use]
    pub fn level(&self, other: &Relative) -> Option<(Level, f64)> {
        let lost_s = other.enters(self.clear);
        match lost_s {
            Some(s) if s <= self.warning_s => Some((Level::Warning, s)),
            Some(s) if s <= self.corrective_s => Some((Level::Corrective, s)),
            _ => {
                let Volume { radius_m, half_height_m } = self.clear;
                let higher = Volume { radius_m, half_height_m: half_height_m * self.preventive_height };
                let s = other.enters(higher).filter(|s| *s <= self.preventive_s)?;
                Some((Level::Preventive, s))
            }
        }
    }
}

impl Relative {
    /// Seconds until the other enters a volume around the vehicle; 0 where it is in it.
    #[must_use]
    pub fn enters(&self, volume: Volume) -> Option<f64> {
        let (from_a, to_a) = self.within_radius(volume.radius_m)?;
        let (from_b, to_b) = within(self.position.up_m, self.velocity.up_m_s, volume.half_height_m)?;
        let (from, to) = (from_a.max(from_b).max(0.0), to_a.min(to_b));
        (from <= to && from <= HORIZON_S).then_some(from)
    }

    /// Where it is after some time.
    #[must_use]
    pub fn after(&self, seconds: f64) -> Enu {
        Enu::from_vector(self.position.vector() + self.velocity.vector() * seconds)
    }

    /// When it is within a radius: a quadratic in time.
    fn within_radius(&self, radius_m: f64) -> Option<(f64, f64)> {
        let (place, velocity) = (self.position, self.velocity);
        let speed2 = velocity.east_m_s.powi(2) + velocity.north_m_s.powi(2);
        let outside = place.horizontal_m().powi(2) - radius_m.powi(2);
        if speed2 < 1e-6 {
            return (outside <= 0.0).then_some((f64::NEG_INFINITY, f64::INFINITY));
        }
        let half = place.east_m * velocity.east_m_s + place.north_m * velocity.north_m_s;
        let root = half * half - speed2 * outside;
        // Below zero they never come so near; what is not a number comes nowhere.
        (root >= 0.0).then(|| ((-half - root.sqrt()) / speed2, (-half + root.sqrt()) / speed2))
    }
}

/// When `place + speed · t` is within ± half.
fn within(place_m: f64, speed_m_s: f64, half_m: f64) -> Option<(f64, f64)> {
    if half_m.is_infinite() || speed_m_s.abs() < 1e-3 {
        return (place_m.abs() <= half_m).then_some((f64::NEG_INFINITY, f64::INFINITY));
    }
    let (a, b) = ((-half_m - place_m) / speed_m_s, (half_m - place_m) / speed_m_s);
    Some((a.min(b), a.max(b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relative(position: (f64, f64, f64), velocity: (f64, f64, f64)) -> Relative {
        Relative {
            position: Enu { east_m: position.0, north_m: position.1, up_m: position.2 },
            velocity: EnuVelocity { east_m_s: velocity.0, north_m_s: velocity.1, up_m_s: velocity.2 },
        }
    }

    #[test]
    fn an_aeroplane_that_comes_straight_on_is_watched_then_given_way_to_then_escaped_from() {
        // 60 m/s, well clear 609.6 m.
        let level = |distance_m: f64, up_m: f64| {
            Thresholds::CREWED.level(&relative((distance_m, 0.0, up_m), (-60.0, 0.0, 0.0))).map(|(level, _)| level)
        };
        assert_eq!(level(4200.0, 0.0), None);
        assert_eq!(level(3800.0, 0.0), Some(Level::Corrective));
        assert_eq!(level(2000.0, 0.0), Some(Level::Warning));
        assert_eq!(level(500.0, 0.0), Some(Level::Warning), "in it");
        assert_eq!(level(3800.0, 100.0), Some(Level::Preventive), "between 250 ft and 389 ft above");
        assert_eq!(level(3800.0, 130.0), None);
    }

    #[test]
    fn who_flies_away_or_past_is_no_encounter() {
        assert_eq!(Thresholds::CREWED.level(&relative((700.0, 0.0, 0.0), (60.0, 0.0, 0.0))), None);
        assert_eq!(Thresholds::CREWED.level(&relative((3000.0, 700.0, 0.0), (-60.0, 0.0, 0.0))), None);
        assert_eq!(Thresholds::UNMANNED.level(&relative((45.0, 0.0, 0.0), (0.0, 0.0, 0.0))), None);
    }

    #[test]
    fn who_descends_into_the_cylinder_enters_it_then() {
        let entered = relative((0.0, 100.0, 176.2), (0.0, 0.0, -5.0)).enters(Thresholds::CREWED.clear);
        assert!((entered.unwrap() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_a_number_is_no_encounter_and_no_panic() {
        let nan = f64::NAN;
        for other in [relative((nan, 0.0, 0.0), (1.0, 1.0, 1.0)), relative((0.0, 0.0, 0.0), (nan, nan, nan))] {
            let _ = Thresholds::CREWED.level(&other);
        }
        assert_eq!(relative((nan, nan, nan), (1.0, 0.0, 0.0)).enters(Thresholds::CREWED.clear), None);
    }

    proptest! {
        /// The oracle goes through time step by step.
        #[test]
        fn the_time_of_entry_is_the_first_step_inside(
            east in -2000.0..2000.0_f64, north in -2000.0..2000.0_f64, up in -300.0..300.0_f64,
            ve in -60.0..60.0_f64, vn in -60.0..60.0_f64, vu in -5.0..5.0_f64,
        ) {
            let (other, volume) = (relative((east, north, up), (ve, vn, vu)), Thresholds::CREWED.clear);
            let inside = |s: f64, slack_m: f64| {
                let at = other.after(s);
                at.horizontal_m() <= volume.radius_m + slack_m && at.up_m.abs() <= volume.half_height_m + slack_m
            };
            let steps = || (0..=6000).map(|n| f64::from(n) * 0.01);
            match other.enters(volume) {
                Some(s) => {
                    prop_assert!(inside(s, 1e-6));
                    prop_assert!(steps().take_while(|t| *t < s - 0.01).all(|t| !inside(t, -1e-6)));
                }
                None => prop_assert!(steps().all(|t| !inside(t, -1e-6))),
            }
        }
    }
}
