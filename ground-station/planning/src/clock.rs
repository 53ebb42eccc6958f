//! How a planner knows how long it may go on.

/// Told from time to time by whoever asked for a plan.
pub trait Clock {
    /// How much of the budget is spent: 0 at the start, 1 and more when it is time to stop. Never falls.
    fn spent(&mut self) -> f64;
}

impl<F: FnMut() -> f64> Clock for F {
    fn spent(&mut self) -> f64 {
        self()
    }
}

/// A budget of looks at the clock: the same on every machine, for tests and for what must repeat.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    looks: f64,
    allowed: f64,
}

impl Looks {
    /// So many looks, at least one.
    #[must_use]
    pub fn new(allowed: u32) -> Self {
        Self { looks: 0.0, allowed: f64::from(allowed.max(1)) }
    }
}

impl Clock for Looks {
    fn spent(&mut self) -> f64 {
        self.looks += 1.0;
        (self.looks - 1.0) / self.allowed
    }
}

/// A part of a budget: spent from 0 to 1 while the whole is spent from `from` to `to`.
pub(crate) struct Part<'a> {
    pub(crate) whole: &'a mut dyn Clock,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Clock for Part<'_> {
    fn spent(&mut self) -> f64 {
        (self.whole.spent() - self.from) / (self.to - self.from).max(1e-9)
    }
}
