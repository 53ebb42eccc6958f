//! Directions in body axes, and how a body is turned.

use nalgebra::{UnitQuaternion, Vector3};
use serde::{Deserialize, Serialize};

use super::local::Ned;
use crate::angle::Heading;

/// A direction in body axes: forward, right, down.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Frd {
    /// Along the nose.
    pub forward: f64,
    /// Along the right wing.
    pub right: f64,
    /// Through the floor.
    pub down: f64,
}

/// The orientation of a body, aerospace order (heading, pitch, roll). On the wire: `[roll, pitch, heading]` as `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "[f32; 3]", from = "[f32; 3]")]
pub struct Attitude {
    /// Right wing down positive, radians.
    pub roll_rad: f64,
    /// Nose up positive, radians.
    pub pitch_rad: f64,
    /// Where the nose points.
    pub heading: Heading,
}

impl Attitude {
    /// The rotation that takes body axes to north-east-down.
    #[must_use]
    pub fn ned_from_frd(self) -> UnitQuaternion<f64> {
        UnitQuaternion::from_euler_angles(self.roll_rad, self.pitch_rad, self.heading.radians())
    }

    /// A body direction in north-east-down.
    #[must_use]
    pub fn to_ned(self, body: Frd) -> Ned {
        let v = self.ned_from_frd() * Vector3::new(body.forward, body.right, body.down);
        Ned { north: v.x, east: v.y, down: v.z }
    }
}

impl From<Attitude> for [f32; 3] {
    fn from(a: Attitude) -> [f32; 3] {
        [a.roll_rad as f32, a.pitch_rad as f32, a.heading.radians() as f32]
    }
}

impl From<[f32; 3]> for Attitude {
    fn from([roll, pitch, heading]: [f32; 3]) -> Self {
        Self { roll_rad: roll.into(), pitch_rad: pitch.into(), heading: Heading::from_radians(heading.into()) }
    }
}
