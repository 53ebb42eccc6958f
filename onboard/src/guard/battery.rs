//! What the battery must still hold to be home with the reserve.
//!
//! Consumption is measured over the flight so far: the share used, by the time it took; and over the last two to four
//! minutes, so that a cell that gives up is not hidden behind a long good flight. The greater counts. Until that means
//! something (a minute, and 3 % used, because autopilots report whole percents) the endurance from the configuration
//! stands in. A measured rate counts between a third and ten times of that: a gauge that stands still must not promise
//! an endless flight, nor one that jumps once none at all.
//!
//! What a metre costs depends on its direction. With the wind known, a way takes as long as its speed over ground
//! says, and a copter that must fly faster through the air than it cruises pays for it with the cube of that speed
//! (profile and induced power of a rotor hardly change below cruise, parasite power grows with the cube: Leishman,
//! *Principles of Helicopter Aerodynamics*, 2nd ed., § 5.4). Nothing is credited for a tail wind but an aeroplane's
//! time. Against a wind that cannot be flown against, no battery is enough. With the wind unknown a margin stands in.

use std::ops::RangeInclusive;
use std::time::Duration;

use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Enu, EnuVelocity, HeightAboveHome, LatLon, SiteFrame, Timestamp};

use super::flies;

/// How long to measure before the measurement counts.
const MEASURED_AFTER: Duration = Duration::from_secs(60);
/// What must be used before it counts.
const USED_MIN: f64 = 0.03;
/// Bounds of a believable rate, as a share of the configured one.
const BELIEVABLE: RangeInclusive<f64> = 0.33..=10.0;
/// After this the newer of two measurements of the last minutes begins anew.
const RECENT: Duration = Duration::from_secs(120);
/// On a way in a wind that is not known.
const MARGIN_UNKNOWN: f64 = 1.3;
/// On a way in a wind that is: for turns and for the error of the gauge.
const MARGIN: f64 = 1.1;
/// Winds grow with height, and gust: this share and this much, m/s, is added to what blows against the vehicle.
const GUSTS: (f64, f64) = (1.2, 1.0);
/// A copter's greatest speed through the air, and the one at which its parasite power is as great as the rest, as
/// shares of its cruise speed.
const COPTER: (f64, f64) = (1.5, 1.5);
/// A vehicle slower over ground than this does not get home, m/s.
const HEADWAY_MIN_M_S: f64 = 1.0;
/// For turning round and for the last metres.
const LANDING: Duration = Duration::from_secs(30);
/// How fast a copter comes down: ArduCopter's WPNAV_SPEED_DN, m/s.
const DESCENT_M_S: f64 = 1.5;

/// The consumption of one flight.
#[derive(Debug, Clone)]
pub struct Consumption {
    endurance_s: f64,
    /// When the flight began, and what was in the battery then.
    begun: Option<(Timestamp, f64)>,
    measured_per_s: Option<f64>,
    /// The same of the last minutes: the older of the two is measured against.
    recent: Option<[(Timestamp, f64); 2]>,
    recent_per_s: f64,
}

impl Consumption {
    /// A vehicle that stands.
    #[must_use]
    pub fn new(endurance_s: f64) -> Self {
        Self { endurance_s, begun: None, measured_per_s: None, recent: None, recent_per_s: 0.0 }
    }

    /// Under way with this left.
    pub fn note(&mut self, now: Timestamp, remaining: f64) {
        let begun = *self.begun.get_or_insert((now, remaining));
        self.measured_per_s = rate((now, remaining), begun).or(self.measured_per_s);
        let [older, newer] = self.recent.get_or_insert([(now, remaining); 2]);
        if now >= newer.0 + RECENT {
            (*older, *newer) = (*newer, (now, remaining));
        }
        self.recent_per_s = rate((now, remaining), *older).unwrap_or(0.0);
    }

    /// On the ground: the next flight is measured anew.
    pub fn stand(&mut self) {
        *self = Self::new(self.endurance_s);
    }

