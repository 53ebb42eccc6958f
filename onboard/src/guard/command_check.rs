//! A command, checked before the autopilot hears of it.

use telemetry::messages::{
    Command, Failsafe, FlightMode, FlightPhase, FlightPlan, PlanAltitude, Pointing, VehicleKind,
};
use telemetry::{AltitudeAmsl, Enu, Geodetic, HeightAboveHome, LatLon, SiteFrame};

use super::avoid::Own;
use super::detour;
use super::fence::Fence;
use super::plan_check::{self, SPEEDS_M_S, first_place, within};
use super::separation::Separation;
use super::watch::Watch;
use super::{Refusal, Situation, flies};
use crate::link::mode::Aim;
use crate::link::telemetry::Fix;

/// The nearest a vehicle may be sent to what it looks at, metres.
pub const STAND_OFF_MIN_M: f64 = 50.0;
/// The farthest it makes sense to look from.
const STAND_OFF_MAX_M: f64 = 5_000.0;
/// Nearer to home than this, metres, a vehicle is there.
pub const HOME_RADIUS_M: f64 = 30.0;
/// What must be in the battery above the reserve for a start.
pub const START_MARGIN: f64 = 0.1;

/// What may be asked of the autopilot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ready {
    /// What the command says, as it is.
    AsSaid,
    /// Nothing: the straight way leaves the fence, so the guard itself leads the vehicle round its corners.
    RoundACorner,
    /// To go to a place in the fence.
    Target {
        /// Where.
        position: LatLon,
        /// How high.
        altitude: AltitudeAmsl,
        /// How fast, m/s.
        speed_m_s: f64,
    },
}

/// What a command is checked against.
#[derive(Debug)]
pub struct Request<'a> {
    /// What kind of vehicle it is.
    pub kind: VehicleKind,
    /// The plan and its fence.
    pub plan: Option<&'a (FlightPlan, Fence)>,
    /// What the vehicle says of itself.
    pub situation: &'a Situation<'a>,
    /// What is wrong.
    pub failsafes: Vec<Failsafe>,
    /// What a way costs.
    pub watch: &'a Watch,
    /// Who else is there.
    pub separation: &'a Separation,
}

/// Checks a command other than a plan.
///
/// # Errors
/// [`Refusal`] says why it must not be carried out now.
pub fn check(command: &Command, request: &Request<'_>) -> Result<Ready, Refusal> {
    let flown = request.autopilot_answers();
    match command {
        // Its own check is `Guard::adopt`; here, only whether it comes at the right time.
        Command::Plan(_) => flown.and_then(|()| request.replaceable()),
        Command::Start => flown.and_then(|()| request.start()),
        Command::Pause => flown.and_then(|()| request.pause()),
        Command::Resume => flown.and_then(|()| request.resume()),
        Command::ReturnHome => flown.and_then(|()| request.return_home()),
        Command::Land => flown.and_then(|()| request.land()),
        Command::GoTo { position, altitude, speed_m_s } => {
            flown.and_then(|()| request.target(*position, *altitude, *speed_m_s))
        }
        Command::Observe { target, stand_off_m, altitude, .. } => {
            flown.and_then(|()| request.observe(*target, *stand_off_m, *altitude))
        }
        // These two move nothing but the camera, and it says itself what it can do.
        Command::Camera(_) => Ok(Ready::AsSaid),
        Command::Point(pointing) => pointable(*pointing),
    }
}

/// A gimbal is told of no angle that is none, and of no place that is nowhere.
fn pointable(pointing: Pointing) -> Result<Ready, Refusal> {
    match pointing {
        Pointing::At { altitude, .. } => within("the altitude in metres", altitude.metres, &(-1000.0..=20_000.0))?,
        Pointing::By { pitch_rad, yaw_rad } => {
            // Finer than a gimbal points: straight down in radians may be a little more than that.
            let tenths = |angle_rad: f64| (angle_rad.to_degrees() * 10.0).round() / 10.0;
            within("the pitch in degrees", tenths(pitch_rad), &(-90.0..=90.0))?;
            within("the yaw in degrees", tenths(yaw_rad), &(-180.0..=180.0))?;
        }
        Pointing::Release => {}
    }
    Ok(Ready::AsSaid)
}

