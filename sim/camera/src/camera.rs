//! The camera: from a scene to a frame, with the truth beside it.

use nalgebra::Vector2;
use vision::frame::GrayFrame;

use crate::backdrop::{Backdrop, View};
use crate::band::Band;
use crate::caption;
use crate::coverage::Coverage;
use crate::lens::Lens;
use crate::pose::{Exposure, Pose};
use crate::random::{Purpose, stream};
use crate::scene::Scene;
use crate::sensor::{Sensor, centikelvin};
use crate::stage::Stage;
use crate::texture::{Clouds, Ripples};

/// When the picture moves farther than this while the shutter is open, it is drawn at one instant more, pixels.
const INSTANT_PX: f64 = 0.7;
const INSTANTS_MAX: f64 = 16.0;

/// What a camera is.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraConfig {
    /// The lens and the size of its pictures.
    pub lens: Lens,
    /// Visible light or infrared.
    pub band: Band,
    /// Noise of the 8-bit picture, a standard deviation in counts.
    pub noise_counts: f64,
    /// How much the picture darkens towards its corners: 0 not at all, 1 as cos⁴. Visible light only.
    pub vignetting: f64,
}

/// What is seen of one target, without noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Which target.
    pub id: u32,
    /// Where its reference point is projected, in the middle of the exposure; it may lie outside the picture.
    pub centre_px: Vector2<f64>,
    /// The corners with the least and the greatest coordinates of the box around it in the middle of the exposure, not cut
    /// at the picture's edge (but where the lens's field ends, a twentieth beyond).
    pub box_px: [Vector2<f64>; 2],
    /// The way to its reference point, metres.
    pub range_m: f64,
    /// The share of it that is in the picture and not hidden by the sea before it, by what stands or by nearer targets. Of
    /// what is cut at the edge the share is that of its box.
    pub visible_share: f64,
}

impl Seen {
    /// Width and height of its box, pixels.
    #[must_use]
    pub fn size_px(&self) -> Vector2<f64> {
        self.box_px[1] - self.box_px[0]
    }
}

/// A picture, and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The 8-bit picture.
    pub frame: GrayFrame,
    /// Of an infrared camera, the apparent temperature of every pixel without noise, hundredths of a kelvin.
    pub centikelvin: Option<Vec<u16>>,
    /// Every target in the picture, by its number.
    pub seen: Vec<Seen>,
}

/// A camera that renders. The pictures of two cameras of one configuration and seed are the same, in any order.
#[derive(Debug)]
pub struct Camera {
    config: CameraConfig,
    /// The direction of each pixel in camera axes, of length one; right, down and along the axis apart.
    rays: [Vec<f32>; 3],
    ripples: Ripples,
    clouds: Clouds,
    sensor: Sensor,
    values: Vec<f32>,
    sums: Vec<f32>,
    ranges_m: Vec<f32>,
    coverage: Coverage,
}

impl Camera {
    /// A camera; the seed is that of waves, clouds and noise. Two cameras that watch one scene take the same scene seed,
    /// and see the same waves, but their noise is their own.
    #[must_use]
    pub fn new(config: CameraConfig, scene_seed: u64, noise_seed: u64) -> Self {
        let lens = &config.lens;
        let pixels = lens.width() * lens.height();
        let ray = |pixel: usize| {
            let at = Vector2::new((pixel % lens.width()) as f64, (pixel / lens.width()) as f64);
            lens.ray(at).expect("a lens sees a direction in every pixel of its picture")
        };
        let mut rays = [(); 3].map(|()| Vec::with_capacity(pixels));
        for ray in (0..pixels).map(ray) {
            rays.iter_mut().zip(ray.iter()).for_each(|(axis, part)| axis.push(*part as f32));
        }
        let axes = [0, 1, 2].map(|axis: usize| rays[axis].as_slice());
        let mut noise = stream(noise_seed, Purpose::Noise);
        let sensor = Sensor::new(lens, axes, config.vignetting, &mut noise, noise_seed);
        Self {
            ripples: Ripples::new(&mut stream(scene_seed, Purpose::Waves)),
            clouds: Clouds::new(&mut stream(scene_seed, Purpose::Clouds)),
            sensor,
            values: vec![0.0; pixels],
            sums: Vec::new(),
            ranges_m: Vec::new(),
            coverage: Coverage::default(),
            rays,
            config,
        }
    }