    /// The share of the battery used in a second.
    #[must_use]
    pub fn per_s(&self) -> f64 {
        let expected = 1.0 / self.endurance_s;
        let measured = self.measured_per_s.unwrap_or(expected).max(self.recent_per_s);
        measured.clamp(expected * BELIEVABLE.start(), expected * BELIEVABLE.end())
    }
}

fn rate((now, left): (Timestamp, f64), (since, had): (Timestamp, f64)) -> Option<f64> {
    let (took_s, used) = (now.seconds_since(since), had - left);
    (took_s >= MEASURED_AFTER.as_secs_f64() && used >= USED_MIN).then(|| used / took_s)
}

/// What a metre costs in each direction.
#[derive(Debug, Clone, Copy)]
pub struct Economy {
    /// What kind of vehicle it is.
    pub kind: VehicleKind,
    /// The plan's speed, m/s: over ground for a copter and a boat, through the air for an aeroplane.
    pub cruise_m_s: f64,
    /// The share of the battery used in a second at that speed.
    pub burn_per_s: f64,
    /// The wind, where it is known.
    pub wind: Option<EnuVelocity>,
}

impl Economy {
    /// The share of the battery that a straight way takes: infinite where the wind does not let it be flown.
    #[must_use]
    pub fn way(&self, way: Enu) -> f64 {
        let length_m = way.horizontal_m();
        if length_m < 1.0 {
            return 0.0;
        }
        let Some(wind) = self.wind.filter(|_| flies(self.kind)) else {
            return MARGIN_UNKNOWN * self.burn_per_s * length_m / self.cruise_m_s;
        };
        let (east, north) = (way.east_m / length_m, way.north_m / length_m);
        let along_m_s = wind.east_m_s * east + wind.north_m_s * north;
        let across_m_s = GUSTS.0 * (wind.east_m_s * north - wind.north_m_s * east).abs();
        let along_m_s = if along_m_s < 0.0 { GUSTS.0 * along_m_s - GUSTS.1 } else { along_m_s - GUSTS.1 };
        let (speed_m_s, effort) = self.passage(along_m_s, across_m_s);
        if speed_m_s < HEADWAY_MIN_M_S {
            return f64::INFINITY;
        }
        MARGIN * self.burn_per_s * effort * length_m / speed_m_s
    }

    /// The share that a way from place to place takes.
    #[must_use]
    pub fn along(&self, from: LatLon, places: &[LatLon]) -> f64 {
        let ground = AltitudeHae::new(0.0);
        let legs = std::iter::once(&from).chain(places).zip(places);
        legs.map(|(from, to)| self.way(SiteFrame::new(from.at_height(ground)).enu(to.at_height(ground)))).sum()
    }

    /// The share that it takes to come down from a height and land.
    #[must_use]
    pub fn landing(&self, height: HeightAboveHome) -> f64 {
        let straight_down = matches!(self.kind, VehicleKind::Multirotor | VehicleKind::Vtol);
        let descent_s = if straight_down { height.metres.max(0.0) / DESCENT_M_S } else { 0.0 };
        self.burn_per_s * (LANDING.as_secs_f64() + descent_s)
    }