impl Request<'_> {
    fn autopilot_answers(&self) -> Result<(), Refusal> {
        if let Some(why) = &self.situation.telemetry.foreign {
            return Err(Refusal::new(why.clone()));
        }
        if self.failsafes.contains(&Failsafe::AutopilotLost) {
            return Err(Refusal::new("the autopilot does not answer"));
        }
        Ok(())
    }

    fn replaceable(&self) -> Result<Ready, Refusal> {
        let telemetry = self.situation.telemetry;
        if telemetry.phase() == FlightPhase::Underway && telemetry.mode() == FlightMode::Mission {
            return Err(Refusal::new("the vehicle is flying its plan; pause it first"));
        }
        Ok(Ready::AsSaid)
    }

    fn start(&self) -> Result<Ready, Refusal> {
        let telemetry = self.situation.telemetry;
        let (plan, fence) = self.plan_held()?;
        match telemetry.phase() {
            FlightPhase::Disarmed | FlightPhase::Armed => {}
            FlightPhase::Underway if self.boat_lies_at_home() => {}
            FlightPhase::Underway => return Err(Refusal::new("the vehicle is under way already")),
            FlightPhase::Unknown => return Err(Refusal::new("the autopilot has not said yet how the vehicle stands")),
        }
        let here = self.fix()?.position.lat_lon();
        if !telemetry.gnss.usable() {
            return Err(Refusal::new(format!(
                "no 3-D satellite fix (fix {}, {} satellites)",
                telemetry.gnss.fix, telemetry.gnss.satellites
            )));
        }
        if self.failsafes.contains(&Failsafe::Engine) {
            return Err(Refusal::new("the autopilot says that a motor fails"));
        }
        let left = self.battery()?;
        let wanted = plan.battery_reserve + START_MARGIN;
        if left < wanted {
            return Err(Refusal::new(format!(
                "the battery holds {:.0} %, a start needs {:.0} %",
                left * 100.0,
                wanted * 100.0
            )));
        }
        if !fence.holds(here) {
            return Err(Refusal::new("the vehicle stands outside the plan's fence"));
        }
        if first_place(plan).is_some_and(|first| !fence.holds_way(here, first)) {
            return Err(Refusal::new("the way to the plan's first place leaves the fence"));
        }
        plan_check::check(plan, self.kind, telemetry)?;
        self.separation.check_start(&self.fix()?, fence)?;
        Ok(Ready::AsSaid)
    }

    /// A boat that has come home keeps its motors armed against the current.
    fn boat_lies_at_home(&self) -> bool {
        let telemetry = self.situation.telemetry;
        let at_home = telemetry
            .fix
            .zip(telemetry.home)
            .is_some_and(|(fix, home)| distance_m(fix.position.lat_lon(), home) <= HOME_RADIUS_M);
        self.kind == VehicleKind::Boat && at_home && matches!(telemetry.mode(), FlightMode::Hold | FlightMode::Return)
    }

    /// What the guard would undo at once is refused, so that nobody believes it was done.
    fn pause(&self) -> Result<Ready, Refusal> {
        self.moving()?;
        self.off_the_ground()?;
        self.free()?;
        Ok(Ready::AsSaid)
    }

    fn return_home(&self) -> Result<Ready, Refusal> {
        self.moving()?;
        if self.failsafes.contains(&Failsafe::GnssLost) {
            return Err(Refusal::new("the vehicle does not know where it is: no satellite fix"));
        }
        Ok(if self.round_a_corner(Aim::Return)? { Ready::RoundACorner } else { Ready::AsSaid })
    }

    fn resume(&self) -> Result<Ready, Refusal> {
        self.moving()?;
        self.off_the_ground()?;
        self.plan_held()?;
        self.free()?;
        Ok(if self.round_a_corner(Aim::Mission)? { Ready::RoundACorner } else { Ready::AsSaid })
    }

    /// Whether the straight way there leaves the fence, and one round its corners does not.
    fn round_a_corner(&self, aim: Aim) -> Result<bool, Refusal> {
        let there = self.plan.and_then(|(plan, _)| detour::place(aim, plan, self.situation));
        let (Some((_, fence)), Some(fix), Some(there)) = (self.plan, self.situation.telemetry.fix, there) else {
            return Ok(false);
        };
        let here = fix.position.lat_lon();
        if !fence.leaves(here, there) {
            return Ok(false);
        }
        match (fence.next_bend(here, there), aim) {
            (Some(_), _) => Ok(true),
            // Home is where it must go all the same.
            (None, Aim::Return) => Ok(false),
            (None, _) => Err(Refusal::new("the way back to the plan leaves the fence")),
        }
    }

    fn land(&self) -> Result<Ready, Refusal> {
        match self.kind {
            VehicleKind::Multirotor | VehicleKind::Vtol => self.moving().map(|()| Ready::AsSaid),
            VehicleKind::FixedWing => Err(Refusal::new("an aeroplane cannot land just anywhere; call it home")),
            VehicleKind::Boat => Err(Refusal::new("a boat cannot land; pause it or call it home")),
            VehicleKind::Rov => Err(Refusal::new("an underwater vehicle cannot land; pause it or call it home")),
            VehicleKind::Unknown => Err(Refusal::new("the kind of vehicle is not known")),
        }
    }

    fn target(&self, position: LatLon, altitude: AltitudeAmsl, speed_m_s: Option<f64>) -> Result<Ready, Refusal> {
        if self.situation.telemetry.phase() != FlightPhase::Underway {
            return Err(Refusal::new("the vehicle is not under way"));
        }
        self.free()?;
        let Some((plan, fence)) = self.plan else {
            return Err(Refusal::new("without a plan there is no fence to stay in"));
        };
        let fix = self.fix()?;
        let here = fix.position.lat_lon();
        let speed_m_s = speed_m_s.unwrap_or(plan.cruise_m_s);
        within("the speed in m/s", speed_m_s, &SPEEDS_M_S)?;
        plan_check::stay(fence, self.kind, position)?;
        if !fence.holds_way(here, position) {
            return Err(Refusal::new("the straight way there leaves the fence"));
        }
        let home_altitude = self.situation.telemetry.home_altitude();
        if self.kind == VehicleKind::Boat {
            within("the altitude in metres", altitude.metres, &(-500.0..=10_000.0))?;
        } else {
            plan_check::height(fence, PlanAltitude::Amsl(altitude), home_altitude)?;
        }
        self.there_and_back(plan, here, position)?;
        let own = Own { kind: self.kind, fix: &fix, fence: Some(fence), cruise_m_s: speed_m_s, called_home: None };
        self.separation.check_way(&own, position, altitude)?;
        Ok(Ready::Target { position, altitude, speed_m_s })
    }

    /// The point at the stand-off distance on the near side of the target, so that the way there comes no nearer.
    fn observe(&self, target: Geodetic, stand_off_m: f64, altitude: AltitudeAmsl) -> Result<Ready, Refusal> {
        within("the stand-off distance in metres", stand_off_m, &(STAND_OFF_MIN_M..=STAND_OFF_MAX_M))?;
        let fix = self.fix()?;
        self.separation.check_target(&fix, target)?;
        let point = stand_off_point(target, fix.position, stand_off_m)
            .ok_or_else(|| Refusal::new("there is no place at the stand-off distance"))?;
        self.target(point, altitude, None)
    }

    fn plan_held(&self) -> Result<&(FlightPlan, Fence), Refusal> {
        match self.plan {
            Some(plan) if self.situation.mission_held => Ok(plan),
            Some((plan, _)) => {
                Err(Refusal::new(format!("the autopilot does not hold plan {}; send it again", plan.id)))
            }
            None => Err(Refusal::new("the vehicle has no plan")),
        }
    }

    fn moving(&self) -> Result<(), Refusal> {
        let phase = self.situation.telemetry.phase();
        if phase == FlightPhase::Underway || phase == FlightPhase::Armed || self.situation.starting {
            return Ok(());
        }
        Err(Refusal::new("the vehicle is not under way"))
    }

    /// An aircraft that stands with its motors armed (it has just come home, somebody stopped its landing) is not sent
    /// up by a word that asks for no battery, no fix and no clear sky: that is what a start is for.
    fn off_the_ground(&self) -> Result<(), Refusal> {
        let stands = self.situation.telemetry.phase() == FlightPhase::Armed && !self.situation.starting;
        if stands && flies(self.kind) {
            return Err(Refusal::new("the vehicle stands on the ground"));
        }
        Ok(())
    }

    /// Nothing is wrong that takes away the freedom to fly on.
    fn free(&self) -> Result<(), Refusal> {
        let words = |failsafe: &Failsafe| match failsafe {
            Failsafe::BatteryReserve => Some("the battery is at its reserve"),
            Failsafe::Geofence => Some("the vehicle is outside its fence"),
            Failsafe::AltitudeBand => Some("the vehicle is outside its altitude band"),
            Failsafe::GnssLost => Some("the vehicle has no satellite fix"),
            Failsafe::Engine => Some("the autopilot says that a motor fails"),
            Failsafe::LinkLost => Some("the operations room's beat does not come"),
            Failsafe::AutopilotLost | Failsafe::Traffic | Failsafe::Unknown => None,
        };
        if let Some(other) = self.separation.gives_way_to() {
            return Err(Refusal::new(format!("the vehicle gives way to {other}")));
        }
        match self.failsafes.iter().find_map(words) {
            Some(why) => Err(Refusal::new(why)),
            None => Ok(()),
        }
    }

    fn fix(&self) -> Result<Fix, Refusal> {
        self.situation.telemetry.fix.ok_or_else(|| Refusal::new("the vehicle has no position yet"))
    }

    fn battery(&self) -> Result<f64, Refusal> {
        let left = f64::from(self.situation.telemetry.battery.remaining);
        if left.is_nan() { Err(Refusal::new("the autopilot does not say what the battery holds")) } else { Ok(left) }
    }

    fn there_and_back(&self, plan: &FlightPlan, here: LatLon, there: LatLon) -> Result<(), Refusal> {
        let home =
            self.situation.telemetry.home.ok_or_else(|| Refusal::new("the autopilot has not said where home is"))?;
        let economy = self.watch.economy(plan.cruise_m_s);
        let back = self.plan.and_then(|(_, fence)| fence.way(there, home)).unwrap_or_else(|| vec![home]);
        let highest = self.plan.map_or(HeightAboveHome::default(), |(_, fence)| fence.ceiling());
        let ways = economy.along(here, &[there]) + economy.along(there, &back) + economy.landing(highest);
        if ways.is_infinite() {
            return Err(Refusal::new("the wind is too strong for the way there or the way home"));
        }
        let (left, wanted) = (self.battery()?, plan.battery_reserve + ways);
        if left < wanted {
            return Err(Refusal::new(format!(
                "the battery holds {:.0} %; there and home takes it to its reserve from {:.0} %",
                left * 100.0,
                wanted * 100.0
            )));
        }
        Ok(())
    }
}

