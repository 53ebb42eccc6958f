//! Commands answered before: the same command twice is carried out once, and answered twice.

use std::collections::VecDeque;

use telemetry::CommandId;
use telemetry::messages::Ack;

/// How many commands are remembered; of more, the oldest is forgotten. A station asks again for seconds, not for hours.
const REMEMBERED_MAX: usize = 256;

/// The last word on each of the last commands.
#[derive(Debug, Default)]
pub(super) struct Acks {
    last: VecDeque<Ack>,
}

impl Acks {
    /// The last word on a command, if it came before.
    pub(super) fn of(&self, command: &CommandId) -> Option<&Ack> {
        self.last.iter().find(|ack| ack.command == *command)
    }

    /// Remembers a word; it replaces the one before on the same command.
    pub(super) fn note(&mut self, ack: Ack) {
        if let Some(known) = self.last.iter_mut().find(|known| known.command == ack.command) {
            *known = ack;
            return;
        }
        if self.last.len() == REMEMBERED_MAX {
            self.last.pop_front();
        }
        self.last.push_back(ack);
    }
}