    /// Speed over ground, m/s, and consumption as a multiple of the one at cruise, in a wind along and across the way.
    fn passage(&self, along_m_s: f64, across_m_s: f64) -> (f64, f64) {
        let fastest_m_s = if self.kind == VehicleKind::Multirotor { COPTER.0 } else { 1.0 } * self.cruise_m_s;
        if across_m_s >= fastest_m_s {
            return (0.0, 1.0);
        }
        let reachable_m_s = along_m_s + (fastest_m_s.powi(2) - across_m_s.powi(2)).sqrt();
        if self.kind != VehicleKind::Multirotor {
            return (reachable_m_s, 1.0);
        }
        let speed_m_s = reachable_m_s.min(self.cruise_m_s);
        let airspeed_m_s = (speed_m_s - along_m_s).hypot(across_m_s);
        let power = |speed_m_s: f64| 1.0 + (speed_m_s / (COPTER.1 * self.cruise_m_s)).powi(3);
        (speed_m_s, (power(airspeed_m_s) / power(self.cruise_m_s)).max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after_s(seconds: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn before_the_gauge_has_moved_the_configured_endurance_counts() {
        let mut consumption = Consumption::new(1000.0);
        consumption.note(after_s(0), 1.0);
        consumption.note(after_s(300), 0.99);
        assert_eq!(consumption.per_s(), 1.0 / 1000.0);
    }

    #[test]
    fn a_flight_that_takes_more_than_expected_is_believed() {
        let mut consumption = Consumption::new(1000.0);
        consumption.note(after_s(0), 1.0);
        consumption.note(after_s(100), 0.8);
        assert!((consumption.per_s() - 0.002).abs() < 1e-12);
        consumption.stand();
        assert_eq!(consumption.per_s(), 0.001);
    }

    #[test]
    fn a_gauge_that_jumps_or_stands_still_is_not_believed() {
        let mut consumption = Consumption::new(1000.0);
        consumption.note(after_s(0), 1.0);
        consumption.note(after_s(60), 0.1);
        assert!((consumption.per_s() - 0.01).abs() < 1e-12);
        consumption.note(after_s(10_000), 0.95);
        assert!((consumption.per_s() - 0.00033).abs() < 1e-12);
    }

    #[test]
    fn a_battery_that_gives_up_late_in_a_long_flight_is_noticed() {
        let mut consumption = Consumption::new(2000.0);
        for second in 0..1000 {
            consumption.note(after_s(second), 1.0 - second as f64 * 0.0003);
        }
        assert!((consumption.per_s() - 0.0005).abs() < 0.0003);
        for second in 0..250 {
            consumption.note(after_s(1000 + second), 0.7 - second as f64 * 0.002);
        }
        assert!(consumption.per_s() > 0.0018, "{}", consumption.per_s());
    }

    fn economy(kind: VehicleKind, wind: Option<(f64, f64)>) -> Economy {
        let wind = wind.map(|(east_m_s, north_m_s)| EnuVelocity { east_m_s, north_m_s, up_m_s: 0.0 });
        Economy { kind, cruise_m_s: 10.0, burn_per_s: 0.001, wind }
    }

    const EAST: Enu = Enu { east_m: 1000.0, north_m: 0.0, up_m: 0.0 };
    const WEST: Enu = Enu { east_m: -1000.0, north_m: 0.0, up_m: 0.0 };

    #[test]
    fn a_way_against_the_wind_costs_more_than_one_with_it_and_one_in_an_unknown_wind_in_between() {
        for kind in [VehicleKind::Multirotor, VehicleKind::FixedWing] {
            let (known, unknown) = (economy(kind, Some((5.0, 0.0))), economy(kind, None));
            assert!(known.way(WEST) > unknown.way(WEST), "{kind:?} {}", known.way(WEST));
            assert!(known.way(EAST) < unknown.way(EAST), "{kind:?}");
        }
    }

    #[test]
    fn no_battery_is_enough_against_a_wind_that_cannot_be_flown_against() {
        for kind in [VehicleKind::Multirotor, VehicleKind::FixedWing] {
            assert_eq!(economy(kind, Some((16.0, 0.0))).way(WEST), f64::INFINITY);
            assert_eq!(economy(kind, Some((0.0, 16.0))).way(WEST), f64::INFINITY);
        }
    }

    #[test]
    fn from_higher_up_more_is_needed_to_land() {
        let copter = economy(VehicleKind::Multirotor, None);
        assert!((copter.landing(HeightAboveHome::new(0.0)) - 0.03).abs() < 1e-9);
        assert!((copter.landing(HeightAboveHome::new(90.0)) - 0.09).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn more_wind_against_the_way_never_makes_it_cheaper(
            calm in 0.0..12.0_f64, more in 0.0..5.0_f64, turn in -1.5..1.5_f64, plane in any::<bool>(),
        ) {
            let kind = if plane { VehicleKind::FixedWing } else { VehicleKind::Multirotor };
            let against = |speed_m_s: f64| {
                economy(kind, Some((speed_m_s * turn.cos(), speed_m_s * turn.sin()))).way(WEST)
            };
            prop_assert!(against(calm + more) >= against(calm) - 1e-12);
            prop_assert!(against(calm) > 0.0);
        }
    }
}
