//! Sky and sea: what fills the picture where nothing stands before it.
//!
//! The sky is brighter towards the horizon and the sun; clouds lie on a level sheet that drifts with the wind. The sea
//! reflects the sky by Fresnel's law from waves of three lengths that run with the wind at the speed of deep water, their
//! slopes those of C. Cox and W. Munk, "Measurement of the roughness of the sea surface", J. Opt. Soc. Am. 44 (1954);
//! facets that mirror the sun glitter. Waves shorter than what a pixel sees of the surface fade out, so nothing flickers
//! by sampling. Values are what the eye or the sensor gets: light from 0 to 1 and beyond, or apparent temperature, °C.

use nalgebra::{Matrix3, Vector3};

use crate::band::Band;
use crate::earth::Outlook;
use crate::scene::Weather;
use crate::texture::{Clouds, RIPPLE_WAVELENGTH, Ripples};

/// Sides of the tiles of waves, metres; their share of the slope; how far each runs aside of the wind, radians.
const SWELLS: [(f32, f32, f32); 3] = [(210.0, 0.2, 0.12), (47.0, 0.35, -0.45), (11.0, 0.45, 0.38)];
/// The side of the tile of clouds in heights of the sheet, and how high the sheet is, metres.
const CLOUD_TILE: f32 = 5.0;
const CLOUD_HEIGHT_M: f32 = 1800.0;
/// Pixels that are drawn together.
const BLOCK: usize = 4;
/// Light that comes out of the water itself, and how strongly the sun glitters.
const WATER_LIGHT: f32 = 0.07;
const GLITTER: f32 = 0.02;

/// Everything about sky and sea that is the same for all pixels of an instant, in axes that stand upright at the camera.
pub(crate) struct Backdrop<'t> {
    ripples: &'t Ripples,
    clouds: &'t Clouds,
    infrared: bool,
    /// Upright axes (east, north, up at the camera) from camera axes.
    level_from_cam: [[f32; 3]; 3],
    sun: [f32; 3],
    daylight: f32,
    cover: f32,
    cloud_shift: [f32; 2],
    swells: [Swell; 3],
    slope_variance: f32,
    sin_dip: f32,
    pixel_rad: f32,
    range: SeaRange,
    extinction_per_m: f32,
    haze: f32,
    air_c: f32,
    water_c: f32,
}

/// One tile of waves under the camera.
#[derive(Clone, Copy)]
struct Swell {
    /// Where it runs, a direction east and north, and tile sides a metre.
    run: [f32; 2],
    per_m: f32,
    shift: [f32; 2],
    wavelength_m: f32,
    slope: f32,
    variance: f32,
}

/// How far the sea is along a ray that falls: [`Outlook::sea_range_m`] in single precision.
#[derive(Clone, Copy)]
struct SeaRange {
    radius_m: f32,
    horizon_squared: f32,
}

impl SeaRange {
    #[inline]
    fn at(&self, falls: f32) -> f32 {
        // In units of the Earth's radius nothing large is subtracted.
        let beyond = (falls * falls - self.horizon_squared).max(0.0);
        self.radius_m * self.horizon_squared / (falls + beyond.sqrt())
    }
}

impl<'t> Backdrop<'t> {
    pub(crate) fn new(
        (ripples, clouds): (&'t Ripples, &'t Clouds),
        band: Band,
        weather: &Weather,
        outlook: &Outlook,
        enu_from_cam: &Matrix3<f64>,
        view: View,
    ) -> Self {
        let east = Vector3::y().cross(&outlook.up).normalize();
        let level_from_enu =
            Matrix3::from_rows(&[east.transpose(), outlook.up.cross(&east).transpose(), outlook.up.transpose()]);
        let level_from_cam = level_from_enu * enu_from_cam;
        let row = |n: usize| [0, 1, 2].map(|m| level_from_cam[(n, m)] as f32);
        let sun = level_from_enu * weather.towards_sun();
        let wind = weather.wind_m_s;
        let drift = wind * view.time_s / f64::from(CLOUD_HEIGHT_M);
        let radius_m = view.radius_m;
        Self {
            ripples,
            clouds,
            infrared: matches!(band, Band::Infrared { .. }),
            level_from_cam: [row(0), row(1), row(2)],
            sun: [sun.x as f32, sun.y as f32, sun.z as f32],
            daylight: weather.daylight() as f32,
            cover: weather.cloud_cover.clamp(0.0, 1.0) as f32,
            cloud_shift: [drift.x, drift.y].map(|drift| (-drift / f64::from(CLOUD_TILE)) as f32),
            swells: SWELLS.map(|swell| Swell::new(swell, weather, &view)),
            // Cox and Munk, clean surface; the wind's speed at 12 m.
            slope_variance: (0.003 + 0.005_12 * wind.norm()) as f32,
            sin_dip: outlook.dip_rad.sin() as f32,
            pixel_rad: view.pixel_rad as f32,
            range: SeaRange {
                radius_m: radius_m as f32,
                horizon_squared: (outlook.horizon_m / radius_m).powi(2) as f32,
            },
            extinction_per_m: band.extinction_per_m(weather) as f32,
            haze: band.haze(weather),
            air_c: weather.air_c as f32,
            water_c: weather.water_c as f32,
        }
    }

