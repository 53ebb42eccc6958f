//! Numbers as whole steps on the wire, where a state has to fit a narrow link: an integer of the size that real values
//! have takes two or three bytes, a double nine.
//!
//! The steps are finer than any sensor on board: 6 mm of latitude and longitude, 1 cm of height, 1 cm/s, 0.1 mrad,
//! 0.1 % of charge, 10 mV, 10 mA. What is written is the nearest step, and writing what was read gives the same bytes
//! again. A value that is not finite is written as null. Where "not known" is part of the meaning (the battery) null
//! is read back as NaN; elsewhere the reader refuses the message, because a state with a hole in it is no state.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The nearest whole number of steps; nothing for a value that is not finite.
fn steps(value: f64, per_unit: f64) -> Option<i64> {
    value.is_finite().then(|| (value * per_unit).round() as i64)
}

fn value(steps: i64, per_unit: f64) -> f64 {
    steps as f64 / per_unit
}

/// An optional position as `[latitude nrad, longitude nrad, height cm]`.
pub(super) mod position {
    use super::{Deserialize, Deserializer, Serialize, Serializer, steps, value};
    use crate::altitude::AltitudeHae;
    use crate::frames::Geodetic;

    /// Poles and antimeridian, rounded towards zero: the nearest step would lie off the Earth.
    const LIMITS: [i64; 2] = [1_570_796_326, 3_141_592_653];

    pub(in super::super) fn serialize<S: Serializer>(at: &Option<Geodetic>, to: S) -> Result<S::Ok, S::Error> {
        let angle = |radians, limit: i64| steps(radians, 1e9).map(|steps| steps.clamp(-limit, limit));
        at.map(|at| [angle(at.latitude(), LIMITS[0]), angle(at.longitude(), LIMITS[1]), steps(at.height().metres, 1e2)])
            .serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Geodetic>, D::Error> {
        let Some([latitude, longitude, height]) = Option::<[i64; 3]>::deserialize(from)? else { return Ok(None) };
        Geodetic::from_radians(value(latitude, 1e9), value(longitude, 1e9), AltitudeHae::new(value(height, 1e2)))
            .map(Some)
            .map_err(serde::de::Error::custom)
    }
}

/// A height above whatever datum, in centimetres.
pub(super) mod centimetres {
    use super::{Deserialize, Deserializer, Serialize, Serializer, steps, value};
    use crate::altitude::{AltitudeAmsl, HeightAboveHome};

    pub(in super::super) trait Metres: Copy {
        fn metres(self) -> f64;
        fn from_metres(metres: f64) -> Self;
    }

    impl Metres for AltitudeAmsl {
        fn metres(self) -> f64 {
            self.metres
        }
        fn from_metres(metres: f64) -> Self {
            Self::new(metres)
        }
    }

    impl Metres for HeightAboveHome {
        fn metres(self) -> f64 {
            self.metres
        }
        fn from_metres(metres: f64) -> Self {
            Self::new(metres)
        }
    }

    pub(in super::super) fn serialize<T: Metres, S: Serializer>(height: &T, to: S) -> Result<S::Ok, S::Error> {
        steps(height.metres(), 1e2).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, T: Metres, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        i64::deserialize(from).map(|steps| T::from_metres(value(steps, 1e2)))
    }
}

/// A velocity as `[east, north, up]` in cm/s.
pub(super) mod velocity {
    use super::{Deserialize, Deserializer, Serialize, Serializer, steps, value};
    use crate::frames::EnuVelocity;

    pub(in super::super) fn serialize<S: Serializer>(v: &EnuVelocity, to: S) -> Result<S::Ok, S::Error> {
        [v.east_m_s, v.north_m_s, v.up_m_s].map(|axis| steps(axis, 1e2)).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<EnuVelocity, D::Error> {
        let [east_m_s, north_m_s, up_m_s] = <[i64; 3]>::deserialize(from)?.map(|steps| value(steps, 1e2));
        Ok(EnuVelocity { east_m_s, north_m_s, up_m_s })
    }
}

/// An attitude as `[roll, pitch, heading]` in units of 0.1 mrad.
pub(super) mod attitude {
    use super::{Deserialize, Deserializer, Serialize, Serializer, steps, value};
    use crate::angle::Heading;
    use crate::frames::Attitude;

    /// The step that a full turn rounds to; it is written as 0.
    const TURN: i64 = 62_832;

    pub(in super::super) fn serialize<S: Serializer>(a: &Attitude, to: S) -> Result<S::Ok, S::Error> {
        let heading = steps(a.heading.radians(), 1e4).map(|steps| steps % TURN);
        [steps(a.roll_rad, 1e4), steps(a.pitch_rad, 1e4), heading].serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Attitude, D::Error> {
        let [roll_rad, pitch_rad, heading] = <[i64; 3]>::deserialize(from)?.map(|steps| value(steps, 1e4));
        Ok(Attitude { roll_rad, pitch_rad, heading: Heading::from_radians(heading) })
    }
}

/// A battery as `[remaining ‰, voltage cV, current cA]`, null for a reading that is not there.
pub(super) mod battery {
    use super::{Deserialize, Deserializer, Serialize, Serializer, steps, value};
    use crate::messages::Battery;

    pub(in super::super) fn serialize<S: Serializer>(b: &Battery, to: S) -> Result<S::Ok, S::Error> {
        [steps(b.remaining.into(), 1e3), steps(b.voltage_v.into(), 1e2), steps(b.current_a.into(), 1e2)].serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Battery, D::Error> {
        let [remaining, voltage, current] = <[Option<i64>; 3]>::deserialize(from)?;
        let reading = |steps: Option<i64>, per_unit| steps.map_or(f32::NAN, |steps| value(steps, per_unit) as f32);
        Ok(Battery {
            remaining: reading(remaining, 1e3),
            voltage_v: reading(voltage, 1e2),
            current_a: reading(current, 1e2),
        })
    }
}
