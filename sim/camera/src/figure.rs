//! What things look like: drones, birds, aircraft, vessels and balloons, of simple solids.
//!
//! Body axes are forward, right, down; metres. Solids are convex, so what is seen of each is the faces turned to the eye.

use nalgebra::{Vector2, Vector3};

use crate::scene::Material;

/// What a thing is, with the measures that matter in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// A multirotor: a body, arms with a motor and a spinning rotor at each end, legs.
    Multirotor {
        /// From motor to motor across, metres.
        span_m: f64,
        /// How many rotors, 3 to 8 are usual.
        rotors: u8,
    },
    /// A drone or an aeroplane with wings.
    FixedWing {
        /// From wing tip to wing tip, metres.
        span_m: f64,
    },
    /// A bird that beats its wings.
    Bird {
        /// From wing tip to wing tip, metres.
        span_m: f64,
        /// Wing beats a second; 0 for one that soars.
        beats_hz: f64,
        /// Where in the beat it is at time zero, radians.
        phase_rad: f64,
    },
    /// A vessel afloat: hull, deckhouse, bridge, funnel, mast.
    Vessel {
        /// Length over all, metres.
        length_m: f64,
        /// Beam, metres.
        beam_m: f64,
    },
    /// A ball: a balloon, or a mark to calibrate by.
    Ball {
        /// Its radius, metres.
        radius_m: f64,
        /// What it is made of.
        material: Material,
    },
}

/// What the infrared and visible light show of the usual materials.
const SHELL: Material = Material { reflectance: 0.10, excess_k: 3.0 };
const ARM: Material = Material { reflectance: 0.08, excess_k: 1.0 };
const MOTOR: Material = Material { reflectance: 0.12, excess_k: 28.0 };
const BATTERY: Material = Material { reflectance: 0.15, excess_k: 14.0 };
const BLUR: Material = Material { reflectance: 0.25, excess_k: 0.5 };
const SKIN: Material = Material { reflectance: 0.62, excess_k: 1.5 };
const FEATHERS: Material = Material { reflectance: 0.30, excess_k: 5.0 };
const BREAST: Material = Material { reflectance: 0.55, excess_k: 11.0 };
const HULL: Material = Material { reflectance: 0.16, excess_k: 1.0 };
const DECKHOUSE: Material = Material { reflectance: 0.80, excess_k: 4.0 };
const BRIDGE: Material = Material { reflectance: 0.70, excess_k: 5.0 };
const FUNNEL: Material = Material { reflectance: 0.28, excess_k: 35.0 };

/// The share of light that a spinning rotor takes.
const ROTOR_OPACITY: f32 = 0.22;
/// Corners of what is round.
const ROUND: usize = 24;

/// One face of a solid: its corners and what way it looks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Face {
    pub(crate) corners: Vec<Vector3<f64>>,
    pub(crate) normal: Vector3<f64>,
}

/// What one part is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A convex solid, its faces looking outwards.
    Solid(Vec<Face>),
    /// A thin sheet, seen from both sides.
    Sheet { face: Face, opacity: f32 },
    /// An ellipsoid of these half axes.
    Ellipsoid(Vector3<f64>),
}

/// One part of a figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) centre: Vector3<f64>,
    pub(crate) shape: Shape,
    pub(crate) material: Material,
}

impl Figure {
    /// The parts at a time, seconds, the farthest from an eye in body axes first; a hull comes before what stands on it.
    pub(crate) fn parts_from(&self, eye: &Vector3<f64>, time_s: f64) -> Vec<Part> {
        let mut parts = self.parts(time_s);
        let sorted_from = usize::from(matches!(self, Self::Vessel { .. }));
        let away = |part: &Part| (part.centre - eye).norm();
        parts[sorted_from..].sort_by(|a, b| away(b).total_cmp(&away(a)));
        parts
    }

    fn parts(&self, time_s: f64) -> Vec<Part> {
        match *self {
            Self::Multirotor { span_m, rotors } => multirotor(span_m, rotors),
            Self::FixedWing { span_m } => fixed_wing(span_m),
            Self::Bird { span_m, beats_hz, phase_rad } => {
                bird(span_m, (std::f64::consts::TAU * beats_hz * time_s + phase_rad).sin())
            }
            Self::Vessel { length_m, beam_m } => vessel(length_m, beam_m),
            Self::Ball { radius_m, material } => {
                vec![Part { centre: Vector3::zeros(), shape: Shape::Ellipsoid(Vector3::repeat(radius_m)), material }]
            }
        }
    }
}