/// The distance between two places, metres.
#[must_use]
pub fn distance_m(from: LatLon, to: LatLon) -> f64 {
    let ground = telemetry::AltitudeHae::new(0.0);
    from.at_height(ground).distance_m(to.at_height(ground))
}

/// The point `stand_off_m` from the target, towards the vehicle; to the north where the vehicle is right above it.
fn stand_off_point(target: Geodetic, vehicle: Geodetic, stand_off_m: f64) -> Option<LatLon> {
    let frame = SiteFrame::new(target);
    let towards = frame.enu(vehicle);
    let reach_m = towards.horizontal_m();
    let (east, north) = if reach_m > 1.0 { (towards.east_m / reach_m, towards.north_m / reach_m) } else { (0.0, 1.0) };
    let point = Enu { east_m: east * stand_off_m, north_m: north * stand_off_m, up_m: 0.0 };
    frame.geodetic(point).ok().map(Geodetic::lat_lon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use telemetry::AltitudeHae;

    proptest! {
        #[test]
        fn the_way_to_a_stand_off_point_comes_no_nearer_to_the_target(
            east_m in -3000.0..3000.0_f64, north_m in -3000.0..3000.0_f64, stand_off_m in 50.0..500.0_f64, step in 0.0..1.0_f64,
        ) {
            let target = LatLon::from_degrees(54.37, 10.15).unwrap().at_height(AltitudeHae::new(80.0));
            let vehicle = target.displaced(Enu { east_m, north_m, up_m: 20.0 }).unwrap();
            let point = stand_off_point(target, vehicle, stand_off_m).unwrap();
            let frame = SiteFrame::new(target);
            let (from, to) = (frame.enu(vehicle), frame.enu(point.at_height(target.height())));
            prop_assert!((to.horizontal_m() - stand_off_m).abs() < 0.5);
            let between = Enu::from_vector(from.vector() * (1.0 - step) + to.vector() * step);
            prop_assert!(between.horizontal_m() >= from.horizontal_m().min(stand_off_m) - 0.5);
        }
    }
}
