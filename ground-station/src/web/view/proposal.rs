//! What the planning desk found, as a console sees it.

use serde::Serialize;
use telemetry::{OperatorId, Timestamp, VehicleId};

use super::planning::{ReportView, ring};
use super::{LonLat, lon_lat, number};
use crate::desk::{FactorShare, Proposal, Proposed, RiskPicture, State};

/// A proposal of the planning desk.
#[derive(Debug, Serialize)]
pub(in crate::web) struct ProposalView<'a> {
    proposal: u64,
    by: &'a OperatorId,
    state: &'static str,
    cancelled: bool,
    error: Option<&'a str>,
    progress: f64,
    summary: &'a str,
    /// The best so far, while it is searched for.
    ways: Vec<Vec<LonLat>>,
    plans: Vec<ProposedView<'a>>,
    risk: Option<RiskView<'a>>,
}

/// A map of risk for an hour.
#[derive(Debug, Serialize)]
struct RiskView<'a> {
    /// South-west, south-east, north-west.
    corners: [LonLat; 3],
    columns: usize,
    rows: usize,
    /// Hundredths, row by row from the south.
    values: Vec<u8>,
    hour: [i64; 2],
    factors: Vec<FactorView<'a>>,
}

#[derive(Debug, Serialize)]
struct FactorView<'a> {
    name: &'static str,
    weight: f64,
    says: Option<f64>,
    adds: Option<f64>,
    why: &'a str,
}

#[derive(Debug, Serialize)]
struct ProposedView<'a> {
    vehicle: &'a VehicleId,
    name: &'a str,
    way: Vec<LonLat>,
    report: ReportView<'a>,
}

impl<'a> From<&'a Proposal> for ProposalView<'a> {
    fn from(proposal: &'a Proposal) -> Self {
        let (state, error) = match &proposal.state {
            State::Searching => ("searching", None),
            State::Done => ("done", None),
            State::Failed(why) => ("failed", Some(why.as_str())),
        };
        Self {
            proposal: proposal.number,
            by: &proposal.by,
            state,
            cancelled: proposal.cancelled,
            error,
            progress: (proposal.progress * 100.0).round() / 100.0,
            summary: &proposal.summary,
            ways: proposal.ways.iter().map(|way| ring(way)).collect(),
            plans: proposal.plans.iter().map(ProposedView::from).collect(),
            risk: proposal.risk.as_ref().map(RiskView::from),
        }
    }
}

impl<'a> From<&'a RiskPicture> for RiskView<'a> {
    fn from(picture: &'a RiskPicture) -> Self {
        let factor = |share: &'a FactorShare| FactorView {
            name: share.name,
            weight: share.weight,
            says: share.says.and_then(number),
            adds: number(share.adds),
            why: &share.why,
        };
        Self {
            corners: picture.corners.map(lon_lat),
            columns: picture.columns,
            rows: picture.rows,
            values: picture.values.iter().map(|value| (100.0 * value).round() as u8).collect(),
            hour: picture.hour.map(Timestamp::unix_millis),
            factors: picture.factors.iter().map(factor).collect(),
        }
    }
}

impl<'a> From<&'a Proposed> for ProposedView<'a> {
    fn from(plan: &'a Proposed) -> Self {
        Self {
            vehicle: &plan.vehicle,
            name: &plan.name,
            way: plan.way.iter().map(|(at, _)| lon_lat(*at)).collect(),
            report: ReportView::from(&plan.report),
        }
    }
}
