//! A flight plan as the items of a mission, with the way back from an item to the leg of the plan it belongs to.
//!
//! Item 0 is home: ArduPilot counts it, and writes its own over it. A leg is an item of the plan; it becomes one item
//! of the mission, or two where the speed changes before it.
//!
//! Limits of what ArduPilot can hold, rounded here so that what comes back equals what was sent: waiting times in
//! whole seconds, circles in whole turns (rounded up: never less than asked) and whole metres, tens of metres above
//! 255 m. See `AP_Mission::mavlink_int_to_mission_cmd` in ArduPilot 4.5.

use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavCmd, MavFrame, MavMissionType};
use telemetry::messages::{CameraAction, FlightPlan, PlanAltitude, PlanItem};
use telemetry::{AltitudeAmsl, LatLon, MavSystemId, PlanId};

use super::mode::Family;
use super::session::AUTOPILOT;

/// Of an aeroplane's climb after take-off, degrees.
const TAKE_OFF_PITCH_DEG: f32 = 12.0;
/// The largest circle ArduPilot can hold, metres.
pub const RADIUS_MAX_M: f64 = 2550.0;
/// The most turns it can hold.
pub const TURNS_MAX: f64 = 255.0;
/// The longest wait it can hold, seconds.
pub const WAIT_MAX_S: f64 = 65_535.0;

/// One item, without its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// What to do.
    pub command: MavCmd,
    /// What the altitude is measured from.
    pub frame: MavFrame,
    /// The first four parameters.
    pub params: [f32; 4],
    /// Latitude, 1e-7 degrees.
    pub x: i32,
    /// Longitude, 1e-7 degrees.
    pub y: i32,
    /// Altitude, metres.
    pub z: f32,
}

/// A plan ready for the autopilot.
#[derive(Debug, Clone, PartialEq)]
pub struct Mission {
    /// The plan.
    pub plan: PlanId,
    /// How many legs it has.
    pub legs: u16,
    items: Vec<Item>,
    leg_by_item: Vec<Option<u16>>,
}

impl Mission {
    /// The items of a plan. `home_altitude` turns a take-off's altitude above the sea into the height above home that
    /// ArduPilot wants.
    #[must_use]
    pub fn of(plan: &FlightPlan, family: Family, home_altitude: AltitudeAmsl) -> Self {
        let mut writer = Writer { family, home_altitude, cruise_m_s: plan.cruise_m_s, ..Writer::default() };
        let jump_targets: Vec<u16> = plan
            .items
            .iter()
            .filter_map(|item| if let PlanItem::Repeat { from, .. } = item { Some(*from) } else { None })
            .collect();
        writer.push(None, Item { command: MavCmd::MAV_CMD_NAV_WAYPOINT, ..Item::nowhere() });
        for (leg, item) in (0_u16..).zip(&plan.items) {
            // Whoever jumps here may come at any speed.
            if jump_targets.contains(&leg) {
                writer.speed_m_s = None;
            }
            writer.first_item_by_leg.push(writer.items.len() as u16);
            writer.leg(leg, item);
        }
        Self {
            plan: plan.id.clone(),
            legs: plan.items.len() as u16,
            items: writer.items,
            leg_by_item: writer.leg_by_item,
        }
    }

    /// How many items there are, home included.
    #[must_use]
    pub fn count(&self) -> u16 {
        self.items.len() as u16
    }

    /// The item of a number.
    #[must_use]
    pub fn item(&self, number: u16) -> Option<&Item> {
        self.items.get(usize::from(number))
    }

    /// The leg of the plan that an item belongs to; nothing for home.
    #[must_use]
    pub fn leg(&self, number: u16) -> Option<u16> {
        self.leg_by_item.get(usize::from(number)).copied().flatten()
    }

    /// An item as it travels.
    #[must_use]
    pub fn message(&self, number: u16, system: MavSystemId) -> Option<MISSION_ITEM_INT_DATA> {
        let item = self.item(number)?;
        let [param1, param2, param3, param4] = item.params;
        Some(MISSION_ITEM_INT_DATA {
            param1,
            param2,
            param3,
            param4,
            x: item.x,
            y: item.y,
            z: item.z,
            seq: number,
            command: item.command,
            target_system: system.0,
            target_component: AUTOPILOT.0,
            frame: item.frame,
            current: 0,
            autocontinue: 1,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
        })
    }

