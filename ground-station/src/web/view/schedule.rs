//! The night that is scheduled, as a console sees it: the text that was accepted, who did, who dropped out of it, and which
//! sorties have no plan.

use serde::Serialize;
use telemetry::{OperatorId, VehicleId};

use crate::night::Night;
use crate::station::Station;

#[derive(Debug, Serialize)]
pub(in crate::web) struct ScheduleView<'a> {
    /// Nothing: no night is scheduled.
    night: Option<&'a Night>,
    by: Option<&'a OperatorId>,
    at: Option<i64>,
    dropped_out: &'a [VehicleId],
    /// In words, with the reason.
    without_plans: Vec<&'a str>,
}

impl<'a> ScheduleView<'a> {
    pub(in crate::web) fn new(station: &'a Station) -> Self {
        let schedule = station.schedule();
        Self {
            night: schedule.map(|(accepted, _)| &accepted.night),
            by: schedule.map(|(accepted, _)| &accepted.by),
            at: schedule.map(|(accepted, _)| accepted.at.unix_millis()),
            dropped_out: schedule.map_or(&[], |(_, out)| out),
            without_plans: station.sorties_without_plans().collect(),
        }
    }
}
