//! What a console says on its socket: one JSON object a message.

use serde::Deserialize;
use telemetry::messages::{Action, AreaClosure, FlightDeclaration, Order, PlanningAct, WeatherReport};
use telemetry::{AlertId, AltitudeAmsl, CueId, FlightId, LatLon, PlanId, Timestamp, VehicleId, ZoneId};

/// The longest message taken: an area of a hundred corners and some words.
pub const REQUEST_BYTES_MAX: usize = 8192;

/// What a person wants, and the number under which the console waits for the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The console's number for it.
    pub number: u64,
    /// What is wanted.
    pub wish: Wish,
}

/// What a person wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// To do something.
    Act(Action),
    /// To keep a plan that the planning desk proposed.
    SaveProposal {
        /// The proposal's number.
        proposal: u64,
        /// For which of its vehicles.
        vehicle: VehicleId,
    },
    /// To accept a schedule of the night that was proposed.
    AcceptSchedule {
        /// Its number.
        schedule: u64,
    },
}

/// A message that is no request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The console's number, as far as it could be read.
    pub number: Option<u64>,
    /// What is wrong, in words.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Wanted {
    Acknowledge {
        request: u64,
        alert: AlertId,
    },
    Close {
        request: u64,
        alert: AlertId,
    },
    Approve {
        request: u64,
        cue: CueId,
    },
    Decline {
        request: u64,
        cue: CueId,
    },
    Order {
        request: u64,
        vehicle: VehicleId,
        order: Order,
    },
    CloseArea {
        request: u64,
        name: String,
        ring: Vec<[f64; 2]>,
        floor_amsl_m: Option<f64>,
        ceiling_amsl_m: Option<f64>,
        from: i64,
        to: i64,
    },
    OpenArea {
        request: u64,
        area: ZoneId,
    },
    ReportWeather {
        request: u64,
        wind_from_deg: f64,
        wind_m_s: f64,
        gust_m_s: f64,
        visibility_m: Option<f64>,
    },
    FileFlight {
        request: u64,
        operator: String,
        uas_id: String,
        purpose: String,
        ring: Vec<[f64; 2]>,
        floor_amsl_m: f64,
        ceiling_amsl_m: f64,
        from: i64,
        to: i64,
    },
    WithdrawFlight {
        request: u64,
        flight: FlightId,
    },
    SaveProposal {
        request: u64,
        proposal: u64,
        vehicle: VehicleId,
    },
    AcceptSchedule {
        request: u64,
        schedule: u64,
    },
    EndSchedule {
        request: u64,
    },
    DiscardPlan {
        request: u64,
        plan: PlanId,
    },
    SendPlan {
        request: u64,
        plan: PlanId,
        start: Option<i64>,
    },
    OverridePlan {
        request: u64,
        vehicle: VehicleId,
        plan: PlanId,
        reason: String,
    },
}

#[derive(Deserialize)]
struct Numbered {
    request: u64,
}

/// Reads a message. Any bytes are safe to pass.
///
/// # Errors
/// [`Unreadable`] with what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Request, Unreadable> {
    if bytes.len() > REQUEST_BYTES_MAX {
        let reason = format!("{} bytes; allowed are {REQUEST_BYTES_MAX}", bytes.len());
        return Err(Unreadable { number: None, reason });
    }
    let wanted: Wanted = serde_json::from_slice(bytes).map_err(|error| Unreadable {
        number: serde_json::from_slice::<Numbered>(bytes).ok().map(|numbered| numbered.request),
        reason: format!("not a request: {error}"),
    })?;
    let unreadable = |number: u64| move |reason: String| Unreadable { number: Some(number), reason };
    let (number, action) = match wanted {
        Wanted::Acknowledge { request, alert } => (request, Action::Acknowledge(alert)),
        Wanted::Close { request, alert } => (request, Action::Close(alert)),
        Wanted::Approve { request, cue } => (request, Action::Approve(cue)),
        Wanted::Decline { request, cue } => (request, Action::Decline(cue)),
        Wanted::Order { request, vehicle, order } => (request, Action::Order { vehicle, order }),
        Wanted::SaveProposal { request, proposal, vehicle } => {
            return Ok(Request { number: request, wish: Wish::SaveProposal { proposal, vehicle } });
        }
        Wanted::AcceptSchedule { request, schedule } => {
            return Ok(Request { number: request, wish: Wish::AcceptSchedule { schedule } });
        }
        planning => {
            let (number, act) = planning_act(planning);
            (number, Action::Planning(act.map_err(unreadable(number))?))
        }
    };
    Ok(Request { number, wish: Wish::Act(action) })
}

