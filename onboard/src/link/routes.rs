//! Who has been heard over which link, and whether a frame comes a second time.
//!
//! A frame for one component goes only where that component has been heard; a frame for a whole system where anything of
//! it has; a frame for everybody everywhere; nothing ever back. Two ground links that meet beyond our sight bring the
//! same frame twice: the copy that comes over another link than the first is a loop and is dropped.
//!
//! Limits: [`ROUTES_MAX`] components; when more speak, those not heard for [`ROUTE_FRESH`] are forgotten, and without
//! such a one the new one is not learned: it hears broadcasts only.
//!
//! Source: <https://mavlink.io/en/guide/routing.html>.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::{MavComponentId, MavSystemId, Timestamp};

use super::splitter::RawFrame;

/// The most components that are followed.
pub const ROUTES_MAX: usize = 128;
/// The most links.
pub const LINKS_MAX: usize = 16;
/// A component not heard for so long makes room.
pub const ROUTE_FRESH: Duration = Duration::from_secs(60);
/// Copies are recognised for this long; a frame that takes longer around is taken for a new one once.
const COPY_WITHIN: Duration = Duration::from_secs(10);
const COPIES_BITS: u32 = 10;

#[derive(Debug, Clone, Copy)]
struct Route {
    last: Timestamp,
    /// One bit a link.
    links: u16,
}

/// Where components are.
#[derive(Debug, Default)]
pub struct Routes {
    by_component: BTreeMap<(MavSystemId, MavComponentId), Route>,
}

impl Routes {
    /// A component was heard over a link. False when there is no room to remember it.
    pub fn learn(&mut self, now: Timestamp, link: usize, sender: (MavSystemId, MavComponentId)) -> bool {
        if let Some(route) = self.by_component.get_mut(&sender) {
            *route = Route { last: now, links: route.links | 1 << link };
            return true;
        }
        if self.by_component.len() >= ROUTES_MAX {
            self.by_component.retain(|_, route| now <= route.last + ROUTE_FRESH);
        }
        if self.by_component.len() >= ROUTES_MAX {
            return false;
        }
        self.by_component.insert(sender, Route { last: now, links: 1 << link });
        true
    }

    /// The links over which an addressee has been heard, one bit each; all for everybody.
    #[must_use]
    pub fn links_to(&self, (system, component): (MavSystemId, MavComponentId)) -> u16 {
        if system == MavSystemId(0) {
            return u16::MAX;
        }
        if component != MavComponentId(0) {
            return self.by_component.get(&(system, component)).map_or(0, |route| route.links);
        }
        let whole_system = (system, MavComponentId(0))..=(system, MavComponentId(255));
        self.by_component.range(whole_system).fold(0, |links, (_, route)| links | route.links)
    }
}

/// Recognises frames that come again over another link.
#[derive(Debug)]
pub struct Copies {
    /// By the frame's mark; a newer frame takes the place of an older one.
    seen: Box<[Option<(u64, usize, Timestamp)>]>,
}

impl Default for Copies {
    fn default() -> Self {
        Self { seen: vec![None; 1 << COPIES_BITS].into() }
    }
}

impl Copies {
    /// Whether a frame came before over another link.
    pub fn is_copy(&mut self, now: Timestamp, link: usize, frame: &RawFrame<'_>) -> bool {
        let (system, component) = frame.sender();
        let [low, high] = frame.stated_checksum().to_le_bytes();
        let [id, id_high, ..] = frame.id.to_le_bytes();
        let length = frame.payload().len() as u8;
        let mark = u64::from_le_bytes([system.0, component.0, frame.sequence(), length, low, high, id, id_high]);
        let place = (mark.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - COPIES_BITS)) as usize;
        let slot = &mut self.seen[place];
        if let Some((known, first_link, at)) = slot
            && *known == mark
            && now <= *at + COPY_WITHIN
        {
            return *first_link != link;
        }
        *slot = Some((mark, link, now));
        false
    }
}
