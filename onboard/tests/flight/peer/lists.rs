//! The mission protocol of the scripted autopilot, as each of the two makes speaks it.

use super::*;

/// ArduPilot asks again after 1 s and gives up after 8 s, PX4 after 0.25 s and 5 s.
fn ask_again(make: Make) -> Duration {
    Duration::from_millis(if make == Make::Px4 { 250 } else { 1000 })
}

fn give_up(make: Make) -> Duration {
    Duration::from_secs(if make == Make::Px4 { 5 } else { 8 })
}

/// One upload on its way in.
#[derive(Debug, Clone)]
pub(super) struct Receiving {
    pub(super) kind: MavMissionType,
    pub(super) count: u16,
    pub(super) next: u16,
    /// Where PX4 collects the items, and ArduPilot those of fence and rally.
    aside: Vec<MISSION_ITEM_INT_DATA>,
    asked_at: Timestamp,
    heard_at: Timestamp,
}

/// PX4's one transfer outwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    kind: MavMissionType,
    next: u16,
    count: u16,
    heard_at: Timestamp,
}

impl Peer {
    pub(super) fn list(&mut self, kind: MavMissionType) -> &mut Vec<MISSION_ITEM_INT_DATA> {
        match kind {
            MavMissionType::MAV_MISSION_TYPE_FENCE => &mut self.fence,
            MavMissionType::MAV_MISSION_TYPE_RALLY => &mut self.rally,
            _ => &mut self.mission,
        }
    }

    pub(super) fn transfer(&mut self, now: Timestamp, message: &MavMessage) {
        match message {
            MavMessage::MISSION_COUNT(count) => self.offered(now, count.mission_type, count.count),
            MavMessage::MISSION_ITEM_INT(item) => self.item(now, item.clone()),
            MavMessage::MISSION_REQUEST_LIST(asked) => self.listed(now, asked.mission_type),
            MavMessage::MISSION_REQUEST_INT(asked) => self.asked(now, asked.mission_type, asked.seq),
            MavMessage::MISSION_CLEAR_ALL(clear) => self.clear(clear.mission_type),
            MavMessage::MISSION_ACK(ack) if ack.mavtype == MavMissionResult::MAV_MISSION_OPERATION_CANCELLED => {
                (self.receiving, self.sending) = (None, None);
            }
            MavMessage::MISSION_ACK(_) => self.sending = None,
            _ => {}
        }
    }

    fn busy(&mut self, now: Timestamp, kind: MavMissionType) -> bool {
        let busy = now < self.quirks.other_station_until;
        if busy {
            let px4 = self.make == Make::Px4;
            self.mission_ack(
                kind,
                if px4 { MavMissionResult::MAV_MISSION_ERROR } else { MavMissionResult::MAV_MISSION_DENIED },
            );
        }
        busy
    }

