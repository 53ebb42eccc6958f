//! The flight controller: modes, arming, the mission, returning home, failsafes.
//!
//! Each step it looks at the [`Situation`], decides what to do now (a [`Task`]) and asks that of the body (a
//! [`Demand`]). Commands from outside come through its methods and may be refused in ArduPilot's words. It knows nothing
//! of MAVLink framing; what it has to say goes out as [`Notice`]s.
//!
//! Terms: *landed* is ArduPilot's "land complete", which follows the contact with the ground by a second; a *leg* is
//! what the current mission item amounts to.

mod arming;
mod entering;
mod estimate;
mod failsafe;
mod fence;
mod guided;
mod items;
mod legs;
mod mode;
mod notice;
mod px4;
mod remote_id;
mod returning;
mod sequence;
mod setpoint;
mod sticks;
mod task;

use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Elevation, Geodetic, GeoidUndulation, Heading, Timestamp};

use self::failsafe::Failsafes;
use self::fence::FenceWatch;
use self::returning::Return;
use self::sequence::Sequence;
use self::task::{Manner, Task};
use super::dynamics::{BatteryReading, Demand, Lift, Motion, Nose};
use super::local::moved;
use super::parameters::{Parameter, Parameters};
use super::personality::{Personality, Quirks};

pub(crate) use self::estimate::{Estimate, Filter};
pub(crate) use self::failsafe::BatteryLevel;
pub(crate) use self::fence::{Barrier, fence_holds};
pub(crate) use self::items::{
    DO_CHANGE_SPEED, DO_DIGICAM_CONTROL, DO_JUMP, DO_SET_ROI, DO_SET_ROI_LOCATION, DO_SET_ROI_NONE, Datum, Datums,
    FENCE_ITEMS_MAX, IMAGE_START_CAPTURE, IMAGE_STOP_CAPTURE, Item, Items, MISSION_ITEMS_MAX, NAV_LOITER_UNLIM,
    RALLY_ITEMS_MAX, Rejection, VIDEO_START_CAPTURE, VIDEO_STOP_CAPTURE, fence_is_whole, lat_lon,
};
pub use self::mode::Mode;
pub(crate) use self::notice::{Notice, Notices, Severity};
pub(crate) use self::remote_id::RemoteId;
pub(crate) use self::sequence::Progress;
pub(crate) use self::setpoint::Setpoint;
pub(crate) use self::sticks::{Sticks, kept_s};

/// Contact for this long is a landing.
const LAND_COMPLETE_S: f64 = 1.0;
/// Landed for this long, a copter that was landing disarms.
const LAND_DISARM_S: f64 = 1.0;
/// Ground contact harder than this is a crash.
const CRASH_M_S: f64 = 4.0;
/// An aeroplane slower than this over the ground stands.
const STANDING_M_S: f64 = 0.5;

/// What the flight controller decides by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) now: Timestamp,
    pub(crate) personality: Personality,
    pub(crate) quirks: &'a Quirks,
    pub(crate) parameters: &'a Parameters,
    pub(crate) estimate: &'a Estimate,
    pub(crate) battery: BatteryReading,
    /// The body's own state; the controller reads contact and impact from it, never the position.
    pub(crate) motion: &'a Motion,
    pub(crate) ground: AltitudeHae,
    pub(crate) undulation: GeoidUndulation,
    /// Mean wind, as the filter has learnt it: where an aeroplane lands into.
    pub(crate) wind: [f64; 2],
}

impl Situation<'_> {
    pub(crate) fn kind(&self) -> VehicleKind {
        self.parameters.kind()
    }

    /// Whether it cruises on a wing.
    pub(crate) fn winged(&self) -> bool {
        matches!(self.kind(), VehicleKind::FixedWing | VehicleKind::Vtol)
    }

    /// Whether rotors lift it off the ground.
    pub(crate) fn rotors(&self) -> bool {
        matches!(self.kind(), VehicleKind::Multirotor | VehicleKind::Vtol)
    }

    /// Whether the water carries it: it never lands.
    pub(crate) fn floats(&self) -> bool {
        matches!(self.kind(), VehicleKind::Boat | VehicleKind::Rov)
    }

    /// How far ahead of a place a VTOL leaves its wing, to have slowed down there (ArduPlane's Q_TRANS_DECEL).
    pub(crate) fn back_transition_m(&self) -> f64 {
        let deceleration = self.parameters.get(Parameter::QTransDecel).clamp(0.2, 5.0);
        self.estimate.velocity.xy().norm_squared() / (2.0 * deceleration)
    }

    pub(crate) fn above_ground_m(&self) -> f64 {
        self.estimate.position.height().metres - self.ground.metres
    }
}

/// A refusal: said as a STATUSTEXT, answered as a failed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused;

