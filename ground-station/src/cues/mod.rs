//! Cues: the proposal to send a vehicle to look at what an alert is about, and the look itself once a person said so.
//!
//! ```text
//!   alert about a drone ──▶ Proposed ──approve──▶ Approved ──track dropped, vehicle gone──▶ Ended
//!                              │  │                   └──decline, "call it back"──▶ Declined
//!                              │  └──decline──▶ Declined
//!                              └──another vehicle is better, track dropped, alert closed──▶ Ended
//! ```
//!
//! A cue names one vehicle for ever. When another becomes the better one, this cue ends and a new one is proposed: what
//! a person is about to approve must not change under the finger. While a look goes on, the target's newest place is
//! sent every [`OBSERVE_EVERY`], each time as a new command with the approver's name. When it is over, the vehicle is
//! told to go on with its plan, unless somebody or something else has already decided where it goes.
//!
//! Bounds: [`OPEN_MAX`] open cues, [`SETTLED_MAX`] settled ones in memory; refusals are remembered for a minute.

mod decision;
mod proposal;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use missions::Site;
use telemetry::messages::{Alert, AlertRule, AlertState, Command, Cue, CueState, Subject};
use telemetry::{AlertId, CueId, OperatorId, Timestamp, TrackId, VehicleId};

use self::proposal::Proposal;
use crate::airspace::Airspace;
use crate::commands::prefix;
use crate::fleet::{Fleet, Vehicle};
use crate::picture::{Picture, Sighting};
use crate::plans::Plans;
use crate::station::StationConfig;

/// How often a look is sent anew.
pub const OBSERVE_EVERY: Duration = Duration::from_secs(4);
/// The most cues open at once; more alerts wait for one to end.
pub const OPEN_MAX: usize = 64;
/// The most settled cues kept in memory.
pub const SETTLED_MAX: usize = 200;
/// A vehicle that refused is not proposed again for this.
const REFUSED_FOR: Duration = Duration::from_secs(60);
/// A vehicle on a look may be silent this long.
const SILENT_MAX: Duration = Duration::from_secs(60);
/// How often the numbers of a proposal are brought up to date.
const UPDATE_EVERY: Duration = Duration::from_secs(5);
/// Another vehicle is better when it is there in less than this share of the time, and at least
/// [`BETTER_BY_S`] sooner.
const BETTER_SHARE: f64 = 0.6;
const BETTER_BY_S: f64 = 20.0;

/// All cues.
#[derive(Debug)]
pub struct Cues {
    prefix: String,
    site: Site,
    number: u64,
    open: BTreeMap<CueId, Open>,
    settled: VecDeque<Cue>,
    /// Alerts for which a person does not want anything sent.
    declined: BTreeSet<AlertId>,
    refused: BTreeMap<(TrackId, VehicleId), Timestamp>,
}

/// A cue that is proposed or flown.
#[derive(Debug)]
struct Open {
    cue: Cue,
    updated_at: Timestamp,
    look: Option<Look>,
}

/// A look that goes on.
#[derive(Debug)]
struct Look {
    by: OperatorId,
    sent_at: Option<Timestamp>,
    /// Whether the vehicle was told to start: one that waits on the ground must take off first.
    start_sent: bool,
    /// Whether the vehicle took one of the commands, and so has something to go on from.
    taken: bool,
}

/// What cues are judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) now: Timestamp,
    pub(crate) picture: &'a Picture,
    pub(crate) fleet: &'a Fleet,
    /// What a look must keep out of.
    pub(crate) airspace: &'a Airspace,
    /// Whose overrides a look shares with the plan of its vehicle.
    pub(crate) plans: &'a Plans,
}

/// What the station must do for the cues, in order.
#[derive(Debug)]
pub(crate) enum CueStep {
    /// The cue has a new state.
    Changed(Cue),
    /// The numbers of a proposal were brought up to date.
    Updated(Cue),
    /// Send the vehicle this, in a person's name.
    Send { cue: CueId, vehicle: VehicleId, command: Command, by: OperatorId },
    /// The look is over: let the vehicle go on, in a person's name.
    GoOn { vehicle: VehicleId, by: OperatorId },
}

