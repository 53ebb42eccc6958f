//! Mission, fence and rally items as ArduPilot stores them: not quite as they were sent.
//!
//! ArduPilot packs an item into a few bytes and unpacks it on download: parameters a command does not use come back as
//! zero, altitudes in whole centimetres, frames in their float form, and a command without a place in frame 0. Item 0
//! is home, whatever was uploaded.

use mavlink::dialects::ardupilotmega::MavCmd;
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Geodetic, GeoidUndulation, LatLon};

pub(crate) const NAV_WAYPOINT: u16 = MavCmd::MAV_CMD_NAV_WAYPOINT as u16;
pub(crate) const NAV_LOITER_UNLIM: u16 = MavCmd::MAV_CMD_NAV_LOITER_UNLIM as u16;
pub(crate) const NAV_LOITER_TURNS: u16 = MavCmd::MAV_CMD_NAV_LOITER_TURNS as u16;
pub(crate) const NAV_LOITER_TIME: u16 = MavCmd::MAV_CMD_NAV_LOITER_TIME as u16;
pub(crate) const NAV_RETURN_TO_LAUNCH: u16 = MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH as u16;
pub(crate) const NAV_LAND: u16 = MavCmd::MAV_CMD_NAV_LAND as u16;
pub(crate) const NAV_TAKEOFF: u16 = MavCmd::MAV_CMD_NAV_TAKEOFF as u16;
pub(crate) const NAV_VTOL_TAKEOFF: u16 = MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF as u16;
pub(crate) const NAV_VTOL_LAND: u16 = MavCmd::MAV_CMD_NAV_VTOL_LAND as u16;
pub(crate) const NAV_DELAY: u16 = MavCmd::MAV_CMD_NAV_DELAY as u16;
pub(crate) const DO_JUMP: u16 = MavCmd::MAV_CMD_DO_JUMP as u16;
pub(crate) const DO_CHANGE_SPEED: u16 = MavCmd::MAV_CMD_DO_CHANGE_SPEED as u16;
pub(crate) const DO_LAND_START: u16 = MavCmd::MAV_CMD_DO_LAND_START as u16;
pub(crate) const DO_SET_ROI_LOCATION: u16 = MavCmd::MAV_CMD_DO_SET_ROI_LOCATION as u16;
pub(crate) const DO_SET_ROI_NONE: u16 = MavCmd::MAV_CMD_DO_SET_ROI_NONE as u16;
pub(crate) const DO_GIMBAL_MANAGER_PITCHYAW: u16 = MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW as u16;
pub(crate) const DO_SET_ROI: u16 = 201;
pub(crate) const DO_DIGICAM_CONTROL: u16 = MavCmd::MAV_CMD_DO_DIGICAM_CONTROL as u16;
pub(crate) const IMAGE_START_CAPTURE: u16 = MavCmd::MAV_CMD_IMAGE_START_CAPTURE as u16;
pub(crate) const IMAGE_STOP_CAPTURE: u16 = MavCmd::MAV_CMD_IMAGE_STOP_CAPTURE as u16;
pub(crate) const VIDEO_START_CAPTURE: u16 = MavCmd::MAV_CMD_VIDEO_START_CAPTURE as u16;
pub(crate) const VIDEO_STOP_CAPTURE: u16 = MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE as u16;
pub(crate) const FENCE_RETURN_POINT: u16 = MavCmd::MAV_CMD_NAV_FENCE_RETURN_POINT as u16;
pub(crate) const FENCE_INCLUSION: u16 = MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION as u16;
pub(crate) const FENCE_EXCLUSION: u16 = MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION as u16;
pub(crate) const FENCE_CIRCLE_INCLUSION: u16 = MavCmd::MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION as u16;
pub(crate) const FENCE_CIRCLE_EXCLUSION: u16 = MavCmd::MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION as u16;
/// Commands done in passing that change nothing that is flown: servos, mounts, cameras, gimbals, the fence.
const IN_PASSING: [u16; 14] = [
    MavCmd::MAV_CMD_CONDITION_DELAY as u16,
    MavCmd::MAV_CMD_CONDITION_YAW as u16,
    MavCmd::MAV_CMD_DO_SET_HOME as u16,
    MavCmd::MAV_CMD_DO_SET_SERVO as u16,
    204,
    205,
    MavCmd::MAV_CMD_DO_SET_CAM_TRIGG_DIST as u16,
    MavCmd::MAV_CMD_DO_FENCE_ENABLE as u16,
    MavCmd::MAV_CMD_SET_CAMERA_MODE as u16,
    MavCmd::MAV_CMD_SET_CAMERA_ZOOM as u16,
    MavCmd::MAV_CMD_SET_CAMERA_FOCUS as u16,
    DO_GIMBAL_MANAGER_PITCHYAW,
    MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE as u16,
    MavCmd::MAV_CMD_DO_VTOL_TRANSITION as u16,
];
/// MAV_FRAME_MISSION: of an item without a place.
const FRAME_MISSION: u8 = 2;
const RALLY_POINT: u16 = MavCmd::MAV_CMD_NAV_RALLY_POINT as u16;

