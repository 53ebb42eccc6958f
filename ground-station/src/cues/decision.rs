//! What people and vehicles say to a cue, and what comes of it.

use telemetry::messages::{Cue, CueState};
use telemetry::{CueId, OperatorId, Timestamp, VehicleId};

use super::proposal::Proposal;
use super::{CueStep, Cues, Look, Open, REFUSED_FOR, Scene};
use crate::fleet::Fleet;

impl Cues {
    /// A person said "send it".
    pub(crate) fn approve(&mut self, scene: &Scene<'_>, id: &CueId, by: &OperatorId) -> Result<Cue, String> {
        let Some(open) = self.open.get_mut(id) else { return Err(self.why_not_open(id)) };
        if let CueState::Approved { by, .. } = &open.cue.state {
            return Err(format!("{by} has approved cue {id} already"));
        }
        let sighting = scene.picture.sighting(open.cue.track).ok_or("the track was lost")?;
        let vehicle = scene.fleet.vehicle(&open.cue.vehicle).ok_or("the vehicle is not known")?;
        Proposal::of(scene, &sighting.track, vehicle).map_err(|why| format!("{} cannot go: {why}", vehicle.name()))?;
        open.cue.state = CueState::Approved { by: by.clone(), at: scene.now };
        open.look = Some(Look { by: by.clone(), sent_at: None, start_sent: false, taken: false });
        Ok(open.cue.clone())
    }

    /// What must be sent at once for a cue that was just approved.
    pub(crate) fn begin(&mut self, scene: &Scene<'_>, id: &CueId) -> Vec<CueStep> {
        let mut steps = Vec::new();
        let places = self
            .open
            .get(id)
            .and_then(|open| Some((scene.picture.sighting(open.cue.track)?, scene.fleet.vehicle(&open.cue.vehicle)?)));
        if let Some((sighting, vehicle)) = places {
            self.look_on(scene, id, sighting, vehicle, &mut steps);
        }
        steps
    }

    /// A person said "do not send it", or "call it back".
    pub(crate) fn decline(
        &mut self,
        now: Timestamp,
        id: &CueId,
        by: &OperatorId,
        fleet: &Fleet,
    ) -> Result<Vec<CueStep>, String> {
        let Some(open) = self.open.get(id) else { return Err(self.why_not_open(id)) };
        self.declined.insert(open.cue.alert.clone());
        let vehicle = fleet.vehicle(&open.cue.vehicle);
        let mut steps = Vec::new();
        self.settle(id, CueState::Declined { by: by.clone(), at: now }, Some(by), vehicle, &mut steps);
        Ok(steps)
    }

    /// A person gave the vehicle another order: whatever it was looking at, it no longer is.
    pub(crate) fn overruled(&mut self, now: Timestamp, vehicle: &VehicleId, by: &OperatorId) -> Vec<CueStep> {
        let looking = self.open.values().find(|open| open.look.is_some() && open.cue.vehicle == *vehicle);
        let Some(id) = looking.map(|open| open.cue.id.clone()) else { return Vec::new() };
        let mut steps = Vec::new();
        self.end(now, &id, &format!("{by} gave the vehicle another order"), None, &mut steps);
        steps
    }

    /// The vehicle took a command of a cue.
    pub(crate) fn taken(&mut self, id: &CueId) {
        if let Some(Open { look: Some(look), .. }) = self.open.get_mut(id) {
            look.taken = true;
        }
    }

    /// The vehicle refused a command of a cue, or could not carry it out.
    pub(crate) fn refused(&mut self, now: Timestamp, id: &CueId, why: &str, fleet: &Fleet) -> Vec<CueStep> {
        let Some(open) = self.open.get(id) else { return Vec::new() };
        let (track, vehicle) = (open.cue.track, open.cue.vehicle.clone());
        self.refused.insert((track, vehicle.clone()), now + REFUSED_FOR);
        let mut steps = Vec::new();
        self.end(now, id, &format!("{vehicle}: {why}"), fleet.vehicle(&vehicle), &mut steps);
        steps
    }

    /// Ends a cue of an earlier life of the station: its track is not known any more.
    pub(crate) fn end_restored(&mut self, now: Timestamp, mut cue: Cue) -> Vec<CueStep> {
        let by = match &cue.state {
            CueState::Approved { by, .. } => Some(by.clone()),
            _ => None,
        };
        let why = "the operations room was started again".to_owned();
        cue.state = CueState::Ended { why, at: now };
        let vehicle = cue.vehicle.clone();
        self.remember(cue.clone());
        let mut steps = vec![CueStep::Changed(cue)];
        steps.extend(by.map(|by| CueStep::GoOn { vehicle, by }));
        steps
    }

    fn why_not_open(&self, id: &CueId) -> String {
        match self.cue(id).map(|cue| &cue.state) {
            None => format!("there is no cue {id}"),
            Some(CueState::Declined { by, .. }) => format!("{by} has declined cue {id} already"),
            Some(CueState::Ended { why, .. }) => format!("cue {id} has ended: {why}"),
            Some(CueState::Proposed | CueState::Approved { .. }) => format!("cue {id} is not open"),
        }
    }
}
