//! The lists the mission protocol moves, and their items on the wire.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavMissionResult, MavMissionType};

use super::super::Craft;
use super::super::flight::{FENCE_ITEMS_MAX, Item, MISSION_ITEMS_MAX, RALLY_ITEMS_MAX, Rejection};
use super::frames::{Frame, Peer};

/// One of the three lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Mission,
    Fence,
    Rally,
}

impl List {
    pub(super) const ALL: [Self; 3] = [Self::Mission, Self::Fence, Self::Rally];

    pub(super) fn from_type(of: MavMissionType) -> Option<Self> {
        match of {
            MavMissionType::MAV_MISSION_TYPE_MISSION => Some(Self::Mission),
            MavMissionType::MAV_MISSION_TYPE_FENCE => Some(Self::Fence),
            MavMissionType::MAV_MISSION_TYPE_RALLY => Some(Self::Rally),
            MavMissionType::MAV_MISSION_TYPE_ALL => None,
        }
    }

    pub(super) fn mission_type(self) -> MavMissionType {
        match self {
            Self::Mission => MavMissionType::MAV_MISSION_TYPE_MISSION,
            Self::Fence => MavMissionType::MAV_MISSION_TYPE_FENCE,
            Self::Rally => MavMissionType::MAV_MISSION_TYPE_RALLY,
        }
    }

    pub(super) fn items_max(self) -> usize {
        match self {
            Self::Mission => MISSION_ITEMS_MAX,
            Self::Fence => FENCE_ITEMS_MAX,
            Self::Rally => RALLY_ITEMS_MAX,
        }
    }

    /// How many items in the store come before the first on the wire: home, where it is no item.
    fn hidden(self, craft: &Craft) -> u16 {
        u16::from(self == Self::Mission && !craft.plant.quirks.home_is_item_zero)
    }

    /// The number on the wire of an item in the store.
    pub(super) fn on_the_wire(self, craft: &Craft, index: u16) -> u16 {
        index.saturating_sub(self.hidden(craft))
    }

    /// The place in the store of an item by its number on the wire.
    pub(super) fn in_the_store(self, craft: &Craft, seq: u16) -> u16 {
        seq.saturating_add(self.hidden(craft))
    }

    /// How many items there are on the wire.
    pub(super) fn count(self, craft: &Craft) -> u16 {
        (self.items(craft).len() as u16).saturating_sub(self.hidden(craft))
    }

    /// The opaque id of what is in the list; 0 where there is none.
    pub(super) fn opaque_id(self, craft: &Craft) -> u32 {
        if craft.plant.quirks.opaque_ids { craft.flight.items.ids[self as usize] } else { 0 }
    }

    /// Works the id out anew, from the content. An empty list has id 0.
    pub(super) fn renew_id(self, craft: &mut Craft) {
        let mut hasher = crc32fast::Hasher::new();
        for item in self.items(craft) {
            hasher.update(&item.command.to_le_bytes());
            hasher.update(&[item.frame]);
            for value in item.param.iter().chain([&item.z]) {
                hasher.update(&value.to_le_bytes());
            }
            hasher.update(&item.x.to_le_bytes());
            hasher.update(&item.y.to_le_bytes());
        }
        let id = if self.count(craft) == 0 { 0 } else { hasher.finalize().max(1) };
        craft.flight.items.ids[self as usize] = id;
    }

    pub(super) fn items(self, craft: &Craft) -> &[Item] {
        match self {
            Self::Mission => &craft.flight.items.mission,
            Self::Fence => &craft.flight.items.fence,
            Self::Rally => &craft.flight.items.rally,
        }
    }
}

/// Which of the two item messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Int,
    Float,
}

/// An item on its way in. Read by hand, since a command or frame the dialect does not know is refused, not ignored.
pub(super) struct Arriving {
    pub(super) item: Item,
    pub(super) seq: u16,
    pub(super) target: Peer,
    pub(super) mission_type: Option<MavMissionType>,
}

impl Arriving {
    /// MISSION_ITEM and MISSION_ITEM_INT have the same layout; in the first, x and y are floats in degrees.
    pub(super) fn read(frame: &Frame) -> Self {
        let bytes = frame.padded();
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        let float = |at: usize| f32::from_le_bytes(word(at));
        let place = |at: usize| {
            if frame.id == MISSION_ITEM_INT_DATA::ID {
                i32::from_le_bytes(word(at))
            } else {
                (f64::from(float(at)) * 1e7).round() as i32
            }
        };
        let item = Item {
            command: u16::from_le_bytes([bytes[30], bytes[31]]),
            frame: bytes[34],
            param: [float(0), float(4), float(8), float(12)],
            x: place(16),
            y: place(20),
            z: float(24),
        };
        let mission_type = match bytes[37] {
            0 => Some(MavMissionType::MAV_MISSION_TYPE_MISSION),
            1 => Some(MavMissionType::MAV_MISSION_TYPE_FENCE),
            2 => Some(MavMissionType::MAV_MISSION_TYPE_RALLY),
            _ => None,
        };
        let target = Peer { system: bytes[32], component: bytes[33] };
        Self { item, seq: u16::from_le_bytes([bytes[28], bytes[29]]), target, mission_type }
    }
}

pub(super) fn result_of(rejection: Rejection) -> MavMissionResult {
    match rejection {
        Rejection::Command => MavMissionResult::MAV_MISSION_UNSUPPORTED,
        Rejection::Frame => MavMissionResult::MAV_MISSION_UNSUPPORTED_FRAME,
        Rejection::Parameter(1) => MavMissionResult::MAV_MISSION_INVALID_PARAM1,
        Rejection::Parameter(2) => MavMissionResult::MAV_MISSION_INVALID_PARAM2,
        Rejection::Parameter(3) => MavMissionResult::MAV_MISSION_INVALID_PARAM3,
        Rejection::Parameter(4) => MavMissionResult::MAV_MISSION_INVALID_PARAM4,
        Rejection::Parameter(5) => MavMissionResult::MAV_MISSION_INVALID_PARAM5_X,
        Rejection::Parameter(6) => MavMissionResult::MAV_MISSION_INVALID_PARAM6_Y,
        Rejection::Parameter(_) => MavMissionResult::MAV_MISSION_INVALID_PARAM7,
        Rejection::Inconsistent => MavMissionResult::MAV_MISSION_ERROR,
    }
}

/// The 38 bytes that MISSION_ITEM and MISSION_ITEM_INT share, but for x and y.
pub(super) fn item_payload(
    item: &Item,
    to: Peer,
    list: List,
    seq: u16,
    current: bool,
    places: [[u8; 4]; 2],
) -> [u8; 38] {
    let mut bytes = [0; 38];
    for (slot, value) in bytes.chunks_exact_mut(4).zip(item.param) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    bytes[16..20].copy_from_slice(&places[0]);
    bytes[20..24].copy_from_slice(&places[1]);
    bytes[24..28].copy_from_slice(&item.z.to_le_bytes());
    bytes[28..30].copy_from_slice(&seq.to_le_bytes());
    bytes[30..32].copy_from_slice(&item.command.to_le_bytes());
    // ArduPilot continues after every mission item; the flag means nothing in the other lists.
    let autocontinue = list == List::Mission;
    let tail = [to.system, to.component, item.frame, u8::from(current), u8::from(autocontinue), list as u8];
    bytes[32..].copy_from_slice(&tail);
    bytes
}
