//! The mission protocol, for missions, fences and rally points, as ArduPilot 4.5's `MissionItemProtocol` and PX4's
//! `MavlinkMissionManager` behave, as the quirks say.
//!
//! ArduPilot asks with the deprecated MISSION_REQUEST, asks again after a second, gives up after eight. Its mission items go
//! straight into the store, so an upload that fails has destroyed what was there; everything else is kept aside and checked
//! when all have come. One upload of each kind at a time; a second station is turned away.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    MISSION_ACK_DATA, MISSION_CLEAR_ALL_DATA, MISSION_COUNT_DATA, MISSION_ITEM_DATA, MISSION_ITEM_INT_DATA,
    MISSION_ITEM_REACHED_DATA, MISSION_REQUEST_DATA, MISSION_REQUEST_INT_DATA, MISSION_REQUEST_LIST_DATA,
    MISSION_SET_CURRENT_DATA, MavMissionResult, MavMissionType,
};
use telemetry::Timestamp;

use super::super::Craft;
use super::super::flight::{DO_JUMP, Item, Items, Refused, Severity};
use super::super::personality::{Personality, SecondStation};
use super::Link;
use super::frames::{Frame, Peer};
use super::lists::{Arriving, List, Wire, item_payload, result_of};
use super::stored::{for_the_wire, home_item, store};

