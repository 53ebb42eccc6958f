//! Never lose: a vehicle's journal on its way to the station, over a link that drops, doubles, reorders and dies.
//!
//! The [`Outbox`] numbers what must not be lost and gives it out until the [`Inbox`] on the other side has
//! acknowledged it; the inbox says of every entry whether it is new. Both are plain state: no I/O, no clock. Whoever
//! holds them keeps two promises, and then everything is taken exactly once:
//!
//! - on board, an entry is on disk before it is sent, and leaves the disk only after it was acknowledged;
//! - at the station, a new entry is on disk before it is acknowledged.
//!
//! Terms: a *series* is one life of a journal, begun with an empty disk; *numbers* rise within a series; an entry's
//! `after` names the entry before it that still exists, which lets the journal give up a scan, or meet a station that
//! knows nothing of its past, without a gap that never closes.
//!
//! What it never does: look into an entry beyond telling alerts from the rest, or decide when to send.

mod inbox;
mod outbox;
#[cfg(test)]
mod tests;

pub use inbox::{AHEAD_MAX, Inbox, Intake};
pub use outbox::{CAPACITY, Outbox, RESEND_AFTER, WINDOW};
