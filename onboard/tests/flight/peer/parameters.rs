//! The parameters of the scripted autopilot: silence for a name it does not have, any value taken.

use std::collections::BTreeMap;

use super::*;

/// What a setting is stored as, and its value.
pub(crate) type Settings = BTreeMap<&'static str, (MavParamType, f64)>;

const INT8: MavParamType = MavParamType::MAV_PARAM_TYPE_INT8;
const INT32: MavParamType = MavParamType::MAV_PARAM_TYPE_INT32;
const REAL32: MavParamType = MavParamType::MAV_PARAM_TYPE_REAL32;

/// A vehicle set up with care: nothing in it contradicts a plan that returns home.
pub(super) fn usual(make: Make, mavtype: MavType) -> Settings {
    let mut settings = of_kind(make, mavtype);
    if make == Make::ArduPilot {
        settings.extend([
            ("FENCE_ENABLE", (INT8, 0.0)),
            ("FENCE_TYPE", (INT8, 4.0)),
            ("FENCE_RADIUS", (REAL32, 300.0)),
            ("FENCE_ALT_MAX", (REAL32, 100.0)),
        ]);
    }
    settings
}

fn of_kind(make: Make, mavtype: MavType) -> Settings {
    match (make, mavtype) {
        (Make::Px4, _) => BTreeMap::from([
            ("NAV_DLL_ACT", (INT32, 2.0)),
            ("COM_DL_LOSS_T", (INT32, 10.0)),
            ("MIS_TAKEOFF_ALT", (REAL32, 2.5)),
        ]),
        (_, MavType::MAV_TYPE_FIXED_WING | MavType::MAV_TYPE_VTOL_FIXEDROTOR) => BTreeMap::from([
            ("FS_GCS_ENABL", (INT8, 1.0)),
            ("FS_LONG_ACTN", (INT8, 1.0)),
            ("FS_LONG_TIMEOUT", (REAL32, 20.0)),
        ]),
        (_, MavType::MAV_TYPE_SURFACE_BOAT) => BTreeMap::from([
            ("FS_GCS_ENABLE", (INT8, 1.0)),
            ("FS_ACTION", (INT8, 1.0)),
            ("FS_GCS_TIMEOUT", (REAL32, 20.0)),
        ]),
        (_, MavType::MAV_TYPE_SUBMARINE) => {
            BTreeMap::from([("FS_GCS_ENABLE", (INT8, 4.0)), ("FS_GCS_TIMEOUT", (REAL32, 20.0))])
        }
        _ => BTreeMap::from([
            ("FS_GCS_ENABLE", (INT8, 1.0)),
            ("FS_GCS_TIMEOUT", (REAL32, 20.0)),
            ("RTL_ALT", (INT32, 1500.0)),
            ("WPNAV_SPEED", (REAL32, 1000.0)),
        ]),
    }
}

impl Peer {
    pub(super) fn parameter(&mut self, message: &MavMessage) {
        match message {
            MavMessage::PARAM_REQUEST_READ(asked) if asked.param_index < 0 => {
                let name = text(&asked.param_id);
                if self.settings.contains_key(name.as_str()) {
                    self.announce(&name, u16::MAX);
                }
            }
            MavMessage::PARAM_REQUEST_READ(asked) => {
                let name = self.settings.keys().nth(asked.param_index as usize).copied();
                if let Some(name) = name {
                    self.announce(name, asked.param_index as u16);
                }
            }
            MavMessage::PARAM_REQUEST_LIST(_) => {
                let names: Vec<&'static str> = self.settings.keys().copied().collect();
                for (index, name) in (0_u16..).zip(names) {
                    self.announce(name, index);
                }
            }
            MavMessage::PARAM_SET(set) => {
                let name = text(&set.param_id);
                let keeps = self.quirks.keeps.contains(&name.as_str());
                let make = self.make;
                if let Some((kind, value)) = self.settings.get_mut(name.as_str()) {
                    if !keeps {
                        *value = off_wire(make, *kind, set.param_value);
                    }
                    self.parameters_set += 1;
                    self.announce(&name, u16::MAX);
                }
            }
            _ => {}
        }
    }

    fn announce(&mut self, name: &str, param_index: u16) {
        let (param_type, value) = self.settings[name];
        let param_value = on_wire(self.make, param_type, value);
        let param_count = self.settings.len() as u16;
        let param_id = CharArray::from(name);
        self.out.push(MavMessage::PARAM_VALUE(PARAM_VALUE_DATA {
            param_value,
            param_count,
            param_index,
            param_id,
            param_type,
        }));
    }
}

fn text(id: &CharArray<16>) -> String {
    let bytes: &[u8] = &id[..];
    bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

fn on_wire(make: Make, kind: MavParamType, value: f64) -> f32 {
    match (make, kind) {
        (Make::Px4, MavParamType::MAV_PARAM_TYPE_INT32) => f32::from_bits((value as i32) as u32),
        _ => value as f32,
    }
}

fn off_wire(make: Make, kind: MavParamType, value: f32) -> f64 {
    match (make, kind) {
        (Make::Px4, MavParamType::MAV_PARAM_TYPE_INT32) => f64::from(value.to_bits() as i32),
        _ => f64::from(value),
    }
}
