//! One link: whom it leads to, what waits for it, what it has seen.

use std::collections::VecDeque;

use crate::link::signing::Distrust;
use crate::link::splitter::{Counts, Splitter};

/// Whom a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The autopilot.
    Autopilot,
    /// A camera, a gimbal, another component on board.
    Payload,
    /// Somebody on the ground.
    Ground(Ground),
}

/// What somebody on the ground gets, and may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ground {
    /// May command the vehicle past the guard.
    pub commands: bool,
    /// Gets a summary every few seconds instead of the stream.
    pub thin: bool,
}

/// A link as the configuration states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSetup {
    /// For words: how it is written in the configuration.
    pub name: String,
    /// Whom it leads to.
    pub role: Role,
    /// Whether it carries datagrams rather than a stream.
    pub datagrams: bool,
    /// Whether frames are signed on it, both ways.
    pub signed: bool,
}

/// What one link has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkCounts {
    /// What came in.
    pub frames: Counts,
    /// Frames without a signature, or with one that is not believed.
    pub distrusted: u64,
    /// Frames that came before over another link, or in the vehicle's own name.
    pub looped: u64,
    /// Frames that may not go where they were to go.
    pub denied: u64,
    /// Frames for somebody who has not been heard.
    pub astray: u64,
    /// Frames for this link that were dropped because too much waited, or because they cannot be signed.
    pub unsent: u64,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) setup: LinkSetup,
    pub(super) splitter: Splitter,
    pub(super) waiting: VecDeque<Vec<u8>>,
    pub(super) waiting_bytes: usize,
    pub(super) counts: LinkCounts,
    /// What has been said of this link: each is said once.
    pub(super) said_distrust: Option<Distrust>,
    pub(super) said_denied: bool,
    pub(super) said_signed: bool,
}

impl Link {
    pub(super) fn new(setup: LinkSetup) -> Self {
        Self {
            setup,
            splitter: Splitter::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            counts: LinkCounts::default(),
            said_distrust: None,
            said_denied: false,
            said_signed: false,
        }
    }

    pub(super) fn is_thin(&self) -> bool {
        matches!(self.setup.role, Role::Ground(Ground { thin: true, .. }))
    }
}

pub(super) fn is_ground(role: Role) -> bool {
    matches!(role, Role::Ground(_))
}
