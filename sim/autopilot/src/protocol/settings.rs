//! The parameter protocol, in both encodings of values: ArduPilot casts an integer to a float, PX4 sends its bytes.
//!
//! A name that does not exist gets silence and values out of range are taken, unless the quirks say otherwise. PX4 also
//! answers to `_HASH_CHECK`, by which a station knows whether it has seen all of this before.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    MavParamType, PARAM_REQUEST_LIST_DATA, PARAM_REQUEST_READ_DATA, PARAM_SET_DATA, PARAM_VALUE_DATA,
};
use telemetry::messages::VehicleKind;

use super::super::Craft;
use super::super::flight::Severity;
use super::super::parameters::{Form, Parameter, Parameters};
use super::super::personality::Personality;
use super::Link;
use super::frames::Frame;

/// How many parameters of the whole list go out with each step: a hundred a second.
const PER_STEP: u16 = 5;
/// The index of a parameter that was asked for, or set, by its name.
const BY_NAME: u16 = u16::MAX;

/// The name under which PX4 tells the hash of all its parameters.
const HASH: &str = "_HASH_CHECK";

/// The whole list is going out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Announcing {
    next: u16,
}

impl Link {
    pub(super) fn handle_setting(
        &mut self,
        frame: &Frame,
        craft: &mut Craft,
        for_us: impl Fn(u8, u8) -> bool,
    ) -> Option<()> {
        match frame.id {
            PARAM_REQUEST_LIST_DATA::ID => {
                let message: PARAM_REQUEST_LIST_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    refresh_totals(craft);
                    match craft.plant.personality {
                        Personality::ArduPilot => self.say_banner(craft),
                        Personality::Px4 => self.send_hash(craft),
                    }
                    self.announcing = Some(Announcing { next: 0 });
                }
            }
            PARAM_REQUEST_READ_DATA::ID => {
                let message: PARAM_REQUEST_READ_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    refresh_totals(craft);
                    match u16::try_from(message.param_index) {
                        Ok(index) if index < craft.plant.parameters.count() => {
                            self.send_parameter(craft, index, index);
                        }
                        Ok(_) => {}
                        Err(_) => self.tell_named(name_of(&message.param_id)?, craft),
                    }
                }
            }
            PARAM_SET_DATA::ID => {
                // By hand: PX4's integers need not be numbers when read as a float, nor the type a known one.
                let bytes = frame.padded();
                if for_us(bytes[4], bytes[5]) {
                    let mut id = [0; 16];
                    id.copy_from_slice(&bytes[6..22]);
                    let raw = [bytes[0], bytes[1], bytes[2], bytes[3]];
                    self.change_named(name_of(&id)?, raw, craft);
                }
            }
            _ => {}
        }
        Some(())
    }

    /// Goes on with the whole list.
    pub(super) fn announce(&mut self, craft: &Craft) {
        let Some(Announcing { next }) = self.announcing else { return };
        let count = craft.plant.parameters.count();
        let end = next.saturating_add(PER_STEP).min(count);
        for index in next..end {
            self.send_parameter(craft, index, index);
        }
        self.announcing = (end < count).then_some(Announcing { next: end });
    }

    fn tell_named(&mut self, name: &str, craft: &Craft) {
        if name == HASH && craft.plant.personality == Personality::Px4 {
            return self.send_hash(craft);
        }
        match craft.plant.parameters.find(name) {
            Some(index) => self.send_parameter(craft, index, self.named_index(index, craft)),
            None => self.miss(name, craft),
        }
    }

    fn change_named(&mut self, name: &str, raw: [u8; 4], craft: &mut Craft) {
        let Some(index) = craft.plant.parameters.find(name) else {
            // PX4: the station knows enough, the list need not go on.
            if name == HASH && craft.plant.personality == Personality::Px4 {
                self.announcing = None;
                return;
            }
            return self.miss(name, craft);
        };
        let (_, form, _) = craft.plant.parameters.announced(index);
        let bytewise = craft.plant.personality == Personality::Px4 && form != Form::Real32;
        let value = if bytewise { i32::from_le_bytes(raw) as f32 } else { f32::from_le_bytes(raw) };
        if !value.is_finite() {
            return;
        }
        if craft.plant.quirks.takes_values_out_of_range || Parameters::in_range(name, value) {
            // The name exists and the value is a number.
            let _set = craft.plant.parameters.set(name, value);
        }
        self.send_parameter(craft, index, self.named_index(index, craft));
    }

    fn named_index(&self, index: u16, craft: &Craft) -> u16 {
        if craft.plant.quirks.hides_index_of_named { BY_NAME } else { index }
    }

    fn miss(&mut self, name: &str, craft: &Craft) {
        if !craft.plant.quirks.silent_about_unknown_parameters {
            self.say(craft, Severity::Warning, &format!("unknown param: {name}"));
        }
    }

    fn send_parameter(&mut self, craft: &Craft, index: u16, announced_as: u16) {
        let parameters = &craft.plant.parameters;
        let (name, form, value) = parameters.announced(index);
        let param_type = match form {
            Form::Int8 => MavParamType::MAV_PARAM_TYPE_INT8,
            Form::Int16 => MavParamType::MAV_PARAM_TYPE_INT16,
            Form::Int32 => MavParamType::MAV_PARAM_TYPE_INT32,
            Form::Real32 => MavParamType::MAV_PARAM_TYPE_REAL32,
        };
        let raw = encoded(form, value, craft.plant.personality);
        self.send_value(craft, name, raw, announced_as, param_type);
    }

    /// Laid out by hand: a float in between would not keep every integer's bytes.
    fn send_value(&mut self, craft: &Craft, name: &str, raw: [u8; 4], index: u16, param_type: MavParamType) {
        let mut payload = [0; 25];
        payload[..4].copy_from_slice(&raw);
        payload[4..6].copy_from_slice(&craft.plant.parameters.count().to_le_bytes());
        payload[6..8].copy_from_slice(&index.to_le_bytes());
        payload[8..8 + name.len()].copy_from_slice(name.as_bytes());
        payload[24] = param_type as u8;
        self.encoder.send_payload(craft.autopilot(), PARAM_VALUE_DATA::ID, PARAM_VALUE_DATA::EXTRA_CRC, &payload);
    }

    fn send_hash(&mut self, craft: &Craft) {
        let parameters = &craft.plant.parameters;
        let mut hash = 0;
        for index in 0..parameters.count() {
            let (name, form, value) = parameters.announced(index);
            hash = crc32_part(hash, name.as_bytes());
            hash = crc32_part(hash, &encoded(form, value, Personality::Px4));
        }
        self.send_value(craft, HASH, hash.to_le_bytes(), BY_NAME, MavParamType::MAV_PARAM_TYPE_UINT32);
    }

    fn say_banner(&mut self, craft: &Craft) {
        let firmware = match craft.plant.parameters.kind() {
            VehicleKind::Multirotor | VehicleKind::Unknown => "ArduCopter",
            VehicleKind::FixedWing | VehicleKind::Vtol => "ArduPlane",
            VehicleKind::Boat => "ArduRover",
            VehicleKind::Rov => "ArduSub",
        };
        self.say(craft, Severity::Info, &format!("{firmware} V4.5.7 (picket)"));
    }
}

/// A value as it travels.
fn encoded(form: Form, value: f32, personality: Personality) -> [u8; 4] {
    match (personality, form) {
        (Personality::Px4, Form::Int8 | Form::Int16 | Form::Int32) => (value as i32).to_le_bytes(),
        _ => value.to_le_bytes(),
    }
}

/// `NuttX`'s `crc32part`: the common CRC-32 without its two inversions.
pub(super) fn crc32_part(start: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(!start);
    hasher.update(bytes);
    !hasher.finalize()
}

/// The counts that are parameters follow the lists.
fn refresh_totals(craft: &mut Craft) {
    if craft.plant.personality == Personality::Px4 {
        return;
    }
    let items = &craft.flight.items;
    let parameters = &mut craft.plant.parameters;
    parameters.put(Parameter::MisTotal, items.mission.len() as f32);
    parameters.put(Parameter::FenceTotal, items.fence.len() as f32);
    parameters.put(Parameter::RallyTotal, items.rally.len() as f32);
}

fn name_of(id: &[u8; 16]) -> Option<&str> {
    let end = id.iter().position(|byte| *byte == 0).unwrap_or(id.len());
    std::str::from_utf8(&id[..end]).ok()
}
