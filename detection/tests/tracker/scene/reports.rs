//! What targets of the small world say of themselves, true or not.

use telemetry::messages::{AisClaim, Claim, Detection, Measurement, RemoteIdClaim};
use telemetry::{AltitudeHae, Mmsi};

use super::{Mover, WATER_M, detection};

/// A vessel's AIS report of where it says it is.
pub(crate) fn ais_report(mmsi: u32, mover: &Mover, seconds: f64) -> Detection {
    let position = mover.position(seconds).lat_lon().at_height(AltitudeHae::new(WATER_M));
    let measurement = Measurement::Position {
        position,
        horizontal_sigma_m: 10.0,
        vertical_sigma_m: None,
        velocity: Some((mover.velocity(), 0.5)),
    };
    let claim = Claim::Ais(AisClaim {
        name: Some("HANSE".into()),
        ship_type: Some(70),
        ..AisClaim::of(Mmsi::new(mmsi).unwrap())
    });
    Detection { claim: Some(claim), ..detection(u64::from(mmsi), seconds, measurement) }
}

/// A drone's Remote ID report of where it says it is.
pub(crate) fn remote_id_report(uas_id: &str, mover: &Mover, seconds: f64) -> Detection {
    let measurement = Measurement::Position {
        position: mover.position(seconds),
        horizontal_sigma_m: 3.0,
        vertical_sigma_m: Some(5.0),
        velocity: Some((mover.velocity(), 0.5)),
    };
    let claim = Claim::RemoteId(RemoteIdClaim::new(uas_id).unwrap());
    Detection { claim: Some(claim), ..detection((seconds * 10.0) as u64, seconds, measurement) }
}
