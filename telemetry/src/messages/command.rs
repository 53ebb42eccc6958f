//! Commands to vehicles, the flight plan as it travels, and the vehicle's answer.

use serde::{Deserialize, Serialize};

use crate::altitude::{AltitudeAmsl, HeightAboveHome};
use crate::angle::Elevation;
use crate::frames::{Geodetic, LatLon};
use crate::ids::{CommandId, CueId, OperatorId, PlanId, VehicleId};
use crate::time::Timestamp;

/// A command to one vehicle. Sent again until answered; the same id twice is carried out once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRequest {
    /// The idempotency id.
    #[serde(rename = "i")]
    pub id: CommandId,
    /// For which vehicle.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// When it was given.
    #[serde(rename = "t")]
    pub issued_at: Timestamp,
    /// After this it must not be begun.
    #[serde(rename = "e")]
    pub expires_at: Timestamp,
    /// On whose word.
    #[serde(rename = "b")]
    pub authority: Authority,
    /// What to do.
    #[serde(rename = "c")]
    pub command: Command,
}

/// On whose word a command is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// A person, by name.
    #[serde(rename = "o")]
    Operator(OperatorId),
    /// The patrol plan that a person checked and released before the night.
    #[serde(rename = "p")]
    Plan {
        /// Which plan.
        #[serde(rename = "i")]
        plan: PlanId,
        /// Who released it.
        #[serde(rename = "b")]
        released_by: OperatorId,
    },
}

/// What a vehicle can be told to do. There is nothing here that could act on anything but the vehicle itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Take this plan; it replaces the one before. Nothing moves yet.
    #[serde(rename = "plan")]
    Plan(FlightPlan),
    /// Arm, take off and fly the plan.
    #[serde(rename = "start")]
    Start,
    /// Hold where you are.
    #[serde(rename = "pause")]
    Pause,
    /// Go on with the plan.
    #[serde(rename = "resume")]
    Resume,
    /// Come home.
    #[serde(rename = "home")]
    ReturnHome,
    /// Land where you are.
    #[serde(rename = "land")]
    Land,
    /// Fly to a point and hold there.
    #[serde(rename = "goto")]
    GoTo {
        /// Where to.
        #[serde(rename = "p")]
        position: LatLon,
        /// How high.
        #[serde(rename = "a")]
        altitude: AltitudeAmsl,
        /// How fast, m/s; nothing for the vehicle's cruise speed.
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        speed_m_s: Option<f64>,
    },
    /// Look at a target from a stand-off distance, for an approved cue. Sent again as the target moves.
    #[serde(rename = "look")]
    Observe {
        /// The approved cue.
        #[serde(rename = "q")]
        cue: CueId,
        /// Where the target is believed to be.
        #[serde(rename = "p")]
        target: Geodetic,
        /// The distance to keep, metres.
        #[serde(rename = "o")]
        stand_off_m: f64,
        /// The altitude to look from.
        #[serde(rename = "a")]
        altitude: AltitudeAmsl,
    },
    /// Tell the camera something. The flight goes on as it is.
    #[serde(rename = "cam")]
    Camera(CameraOrder),
    /// Point the camera. The flight goes on as it is.
    #[serde(rename = "point")]
    Point(Pointing),
}

/// A checked plan on its way to a vehicle. Made by `missions`, which alone checks plans against a site; the vehicle's
/// guard checks it once more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlightPlan {
    /// Which plan.
    #[serde(rename = "i")]
    pub id: PlanId,
    /// What to do, in order.
    #[serde(rename = "l")]
    pub items: Vec<PlanItem>,
    /// Where the vehicle must stay.
    #[serde(rename = "g")]
    pub geofence: Geofence,
    /// Safe places to go to; the nearest is used when home cannot be reached.
    #[serde(rename = "r", default)]
    pub rally_points: Vec<RallyPoint>,
    /// Speed between points, m/s.
    #[serde(rename = "s")]
    pub cruise_m_s: f64,
    /// What to do when the operations room falls silent.
    #[serde(rename = "k")]
    pub lost_link: LostLink,
    /// The battery that must be left on landing, 0 to 1.
    #[serde(rename = "b")]
    pub battery_reserve: f64,
}

/// An altitude with its datum, as a plan states it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum PlanAltitude {
    /// Above mean sea level.
    #[serde(rename = "a")]
    Amsl(AltitudeAmsl),
    /// Above the place of take-off.
    #[serde(rename = "h")]
    Home(HeightAboveHome),
}