    /// The values of one row of pixels, from their rays in camera axes. Sky is drawn at every fourth pixel and sea at every
    /// other one, and between them as their mean; the horizon at every one.
    pub(crate) fn row(&self, rays: [&[f32]; 3], values: &mut [f32]) {
        let ray = |pixel: usize| self.level(rays.map(|axis| axis[pixel]));
        let last = values.len() - 1;
        let mut begin = ray(0);
        let mut ahead = Ahead::none();
        for first in (0..values.len()).step_by(BLOCK) {
            let end = ray((first + BLOCK).min(last));
            let whole_block = first + BLOCK <= last;
            let [left, right] = [begin, end].map(|direction| self.sea_in(direction));
            if whole_block && left <= 0.0 && right <= 0.0 {
                let from = ahead.take(first).unwrap_or_else(|| self.sky(begin));
                let to = self.sky(end);
                ahead = Ahead { pixel: first + BLOCK, value: to };
                let step = (to - from) / BLOCK as f32;
                for n in 0..BLOCK {
                    values[first + n] = from + step * n as f32;
                }
            } else if whole_block && left >= 1.0 && right >= 1.0 {
                let from = ahead.take(first).unwrap_or_else(|| self.sea(begin));
                let middle = self.sea(ray(first + BLOCK / 2));
                let to = self.sea(end);
                ahead = Ahead { pixel: first + BLOCK, value: to };
                values[first..first + BLOCK].copy_from_slice(&[
                    from,
                    (from + middle) / 2.0,
                    middle,
                    (middle + to) / 2.0,
                ]);
            } else {
                for pixel in first..(first + BLOCK).min(values.len()) {
                    values[pixel] = self.edge(ray(pixel));
                }
            }
            begin = end;
        }
    }

    /// A pixel that the horizon may cut.
    fn edge(&self, direction: [f32; 3]) -> f32 {
        let [east, north, up] = direction;
        let (sea, half_pixel) = (self.sea_in(direction), self.pixel_rad / 2.0);
        if sea <= 0.0 {
            return self.sky(direction);
        }
        if sea >= 1.0 {
            return self.sea(direction);
        }
        self.sky([east, north, up + half_pixel]) * (1.0 - sea) + self.sea([east, north, up - half_pixel]) * sea
    }

    /// A ray in axes that stand upright at the camera.
    #[inline]
    fn level(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        self.level_from_cam.map(|axis| axis[0] * x + axis[1] * y + axis[2] * z)
    }

    /// How far the horizon lies above a pixel's lower edge, in pixels: the share of sea, below 0 and above 1 beyond.
    #[inline]
    fn sea_in(&self, [_, _, up]: [f32; 3]) -> f32 {
        0.5 - (up + self.sin_dip) / self.pixel_rad
    }

    /// The share of sea in the pixel of a ray in camera axes.
    pub(crate) fn sea_share(&self, ray: [f32; 3]) -> f32 {
        self.sea_in(self.level(ray)).clamp(0.0, 1.0)
    }

    #[inline]
    fn sky(&self, [east, north, up]: [f32; 3]) -> f32 {
        let rise = up.max(0.0);
        let high = rise / (rise + if self.infrared { 0.25 } else { 0.4 });
        let clear = if self.infrared {
            self.air_c - 2.0 - 45.0 * high
        } else {
            let nearness = (east * self.sun[0] + north * self.sun[1] + up * self.sun[2]).max(0.0);
            let squared = |x: f32| x * x;
            let glow8 = squared(squared(squared(nearness)));
            let glow128 = squared(squared(squared(squared(glow8))));
            let disc = squared(squared(squared(squared(glow128))));
            self.daylight * (0.78 - 0.42 * high + 0.16 * glow8 + 0.45 * glow128 + 3.0 * disc)
        };
        if self.cover <= 0.0 {
            return clear;
        }
        let reach = 1.0 / (rise + 0.03) / CLOUD_TILE;
        let thickness = self.clouds.thickness(east * reach + self.cloud_shift[0], north * reach + self.cloud_shift[1]);
        let share = ((thickness + 3.6 * self.cover - 1.9) * 0.8).clamp(0.0, 1.0);
        // Near the horizon clouds stand one behind the other and dissolve into haze.
        let share = share * share * (3.0 - 2.0 * share) * rise / (rise + 0.04);
        let cloud = if self.infrared {
            // A cloud is never colder than the clear sky before which it stands.
            clear.max(self.air_c - 11.0 - 8.0 * high) + 1.5 + thickness
        } else {
            self.daylight * (0.92 - 0.13 * thickness.clamp(-1.0, 3.0) + 0.05 * (1.0 - high))
        };
        clear + (cloud - clear) * share
    }

