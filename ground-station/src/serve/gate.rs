//! What must not leave before a record is on disk waits here.
//!
//! Order is kept: nothing overtakes what waits before it. Bound: what one record leads to is a handful, and the store
//! takes no more than its queue holds, so no more than a handful for each of those waits here.

use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Gate<T> {
    waiting: VecDeque<(u64, T)>,
    committed: u64,
}

impl<T> Gate<T> {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), committed: 0 }
    }

    /// Puts something behind everything that waits, and behind record number `after`.
    pub(super) fn hold(&mut self, after: u64, item: T) {
        self.waiting.push_back((after, item));
    }

    /// Takes note that everything up to a record is on disk.
    pub(super) fn commit(&mut self, up_to: u64) {
        self.committed = self.committed.max(up_to);
    }

    /// The next thing that may leave.
    pub(super) fn next(&mut self) -> Option<T> {
        self.waiting.pop_front_if(|(after, _)| *after <= self.committed).map(|(_, item)| item)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[test]
    fn nothing_leaves_before_its_record_nor_before_what_waits_ahead_of_it() {
        let mut gate = Gate::new();
        gate.hold(0, "at once");
        assert_eq!(gate.next(), Some("at once"));
        gate.hold(2, "second");
        gate.hold(0, "behind it");
        gate.hold(3, "third");
        gate.commit(1);
        assert_eq!(gate.next(), None);
        gate.commit(2);
        assert_eq!((gate.next(), gate.next(), gate.next()), (Some("second"), Some("behind it"), None));
        gate.commit(1);
        gate.commit(3);
        assert_eq!(gate.next(), Some("third"));
        assert!(gate.is_empty());
    }
}