/// How much fits, per list. ArduPilot's own limits on a board with a 16 kB store.
pub(crate) const MISSION_ITEMS_MAX: usize = 724;
pub(crate) const FENCE_ITEMS_MAX: usize = 84;
pub(crate) const RALLY_ITEMS_MAX: usize = 50;

/// The datum of an item's altitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Datum {
    Amsl,
    Home,
    /// Above the ground, which is level at the height of the start.
    Terrain,
}

impl Datum {
    /// By MAV_FRAME number: GLOBAL, GLOBAL_RELATIVE_ALT and GLOBAL_TERRAIN_ALT, each also in its INT form.
    pub(crate) fn from_frame(frame: u8) -> Option<Self> {
        match frame {
            0 | 5 => Some(Self::Amsl),
            3 | 6 => Some(Self::Home),
            10 | 11 => Some(Self::Terrain),
            _ => None,
        }
    }

    fn frame(self) -> u8 {
        match self {
            Self::Amsl => 0,
            Self::Home => 3,
            Self::Terrain => 10,
        }
    }
}

/// One item, field for field as in MISSION_ITEM_INT.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Item {
    pub(crate) command: u16,
    pub(crate) frame: u8,
    pub(crate) param: [f32; 4],
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) z: f32,
}

/// Why an item is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    Command,
    Frame,
    /// Parameter 1 to 7.
    Parameter(u8),
    /// It contradicts the other items.
    Inconsistent,
}

/// Which parameters a command keeps, and whether it has a place.
fn layout(kind: VehicleKind, command: u16) -> Option<([bool; 4], bool)> {
    const NONE: [bool; 4] = [false; 4];
    const FIRST: [bool; 4] = [true, false, false, false];
    const SECOND_THIRD: [bool; 4] = [false, true, true, false];
    const ALL: [bool; 4] = [true; 4];
    Some(match command {
        NAV_WAYPOINT if matches!(kind, VehicleKind::FixedWing | VehicleKind::Vtol) => (SECOND_THIRD, true),
        NAV_WAYPOINT | NAV_TAKEOFF | NAV_LAND | DO_SET_ROI => (FIRST, true),
        NAV_VTOL_TAKEOFF | NAV_VTOL_LAND if kind == VehicleKind::Vtol => (FIRST, true),
        NAV_LOITER_UNLIM => ([false, false, true, false], true),
        NAV_LOITER_TURNS | NAV_LOITER_TIME => ([true, false, true, false], true),
        DO_LAND_START | DO_SET_ROI_LOCATION => (NONE, true),
        NAV_RETURN_TO_LAUNCH | DO_SET_ROI_NONE => (NONE, false),
        DO_JUMP => ([true, true, false, false], false),
        DO_CHANGE_SPEED => ([true, true, true, false], false),
        NAV_DELAY | DO_DIGICAM_CONTROL | IMAGE_START_CAPTURE | IMAGE_STOP_CAPTURE | VIDEO_START_CAPTURE
        | VIDEO_STOP_CAPTURE => (ALL, false),
        command if IN_PASSING.contains(&command) => (ALL, false),
        _ => return None,
    })
}

impl Item {
    /// What stands in the place of home until it is asked for.
    pub(crate) const HOME: Self = Self { command: NAV_WAYPOINT, frame: 0, param: [0.0; 4], x: 0, y: 0, z: 0.0 };

    /// Packs and unpacks a mission item.
    pub(crate) fn stored(self, kind: VehicleKind) -> Result<Self, Rejection> {
        let (kept, placed) = layout(kind, self.command).ok_or(Rejection::Command)?;
        for (number, value) in (1..).zip(&self.param[..3]) {
            if value.is_nan() {
                return Err(Rejection::Parameter(number));
            }
        }
        let mut item = Self { command: self.command, frame: 0, param: [0.0; 4], x: 0, y: 0, z: 0.0 };
        for (number, keep) in kept.into_iter().enumerate() {
            // Parameter 4, a heading in most commands, may be NaN: "as it is".
            if keep && self.param[number].is_finite() {
                item.param[number] = self.param[number];
            }
        }
        if placed {
            self.check_place()?;
            item.frame = Datum::from_frame(self.frame).ok_or(Rejection::Frame)?.frame();
            (item.x, item.y, item.z) = (self.x, self.y, centimetres(self.z));
        }
        Ok(item)
    }

