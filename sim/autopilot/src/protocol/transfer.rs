//! The mission protocol, for missions, fences and rally points, as ArduPilot 4.5's `MissionItemProtocol` behaves.
//!
//! It asks with the deprecated MISSION_REQUEST, asks again after a second, gives up after eight. Mission items go straight
//! into the store, so an upload that fails has destroyed what was there; fences and rally points are kept aside and
//! checked when all have come. One upload of each kind at a time; a second station is denied.

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    MISSION_ACK_DATA, MISSION_CLEAR_ALL_DATA, MISSION_COUNT_DATA, MISSION_ITEM_DATA, MISSION_ITEM_INT_DATA,
    MISSION_REQUEST_DATA, MISSION_REQUEST_INT_DATA, MISSION_REQUEST_LIST_DATA, MISSION_SET_CURRENT_DATA, MavCmd,
    MavMissionResult, MavMissionType,
};
use telemetry::Timestamp;

use super::super::Craft;
use super::super::flight::{DO_JUMP, Item, Rejection, Severity, fence_is_whole};
use super::Link;
use super::frames::{Frame, Peer};
use super::lists::{Arriving, List, Wire, item_payload, result_of};
use super::report::degrees_e7;

const ASK_AGAIN: Duration = Duration::from_secs(1);
const GIVE_UP: Duration = Duration::from_secs(8);

