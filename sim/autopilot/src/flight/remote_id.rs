//! Remote ID as ArduPilot handles it: it broadcasts nothing itself, but will not be armed until a transmitter says it is
//! fit, the identity has a type, and the operator's place is known.
//!
//! Source: ArduPilot 4.5 `AP_OpenDroneID`, whose words these are.

use telemetry::Timestamp;

/// What was heard longer ago than this counts as not heard: OPENDRONEID's three seconds.
const HEARD_S: f64 = 3.0;
/// The system message goes stale more slowly: stations send it rarely.
const OPERATOR_S: f64 = 10.0;

/// What has been heard about the vehicle's Remote ID.
#[derive(Debug, Clone, Default)]
pub(crate) struct RemoteId {
    transmitter: Option<(Timestamp, bool)>,
    identity_typed: bool,
    operator: Option<(Timestamp, bool)>,
}

impl RemoteId {
    /// The transmitter says whether it may fly.
    pub(crate) fn hear_transmitter(&mut self, now: Timestamp, good: bool) {
        self.transmitter = Some((now, good));
    }

    /// An identity has come. The first with both types set is kept.
    pub(crate) fn hear_identity(&mut self, typed: bool) {
        self.identity_typed |= typed;
    }

    /// The operator's place has come, or a zero in its stead.
    pub(crate) fn hear_operator(&mut self, now: Timestamp, placed: bool) {
        self.operator = Some((now, placed));
    }

    /// What stands against flying, if anything.
    pub(crate) fn fault(&self, now: Timestamp) -> Option<&'static str> {
        match self.transmitter {
            None => return Some("OpenDroneID: ARM_STATUS not available"),
            Some((at, _)) if now.seconds_since(at) > HEARD_S => return Some("OpenDroneID: ODID lost"),
            Some((_, false)) => return Some("OpenDroneID: transmitter not ready"),
            Some((_, true)) => {}
        }
        if !self.identity_typed {
            return Some("OpenDroneID: UA_TYPE required in BasicID");
        }
        match self.operator {
            Some((at, _)) if now.seconds_since(at) > OPERATOR_S => Some("OpenDroneID: SYSTEM not available"),
            None => Some("OpenDroneID: SYSTEM not available"),
            Some((_, false)) => Some("OpenDroneID: operator location must be set"),
            Some((_, true)) => None,
        }
    }
}
