//! The commands of the scripted autopilot, taken and refused as each of the two makes does.

use super::*;

impl Peer {
    /// What was asked for by REQUEST_MESSAGE: PX4 sends it before its acknowledgement, ArduPilot after it, and what they do
    /// not have they refuse each in its way.
    pub(super) fn request_message(&mut self, id: u32) {
        let messages = self.requested(id);
        let result = match (messages.is_empty(), self.make) {
            (false, _) => MavResult::MAV_RESULT_ACCEPTED,
            (true, Make::ArduPilot) => MavResult::MAV_RESULT_FAILED,
            (true, Make::Px4) => MavResult::MAV_RESULT_DENIED,
        };
        if self.make == Make::Px4 {
            self.out.extend(messages);
            self.ack(MavCmd::MAV_CMD_REQUEST_MESSAGE, result);
        } else {
            self.ack(MavCmd::MAV_CMD_REQUEST_MESSAGE, result);
            self.out.extend(messages);
        }
    }

    pub(super) fn requested(&self, id: u32) -> Vec<MavMessage> {
        let px4 = self.make == Make::Px4;
        let encoding = if px4 {
            MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE
        } else {
            MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_C_CAST
        };
        match id {
            AUTOPILOT_VERSION_DATA::ID => vec![MavMessage::AUTOPILOT_VERSION(AUTOPILOT_VERSION_DATA {
                capabilities: encoding
                    | MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
                    | MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_MISSION_RALLY,
                flight_sw_version: if px4 { 0x0111_00FF } else { 0x0405_07FF },
                ..AUTOPILOT_VERSION_DATA::default()
            })],
            AVAILABLE_MODES_DATA::ID => {
                let number_modes = self.quirks.listed_modes.len() as u8;
                let mode = |(index, (custom_mode, standard_mode)): (u8, &(u32, MavStandardMode))| {
                    MavMessage::AVAILABLE_MODES(AVAILABLE_MODES_DATA {
                        custom_mode: *custom_mode,
                        number_modes,
                        mode_index: index,
                        standard_mode: *standard_mode,
                        mode_name: CharArray::from("Own mode"),
                        ..AVAILABLE_MODES_DATA::default()
                    })
                };
                (1..).zip(&self.quirks.listed_modes).map(mode).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn ack(&mut self, command: MavCmd, result: MavResult) {
        self.out.push(MavMessage::COMMAND_ACK(COMMAND_ACK_DATA {
            command,
            result,
            target_system: SYSTEM,
            target_component: COMPANION,
            ..COMMAND_ACK_DATA::default()
        }));
    }

    pub(super) fn command(
        &mut self,
        now: Timestamp,
        command: MavCmd,
        params: [f32; 7],
        place: Option<(i32, i32, MavFrame)>,
    ) {
        if let Some((result, left)) = self.quirks.answers.get_mut(&(command as u32)).filter(|(_, left)| *left > 0) {
            *left -= 1;
            let result = *result;
            return self.ack(command, result);
        }
        let px4 = self.make == Make::Px4;
        let result = match command {
            MavCmd::MAV_CMD_REQUEST_MESSAGE => return self.request_message(params[0] as u32),
            MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL if self.quirks.knows_intervals => {
                self.next_by_stream.insert(params[0] as u32, (now, Duration::from_micros(params[1] as u64)));
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_SET_MODE => self.set_mode(params),
            MavCmd::MAV_CMD_COMPONENT_ARM_DISARM => self.arm(now, params[0] > 0.5),
            MavCmd::MAV_CMD_NAV_TAKEOFF => self.take_off(params[6]),
            MavCmd::MAV_CMD_MISSION_START => {
                self.mode = self.personality().modes_for(onboard::link::mode::Aim::Mission)[0];
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT if !px4 => {
                self.current = params[0] as u16;
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_FENCE_ENABLE => self.switch_fence(params[0]),
            MavCmd::MAV_CMD_DO_CHANGE_SPEED => MavResult::MAV_RESULT_ACCEPTED,
            MavCmd::MAV_CMD_DO_SET_ROI_LOCATION
            | MavCmd::MAV_CMD_DO_SET_ROI_NONE
            | MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW
                if !self.quirks.no_camera =>
            {
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_REPOSITION => match place {
                Some((x, y, frame)) => {
                    self.reposition((x, y), frame, params[6]);
                    MavResult::MAV_RESULT_ACCEPTED
                }
                None => MavResult::MAV_RESULT_COMMAND_INT_ONLY,
            },
            _ => MavResult::MAV_RESULT_UNSUPPORTED,
        };
        self.ack(command, result);
    }

    /// ArduPilot refuses a mode that it does not have; PX4 acknowledges it and stays as it was.
    pub(super) fn set_mode(&mut self, params: [f32; 7]) -> MavResult {
        let mode = match self.make {
            Make::ArduPilot => params[1] as u32,
            Make::Px4 => (params[1] as u32) << 16 | (params[2] as u32) << 24,
        };
        let known = self.personality().meaning(mode).is_some();
        if known && !self.quirks.deaf_to_modes.contains(&mode) {
            self.guided = self.guided.filter(|_| self.mode == mode);
            self.mode = mode;
        }
        if known || self.make == Make::Px4 { MavResult::MAV_RESULT_ACCEPTED } else { MavResult::MAV_RESULT_FAILED }
    }

    pub(super) fn arm(&mut self, now: Timestamp, armed: bool) -> MavResult {
        if armed && self.quirks.arm_refusals > 0 {
            self.quirks.arm_refusals -= 1;
            self.say(MavSeverity::MAV_SEVERITY_CRITICAL, "Arm: Need Position Estimate");
            return MavResult::MAV_RESULT_FAILED;
        }
        if armed && let Some(missing) = self.broadcast.missing().filter(|_| self.quirks.needs_remote_id) {
            self.refused_for = Some(missing);
            self.say(MavSeverity::MAV_SEVERITY_CRITICAL, &format!("Arm: OpenDroneID: {missing}"));
            return MavResult::MAV_RESULT_FAILED;
        }
        if armed && !self.armed {
            self.armings += 1;
            self.armed_at = now;
        }
        self.armed = armed;
        MavResult::MAV_RESULT_ACCEPTED
    }

    /// ArduPilot fails it where there is no fence to switch on.
    pub(super) fn switch_fence(&mut self, on: f32) -> MavResult {
        if self.fence.is_empty() && on == 1.0 {
            return MavResult::MAV_RESULT_FAILED;
        }
        if let Some((_, value)) = self.settings.get_mut("FENCE_ENABLE") {
            *value = f64::from(on);
        }
        MavResult::MAV_RESULT_ACCEPTED
    }

    pub(super) fn fenced(&self) -> bool {
        self.settings.get("FENCE_ENABLE").is_some_and(|(_, value)| *value != 0.0) && !self.fence.is_empty()
    }

    /// PX4 acknowledges it with its motors at rest too.
    pub(super) fn take_off(&mut self, z: f32) -> MavResult {
        let height_m = match self.make {
            Make::ArduPilot => f64::from(z),
            Make::Px4 => f64::from(z) - self.home_altitude_m,
        };
        if self.armed && self.at.up_m < 0.2 {
            // The same order again, while it is being carried out, changes nothing.
            let taking_off = self.guided.is_some_and(|target| target.up_m == height_m);
            self.take_offs += u32::from(!taking_off);
            self.guided = Some(Enu { up_m: height_m, ..self.at });
            self.mode = self.personality().modes_for(onboard::link::mode::Aim::Guided)[0];
        }
        if self.armed || self.make == Make::Px4 { MavResult::MAV_RESULT_ACCEPTED } else { MavResult::MAV_RESULT_FAILED }
    }

    pub(super) fn reposition(&mut self, (x, y): (i32, i32), frame: MavFrame, z: f32) {
        let height_m = self.height_of(frame, z);
        let target = LatLon::from_degrees(f64::from(x) / 1e7, f64::from(y) / 1e7).unwrap();
        self.targets.push((target, height_m, MavCmd::MAV_CMD_DO_REPOSITION));
        self.guided = Some(self.enu(target, height_m));
        self.mode = self.personality().modes_for(onboard::link::mode::Aim::Guided)[0];
    }
}