/// One step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum PlanItem {
    /// Climb straight up to a height (aircraft only; the first item of a flight).
    #[serde(rename = "up")]
    TakeOff {
        /// How high.
        #[serde(rename = "a")]
        altitude: PlanAltitude,
    },
    /// Fly to a point.
    #[serde(rename = "wp")]
    Waypoint {
        /// Where.
        #[serde(rename = "p")]
        position: LatLon,
        /// How high.
        #[serde(rename = "a")]
        altitude: PlanAltitude,
        /// How fast on the way there, m/s; nothing for cruise speed.
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        speed_m_s: Option<f64>,
    },
    /// Stay at a point for a time.
    #[serde(rename = "lo")]
    Loiter {
        /// Where.
        #[serde(rename = "p")]
        position: LatLon,
        /// How high.
        #[serde(rename = "a")]
        altitude: PlanAltitude,
        /// How long, seconds.
        #[serde(rename = "d")]
        duration_s: f64,
    },
    /// Circle a point.
    #[serde(rename = "or")]
    Orbit {
        /// The centre.
        #[serde(rename = "p")]
        centre: LatLon,
        /// How high.
        #[serde(rename = "a")]
        altitude: PlanAltitude,
        /// Radius, metres; clockwise positive.
        #[serde(rename = "r")]
        radius_m: f64,
        /// How many turns.
        #[serde(rename = "n")]
        turns: f64,
    },
    /// Point the camera at a place from here on.
    #[serde(rename = "lk")]
    LookAt {
        /// Where.
        #[serde(rename = "p")]
        position: LatLon,
        /// The height of the place.
        #[serde(rename = "a")]
        altitude: PlanAltitude,
    },
    /// Point the camera ahead along the way, by an angle, from here on.
    #[serde(rename = "la")]
    LookAhead {
        /// Of its axis; below the horizon is negative, straight down -90°.
        #[serde(rename = "e")]
        elevation: Elevation,
    },
    /// Switch the camera's recording.
    #[serde(rename = "ca")]
    Camera(CameraAction),
    /// Go back to an earlier item.
    #[serde(rename = "rp")]
    Repeat {
        /// The item to go to, counted from 0.
        #[serde(rename = "f")]
        from: u16,
        /// How often; nothing means until something ends the flight.
        #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
        times: Option<u16>,
    },
    /// Return home and land.
    #[serde(rename = "rt")]
    ReturnHome,
    /// Land at a point.
    #[serde(rename = "ld")]
    Land {
        /// Where.
        #[serde(rename = "p")]
        position: LatLon,
    },
}

/// What the camera is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CameraAction {
    /// Start recording.
    #[serde(rename = "on")]
    On,
    /// Stop recording.
    #[serde(rename = "off")]
    Off,
}

/// What a person at the console tells the camera.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum CameraOrder {
    /// Zoom to a part of the camera's range.
    #[serde(rename = "z")]
    Zoom {
        /// 0 (wide) to 100 (tele).
        #[serde(rename = "p")]
        percent: f64,
    },
    /// Take one photograph.
    #[serde(rename = "ph")]
    Photo,
    /// Switch its recording.
    #[serde(rename = "rec")]
    Record(CameraAction),
    /// Follow what is at a place of the picture.
    #[serde(rename = "fp")]
    FollowPoint {
        /// Where.
        #[serde(rename = "p")]
        at: PicturePoint,
        /// How far around it; 1 is the picture's width.
        #[serde(rename = "r")]
        radius: f64,
    },
    /// Follow what is in a rectangle of the picture.
    #[serde(rename = "fr")]
    FollowRegion {
        /// Its upper left corner.
        #[serde(rename = "f")]
        from: PicturePoint,
        /// Its lower right corner.
        #[serde(rename = "t")]
        to: PicturePoint,
    },
    /// Follow nothing any more.
    #[serde(rename = "fs")]
    StopFollowing,
}

/// A place in a picture, as shares of its width and height from the upper left, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PicturePoint {
    /// To the right.
    #[serde(rename = "x")]
    pub right: f64,
    /// Down.
    #[serde(rename = "y")]
    pub down: f64,
}

/// Where a camera is to look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Pointing {
    /// At a place, and to stay on it.
    #[serde(rename = "a")]
    At {
        /// Where.
        #[serde(rename = "p")]
        position: LatLon,
        /// How high the place lies.
        #[serde(rename = "a")]
        altitude: AltitudeAmsl,
    },
    /// By angles.
    #[serde(rename = "b")]
    By {
        /// Upwards from the horizon, radians.
        #[serde(rename = "p")]
        pitch_rad: f64,
        /// To the right of the nose, radians.
        #[serde(rename = "y")]
        yaw_rad: f64,
    },
    /// At nothing: as the vehicle's own settings have it.
    #[serde(rename = "r")]
    Release,
}

/// Where a vehicle must stay: a ring on the ground and a band of height above take-off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Geofence {
    /// The ring's corners, not closed, at least three.
    #[serde(rename = "r")]
    pub ring: Vec<LatLon>,
    /// The lowest height allowed once under way.
    #[serde(rename = "f")]
    pub floor: HeightAboveHome,
    /// The greatest height allowed.
    #[serde(rename = "c")]
    pub ceiling: HeightAboveHome,
}

/// A safe place to land other than home.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RallyPoint {
    /// Where.
    #[serde(rename = "p")]
    pub position: LatLon,
    /// The height to arrive at.
    #[serde(rename = "a")]
    pub altitude: PlanAltitude,
}

/// What to do when the operations room falls silent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LostLink {
    /// After how many seconds of silence.
    #[serde(rename = "t")]
    pub after_s: f64,
    /// What then.
    #[serde(rename = "a")]
    pub action: LostLinkAction,
}

/// What a vehicle does without the operations room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostLinkAction {
    /// Go home.
    ReturnHome,
    /// Go on with the plan.
    Continue,
}

/// A vehicle's answer to a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ack {
    /// Which command.
    #[serde(rename = "i")]
    pub command: CommandId,
    /// Which vehicle.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// When.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// How far it has come.
    #[serde(rename = "s")]
    pub stage: AckStage,
}

/// How far a command has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AckStage {
    /// Taken, being carried out.
    #[serde(rename = "a")]
    Accepted,
    /// Carried out, as far as a command is (a return home is done when the autopilot returns, not when it has landed).
    #[serde(rename = "d")]
    Done,
    /// Not taken, and why: the guard, or the autopilot.
    #[serde(rename = "r")]
    Refused(String),
    /// Taken, but it could not be carried out, and why.
    #[serde(rename = "f")]
    Failed(String),
}

impl AckStage {
    /// Whether no other answer will follow.
    #[must_use]
    pub fn last(&self) -> bool {
        !matches!(self, Self::Accepted)
    }
}