fn multirotor(span_m: f64, rotors: u8) -> Vec<Part> {
    let rotors = rotors.clamp(3, 16);
    let reach = span_m / 2.0;
    let mut parts = vec![
        block(Vector3::zeros(), Vector3::new(0.21, 0.15, 0.08) * span_m, SHELL),
        block(Vector3::new(-0.03, 0.0, -0.07) * span_m, Vector3::new(0.14, 0.09, 0.05) * span_m, BATTERY),
    ];
    for side in [-1.0, 1.0] {
        let foot = Vector3::new(0.0, side * 0.17, 0.19) * span_m;
        parts.push(rod(Vector3::new(0.0, side * 0.1, 0.04) * span_m, foot, 0.02 * span_m, ARM));
        parts.push(block(foot, Vector3::new(0.16, 0.012, 0.012) * span_m, ARM));
    }
    for n in 0..rotors {
        let azimuth = (f64::from(n) + 0.5) * std::f64::consts::TAU / f64::from(rotors);
        let end = Vector3::new(azimuth.cos(), azimuth.sin(), -0.04) * reach;
        parts.push(rod(end * 0.2, end, 0.035 * span_m, ARM));
        parts.push(block(end, Vector3::new(0.03, 0.03, 0.045) * span_m, MOTOR));
        let blade = (reach * (std::f64::consts::PI / f64::from(rotors)).sin() * 0.9).min(0.3 * span_m);
        parts.push(disc(end - Vector3::z() * (0.05 * span_m), blade));
    }
    parts
}

fn fixed_wing(span_m: f64) -> Vec<Part> {
    let sheet = |corners: Vec<Vector3<f64>>, normal, material| {
        let corners: Vec<_> = corners.into_iter().map(|corner| corner * span_m).collect();
        let centre = corners.iter().sum::<Vector3<f64>>() / corners.len() as f64;
        Part { centre, shape: Shape::Sheet { face: Face { corners, normal }, opacity: 1.0 }, material }
    };
    let wing = |side: f64, root: [f64; 2], tip: [f64; 2], reach: f64, height: f64| {
        let at = |x: f64, y: f64| Vector3::new(x, y, height);
        let corners = vec![at(root[0], 0.0), at(tip[0], side * reach), at(tip[1], side * reach), at(root[1], 0.0)];
        sheet(corners, -Vector3::z(), SKIN)
    };
    let mut parts = vec![
        Part {
            centre: Vector3::zeros(),
            shape: Shape::Ellipsoid(Vector3::new(0.42, 0.055, 0.06) * span_m),
            material: SKIN,
        },
        block(Vector3::new(-0.36, 0.0, 0.0) * span_m, Vector3::new(0.03, 0.03, 0.03) * span_m, MOTOR),
    ];
    for side in [-1.0, 1.0] {
        parts.push(wing(side, [0.12, -0.06], [0.03, -0.06], 0.5, -0.02));
        parts.push(wing(side, [-0.30, -0.40], [-0.36, -0.42], 0.17, -0.02));
    }
    let fin = [(-0.28, -0.02), (-0.37, -0.16), (-0.42, -0.16), (-0.40, -0.02)].map(|(x, z)| Vector3::new(x, 0.0, z));
    parts.push(sheet(fin.to_vec(), Vector3::y(), SKIN));
    parts
}

/// `beat` is how far up the wings are, −1 to 1.
fn bird(span_m: f64, beat: f64) -> Vec<Part> {
    let mut parts = vec![Part {
        centre: Vector3::zeros(),
        shape: Shape::Ellipsoid(Vector3::new(0.2, 0.06, 0.055) * span_m),
        material: BREAST,
    }];
    for side in [-1.0, 1.0] {
        let inner = 0.75 * beat + 0.12;
        let outer = inner - 0.5 + 0.35 * beat;
        let elbow = Vector3::new(0.03, side * 0.22 * inner.cos(), -0.22 * inner.sin());
        let tip = elbow + Vector3::new(-0.06, side * 0.28 * outer.cos(), -0.28 * outer.sin());
        let (front, rear) = (Vector3::new(0.08, side * 0.02, 0.0), Vector3::new(-0.09, side * 0.02, 0.0));
        let back = elbow - Vector3::x() * 0.15;
        for corners in [vec![front, elbow, back, rear], vec![elbow, tip, back]] {
            let corners: Vec<_> = corners.into_iter().map(|corner| corner * span_m).collect();
            let normal = (corners[1] - corners[0]).cross(&(corners[2] - corners[0])).normalize();
            let centre = corners.iter().sum::<Vector3<f64>>() / corners.len() as f64;
            let shape = Shape::Sheet { face: Face { corners, normal }, opacity: 1.0 };
            parts.push(Part { centre, shape, material: FEATHERS });
        }
    }
    parts
}

