//! The Earth under a scene: a sphere of sea, and where a camera sees its edge.
//!
//! A scene has a local frame: metres east, north and up of a datum at sea level. The sea is the sphere that touches the
//! frame's level plane there, so what floats 10 km out is 7.8 m below the plane, and the horizon dips. The sphere's radius
//! is the Gaussian one of WGS-84 at the datum's latitude; against the ellipsoid the sea is wrong by 1 cm in 10 km.
//!
//! Light goes straight: refraction, which lifts the real horizon by about a twelfth of its dip, is not modelled.

use nalgebra::Vector3;

/// The sphere of the sea.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earth {
    radius_m: f64,
}

/// How one point over the sea sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Upwards at the point, of length one.
    pub up: Vector3<f64>,
    /// Height above the sea, metres; not below [`Earth::LOWEST_M`].
    pub height_m: f64,
    /// How far the horizon lies below the level, radians.
    pub dip_rad: f64,
    /// The straight way to the horizon, metres.
    pub horizon_m: f64,
    radius_m: f64,
}

impl Earth {
    /// The lowest that an eye is taken to be above the water, metres.
    pub const LOWEST_M: f64 = 0.1;

    /// The sphere that fits WGS-84 best at a latitude, radians: the Gaussian radius of curvature, √(MN).
    #[must_use]
    pub fn at_latitude(latitude_rad: f64) -> Self {
        const SEMI_MAJOR_M: f64 = 6_378_137.0;
        const ECCENTRICITY_2: f64 = 6.694_379_990_14e-3;
        let radius_m =
            SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2).sqrt() / (1.0 - ECCENTRICITY_2 * latitude_rad.sin().powi(2));
        Self { radius_m }
    }

    /// Metres from the centre to the sea.
    #[must_use]
    pub fn radius_m(&self) -> f64 {
        self.radius_m
    }

    /// A place above (or below) the sea, straight over the point `east_m`, `north_m` of the level plane.
    #[must_use]
    pub fn above_sea(&self, east_m: f64, north_m: f64, height_m: f64) -> Vector3<f64> {
        let across = east_m.hypot(north_m) / self.radius_m;
        let sea = Vector3::new(east_m, north_m, -self.radius_m * (1.0 - (1.0 - across * across).sqrt()));
        sea + self.up(&sea) * height_m
    }

    /// Upwards at a place, of length one.
    #[must_use]
    pub fn up(&self, at: &Vector3<f64>) -> Vector3<f64> {
        (at + Vector3::z() * self.radius_m).normalize()
    }

    /// Height above the sea, metres.
    #[must_use]
    pub fn height_m(&self, at: &Vector3<f64>) -> f64 {
        // |at + R z| - R without the difference of large numbers.
        let beyond = at.norm_squared() + 2.0 * self.radius_m * at.z;
        beyond / ((at + Vector3::z() * self.radius_m).norm() + self.radius_m)
    }

    /// How the sea looks from a place.
    #[must_use]
    pub fn outlook(&self, from: &Vector3<f64>) -> Outlook {
        let height_m = self.height_m(from).max(Self::LOWEST_M);
        let horizon_m = (height_m * (2.0 * self.radius_m + height_m)).sqrt();
        let dip_rad = (horizon_m / self.radius_m).atan();
        Outlook { up: self.up(from), height_m, dip_rad, horizon_m, radius_m: self.radius_m }
    }
}

impl Outlook {
    /// How far a ray goes until it meets the sea, metres; nothing where it passes over the horizon. `direction` has length
    /// one.
    #[must_use]
    pub fn sea_range_m(&self, direction: &Vector3<f64>) -> Option<f64> {
        let falls = -direction.dot(&self.up) * (self.radius_m + self.height_m);
        let beyond = falls * falls - self.horizon_m * self.horizon_m;
        (falls > 0.0 && beyond >= 0.0).then(|| self.horizon_m * self.horizon_m / (falls + beyond.sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kiel() -> Earth {
        Earth::at_latitude(54.37_f64.to_radians())
    }

    #[test]
    fn the_horizon_dips_as_the_navigators_table_without_refraction() {
        // 1.925′ √h: the geometric dip (Bowditch, table 14 less its refraction).
        for height_m in [2.0, 30.0, 400.0] {
            let outlook = kiel().outlook(&Vector3::new(0.0, 0.0, height_m));
            let minutes = outlook.dip_rad.to_degrees() * 60.0;
            assert!((minutes - 1.925 * height_m.sqrt()).abs() < 0.004 * minutes, "{height_m} m: {minutes}'");
            assert!((outlook.horizon_m - 3_570.0 * height_m.sqrt()).abs() < 0.002 * outlook.horizon_m);
        }
    }

    #[test]
    fn a_ray_meets_the_sea_where_it_is() {
        let earth = kiel();
        let eye = earth.above_sea(1_500.0, -800.0, 55.0);
        let outlook = earth.outlook(&eye);
        assert!((outlook.height_m - 55.0).abs() < 1e-6);
        for (east_m, north_m) in [(1_700.0, -700.0), (9_000.0, 6_000.0), (-15_000.0, 3_000.0)] {
            let buoy = earth.above_sea(east_m, north_m, 0.0);
            let range_m = outlook.sea_range_m(&(buoy - eye).normalize()).unwrap();
            assert!((range_m - (buoy - eye).norm()).abs() < 0.01, "{range_m}");
        }
        let over = earth.above_sea(40_000.0, 0.0, 0.0) - eye;
        assert!(outlook.sea_range_m(&over.normalize()).unwrap() < 26_000.0, "the sea before the horizon hides it");
        assert_eq!(outlook.sea_range_m(&Vector3::new(1.0, 0.0, 0.01).normalize()), None);
    }

    #[test]
    fn what_floats_ten_kilometres_out_is_below_the_level() {
        let buoy = kiel().above_sea(0.0, 10_000.0, 0.0);
        assert!((buoy.z + 7.83).abs() < 0.02, "{buoy}");
    }
}
