//! Is it there? What hits and misses say about a target's being, as probabilities.
//!
//! A track is one of four: a target in view, a target behind something, a spot of false alarms that lasts a while (a
//! glint, a corner of a roof, a burnt-in sign), or nothing at all. Each frame the four pass into one another a little, and
//! the detection, or its absence, weighs them by how likely each makes it (D. Mušicki, R. Evans, S. Stanković, "Integrated
//! probabilistic data association", IEEE Trans. AC 39, 1994; the "behind something" state is Markov chain two of that
//! paper, the lasting spot is ours).

/// Mean times, seconds, and shares, that the four states pass into one another with.
const IN_VIEW_S: f64 = 10.0;
const HIDDEN_S: f64 = 0.45;
const TARGET_LIFE_S: f64 = 30.0;
const SPOT_LIFE_S: f64 = 10.0;
/// How often a lasting spot of false alarms is detected.
const SPOT_DETECTED: f64 = 0.25;
/// The share of false alarms that begin a lasting spot.
const SPOTS: f64 = 0.15;

/// The probabilities of the four; they sum to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Presence {
    in_view: f64,
    hidden: f64,
    spot: f64,
    nothing: f64,
}

impl Presence {
    /// A detection that no track explains: `target` and `clutter` are the densities of new targets and of false alarms
    /// with its looks.
    pub(super) fn begun(target: f64, clutter: f64) -> Self {
        let (spot, nothing) = (clutter * SPOTS, clutter * (1.0 - SPOTS));
        Self { in_view: target, hidden: 0.0, spot, nothing }.normalised()
    }

    pub(super) fn predicted(&self, seconds: f64) -> Self {
        let pass = |mean_s: f64| 1.0 - (-seconds / mean_s).exp();
        let (hide, show, die, fade) = (pass(IN_VIEW_S), pass(HIDDEN_S), pass(TARGET_LIFE_S), pass(SPOT_LIFE_S));
        let (in_view, hidden) = (self.in_view * (1.0 - die), self.hidden * (1.0 - die));
        Self {
            in_view: in_view * (1.0 - hide) + hidden * show,
            hidden: in_view * hide + hidden * (1.0 - show),
            spot: self.spot * (1.0 - fade),
            nothing: self.nothing + self.spot * fade + (self.in_view + self.hidden) * die,
        }
    }

    /// A target that has left the picture is hidden for as long as it stays out.
    pub(super) fn out_of_picture(&self) -> Self {
        Self { in_view: 0.0, hidden: self.in_view + self.hidden, ..*self }
    }

    /// After a detection of this likelihood ratio (target against false alarm), of which `looks` is the part that the
    /// looks contribute: a lasting spot looks like false alarms.
    pub(super) fn hit(&self, detection_probability: f64, ratio: f64, looks: f64) -> Self {
        Self {
            in_view: self.in_view * detection_probability * ratio,
            spot: self.spot * SPOT_DETECTED * ratio / looks,
            ..*self
        }
        .normalised()
    }

    pub(super) fn missed(&self, detection_probability: f64) -> Self {
        let unseen = 1.0 - detection_probability;
        Self { in_view: self.in_view * unseen, spot: self.spot * (1.0 - SPOT_DETECTED), ..*self }.normalised()
    }

    /// The probability that there is a target, in view or not.
    pub(super) fn target(&self) -> f64 {
        self.in_view + self.hidden
    }

    /// The probability of a detection in the next picture, of a target or of a spot.
    pub(super) fn detection(&self, detection_probability: f64) -> f64 {
        self.in_view * detection_probability + self.spot * SPOT_DETECTED
    }

    /// The probability that there is anything at all.
    pub(super) fn anything(&self) -> f64 {
        1.0 - self.nothing
    }

    /// The probability that there is a target in view.
    pub(super) fn in_view(&self) -> f64 {
        self.in_view
    }

    fn normalised(self) -> Self {
        let sum = self.in_view + self.hidden + self.spot + self.nothing;
        if !(sum.is_finite() && sum > 0.0) {
            return Self { in_view: 0.0, hidden: 0.0, spot: 0.0, nothing: 1.0 };
        }
        Self {
            in_view: self.in_view / sum,
            hidden: self.hidden / sum,
            spot: self.spot / sum,
            nothing: self.nothing / sum,
        }
    }
}
