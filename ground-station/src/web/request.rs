//! What a console says on its socket: one JSON object a message.

use serde::Deserialize;
use telemetry::messages::{Action, Order};
use telemetry::{AlertId, CueId, VehicleId};

/// The longest message taken.
pub const REQUEST_BYTES_MAX: usize = 4096;

/// What a person wants, and the number under which the console waits for the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The console's number for it.
    pub number: u64,
    /// What is wanted.
    pub action: Action,
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
    Acknowledge { request: u64, alert: AlertId },
    Close { request: u64, alert: AlertId },
    Approve { request: u64, cue: CueId },
    Decline { request: u64, cue: CueId },
    Order { request: u64, vehicle: VehicleId, order: Order },
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
    let (number, action) = match wanted {
        Wanted::Acknowledge { request, alert } => (request, Action::Acknowledge(alert)),
        Wanted::Close { request, alert } => (request, Action::Close(alert)),
        Wanted::Approve { request, cue } => (request, Action::Approve(cue)),
        Wanted::Decline { request, cue } => (request, Action::Decline(cue)),
        Wanted::Order { request, vehicle, order } => (request, Action::Order { vehicle, order }),
    };
    Ok(Request { number, action })
}

#[cfg(test)]
mod tests {
    use super::{REQUEST_BYTES_MAX, Request, parse};
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
            assert_eq!(parse(text.as_bytes()), Ok(Request { number: 1, action }), "{text}");
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
