//! Which of several links to the autopilot is used.
//!
//! The links stand in the order in which they are preferred. The one in use is left when nothing of the autopilot has
//! come over it for [`SILENCE`] and another is fresh; a preferred one is taken again once it has been heard without such
//! a gap for [`STEADY`]. A link is never left for one that is silent too: that the autopilot is lost is for the agent to
//! say. All links are listened to; only one speaks for the autopilot, because the same message comes over each.

use std::time::Duration;

use telemetry::Timestamp;

/// Silence of a link after which another is used: shorter than what the agent takes for a lost autopilot, longer than
/// two heartbeats.
pub const SILENCE: Duration = Duration::from_secs(3);
/// How long a preferred link must be heard without a gap before it is used again.
pub const STEADY: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
struct Heard {
    link: usize,
    last: Option<Timestamp>,
    /// Since when it has been heard without a gap.
    steady_since: Timestamp,
}

/// A change of the link in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// The link that was used; nothing was heard before the first.
    pub from: Option<usize>,
    /// The link that is used from now on.
    pub to: usize,
    /// How long the link before had been silent.
    pub silent_for: Option<Duration>,
}

/// The links to one autopilot.
#[derive(Debug)]
pub struct Failover {
    links: Vec<Heard>,
    used: Option<usize>,
}

impl Failover {
    /// Links in the order of preference, none heard yet.
    #[must_use]
    pub fn new(links: impl IntoIterator<Item = usize>, now: Timestamp) -> Self {
        let links = links.into_iter().map(|link| Heard { link, last: None, steady_since: now }).collect();
        Self { links, used: None }
    }

    /// The link in use: the first that was heard, until another is better.
    #[must_use]
    pub fn used(&self) -> Option<usize> {
        self.used.map(|place| self.links[place].link)
    }

    /// The autopilot was heard over a link. Says when that changes which link is used.
    pub fn heard(&mut self, now: Timestamp, link: usize) -> Option<Switch> {
        let place = self.links.iter().position(|heard| heard.link == link)?;
        let heard = &mut self.links[place];
        if heard.last.is_none_or(|last| now > last + SILENCE) {
            heard.steady_since = now;
        }
        heard.last = Some(now);
        let steady = now >= heard.steady_since + STEADY;
        let Some(used) = self.used else {
            self.used = Some(place);
            return Some(Switch { from: None, to: link, silent_for: None });
        };
        let silent_for = now.since(self.links[used].last.unwrap_or(now));
        let better = silent_for > SILENCE || (place < used && steady);
        if place == used || !better {
            return None;
        }
        self.used = Some(place);
        Some(Switch { from: Some(self.links[used].link), to: link, silent_for: Some(silent_for) })
    }
}
