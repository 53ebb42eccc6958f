//! What the cues so far show of the intruders' ways, without anybody having seen where they came down.
//!
//! Three things, each by Bayes' rule from the cues alone:
//!
//! - *Whether the clock of a track counts from the launch.* Then flights, each reckoned back along its first course by
//!   its own clock, begin where others begin: on a border, at launch sites. If the clocks mean nothing, each does so
//!   with its own no better than with another's. That comparison is the evidence, cue by cue; where clocks all read
//!   alike, or launches are everywhere, there is none, and nothing is concluded.
//! - *Where flights begin*: the density of those places ([`Launches`]).
//! - *At which stage of a flight cues come*: the track leaves some landings open, each with the share of the flight that
//!   would be over. An even density between two bounds explains all cues best together; the mean over all bounds, by
//!   how well each does.
//!
//! Learning takes a fraction of a second, draws no random number, and keeps [`Habits::MOST`] cues.

use super::launches::{Kernel, Launches};
use super::problem::{Cue, Intruder, ProblemError};
use super::{Watch, drone};
use std::collections::VecDeque;

/// Bins of the stage of a flight, over 0 to 1.
const BINS: usize = 40;
/// Clocks of other cues that a cue's own is held against.
const CLOCKS: usize = 16;
/// The logarithm of the odds, before anything is seen, that clocks count from the launch.
const LOG_ODDS: f64 = -5.0;
/// The share of cues that come at any stage.
const ANY_STAGE: f64 = 0.02;
/// Fewer bins than this are no range of stages.
const RANGE_LEAST: usize = 2;
/// Fewer cues show nothing.
const CUES_LEAST: usize = 3;

/// What the cues so far show.
#[derive(Debug, Clone)]
pub struct Habits {
    notes: VecDeque<Note>,
    log_odds: f64,
    /// The density of the stage at which cues come, by bins.
    stages: [f64; BINS],
    launches: Option<Launches>,
}

/// What is kept of a cue.
#[derive(Debug, Clone)]
struct Note {
    first_m: [f64; 2],
    velocity_m_s: [f64; 2],
    clock_s: f64,
    /// By the stage it would be at: how probable the landings are that the track leaves open, over the time of the
    /// whole flight as a multiple of that so far.
    stages: [f64; BINS],
}

impl Note {
    fn began_m(&self, clock_s: f64) -> [f64; 2] {
        [0, 1].map(|axis: usize| self.first_m[axis] - clock_s * self.velocity_m_s[axis])
    }
}

impl Default for Habits {
    fn default() -> Self {
        Self { notes: VecDeque::new(), log_odds: LOG_ODDS, stages: [1.0; BINS], launches: None }
    }
}

impl Habits {
    /// The most cues that are kept; the oldest leave.
    pub const MOST: usize = 256;

    /// What all of these show together.
    ///
    /// # Errors
    /// [`ProblemError`] when a cue cannot be planned with.
    pub fn learn(watch: &Watch, cues: &[Cue]) -> Result<Self, ProblemError> {
        let latest = &cues[cues.len().saturating_sub(Self::MOST)..];
        let mut habits = Self::default();
        // The second time with what the first has shown of launches.
        for _ in 0..2 {
            habits.notes.clear();
            for cue in latest {
                habits.note(watch, cue)?;
            }
            habits.settle();
        }
        Ok(habits)
    }

    /// Takes one more cue, each intruder's once; it counts from the next [`Habits::settle`] on. Nothing is learnt from
    /// balloons.
    ///
    /// # Errors
    /// [`ProblemError`] when the cue cannot be planned with.
    pub fn note(&mut self, watch: &Watch, cue: &Cue) -> Result<(), ProblemError> {
        cue.check()?;
        if matches!(cue.intruder, Intruder::Balloon { .. }) {
            return Ok(());
        }
        let stages = self.stages_left_open(watch, cue);
        if self.notes.len() >= Self::MOST {
            self.notes.pop_front();
        }
        let (first_m, velocity_m_s) = drone::first_seen(cue);
        self.notes.push_back(Note { first_m, velocity_m_s, clock_s: cue.track[0].at_s, stages });
        Ok(())
    }

