//! Values of parameters, and how they travel.

use std::fmt;

use mavlink::dialects::ardupilotmega::{MavParamType, MavProtocolCapability};

use crate::link::mode::Make;

/// How values travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Converted to a float: whole numbers above 2²⁴ lose their last digits.
    Cast,
    /// Their bytes in the place of a float's.
    Bytewise,
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(i64),
    /// Any other.
    Real(f32),
}

impl Encoding {
    /// As the autopilot's capabilities say; as its make does where they say nothing.
    #[must_use]
    pub fn of(make: Make, capabilities: Option<MavProtocolCapability>) -> Self {
        let says = |bit| capabilities.is_some_and(|capabilities| capabilities.contains(bit));
        if says(MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE) {
            return Self::Bytewise;
        }
        let cast = says(MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_C_CAST);
        if cast || make == Make::ArduPilot { Self::Cast } else { Self::Bytewise }
    }

    /// A value as it came; nothing for one that is no number, or of a type that does not fit into a float.
    #[must_use]
    pub fn decode(self, kind: MavParamType, on_wire: f32) -> Option<Value> {
        let bytes = on_wire.to_le_bytes();
        if kind == MavParamType::MAV_PARAM_TYPE_REAL32 {
            return on_wire.is_finite().then_some(Value::Real(on_wire));
        }
        if self == Self::Cast {
            let whole = on_wire.is_finite() && !wide(kind);
            return whole.then_some(Value::Whole(on_wire as i64));
        }
        Some(Value::Whole(match kind {
            MavParamType::MAV_PARAM_TYPE_UINT8 => bytes[0].into(),
            MavParamType::MAV_PARAM_TYPE_INT8 => (bytes[0] as i8).into(),
            MavParamType::MAV_PARAM_TYPE_UINT16 => u16::from_le_bytes([bytes[0], bytes[1]]).into(),
            MavParamType::MAV_PARAM_TYPE_INT16 => i16::from_le_bytes([bytes[0], bytes[1]]).into(),
            MavParamType::MAV_PARAM_TYPE_UINT32 => u32::from_le_bytes(bytes).into(),
            MavParamType::MAV_PARAM_TYPE_INT32 => i32::from_le_bytes(bytes).into(),
            _ => return None,
        }))
    }

    /// A value as it is sent; nothing where it does not fit the type.
    #[must_use]
    pub fn encode(self, kind: MavParamType, value: Value) -> Option<f32> {
        let whole = match (kind, value) {
            (MavParamType::MAV_PARAM_TYPE_REAL32, Value::Real(real)) => return Some(real),
            (MavParamType::MAV_PARAM_TYPE_REAL32, Value::Whole(whole)) => return Some(whole as f32),
            (_, Value::Whole(whole)) => whole,
            (_, Value::Real(real)) if real.fract() == 0.0 => real as i64,
            (_, Value::Real(_)) => return None,
        };
        let bytes = match kind {
            MavParamType::MAV_PARAM_TYPE_UINT8 => u32::from(u8::try_from(whole).ok()?),
            MavParamType::MAV_PARAM_TYPE_INT8 => u32::from(i8::try_from(whole).ok()?.cast_unsigned()),
            MavParamType::MAV_PARAM_TYPE_UINT16 => u32::from(u16::try_from(whole).ok()?),
            MavParamType::MAV_PARAM_TYPE_INT16 => u32::from(i16::try_from(whole).ok()?.cast_unsigned()),
            MavParamType::MAV_PARAM_TYPE_UINT32 => u32::try_from(whole).ok()?,
            MavParamType::MAV_PARAM_TYPE_INT32 => i32::try_from(whole).ok()?.cast_unsigned(),
            _ => return None,
        };
        Some(match self {
            Self::Cast => whole as f32,
            Self::Bytewise => f32::from_bits(bytes),
        })
    }
}

fn wide(kind: MavParamType) -> bool {
    matches!(
        kind,
        MavParamType::MAV_PARAM_TYPE_UINT64 | MavParamType::MAV_PARAM_TYPE_INT64 | MavParamType::MAV_PARAM_TYPE_REAL64
    )
}

impl Value {
    /// As a real number.
    #[must_use]
    pub fn real(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real.into(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Real(real) => write!(f, "{real}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: [MavParamType; 6] = [
        MavParamType::MAV_PARAM_TYPE_UINT8,
        MavParamType::MAV_PARAM_TYPE_INT8,
        MavParamType::MAV_PARAM_TYPE_UINT16,
        MavParamType::MAV_PARAM_TYPE_INT16,
        MavParamType::MAV_PARAM_TYPE_UINT32,
        MavParamType::MAV_PARAM_TYPE_INT32,
    ];

    #[test]
    fn the_same_setting_looks_different_on_the_wire_in_the_two_encodings() {
        let (kind, two) = (MavParamType::MAV_PARAM_TYPE_INT32, Value::Whole(2));
        assert_eq!(Encoding::Cast.encode(kind, two).map(f32::to_bits), Some(2.0_f32.to_bits()));
        assert_eq!(Encoding::Bytewise.encode(kind, two).map(f32::to_bits), Some(2));
    }

    #[test]
    fn the_capabilities_decide_the_encoding_and_the_make_where_they_say_nothing() {
        let bytewise = Some(MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE);
        let cast = Some(MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_C_CAST);
        assert_eq!(Encoding::of(Make::ArduPilot, bytewise), Encoding::Bytewise);
        assert_eq!(Encoding::of(Make::Px4, cast), Encoding::Cast);
        assert_eq!(Encoding::of(Make::Px4, None), Encoding::Bytewise);
        assert_eq!(Encoding::of(Make::ArduPilot, None), Encoding::Cast);
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_not_sent() {
        for encoding in [Encoding::Cast, Encoding::Bytewise] {
            assert_eq!(encoding.encode(MavParamType::MAV_PARAM_TYPE_INT8, Value::Whole(128)), None);
            assert_eq!(encoding.encode(MavParamType::MAV_PARAM_TYPE_INT32, Value::Real(1.5)), None);
            assert_eq!(encoding.encode(MavParamType::MAV_PARAM_TYPE_INT64, Value::Whole(1)), None);
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_comes_back(whole in -16_777_216_i64..=16_777_216, real in any::<f32>(), at in 0..WHOLE.len()) {
            for encoding in [Encoding::Cast, Encoding::Bytewise] {
                if let Some(on_wire) = encoding.encode(WHOLE[at], Value::Whole(whole)) {
                    prop_assert_eq!(encoding.decode(WHOLE[at], on_wire), Some(Value::Whole(whole)));
                }
                let on_wire = encoding.encode(MavParamType::MAV_PARAM_TYPE_REAL32, Value::Real(real)).unwrap();
                let back = encoding.decode(MavParamType::MAV_PARAM_TYPE_REAL32, on_wire);
                prop_assert_eq!(back, real.is_finite().then_some(Value::Real(real)));
            }
        }

        #[test]
        fn no_value_on_the_wire_makes_the_decoder_panic(bits in any::<u32>(), at in 0..WHOLE.len()) {
            for encoding in [Encoding::Cast, Encoding::Bytewise] {
                let _value = encoding.decode(WHOLE[at], f32::from_bits(bits));
            }
        }
    }
}