impl Cues {
    pub(crate) fn new(config: &StationConfig, last_number: u64) -> Self {
        Self {
            prefix: prefix(config.site.id.as_str()),
            site: config.site.clone(),
            number: last_number,
            open: BTreeMap::new(),
            settled: VecDeque::new(),
            declined: BTreeSet::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Open cues, then the settled ones in memory, oldest first.
    pub fn cues(&self) -> impl Iterator<Item = &Cue> {
        self.open.values().map(|open| &open.cue).chain(&self.settled)
    }

    /// A cue in memory.
    #[must_use]
    pub fn cue(&self, id: &CueId) -> Option<&Cue> {
        self.open.get(id).map(|open| &open.cue).or_else(|| self.settled.iter().find(|cue| cue.id == *id))
    }

    /// The open cue that holds a vehicle.
    #[must_use]
    pub fn open_for(&self, vehicle: &VehicleId) -> Option<&Cue> {
        self.open.values().map(|open| &open.cue).find(|cue| cue.vehicle == *vehicle)
    }

    /// Brings every open cue up to `now`, and proposes new ones.
    pub(crate) fn tick<'a>(&mut self, scene: &Scene<'_>, alerts: impl Iterator<Item = &'a Alert>) -> Vec<CueStep> {
        self.refused.retain(|_, until| scene.now < *until);
        let alerts: Vec<&Alert> = alerts.filter(|alert| wants_a_look(alert)).collect();
        let mut steps = Vec::new();
        let ids: Vec<CueId> = self.open.keys().cloned().collect();
        for id in ids {
            self.tick_cue(scene, &id, &alerts, &mut steps);
        }
        self.propose(scene, &alerts, &mut steps);
        self.declined.retain(|id| alerts.iter().any(|alert| alert.id == *id));
        steps
    }

    fn tick_cue(&mut self, scene: &Scene<'_>, id: &CueId, alerts: &[&Alert], steps: &mut Vec<CueStep>) {
        let now = scene.now;
        let Some(open) = self.open.get(id) else { return };
        let sighting = scene.picture.sighting(open.cue.track);
        let vehicle = scene.fleet.vehicle(&open.cue.vehicle);
        let (Some(sighting), Some(vehicle)) = (sighting, vehicle) else {
            return self.end(now, id, "the track was lost", vehicle, steps);
        };
        if !alerts.iter().any(|alert| alert.id == open.cue.alert) {
            return self.end(now, id, "the alert was closed", Some(vehicle), steps);
        }
        if open.look.is_some() {
            self.look_on(scene, id, sighting, vehicle, steps);
        } else {
            self.reconsider(scene, id, sighting, steps);
        }
    }

    /// Sends a look's newest target, or ends it when the vehicle does no longer follow.
    fn look_on(
        &mut self,
        scene: &Scene<'_>,
        id: &CueId,
        sighting: &Sighting,
        vehicle: &Vehicle,
        steps: &mut Vec<CueStep>,
    ) {
        let now = scene.now;
        if vehicle.silent_for(now).is_none_or(|silent| silent > SILENT_MAX) {
            return self.end(now, id, "the vehicle is not heard any more", None, steps);
        }
        let Some(Open { cue, look: Some(look), .. }) = self.open.get_mut(id) else { return };
        if look.taken && vehicle.going_down() {
            return self.end(now, id, "the vehicle is on its way to a landing", None, steps);
        }
        if look.sent_at.is_some_and(|sent| now.since(sent) < OBSERVE_EVERY) {
            return;
        }
        // The target moves, and areas close: each place is looked at before the vehicle is sent there.
        let stand_off_m = cue.stand_off_m;
        if vehicle.under_way()
            && let Some(why) = proposal::in_the_way(scene, &sighting.track, vehicle, stand_off_m)
        {
            return self.end(now, id, &why, Some(vehicle), steps);
        }
        let Some(Open { cue, look: Some(look), .. }) = self.open.get_mut(id) else { return };
        let send =
            |command| CueStep::Send { cue: id.clone(), vehicle: cue.vehicle.clone(), command, by: look.by.clone() };
        if vehicle.under_way() {
            steps.push(send(proposal::observe(&self.site, cue, &sighting.track, vehicle)));
            look.sent_at = Some(now);
        } else if !look.start_sent {
            steps.push(send(Command::Start));
            look.start_sent = true;
        }
    }

    /// Keeps a proposal fit to be approved: its vehicle able to go, no other much better, its numbers true.
    fn reconsider(&mut self, scene: &Scene<'_>, id: &CueId, sighting: &Sighting, steps: &mut Vec<CueStep>) {
        let now = scene.now;
        let Some(open) = self.open.get(id) else { return };
        let vehicle = open.cue.vehicle.clone();
        let fit = scene.fleet.vehicle(&vehicle).map(|vehicle| Proposal::of(scene, &sighting.track, vehicle));
        let own = match fit {
            Some(Ok(proposal)) => proposal,
            Some(Err(why)) => return self.end(now, id, &format!("{vehicle} cannot go: {why}"), None, steps),
            None => return,
        };
        let best = self.best(scene, sighting, Some(id));
        let better = |other: &Proposal| {
            other.vehicle != vehicle && other.eta_s < BETTER_SHARE * own.eta_s && other.eta_s + BETTER_BY_S <= own.eta_s
        };
        if let Some(other) = best.filter(better) {
            return self.end(now, id, &format!("{} is nearer now", other.vehicle), None, steps);
        }
        let Some(open) = self.open.get_mut(id) else { return };
        if now.since(open.updated_at) >= UPDATE_EVERY {
            open.updated_at = now;
            (open.cue.distance_m, open.cue.eta_s, open.cue.stand_off_m) = (own.distance_m, own.eta_s, own.stand_off_m);
            steps.push(CueStep::Updated(open.cue.clone()));
        }
    }

    fn propose(&mut self, scene: &Scene<'_>, alerts: &[&Alert], steps: &mut Vec<CueStep>) {
        let now = scene.now;
        for alert in alerts {
            let Subject::Track(track) = alert.subject else { continue };
            let Some(sighting) = scene.picture.sighting(track).filter(|sighting| sighting.believed()) else { continue };
            let looked_at = self.open.values().any(|open| open.cue.track == track);
            if looked_at || self.declined.contains(&alert.id) || self.open.len() >= OPEN_MAX {
                continue;
            }
            let Some(best) = self.best(scene, sighting, None) else { continue };
            let cue = self.new_cue(now, alert, track, best);
            self.open.insert(cue.id.clone(), Open { cue: cue.clone(), updated_at: now, look: None });
            steps.push(CueStep::Changed(cue));
        }
    }

    fn new_cue(&mut self, now: Timestamp, alert: &Alert, track: TrackId, best: Proposal) -> Cue {
        self.number += 1;
        let id = format!("{}.cue.{}", self.prefix, self.number);
        Cue {
            id: CueId::new(id).expect("a short prefix and a number is an id"),
            alert: alert.id.clone(),
            track,
            vehicle: best.vehicle,
            proposed_at: now,
            distance_m: best.distance_m,
            eta_s: best.eta_s,
            stand_off_m: best.stand_off_m,
            state: CueState::Proposed,
        }
    }

    /// The vehicle that can be there first, of those that no other cue holds and that did not refuse.
    fn best(&self, scene: &Scene<'_>, sighting: &Sighting, except: Option<&CueId>) -> Option<Proposal> {
        let track = &sighting.track;
        let taken = |vehicle: &Vehicle| {
            self.open.values().any(|open| Some(&open.cue.id) != except && open.cue.vehicle == *vehicle.id())
        };
        let refused = |vehicle: &Vehicle| self.refused.contains_key(&(track.id, vehicle.id().clone()));
        let free = scene.fleet.vehicles().filter(|vehicle| !taken(vehicle) && !refused(vehicle));
        let fit = free.filter_map(|vehicle| Proposal::of(scene, track, vehicle).ok());
        fit.min_by(|a, b| a.eta_s.total_cmp(&b.eta_s))
    }

    fn end(&mut self, now: Timestamp, id: &CueId, why: &str, vehicle: Option<&Vehicle>, steps: &mut Vec<CueStep>) {
        self.settle(id, CueState::Ended { why: why.to_owned(), at: now }, None, vehicle, steps);
    }

    /// Settles a cue. With a vehicle that followed, the vehicle may go on, in the name of whoever called it back, or
    /// else of whoever sent it.
    fn settle(
        &mut self,
        id: &CueId,
        state: CueState,
        called_back_by: Option<&OperatorId>,
        vehicle: Option<&Vehicle>,
        steps: &mut Vec<CueStep>,
    ) {
        let Some(Open { mut cue, look, .. }) = self.open.remove(id) else { return };
        cue.state = state;
        self.remember(cue.clone());
        steps.push(CueStep::Changed(cue));
        let (Some(look), Some(vehicle)) = (look, vehicle) else { return };
        let follows = look.taken || look.sent_at.is_some() || look.start_sent;
        if follows && !vehicle.going_down() {
            let by = called_back_by.cloned().unwrap_or(look.by);
            steps.push(CueStep::GoOn { vehicle: vehicle.id().clone(), by });
        }
    }

    fn remember(&mut self, cue: Cue) {
        if self.settled.len() >= SETTLED_MAX {
            self.settled.pop_front();
        }
        self.settled.push_back(cue);
    }
}

/// Whether an alert is about a drone, and not closed.
pub(crate) fn wants_a_look(alert: &Alert) -> bool {
    let about_a_drone = matches!(alert.rule, AlertRule::ZoneEntered | AlertRule::BorderCrossed);
    about_a_drone && !matches!(alert.state, AlertState::Closed { .. })
}
