//! The watch over the flight: what goes wrong, since when, and what it demands.
//!
//! Each failsafe has a condition that must hold for a while before it counts (a gust over the fence's edge is not a
//! breach yet) and must be gone for a while before it no longer does. The battery's stays until the motors stop:
//! a gauge that recovers on the way home does not begin the flight anew.
//!
//! | failsafe | counts when | demands |
//! |---|---|---|
//! | geofence | outside the ring for 1 s | return |
//! | altitude band | 3 m above the ceiling, or below the floor once it was reached, for 2 s | return |
//! | link lost | no beat for the plan's time | by the plan: return, or go on with it |
//! | battery reserve | what is left is the reserve and what the way home needs in the wind there is, for 2 s | return |
//! | satellite fix lost | none for the configured time | land; an aeroplane circles, a boat stops |
//! | engine | the autopilot says its motors fail, for 1 s; a boat makes no way for 60 s | a copter lands |
//! | autopilot lost | no heartbeat for the configured time, over a thin link no summary for longer ([`crate::link::pace`]) | nothing: nobody would hear it |

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::messages::{
    Failsafe, FlightMode, FlightPhase, FlightPlan, LostLinkAction, PlanItem, Severity, VehicleKind,
};
use telemetry::{HeightAboveHome, Timestamp};

use super::Situation;
use super::battery::{Consumption, Economy};
use super::command_check::distance_m;
use super::fence::Fence;
use super::plan_check::destination;
use super::wind::WindEstimate;
use crate::agent::Limits;
use crate::link::mode::Aim;

/// How far outside the band counts, metres: a gust lifts a copter by this.
const BAND_MARGIN_M: f64 = 3.0;
/// A boat that makes less of its cruise speed than this towards a place, for so long, has no power.
const NO_WAY: (f64, Duration) = (0.2, Duration::from_secs(60));
/// Nearer to a place than this a boat need not move any more, metres.
const ARRIVED_M: f64 = 30.0;
/// How long a condition must be gone before the failsafe is.
const GONE_FOR: Duration = Duration::from_secs(3);
/// How long an autopilot may take to say its first word before that counts as lost.
const FIRST_HEARTBEAT_WITHIN: Duration = Duration::from_secs(60);

/// Something that has newly gone wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// What.
    pub failsafe: Failsafe,
    /// How urgent it is.
    pub severity: Severity,
    /// One sentence for a person: what, and what the vehicle does about it.
    pub text: String,
}

#[derive(Debug, Clone, Copy)]
enum Latch {
    /// The condition holds since then, but not for long enough.
    Rising(Timestamp),
    /// It counts.
    Set,
    /// It counts, but the condition is gone since then.
    Falling(Timestamp),
}

/// The watch over one vehicle.
#[derive(Debug)]
pub struct Watch {
    kind: VehicleKind,
    limits: Limits,
    begun: Timestamp,
    last_beat: Timestamp,
    latches: BTreeMap<Failsafe, Latch>,
    /// What the lost link demands, by the plan it was lost under.
    link_demand: Option<Aim>,
    consumption: Consumption,
    wind: WindEstimate,
    /// When the wind was last looked at.
    now: Timestamp,
    floor_reached: bool,
    /// Since when a boat has made no way.
    no_way_since: Option<Timestamp>,
}

impl Watch {
    /// A watch that begins now.
    #[must_use]
    pub fn new(kind: VehicleKind, limits: Limits, now: Timestamp) -> Self {
        Self {
            kind,
            limits,
            begun: now,
            last_beat: now,
            latches: BTreeMap::new(),
            link_demand: None,
            consumption: Consumption::new(limits.endurance_s),
            wind: WindEstimate::new(kind),
            now,
            floor_reached: false,
            no_way_since: None,
        }
    }

    /// The operations room is there.
    pub fn beat(&mut self, now: Timestamp) {
        self.last_beat = now;
        // At once: who speaks to us again may also give an order.
        self.latches.remove(&Failsafe::LinkLost);
    }