#[derive(Debug)]
pub(crate) struct Flight {
    mode: Mode,
    armed_at: Option<Timestamp>,
    /// Whether a copter may leave the ground: no stick is there to be raised, so a command has to say so.
    cleared: bool,
    /// "Land complete"; a boat never lands.
    landed: bool,
    contact_since: Option<Timestamp>,
    flown: bool,
    home: Option<Geodetic>,
    home_after: Timestamp,
    task: Task,
    returning: Option<Return>,
    sequence: Sequence,
    pub(crate) items: Items,
    failsafes: Failsafes,
    fence_watch: FenceWatch,
    pub(crate) remote_id: RemoteId,
    pub(crate) sticks: Sticks,
    /// Whether the sticks steer now.
    steered: bool,
    /// When the last setpoint of a companion came.
    setpoint_at: Option<Timestamp>,
    /// PX4 fell out of Offboard for want of setpoints.
    offboard_lost: bool,
    /// Where a PX4 take-off goes to, if a command said so.
    take_off_height: Option<AltitudeHae>,
    /// Where the nose is to point, radians from north, when somebody says so.
    heading_wanted: Option<f64>,
    /// A speed asked for by command, until the mode changes.
    speed_m_s: Option<f64>,
    guided_target: Option<Geodetic>,
    pub(crate) roi: Option<Geodetic>,
    /// The camera's elevation along the way, where a mission set it and no place does.
    pub(crate) look_ahead: Option<Elevation>,
    pub(crate) recording: bool,
    idle_since: Timestamp,
    prearm_said_at: Timestamp,
    pub(crate) notices: Notices,
}

impl Flight {
    pub(crate) fn new(kind: VehicleKind, personality: Personality, now: Timestamp, estimate_after_s: f64) -> Self {
        let mut notices = Notices::default();
        if personality == Personality::ArduPilot {
            notices.say(Severity::Info, "ArduPilot Ready");
        }
        Self {
            mode: Mode::initial(kind, personality),
            armed_at: None,
            cleared: false,
            landed: !matches!(kind, VehicleKind::Boat | VehicleKind::Rov),
            contact_since: Some(now),
            flown: false,
            home: None,
            home_after: now.offset_seconds(estimate_after_s / 2.0),
            task: Task::Rest,
            returning: None,
            sequence: Sequence::default(),
            items: Items::default(),
            failsafes: Failsafes::default(),
            fence_watch: FenceWatch::default(),
            remote_id: RemoteId::default(),
            sticks: Sticks::default(),
            steered: false,
            setpoint_at: None,
            offboard_lost: false,
            take_off_height: None,
            heading_wanted: None,
            speed_m_s: None,
            guided_target: None,
            roi: None,
            look_ahead: None,
            recording: false,
            idle_since: now,
            prearm_said_at: now,
            notices,
        }
    }

