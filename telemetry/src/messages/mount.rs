//! What `picket-onboard` tells the program of the vehicle's own camera on the same computer: how the camera stands in the
//! world, from instant to instant, and whether somebody in the operations room looks. Neither goes on the bus: twenty poses
//! a second would fill a radio.

use nalgebra::{Quaternion, UnitQuaternion};
use serde::{Deserialize, Serialize};

use crate::altitude::AltitudeAmsl;
use crate::frames::Geodetic;
use crate::ids::VehicleId;
use crate::time::Timestamp;

/// How far a quaternion's length may be from one, for it to be a turn.
const LENGTH_OFF_MAX: f64 = 1e-3;

/// Where a vehicle is and how it and its gimbal lie, at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MountPose {
    /// Which vehicle.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// When this was sent, by the sender's clock: whoever receives it learns from it how the two clocks differ.
    #[serde(rename = "s")]
    pub sent_at: Timestamp,
    /// The instant it holds for, by the same clock.
    #[serde(rename = "t")]
    pub measured_at: Timestamp,
    /// Where the vehicle was by its own navigation.
    #[serde(rename = "p")]
    pub position: Geodetic,
    /// The same height above mean sea level.
    #[serde(rename = "a")]
    pub altitude: AltitudeAmsl,
    /// How the vehicle lay.
    #[serde(rename = "o")]
    pub body: NedTurn,
    /// How the gimbal's head lay; nothing where no gimbal says so.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub head: Option<NedTurn>,
    /// How far off all this may be.
    #[serde(rename = "d")]
    pub sigma: MountSigma,
}

/// Whether the operations room looks through the vehicle's camera, and what the link has for it. Said several times a second;
/// who has heard nothing for a second sends nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveWish {
    /// Which vehicle.
    #[serde(rename = "w")]
    pub vehicle: VehicleId,
    /// How much may be sent, kbit/s; 0 while nobody looks or nobody would hear it.
    #[serde(rename = "l")]
    pub kilobits_per_s: u32,
    /// Whenever this changes, the next frame is to be a key frame: something was lost, or somebody new looks.
    #[serde(rename = "n")]
    pub beginnings: u32,
}

/// Standard deviations of a [`MountPose`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MountSigma {
    /// Of the place, each horizontal axis, metres.
    #[serde(rename = "h")]
    pub horizontal_m: f64,
    /// Of the height, metres.
    #[serde(rename = "v")]
    pub vertical_m: f64,
    /// Of the heading, radians.
    #[serde(rename = "y")]
    pub heading_rad: f64,
    /// Of roll and of pitch, radians.
    #[serde(rename = "r")]
    pub tilt_rad: f64,
    /// Of the instant, seconds.
    #[serde(rename = "t")]
    pub time_s: f64,
}

/// The turn from a body's axes (forward, right, down) to north, east, down. On the wire: `[w, x, y, z]`, of length one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct NedTurn(UnitQuaternion<f64>);

impl NedTurn {
    /// As a quaternion.
    #[must_use]
    pub fn ned_from_body(self) -> UnitQuaternion<f64> {
        self.0
    }
}

impl From<UnitQuaternion<f64>> for NedTurn {
    fn from(ned_from_body: UnitQuaternion<f64>) -> Self {
        Self(ned_from_body)
    }
}

impl From<NedTurn> for [f64; 4] {
    fn from(NedTurn(turn): NedTurn) -> Self {
        [turn.w, turn.i, turn.j, turn.k]
    }
}

impl TryFrom<[f64; 4]> for NedTurn {
    type Error = String;
    fn try_from([w, x, y, z]: [f64; 4]) -> Result<Self, String> {
        let found = Quaternion::new(w, x, y, z);
        let length = found.norm();
        if (length - 1.0).abs() <= LENGTH_OFF_MAX {
            Ok(Self(UnitQuaternion::new_normalize(found)))
        } else {
            Err(format!("a quaternion of length {length}: a turn has length 1"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::altitude::AltitudeHae;
    use crate::wire;

    fn pose(turn: [f64; 3], head: bool) -> MountPose {
        let [roll, pitch, yaw] = turn;
        let body = NedTurn::from(UnitQuaternion::from_euler_angles(roll, pitch, yaw));
        MountPose {
            vehicle: VehicleId::new("heron-1").unwrap(),
            sent_at: Timestamp::from_unix_nanos(1_795_230_000_050_000_000),
            measured_at: Timestamp::from_unix_nanos(1_795_230_000_000_000_000),
            position: Geodetic::from_degrees(54.4, 10.2, AltitudeHae::new(90.0)).unwrap(),
            altitude: AltitudeAmsl::new(50.0),
            body,
            head: head.then_some(body),
            sigma: MountSigma { horizontal_m: 1.5, vertical_m: 3.0, heading_rad: 0.04, tilt_rad: 0.01, time_s: 0.002 },
        }
    }

    proptest! {
        #[test]
        fn a_pose_comes_back_as_it_was(turn in prop::array::uniform3(-3.1..3.1f64), head: bool) {
            let sent = pose(turn, head);
            let back: MountPose = wire::decode(&wire::encode(&sent)).unwrap();
            prop_assert!(back.body.ned_from_body().angle_to(&sent.body.ned_from_body()) < 1e-7);
            prop_assert_eq!((back.head.is_some(), back.measured_at, back.sigma), (head, sent.measured_at, sent.sigma));
        }

        #[test]
        fn damaged_poses_are_refused_or_read_and_never_panic(at in 0usize..200, byte: u8) {
            let mut bytes = wire::encode(&pose([0.1, 0.2, 0.3], true));
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(read) = wire::decode::<MountPose>(&bytes) {
                prop_assert!((read.body.ned_from_body().norm() - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_no_turn_is_refused_with_its_length() {
        assert!(NedTurn::try_from([2.0, 0.0, 0.0, 0.0]).unwrap_err().contains("length 2"));
        assert!(NedTurn::try_from([f64::NAN, 0.0, 0.0, 0.0]).is_err());
    }
}