    /// What it was made of.
    #[must_use]
    pub fn config(&self) -> &CameraConfig {
        &self.config
    }

    /// Renders a scene as it is in the middle of an exposure. Lines of `caption` are burnt into the upper left corner, with
    /// a cross in the middle; none leave the picture clean.
    pub fn render(&mut self, scene: &Scene, exposure: &Exposure, captured_at_ns: i64, caption: &[String]) -> Picture {
        let seen = self.expose(scene, exposure);
        let infrared = matches!(self.config.band, Band::Infrared { .. });
        let instant = captured_at_ns as u64;
        let noise = self.config.noise_counts as f32;
        let mut grey = self.sensor.grey(&self.values, self.config.band.scale(), noise, instant, !infrared);
        let (width, height) = (self.config.lens.width(), self.config.lens.height());
        if !caption.is_empty() {
            caption::burn(&mut grey, width, caption);
        }
        let frame = GrayFrame::new(width, height, width, grey, captured_at_ns)
            .expect("a lens has a size that a frame may have, and there is a byte for every pixel");
        Picture { frame, centikelvin: infrared.then(|| centikelvin(&self.values)), seen }
    }

    /// Fills `values`.
    fn expose(&mut self, scene: &Scene, exposure: &Exposure) -> Vec<Seen> {
        let Self { config, rays, ripples, clouds, values, sums, ranges_m, coverage, .. } = self;
        let rays = [0, 1, 2].map(|axis: usize| rays[axis].as_slice());
        let (lens, band, weather) = (&config.lens, config.band, &scene.weather);
        let focal_px = (lens.focal_px().x + lens.focal_px().y) / 2.0;
        let instants = instants(lens, exposure, scene);
        let middle = scene.earth.outlook(&exposure.pose.position);
        let backdrop = |pose: &Pose, after_s: f64| {
            let view = View {
                over_m: [pose.position.x, pose.position.y],
                time_s: exposure.time_s + after_s,
                pixel_rad: 1.0 / focal_px,
                radius_m: scene.earth.radius_m(),
            };
            let outlook = scene.earth.outlook(&pose.position);
            Backdrop::new((ripples, clouds), band, weather, &outlook, pose.enu_from_cam.matrix(), view)
        };
        let stage = Stage {
            lens,
            rays,
            scene,
            band,
            outlook: &middle,
            extinction_per_m: band.extinction_per_m(weather),
            haze: band.haze(weather),
        };
        sums.clear();
        for after_s in exposure.instants(instants) {
            let pose = exposure.pose_after(after_s);
            let backdrop = backdrop(&pose, after_s);
            let width = lens.width();
            for (row, values) in values.chunks_exact_mut(width).enumerate() {
                backdrop.row(rays.map(|axis| &axis[row * width..][..width]), values);
            }
            if !scene.scenery.is_empty() {
                ranges_m.clear();
                ranges_m.resize(values.len(), f32::INFINITY);
                stage.draw_scenery((&pose, &backdrop), values, ranges_m, coverage);
            }
            if instants > 1 {
                sums.resize(values.len(), 0.0);
                let weight = 1.0 / instants as f32;
                sums.iter_mut().zip(&*values).for_each(|(sum, value)| *sum += value * weight);
            }
        }
        if instants > 1 {
            std::mem::swap(values, sums);
        }
        if scene.scenery.is_empty() {
            ranges_m.clear();
        }
        let backdrop = backdrop(&exposure.pose, 0.0);
        stage.draw_targets((exposure, &backdrop), values, ranges_m, coverage)
    }
}

/// How many instants stand for the exposure of what does not move, by how far it moves in the picture.
fn instants(lens: &Lens, exposure: &Exposure, scene: &Scene) -> usize {
    let focal_px = lens.focal_px().max();
    let corner_px = (lens.width() as f64).hypot(lens.height() as f64) / 2.0;
    let rates = exposure.rates_rad_s;
    let turned_px = (rates.x.hypot(rates.y) * focal_px + rates.z.abs() * corner_px) * exposure.open_s;
    let near_m = scene.earth.outlook(&exposure.pose.position).height_m.max(5.0);
    let moved_px = exposure.velocity_m_s.norm() * exposure.open_s / near_m * focal_px;
    ((turned_px + moved_px) / INSTANT_PX).ceil().clamp(1.0, INSTANTS_MAX) as usize
}
