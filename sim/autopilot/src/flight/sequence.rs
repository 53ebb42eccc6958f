//! Following the mission: which item is current, when it is done, what comes next.
//!
//! Items that navigate take time and are followed one by one; the others are done in passing, when the item before them
//! is done (ArduPilot does the same, one loop apart). Leaving AUTO pauses the mission at its item, disarming a copter
//! rewinds it.

use std::collections::BTreeMap;

use telemetry::messages::VehicleKind;
use telemetry::{Elevation, Geodetic};

use super::super::local::{displacement, distance_m};
use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::items::{
    DO_CHANGE_SPEED, DO_GIMBAL_MANAGER_PITCHYAW, DO_JUMP, DO_LAND_START, DO_SET_ROI, DO_SET_ROI_LOCATION,
    DO_SET_ROI_NONE, NAV_DELAY, NAV_TAKEOFF, NAV_VTOL_TAKEOFF, VIDEO_START_CAPTURE, VIDEO_STOP_CAPTURE,
};
use super::legs::{Leg, circled};
use super::{Flight, Item, Mode, Notice, Severity, Situation, Task};

/// Commands walked through between two legs before the mission counts as going round in circles.
const CHAIN_MAX: usize = 256;
/// Slower than this, a copter and a boat have arrived.
const COPTER_ARRIVED_M_S: f64 = 0.6;
const BOAT_ARRIVED_M_S: f64 = 1.0;

/// Whether the mission is being followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Stopped,
    Running,
    Complete,
}

/// How far the mission has come, as MISSION_CURRENT says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    NoMission,
    NotStarted,
    Active,
    Paused,
    Complete,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Sequence {
    state: State,
    /// The item being followed; 0 before the first.
    pub(super) current: u16,
    pub(super) leg: Option<Leg>,
    /// Where the leg before ended, when it was flown to its end.
    pub(super) origin: Option<Geodetic>,
    /// How often each jump has been taken.
    jumps: BTreeMap<u16, i32>,
}

impl Sequence {
    pub(super) fn pause(&mut self) {
        self.leg = None;
        self.origin = None;
        if self.state == State::Running {
            self.state = State::Stopped;
        }
    }

    /// Back to the first item. A mission that was complete stays so until it is started again.
    pub(super) fn rewind(&mut self) {
        let state = if self.state == State::Complete { State::Complete } else { State::Stopped };
        *self = Self { state, ..Self::default() };
    }
}

impl Flight {
    pub(crate) fn mission_running(&self) -> bool {
        self.sequence.state == State::Running
    }

    pub(crate) fn mission_current(&self) -> u16 {
        self.sequence.current
    }

    pub(crate) fn mission_progress(&self) -> Progress {
        match (self.items.mission.len(), self.sequence.state, self.sequence.current) {
            (0 | 1, _, _) => Progress::NoMission,
            (_, State::Running, _) => Progress::Active,
            (_, State::Complete, _) => Progress::Complete,
            (_, State::Stopped, 0) => Progress::NotStarted,
            (_, State::Stopped, _) => Progress::Paused,
        }
    }

    pub(super) fn mission_starts_with_take_off(&self) -> bool {
        let first = self.sequence.current.max(1);
        let first = if self.sequence.state == State::Complete { 1 } else { first };
        self.items.mission.iter().skip(usize::from(first)).find(|item| item.navigates()).is_some_and(|item| {
            // Waiting on the ground before the take-off is allowed.
            matches!(item.command, NAV_TAKEOFF | NAV_VTOL_TAKEOFF | NAV_DELAY)
        })
    }

    /// Starts the mission, or goes on where it was left.
    pub(super) fn start_mission(&mut self, s: &Situation<'_>) {
        let afresh = self.sequence.state == State::Complete || s.parameters.choice(Parameter::MisRestart) == 1;
        if afresh {
            self.sequence = Sequence::default();
        }
        self.sequence.state = State::Running;
        self.sequence.origin = None;
        self.advance_to(s, usize::from(self.sequence.current.max(1)));
    }

    /// A new mission has taken the place of the old: it begins anew, at once if the old one was being followed.
    pub(crate) fn begin_new_mission(&mut self, s: &Situation<'_>) {
        self.sequence = Sequence::default();
        if self.mode == Mode::Auto && self.armed() {
            self.start_mission(s);
        }
    }

