//! Round the corner: an autopilot flies home, and on to its mission's next item, as the crow flies. In a fence that is
//! not convex that may lead out of it. Then the guard leads the vehicle from bend to bend ([`super::way`]) until it sees
//! where it is bound, and gives it back to the autopilot there.
//!
//! It does so for every way home or back to the plan that it demands itself or lets pass as a command, and for one that
//! the autopilot begins by itself or somebody by its mode switch; in that case the vehicle is a moment on the straight
//! way before it is turned.
//!
//! Limits: it needs to be inside, and to know where: from outside the straight way is as good as any. Where a fence is
//! left by no more than a gust carries ([`super::fence::GRAZE_M`]) nothing is done.

use telemetry::messages::{FlightMode, FlightPhase, FlightPlan, PlanItem};
use telemetry::{AltitudeAmsl, LatLon};

use super::fence::Fence;
use super::plan_check::destination;
use super::{Demand, Situation};
use crate::link::mode::Aim;

/// Room to the band's edges, metres.
const BAND_ROOM_M: f64 = 3.0;

/// The way round, if one is flown.
#[derive(Debug, Default)]
pub struct Detour {
    /// What a command asked for and has not been looked at yet.
    commanded: Option<Aim>,
    /// What the vehicle is bound for on its way round.
    bound: Option<Aim>,
    /// The bend it goes to, and how high; nothing when the way is clear.
    via: Option<(LatLon, AltitudeAmsl)>,
}

impl Detour {
    /// A command was let pass.
    pub fn obey(&mut self, aim: Option<Aim>) {
        *self = Self { commanded: aim, ..Self::default() };
    }

    /// Looks where the vehicle is bound: by what is `wanted` of it, by what it is doing already.
    pub fn look(&mut self, plan: Option<&(FlightPlan, Fence)>, situation: &Situation<'_>, wanted: Option<Aim>) {
        let telemetry = situation.telemetry;
        let mode = telemetry.mode();
        let steered = matches!(mode, FlightMode::Manual | FlightMode::Land | FlightMode::Unknown);
        let under_way = telemetry.phase() == FlightPhase::Underway && !steered;
        let (Some((plan, fence)), Some(fix), true) = (plan, telemetry.fix, under_way) else {
            *self = Self { commanded: self.commanded, ..Self::default() };
            return;
        };
        let doing = match mode {
            FlightMode::Return => Some(Aim::Return),
            FlightMode::Mission => Some(Aim::Mission),
            _ => None,
        };
        let commanded = self.commanded.take();
        let bound = commanded.or(wanted).or(self.bound).or(doing);
        let here = fix.position.lat_lon();
        let there = bound.and_then(|aim| place(aim, plan, situation));
        // Once on its way round it goes on until it sees the place, with no corner in between.
        let blocked = |there: &LatLon| {
            if self.via.is_some() { !fence.holds_way(here, *there) } else { fence.leaves(here, *there) }
        };
        let bend = there.filter(blocked).and_then(|there| fence.next_bend(here, there));
        match bend {
            Some(bend) => {
                let held = self.via.filter(|(via, _)| *via == bend).map(|(_, altitude)| altitude);
                let altitude = held.unwrap_or_else(|| {
                    let (low_m, high_m) = (fence.floor().metres + BAND_ROOM_M, fence.ceiling().metres - BAND_ROOM_M);
                    let height_m = fix.height.metres.min(high_m).max(low_m.min(high_m));
                    AltitudeAmsl::new(fix.altitude.metres + height_m - fix.height.metres)
                });
                self.via = Some((bend, altitude));
                self.bound = bound;
            }
            None => {
                self.via = None;
                // There, or what it is bound for is being done: the rest is the autopilot's.
                self.bound = self.bound.filter(|bound| Some(*bound) != doing && there.is_some());
            }
        }
    }

    /// What that demands, of whatever else the vehicle should do.
    #[must_use]
    pub fn demand(&self) -> Option<Demand> {
        match (self.via, self.bound) {
            (Some((position, altitude)), _) => Some(Demand::To { position, altitude }),
            (None, bound) => bound.map(Demand::Mode),
        }
    }

    /// Whether the vehicle is being led round.
    #[must_use]
    pub fn flown(&self) -> bool {
        self.via.is_some()
    }
}

/// Where the vehicle would fly to straight.
#[must_use]
pub fn place(aim: Aim, plan: &FlightPlan, situation: &Situation<'_>) -> Option<LatLon> {
    match aim {
        Aim::Return => situation.telemetry.home,
        Aim::Mission => match situation.leg.and_then(|leg| plan.items.get(usize::from(leg)))? {
            PlanItem::ReturnHome => situation.telemetry.home,
            item => destination(item),
        },
        Aim::Guided | Aim::Hold | Aim::Land | Aim::WithoutPosition => None,
    }
}
