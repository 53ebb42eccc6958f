//! The parameter protocol. A name that does not exist gets silence, as from ArduPilot; values out of range are taken.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    MavParamType, PARAM_REQUEST_LIST_DATA, PARAM_REQUEST_READ_DATA, PARAM_SET_DATA, PARAM_VALUE_DATA,
};
use telemetry::messages::VehicleKind;

use super::super::Craft;
use super::super::flight::Severity;
use super::super::parameters::{Form, Parameter};
use super::Link;
use super::frames::Frame;

/// How many parameters of the whole list go out with each step: a hundred a second.
const PER_STEP: u16 = 5;
/// The index of a parameter that was asked for, or set, by its name.
const BY_NAME: u16 = u16::MAX;

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
                    self.say_banner(craft);
                    refresh_totals(craft);
                    self.announcing = Some(Announcing { next: 0 });
                }
            }
            PARAM_REQUEST_READ_DATA::ID => {
                let message: PARAM_REQUEST_READ_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    refresh_totals(craft);
                    let parameters = &craft.plant.parameters;
                    let by_index = u16::try_from(message.param_index).ok();
                    match by_index {
                        Some(index) if index < parameters.count() => self.send_parameter(craft, index, index),
                        Some(_) => {}
                        None => {
                            if let Some(index) = parameters.find(name_of(&message.param_id)?) {
                                self.send_parameter(craft, index, BY_NAME);
                            }
                        }
                    }
                }
            }
            PARAM_SET_DATA::ID => {
                let message: PARAM_SET_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    let name = name_of(&message.param_id)?;
                    let parameters = &mut craft.plant.parameters;
                    if parameters.set(name, message.param_value).is_ok()
                        && let Some(index) = parameters.find(name)
                    {
                        self.send_parameter(craft, index, BY_NAME);
                    }
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

    fn send_parameter(&mut self, craft: &Craft, index: u16, announced_as: u16) {
        let parameters = &craft.plant.parameters;
        let (name, form, param_value) = parameters.announced(index);
        let message = PARAM_VALUE_DATA {
            param_value,
            param_count: parameters.count(),
            param_index: announced_as,
            param_id: name.into(),
            param_type: match form {
                Form::Int8 => MavParamType::MAV_PARAM_TYPE_INT8,
                Form::Int16 => MavParamType::MAV_PARAM_TYPE_INT16,
                Form::Int32 => MavParamType::MAV_PARAM_TYPE_INT32,
                Form::Real32 => MavParamType::MAV_PARAM_TYPE_REAL32,
            },
        };
        self.send(craft, &message);
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

/// The counts that are parameters follow the lists.
fn refresh_totals(craft: &mut Craft) {
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