    /// Keeps a mission item as PX4 does: whole, but for the frame of one without a place.
    pub(crate) fn stored_by_px4(self, kind: VehicleKind) -> Result<Self, Rejection> {
        let (_, placed) = layout(kind, self.command).ok_or(Rejection::Command)?;
        if !placed {
            return Ok(Self { frame: FRAME_MISSION, ..self });
        }
        self.check_place()?;
        let frame = Datum::from_frame(self.frame).filter(|datum| *datum != Datum::Terrain);
        Ok(Self { frame: frame.ok_or(Rejection::Frame)?.frame(), ..self })
    }

    /// The same item with the frame it lost, where a firmware remembers it.
    pub(crate) fn remembering_frame(self) -> Self {
        let placed = layout(VehicleKind::Multirotor, self.command).is_some_and(|(_, placed)| placed);
        if placed { self } else { Self { frame: FRAME_MISSION, ..self } }
    }

    /// Packs and unpacks a fence item. Whether polygons have corners enough is seen when all have come, or here if
    /// `at_once`.
    pub(crate) fn stored_fence(self, at_once: bool) -> Result<Self, Rejection> {
        let corners_min = if at_once { 3.0 } else { 0.0 };
        let count = match self.command {
            FENCE_INCLUSION | FENCE_EXCLUSION if (corners_min..=255.0).contains(&self.param[0]) => {
                self.param[0].trunc()
            }
            FENCE_CIRCLE_INCLUSION | FENCE_CIRCLE_EXCLUSION if self.param[0] > 0.0 => self.param[0],
            FENCE_RETURN_POINT => 0.0,
            FENCE_INCLUSION | FENCE_EXCLUSION | FENCE_CIRCLE_INCLUSION | FENCE_CIRCLE_EXCLUSION => {
                return Err(Rejection::Parameter(1));
            }
            _ => return Err(Rejection::Command),
        };
        self.check_place()?;
        let _: Datum = Datum::from_frame(self.frame).ok_or(Rejection::Frame)?;
        Ok(Self { command: self.command, frame: 0, param: [count, 0.0, 0.0, 0.0], x: self.x, y: self.y, z: 0.0 })
    }

    /// Packs and unpacks a rally point. With `as_sent` its frame stays as it came, INT or not.
    pub(crate) fn stored_rally(self, as_sent: bool) -> Result<Self, Rejection> {
        if self.command != RALLY_POINT {
            return Err(Rejection::Command);
        }
        self.check_place()?;
        let frame = Datum::from_frame(self.frame).ok_or(Rejection::Frame)?.frame();
        let frame = if as_sent { self.frame } else { frame };
        Ok(Self { command: RALLY_POINT, frame, param: [0.0; 4], x: self.x, y: self.y, z: self.z.trunc() })
    }

    fn check_place(&self) -> Result<(), Rejection> {
        if self.x.unsigned_abs() > 900_000_000 {
            Err(Rejection::Parameter(5))
        } else if self.y.unsigned_abs() > 1_800_000_000 {
            Err(Rejection::Parameter(6))
        } else if self.z.is_nan() || self.z.abs() >= 100_000.0 {
            Err(Rejection::Parameter(7))
        } else {
            Ok(())
        }
    }

    /// Whether it is a command that moves the vehicle, as against one done in passing.
    pub(crate) fn navigates(&self) -> bool {
        matches!(
            self.command,
            NAV_WAYPOINT
                | NAV_LOITER_UNLIM
                | NAV_LOITER_TURNS
                | NAV_LOITER_TIME
                | NAV_RETURN_TO_LAUNCH
                | NAV_LAND
                | NAV_TAKEOFF
                | NAV_VTOL_TAKEOFF
                | NAV_VTOL_LAND
                | NAV_DELAY
        )
    }

    /// Whether it says where, as against "here" (latitude and longitude zero).
    pub(crate) fn placed(&self) -> bool {
        self.x != 0 || self.y != 0
    }
}

/// Altitudes are kept in whole centimetres.
fn centimetres(metres: f32) -> f32 {
    ((f64::from(metres) * 100.0) as i32) as f32 * 0.01
}

/// How places in items become places on Earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Datums {
    pub(crate) home: Geodetic,
    pub(crate) ground: AltitudeHae,
    pub(crate) undulation: GeoidUndulation,
}