    /// Points the camera at a place, or lets it look as it does by itself.
    pub(crate) fn look_at(&mut self, place: Option<Geodetic>) {
        (self.roi, self.look_ahead) = (place, None);
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn armed(&self) -> bool {
        self.armed_at.is_some()
    }

    pub(crate) fn landed(&self) -> bool {
        self.landed
    }

    pub(crate) fn home(&self) -> Option<Geodetic> {
        self.home
    }

    /// Whether it is on its way up, or on its way down to the ground.
    pub(crate) fn rising(&self) -> bool {
        matches!(self.task, Task::Rise { .. })
    }

    pub(crate) fn descending(&self) -> bool {
        matches!(self.task, Task::Descend { .. } | Task::Approach { .. })
    }

    /// Whether what it is doing is done on a wing, by a vehicle that has one.
    pub(crate) fn on_wing(&self) -> bool {
        self.task.lift() == Lift::Wing
    }

    /// The place it steers for, if it steers for one.
    pub(crate) fn target(&self) -> Option<Geodetic> {
        match self.task {
            Task::Fly { to, .. } | Task::Approach { to, .. } => Some(to),
            Task::Stay { at } | Task::Descend { at: Some(at) } => Some(at),
            Task::Circle { centre, .. } => Some(centre),
            Task::Rise { from, height, .. } => Some(from.lat_lon().at_height(height)),
            Task::Rest | Task::Level { .. } | Task::Move { .. } | Task::Descend { at: None } => None,
        }
    }

    /// Whether any failsafe is at work.
    pub(crate) fn in_failsafe(&self) -> bool {
        self.failsafes.any() || self.offboard_lost || self.fence_watch.breach_acts()
    }

    pub(crate) fn battery_level(&self) -> BatteryLevel {
        self.failsafes.battery()
    }

    pub(crate) fn datums(&self, s: &Situation<'_>) -> Datums {
        // Before home is known, heights above it are above the ground it stands on.
        let home = self.home.unwrap_or(s.estimate.position.lat_lon().at_height(s.ground));
        Datums { home, ground: s.ground, undulation: s.undulation }
    }

    /// One step: look, decide, demand.
    pub(crate) fn step(&mut self, s: &Situation<'_>) -> Demand {
        self.find_home(s);
        self.feel_the_ground(s);
        self.watch_failsafes(s);
        if let Some(armed_at) = self.armed_at {
            self.fly(s);
            self.disarm_when_done(s);
            if self.armed() {
                let demand = self.task.demand(s, &self.manner(s, armed_at));
                let nose = self.heading_wanted.map_or(demand.nose, |to| Nose::Towards(Heading::from_radians(to)));
                return Demand { nose, ..demand };
            }
        } else {
            self.say_prearm(s);
        }
        Demand::resting(super::dynamics::Motors::Off)
    }

    fn manner(&self, s: &Situation<'_>, armed_at: Timestamp) -> Manner {
        let settled_nose = s.kind() == VehicleKind::Multirotor
            && match s.parameters.choice(Parameter::WpYawBehavior) {
                0 => true,
                // 2: along the path, except when returning.
                2 => self.returning.is_some(),
                _ => false,
            };
        let nose = if settled_nose { Nose::Keep } else { Nose::AlongPath };
        Manner { speed_m_s: self.speed_m_s(s), nose, armed_at, cleared: self.cleared }
    }

    /// The speed to go at: as commanded, else as set.
    fn speed_m_s(&self, s: &Situation<'_>) -> f64 {
        let set = match s.kind() {
            VehicleKind::FixedWing | VehicleKind::Vtol => s.parameters.get(Parameter::AirspeedCruise),
            VehicleKind::Boat => s.parameters.get(Parameter::WpSpeed),
            VehicleKind::Multirotor | VehicleKind::Rov | VehicleKind::Unknown => {
                s.parameters.metres(Parameter::WpnavSpeed)
            }
        };
        let returning = match (self.returning.is_some(), s.kind()) {
            (true, VehicleKind::Multirotor) => s.parameters.metres(Parameter::RtlSpeed),
            (true, VehicleKind::Boat) => s.parameters.get(Parameter::RtlSpeed),
            _ => 0.0,
        };
        if returning > 0.0 { returning } else { self.speed_m_s.unwrap_or(set) }.clamp(0.2, 100.0)
    }

    fn find_home(&mut self, s: &Situation<'_>) {
        if self.home.is_none() && s.estimate.located && s.now >= self.home_after {
            self.set_home_here(s);
        }
    }

    /// Home is where the vehicle stands; it is set again on arming.
    fn set_home_here(&mut self, s: &Situation<'_>) {
        self.home = Some(s.estimate.position);
        self.notices.push(Notice::Home);
    }

    /// Home is where somebody says it is, until it is armed.
    pub(crate) fn move_home(&mut self, to: Geodetic) {
        self.home = Some(to);
        self.notices.push(Notice::Home);
    }

    fn feel_the_ground(&mut self, s: &Situation<'_>) {
        if s.floats() {
            return;
        }
        if !s.motion.contact {
            self.contact_since = None;
            if self.landed {
                self.landed = false;
                self.flown = true;
                self.cleared = true;
            }
            return;
        }
        let since = *self.contact_since.get_or_insert(s.now);
        if self.landed {
            return;
        }
        if s.motion.impact_m_s > CRASH_M_S && self.armed() {
            self.notices.say(Severity::Critical, "Crash: Disarming");
            self.disarm(s);
        }
        let standing = s.motion.velocity.norm() < STANDING_M_S;
        let settling = !self.armed() || self.descending() || standing;
        if settling && standing && s.now.seconds_since(since) >= LAND_COMPLETE_S {
            self.landed = true;
            self.idle_since = s.now;
        }
    }

    /// Lets the mode do its work for one step.
    fn fly(&mut self, s: &Situation<'_>) {
        match self.mode {
            Mode::Auto => self.follow_mission(s),
            Mode::Rtl => {
                self.step_return(s);
            }
            Mode::Guided => self.follow_guidance(s),
            Mode::Takeoff => self.follow_take_off(s),
            Mode::Offboard => self.follow_offboard(s),
            Mode::Loiter if s.personality == Personality::Px4 => self.follow_guidance(s),
            Mode::Stabilize | Mode::AltHold | Mode::Manual | Mode::Loiter | Mode::PosHold | Mode::Position => {
                self.follow_sticks(s);
            }
            Mode::Hold | Mode::Brake | Mode::Land | Mode::Surface | Mode::QLoiter => {}
        }
    }

    fn risen(&self, s: &Situation<'_>, height: AltitudeHae) -> bool {
        !s.motion.contact && s.estimate.position.height().metres >= height.metres - 0.15
    }

    /// Where a copter comes to rest if it brakes now.
    fn stopping_point(&self, s: &Situation<'_>) -> Geodetic {
        if !matches!(s.kind(), VehicleKind::Multirotor | VehicleKind::Vtol | VehicleKind::Rov) {
            return s.estimate.position;
        }
        let velocity = s.estimate.velocity;
        let deceleration = if s.kind() == VehicleKind::Vtol {
            2.0 * s.parameters.get(Parameter::QTransDecel)
        } else {
            s.parameters.metres(Parameter::WpnavAccel)
        };
        let braking_s = velocity.norm() / deceleration.max(0.5);
        let by =
            telemetry::Enu { east_m: velocity.x * braking_s, north_m: velocity.y * braking_s, up_m: velocity.z * 0.5 };
        moved(s.estimate.position, by)
    }
}
