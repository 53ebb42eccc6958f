//! Draws what stands and what moves before the backdrop, and tells what is seen of it.

use nalgebra::{Vector2, Vector3};

use crate::backdrop::Backdrop;
use crate::band::Band;
use crate::camera::Seen;
use crate::coverage::{Coverage, Window};
use crate::earth::Outlook;
use crate::figure::{Face, Shape, silhouette};
use crate::lens::Lens;
use crate::outline::project;
use crate::patch::Patch;
use crate::pose::{Exposure, Pose};
use crate::scene::{Scene, Structure, Target};

/// A thing that moves this far in the picture while the shutter is open is drawn at one instant more, pixels.
const INSTANT_PX: f64 = 0.5;
const INSTANTS_MAX: f64 = 31.0;

/// The picture in the making, and all that is needed to draw into it.
pub(crate) struct Stage<'s> {
    pub(crate) lens: &'s Lens,
    pub(crate) rays: [&'s [f32]; 3],
    pub(crate) scene: &'s Scene,
    pub(crate) band: Band,
    pub(crate) outlook: &'s Outlook,
    pub(crate) extinction_per_m: f64,
    /// What things fade into.
    pub(crate) haze: f32,
}

/// A face in the picture.
struct Drawn {
    outline: Vec<Vector2<f64>>,
    value: f32,
    opacity: f32,
    part: usize,
}

