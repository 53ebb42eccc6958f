//! Missions, and how a station handles them.

use autopilot::Mode;
use mavlink::dialects::ardupilotmega::{
    MISSION_ACK_DATA, MISSION_COUNT_DATA, MISSION_ITEM_INT_DATA, MISSION_REQUEST_INT_DATA, MISSION_REQUEST_LIST_DATA,
    MavCmd, MavFrame, MavMessage, MavMissionResult, MavMissionType, MavResult,
};
use telemetry::Geodetic;

use crate::pilot::{Pilot, VEHICLE, e7, from_home, home};

impl Pilot {
    pub(crate) fn announce(&mut self, count: usize, of: MavMissionType) {
        self.send(&MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
            count: count as u16,
            target_system: VEHICLE,
            target_component: 1,
            mission_type: of,
            opaque_id: 0,
        }));
    }

    /// Uploads a list as a polite station does and returns the final answer.
    #[track_caller]
    pub(crate) fn upload(&mut self, items: &[MISSION_ITEM_INT_DATA]) -> MavMissionResult {
        let of = items.first().map_or(MavMissionType::MAV_MISSION_TYPE_MISSION, |item| item.mission_type);
        self.inbox.clear();
        self.announce(items.len(), of);
        loop {
            if let Some(ack) = self.mission_ack() {
                return ack.mavtype;
            }
            let seq = self.asked().expect("an item is asked for");
            self.inbox.clear();
            self.send(&MavMessage::MISSION_ITEM_INT(items[usize::from(seq)].clone()));
        }
    }

    pub(crate) fn mission_ack(&self) -> Option<MISSION_ACK_DATA> {
        self.last(|message| match message {
            MavMessage::MISSION_ACK(ack) => Some(ack.clone()),
            _ => None,
        })
    }

    /// The item asked for last.
    #[allow(deprecated)]
    pub(crate) fn asked(&self) -> Option<u16> {
        self.last(|message| match message {
            MavMessage::MISSION_REQUEST(request) => Some(request.seq),
            MavMessage::MISSION_REQUEST_INT(request) => Some(request.seq),
            _ => None,
        })
    }

    /// Downloads a list.
    #[track_caller]
    pub(crate) fn download(&mut self, of: MavMissionType) -> Vec<MISSION_ITEM_INT_DATA> {
        self.inbox.clear();
        self.send(&MavMessage::MISSION_REQUEST_LIST(MISSION_REQUEST_LIST_DATA {
            target_system: VEHICLE,
            target_component: 1,
            mission_type: of,
        }));
        let count = self.last(|message| match message {
            MavMessage::MISSION_COUNT(count) => Some(count.count),
            _ => None,
        });
        let mut items = Vec::new();
        for seq in 0..count.expect("a count") {
            self.send(&MavMessage::MISSION_REQUEST_INT(MISSION_REQUEST_INT_DATA {
                seq,
                target_system: VEHICLE,
                target_component: 1,
                mission_type: of,
            }));
            let item = self.last(|message| match message {
                MavMessage::MISSION_ITEM_INT(item) if item.seq == seq => Some(item.clone()),
                _ => None,
            });
            items.push(item.expect("the item asked for"));
        }
        items
    }

    /// Waits until it may be armed, uploads, arms and starts the mission in AUTO (copter: by way of GUIDED).
    #[track_caller]
    pub(crate) fn start_mission(&mut self, items: &[MISSION_ITEM_INT_DATA]) {
        self.run(13.0);
        assert_eq!(self.upload(items), MavMissionResult::MAV_MISSION_ACCEPTED);
        let copter = self.truth().mode == Mode::Stabilize;
        let accepted = MavResult::MAV_RESULT_ACCEPTED;
        assert_eq!(self.mode(if copter { 4.0 } else { 10.0 }), accepted);
        self.arm();
        if copter {
            assert_eq!(self.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), accepted, "{:?}", self.texts);
        }
    }
}

/// A mission item, relative to home.
pub(crate) fn item(seq: u16, command: MavCmd, param: [f32; 4], at: Geodetic, z: f32) -> MISSION_ITEM_INT_DATA {
    let (x, y) = e7(at);
    MISSION_ITEM_INT_DATA {
        param1: param[0],
        param2: param[1],
        param3: param[2],
        param4: param[3],
        x,
        y,
        z,
        seq,
        command,
        target_system: VEHICLE,
        target_component: 1,
        frame: MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT,
        current: 0,
        autocontinue: 1,
        mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
    }
}

/// A mission: home, take-off to a height, waypoints (north, east, height), return.
pub(crate) fn tour(take_off_m: f32, points: &[(f64, f64, f32)]) -> Vec<MISSION_ITEM_INT_DATA> {
    let mut items = vec![
        item(0, MavCmd::MAV_CMD_NAV_WAYPOINT, [0.0; 4], home(), 0.0),
        item(1, MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0; 4], home(), take_off_m),
    ];
    for (north_m, east_m, height_m) in points {
        let at = from_home(*north_m, *east_m);
        items.push(item(items.len() as u16, MavCmd::MAV_CMD_NAV_WAYPOINT, [0.0; 4], at, *height_m));
    }
    items.push(item(items.len() as u16, MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH, [0.0; 4], home(), 0.0));
    items
}