    #[inline]
    fn sea(&self, direction: [f32; 3]) -> f32 {
        let [east, north, up] = direction;
        let falls = (-up).max(1e-6);
        let range_m = self.range.at(falls.max(self.sin_dip));
        // How much of the surface a pixel sees, lengthwise.
        let footprint_m = range_m * self.pixel_rad / falls.max(self.pixel_rad);
        let (x, y) = (east * range_m, north * range_m);
        let mut slope = [0.0_f32; 2];
        let mut seen_variance = 0.0;
        for swell in &self.swells {
            let blur = footprint_m / swell.wavelength_m;
            let fade = 1.0 / (1.0 + blur * blur);
            if fade < 0.01 {
                continue;
            }
            let [cos, sin] = swell.run;
            let u = (x * cos + y * sin) * swell.per_m + swell.shift[0];
            let v = (y * cos - x * sin) * swell.per_m + swell.shift[1];
            let [along, across] = self.ripples.slope(u, v);
            let scale = swell.slope * fade;
            slope[0] += scale * (along * cos - across * sin);
            slope[1] += scale * (along * sin + across * cos);
            seen_variance += swell.variance * fade * fade;
        }
        let rough = (self.slope_variance - seen_variance).max(0.15 * self.slope_variance);
        let water = self.surface(direction, slope, rough);
        let haze = self.extinction_per_m * range_m;
        let through = 1.0 / (1.0 + haze * (1.0 + haze * (0.5 + haze * 0.166)));
        self.haze + (water - self.haze) * through
    }

    /// A facet of water with its slopes east and north, and the variance of the slopes too fine to see.
    #[inline]
    fn surface(&self, [east, north, up]: [f32; 3], slope: [f32; 2], rough: f32) -> f32 {
        // The cosine between ray and facet; seen at grazing angles the facets turned to the eye stand out.
        let facing = -up + east * slope[0] + north * slope[1];
        let facing = (facing.max(0.0) * facing.max(0.0) + 0.25 * rough).sqrt().min(1.0);
        let miss = (1.0 - facing) * (1.0 - facing);
        let mirrored = 0.02 + 0.98 * miss * miss * (1.0 - facing);
        if self.infrared {
            // Water radiates what it does not mirror of the cold sky.
            let sky = self.air_c - 12.0 - 20.0 * facing;
            return self.water_c + (sky - self.water_c) * mirrored * 0.6;
        }
        let sky = self.daylight * (0.74 - 0.30 * facing - 0.12 * self.cover);
        let light = WATER_LIGHT * self.daylight + (sky - WATER_LIGHT * self.daylight) * mirrored;
        // The slope that mirrors the sun: half-way between eye and sun stands the facet's normal.
        let half = [self.sun[0] - east, self.sun[1] - north, self.sun[2] - up];
        if half[2] <= 0.05 {
            return light;
        }
        let off = [slope[0] + half[0] / half[2], slope[1] + half[1] / half[2]];
        let off = (off[0] * off[0] + off[1] * off[1]) / (2.0 * rough);
        if off > 12.0 {
            return light;
        }
        let fall = 1.0 + off * (1.0 + off * (0.5 + off * (0.1667 + off * 0.0417)));
        light + self.daylight * (1.0 - 0.8 * self.cover) * GLITTER / (rough * fall)
    }
}

/// A value found for a pixel to come. What the last block ended with the next begins with, unless the horizon lies between:
/// then the pixel is asked for anew.
struct Ahead {
    pixel: usize,
    value: f32,
}

impl Ahead {
    fn none() -> Self {
        Self { pixel: usize::MAX, value: 0.0 }
    }

    fn take(&self, pixel: usize) -> Option<f32> {
        (self.pixel == pixel).then_some(self.value)
    }
}

/// From where and when the backdrop is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// East and north of the scene's datum, metres.
    pub(crate) over_m: [f64; 2],
    pub(crate) time_s: f64,
    /// The angle of a pixel in the middle of the picture.
    pub(crate) pixel_rad: f64,
    /// The Earth's radius, metres.
    pub(crate) radius_m: f64,
}

impl Swell {
    fn new((side_m, share, aside): (f32, f32, f32), weather: &Weather, view: &View) -> Self {
        let wind_m_s = weather.wind_m_s.norm();
        let run = weather.wind_m_s.y.atan2(weather.wind_m_s.x) + f64::from(aside);
        let (sin, cos) = run.sin_cos();
        let [east_m, north_m] = view.over_m;
        let wavelength_m = side_m * RIPPLE_WAVELENGTH;
        // Deep water: phase speed √(g λ / 2π).
        let phase_speed = (9.81 * f64::from(wavelength_m) / std::f64::consts::TAU).sqrt();
        let shift_m = [east_m * cos + north_m * sin - phase_speed * view.time_s, north_m * cos - east_m * sin];
        let variance = share * (0.003 + 0.005_12 * wind_m_s) as f32;
        Self {
            run: [cos as f32, sin as f32],
            per_m: 1.0 / side_m,
            // The tile repeats: whole sides say nothing, and cost precision.
            shift: shift_m.map(|shift| (shift / f64::from(side_m)).rem_euclid(1.0) as f32),
            wavelength_m,
            slope: variance.sqrt(),
            variance,
        }
    }
}