    /// Whether the autopilot holds this item as it was sent. Home is the autopilot's own.
    #[must_use]
    pub fn holds(&self, found: &MISSION_ITEM_INT_DATA) -> bool {
        if found.seq == 0 {
            return true;
        }
        self.item(found.seq).is_some_and(|sent| sent.same_as(found))
    }
}

impl Item {
    fn nowhere() -> Self {
        Self {
            command: MavCmd::MAV_CMD_NAV_WAYPOINT,
            frame: MavFrame::MAV_FRAME_GLOBAL,
            params: [0.0; 4],
            x: 0,
            y: 0,
            z: 0.0,
        }
    }

    fn at(command: MavCmd, position: LatLon, altitude: PlanAltitude) -> Self {
        let (frame, z) = match altitude {
            PlanAltitude::Amsl(altitude) => (MavFrame::MAV_FRAME_GLOBAL, altitude.metres),
            PlanAltitude::Home(height) => (MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT, height.metres),
        };
        let (x, y) = e7(position);
        Self { command, frame, params: [0.0; 4], x, y, z: z as f32 }
    }

    fn with(self, params: [f32; 4]) -> Self {
        Self { params, ..self }
    }

    fn same_as(&self, found: &MISSION_ITEM_INT_DATA) -> bool {
        let found_params = [found.param1, found.param2, found.param3, found.param4];
        let near = |index: usize, tolerance: f32| (self.params[index] - found_params[index]).abs() <= tolerance;
        let placed = || {
            self.x.abs_diff(found.x) <= 1
                && self.y.abs_diff(found.y) <= 1
                && (self.z - found.z).abs() <= 0.02
                && plain(self.frame) == plain(found.frame)
        };
        self.command == found.command
            && match self.command {
                MavCmd::MAV_CMD_DO_JUMP => near(0, 0.0) && near(1, 0.0),
                MavCmd::MAV_CMD_DO_CHANGE_SPEED => near(1, 0.05),
                MavCmd::MAV_CMD_VIDEO_START_CAPTURE
                | MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE
                | MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH => true,
                MavCmd::MAV_CMD_NAV_LOITER_TIME => placed() && near(0, 0.5),
                MavCmd::MAV_CMD_NAV_LOITER_TURNS => placed() && near(0, 0.5) && near(2, 0.5),
                MavCmd::MAV_CMD_NAV_TAKEOFF => {
                    (self.z - found.z).abs() <= 0.02 && plain(self.frame) == plain(found.frame)
                }
                _ => placed(),
            }
    }
}

/// The older names of the same frames.
#[allow(deprecated, reason = "an older autopilot may still send them")]
fn plain(frame: MavFrame) -> MavFrame {
    match frame {
        MavFrame::MAV_FRAME_GLOBAL_INT => MavFrame::MAV_FRAME_GLOBAL,
        MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT_INT => MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT,
        frame => frame,
    }
}

/// A place in units of 1e-7 degrees, about 1 cm.
#[must_use]
pub fn e7(position: LatLon) -> (i32, i32) {
    ((position.latitude_deg() * 1e7).round() as i32, (position.longitude_deg() * 1e7).round() as i32)
}

/// The radius that is flown for one that was asked for, sign kept.
#[must_use]
pub fn flown_radius_m(radius_m: f64) -> f64 {
    let size = radius_m.abs();
    let whole = if size > 255.0 { (size / 10.0).round() * 10.0 } else { size.round() };
    whole.copysign(radius_m)
}

struct Writer {
    family: Family,
    home_altitude: AltitudeAmsl,
    cruise_m_s: f64,
    /// The speed the vehicle flies at this point of the mission, where that is certain.
    speed_m_s: Option<f64>,
    items: Vec<Item>,
    leg_by_item: Vec<Option<u16>>,
    first_item_by_leg: Vec<u16>,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            family: Family::Copter,
            home_altitude: AltitudeAmsl::default(),
            cruise_m_s: 0.0,
            speed_m_s: None,
            items: Vec::new(),
            leg_by_item: Vec::new(),
            first_item_by_leg: Vec::new(),
        }
    }
}

