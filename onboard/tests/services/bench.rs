//! One service of the link against the scripted autopilot, without the agent: messages both ways over a link that loses,
//! doubles and delays them. Virtual time, one seeded source of chance.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavMessage, MavType};
use onboard::link::items::Item;
use onboard::link::lists::{List, ListKind, OwnFirst};
use onboard::link::mode::Make;
use telemetry::{AltitudeHae, MavSystemId, Timestamp};

use crate::flight::peer::{Peer, SYSTEM};
use crate::flight::{Chance, HOME_AMSL_M, UNDULATION_M, at, height};

const TICK: Duration = Duration::from_millis(5);

/// What the link does to messages. A delay that varies lets one overtake another.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Link {
    pub(crate) loss: f64,
    pub(crate) duplicate: f64,
    pub(crate) delay_s: [f64; 2],
}

#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) peer: Peer,
    pub(crate) now: Timestamp,
    pub(crate) link: Link,
    chance: Chance,
    up: Vec<(Timestamp, MavMessage)>,
    down: Vec<(Timestamp, MavMessage)>,
}

pub(crate) fn system() -> MavSystemId {
    MavSystemId(SYSTEM)
}

/// So many waypoints, with the item that each make puts first.
pub(crate) fn waypoints(make: Make, count: u16, height_m: f64) -> List {
    let one = |number: u16| {
        let mut item = Item::of(&MISSION_ITEM_INT_DATA::default());
        let place = at(f64::from(number % 40) * 5.0, f64::from(number / 40) * 5.0);
        (item.x, item.y) = onboard::link::items::e7(place);
        item.command = mavlink::dialects::ardupilotmega::MavCmd::MAV_CMD_NAV_WAYPOINT;
        item.frame = mavlink::dialects::ardupilotmega::MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;
        item.z = height_m as f32;
        item
    };
    let own_first = if make == Make::ArduPilot { OwnFirst::Home } else { OwnFirst::None };
    let home = u16::from(make == Make::ArduPilot);
    List { kind: ListKind::Mission, own_first, items: (0..count + home).map(one).collect() }
}

/// A fence around home.
pub(crate) fn fence() -> List {
    List::fence(&crate::flight::plan())
}

/// Rally points at these heights above home.
pub(crate) fn rally(heights_m: &[f64]) -> List {
    let points = heights_m
        .iter()
        .map(|metres| telemetry::messages::RallyPoint { position: at(*metres, 0.0), altitude: height(*metres) });
    let plan = telemetry::messages::FlightPlan { rally_points: points.collect(), ..crate::flight::plan() };
    List::rally(&plan, telemetry::AltitudeAmsl::new(HOME_AMSL_M))
}

impl Bench {
    pub(crate) fn new(make: Make, seed: u64) -> Self {
        let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        let home = at(0.0, 0.0).at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M));
        Self {
            peer: Peer::new(make, MavType::MAV_TYPE_QUADROTOR, home, HOME_AMSL_M, now),
            now,
            link: Link::default(),
            chance: Chance::new(seed),
            up: Vec::new(),
            down: Vec::new(),
        }
    }

    /// Runs a service, given what arrives and, with nothing, each passing of time, until it gives something back; fails
    /// the test when that takes longer than its bound.
    pub(crate) fn run<T>(
        &mut self,
        bound: Duration,
        mut service: impl FnMut(Timestamp, Option<&MavMessage>, &mut Vec<MavMessage>) -> Option<T>,
    ) -> T {
        let end = self.now + bound;
        let mut out = Vec::new();
        loop {
            assert!(self.now <= end, "not ended within its bound of {bound:?}");
            self.now = self.now + TICK;
            self.peer.step(self.now);
            let said = self.peer.take_out();
            send(&mut self.down, self.now, said, self.link, &mut self.chance);
            for message in received(&mut self.down, self.now) {
                if let Some(result) = service(self.now, Some(&message), &mut out) {
                    return result;
                }
            }
            let result = service(self.now, None, &mut out);
            send(&mut self.up, self.now, std::mem::take(&mut out), self.link, &mut self.chance);
            for message in received(&mut self.up, self.now) {
                self.peer.take(self.now, message);
            }
            if let Some(result) = result {
                return result;
            }
        }
    }

    /// Lets a time pass in which what is under way arrives.
    pub(crate) fn settle(&mut self) {
        let end = self.now + Duration::from_secs(15);
        self.run(Duration::from_secs(20), |now, _, _| (now >= end).then_some(()));
    }

    /// What is sent before the service runs.
    pub(crate) fn post(&mut self, out: Vec<MavMessage>) {
        send(&mut self.up, self.now, out, self.link, &mut self.chance);
    }
}

fn send(
    line: &mut Vec<(Timestamp, MavMessage)>,
    now: Timestamp,
    messages: Vec<MavMessage>,
    link: Link,
    chance: &mut Chance,
) {
    for message in messages {
        let copies = if chance.next() < link.loss { 0 } else { 1 + usize::from(chance.next() < link.duplicate) };
        for _ in 0..copies {
            let [least, most] = link.delay_s;
            line.push((now.offset_seconds(least + (most - least) * chance.next()), message.clone()));
        }
    }
}

/// What has arrived, in the order of arrival.
fn received(line: &mut Vec<(Timestamp, MavMessage)>, now: Timestamp) -> Vec<MavMessage> {
    line.sort_by_key(|(at, _)| *at);
    let due = line.partition_point(|(at, _)| *at <= now);
    line.drain(..due).map(|(_, message)| message).collect()
}