/// An upload under way.
#[derive(Debug, Clone)]
struct Upload {
    from: Peer,
    next: u16,
    count: u16,
    /// Items of a fence or of rally points, until all have come.
    aside: Vec<Item>,
    heard_at: Timestamp,
    asked_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Transfers {
    uploads: [Option<Upload>; 3],
}

impl Link {
    pub(super) fn handle_transfer(
        &mut self,
        now: Timestamp,
        frame: &Frame,
        craft: &mut Craft,
        for_us: impl Fn(u8, u8) -> bool,
    ) -> Option<()> {
        let from = frame.from;
        match frame.id {
            MISSION_COUNT_DATA::ID => {
                let message: MISSION_COUNT_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.begin_upload(now, from, message.mission_type, message.count, craft);
                }
            }
            MISSION_ITEM_DATA::ID | MISSION_ITEM_INT_DATA::ID => {
                let arriving = Arriving::read(frame);
                if for_us(arriving.target.system, arriving.target.component) {
                    self.take_item(now, from, &arriving, craft);
                }
            }
            MISSION_REQUEST_LIST_DATA::ID => {
                let message: MISSION_REQUEST_LIST_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.send_count(from, message.mission_type, craft);
                }
            }
            MISSION_REQUEST_INT_DATA::ID => {
                let message: MISSION_REQUEST_INT_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.send_item(from, message.mission_type, message.seq, Wire::Int, craft);
                }
            }
            MISSION_REQUEST_DATA::ID => {
                let message: MISSION_REQUEST_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.send_item(from, message.mission_type, message.seq, Wire::Float, craft);
                }
            }
            MISSION_CLEAR_ALL_DATA::ID => {
                let message: MISSION_CLEAR_ALL_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.clear(from, message.mission_type, craft);
                }
            }
            MISSION_SET_CURRENT_DATA::ID => {
                let message: MISSION_SET_CURRENT_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    let (flight, situation) = craft.split();
                    // An item that is not there gets no answer.
                    let _set = flight.set_current_item(&situation, message.seq);
                }
            }
            _ => {}
        }
        Some(())
    }

    /// Asks again for what does not come, and gives up in the end.
    pub(super) fn step_transfers(&mut self, now: Timestamp, craft: &Craft) {
        for list in List::ALL {
            let Some(upload) = &mut self.transfers.uploads[list as usize] else { continue };
            let (from, next) = (upload.from, upload.next);
            if now.since(upload.heard_at) > GIVE_UP {
                self.transfers.uploads[list as usize] = None;
                if list == List::Mission {
                    self.say(craft, Severity::Warning, "Mission upload timeout");
                }
                self.acknowledge(from, list.mission_type(), MavMissionResult::MAV_MISSION_OPERATION_CANCELLED, craft);
            } else if now.since(upload.asked_at) > ASK_AGAIN {
                upload.asked_at = now;
                self.ask(from, list, next, craft);
            }
        }
    }

    fn begin_upload(&mut self, now: Timestamp, from: Peer, of: MavMissionType, count: u16, craft: &mut Craft) {
        let Some(list) = List::from_type(of) else {
            return self.acknowledge(from, of, MavMissionResult::MAV_MISSION_UNSUPPORTED, craft);
        };
        let slot = &mut self.transfers.uploads[list as usize];
        if slot.as_ref().is_some_and(|upload| upload.from != from) {
            return self.acknowledge(from, of, MavMissionResult::MAV_MISSION_DENIED, craft);
        }
        *slot = None;
        if usize::from(count) > list.items_max() {
            self.acknowledge(from, of, MavMissionResult::MAV_MISSION_NO_SPACE, craft);
            let text = format!("Only {} items are supported", list.items_max());
            return self.say(craft, Severity::Warning, &text);
        }
        if list == List::Mission {
            craft.flight.items.mission.truncate(usize::from(count));
        }
        let upload = Upload { from, next: 0, count, aside: Vec::new(), heard_at: now, asked_at: now };
        if count == 0 {
            return self.complete(list, &upload, craft);
        }
        *slot = Some(upload);
        self.ask(from, list, 0, craft);
    }

    fn take_item(&mut self, now: Timestamp, from: Peer, arriving: &Arriving, craft: &mut Craft) {
        let of = arriving.mission_type;
        let Some(list) = of.and_then(List::from_type) else {
            let of = of.unwrap_or(MavMissionType::MAV_MISSION_TYPE_ALL);
            return self.acknowledge(from, of, MavMissionResult::MAV_MISSION_UNSUPPORTED, craft);
        };
        let of = list.mission_type();
        let Some(mut upload) = self.transfers.uploads[list as usize].take() else {
            return self.acknowledge(from, of, MavMissionResult::MAV_MISSION_ERROR, craft);
        };
        // In this order: a duplicate is answered 13 whoever sends it.
        let out_of_turn = if arriving.seq != upload.next {
            Some(MavMissionResult::MAV_MISSION_INVALID_SEQUENCE)
        } else if from != upload.from {
            Some(MavMissionResult::MAV_MISSION_DENIED)
        } else {
            None
        };
        if let Some(result) = out_of_turn {
            self.transfers.uploads[list as usize] = Some(upload);
            return self.acknowledge(from, of, result, craft);
        }
        if let Err(rejection) = store(list, arriving, &mut upload, craft) {
            return self.acknowledge(from, of, result_of(rejection), craft);
        }
        upload.heard_at = now;
        upload.next += 1;
        if upload.next == upload.count {
            return self.complete(list, &upload, craft);
        }
        upload.asked_at = now;
        let next = upload.next;
        self.transfers.uploads[list as usize] = Some(upload);
        self.ask(from, list, next, craft);
    }

    fn complete(&mut self, list: List, upload: &Upload, craft: &mut Craft) {
        let items = &mut craft.flight.items;
        let (result, text) = match list {
            List::Mission => (MavMissionResult::MAV_MISSION_ACCEPTED, Some((Severity::Info, "Flight plan received"))),
            List::Fence if fence_is_whole(&upload.aside) => {
                items.fence.clone_from(&upload.aside);
                (MavMissionResult::MAV_MISSION_ACCEPTED, Some((Severity::Debug, "Fence Indexed OK")))
            }
            List::Fence => (MavMissionResult::MAV_MISSION_ERROR, None),
            List::Rally => {
                items.rally.clone_from(&upload.aside);
                (MavMissionResult::MAV_MISSION_ACCEPTED, None)
            }
        };
        self.acknowledge(upload.from, list.mission_type(), result, craft);
        if let Some((severity, text)) = text {
            self.say(craft, severity, text);
        }
    }

    fn send_count(&mut self, to: Peer, of: MavMissionType, craft: &Craft) {
        match List::from_type(of) {
            None => self.acknowledge(to, of, MavMissionResult::MAV_MISSION_UNSUPPORTED, craft),
            Some(list) if self.transfers.uploads[list as usize].is_some() => {
                self.acknowledge(to, of, MavMissionResult::MAV_MISSION_DENIED, craft);
            }
            Some(list) => self.tell_count(to, list, craft),
        }
    }

    fn tell_count(&mut self, to: Peer, list: List, craft: &Craft) {
        let message = MISSION_COUNT_DATA {
            count: list.items(craft).len() as u16,
            target_system: to.system,
            target_component: to.component,
            mission_type: list.mission_type(),
            opaque_id: 0,
        };
        self.send(craft, &message);
    }

    fn send_item(&mut self, to: Peer, of: MavMissionType, seq: u16, wire: Wire, craft: &Craft) {
        let Some(list) = List::from_type(of) else {
            return self.acknowledge(to, of, MavMissionResult::MAV_MISSION_UNSUPPORTED, craft);
        };
        if wire == Wire::Int && self.transfers.uploads[list as usize].is_some() {
            return self.acknowledge(to, of, MavMissionResult::MAV_MISSION_DENIED, craft);
        }
        let home = (list == List::Mission && seq == 0).then(|| home_item(craft));
        let Some(item) = home.or_else(|| list.items(craft).get(usize::from(seq)).copied()) else {
            // Teaches the station how many there are.
            self.tell_count(to, list, craft);
            return self.acknowledge(to, of, MavMissionResult::MAV_MISSION_ERROR, craft);
        };
        let current = list == List::Mission && seq != 0 && seq == craft.flight.mission_current();
        let (id, extra_crc, places) = match wire {
            Wire::Int => (
                MISSION_ITEM_INT_DATA::ID,
                MISSION_ITEM_INT_DATA::EXTRA_CRC,
                [item.x.to_le_bytes(), item.y.to_le_bytes()],
            ),
            Wire::Float => (
                MISSION_ITEM_DATA::ID,
                MISSION_ITEM_DATA::EXTRA_CRC,
                [item.x, item.y].map(|e7| ((f64::from(e7) * 1e-7) as f32).to_le_bytes()),
            ),
        };
        let payload = item_payload(&item, to, list, seq, current, places);
        self.encoder.send_payload(craft.plant.system(), id, extra_crc, &payload);
    }

    fn clear(&mut self, from: Peer, of: MavMissionType, craft: &mut Craft) {
        let result = match List::from_type(of) {
            None => MavMissionResult::MAV_MISSION_UNSUPPORTED,
            Some(list) if self.transfers.uploads[list as usize].is_some() => MavMissionResult::MAV_MISSION_ERROR,
            Some(List::Mission) if craft.flight.mission_running() => MavMissionResult::MAV_MISSION_ERROR,
            Some(list) => {
                let items = &mut craft.flight.items;
                match list {
                    List::Mission => items.mission.clear(),
                    List::Fence => items.fence.clear(),
                    List::Rally => items.rally.clear(),
                }
                MavMissionResult::MAV_MISSION_ACCEPTED
            }
        };
        self.acknowledge(from, of, result, craft);
    }

    fn ask(&mut self, from: Peer, list: List, seq: u16, craft: &Craft) {
        let message = MISSION_REQUEST_DATA {
            seq,
            target_system: from.system,
            target_component: from.component,
            mission_type: list.mission_type(),
        };
        self.send(craft, &message);
    }

    fn acknowledge(&mut self, to: Peer, of: MavMissionType, result: MavMissionResult, craft: &Craft) {
        let message = MISSION_ACK_DATA {
            target_system: to.system,
            target_component: to.component,
            mavtype: result,
            mission_type: of,
            opaque_id: 0,
        };
        self.send(craft, &message);
    }
}