    /// What counts now.
    #[must_use]
    pub fn failsafes(&self) -> Vec<Failsafe> {
        let counts = |latch: &Latch| matches!(latch, Latch::Set | Latch::Falling(_));
        self.latches.iter().filter(|(_, latch)| counts(latch)).map(|(failsafe, _)| *failsafe).collect()
    }

    /// Takes what the autopilot says of the wind.
    pub fn hear(&mut self, now: Timestamp, message: &MavMessage) {
        self.wind.hear(now, message);
    }

    /// What a metre costs at the moment, at a plan's speed.
    #[must_use]
    pub fn economy(&self, cruise_m_s: f64) -> Economy {
        let (burn_per_s, wind) = (self.consumption.per_s(), self.wind.current(self.now));
        Economy { kind: self.kind, cruise_m_s, burn_per_s, wind }
    }

    /// What the gravest of it demands.
    #[must_use]
    pub fn demand(&self) -> Option<Aim> {
        let demands: Vec<Aim> = self.failsafes().into_iter().filter_map(|failsafe| self.demand_of(failsafe)).collect();
        [Aim::WithoutPosition, Aim::Land, Aim::Return, Aim::Mission].into_iter().find(|aim| demands.contains(aim))
    }

    /// Looks at the flight once. Gives back what counts from now on.
    pub fn look(
        &mut self,
        now: Timestamp,
        plan: Option<&(FlightPlan, Fence)>,
        situation: &Situation<'_>,
    ) -> Vec<Raised> {
        self.follow_flight(now, plan, situation);
        let conditions = self.conditions(now, plan, situation);
        let mut raised = Vec::new();
        for (failsafe, holds, hold_for) in conditions {
            if self.latch(now, failsafe, holds, hold_for) {
                if failsafe == Failsafe::LinkLost {
                    self.link_demand = plan.map(|(plan, _)| match plan.lost_link.action {
                        LostLinkAction::ReturnHome => Aim::Return,
                        LostLinkAction::Continue => Aim::Mission,
                    });
                }
                raised.push(self.raised(failsafe));
            }
        }
        raised
    }

    fn follow_flight(&mut self, now: Timestamp, plan: Option<&(FlightPlan, Fence)>, situation: &Situation<'_>) {
        let no_way = self.makes_no_way(plan, situation);
        self.no_way_since = self.no_way_since.or(Some(now)).filter(|_| no_way);
        self.now = now;
        let telemetry = situation.telemetry;
        let remaining = f64::from(telemetry.battery.remaining);
        match telemetry.phase() {
            FlightPhase::Underway => {
                if remaining.is_finite() {
                    self.consumption.note(now, remaining);
                }
                // A summary tells no tilt.
                if let Some(fix) = telemetry.fix.filter(|_| !telemetry.pace.thin()) {
                    self.wind.note(now, fix.velocity, telemetry.attitude);
                }
                let height = telemetry.fix.map(|fix| fix.height);
                let floor = plan.map(|(_, fence)| fence.floor());
                self.floor_reached |= height.zip(floor).is_some_and(|(height, floor)| height >= floor);
            }
            FlightPhase::Disarmed => {
                self.consumption.stand();
                self.wind.stand();
                self.floor_reached = false;
                self.latches.remove(&Failsafe::BatteryReserve);
            }
            FlightPhase::Armed | FlightPhase::Unknown => {}
        }
    }

