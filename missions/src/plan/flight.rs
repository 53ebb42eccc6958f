//! A plan as a flight, which is what it has in common with the formats of others.

use super::{Leg, Plan};
use crate::formats::{FenceArea, FenceKind, Flight, FlightLeg, Policy};
use crate::zones::Outline;

impl From<&Plan> for Flight {
    fn from(plan: &Plan) -> Self {
        let outline = Outline::Polygon(vec![plan.fence.ring.clone()]);
        let leg = |(number, leg): (usize, &Leg)| FlightLeg { leg: *leg, place: format!("legs[{number}]") };
        Self {
            title: plan.title.clone(),
            vehicle: Some(plan.vehicle),
            cruise_m_s: Some(plan.cruise_m_s),
            home: None,
            legs: plan.legs.iter().enumerate().map(leg).collect(),
            fences: vec![FenceArea { kind: FenceKind::Inclusion, outline }],
            rally_points: plan.rally_points.iter().map(|rally| (rally.at, rally.altitude)).collect(),
            policy: Some(Policy {
                floor: plan.fence.floor,
                ceiling: plan.fence.ceiling,
                lost_link: plan.lost_link,
                battery_reserve: plan.battery_reserve,
            }),
            lost: Vec::new(),
            unknown_ways: Vec::new(),
        }
    }
}
