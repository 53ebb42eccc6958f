//! Where a sensor stands and what geometry lets it see.

use nalgebra::Vector3;
use telemetry::messages::Coverage;
use telemetry::{AltitudeHae, Azimuth, Elevation, Enu, EnuVelocity, Geodetic, SiteFrame};

/// The effective Earth radius for radio paths, four thirds of the mean radius (ITU-R P.834).
const EFFECTIVE_EARTH_RADIUS_M: f64 = 6_371_000.0 * 4.0 / 3.0;
/// Nearer than this is the sensor itself, or the vehicle it is bolted to.
const SELF_M: f64 = 1.0;

/// A thing as a sensor without errors would measure it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) offset: Enu,
    pub(super) range_m: f64,
    pub(super) azimuth: Azimuth,
    pub(super) elevation: Elevation,
}

impl Look {
    pub(super) fn of(offset: Enu) -> Self {
        Self { offset, range_m: offset.range_m(), azimuth: offset.azimuth(), elevation: offset.elevation() }
    }

    /// Whether it lies in the coverage of a sensor that knows elevation.
    pub(super) fn within(&self, coverage: &Coverage) -> bool {
        let [lowest, highest] = coverage.elevation;
        self.within_reach(coverage) && (lowest.radians()..=highest.radians()).contains(&self.elevation.radians())
    }

    /// Whether it lies in the range and sector of a sensor that knows no elevation, such as a coastal radar with its
    /// fan beam.
    pub(super) fn within_reach(&self, coverage: &Coverage) -> bool {
        let [nearest, farthest] = coverage.range_m;
        (nearest.max(SELF_M)..=farthest).contains(&self.range_m)
            && coverage.sector.is_none_or(|sector| sector.contains(self.azimuth))
    }
}

/// The place of a sensor, over flat ground or water at a height of its own.
#[derive(Debug, Clone)]
pub(super) struct Viewpoint {
    frame: SiteFrame,
    surface: AltitudeHae,
}

impl Viewpoint {
    pub(super) fn new(at: Geodetic, surface: AltitudeHae) -> Self {
        Self { frame: SiteFrame::new(at), surface }
    }

    pub(super) fn look(&self, at: Geodetic) -> Look {
        Look::of(self.frame.enu(at))
    }

    /// A velocity at the target, in the sensor's own axes.
    pub(super) fn velocity(&self, at: Geodetic, velocity: EnuVelocity) -> Vector3<f64> {
        self.frame.enu_from_other(&SiteFrame::new(at)) * velocity.vector()
    }

    /// Whether a thing stands above the radio horizon. Heights below the surface count as on it.
    pub(super) fn above_horizon(&self, at: Geodetic, range_m: f64) -> bool {
        let horizon_m = |height: AltitudeHae| {
            (2.0 * EFFECTIVE_EARTH_RADIUS_M * (height.metres - self.surface.metres).max(0.0)).sqrt()
        };
        range_m <= horizon_m(self.frame.datum().height()) + horizon_m(at.height())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_horizon_is_that_of_four_thirds_of_the_earth() {
        let at = |north_m: f64, height_m: f64| {
            let origin = Geodetic::from_degrees(54.0, 10.0, AltitudeHae::new(40.0)).unwrap();
            let there = origin.displaced(Enu { east_m: 0.0, north_m, up_m: 0.0 }).unwrap();
            there.lat_lon().at_height(AltitudeHae::new(40.0 + height_m))
        };
        // 4.12 (√25 + √9) = 32.97 km, the navigator's rule.
        let mast = Viewpoint::new(at(0.0, 25.0), AltitudeHae::new(40.0));
        for (north_m, seen) in [(32_800.0, true), (33_100.0, false)] {
            let target = at(north_m, 9.0);
            assert_eq!(mast.above_horizon(target, mast.look(target).range_m), seen, "{north_m}");
        }
    }

    #[test]
    fn velocities_turn_with_the_meridians() {
        let at = |longitude| Geodetic::from_degrees(60.0, longitude, AltitudeHae::new(0.0)).unwrap();
        let north = EnuVelocity { east_m_s: 0.0, north_m_s: 10.0, up_m_s: 0.0 };
        // Ten degrees of longitude at 60° N turn north by 10° sin 60° = 8.66°.
        let seen = Viewpoint::new(at(0.0), AltitudeHae::new(0.0)).velocity(at(10.0), north);
        assert!((seen.x.atan2(seen.y).to_degrees() + 8.66).abs() < 0.1, "{seen}");
    }
}
