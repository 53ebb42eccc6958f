//! Angles by what they measure. All are radians inside; azimuths, headings and courses turn clockwise from true north.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

/// Wraps to (−π, π]. What lies there already comes back bit for bit.
#[must_use]
pub fn wrapped_pi(radians: f64) -> f64 {
    if radians > -PI && radians <= PI {
        return radians;
    }
    let wrapped = radians.rem_euclid(TAU);
    if wrapped > PI { wrapped - TAU } else { wrapped }
}

macro_rules! around_north {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
        #[serde(from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// From radians, clockwise from true north; wrapped to [0, 2π).
            #[must_use]
            pub fn from_radians(radians: f64) -> Self {
                let wrapped = radians.rem_euclid(TAU);
                Self(if wrapped < TAU { wrapped } else { 0.0 })
            }

            /// From degrees, clockwise from true north.
            #[must_use]
            pub fn from_degrees(degrees: f64) -> Self {
                Self::from_radians(degrees.to_radians())
            }

            /// Radians in [0, 2π).
            #[must_use]
            pub fn radians(self) -> f64 {
                self.0
            }

            /// Degrees in [0, 360).
            #[must_use]
            pub fn degrees(self) -> f64 {
                self.0.to_degrees()
            }

            /// The shortest turn from `other` to `self`, radians in (−π, π], clockwise positive.
            #[must_use]
            pub fn turn_from(self, other: Self) -> f64 {
                wrapped_pi(self.0 - other.0)
            }
        }

        impl From<f64> for $name {
            fn from(radians: f64) -> Self {
                Self::from_radians(radians)
            }
        }

        impl From<$name> for f64 {
            fn from(angle: $name) -> f64 {
                angle.0
            }
        }
    };
}

around_north!(
    /// The direction in which a sensor sees something.
    Azimuth
);
around_north!(
    /// The direction a nose points.
    Heading
);
around_north!(
    /// The direction of movement over ground.
    Course
);

/// Angle above the local horizontal, radians in [−π/2, π/2] when it comes from a real sensor.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Elevation(f64);

impl Elevation {
    /// From radians, up positive.
    #[must_use]
    pub const fn from_radians(radians: f64) -> Self {
        Self(radians)
    }

    /// From degrees, up positive.
    #[must_use]
    pub fn from_degrees(degrees: f64) -> Self {
        Self(degrees.to_radians())
    }

    /// Radians, up positive.
    #[must_use]
    pub const fn radians(self) -> f64 {
        self.0
    }
}
