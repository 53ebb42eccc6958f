//! What the flight controller has to say on its own account; the link puts it into messages.

use std::collections::VecDeque;

/// How grave a text is, by MAVLink's MAV_SEVERITY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Critical,
    Warning,
    Info,
    Debug,
}

/// One thing to say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    Text {
        severity: Severity,
        text: String,
    },
    /// A mission item is done.
    Reached(u16),
    /// Home has been set.
    Home,
    /// The current mission item was set from outside.
    Current,
}

/// Notices waiting for the link. It takes them after every step and every frame; should it ever not, the newest are
/// lost, as texts are on a full ArduPilot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(VecDeque<Notice>);

const NOTICES_MAX: usize = 64;

impl Notices {
    pub(crate) fn push(&mut self, notice: Notice) {
        if self.0.len() < NOTICES_MAX {
            self.0.push_back(notice);
        }
    }

    pub(crate) fn say(&mut self, severity: Severity, text: impl Into<String>) {
        self.push(Notice::Text { severity, text: text.into() });
    }

    pub(crate) fn take(&mut self) -> Option<Notice> {
        self.0.pop_front()
    }
}