    /// By the stage the flight would be at: the landings that the track leaves open. What is known of launches is used,
    /// what is known of stages is not.
    fn stages_left_open(&self, watch: &Watch, cue: &Cue) -> [f64; BINS] {
        let mut stages = [0.0; BINS];
        let sites = &watch.scene.sites;
        let since_launch = self.launches().filter(|(_, known)| *known > TOLD && cue.track[0].at_s > 0.0);
        if let Some((launches, _)) = since_launch {
            for landing in drone::landings_since_launch(sites, cue, launches, self) {
                let stage = cue.now_s / (cue.now_s + landing.in_s);
                stages[bin(stage)] += landing.weight / self.stage(stage);
            }
        } else if cue.now_s > 0.0 {
            for landing in drone::landings(sites, cue, drone::Meeting::AnyStage) {
                let stage = cue.now_s / (cue.now_s + landing.in_s);
                stages[bin(stage)] += landing.weight * stage;
            }
        }
        stages
    }

    /// Learns from all cues that were noted. A tenth of a second with 200.
    pub fn settle(&mut self) {
        if self.notes.len() < CUES_LEAST {
            return;
        }
        let began_m: Vec<[f64; 2]> = self.notes.iter().map(|note| note.began_m(note.clock_s)).collect();
        let kernel = Kernel::fitting(&began_m);
        self.log_odds = LOG_ODDS + self.evidence(&began_m, kernel);
        self.launches = Some(Launches::new(&began_m, kernel));
        self.stages = self.stages_of_cues();
    }

    /// How probable it is that the clock of a track counts from its launch.
    #[must_use]
    pub fn clock_counts_from_launch(&self) -> f64 {
        1.0 / (1.0 + (-self.log_odds).exp())
    }

    /// The logarithm of the evidence: how much more probable each one's beginning is from the others' with its own
    /// clock than with the mean of all clocks.
    fn evidence(&self, began_m: &[[f64; 2]], kernel: Kernel) -> f64 {
        let mut clocks_s: Vec<f64> = self.notes.iter().map(|note| note.clock_s).collect();
        clocks_s.sort_by(f64::total_cmp);
        let clocks_s =
            [(); CLOCKS].iter().enumerate().map(|(n, ())| clocks_s[(2 * n + 1) * clocks_s.len() / (2 * CLOCKS)]);
        let clocks_s: Vec<f64> = clocks_s.collect();
        let cue = |(number, note): (usize, &Note)| {
            let own = kernel.by_others(began_m[number], number, began_m);
            let others = clocks_s.iter().map(|clock_s| kernel.by_others(note.began_m(*clock_s), number, began_m));
            (own * (CLOCKS + 1) as f64 / (own + others.sum::<f64>())).ln()
        };
        self.notes.iter().enumerate().map(cue).sum()
    }

    /// The density of the stage at which cues come.
    fn stages_of_cues(&self) -> [f64; BINS] {
        let mut ranges = Vec::with_capacity(BINS * BINS / 2);
        for from in 0..BINS {
            for to in from + RANGE_LEAST..=BINS {
                let even = (1.0 - ANY_STAGE) * BINS as f64 / (to - from) as f64;
                let fits = |note: &Note| {
                    let all: f64 = note.stages.iter().sum();
                    (ANY_STAGE * all + even * note.stages[from..to].iter().sum::<f64>()).max(f64::MIN_POSITIVE).ln()
                };
                ranges.push((from..to, even, self.notes.iter().map(fits).sum::<f64>()));
            }
        }
        let best = ranges.iter().map(|(.., fits)| *fits).fold(f64::NEG_INFINITY, f64::max);
        let (mut stages, mut total) = ([0.0; BINS], 0.0);
        for (range, even, fits) in ranges {
            let weight = (fits - best).exp();
            total += weight;
            stages[range].iter_mut().for_each(|stage| *stage += weight * even);
        }
        stages.map(|stage| ANY_STAGE + stage / total)
    }

    /// The density of the stage at which cues come, there.
    pub(super) fn stage(&self, share: f64) -> f64 {
        self.stages[bin(share)]
    }

    /// Where flights begin, and how probable it is that they do; nothing where the clocks do not tell.
    pub(super) fn launches(&self) -> Option<(&Launches, f64)> {
        let known = self.clock_counts_from_launch();
        self.launches.as_ref().filter(|_| known > UNTOLD).map(|launches| (launches, known))
    }
}

/// More probable than this is taken for certain where more is learnt from it.
const TOLD: f64 = 0.99;
/// Less probable than this is not looked into.
const UNTOLD: f64 = 1e-4;

fn bin(share: f64) -> usize {
    ((share * BINS as f64) as usize).min(BINS - 1)
}