fn vessel(length_m: f64, beam_m: f64) -> Vec<Part> {
    let (half, beam) = (length_m / 2.0, beam_m / 2.0);
    let freeboard = 0.035 * length_m + 0.6;
    let deck = [(1.0, 0.0), (0.72, 1.0), (-0.92, 1.0), (-1.0, 0.8), (-1.0, -0.8), (-0.92, -1.0), (0.72, -1.0)]
        .map(|(x, y)| Vector2::new(x * half, y * beam));
    // What is large carries its house aft, what is small amidships.
    let aft = if length_m > 60.0 { -0.62 } else { -0.1 };
    let tier = |x: f64, length: f64, width: f64, foot: f64, height: f64, material| {
        let centre = Vector3::new(x * half, 0.0, -(foot + height / 2.0));
        block(centre, Vector3::new(length * half, width * beam, height / 2.0), material)
    };
    let house = (0.05 * length_m + 1.2).min(16.0);
    let bridge = (0.018 * length_m + 0.9).min(4.0);
    let top = freeboard + house + bridge;
    vec![
        prism(&deck, [0.0, freeboard], HULL),
        tier(aft, 0.22, 0.9, freeboard, house, DECKHOUSE),
        tier(aft + 0.1, 0.1, 0.95, freeboard + house, bridge, BRIDGE),
        tier(aft - 0.13, 0.05, 0.25, freeboard + house, bridge * 1.5, FUNNEL),
        tier(aft + 0.06, 0.012, 0.06, top, 0.04 * length_m + 1.0, HULL),
        tier(0.8, 0.012, 0.06, freeboard, 0.05 * length_m + 0.5, HULL),
    ]
}

/// A block along the body axes, of half sides.
fn block(centre: Vector3<f64>, half: Vector3<f64>, material: Material) -> Part {
    boxed(centre, [Vector3::x() * half.x, Vector3::y() * half.y, Vector3::z() * half.z], material)
}

/// A square rod from one point to another.
fn rod(from: Vector3<f64>, to: Vector3<f64>, width: f64, material: Material) -> Part {
    let along = (to - from) / 2.0;
    let other = if along.z.abs() < 0.9 * along.norm() { Vector3::z() } else { Vector3::x() };
    let aside = along.cross(&other).normalize() * (width / 2.0);
    let upwards = along.cross(&aside).normalize() * (width / 2.0);
    boxed((from + to) / 2.0, [along, aside, upwards], material)
}

/// A box by its three half axes, which stand upright on each other.
fn boxed(centre: Vector3<f64>, axes: [Vector3<f64>; 3], material: Material) -> Part {
    let face = |n: usize, sign: f64| {
        let (out, u, v) = (axes[n] * sign, axes[(n + 1) % 3], axes[(n + 2) % 3]);
        let middle = centre + out;
        Face { corners: vec![middle + u + v, middle + u - v, middle - u - v, middle - u + v], normal: out.normalize() }
    };
    let faces = (0..3).flat_map(|n| [face(n, 1.0), face(n, -1.0)]).collect();
    Part { centre, shape: Shape::Solid(faces), material }
}

/// An upright prism over a convex outline (forward, right), between two heights above the reference point.
fn prism(outline: &[Vector2<f64>], [foot, top]: [f64; 2], material: Material) -> Part {
    let at = |point: &Vector2<f64>, height: f64| Vector3::new(point.x, point.y, -height);
    let middle = outline.iter().sum::<Vector2<f64>>() / outline.len() as f64;
    let walls = outline.iter().zip(outline.iter().cycle().skip(1)).map(|(a, b)| {
        let aside = Vector2::new(b.y - a.y, a.x - b.x);
        let outwards = if aside.dot(&(a - middle)) < 0.0 { -aside } else { aside };
        Face { corners: vec![at(a, foot), at(b, foot), at(b, top), at(a, top)], normal: outwards.push(0.0).normalize() }
    });
    let lid = Face { corners: outline.iter().map(|point| at(point, top)).collect(), normal: -Vector3::z() };
    let faces = walls.chain([lid]).collect();
    Part { centre: at(&middle, (foot + top) / 2.0), shape: Shape::Solid(faces), material }
}

