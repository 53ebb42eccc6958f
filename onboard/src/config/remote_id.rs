//! Who the aircraft is and who flies it, as it stands in the file.

use mavlink::dialects::ardupilotmega::MavOdidUaType;
use serde::{Deserialize, Serialize};
use telemetry::{AltitudeHae, LatLon};
use thiserror::Error;

use super::Kind;
use crate::link::remote_id::{DESCRIPTION_MAX, ID_MAX, IdKind, Identity};

/// The section `[remote_id]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub struct RemoteIdSection {
    fields: Fields,
    operator_place: Option<(LatLon, AltitudeHae)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    /// The maker's serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    /// The authority's registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registration: Option<String>,
    /// The operator's registration.
    operator: String,
    /// What the flight is for.
    #[serde(default)]
    description: String,
    /// The class in the European Union, 0 to 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    eu_class: Option<u8>,
    /// Where the operator is: latitude and longitude in degrees, height above the ellipsoid in metres. Where the vehicle
    /// takes off if this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator_place: Option<[f64; 3]>,
}

/// What is wrong with the section.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum IdentityFault {
    /// Not exactly one id.
    #[error("remote_id: found {0} of serial and registration: exactly one is needed")]
    Ids(usize),
    /// A text that does not fit its field.
    #[error("remote_id: {field} {text:?} does not fit: allowed are {from} to {to} printable ASCII characters")]
    Text {
        /// Which field.
        field: &'static str,
        /// What was found.
        text: String,
        /// The fewest characters.
        from: usize,
        /// The most.
        to: usize,
    },
    /// A class that does not exist.
    #[error("remote_id: eu_class {0}: allowed are 0 to 6")]
    Class(u8),
    /// A place that does not exist.
    #[error("remote_id: operator_place {0:?}: degrees of latitude and longitude, metres above the ellipsoid")]
    Place([f64; 3]),
}

impl TryFrom<Fields> for RemoteIdSection {
    type Error = IdentityFault;
    fn try_from(fields: Fields) -> Result<Self, IdentityFault> {
        let ids = [("serial", &fields.serial), ("registration", &fields.registration)];
        let given: Vec<_> = ids.into_iter().filter_map(|(field, id)| Some((field, id.as_ref()?))).collect();
        let [(field, id)] = given.as_slice() else { return Err(IdentityFault::Ids(given.len())) };
        check_text(field, id, 1, ID_MAX)?;
        check_text("operator", &fields.operator, 1, ID_MAX)?;
        check_text("description", &fields.description, 0, DESCRIPTION_MAX)?;
        if let Some(class) = fields.eu_class.filter(|class| *class > 6) {
            return Err(IdentityFault::Class(class));
        }
        let place = |[latitude, longitude, height]: [f64; 3]| {
            let place = LatLon::from_degrees(latitude, longitude).ok().filter(|_| height.is_finite());
            place
                .map(|place| (place, AltitudeHae::new(height)))
                .ok_or(IdentityFault::Place([latitude, longitude, height]))
        };
        Ok(Self { operator_place: fields.operator_place.map(place).transpose()?, fields })
    }
}

fn check_text(field: &'static str, text: &str, from: usize, to: usize) -> Result<(), IdentityFault> {
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if printable && (from..=to).contains(&text.len()) {
        return Ok(());
    }
    Err(IdentityFault::Text { field, text: text.chars().take(40).collect(), from, to })
}

impl From<RemoteIdSection> for Fields {
    fn from(section: RemoteIdSection) -> Self {
        section.fields
    }
}

impl RemoteIdSection {
    pub(super) fn identity(&self, kind: Kind) -> Identity {
        let fields = &self.fields;
        let (id_kind, id) = match (&fields.serial, &fields.registration) {
            (Some(serial), _) => (IdKind::Serial, serial),
            (None, registration) => {
                let registration = registration.as_ref().expect("invariant: checked, one of the two is there");
                (IdKind::Registration, registration)
            }
        };
        Identity {
            id_kind,
            id: id.clone(),
            operator: fields.operator.clone(),
            description: fields.description.clone(),
            aircraft: match kind {
                Kind::Multirotor => MavOdidUaType::MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR,
                Kind::FixedWing => MavOdidUaType::MAV_ODID_UA_TYPE_AEROPLANE,
                Kind::Vtol => MavOdidUaType::MAV_ODID_UA_TYPE_HYBRID_LIFT,
                Kind::Boat | Kind::Rov => MavOdidUaType::MAV_ODID_UA_TYPE_OTHER,
            },
            eu_class: fields.eu_class,
            operator_place: self.operator_place,
        }
    }
}