/// Puts an item where it belongs. The mission is written at once, in place of what was there.
fn store(list: List, arriving: &Arriving, upload: &mut Upload, craft: &mut Craft) -> Result<(), Rejection> {
    let kind = craft.plant.parameters.kind();
    match list {
        List::Mission => {
            let item = arriving.item.stored(kind)?;
            let mission = &mut craft.flight.items.mission;
            if item.command == DO_JUMP {
                let target = f64::from(item.param[0]);
                if !(1.0..f64::from(upload.count)).contains(&target) {
                    return Err(Rejection::Inconsistent);
                }
            }
            match mission.get_mut(usize::from(arriving.seq)) {
                Some(old) => *old = item,
                None => mission.push(item),
            }
        }
        List::Fence => upload.aside.push(arriving.item.stored_fence()?),
        List::Rally => upload.aside.push(arriving.item.stored_rally()?),
    }
    Ok(())
}

/// Item 0: home as it is now, above mean sea level.
fn home_item(craft: &Craft) -> Item {
    let mut item = Item { command: MavCmd::MAV_CMD_NAV_WAYPOINT as u16, frame: 0, param: [0.0; 4], x: 0, y: 0, z: 0.0 };
    if let Some(home) = craft.flight.home() {
        item.x = degrees_e7(home.latitude());
        item.y = degrees_e7(home.longitude());
        item.z = home.height().amsl(craft.plant.undulation).metres as f32;
    }
    item
}