/// PX4 says this often again which item was reached last.
const REACHED_AGAIN: u8 = 10;

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
    /// Whose upload of each kind was the last to end well, and how many items it had.
    ended: [Option<(Peer, u16)>; 3],
    /// The item reached last, when to say so again, and how often still.
    reached: Option<(u16, Timestamp, u8)>,
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
                    let seq = List::Mission.in_the_store(craft, message.seq);
                    let (flight, situation) = craft.split();
                    // An item that is not there gets no answer.
                    let _set = flight.set_current_item(&situation, seq);
                }
            }
            _ => {}
        }
        Some(())
    }

    /// Asks again for what does not come, and gives up in the end.
    pub(super) fn step_transfers(&mut self, now: Timestamp, craft: &Craft) {
        let stall = craft.plant.quirks.stall;
        for list in List::ALL {
            let Some(upload) = &mut self.transfers.uploads[list as usize] else { continue };
            let (from, next) = (upload.from, upload.next);
            if now.since(upload.heard_at) > stall.give_up {
                self.transfers.uploads[list as usize] = None;
                if !stall.cancels {
                    self.say(craft, Severity::Warning, "Operation timeout");
                    continue;
                }
                if list == List::Mission {
                    self.say(craft, Severity::Warning, "Mission upload timeout");
                }
                self.acknowledge(from, list.mission_type(), MavMissionResult::MAV_MISSION_OPERATION_CANCELLED, craft);
            } else if now.since(upload.asked_at) > stall.ask_again {
                upload.asked_at = now;
                self.ask(from, list, next, craft);
            }
        }
        self.say_reached_again(now, craft);
    }

    /// An item is done.
    pub(super) fn say_reached(&mut self, now: Timestamp, index: u16, craft: &Craft) {
        let seq = List::Mission.on_the_wire(craft, index);
        self.send(craft, &MISSION_ITEM_REACHED_DATA { seq });
        self.transfers.reached =
            craft.plant.quirks.repeats_reached.map(|interval| (seq, now + interval, REACHED_AGAIN));
    }

    fn say_reached_again(&mut self, now: Timestamp, craft: &Craft) {
        let (Some((seq, at, left)), Some(interval)) = (self.transfers.reached, craft.plant.quirks.repeats_reached)
        else {
            return;
        };
        if now >= at {
            self.send(craft, &MISSION_ITEM_REACHED_DATA { seq });
            self.transfers.reached = (left > 1).then_some((seq, at + interval, left - 1));
        }
    }

    fn begin_upload(&mut self, now: Timestamp, from: Peer, of: MavMissionType, count: u16, craft: &mut Craft) {
        let Some(list) = List::from_type(of) else {
            return self.acknowledge(from, of, MavMissionResult::MAV_MISSION_UNSUPPORTED, craft);
        };
        let slot = &mut self.transfers.uploads[list as usize];
        if slot.as_ref().is_some_and(|upload| upload.from != from) {
            let result = match craft.plant.quirks.second_station {
                SecondStation::Denied => MavMissionResult::MAV_MISSION_DENIED,
                SecondStation::Error => MavMissionResult::MAV_MISSION_ERROR,
            };
            return self.acknowledge(from, of, result, craft);
        }
        *slot = None;
        if usize::from(count) > list.items_max() {
            self.acknowledge(from, of, MavMissionResult::MAV_MISSION_NO_SPACE, craft);
            let text = format!("Only {} items are supported", list.items_max());
            return self.say(craft, Severity::Warning, &text);
        }
        if list == List::Mission && craft.plant.quirks.bad_upload_destroys_mission {
            let kept = list.in_the_store(craft, count);
            craft.flight.items.mission.truncate(usize::from(kept));
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
            // PX4 takes the last item once more: its acknowledgement may have been lost.
            let again = self.transfers.ended[list as usize] == Some((from, arriving.seq.wrapping_add(1)));
            let forgiven = again && !craft.plant.quirks.refuses_duplicate_items;
            let result =
                if forgiven { MavMissionResult::MAV_MISSION_ACCEPTED } else { MavMissionResult::MAV_MISSION_ERROR };
            return self.acknowledge(from, of, result, craft);
        };
        // In this order: a duplicate is answered 13 whoever sends it.
        let out_of_turn = arriving.seq != upload.next;
        if out_of_turn || from != upload.from {
            let (asker, next) = (upload.from, upload.next);
            self.transfers.uploads[list as usize] = Some(upload);
            return match (out_of_turn, craft.plant.quirks.refuses_duplicate_items) {
                (true, true) => self.acknowledge(from, of, MavMissionResult::MAV_MISSION_INVALID_SEQUENCE, craft),
                (true, false) => self.ask(asker, list, next, craft),
                (false, _) => self.acknowledge(from, of, MavMissionResult::MAV_MISSION_DENIED, craft),
            };
        }
        if let Err(rejection) = store(list, arriving, &mut upload.aside, upload.count, craft) {
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
        self.transfers.ended[list as usize] = Some((upload.from, upload.count));
        let result = match list {
            List::Mission => {
                if !craft.plant.quirks.bad_upload_destroys_mission {
                    let home = craft.flight.items.mission.first().copied().unwrap_or(Item::HOME);
                    let hidden = usize::from(list.in_the_store(craft, 0));
                    let mission = &mut craft.flight.items.mission;
                    mission.clear();
                    if upload.count > 0 {
                        mission.extend(std::iter::repeat_n(home, hidden));
                    }
                    mission.extend_from_slice(&upload.aside);
                }
                self.transfers.reached = None;
                MavMissionResult::MAV_MISSION_ACCEPTED
            }
            List::Fence => match self.judge_fence(&upload.aside, craft) {
                Ok(()) => {
                    craft.flight.items.fence.clone_from(&upload.aside);
                    MavMissionResult::MAV_MISSION_ACCEPTED
                }
                Err(Refused) => MavMissionResult::MAV_MISSION_ERROR,
            },
            List::Rally => {
                craft.flight.items.rally.clone_from(&upload.aside);
                MavMissionResult::MAV_MISSION_ACCEPTED
            }
        };
        list.renew_id(craft);
        if list == List::Mission && craft.plant.personality == Personality::Px4 {
            let (flight, situation) = craft.split();
            flight.begin_new_mission(&situation);
        }
        self.acknowledge(upload.from, list.mission_type(), result, craft);
        if result == MavMissionResult::MAV_MISSION_ACCEPTED && craft.plant.personality == Personality::ArduPilot {
            match list {
                List::Mission => self.say(craft, Severity::Info, "Flight plan received"),
                List::Fence => self.say(craft, Severity::Debug, "Fence Indexed OK"),
                List::Rally => {}
            }
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
            count: list.count(craft),
            target_system: to.system,
            target_component: to.component,
            mission_type: list.mission_type(),
            opaque_id: list.opaque_id(craft),
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
        let index = list.in_the_store(craft, seq);
        let home = (list == List::Mission && index == 0).then(|| home_item(craft));
        let Some(mut item) = home.or_else(|| list.items(craft).get(usize::from(index)).copied()) else {
            // Teaches the station how many there are.
            self.tell_count(to, list, craft);
            return self.acknowledge(to, of, MavMissionResult::MAV_MISSION_ERROR, craft);
        };
        let current = list == List::Mission && index != 0 && index == craft.flight.mission_current();
        if craft.plant.personality == Personality::Px4 {
            item = for_the_wire(item, wire, list);
            if item.command == DO_JUMP {
                item.param[0] = f32::from(list.on_the_wire(craft, item.param[0] as u16));
            }
        }
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
        self.encoder.send_payload(craft.autopilot(), id, extra_crc, &payload);
    }

    fn clear(&mut self, from: Peer, of: MavMissionType, craft: &mut Craft) {
        let result = match List::from_type(of) {
            None if of == MavMissionType::MAV_MISSION_TYPE_ALL && !craft.plant.quirks.clears_one_list_at_a_time => {
                craft.flight.items = Items::default();
                MavMissionResult::MAV_MISSION_ACCEPTED
            }
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
                list.renew_id(craft);
                MavMissionResult::MAV_MISSION_ACCEPTED
            }
        };
        self.acknowledge(from, of, result, craft);
    }

    fn ask(&mut self, from: Peer, list: List, seq: u16, craft: &Craft) {
        let (target_system, target_component) = (from.system, from.component);
        let mission_type = list.mission_type();
        if craft.plant.quirks.asks_the_deprecated_way {
            self.send(craft, &MISSION_REQUEST_DATA { seq, target_system, target_component, mission_type });
        } else {
            self.send(craft, &MISSION_REQUEST_INT_DATA { seq, target_system, target_component, mission_type });
        }
    }

    fn acknowledge(&mut self, to: Peer, of: MavMissionType, result: MavMissionResult, craft: &Craft) {
        let message = MISSION_ACK_DATA {
            target_system: to.system,
            target_component: to.component,
            mavtype: result,
            mission_type: of,
            opaque_id: List::from_type(of).map_or(0, |list| list.opaque_id(craft)),
        };
        self.send(craft, &message);
    }
}
