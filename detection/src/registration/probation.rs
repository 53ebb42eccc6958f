//! Reports on probation.
//!
//! A target that reports where it is may lie: a vessel that is said to sail on while it turns, a drone that is said to
//! be elsewhere. What it says is taken at once, because waiting costs the minutes in which registration matters most,
//! but only on probation: for each pair of reporter and sensor the last comparisons, one [`SPELL`] to two of them, are
//! not yet in the proven filter. The innovations of the filter are white when the report is true and their covariance
//! right. A report that walks away gives them a slope, one that jumps a level; both are tested after every comparison,
//! the level with room for a sensor somewhat beyond its claim ([`LEVEL_SIGMAS`]), for which no report is to blame. A
//! spell followed by another without a surprise is proven. At a surprise both are forgotten, with all that this
//! reporter said on probation to other sensors, and all its pairs are distrusted, each until two spells, none of them
//! taken, have passed without a surprise to any.
//!
//! At most [`PAIRS_MAX`] pairs are remembered; the one heard longest ago goes first, and what it said on probation,
//! which nothing can prove any more, is forgotten.

use std::collections::BTreeMap;

use nalgebra::{Cholesky, Matrix3, Vector3};

use super::Sensor;
use super::difference::{Rows, White};
use super::stack::Block;

/// Comparisons of a spell.
const SPELL: u32 = 15;
/// A level or slope is found where its square, of three degrees of freedom, is more: once in a million.
const SURPRISE: f64 = 30.66;
/// The level may be that of a bias off by this many of its standard deviations.
const LEVEL_SIGMAS: f64 = 3.0;
const PAIRS_MAX: usize = 1024;

/// A reporter, by the number of its identity, and a sensor, by its place.
pub(super) type Pair = (u64, usize);

/// What to do with a comparison.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Take it, if the gate lets it pass.
    Sound,
    /// The same; and this, said earlier, is proven.
    Proven(Block),
    /// It gives the reporter away.
    Caught,
    /// Do not take it.
    Distrusted,
}

#[derive(Debug, Clone)]
pub(super) struct Probations {
    pairs: BTreeMap<Pair, Probation>,
    heard: u64,
    /// The sum of the blocks by sensor; scratch.
    by_sensor: Vec<Block>,
}

#[derive(Debug, Clone, Default)]
struct Probation {
    distrusted: bool,
    /// A full spell, or an empty one, and the one that fills.
    earlier: Spell,
    latest: Spell,
    heard: u64,
}

#[derive(Debug, Clone, Default)]
struct Spell {
    /// What was taken.
    block: Block,
    taken: u32,
    judged: u32,
    /// The sums of the innovations, and of the innovations times their number within the spell.
    sum: Vector3<f64>,
    numbered_sum: Vector3<f64>,
}

impl Probations {
    pub(super) fn new(sensors: usize) -> Self {
        Self { pairs: BTreeMap::new(), heard: 0, by_sensor: vec![Block::default(); sensors] }
    }

    /// Makes room for a pair, if it is a new one. True when that meant to forget something.
    pub(super) fn make_room(&mut self, pair: Pair, sensors: &mut [Sensor]) -> bool {
        if self.pairs.len() < PAIRS_MAX || self.pairs.contains_key(&pair) {
            return false;
        }
        let oldest = self.pairs.iter().min_by_key(|(_, probation)| probation.heard).map(|(pair, _)| *pair);
        let gone = oldest.and_then(|oldest| self.pairs.remove_entry(&oldest));
        gone.is_some_and(|((_, sensor), mut probation)| probation.forget(&mut sensors[sensor]))
    }

    /// Judges a comparison by its innovation; `rows` is what would be taken of it.
    pub(super) fn judge(&mut self, pair: Pair, innovation: &White, rows: Option<&Rows>) -> Verdict {
        self.heard += 1;
        let probation = self.pairs.entry(pair).or_default();
        probation.heard = self.heard;
        probation.latest.judge(&innovation.value);
        if probation.is_surprised(&innovation.by_bias) {
            return Verdict::Caught;
        }
        if !probation.distrusted {
            probation.latest.take(rows);
        }
        let earlier = probation.turn_over();
        match (probation.distrusted, earlier) {
            (false, Some(spell)) if spell.taken > 0 => Verdict::Proven(spell.block),
            (false, _) => Verdict::Sound,
            (true, earlier) => {
                probation.distrusted = earlier.is_none_or(|spell| spell.judged == 0);
                Verdict::Distrusted
            }
        }
    }

    /// Forgets all that a reporter said on probation, and trusts it no more. True when there was something to forget.
    pub(super) fn distrust(&mut self, reporter: u64, sensors: &mut [Sensor]) -> bool {
        let mut forgotten = false;
        for ((_, sensor), probation) in self.pairs.range_mut((reporter, 0)..=(reporter, usize::MAX)) {
            forgotten |= probation.forget(&mut sensors[*sensor]);
            probation.distrusted = true;
        }
        forgotten
    }

    /// What all reports on probation say of each sensor, in the order of the sensors.
    pub(super) fn on_probation(&mut self) -> impl Iterator<Item = &Block> {
        self.by_sensor.fill(Block::default());
        for ((_, sensor), probation) in &self.pairs {
            self.by_sensor[*sensor].add(&probation.earlier.block);
            self.by_sensor[*sensor].add(&probation.latest.block);
        }
        self.by_sensor.iter()
    }
}

impl Probation {
    /// Whether the innovations of both spells have a level or a slope that innovations of unit covariance have not.
    /// `by_bias` is the covariance that the uncertain bias adds to an innovation, in the same measure.
    fn is_surprised(&self, by_bias: &Matrix3<f64>) -> bool {
        let (earlier, latest) = (&self.earlier, &self.latest);
        let number = f64::from(earlier.judged + latest.judged);
        let sum = earlier.sum + latest.sum;
        let numbered_sum = earlier.numbered_sum + latest.numbered_sum + latest.sum * f64::from(earlier.judged);
        let slope = numbered_sum - sum * ((number + 1.0) / 2.0);
        let slope_variance = number * (number * number - 1.0) / 12.0;
        // All innovations share the error of the bias: it enters their sum n-fold.
        let shared = by_bias * (LEVEL_SIGMAS * number).powi(2);
        let level =
            Cholesky::new(shared + Matrix3::from_diagonal_element(number)).map(|root| sum.dot(&root.solve(&sum)));
        level.is_none_or(|level| level > SURPRISE) || slope.norm_squared() > SURPRISE * slope_variance
    }

    /// Begins a new spell when the latest is full, and hands out the one before it.
    fn turn_over(&mut self) -> Option<Spell> {
        (self.latest.judged == SPELL).then(|| std::mem::replace(&mut self.earlier, std::mem::take(&mut self.latest)))
    }

    /// Forgets what was said. True when there was something to forget.
    fn forget(&mut self, sensor: &mut Sensor) -> bool {
        let taken = self.earlier.taken + self.latest.taken;
        sensor.taken = sensor.taken.saturating_sub(taken);
        sensor.refused = sensor.refused.saturating_add(taken);
        self.restart();
        taken > 0
    }

    fn restart(&mut self) {
        *self = Self { distrusted: self.distrusted, heard: self.heard, ..Self::default() };
    }
}

impl Spell {
    fn judge(&mut self, innovation: &Vector3<f64>) {
        self.judged += 1;
        self.sum += innovation;
        self.numbered_sum += innovation * f64::from(self.judged);
    }

    fn take(&mut self, rows: Option<&Rows>) {
        if let Some(rows) = rows {
            self.block.add(&rows.into());
            self.taken += 1;
        }
    }
}
