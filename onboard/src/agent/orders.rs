//! Commands, and what the guard demands: one errand after the other, each answered.

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::messages::{Ack, AckStage, Command, CommandRequest, FlightMode, FlightPhase, FlightPlan, Severity};
use telemetry::{AltitudeAmsl, CommandId, LatLon, Message, Timestamp};

use super::errand::{Cause, Errand, Here, NextLook, Running, leg, look_of_plan, situation, steps};
use super::{Agent, Level, Output};
use crate::guard::command_check::distance_m;
use crate::guard::{Demand, Refusal};
use crate::link::fence_switch::Reach;
use crate::link::items::{ItemsError, Launch, Mission};
use crate::link::lists::List;
use crate::link::mode::Aim;
use crate::link::procedure::{Outcome, Procedure, Step, Surroundings};

/// How long to wait before the guard's demand is tried again after it failed.
const DEMAND_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

impl Agent {
    /// Takes a command: answers at once, and begins it unless it is refused.
    pub(super) fn command(&mut self, now: Timestamp, request: CommandRequest) {
        if let Some(ack) = self.acks.of(&request.id).cloned() {
            self.push(Output::Publish(Message::Ack(ack)));
            return;
        }
        if let Err(refusal) = self.take_command(now, &request) {
            self.say(Level::Warning, format!("command {} refused: {refusal}", request.id));
            self.answer(now, &request.id, AckStage::Refused(refusal.to_string()));
        }
    }

    fn take_command(&mut self, now: Timestamp, request: &CommandRequest) -> Result<(), Refusal> {
        if request.vehicle != self.config.vehicle {
            return Err(Refusal::new(format!("it is for {}, this is {}", request.vehicle, self.config.vehicle)));
        }
        let late_s = self.station_time(now).seconds_since(request.expires_at);
        if late_s > 0.0 {
            return Err(Refusal::new(format!("it came {late_s:.1} s after it had expired")));
        }
        let errand = Errand::of(&request.command);
        if let Some(errand) = &errand {
            self.free_for(errand)?;
        }
        let situation = situation(&self.telemetry, self.mission.as_ref(), self.running.as_ref());
        let ready = self.guard.check(&request.command, &situation)?;
        let Some(errand) = errand else { return self.tell_camera(now, request) };
        self.guard.obey(&request.command);
        let cause = Cause::Command { id: request.id.clone(), errand: errand.clone() };
        if let Command::Plan(plan) = &request.command {
            return self.take_plan(now, plan, request.id.clone(), cause);
        }
        let guided = self.telemetry.mode() == FlightMode::Guided && self.asked == Some(Aim::Guided);
        let here = Here {
            personality: self.telemetry.personality,
            lost_link: self.guard.plan().map(|plan| plan.lost_link),
            fence: self.guard.plan().map(|plan| self.reach(plan)),
            guided,
            undulation: self.config.undulation,
        };
        let steps = steps(&request.command, ready, here);
        self.answer(now, &request.id, AckStage::Accepted);
        if let Errand::Observe(cue) = errand {
            if self.running.as_ref().is_some_and(|running| running.cause.looks_for(&cue)) {
                // A target that a newer one replaces before it was given to the autopilot has done its part.
                self.answer_next_look(now, AckStage::Done);
                self.next_look = Some(NextLook { id: request.id.clone(), cue, steps });
                return Ok(());
            }
            self.begin(now, cause, steps, None);
            self.cue = Some(cue);
        } else {
            self.begin(now, cause, steps, None);
        }
        Ok(())
    }

    /// What the camera and its gimbal do, they do beside the flight.
    fn tell_camera(&mut self, now: Timestamp, request: &CommandRequest) -> Result<(), Refusal> {
        let mut frames = std::mem::take(&mut self.frames);
        let told = match &request.command {
            Command::Camera(order) => self.companion.shoot(now, order, request.id.clone(), &mut frames),
            Command::Point(pointing) => self.companion.turn(now, pointing, request.id.clone(), &mut frames),
            _ => Ok(()),
        };
        self.frames = frames;
        told.map_err(Refusal::new)?;
        self.answer(now, &request.id, AckStage::Accepted);
        Ok(())
    }

    fn take_plan(&mut self, now: Timestamp, plan: &FlightPlan, id: CommandId, cause: Cause) -> Result<(), Refusal> {
        let mission = self.mission_of(plan).map_err(|error| Refusal::new(error.to_string()))?;
        let situation = situation(&self.telemetry, self.mission.as_ref(), self.running.as_ref());
        self.guard.adopt(plan, &situation)?;
        self.answer(now, &id, AckStage::Accepted);
        self.recall = false;
        self.mission = None;
        self.push(Output::Keep(Box::new(plan.clone())));
        // The mission comes last: what it needs around it is then there.
        let steps = vec![
            Step::Agree(plan.lost_link),
            Step::Bring(List::fence(plan)),
            Step::Fence(self.reach(plan)),
            Step::Bring(List::rally(plan, self.home_altitude())),
            Step::Upload(mission.clone()),
        ];
        self.begin(now, cause, steps, Some(mission));
        Ok(())
    }

