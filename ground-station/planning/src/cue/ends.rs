//! What the flights so far show of where flights end: near which known site, or at none.
//!
//! Two stories are held against each other by Bayes' rule, end by end: that flights end as was believed before, and that
//! they have habits of their own. Of these nothing is known but that what was believed is worth [`WORTH`] flights (a
//! Dirichlet distribution, whose mean is the share of all together). What is answered is the mean of both stories by how
//! probable each is: where what was believed is right it stays, and where it is not, a dozen flights show it.
//!
//! Nothing is learnt from the clock of a track or from its begin, which in a room is where it came into view.

use crate::intercept::Site;

/// How probable it is, before any flight, that flights have habits of their own.
const HABITS: f64 = 0.2;
/// How many flights the belief before is worth, if they do.
const WORTH: f64 = 10.0;
/// The bounds of the share elsewhere: there is always a place that nobody knows.
const ELSEWHERE: [f64; 2] = [0.02, 0.95];

/// The sites with what flights have shown, and the share that ends at none of them. An end counts for the nearest site
/// within `near_m`. What was believed before stays where there are no flights or no sites of any weight.
#[must_use]
pub fn learnt(
    sites: &[Site],
    elsewhere: f64,
    near_m: f64,
    ends_m: impl IntoIterator<Item = [f64; 2]>,
) -> (Vec<Site>, f64) {
    let all: f64 = sites.iter().map(|site| site.prior).sum();
    if all <= 0.0 || !all.is_finite() {
        return (sites.to_vec(), elsewhere);
    }
    let elsewhere = elsewhere.clamp(ELSEWHERE[0], ELSEWHERE[1]);
    // By site, and at none of them.
    let mut believed: Vec<f64> = sites.iter().map(|site| (1.0 - elsewhere) * site.prior / all).collect();
    believed.push(elsewhere);
    let mut flights = vec![0.0; believed.len()];
    let (mut count, mut log_odds) = (0.0, (HABITS / (1.0 - HABITS)).ln());
    for end_m in ends_m {
        let off_m = |site: &Site| (site.at_m[0] - end_m[0]).hypot(site.at_m[1] - end_m[1]);
        let possible = sites.iter().enumerate().filter(|(number, _)| believed[*number] > 0.0);
        let near = possible.min_by(|a, b| off_m(a.1).total_cmp(&off_m(b.1)));
        let end = near.filter(|(_, site)| off_m(site) <= near_m).map_or(sites.len(), |(number, _)| number);
        let by_habit = (WORTH * believed[end] + flights[end]) / (WORTH + count);
        log_odds += (by_habit / believed[end]).ln();
        flights[end] += 1.0;
        count += 1.0;
    }
    let habits = 1.0 / (1.0 + (-log_odds).exp());
    let mean = |(before, flights): (&f64, &f64)| {
        let by_habit = (WORTH * before + flights) / (WORTH + count);
        habits * by_habit + (1.0 - habits) * before
    };
    let shares: Vec<f64> = believed.iter().zip(&flights).map(mean).collect();
    let weighed = sites.iter().zip(&shares).map(|(site, share)| Site { prior: *share, ..*site });
    (weighed.collect(), shares[sites.len()].clamp(ELSEWHERE[0], ELSEWHERE[1]))
}