/// A level disc: a rotor that spins.
fn disc(centre: Vector3<f64>, radius: f64) -> Part {
    let corner = |n: usize| {
        let (sin, cos) = (n as f64 * std::f64::consts::TAU / ROUND as f64).sin_cos();
        centre + Vector3::new(cos, sin, 0.0) * radius
    };
    let face = Face { corners: (0..ROUND).map(corner).collect(), normal: -Vector3::z() };
    Part { centre, shape: Shape::Sheet { face, opacity: ROTOR_OPACITY }, material: BLUR }
}

/// The outline of an ellipsoid as an eye sees it: where the lines of sight touch it. Empty for an eye inside.
pub(crate) fn silhouette(centre: &Vector3<f64>, half_axes: &Vector3<f64>, eye: &Vector3<f64>) -> Vec<Vector3<f64>> {
    // Scaled so that the ellipsoid is the unit ball, the outline is a circle.
    let eye = (eye - centre).component_div(half_axes);
    let away = eye.norm();
    if away <= 1.0 {
        return Vec::new();
    }
    let towards = eye / away;
    let other = if towards.z.abs() < 0.9 { Vector3::z() } else { Vector3::x() };
    let u = towards.cross(&other).normalize();
    let v = towards.cross(&u);
    // The polygon has the area of the circle.
    let turn = std::f64::consts::TAU / ROUND as f64;
    let radius = (1.0 - 1.0 / (away * away)).sqrt() * (turn / turn.sin()).sqrt();
    let corner = |n: usize| {
        let (sin, cos) = (n as f64 * turn).sin_cos();
        centre + (towards / away + (u * cos + v * sin) * radius).component_mul(half_axes)
    };
    (0..ROUND).map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> [Figure; 5] {
        [
            Figure::Multirotor { span_m: 0.6, rotors: 4 },
            Figure::FixedWing { span_m: 2.2 },
            Figure::Bird { span_m: 1.2, beats_hz: 3.0, phase_rad: 0.4 },
            Figure::Vessel { length_m: 90.0, beam_m: 14.0 },
            Figure::Ball { radius_m: 0.5, material: SHELL },
        ]
    }

    #[test]
    fn the_faces_of_every_solid_look_outwards() {
        for part in figures().iter().flat_map(|figure| figure.parts(0.1)) {
            let Shape::Solid(faces) = &part.shape else { continue };
            for face in faces {
                let middle = face.corners.iter().sum::<Vector3<f64>>() / face.corners.len() as f64;
                assert!((middle - part.centre).dot(&face.normal) > 0.0, "{part:?}");
                let across = face.corners.iter().map(|corner| (corner - middle).dot(&face.normal).abs());
                assert!(across.fold(0.0, f64::max) < 1e-9, "a face is flat");
            }
        }
    }

    #[test]
    fn a_bird_beats_its_wings() {
        let bird = Figure::Bird { span_m: 1.0, beats_hz: 4.0, phase_rad: 0.0 };
        let highest = |time_s: f64| {
            let corners = |part: Part| match part.shape {
                Shape::Sheet { face, .. } => face.corners,
                Shape::Solid(_) | Shape::Ellipsoid(_) => Vec::new(),
            };
            bird.parts(time_s).into_iter().flat_map(corners).map(|corner| -corner.z).fold(f64::MIN, f64::max)
        };
        assert!(highest(1.0 / 16.0) > highest(3.0 / 16.0) + 0.2, "{} {}", highest(1.0 / 16.0), highest(3.0 / 16.0));
    }

    #[test]
    fn a_ball_shows_the_outline_of_a_ball() {
        let eye = Vector3::new(30.0, -10.0, 5.0);
        let centre = Vector3::new(1.0, 2.0, 3.0);
        let outline = silhouette(&centre, &Vector3::repeat(2.0), &eye);
        let cone = (2.0 / (eye - centre).norm()).asin();
        for corner in outline {
            let angle = (corner - eye).angle(&(centre - eye));
            assert!((angle / cone - 1.0).abs() < 0.01, "{angle} {cone}");
        }
    }
}