    fn offered(&mut self, now: Timestamp, kind: MavMissionType, count: u16) {
        if self.busy(now, kind) {
            return;
        }
        if self.quirks.lacks.contains(&(kind as u32)) {
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_UNSUPPORTED);
        }
        if let Some(receiving) = self.receiving.as_ref().filter(|_| self.make == Make::Px4) {
            // Its request was lost, or it is busy with this very upload.
            if receiving.next == 0 {
                return self.ask(now);
            }
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_ERROR);
        }
        if self.make == Make::ArduPilot && kind == MavMissionType::MAV_MISSION_TYPE_MISSION {
            // What was there is cut to the new length and overwritten item by item.
            self.mission.truncate(usize::from(count));
        }
        self.receiving = Some(Receiving { kind, count, next: 0, aside: Vec::new(), asked_at: now, heard_at: now });
        self.ask(now);
    }

    fn ask(&mut self, now: Timestamp) {
        let Some(receiving) = &mut self.receiving else { return };
        receiving.asked_at = now;
        let (seq, mission_type) = (receiving.next, receiving.kind);
        let (target_system, target_component) = (SYSTEM, COMPANION);
        self.out.push(if self.make == Make::Px4 {
            MavMessage::MISSION_REQUEST_INT(MISSION_REQUEST_INT_DATA {
                seq,
                target_system,
                target_component,
                mission_type,
            })
        } else {
            MavMessage::MISSION_REQUEST(MISSION_REQUEST_DATA { seq, target_system, target_component, mission_type })
        });
    }

    fn item(&mut self, now: Timestamp, item: MISSION_ITEM_INT_DATA) {
        let Some(receiving) = self.receiving.clone() else {
            // PX4 takes it for the last one again, whose acknowledgement was lost.
            let again = self.make == Make::Px4 && self.finished == Some((item.mission_type, item.seq + 1));
            let result =
                if again { MavMissionResult::MAV_MISSION_ACCEPTED } else { MavMissionResult::MAV_MISSION_ERROR };
            return self.mission_ack(item.mission_type, result);
        };
        if item.seq != receiving.next {
            self.duplicates += 1;
            // PX4 asks for the one it wants when its own patience ends.
            if self.make == Make::ArduPilot {
                self.mission_ack(item.mission_type, MavMissionResult::MAV_MISSION_INVALID_SEQUENCE);
            }
            return;
        }
        if let Some(result) = self.refuses(&item) {
            self.receiving = None;
            return self.mission_ack(item.mission_type, result);
        }
        if self.quirks.dies_at_item == Some(item.seq) {
            self.quirks.dies_at_item = None;
            self.receiving = None;
            return self.mission_ack(item.mission_type, MavMissionResult::MAV_MISSION_NO_SPACE);
        }
        self.store(item, receiving.kind);
        let Some(receiving) = &mut self.receiving else { return };
        (receiving.heard_at, receiving.next) = (now, receiving.next + 1);
        if receiving.next < receiving.count {
            return self.ask(now);
        }
        self.complete();
    }

    /// What this make will not have.
    fn refuses(&self, item: &MISSION_ITEM_INT_DATA) -> Option<MavMissionResult> {
        let placeless = matches!(
            item.command,
            MavCmd::MAV_CMD_DO_JUMP
                | MavCmd::MAV_CMD_DO_CHANGE_SPEED
                | MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH
                | MavCmd::MAV_CMD_VIDEO_START_CAPTURE
                | MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE
        );
        let circle = item.command == MavCmd::MAV_CMD_NAV_LOITER_TURNS;
        let unplaced = item.frame == MavFrame::MAV_FRAME_MISSION;
        (self.make == Make::Px4 && (circle || placeless != unplaced))
            .then_some(MavMissionResult::MAV_MISSION_UNSUPPORTED)
    }

    fn store(&mut self, mut item: MISSION_ITEM_INT_DATA, kind: MavMissionType) {
        let mission = kind == MavMissionType::MAV_MISSION_TYPE_MISSION;
        if mission && self.quirks.spoils_item == Some(item.seq) {
            item.z += 30.0;
        }
        if item.command == MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH {
            item.frame = MavFrame::MAV_FRAME_GLOBAL;
        }
        if mission && self.make == Make::ArduPilot {
            if item.seq == 0 {
                (item.x, item.y, item.z) = (540_000_000, 100_000_000, 77.0);
            }
            let at = usize::from(item.seq);
            match self.mission.get_mut(at) {
                Some(old) => *old = item,
                None => self.mission.push(item),
            }
        } else if let Some(receiving) = &mut self.receiving {
            receiving.aside.push(item);
        }
    }

    fn complete(&mut self) {
        let Some(receiving) = self.receiving.take() else { return };
        let kind = receiving.kind;
        let fence = kind == MavMissionType::MAV_MISSION_TYPE_FENCE;
        let refused = match (self.make, self.quirks.home_unknown) {
            (Make::Px4, true) if fence => {
                self.say(MavSeverity::MAV_SEVERITY_CRITICAL, "Geofence requires a valid home position");
                true
            }
            _ => fence && self.quirks.refuses_fence,
        };
        if refused {
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_ERROR);
        }
        if self.make == Make::Px4 || kind != MavMissionType::MAV_MISSION_TYPE_MISSION {
            *self.list(kind) = receiving.aside;
        }
        if kind == MavMissionType::MAV_MISSION_TYPE_MISSION {
            self.current = 0;
            self.uploads += 1;
            let first = usize::from(self.make == Make::ArduPilot);
            for item in self.mission.clone().iter().skip(first) {
                self.note_target(item);
            }
        }
        self.finished = Some((kind, receiving.count));
        let result = if kind == MavMissionType::MAV_MISSION_TYPE_MISSION {
            self.quirks.final_ack
        } else {
            MavMissionResult::MAV_MISSION_ACCEPTED
        };
        self.mission_ack(kind, result);
    }

    fn clear(&mut self, kind: MavMissionType) {
        if kind == MavMissionType::MAV_MISSION_TYPE_ALL && self.make == Make::ArduPilot {
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_UNSUPPORTED);
        }
        self.list(kind).clear();
        self.mission_ack(kind, MavMissionResult::MAV_MISSION_ACCEPTED);
    }

    fn listed(&mut self, now: Timestamp, kind: MavMissionType) {
        if self.receiving.is_some() || now < self.quirks.other_station_until {
            if self.make == Make::ArduPilot {
                self.mission_ack(kind, MavMissionResult::MAV_MISSION_DENIED);
            }
            return;
        }
        if self.quirks.lacks.contains(&(kind as u32)) {
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_UNSUPPORTED);
        }
        let count = self.list(kind).len() as u16;
        self.sending = Some(Sending { kind, next: 0, count, heard_at: now });
        let opaque_id = self.number(kind);
        self.out.push(MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
            count,
            target_system: SYSTEM,
            target_component: COMPANION,
            mission_type: kind,
            opaque_id,
        }));
    }

    fn asked(&mut self, now: Timestamp, kind: MavMissionType, seq: u16) {
        if self.make == Make::Px4 {
            let Some(sending) = self.sending.as_mut().filter(|sending| sending.kind == kind) else { return };
            sending.heard_at = now;
            if seq == sending.next && sending.next < sending.count {
                sending.next += 1;
            } else if seq + 1 != sending.next {
                self.sending = None;
                return self.mission_ack(kind, MavMissionResult::MAV_MISSION_ERROR);
            }
        } else if self.receiving.is_some() {
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_DENIED);
        }
        let Some(mut item) = self.list(kind).get(usize::from(seq)).cloned() else {
            return self.mission_ack(kind, MavMissionResult::MAV_MISSION_ERROR);
        };
        (item.target_system, item.target_component) = (SYSTEM, COMPANION);
        self.out.push(MavMessage::MISSION_ITEM_INT(item));
    }

    pub(super) fn mission_ack(&mut self, kind: MavMissionType, result: MavMissionResult) {
        let opaque_id = self.number(kind);
        self.out.push(MavMessage::MISSION_ACK(MISSION_ACK_DATA {
            target_system: SYSTEM,
            target_component: COMPANION,
            mavtype: result,
            mission_type: kind,
            opaque_id,
        }));
    }

    /// PX4's number for a list, bit by bit: a CRC-32 without inversions.
    pub(super) fn number(&mut self, kind: MavMissionType) -> u32 {
        if self.make != Make::Px4 || kind == MavMissionType::MAV_MISSION_TYPE_ALL {
            return 0;
        }
        let mut crc = 0_u32;
        for item in self.list(kind).clone() {
            let mut bytes = vec![item.frame as u8];
            bytes.extend((item.command as u16).to_le_bytes());
            bytes.push(item.autocontinue);
            [item.param1, item.param2, item.param3, item.param4].iter().for_each(|p| bytes.extend(p.to_le_bytes()));
            bytes.extend(item.x.to_le_bytes());
            bytes.extend(item.y.to_le_bytes());
            bytes.extend(item.z.to_le_bytes());
            for byte in bytes {
                crc ^= u32::from(byte);
                for _ in 0..8 {
                    crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
                }
            }
        }
        crc
    }

    pub(super) fn step_transfers(&mut self, now: Timestamp) {
        let make = self.make;
        if self.sending.is_some_and(|sending| now >= sending.heard_at + give_up(make)) {
            self.sending = None;
        }
        let Some(receiving) = &self.receiving else { return };
        if now >= receiving.heard_at + give_up(make) {
            let kind = receiving.kind;
            self.receiving = None;
            match make {
                Make::ArduPilot => self.mission_ack(kind, MavMissionResult::MAV_MISSION_OPERATION_CANCELLED),
                Make::Px4 => self.say(MavSeverity::MAV_SEVERITY_CRITICAL, "Operation timeout"),
            }
        } else if now >= receiving.asked_at + ask_again(make) && !self.quirks.never_asks_again {
            self.ask(now);
        }
    }
}