impl Stage<'_> {
    /// Draws everything that stands, as seen from a pose, and how far it is in each pixel.
    pub(crate) fn draw_scenery(
        &self,
        (pose, backdrop): (&Pose, &Backdrop<'_>),
        values: &mut [f32],
        ranges_m: &mut [f32],
        coverage: &mut Coverage,
    ) {
        let mut outline = Vec::new();
        let before = |ray, range_m: f32| {
            if f64::from(range_m) > self.outlook.horizon_m { backdrop.sea_share(ray) } else { 0.0 }
        };
        for face in self.scene.scenery.iter().flat_map(|structure| self.faces(structure)) {
            let (face, value) = face;
            if (pose.position - face.corners[0]).dot(&face.normal) <= 0.0 {
                continue;
            }
            project(self.lens, pose, face.corners.iter().copied(), &mut outline);
            let Some(window) = Window::around(outline.iter(), self.lens.width(), self.lens.height()) else { continue };
            coverage.clear(&window);
            coverage.add(&window, &outline, 1.0);
            let normal = pose.enu_from_cam.inverse_transform_vector(&face.normal);
            let plane = Plane {
                normal: [normal.x as f32, normal.y as f32, normal.z as f32],
                offset_m: (face.corners[0] - pose.position).dot(&face.normal) as f32,
            };
            for row in 0..window.height() {
                let covered = coverage.row(row);
                let first = (window.top + row) * self.lens.width() + window.left;
                for (pixel, covered) in (first..).zip(covered).filter(|(_, covered)| **covered > 0.0) {
                    let ray = self.rays.map(|axis| axis[pixel]);
                    let range_m = plane.range_m(ray);
                    if range_m >= ranges_m[pixel] {
                        continue;
                    }
                    let share = covered * (1.0 - before(ray, range_m));
                    let value = self.through_air(value, f64::from(range_m));
                    values[pixel] += (value - values[pixel]) * share;
                    if share > 0.5 {
                        ranges_m[pixel] = range_m;
                    }
                }
            }
        }
    }

    /// What is left of a value after so much air.
    fn through_air(&self, value: f32, range_m: f64) -> f32 {
        self.haze + (value - self.haze) * (-range_m * self.extinction_per_m).exp() as f32
    }

    /// Walls and top of a structure, each with its value.
    fn faces(&self, structure: &Structure) -> Vec<(Face, f32)> {
        let outline = &structure.outline;
        if outline.len() < 3 {
            return Vec::new();
        }
        let earth = &self.scene.earth;
        let [foot, top] = structure.heights_m;
        let at = |point: &Vector2<f64>, height| earth.above_sea(point.x, point.y, height);
        let pairs = || outline.iter().zip(outline.iter().cycle().skip(1));
        let doubled_area: f64 = pairs().map(|(a, b)| a.perp(b)).sum();
        let walls = pairs().filter(|(a, b)| a != b).map(|(a, b)| {
            let corners = vec![at(a, foot), at(b, foot), at(b, top), at(a, top)];
            let aside = Vector2::new(b.y - a.y, a.x - b.x) * doubled_area.signum();
            Face { corners, normal: aside.push(0.0).normalize() }
        });
        let corners: Vec<_> = outline.iter().map(|point| at(point, top)).collect();
        let lid = Face { normal: earth.up(&corners[0]), corners };
        let valued = |face: Face| {
            let value = self.band.surface(structure.material, &face.normal, &self.scene.weather);
            (face, value)
        };
        walls.chain([lid]).map(valued).collect()
    }

    /// Draws everything that moves, the farthest first, and tells what is seen of each.
    pub(crate) fn draw_targets(
        &self,
        (exposure, backdrop): (&Exposure, &Backdrop<'_>),
        values: &mut [f32],
        ranges_m: &[f32],
        coverage: &mut Coverage,
    ) -> Vec<Seen> {
        let eye = exposure.pose.position;
        let away = |target: &Target| (target.position - eye).norm();
        let mut targets: Vec<&Target> = self.scene.targets.iter().collect();
        targets.sort_by(|a, b| away(b).total_cmp(&away(a)).then(a.id.cmp(&b.id)));
        let width = self.lens.width();
        let mut drawn: Vec<(Seen, Patch, f64)> = Vec::new();
        for target in targets {
            let Some((seen, mut patch)) = self.draw(target, exposure, coverage) else { continue };
            let whole_px = patch.area_px();
            let beyond_horizon = seen.range_m > self.outlook.horizon_m;
            patch.hide(|column, row| {
                let pixel = row * width + column;
                if ranges_m.get(pixel).is_some_and(|range_m| f64::from(*range_m) < seen.range_m) {
                    return 1.0;
                }
                if beyond_horizon { backdrop.sea_share(self.rays.map(|axis| axis[pixel])) } else { 0.0 }
            });
            lay(&patch, values, width);
            for (_, farther, _) in &mut drawn {
                if farther.window.shared(&patch.window).is_some() {
                    farther.hide(|column, row| patch.share(column, row));
                }
            }
            drawn.push((seen, patch, whole_px));
        }
        let shared = |(seen, patch, whole_px): (Seen, Patch, f64)| {
            let unhidden = if whole_px > 0.0 { patch.area_px() / whole_px } else { 0.0 };
            Seen { visible_share: seen.visible_share * unhidden, ..seen }
        };
        let mut seen: Vec<Seen> = drawn.into_iter().map(shared).collect();
        seen.sort_by_key(|seen| seen.id);
        seen
    }

    /// One target through the exposure, and its truth; nothing where it is out of the picture.
    fn draw(&self, target: &Target, exposure: &Exposure, coverage: &mut Coverage) -> Option<(Seen, Patch)> {
        let range_m = (target.position - exposure.pose.position).norm();
        let instants = self.instants(target, exposure);
        let shots: Vec<Vec<Drawn>> = exposure
            .instants(instants)
            .map(|after_s| {
                self.faces_of(target, &exposure.pose_after(after_s), exposure.time_s + after_s, after_s, range_m)
            })
            .collect();
        let corners = |shots: &'_ [Vec<Drawn>]| -> Vec<Vector2<f64>> {
            shots.iter().flatten().flat_map(|face| face.outline.iter().copied()).collect()
        };
        let (width, height) = (self.lens.width(), self.lens.height());
        let window = Window::around(corners(&shots).iter(), width, height)?;
        let middle = corners(&shots[instants / 2..=instants / 2]);
        let first = *middle.first()?;
        let (low, high) = middle.iter().fold((first, first), |(low, high), at| (low.inf(at), high.sup(at)));
        let seen = Seen {
            id: target.id,
            centre_px: exposure.pose.project(self.lens, &target.position)?,
            box_px: [low, high],
            range_m,
            visible_share: within(low, high, width, height),
        };
        if seen.visible_share <= 0.0 {
            return None;
        }
        let mut exposed = Patch::empty(window);
        let (mut instant, mut part) = (Patch::empty(window), Patch::empty(window));
        for shot in &shots {
            self.raster(shot, &mut instant, &mut part, coverage);
            exposed.expose(&instant, 1.0 / instants as f32);
        }
        Some((seen, exposed))
    }

    /// The faces of one instant, part over part.
    fn raster(&self, shot: &[Drawn], instant: &mut Patch, part: &mut Patch, coverage: &mut Coverage) {
        instant.clear();
        for faces in shot.chunk_by(|a, b| a.part == b.part) {
            part.clear();
            for face in faces {
                let Some(window) = Window::around(face.outline.iter(), self.lens.width(), self.lens.height()) else {
                    continue;
                };
                coverage.clear(&window);
                coverage.add(&window, &face.outline, 1.0);
                part.join(&window, coverage, face.value, face.opacity);
            }
            instant.over(part);
        }
    }

    /// How many instants stand for the exposure; an odd number, so that one is its middle.
    fn instants(&self, target: &Target, exposure: &Exposure) -> usize {
        let seen = |after_s: f64| {
            let at = target.position + target.velocity_m_s * after_s;
            exposure.pose_after(after_s).project(self.lens, &at)
        };
        let half_s = exposure.open_s / 2.0;
        let moved_px = seen(half_s).zip(seen(-half_s)).map_or(0.0, |(to, from)| (to - from).norm());
        1 + 2 * ((moved_px / INSTANT_PX).min(INSTANTS_MAX) / 2.0).ceil() as usize
    }

    /// The faces that a target turns to a pose, in the order in which they are to be painted.
    fn faces_of(&self, target: &Target, pose: &Pose, time_s: f64, after_s: f64, range_m: f64) -> Vec<Drawn> {
        let position = target.position + target.velocity_m_s * after_s;
        let turn = &target.enu_from_frd;
        let eye = turn.inverse_transform_vector(&(pose.position - position));
        let weather = &self.scene.weather;
        let mut drawn = Vec::new();
        for (part, shaped) in target.figure.parts_from(&eye, time_s).into_iter().enumerate() {
            let mut draw = |corners: &[Vector3<f64>], normal: &Vector3<f64>, opacity| {
                let mut outline = Vec::new();
                project(self.lens, pose, corners.iter().map(|corner| position + turn * corner), &mut outline);
                let value = self.through_air(self.band.surface(shaped.material, &(turn * normal), weather), range_m);
                if !outline.is_empty() {
                    drawn.push(Drawn { outline, value, opacity, part });
                }
            };
            match &shaped.shape {
                Shape::Solid(faces) => {
                    for face in faces.iter().filter(|face| (eye - face.corners[0]).dot(&face.normal) > 0.0) {
                        draw(&face.corners, &face.normal, 1.0);
                    }
                }
                Shape::Sheet { face, opacity } => {
                    let side = (eye - face.corners[0]).dot(&face.normal).signum();
                    draw(&face.corners, &(face.normal * side), *opacity);
                }
                Shape::Ellipsoid(half_axes) => {
                    let normal = (eye - shaped.centre).normalize();
                    draw(&silhouette(&shaped.centre, half_axes, &eye), &normal, 1.0);
                }
            }
        }
        drawn
    }
}