impl Writer {
    fn push(&mut self, leg: Option<u16>, item: Item) {
        self.items.push(item);
        self.leg_by_item.push(leg);
    }

    fn speed(&mut self, leg: u16, speed_m_s: f64) {
        if self.speed_m_s == Some(speed_m_s) {
            return;
        }
        self.speed_m_s = Some(speed_m_s);
        // The speed's type: an aeroplane's is through the air, the others' over ground. The throttle stays as it is.
        let kind = if self.family == Family::Plane { 0.0 } else { 1.0 };
        let item = Item { command: MavCmd::MAV_CMD_DO_CHANGE_SPEED, ..Item::nowhere() };
        self.push(Some(leg), item.with([kind, speed_m_s as f32, -1.0, 0.0]));
    }

    fn leg(&mut self, leg: u16, item: &PlanItem) {
        let item = match *item {
            PlanItem::TakeOff { altitude } => self.take_off(altitude),
            PlanItem::Waypoint { position, altitude, speed_m_s } => {
                self.speed(leg, speed_m_s.unwrap_or(self.cruise_m_s));
                Item::at(MavCmd::MAV_CMD_NAV_WAYPOINT, position, altitude)
            }
            PlanItem::Loiter { position, altitude, duration_s } => {
                self.speed(leg, self.cruise_m_s);
                let wait_s = duration_s.round().clamp(0.0, WAIT_MAX_S) as f32;
                Item::at(MavCmd::MAV_CMD_NAV_LOITER_TIME, position, altitude).with([wait_s, 0.0, 0.0, 0.0])
            }
            PlanItem::Orbit { centre, altitude, radius_m, turns } => {
                self.speed(leg, self.cruise_m_s);
                let turns = turns.ceil().clamp(1.0, TURNS_MAX) as f32;
                let radius_m = flown_radius_m(radius_m) as f32;
                Item::at(MavCmd::MAV_CMD_NAV_LOITER_TURNS, centre, altitude).with([turns, 0.0, radius_m, 0.0])
            }
            PlanItem::LookAt { position, altitude } => {
                Item::at(MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, position, altitude)
            }
            PlanItem::Camera(CameraAction::On) => {
                Item { command: MavCmd::MAV_CMD_VIDEO_START_CAPTURE, ..Item::nowhere() }
            }
            PlanItem::Camera(CameraAction::Off) => {
                Item { command: MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE, ..Item::nowhere() }
            }
            PlanItem::Repeat { from, times } => {
                let target = self.first_item_by_leg.get(usize::from(from)).copied().unwrap_or(1);
                let times = times.map_or(-1.0, f32::from);
                Item { command: MavCmd::MAV_CMD_DO_JUMP, ..Item::nowhere() }.with([f32::from(target), times, 0.0, 0.0])
            }
            PlanItem::ReturnHome => Item { command: MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH, ..Item::nowhere() },
            PlanItem::Land { position } => {
                let ground = PlanAltitude::Home(telemetry::HeightAboveHome::new(0.0));
                Item::at(MavCmd::MAV_CMD_NAV_LAND, position, ground)
            }
        };
        self.push(Some(leg), item);
    }

    fn take_off(&self, altitude: PlanAltitude) -> Item {
        let height_m = match altitude {
            PlanAltitude::Home(height) => height.metres,
            PlanAltitude::Amsl(altitude) => altitude.metres - self.home_altitude.metres,
        };
        let pitch_deg = if self.family == Family::Plane { TAKE_OFF_PITCH_DEG } else { 0.0 };
        Item {
            command: MavCmd::MAV_CMD_NAV_TAKEOFF,
            frame: MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT,
            params: [pitch_deg, 0.0, 0.0, 0.0],
            x: 0,
            y: 0,
            z: height_m as f32,
        }
    }
}