impl Datums {
    pub(crate) fn height(&self, datum: Datum, metres: f64) -> AltitudeHae {
        AltitudeHae::new(
            metres
                + match datum {
                    Datum::Amsl => self.undulation.metres,
                    Datum::Home => self.home.height().metres,
                    Datum::Terrain => self.ground.metres,
                },
        )
    }

    /// Where an item lies; `here` stands in for a missing latitude and longitude.
    pub(crate) fn place(&self, item: &Item, here: Geodetic) -> Geodetic {
        let height = self.height(Datum::from_frame(item.frame).unwrap_or(Datum::Amsl), f64::from(item.z));
        let at = if item.placed() { lat_lon(item.x, item.y) } else { None };
        at.unwrap_or(here.lat_lon()).at_height(height)
    }
}

/// A position from MAVLink's degrees times ten million.
pub(crate) fn lat_lon(latitude_e7: i32, longitude_e7: i32) -> Option<LatLon> {
    LatLon::from_degrees(f64::from(latitude_e7) * 1e-7, f64::from(longitude_e7) * 1e-7).ok()
}

/// The three lists of the autopilot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items {
    /// Item 0 stands for home; its stored content is never read.
    pub(crate) mission: Vec<Item>,
    pub(crate) fence: Vec<Item>,
    pub(crate) rally: Vec<Item>,
    /// The opaque id of each list, where it has one.
    pub(crate) ids: [u32; 3],
}

/// Whether a fence is whole: every polygon has as many vertices, one after the other, as each of them says.
pub(crate) fn fence_is_whole(items: &[Item]) -> bool {
    let mut left = items;
    while let Some(first) = left.first() {
        let corners = match first.command {
            FENCE_INCLUSION | FENCE_EXCLUSION if first.param[0] >= 3.0 => first.param[0] as usize,
            FENCE_INCLUSION | FENCE_EXCLUSION => return false,
            _ => 1,
        };
        let alike = |item: &Item| item.command == first.command && item.param[0] == first.param[0];
        match left.get(..corners) {
            Some(polygon) if polygon.iter().all(alike) => left = &left[corners..],
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(command: u16, frame: u8) -> Item {
        Item { command, frame, param: [1.0, 2.0, 3.0, 4.0], x: 543_700_000, y: 101_400_000, z: 20.006 }
    }

    #[test]
    fn items_come_back_as_ardupilot_stores_them() {
        let copter = VehicleKind::Multirotor;
        let waypoint = item(NAV_WAYPOINT, 6).stored(copter).unwrap();
        assert_eq!((waypoint.frame, waypoint.param, waypoint.z), (3, [1.0, 0.0, 0.0, 0.0], 20.0));
        let waypoint = item(NAV_WAYPOINT, 5).stored(VehicleKind::FixedWing).unwrap();
        assert_eq!((waypoint.frame, waypoint.param), (0, [0.0, 2.0, 3.0, 0.0]));
        let home = item(NAV_RETURN_TO_LAUNCH, 3).stored(copter).unwrap();
        assert_eq!((home.frame, home.x, home.y, home.z), (0, 0, 0, 0.0));
    }

    #[test]
    fn what_cannot_be_flown_is_refused_with_the_reason() {
        let copter = VehicleKind::Multirotor;
        assert_eq!(item(4000, 3).stored(copter), Err(Rejection::Command));
        assert_eq!(item(NAV_WAYPOINT, 1).stored(copter), Err(Rejection::Frame));
        let nan = Item { param: [f32::NAN, 0.0, 0.0, f32::NAN], ..item(NAV_WAYPOINT, 3) };
        assert_eq!(nan.stored(copter), Err(Rejection::Parameter(1)));
        assert!(Item { param: [0.0, 0.0, 0.0, f32::NAN], ..nan }.stored(copter).is_ok());
        assert_eq!(Item { x: 900_000_001, ..item(NAV_LAND, 3) }.stored(copter), Err(Rejection::Parameter(5)));
        assert_eq!(Item { z: f32::NAN, ..item(NAV_LAND, 3) }.stored(copter), Err(Rejection::Parameter(7)));
    }

    #[test]
    fn a_polygon_that_lacks_a_corner_is_not_a_fence() {
        let corner = Item { param: [4.0, 0.0, 0.0, 0.0], ..item(FENCE_INCLUSION, 0) };
        assert!(fence_is_whole(&[corner; 4]));
        assert!(!fence_is_whole(&[corner; 3]));
        assert!(!fence_is_whole(&[corner; 5]));
        assert!(fence_is_whole(&[]));
    }
}