/// A plane in camera axes.
struct Plane {
    normal: [f32; 3],
    offset_m: f32,
}

impl Plane {
    /// How far a ray of length one goes until it meets the plane.
    #[inline]
    fn range_m(&self, ray: [f32; 3]) -> f32 {
        let [x, y, z] = self.normal;
        self.offset_m / (x * ray[0] + y * ray[1] + z * ray[2])
    }
}

/// The share of a box that lies within the picture.
fn within(low: Vector2<f64>, high: Vector2<f64>, width: usize, height: usize) -> f64 {
    let edge = Vector2::new(width as f64, height as f64) - Vector2::repeat(0.5);
    let inside = high.inf(&edge) - low.sup(&Vector2::repeat(-0.5));
    let whole = high - low;
    let share = |n: usize| if whole[n] > 0.0 { (inside[n] / whole[n]).clamp(0.0, 1.0) } else { 1.0 };
    if inside.min() < 0.0 { 0.0 } else { share(0) * share(1) }
}

/// Lays a patch over the picture.
fn lay(patch: &Patch, values: &mut [f32], width: usize) {
    let window = &patch.window;
    let rows = patch.values.chunks_exact(window.width()).zip(patch.shares.chunks_exact(window.width()));
    for (row, (near_values, shares)) in rows.enumerate() {
        let first = (window.top + row) * width + window.left;
        let under = &mut values[first..][..window.width()];
        for ((value, near), share) in under.iter_mut().zip(near_values).zip(shares) {
            *value = *value * (1.0 - share) + near;
        }
    }
}
