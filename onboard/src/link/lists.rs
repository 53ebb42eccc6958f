//! The three lists an autopilot holds: mission, fence and rally points, and their items on the wire.
//!
//! They travel by one protocol, told apart by `mission_type`. Each is cleared by its own type: the type for "all" is not
//! supported by ArduPilot, so it is never used.
//!
//! Limits: a fence is a plan's ring as one inclusion polygon; its band of heights is the guard's alone, because the two
//! makes keep it in parameters of their own. Rally points are given as heights above home (frame 3), because PX4 takes
//! frame 6 and then cannot return to them, and in whole metres, because ArduPilot stores no more.
//!
//! Source: <https://mavlink.io/en/services/mission.html>; PX4 1.17, `MavlinkMissionManager::crc32_for_mission_item`.

use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavCmd, MavMissionType};
use telemetry::messages::{FlightPlan, PlanAltitude};
use telemetry::{AltitudeAmsl, HeightAboveHome, MavSystemId};

use super::items::Item;
use super::session::AUTOPILOT;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// What to fly.
    Mission,
    /// Where to stay.
    Fence,
    /// Where to go when home cannot be reached.
    Rally,
}

/// Whether the first item is the autopilot's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnFirst {
    /// Item 0 is home, and the autopilot writes it itself.
    Home,
    /// Every item is as it was sent.
    None,
}

/// One list.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// Which.
    pub kind: ListKind,
    /// Whose the first item is.
    pub own_first: OwnFirst,
    /// What it holds; nothing stands for a list that is to be cleared.
    pub items: Vec<Item>,
}

impl ListKind {
    /// The type on the wire.
    #[must_use]
    pub fn mission_type(self) -> MavMissionType {
        match self {
            Self::Mission => MavMissionType::MAV_MISSION_TYPE_MISSION,
            Self::Fence => MavMissionType::MAV_MISSION_TYPE_FENCE,
            Self::Rally => MavMissionType::MAV_MISSION_TYPE_RALLY,
        }
    }

    /// For words such as "the autopilot refused the fence".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Mission => "the mission",
            Self::Fence => "the fence",
            Self::Rally => "the list of rally points",
        }
    }
}

impl List {
    /// The fence of a plan.
    #[must_use]
    pub fn fence(plan: &FlightPlan) -> Self {
        let corners = plan.geofence.ring.len() as f32;
        let ground = PlanAltitude::Amsl(AltitudeAmsl::new(0.0));
        let corner = |at: &_| {
            Item::at(MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION, *at, ground).with([corners, 0.0, 0.0, 0.0])
        };
        let items = plan.geofence.ring.iter().map(corner).collect();
        Self { kind: ListKind::Fence, own_first: OwnFirst::None, items }
    }

    /// The rally points of a plan, as heights above a home that lies so high.
    #[must_use]
    pub fn rally(plan: &FlightPlan, home_altitude: AltitudeAmsl) -> Self {
        let point = |rally: &telemetry::messages::RallyPoint| {
            let height_m = match rally.altitude {
                PlanAltitude::Home(height) => height.metres,
                PlanAltitude::Amsl(altitude) => altitude.metres - home_altitude.metres,
            };
            let height = PlanAltitude::Home(HeightAboveHome::new(height_m.round()));
            Item::at(MavCmd::MAV_CMD_NAV_RALLY_POINT, rally.position, height)
        };
        let items = plan.rally_points.iter().map(point).collect();
        Self { kind: ListKind::Rally, own_first: OwnFirst::None, items }
    }

    /// How many items there are, the autopilot's own included.
    #[must_use]
    pub fn count(&self) -> u16 {
        self.items.len() as u16
    }

    /// An item as it travels.
    #[must_use]
    pub fn message(&self, number: u16, system: MavSystemId) -> Option<MISSION_ITEM_INT_DATA> {
        let item = self.items.get(usize::from(number))?;
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
            mission_type: self.kind.mission_type(),
        })
    }

    /// Why what an autopilot holds is not this list; nothing when it is. Its own first item is not compared, and alone
    /// is as good as none.
    #[must_use]
    pub fn differs_from(&self, found: &[Item]) -> Option<String> {
        let (compared_from, count) = match self.own_first {
            OwnFirst::Home => (1, self.items.len().max(1)),
            OwnFirst::None => (0, self.items.len()),
        };
        let found_count = found.len().max(compared_from);
        if found_count != count {
            return Some(format!("the autopilot holds {} items of {}", found.len(), self.items.len()));
        }
        let pairs = self.items.iter().zip(found).enumerate().skip(compared_from);
        pairs
            .into_iter()
            .find(|(_, (sent, found))| !sent.same_as(found))
            .map(|(number, _)| format!("item {number} came back different"))
    }

    /// The number that PX4 calls a list by: the CRC-32 of its items' frames, commands and parameters as they travel,
    /// without the usual inversions. Zero stands for an empty list.
    #[must_use]
    pub fn checksum(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new_with_initial(u32::MAX);
        for item in &self.items {
            crc.update(&[item.frame as u8]);
            crc.update(&(item.command as u16).to_le_bytes());
            crc.update(&[1]);
            item.params.iter().for_each(|param| crc.update(&param.to_le_bytes()));
            crc.update(&item.x.to_le_bytes());
            crc.update(&item.y.to_le_bytes());
            crc.update(&item.z.to_le_bytes());
        }
        !crc.finalize()
    }
}