/// An act about plans and the air, and its number. Whether it may be done is for the station to judge.
fn planning_act(wanted: Wanted) -> (u64, Result<PlanningAct, String>) {
    match wanted {
        Wanted::CloseArea { request, name, ring, floor_amsl_m, ceiling_amsl_m, from, to } => {
            let [floor, ceiling] = [floor_amsl_m, ceiling_amsl_m].map(|limit| limit.map(AltitudeAmsl::new));
            let closure = |ring| AreaClosure { name, ring, floor, ceiling, from: instant(from), to: instant(to) };
            (request, corners(&ring).map(closure).map(PlanningAct::CloseArea))
        }
        Wanted::OpenArea { request, area } => (request, Ok(PlanningAct::OpenArea(area))),
        Wanted::ReportWeather { request, wind_from_deg, wind_m_s, gust_m_s, visibility_m } => {
            let report = WeatherReport { wind_from_deg, wind_m_s, gust_m_s, visibility_m };
            (request, Ok(PlanningAct::ReportWeather(report)))
        }
        Wanted::FileFlight { request, operator, uas_id, purpose, ring, floor_amsl_m, ceiling_amsl_m, from, to } => {
            let [floor, ceiling] = [floor_amsl_m, ceiling_amsl_m].map(AltitudeAmsl::new);
            let [from, to] = [from, to].map(instant);
            let flight = |ring| FlightDeclaration { operator, uas_id, purpose, ring, floor, ceiling, from, to };
            (request, corners(&ring).map(flight).map(PlanningAct::FileFlight))
        }
        Wanted::WithdrawFlight { request, flight } => (request, Ok(PlanningAct::WithdrawFlight(flight))),
        Wanted::EndSchedule { request } => (request, Ok(PlanningAct::EndSchedule)),
        Wanted::DiscardPlan { request, plan } => (request, Ok(PlanningAct::DiscardPlan(plan))),
        Wanted::SendPlan { request, plan, start } => {
            (request, Ok(PlanningAct::SendPlan { plan, start: start.map(instant) }))
        }
        Wanted::OverridePlan { request, vehicle, plan, reason } => {
            (request, Ok(PlanningAct::Override { vehicle, plan, reason }))
        }
        Wanted::Acknowledge { request, .. }
        | Wanted::Close { request, .. }
        | Wanted::Approve { request, .. }
        | Wanted::Decline { request, .. }
        | Wanted::Order { request, .. }
        | Wanted::SaveProposal { request, .. }
        | Wanted::AcceptSchedule { request, .. } => (request, Err("that is no act about plans".to_owned())),
    }
}

fn corners(ring: &[[f64; 2]]) -> Result<Vec<LatLon>, String> {
    let place = |[lon, lat]: &[f64; 2]| {
        LatLon::from_degrees(*lat, *lon)
            .map_err(|_| format!("[{lon}, {lat}] is no place: allowed are longitude, latitude"))
    };
    ring.iter().map(place).collect()
}

/// An instant of Unix milliseconds.
fn instant(ms: i64) -> Timestamp {
    Timestamp::from_unix_nanos(ms.saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::{REQUEST_BYTES_MAX, Request, Wish, parse};
    use proptest::prelude::*;
    use telemetry::messages::{Action, Order};
    use telemetry::{AlertId, CueId, VehicleId};

    #[test]
    fn every_request_of_the_console_is_read() {
        let alert = || AlertId::new("kiel.17").unwrap();
        let cue = || CueId::new("kiel.cue.3").unwrap();
        let order = |order| Action::Order { vehicle: VehicleId::new("kiel-1").unwrap(), order };
        let cases = [
            (r#"{"type":"acknowledge","request":1,"alert":"kiel.17"}"#, Action::Acknowledge(alert())),
            (r#"{"type":"close","request":1,"alert":"kiel.17"}"#, Action::Close(alert())),
            (r#"{"type":"approve","request":1,"cue":"kiel.cue.3"}"#, Action::Approve(cue())),
            (r#"{"type":"decline","request":1,"cue":"kiel.cue.3"}"#, Action::Decline(cue())),
            (r#"{"type":"order","request":1,"vehicle":"kiel-1","order":"pause"}"#, order(Order::Pause)),
            (r#"{"type":"order","request":1,"vehicle":"kiel-1","order":"resume"}"#, order(Order::Resume)),
            (r#"{"type":"order","request":1,"vehicle":"kiel-1","order":"return_home"}"#, order(Order::ReturnHome)),
            (r#"{"type":"order","request":1,"vehicle":"kiel-1","order":"land"}"#, order(Order::Land)),
        ];
        for (text, action) in cases {
            assert_eq!(parse(text.as_bytes()), Ok(Request { number: 1, wish: Wish::Act(action) }), "{text}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused_under_its_number_where_it_has_one() {
        let cases = [
            (r#"{"type":"jam","request":7}"#, Some(7)),
            (r#"{"type":"order","request":7,"vehicle":"kiel-1","order":"ram"}"#, Some(7)),
            (r#"{"type":"approve","request":7,"cue":"../etc"}"#, Some(7)),
            (r#"{"type":"approve","request":7,"cue":"c","more":1}"#, Some(7)),
            (r#"{"type":"approve","request":-7,"cue":"c"}"#, None),
            (r#"{"type":"approve","cue":"c"}"#, None),
            ("[]", None),
            ("", None),
            ("{", None),
        ];
        for (text, number) in cases {
            assert_eq!(parse(text.as_bytes()).unwrap_err().number, number, "{text}");
        }
        let huge = format!("{{\"request\":7,\"x\":\"{}\"}}", "x".repeat(REQUEST_BYTES_MAX));
        assert_eq!(parse(huge.as_bytes()).unwrap_err().number, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_text_is_safe(text in r#"[{}\[\]":,a-z0-9\\ -]{0,300}"#) {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn any_number_comes_back(number: u64) {
            let text = format!(r#"{{"type":"approve","request":{number},"cue":"c"}}"#);
            prop_assert_eq!(parse(text.as_bytes()).unwrap().number, number);
        }
    }
}
