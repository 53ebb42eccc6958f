//! What people do before anything flies: close areas, report the weather, file flights, save plans, override the
//! pre-flight check, send plans.

use serde::{Deserialize, Serialize};

use crate::altitude::AltitudeAmsl;
use crate::frames::LatLon;
use crate::ids::{FlightId, PlanId, VehicleId, ZoneId};
use crate::time::Timestamp;

/// What a person does about plans and the air they are flown in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PlanningAct {
    /// "Nobody flies here, from then until then."
    #[serde(rename = "close")]
    CloseArea(AreaClosure),
    /// "They may again."
    #[serde(rename = "open")]
    OpenArea(ZoneId),
    /// "This is the weather."
    #[serde(rename = "weather")]
    ReportWeather(WeatherReport),
    /// "This flight has been declared to us."
    #[serde(rename = "file")]
    FileFlight(FlightDeclaration),
    /// "It will not be flown."
    #[serde(rename = "withdraw")]
    WithdrawFlight(FlightId),
    /// "Keep this plan", made for a vehicle.
    #[serde(rename = "save")]
    SavePlan {
        /// For which vehicle.
        #[serde(rename = "v")]
        vehicle: VehicleId,
        /// The plan's file, as `missions` reads it.
        #[serde(rename = "x")]
        text: String,
    },
    /// "It is not needed any more."
    #[serde(rename = "discard")]
    DiscardPlan(PlanId),
    /// "Fly it."
    #[serde(rename = "send")]
    SendPlan {
        /// Which plan.
        #[serde(rename = "p")]
        plan: PlanId,
        /// When it is begun; nothing for at once.
        #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
        start: Option<Timestamp>,
    },
    /// "Fly it although the pre-flight check says no."
    #[serde(rename = "override")]
    Override {
        /// Which vehicle's.
        #[serde(rename = "v")]
        vehicle: VehicleId,
        /// Which plan.
        #[serde(rename = "p")]
        plan: PlanId,
        /// Why.
        #[serde(rename = "y")]
        reason: String,
    },
    /// "This is the schedule of the night."
    #[serde(rename = "schedule")]
    AcceptSchedule {
        /// The night, as the station writes it.
        #[serde(rename = "x")]
        text: String,
    },
    /// "There is none any more."
    #[serde(rename = "unschedule")]
    EndSchedule,
}

/// An area that is closed for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaClosure {
    /// For people.
    #[serde(rename = "n")]
    pub name: String,
    /// The corners on the ground, not closed.
    #[serde(rename = "r")]
    pub ring: Vec<LatLon>,
    /// From this altitude; nothing: from the ground.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<AltitudeAmsl>,
    /// Up to this altitude; nothing: however high.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<AltitudeAmsl>,
    /// From when.
    #[serde(rename = "a")]
    pub from: Timestamp,
    /// Until when, included.
    #[serde(rename = "b")]
    pub to: Timestamp,
}

/// The weather, as a person read it off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeatherReport {
    /// Where the wind comes from, degrees clockwise from true north.
    #[serde(rename = "d")]
    pub wind_from_deg: f64,
    /// Its mean speed, m/s.
    #[serde(rename = "w")]
    pub wind_m_s: f64,
    /// Its gusts, m/s; at least the mean.
    #[serde(rename = "g")]
    pub gust_m_s: f64,
    /// How far one sees, metres; nothing where nobody looked.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub visibility_m: Option<f64>,
}

/// A flight that somebody declared to the room: who, with what, where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlightDeclaration {
    /// Who flies.
    #[serde(rename = "o")]
    pub operator: String,
    /// The aircraft's serial, as it sends it by Remote ID (ANSI/CTA-2063-A).
    #[serde(rename = "u")]
    pub uas_id: String,
    /// What for.
    #[serde(rename = "y")]
    pub purpose: String,
    /// The corners on the ground, not closed.
    #[serde(rename = "r")]
    pub ring: Vec<LatLon>,
    /// From this altitude.
    #[serde(rename = "f")]
    pub floor: AltitudeAmsl,
    /// Up to this altitude.
    #[serde(rename = "c")]
    pub ceiling: AltitudeAmsl,
    /// From when.
    #[serde(rename = "a")]
    pub from: Timestamp,
    /// Until when, included.
    #[serde(rename = "b")]
    pub to: Timestamp,
}