    /// Makes an item the current one. Fails for one that is not there.
    pub(crate) fn set_current_item(&mut self, s: &Situation<'_>, index: u16) -> bool {
        if usize::from(index) >= self.items.mission.len() {
            return false;
        }
        if self.sequence.state == State::Complete {
            self.sequence.state = State::Stopped;
        }
        self.sequence.current = index.max(1);
        if self.mode == Mode::Auto && self.armed() {
            self.returning = None;
            self.start_mission(s);
        }
        self.notices.push(Notice::Current);
        true
    }

    pub(super) fn follow_mission(&mut self, s: &Situation<'_>) {
        if self.sequence.state != State::Running {
            return;
        }
        let Some(mut leg) = self.sequence.leg else { return };
        let done = match &mut leg {
            Leg::Rise => matches!(self.task, Task::Rise { height, .. } if self.risen(s, height)),
            Leg::Point { from, to, passing, radius_m, wait_s, arrived_at } => {
                if arrived_at.is_none() && self.arrived(s, *from, *to, *radius_m, *passing) {
                    *arrived_at = Some(s.now);
                    if !*passing {
                        self.task = Task::Stay { at: *to };
                    }
                }
                arrived_at.is_some_and(|at| s.now.seconds_since(at) >= *wait_s)
            }
            Leg::Circle { centre, radius_m, until, last_bearing } => {
                circled(s, *centre, *radius_m, until, last_bearing)
            }
            Leg::Wait { until } => s.now >= *until,
            Leg::Landing { to } => {
                if let Some(at) = *to
                    && matches!(self.task, Task::Fly { .. } | Task::Stay { .. })
                {
                    self.come_down_at(s, at);
                }
                self.landed && s.kind() == VehicleKind::FixedWing
            }
            Leg::Returning => self.step_return(s),
        };
        self.sequence.leg = Some(leg);
        if done {
            self.finish_leg(s);
        }
    }

    /// Hovers to where it is to land, then goes down. A VTOL leaves its wing in time to have stopped there.
    fn come_down_at(&mut self, s: &Situation<'_>, at: Geodetic) {
        let here = s.estimate.position;
        if s.winged() && matches!(self.task, Task::Fly { .. }) {
            if distance_m(here, at) <= s.back_transition_m() {
                self.task = Task::Stay { at };
            }
        } else if self.arrived(s, here, at, 2.0, false) {
            self.task = Task::Descend { at: Some(at) };
        }
    }

    fn finish_leg(&mut self, s: &Situation<'_>) {
        let current = self.sequence.current;
        self.notices.push(Notice::Reached(current));
        self.sequence.origin = None;
        if let Some(Leg::Point { to, .. }) = self.sequence.leg {
            self.sequence.origin = Some(to);
            let word = if s.kind() == VehicleKind::Multirotor { "command" } else { "waypoint" };
            self.notices.say(Severity::Info, format!("Reached {word} #{current}"));
        }
        self.advance_to(s, usize::from(current) + 1);
    }

    /// A landing ends the leg that asked for it, and with it usually the mission.
    pub(super) fn end_leg_on_landing(&mut self) {
        if self.mode == Mode::Auto && matches!(self.sequence.leg, Some(Leg::Landing { .. } | Leg::Returning)) {
            self.notices.push(Notice::Reached(self.sequence.current));
            self.sequence.leg = None;
            self.sequence.state = State::Complete;
        }
    }

    /// Walks on from an item to the next that navigates, doing the others in passing.
    pub(super) fn advance_to(&mut self, s: &Situation<'_>, index: usize) {
        let mut index = index;
        self.sequence.leg = None;
        for _ in 0..CHAIN_MAX {
            let Some(item) = self.items.mission.get(index).copied() else { break };
            if item.command == DO_JUMP {
                index = self.jump(index, &item);
            } else if item.navigates() {
                if self.begin_leg(s, index, &item) {
                    return;
                }
                index += 1;
            } else {
                self.do_in_passing(s, &item);
                index += 1;
            }
        }
        self.end_mission(s);
    }

