//! What the station does once a second.

use std::time::Duration;

use telemetry::messages::{Message, StationBeat, Track};

use super::{Output, Station};
use crate::cues;

/// How often it is published how far each sensor is off: a bias is constant, so nobody is in a hurry.
const REGISTRATION_EVERY: Duration = Duration::from_secs(10);

impl Station {
    pub(super) fn tick(&mut self) {
        let dropped = self.picture.tick(self.now, &self.fleet);
        for finding in self.rules.look(self.now, &self.picture, &self.airspace, &self.config) {
            self.raise(finding);
        }
        let Self { now, picture, fleet, airspace, plans, cues, alerts, .. } = self;
        let scene = cues::Scene { now: *now, picture, fleet, airspace, plans };
        let steps = cues.tick(&scene, alerts.alerts());
        self.follow_cues(steps);
        self.let_go_on_who_gave_way();
        self.dispatch();
        self.refresh_reports();
        self.look_for_disturbances();
        self.send_again();
        self.publish_tracks(dropped);
        self.publish_registrations();
        let beat = StationBeat { site: self.config.site.id.clone(), at: self.now };
        self.outputs.push_back(Output::Publish(Message::StationBeat(beat)));
    }

    fn publish_registrations(&mut self) {
        if self.now.unix_nanos().rem_euclid(REGISTRATION_EVERY.as_nanos() as i64) != 0 {
            return;
        }
        for registration in self.picture.registrations() {
            self.outputs.push_back(Output::Publish(Message::Registration(registration.clone())));
        }
    }

    fn dispatch(&mut self) {
        for (vehicle, step) in self.check_departures() {
            self.follow_dispatch(&vehicle, step);
        }
        let (now, commands) = (self.now, &mut self.commands);
        let steps: Vec<_> = self
            .fleet
            .vehicles_mut()
            .filter_map(|vehicle| Some((vehicle.id().clone(), vehicle.dispatch_step(now, || commands.next_id())?)))
            .collect();
        for (vehicle, step) in steps {
            self.follow_dispatch(&vehicle, step);
        }
    }

    /// Sends again what was not answered, and gives up what has expired.
    fn send_again(&mut self) {
        for request in self.commands.due(self.now) {
            self.outputs.push_back(Output::Request(request));
        }
        for answered in self.commands.expired(self.now) {
            self.follow_answer(answered);
        }
    }

    /// The tracks that are believed to exist, and the last word on those that are gone. One that was never confirmed
    /// was never published, so it needs no last word.
    fn publish_tracks(&mut self, dropped: Vec<Track>) {
        let believed = self.picture.sightings().filter(|sighting| sighting.believed());
        let tracks: Vec<Track> = believed.map(|sighting| sighting.track.clone()).collect();
        for track in &tracks {
            self.published.insert(track.id);
        }
        for track in dropped.into_iter().filter(|track| self.published.remove(&track.id)) {
            self.outputs.push_back(Output::Publish(Message::Track(track)));
        }
        for track in tracks {
            self.outputs.push_back(Output::Publish(Message::Track(track)));
        }
        for shared in self.picture.shared() {
            self.outputs.push_back(Output::Publish(Message::SharedTrack(shared)));
        }
    }
}
