//! A plan, checked on board. The operations room has checked it against the site; this looks again at what keeps the
//! vehicle in its fence, because a message can be old, damaged or wrong.
//!
//! Altitudes above the sea are checked against home as the autopilot measures it, so a plan that has them needs a
//! position first; they are checked again at the start.

use std::ops::RangeInclusive;

use telemetry::messages::{FlightPlan, PlanAltitude, PlanItem, VehicleKind};
use telemetry::{AltitudeAmsl, HeightAboveHome, LatLon};

use super::fence::Fence;
use super::{Refusal, circles, flies};
use crate::link::items::{RADIUS_MAX_M, TURNS_MAX, WAIT_MAX_S, flown_radius_m};
use crate::link::telemetry::Telemetry;

/// The most items of a plan.
pub const ITEMS_MAX: usize = 500;
/// Speeds that can be asked for, m/s.
pub const SPEEDS_M_S: RangeInclusive<f64> = 0.5..=60.0;
/// The circle an aeroplane flies to stay at a place, metres: ArduPlane's WP_LOITER_RAD.
pub const CIRCLING_RADIUS_M: f64 = 60.0;
/// What a copter needs to brake and turn, and the error of its place, metres.
const CORNER_ROOM_M: f64 = 15.0;
/// Reserves that can be asked for: the vehicle needs something to fly with.
const RESERVES: RangeInclusive<f64> = 0.0..=0.9;
/// Silences that can count as a lost link, seconds.
const SILENCES_S: RangeInclusive<f64> = 1.0..=86_400.0;

/// Checks a plan. Gives back its fence.
///
/// # Errors
/// [`Refusal`] names the item, counted from 1 as in the plan's file, and what is wrong with it.
pub fn check(plan: &FlightPlan, kind: VehicleKind, telemetry: &Telemetry) -> Result<Fence, Refusal> {
    let fence = Fence::new(&plan.geofence)?.surveyed(room_m(kind));
    within("the cruise speed in m/s", plan.cruise_m_s, &SPEEDS_M_S)?;
    within("the battery reserve", plan.battery_reserve, &RESERVES)?;
    within("the silence that counts as a lost link, in seconds,", plan.lost_link.after_s, &SILENCES_S)?;
    if !(1..=ITEMS_MAX).contains(&plan.items.len()) {
        return Err(Refusal::new(format!("the plan has {} items: allowed are 1 to {ITEMS_MAX}", plan.items.len())));
    }
    let checks = Checks { plan, kind, fence: &fence, home_altitude: telemetry.home_altitude() };
    let mut before = None;
    for (number, item) in plan.items.iter().enumerate() {
        let named = |refusal: Refusal| Refusal::new(format!("item {}: {refusal}", number + 1));
        checks.item(number, item).map_err(named)?;
        before = checks.way(before, number, item).map_err(named)?;
    }
    for rally in &plan.rally_points {
        checks
            .place(rally.position)
            .and_then(|()| checks.altitude(rally.altitude))
            .map_err(|refusal| Refusal::new(format!("a rally point: {refusal}")))?;
    }
    Ok(fence)
}

/// The room a vehicle needs at a corner of its fence, metres: an aeroplane flies a circle there.
#[must_use]
pub fn room_m(kind: VehicleKind) -> f64 {
    if circles(kind) { CIRCLING_RADIUS_M + CORNER_ROOM_M } else { CORNER_ROOM_M }
}

/// Refuses a number outside a range, and one that is none.
///
/// # Errors
/// [`Refusal`] with the number and the range.
pub fn within(what: &str, found: f64, allowed: &RangeInclusive<f64>) -> Result<(), Refusal> {
    if allowed.contains(&found) {
        return Ok(());
    }
    Err(Refusal::new(format!("{what} is {found}: allowed are {} to {}", allowed.start(), allowed.end())))
}

struct Checks<'a> {
    plan: &'a FlightPlan,
    kind: VehicleKind,
    fence: &'a Fence,
    home_altitude: Option<AltitudeAmsl>,
}