    fn conditions(
        &self,
        now: Timestamp,
        plan: Option<&(FlightPlan, Fence)>,
        situation: &Situation<'_>,
    ) -> [(Failsafe, bool, Duration); 7] {
        let telemetry = situation.telemetry;
        let under_way = telemetry.phase() == FlightPhase::Underway;
        // The bounds of these were checked; a time that is none would never come.
        let seconds = |s| Duration::try_from_secs_f64(s).unwrap_or(Duration::MAX);
        let lost_after = seconds(self.limits.autopilot_lost_after_s);
        let silent = match telemetry.heard {
            Some(heard) => now >= heard + telemetry.pace.patience(lost_after),
            None => now >= self.begun + FIRST_HEARTBEAT_WITHIN.max(lost_after),
        };
        let outside = plan.zip(telemetry.fix).is_some_and(|((_, fence), fix)| !fence.holds(fix.position.lat_lon()));
        let link_lost = plan.is_some_and(|(plan, _)| now >= self.last_beat + seconds(plan.lost_link.after_s));
        let no_power = self.no_way_since.is_some_and(|since| now >= since + NO_WAY.1);
        let gnss_patience = seconds(self.limits.gnss_lost_after_s);
        [
            (Failsafe::LinkLost, under_way && link_lost, Duration::ZERO),
            (Failsafe::AutopilotLost, silent, Duration::ZERO),
            (Failsafe::GnssLost, under_way && !telemetry.gnss.usable(), gnss_patience),
            (Failsafe::BatteryReserve, under_way && self.battery_low(plan, situation), Duration::from_secs(2)),
            (Failsafe::Geofence, under_way && outside, Duration::from_secs(1)),
            (Failsafe::AltitudeBand, under_way && self.off_band(plan, situation), Duration::from_secs(2)),
            (Failsafe::Engine, telemetry.armed && (telemetry.motors_failed || no_power), Duration::from_secs(1)),
        ]
    }

    fn battery_low(&self, plan: Option<&(FlightPlan, Fence)>, situation: &Situation<'_>) -> bool {
        let (Some((plan, fence)), telemetry) = (plan, situation.telemetry) else { return false };
        let left = f64::from(telemetry.battery.remaining);
        let economy = self.economy(plan.cruise_m_s);
        let way_home = telemetry.fix.zip(telemetry.home).map_or(0.0, |(fix, home)| {
            let here = fix.position.lat_lon();
            // From outside, and where the fence has no way, as the crow flies.
            let places = fence.way(here, home).unwrap_or_else(|| vec![home]);
            economy.along(here, &places) + economy.landing(fix.height)
        });
        left <= plan.battery_reserve + way_home
    }

    /// Whether a boat that should be on its way to a place hardly moves.
    fn makes_no_way(&self, plan: Option<&(FlightPlan, Fence)>, situation: &Situation<'_>) -> bool {
        let telemetry = situation.telemetry;
        let (Some((plan, _)), Some(fix)) = (plan, telemetry.fix) else { return false };
        let target = match telemetry.mode() {
            FlightMode::Mission => situation.leg.and_then(|leg| plan.items.get(usize::from(leg))).and_then(destination),
            FlightMode::Return => telemetry.home,
            _ => None,
        };
        let (share, _) = NO_WAY;
        self.kind == VehicleKind::Boat
            && target.is_some_and(|target| distance_m(fix.position.lat_lon(), target) > ARRIVED_M)
            && fix.velocity.ground_speed_m_s() < share * plan.cruise_m_s
    }

    /// A return and a landing go where they must, through the floor and, on a return, above the ceiling.
    fn off_band(&self, plan: Option<&(FlightPlan, Fence)>, situation: &Situation<'_>) -> bool {
        let telemetry = situation.telemetry;
        let (Some((plan, fence)), Some(fix)) = (plan, telemetry.fix) else { return false };
        let own_way = matches!(telemetry.mode(), FlightMode::Return | FlightMode::Land | FlightMode::Unknown);
        if self.kind == VehicleKind::Boat || own_way {
            return false;
        }
        let HeightAboveHome { metres: height_m } = fix.height;
        let too_high = height_m > fence.ceiling().metres + BAND_MARGIN_M;
        let too_low = height_m < fence.floor().metres - BAND_MARGIN_M;
        let descends = telemetry.mode() == FlightMode::Mission && leads_home(Some(plan), situation.leg);
        too_high || (too_low && self.floor_reached && !descends)
    }

