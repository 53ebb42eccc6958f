//! What to fly when the track is lost: a search around where the intruder would be, as far as nobody knows it any more.

use super::Request;
use crate::intercept::Landing;
use crate::plane::distance;
use crate::search::{self, Datum};

/// The way is looked at now and so much later, s: how its place moves and spreads.
const AHEAD_S: f64 = 90.0;
/// How far an intruder wavers off its way, as a share of the way.
const WAVERS: f64 = 0.1;
/// Known better than this nothing is, m.
const KNOWN_M: f64 = 20.0;
/// The probability of success that is wanted.
const WANTED: f64 = 0.8;

/// A search beginning now.
pub(super) fn search(request: &Request, landings: &[Landing]) -> Option<search::Plan> {
    if request.searchers.is_empty() {
        return None;
    }
    let now_s = request.cue.now_s;
    let (here_m, here_sd_m) = place(request, landings, 0.0)?;
    let (then_m, then_sd_m) = place(request, landings, AHEAD_S)?;
    let grows_m2 = (then_sd_m * then_sd_m - here_sd_m * here_sd_m).max(0.0);
    let datum = Datum {
        at_s: now_s,
        at_m: here_m,
        sd_m: here_sd_m.clamp(KNOWN_M, 1e5),
        drift_m_s: [0, 1].map(|axis: usize| ((then_m[axis] - here_m[axis]) / AHEAD_S).clamp(-100.0, 100.0)),
        drift_sd_m_s: (grows_m2.sqrt() / AHEAD_S).min(100.0),
    };
    let searchers = request.searchers.to_vec();
    search::plan(&search::Request { datum, searchers, begins_s: now_s, pattern: None, wanted: WANTED }).ok()
}

/// Where it is in a while, and how well that is known: it goes straight to each of its landings, and stays there.
fn place(request: &Request, landings: &[Landing], in_s: f64) -> Option<([f64; 2], f64)> {
    let last = request.cue.track.last()?;
    let since_s = request.cue.now_s - last.at_s + in_s;
    let way = |landing: &Landing| {
        // A landing is so long from now on, and the last fix is older than that.
        let whole_s = (landing.in_s + request.cue.now_s - last.at_s).max(1.0);
        let share = (since_s / whole_s).clamp(0.0, 1.0);
        let gone_m = share * distance(last.at_m, landing.at_m);
        ([0, 1].map(|axis: usize| last.at_m[axis] + share * (landing.at_m[axis] - last.at_m[axis])), gone_m)
    };
    let total: f64 = landings.iter().map(|landing| landing.weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mean = [0, 1].map(|axis: usize| landings.iter().map(|l| l.weight * way(l).0[axis]).sum::<f64>() / total);
    let spread =
        |axis: usize| landings.iter().map(|l| l.weight * (way(l).0[axis] - mean[axis]).powi(2)).sum::<f64>() / total;
    let gone_m = landings.iter().map(|l| l.weight * way(l).1).sum::<f64>() / total;
    let wavers_m = WAVERS * gone_m;
    // Alike in all directions: as much as the worse of the two.
    let sd_m = spread(0).max(spread(1)).sqrt();
    Some((mean, sd_m.hypot(wavers_m).hypot(request.cue.sigma_m)))
}