    fn jump(&mut self, index: usize, item: &Item) -> usize {
        let (target, times) = (item.param[0] as usize, item.param[1] as i32);
        let taken = self.sequence.jumps.entry(index as u16).or_insert(0);
        if times >= 0 && *taken >= times {
            return index + 1;
        }
        *taken = taken.saturating_add(1);
        target.max(1)
    }

    /// The next item that navigates, as far as that is known without counting jumps.
    pub(super) fn next_leg(&self, index: usize) -> Option<&Item> {
        let mut index = index + 1;
        for _ in 0..CHAIN_MAX {
            let item = self.items.mission.get(index)?;
            if item.navigates() {
                return Some(item);
            }
            let taken = self.sequence.jumps.get(&(index as u16)).copied().unwrap_or(0);
            let jumps = item.command == DO_JUMP && (item.param[1] < 0.0 || taken < item.param[1] as i32);
            index = if jumps { (item.param[0] as usize).max(1) } else { index + 1 };
        }
        None
    }

    fn do_in_passing(&mut self, s: &Situation<'_>, item: &Item) {
        match item.command {
            // Types 2 and 3 are climb and descent speeds.
            DO_CHANGE_SPEED if item.param[0] < 2.0 => {
                let _kept_as_it_was = self.change_speed(f64::from(item.param[1]));
            }
            DO_SET_ROI | DO_SET_ROI_LOCATION if item.placed() => {
                self.look_at(Some(self.datums(s).place(item, s.estimate.position)));
            }
            DO_SET_ROI | DO_SET_ROI_LOCATION | DO_SET_ROI_NONE => self.look_at(None),
            DO_GIMBAL_MANAGER_PITCHYAW => {
                self.roi = None;
                self.look_ahead = Some(Elevation::from_degrees(f64::from(item.param[0])));
            }
            VIDEO_START_CAPTURE => self.recording = true,
            VIDEO_STOP_CAPTURE => self.recording = false,
            // Stills and the landing mark change nothing that is flown.
            _ => {}
        }
    }

    fn end_mission(&mut self, s: &Situation<'_>) {
        self.sequence.state = State::Complete;
        self.sequence.leg = None;
        if s.personality == Personality::Px4 && !self.landed {
            self.notices.say(Severity::Info, "Mission finished, loitering");
            let _held = self.set_mode(s, Mode::Loiter);
            return;
        }
        match s.kind() {
            VehicleKind::FixedWing | VehicleKind::Vtol if !self.landed => {
                self.notices.say(Severity::Info, "Mission complete, changing mode to RTL");
                let _entered = self.set_mode(s, Mode::Rtl);
            }
            VehicleKind::Boat => {
                self.notices.say(Severity::Info, "Mission Complete");
                let loiters = s.parameters.choice(Parameter::MisDoneBehave) == 1;
                let _entered = self.set_mode(s, if loiters { Mode::Loiter } else { Mode::Hold });
            }
            VehicleKind::Rov => {
                self.task = Task::Stay { at: self.stopping_point(s) };
            }
            _ if self.landed => self.disarm(s),
            VehicleKind::Multirotor | VehicleKind::FixedWing | VehicleKind::Vtol | VehicleKind::Unknown => {
                self.task = Task::Stay { at: self.stopping_point(s) };
            }
        }
    }

    /// The item at which a landing sequence starts.
    pub(super) fn land_start(&self) -> Option<usize> {
        self.items.mission.iter().skip(1).position(|item| item.command == DO_LAND_START).map(|index| index + 1)
    }

    pub(super) fn arrived(
        &self,
        s: &Situation<'_>,
        from: Geodetic,
        to: Geodetic,
        radius_m: f64,
        passing: bool,
    ) -> bool {
        let gap = displacement(s.estimate.position, to);
        let near = gap.horizontal_m() <= radius_m;
        if !passing {
            let level = matches!(s.kind(), VehicleKind::Boat | VehicleKind::FixedWing) || gap.up_m.abs() <= radius_m;
            let arrived_m_s = if s.kind() == VehicleKind::Boat { BOAT_ARRIVED_M_S } else { COPTER_ARRIVED_M_S };
            return near && level && s.estimate.velocity.norm() <= arrived_m_s;
        }
        let leg = displacement(from, to);
        let passed = gap.east_m * leg.east_m + gap.north_m * leg.north_m <= 0.0;
        near || passed
    }
}