    fn mission_of(&self, plan: &FlightPlan) -> Result<Mission, ItemsError> {
        let launch = Launch { place: self.telemetry.home, altitude: self.home_altitude() };
        Mission::of(plan, self.telemetry.personality, launch)
    }

    /// How far from home the plan's fence reaches. Where home is not known yet the vehicle stands there.
    fn reach(&self, plan: &FlightPlan) -> Reach {
        let here = self.telemetry.fix.map(|fix| fix.position.lat_lon());
        let from_home = |corner: &LatLon| self.telemetry.home.or(here).map_or(0.0, |home| distance_m(home, *corner));
        let radius_m = plan.geofence.ring.iter().map(from_home).fold(0.0, f64::max);
        Reach { radius_m, ceiling_m: plan.geofence.ceiling.metres }
    }

    /// A plan with altitudes above the sea passes the guard only once home's altitude is known.
    fn home_altitude(&self) -> AltitudeAmsl {
        self.telemetry.home_altitude().unwrap_or(AltitudeAmsl::new(0.0))
    }

    /// A plan and a start are not begun beside another errand; everything else replaces what is running.
    fn free_for(&self, errand: &Errand) -> Result<(), Refusal> {
        let Some(running) = &self.running else { return Ok(()) };
        let waits = matches!(errand, Errand::Upload | Errand::Start) && running.cause != Cause::Recall;
        if waits {
            return Err(Refusal::new(format!("the vehicle is busy with {}", running.cause.in_words())));
        }
        Ok(())
    }

    fn begin(&mut self, now: Timestamp, cause: Cause, mut steps: Vec<Step>, mission: Option<Mission>) {
        self.give_up(now, &format!("given up for {}", cause.in_words()));
        if let Some(aim) =
            steps.iter().rev().find_map(|step| if let Step::Mode(aim) = step { Some(*aim) } else { None })
        {
            self.asked = Some(aim);
            self.telemetry.sent_to_place = aim == Aim::Guided;
        }
        self.cue = None;
        self.looked |= steps.iter().any(|step| matches!(step, Step::LookAt(..)));
        if steps.contains(&Step::Mode(Aim::Mission)) && std::mem::take(&mut self.looked) {
            steps.extend(self.look_of_plan());
        }
        let mut frames = std::mem::take(&mut self.frames);
        let steps = self.companion.take_over(now, steps, &mut frames);
        let procedure = Procedure::begin(now, steps, &self.surroundings(), &mut frames);
        self.frames = frames;
        self.say(Level::Info, format!("begun: {}", cause.in_words()));
        self.running = Some(Running { cause, procedure, mission });
        self.advance_procedure(now);
    }

    fn look_of_plan(&self) -> Option<Step> {
        let leg = leg(&self.telemetry, self.mission.as_ref());
        self.guard.plan().map(|plan| look_of_plan(plan, leg, self.home_altitude()))
    }

    /// Ends what is running before its time, and tells who asked for it.
    fn give_up(&mut self, now: Timestamp, why: &str) {
        self.answer_next_look(now, AckStage::Failed(why.to_owned()));
        let Some(running) = self.running.take() else { return };
        running.procedure.abandon(&mut self.frames);
        // A comparison that was cut short is made another time.
        self.recall |= running.cause == Cause::Recall;
        if let Cause::Command { id, .. } = running.cause {
            self.answer(now, &id, AckStage::Failed(why.to_owned()));
        }
    }

    /// Ends the look that waits, if one does.
    fn answer_next_look(&mut self, now: Timestamp, stage: AckStage) {
        if let Some(look) = self.next_look.take() {
            self.answer(now, &look.id, stage);
        }
    }

    pub(super) fn advance_procedure(&mut self, now: Timestamp) {
        self.with_procedure(now, |procedure, around, frames| procedure.advance(now, around, frames));
    }

    pub(super) fn procedure_message(&mut self, now: Timestamp, message: &MavMessage) {
        self.with_procedure(now, |procedure, around, frames| procedure.take(now, message, around, frames));
    }

