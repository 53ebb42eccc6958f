//! Candidates, and of several for one thing the best.

/// A box that a network proposes, in pixels of whatever picture the context says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
    /// The network's number for its class.
    pub class: usize,
    /// The network's confidence, 0 to 1.
    pub score: f32,
}

impl Candidate {
    /// From the centre and the sides.
    #[must_use]
    pub fn centred([x, y, width, height]: [f32; 4], class: usize, score: f32) -> Self {
        let (w, h) = (width / 2.0, height / 2.0);
        Self { left: x - w, top: y - h, right: x + w, bottom: y + h, class, score }
    }

    /// Whether all of it is numbers, and the box has an area.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let corners = [self.left, self.top, self.right, self.bottom];
        corners.iter().all(|corner| corner.is_finite() && corner.abs() < 1e6)
            && self.right > self.left
            && self.bottom > self.top
            && (0.0..=1.0).contains(&self.score)
    }

    fn area(&self) -> f32 {
        (self.right - self.left) * (self.bottom - self.top)
    }

    /// The share of two boxes' union that both cover, 0 to 1.
    #[must_use]
    pub fn intersection_over_union(&self, other: &Self) -> f32 {
        let shared = self.shared(other);
        shared / (self.area() + other.area() - shared).max(f32::MIN_POSITIVE)
    }

    /// The share of the smaller box that the other covers, 0 to 1.
    #[must_use]
    pub fn covered(&self, other: &Self) -> f32 {
        self.shared(other) / self.area().min(other.area()).max(f32::MIN_POSITIVE)
    }

    fn shared(&self, other: &Self) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }
}

/// The most candidates that are compared with one another; of more the best.
pub const CANDIDATES_MAX: usize = 2_000;

/// Non-maximum suppression: best first, a candidate goes where a better one of its class overlaps it by more than
/// `overlap_max` (intersection over union). What is not [sound](Candidate::is_sound) goes first.
pub fn suppress(candidates: &mut Vec<Candidate>, overlap_max: f32) {
    sort_best(candidates);
    keep_apart(candidates, |better, worse| {
        better.class == worse.class && better.intersection_over_union(worse) > overlap_max
    });
}

/// Of things seen twice where slices overlap the better: besides boxes that overlap, one that lies mostly within
/// another of its class, as the part of a thing that a slice's edge has cut does.
pub fn merge_slices(candidates: &mut Vec<Candidate>, overlap_max: f32) {
    sort_best(candidates);
    keep_apart(candidates, |better, worse| {
        better.class == worse.class
            && (better.intersection_over_union(worse) > overlap_max || better.covered(worse) > 0.7)
    });
}

fn sort_best(candidates: &mut Vec<Candidate>) {
    candidates.retain(Candidate::is_sound);
    // Equal scores keep the network's order: the same numbers give the same answer.
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(CANDIDATES_MAX);
}

fn keep_apart(candidates: &mut Vec<Candidate>, same: impl Fn(&Candidate, &Candidate) -> bool) {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates.drain(..) {
        if !kept.iter().any(|better| same(better, &candidate)) {
            kept.push(candidate);
        }
    }
    *candidates = kept;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(left: f32, side: f32, class: usize, score: f32) -> Candidate {
        Candidate { left, top: 0.0, right: left + side, bottom: side, class, score }
    }

    #[test]
    fn of_two_that_overlap_the_better_stays_and_other_classes_stay_too() {
        let mut found =
            vec![at(0.0, 10.0, 0, 0.5), at(1.0, 10.0, 0, 0.9), at(1.0, 10.0, 1, 0.4), at(50.0, 10.0, 0, 0.3)];
        suppress(&mut found, 0.5);
        assert_eq!(found.iter().map(|c| c.score).collect::<Vec<_>>(), [0.9, 0.4, 0.3]);
    }

    #[test]
    fn a_part_cut_off_by_a_slice_goes_into_the_whole() {
        let mut found = vec![at(0.0, 20.0, 0, 0.9), Candidate { right: 8.0, ..at(0.0, 20.0, 0, 0.6) }];
        let mut alone = found.clone();
        merge_slices(&mut found, 0.5);
        suppress(&mut alone, 0.5);
        assert_eq!((found.len(), alone.len()), (1, 2));
    }

    #[test]
    fn boxes_that_are_none_go() {
        let broken =
            [at(f32::NAN, 5.0, 0, 0.5), at(0.0, -5.0, 0, 0.5), at(0.0, 5.0, 0, f32::NAN), at(0.0, 5.0, 0, 1.5)];
        let mut found = broken.to_vec();
        suppress(&mut found, 0.5);
        assert_eq!(found, []);
    }

    proptest! {
        #[test]
        fn what_is_kept_lies_apart_and_what_goes_lies_under_something_better(
            boxes in prop::collection::vec((0.0f32..100.0, 1.0f32..30.0, 0usize..3, 0.0f32..=1.0), 0..60)
        ) {
            let all: Vec<_> = boxes.into_iter().map(|(left, side, class, score)| at(left, side, class, score)).collect();
            let mut kept = all.clone();
            suppress(&mut kept, 0.45);
            for (i, a) in kept.iter().enumerate() {
                for b in &kept[i + 1..] {
                    prop_assert!(a.class != b.class || a.intersection_over_union(b) <= 0.45);
                }
            }
            for one in &all {
                let better = |k: &Candidate| k.class == one.class && k.score >= one.score && k.intersection_over_union(one) > 0.45;
                prop_assert!(kept.contains(one) || kept.iter().any(better));
            }
        }
    }
}