impl Checks<'_> {
    fn item(&self, number: usize, item: &PlanItem) -> Result<(), Refusal> {
        let flies = flies(self.kind);
        match *item {
            PlanItem::TakeOff { .. } if !flies => Err(Refusal::new("a boat does not take off")),
            PlanItem::Land { .. } if !flies => Err(Refusal::new("a boat does not land")),
            PlanItem::TakeOff { .. } if number > 0 => Err(Refusal::new("a take-off under way")),
            _ if flies && number == 0 && !matches!(item, PlanItem::TakeOff { .. }) => {
                Err(Refusal::new("a flight begins with a take-off"))
            }
            PlanItem::TakeOff { altitude } => self.altitude(altitude),
            PlanItem::Waypoint { position, altitude, speed_m_s } => {
                within("the speed in m/s", speed_m_s.unwrap_or(self.plan.cruise_m_s), &SPEEDS_M_S)?;
                self.place(position)?;
                self.altitude(altitude)
            }
            PlanItem::Loiter { position, altitude, duration_s } => {
                within("the wait in seconds", duration_s, &(0.0..=WAIT_MAX_S))?;
                stay(self.fence, self.kind, position)?;
                self.altitude(altitude)
            }
            PlanItem::Orbit { centre, altitude, radius_m, turns } => {
                within("the radius in metres", radius_m.abs(), &(1.0..=RADIUS_MAX_M))?;
                within("the number of turns", turns, &(0.0..=TURNS_MAX))?;
                if !self.fence.holds_circle(centre, flown_radius_m(radius_m).abs()) {
                    return Err(Refusal::new("the circle leaves the fence"));
                }
                self.altitude(altitude)
            }
            PlanItem::LookAt { altitude, .. } => match altitude {
                PlanAltitude::Amsl(AltitudeAmsl { metres }) | PlanAltitude::Home(HeightAboveHome { metres }) => {
                    within("the altitude in metres", metres, &(-1000.0..=20_000.0))
                }
            },
            PlanItem::LookAhead { elevation } => {
                within("the camera's elevation in degrees", elevation.radians().to_degrees(), &(-90.0..=90.0))
            }
            PlanItem::Camera(_) | PlanItem::ReturnHome => Ok(()),
            PlanItem::Repeat { from, .. } if usize::from(from) >= number => {
                Err(Refusal::new(format!("it goes back to item {}, which does not come before it", from + 1)))
            }
            PlanItem::Repeat { from, .. } => match self.plan.items.get(usize::from(from)) {
                Some(PlanItem::TakeOff { .. }) => Err(Refusal::new("it goes back to the take-off")),
                _ => Ok(()),
            },
            PlanItem::Land { position } => self.place(position),
        }
    }

    /// The way to an item stays in the fence. Gives back where the vehicle is after it; nothing where only the flight
    /// will tell (home is known at the start).
    fn way(&self, before: Option<LatLon>, number: usize, item: &PlanItem) -> Result<Option<LatLon>, Refusal> {
        let target = match *item {
            PlanItem::Repeat { from, .. } => self.plan.items[usize::from(from)..number].iter().find_map(destination),
            _ => destination(item),
        };
        let (Some(from), Some(to)) = (before, target) else { return Ok(target.or(before)) };
        if !self.fence.holds_way(from, to) {
            return Err(Refusal::new("the way there leaves the fence"));
        }
        // After its last round a repeat goes on from where it stands.
        Ok(if matches!(item, PlanItem::Repeat { .. }) { before } else { target })
    }

    fn place(&self, at: LatLon) -> Result<(), Refusal> {
        if self.fence.holds(at) { Ok(()) } else { Err(Refusal::new("the place is outside the fence")) }
    }

    fn altitude(&self, altitude: PlanAltitude) -> Result<(), Refusal> {
        // A boat's altitude is the water's.
        if self.kind == VehicleKind::Boat {
            return Ok(());
        }
        height(self.fence, altitude, self.home_altitude)
    }
}

/// Refuses an altitude outside the band.
///
/// # Errors
/// [`Refusal`] with the height found and the band, or because home's altitude is not known yet.
pub fn height(fence: &Fence, altitude: PlanAltitude, home: Option<AltitudeAmsl>) -> Result<(), Refusal> {
    let height = match (altitude, home) {
        (PlanAltitude::Home(height), _) => height,
        (PlanAltitude::Amsl(altitude), Some(home)) => HeightAboveHome::new(altitude.metres - home.metres),
        (PlanAltitude::Amsl(_), None) => {
            return Err(Refusal::new("an altitude above the sea cannot be checked before the first position"));
        }
    };
    if fence.holds_height(height) {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "{:.1} m above home is outside the band of {:.1} to {:.1} m",
        height.metres,
        fence.floor().metres,
        fence.ceiling().metres
    )))
}

/// Refuses a place where the vehicle cannot stay inside the fence: an aeroplane stays by circling.
///
/// # Errors
/// [`Refusal`] says which of the two it is.
pub fn stay(fence: &Fence, kind: VehicleKind, at: LatLon) -> Result<(), Refusal> {
    if !fence.holds(at) {
        return Err(Refusal::new("the place is outside the fence"));
    }
    if circles(kind) && !fence.holds_circle(at, CIRCLING_RADIUS_M) {
        return Err(Refusal::new("an aeroplane that circles there leaves the fence"));
    }
    Ok(())
}

/// The first place a plan leads to.
#[must_use]
pub fn first_place(plan: &FlightPlan) -> Option<LatLon> {
    plan.items.iter().find_map(destination)
}

/// The place an item leads to, if it leads to one.
#[must_use]
pub fn destination(item: &PlanItem) -> Option<LatLon> {
    match *item {
        PlanItem::Waypoint { position, .. } | PlanItem::Loiter { position, .. } | PlanItem::Land { position } => {
            Some(position)
        }
        PlanItem::Orbit { centre, .. } => Some(centre),
        PlanItem::TakeOff { .. }
        | PlanItem::LookAt { .. }
        | PlanItem::LookAhead { .. }
        | PlanItem::Camera(_)
        | PlanItem::Repeat { .. }
        | PlanItem::ReturnHome => None,
    }
}