    fn with_procedure(
        &mut self,
        now: Timestamp,
        step: impl FnOnce(&mut Procedure, &Surroundings<'_>, &mut Vec<MavMessage>) -> Outcome,
    ) {
        let Some(mut running) = self.running.take() else { return };
        let mut frames = std::mem::take(&mut self.frames);
        let outcome = step(&mut running.procedure, &self.surroundings(), &mut frames);
        self.frames = frames;
        for remark in running.procedure.take_remarks() {
            self.say(Level::Warning, remark);
        }
        match outcome {
            Outcome::Waiting => self.running = Some(running),
            Outcome::Done => self.done(now, running),
            Outcome::Failed(why) => self.failed(now, running.cause, why),
        }
    }

    fn done(&mut self, now: Timestamp, running: Running) {
        self.say(Level::Info, format!("done: {}", running.cause.in_words()));
        if running.mission.is_some() {
            self.mission = running.mission;
            self.mission_number = running.procedure.mission_number();
        }
        if let Cause::Guard(demand) = running.cause {
            self.place_given = Some(demand);
        }
        if let Cause::Command { id, errand } = running.cause {
            self.answer(now, &id, AckStage::Done);
            if let (Errand::Observe(cue), Some(look)) = (errand, self.next_look.take()) {
                let cause = Cause::Command { id: look.id, errand: Errand::Observe(look.cue) };
                self.begin(now, cause, look.steps, None);
                self.cue = Some(cue);
            }
        }
    }

    fn failed(&mut self, now: Timestamp, cause: Cause, why: String) {
        self.say(Level::Warning, format!("failed: {}: {why}", cause.in_words()));
        match cause {
            Cause::Command { id, errand } => {
                let start = errand == Errand::Start;
                self.answer(now, &id, AckStage::Failed(why.clone()));
                self.answer_next_look(now, AckStage::Failed(why));
                if start && self.telemetry.phase() == FlightPhase::Armed {
                    self.begin(now, Cause::Disarm, vec![Step::Disarm], None);
                }
            }
            Cause::Guard(_) => {
                self.demand_again_at = now + DEMAND_PAUSE;
                if !self.demand_failed {
                    self.demand_failed = true;
                    self.alert(now, Severity::Critical, &format!("does not do what its guard demands: {why}"));
                }
            }
            Cause::Recall | Cause::Disarm => {}
        }
    }

    /// Looks at the flight, tells what has gone wrong, and does what the guard demands.
    pub(super) fn watch(&mut self, now: Timestamp) {
        let situation = situation(&self.telemetry, self.mission.as_ref(), self.running.as_ref());
        let raised = self.guard.look(now, &situation);
        let demand = self.guard.demand(&situation);
        for raised in raised {
            self.alert(now, raised.severity, &raised.text);
        }
        match demand {
            Some(demand) => self.meet_demand(now, demand),
            None => self.demand_is_over(),
        }
        if self.telemetry.phase() == FlightPhase::Disarmed {
            self.cue = None;
            if self.running.is_none() {
                self.asked = None;
            }
        }
        self.tell_incidents(now);
        self.compare_kept_plan(now);
    }

    fn meet_demand(&mut self, now: Timestamp, demand: Demand) {
        let demand = match demand {
            // Without a mission in the autopilot there is no plan to go on with.
            Demand::Mode(Aim::Mission) if self.mission.is_none() => Demand::Mode(Aim::Return),
            demand => demand,
        };
        // A place is asked for once: that the vehicle is on its way there is seen by its mode.
        let given = self.place_given == Some(demand) && self.telemetry.serves(Aim::Guided);
        let being_met = given || self.running.as_ref().is_some_and(|running| running.cause.meets(demand));
        if !being_met && now >= self.demand_again_at {
            let steps = match demand {
                Demand::Mode(aim) => vec![Step::Mode(aim)],
                Demand::To { position, altitude } if self.telemetry.serves(Aim::Guided) => {
                    vec![Step::Reposition(position, altitude)]
                }
                Demand::To { position, altitude } => {
                    vec![Step::Mode(Aim::Guided), Step::Reposition(position, altitude)]
                }
            };
            self.begin(now, Cause::Guard(demand), steps, None);
        }
    }

    /// The demand is met, or a person has taken over: then it is not pressed any further.
    fn demand_is_over(&mut self) {
        self.demand_failed = false;
        self.place_given = None;
        let pressing = self.running.as_ref().is_some_and(|running| matches!(running.cause, Cause::Guard(_)));
        if pressing && self.telemetry.mode() == FlightMode::Manual {
            self.running = None;
            self.say(Level::Warning, "somebody steers by hand: the guard's demand is left to them".to_owned());
        }
    }

    /// After a restart: whether the autopilot still holds the plan that the guard goes by.
    fn compare_kept_plan(&mut self, now: Timestamp) {
        let ready = self.recall && self.running.is_none() && self.telemetry.home_altitude().is_some();
        if let Some(plan) = self.guard.plan().filter(|_| ready).cloned()
            && let Ok(mission) = self.mission_of(&plan)
        {
            self.recall = false;
            self.begin(now, Cause::Recall, vec![Step::Compare(mission.clone())], Some(mission));
        }
    }

    pub(super) fn answer(&mut self, now: Timestamp, command: &CommandId, stage: AckStage) {
        let ack = Ack { command: command.clone(), vehicle: self.config.vehicle.clone(), at: now, stage };
        self.acks.note(ack.clone());
        self.push(Output::Publish(Message::Ack(ack)));
    }

    /// The station's clock, by its last beat; ours until there was one. The two are never compared otherwise.
    pub(super) fn station_time(&self, now: Timestamp) -> Timestamp {
        self.last_beat.map_or(now, |(_, ahead_s)| now.offset_seconds(ahead_s))
    }
}