    /// Moves a latch. True when the failsafe counts from now on.
    fn latch(&mut self, now: Timestamp, failsafe: Failsafe, holds: bool, hold_for: Duration) -> bool {
        let latch = self.latches.get(&failsafe).copied();
        let until_landed = failsafe == Failsafe::BatteryReserve;
        let next = match (latch, holds) {
            (None, false) | (Some(Latch::Rising(_)), false) => None,
            (None, true) if hold_for.is_zero() => Some(Latch::Set),
            (None, true) => Some(Latch::Rising(now)),
            (Some(Latch::Rising(since)), true) if now >= since + hold_for => Some(Latch::Set),
            (Some(Latch::Rising(since)), true) => Some(Latch::Rising(since)),
            (Some(Latch::Set | Latch::Falling(_)), true) => Some(Latch::Set),
            (Some(Latch::Set), false) if until_landed => Some(Latch::Set),
            (Some(Latch::Set), false) => Some(Latch::Falling(now)),
            (Some(Latch::Falling(since)), false) if now >= since + GONE_FOR => None,
            (Some(Latch::Falling(since)), false) => Some(Latch::Falling(since)),
        };
        match next {
            Some(next) => self.latches.insert(failsafe, next),
            None => self.latches.remove(&failsafe),
        };
        matches!((latch, next), (None | Some(Latch::Rising(_)), Some(Latch::Set)))
    }

    fn demand_of(&self, failsafe: Failsafe) -> Option<Aim> {
        match failsafe {
            Failsafe::LinkLost => self.link_demand,
            Failsafe::GnssLost => Some(Aim::WithoutPosition),
            Failsafe::BatteryReserve | Failsafe::Geofence | Failsafe::AltitudeBand => Some(Aim::Return),
            // An aeroplane glides and a boat drifts: their autopilots do that better than an order from here.
            Failsafe::Engine => (self.kind == VehicleKind::Multirotor).then_some(Aim::Land),
            // Who gives way is told what to do by `separation`.
            Failsafe::AutopilotLost | Failsafe::Traffic | Failsafe::Unknown => None,
        }
    }

    fn raised(&self, failsafe: Failsafe) -> Raised {
        let (severity, what) = match failsafe {
            Failsafe::LinkLost => (Severity::Warning, "has no link to the operations room"),
            Failsafe::AutopilotLost => (Severity::Critical, "does not hear its autopilot"),
            Failsafe::GnssLost => (Severity::Critical, "has no satellite fix"),
            Failsafe::BatteryReserve => (Severity::Warning, "has the battery left that the way home needs"),
            Failsafe::Geofence => (Severity::Critical, "is outside its fence"),
            Failsafe::AltitudeBand => (Severity::Warning, "is outside its altitude band"),
            Failsafe::Engine if self.kind == VehicleKind::Boat => (Severity::Critical, "makes no way under its motor"),
            Failsafe::Engine => (Severity::Critical, "has a motor that fails"),
            Failsafe::Traffic | Failsafe::Unknown => (Severity::Warning, "is in trouble"),
        };
        let then = match (self.demand_of(failsafe), self.kind) {
            (Some(Aim::Return), _) => "; it returns home",
            (Some(Aim::Mission), _) => "; it goes on with its plan",
            (Some(Aim::Land), _) | (Some(Aim::WithoutPosition), VehicleKind::Multirotor) => "; it lands where it is",
            (Some(Aim::WithoutPosition), VehicleKind::FixedWing) => "; it circles",
            (Some(Aim::WithoutPosition), _) => "; it stops",
            (Some(Aim::Guided | Aim::Hold) | None, _) => "",
        };
        Raised { failsafe, severity, text: format!("{what}{then}") }
    }
}

/// Whether a leg of the plan is a way home or down by itself.
#[must_use]
pub fn leads_home(plan: Option<&FlightPlan>, leg: Option<u16>) -> bool {
    let item = plan.zip(leg).and_then(|(plan, leg)| plan.items.get(usize::from(leg)));
    matches!(item, Some(PlanItem::ReturnHome | PlanItem::Land { .. }))
}
