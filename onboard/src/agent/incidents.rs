//! What the autopilot does that nobody on board had asked for, told with its own words as the reason.

use std::time::Duration;

use telemetry::messages::{FlightMode, FlightPhase, Severity, VehicleKind};
use telemetry::{LatLon, Timestamp};

use super::errand::leg;
use super::{Agent, Level};
use crate::guard::command_check::{HOME_RADIUS_M, distance_m};
use crate::guard::watch::leads_home;
use crate::link::mode::Aim;

/// How long to wait before a change of mode is taken for the autopilot's own decision: a plan's last leg makes an
/// aeroplane change it too, and which leg it flies is told once a second.
const UNDERSTOOD_AFTER: Duration = Duration::from_secs(2);
/// The autopilot's words from this long before count as the reason.
const REASONS_FROM: Duration = Duration::from_secs(5);

/// A mission that goes by another number for this long is another mission: a word from before the change may be late.
const REPLACED_AFTER: Duration = Duration::from_secs(5);

/// An aeroplane lands by its own navigation and rolls out; this near home it is home.
const ROLL_OUT_M: f64 = 80.0;

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    mode: FlightMode,
    phase: FlightPhase,
    /// The item of the mission whose reaching was told last.
    reached: Option<(u16, Timestamp)>,
    /// A mode that was entered unasked, and when.
    unasked: Option<(FlightMode, Timestamp)>,
}

impl Agent {
    pub(super) fn tell_incidents(&mut self, now: Timestamp) {
        let (mode, phase) = (self.telemetry.mode(), self.telemetry.phase());
        let (mode_before, phase_before) = (self.incidents.mode, self.incidents.phase);
        (self.incidents.mode, self.incidents.phase) = (mode, phase);
        if mode != mode_before && mode_before != FlightMode::Unknown && phase == FlightPhase::Underway {
            self.mode_changed(now, mode);
        }
        if let Some((unasked, since)) = self.incidents.unasked
            && now >= since + UNDERSTOOD_AFTER
        {
            self.incidents.unasked = None;
            let planned = leads_home(self.guard.plan(), leg(&self.telemetry, self.mission.as_ref()));
            if mode == unasked && !planned {
                let what = match mode {
                    FlightMode::Return => "returns home on its autopilot's own decision",
                    _ => "lands on its autopilot's own decision",
                };
                self.incident(now, since, Severity::Warning, what);
            }
        }
        self.tell_progress();
        self.see_foreign_mission(now);
        if phase == FlightPhase::Disarmed && matches!(phase_before, FlightPhase::Underway | FlightPhase::Armed) {
            self.motors_stopped(now, mode);
        }
    }

    /// Each item once, however often the autopilot repeats it.
    fn tell_progress(&mut self) {
        let reached = self.telemetry.reached;
        if reached == self.incidents.reached {
            return;
        }
        self.incidents.reached = reached;
        let leg = reached.zip(self.mission.as_ref()).and_then(|((item, _), mission)| mission.leg(item));
        if let Some(leg) = leg {
            self.say(Level::Info, format!("leg {} of the plan is done", leg + 1));
        }
    }

    /// The autopilot's number for its mission tells when another station has replaced it.
    fn see_foreign_mission(&mut self, now: Timestamp) {
        let Some((held, (number, since))) = self.mission_number.zip(self.telemetry.mission_number) else { return };
        if number != held && now >= since + REPLACED_AFTER && self.running.is_none() {
            self.mission_number = None;
            self.mission = None;
            self.incident(
                now,
                now,
                Severity::Warning,
                "no longer has its plan: another station has changed the mission",
            );
        }
    }

    fn mode_changed(&mut self, now: Timestamp, mode: FlightMode) {
        let asked = matches!(self.asked, Some(Aim::Return | Aim::Land | Aim::WithoutPosition));
        match mode {
            FlightMode::Return | FlightMode::Land if !asked => self.incidents.unasked = Some((mode, now)),
            FlightMode::Manual => self.incident(now, now, Severity::Notice, "is steered by hand"),
            _ => self.incidents.unasked = None,
        }
    }

    /// A vehicle whose motors stop away from home and every rally point, where nothing meant it to land, has come down
    /// or drifts.
    fn motors_stopped(&mut self, now: Timestamp, mode: FlightMode) {
        let landing = matches!(mode, FlightMode::Land | FlightMode::Manual);
        let planned =
            mode == FlightMode::Mission && leads_home(self.guard.plan(), leg(&self.telemetry, self.mission.as_ref()));
        let Some(here) = self.telemetry.fix.map(|fix| fix.position.lat_lon()) else { return };
        let rally = self.guard.plan().map(|plan| plan.rally_points.as_slice()).unwrap_or_default();
        let safe: Vec<LatLon> =
            self.telemetry.home.into_iter().chain(rally.iter().map(|rally| rally.position)).collect();
        let away_m = safe.iter().map(|at| distance_m(here, *at)).fold(f64::INFINITY, f64::min);
        let at_home_m = if self.config.kind == VehicleKind::FixedWing { ROLL_OUT_M } else { HOME_RADIUS_M };
        if landing || planned || safe.is_empty() || away_m <= at_home_m {
            return;
        }
        let what = match self.config.kind {
            VehicleKind::Boat => format!("drifts: its motors stopped {away_m:.0} m from home"),
            _ => format!("has come down: its motors stopped {away_m:.0} m from home"),
        };
        self.incident(now, now, Severity::Critical, &what);
    }

    /// Raises an alert with what the autopilot said around `at`.
    fn incident(&mut self, now: Timestamp, at: Timestamp, severity: Severity, what: &str) {
        let reasons = self.texts.reasons_since(at - REASONS_FROM);
        let text = if reasons.is_empty() { what.to_owned() } else { format!("{what}: {reasons}") };
        self.alert(now, severity, &text);
    }
}
