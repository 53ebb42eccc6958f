//! A search for somebody or something whose place is known roughly and grows less known: which pattern, how wide apart,
//! with what chance, and what effort more it would take.
//!
//! Words are those of the IAMSAR Manual (vol. II, *Mission Co-ordination*, on search planning): the *datum* is where the
//! object is most likely, moved with its drift; *sweep width* is how wide a strip a searcher in effect sees; *coverage*
//! is sweep width to track spacing; *probability of containment*, *of detection*, and *of success*, which is both.
//!
//! The place is normally distributed around the datum, alike in all directions; detection follows the exponential law of
//! random search (Koopman, *Search and Screening*, 1946), which is what a search in practice is not worse than. The area
//! is the square that makes the probability of success greatest for the effort there is. Patterns are flown in the frame
//! that moves with the drift: over the ground they lean.

mod effort;
mod patterns;
mod request;

pub(crate) use effort::error_function;
pub use effort::{best_half_side, containment};
pub use request::{Datum, Pattern, Request, RequestError, Searcher};

use crate::flight::Flight;
use crate::patterns::probability_of_detection;

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Which pattern.
    pub pattern: Pattern,
    /// The datum when the first searcher is there: when, s, and where, m.
    pub datum: (f64, [f64; 2]),
    /// How well it is known when the search ends: standard deviation, east and north alike, m.
    pub sd_m: f64,
    /// Half a side of the square that is searched, around the datum, m.
    pub half_side_m: f64,
    /// The direction of its sides, rad from north to the right.
    pub heading: f64,
    /// The track spacing of each searcher, m.
    pub spacings_m: Vec<f64>,
    /// The probability that it is in the area.
    pub containment: f64,
    /// The probability that it is found if it is there.
    pub detection: f64,
    /// Both.
    pub success: f64,
    /// How much longer all searchers together would have to search for the success that is wanted, s each; none where
    /// they need not.
    pub lacks_s: Option<f64>,
    /// Searcher by searcher, there and back; of those who get there at all.
    pub flights: Vec<Flight>,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// Searches are made wider apart by this much until everybody is home in time, and how often.
const WIDER: f64 = 1.03;
const WIDENINGS: usize = 120;

/// Plans a search.
///
/// # Errors
/// [`RequestError`] when it cannot be planned, or nobody gets there.
pub fn plan(request: &Request) -> Result<Plan, RequestError> {
    request.check()?;
    let there = patterns::arrivals(request)?;
    let first_s = there.iter().map(|arrival| arrival.at_s).fold(f64::INFINITY, f64::min);
    let rate_m2_s: f64 = there.iter().map(|arrival| arrival.sweeps_m2_s).sum();
    let effort_m2: f64 = there.iter().map(|arrival| arrival.sweeps_m2_s * arrival.searches_s).sum();
    // The worst of the search: what is promised then holds for all of it.
    let sd_m = request.datum.sd_at_m(first_s + effort_m2 / rate_m2_s);
    let half_side_m = best_half_side(sd_m, effort_m2);
    let heading = request.datum.heading();
    let mean_sweep_m = there.iter().map(|arrival| arrival.sweep_width_m).sum::<f64>() / there.len() as f64;
    let pattern = request.pattern.unwrap_or_else(|| suits(there.len(), 2.0 * half_side_m / mean_sweep_m));
    let mut widened = 1.0;
    for _ in 0..WIDENINGS {
        let drawn = patterns::Drawn { request, first_s, half_side_m, heading, widened };
        if let Some(searches) = drawn.flights(&there, pattern) {
            return Ok(judged(request, &there, (first_s, sd_m), drawn.half_side_m, pattern, searches));
        }
        widened *= WIDER;
    }
    Err(RequestError::OutOfReach { nearest_s: first_s - request.begins_s })
}

/// A searcher alone flies round a place that is known well; else the area is flown over in tracks.
fn suits(searchers: usize, sweeps: f64) -> Pattern {
    match (searchers, sweeps) {
        (1, sweeps) if sweeps <= SECTOR_SWEEPS => Pattern::Sector,
        (1, sweeps) if sweeps <= SQUARE_SWEEPS => Pattern::ExpandingSquare,
        _ => Pattern::ParallelTrack,
    }
}

/// An area up to so many sweep widths wide suits a sector search, or an expanding square.
const SECTOR_SWEEPS: f64 = 6.0;
const SQUARE_SWEEPS: f64 = 16.0;

/// How good the search is, by what is flown in truth.
fn judged(
    request: &Request,
    there: &[patterns::Arrival],
    (first_s, sd_m): (f64, f64),
    half_side_m: f64,
    pattern: Pattern,
    searches: Vec<patterns::Searched>,
) -> Plan {
    let area_m2 = match pattern {
        Pattern::Sector => std::f64::consts::PI * half_side_m * half_side_m,
        _ => 4.0 * half_side_m * half_side_m,
    };
    let swept_m2: f64 = searches.iter().map(|searched| searched.swept_m2).sum();
    let containment = match pattern {
        // Of a circle: Rayleigh's distribution.
        Pattern::Sector => 1.0 - (-0.5 * (half_side_m / sd_m).powi(2)).exp(),
        _ => containment(half_side_m, sd_m),
    };
    let detection = probability_of_detection(swept_m2, area_m2);
    let success = containment * detection;
    let rate_m2_s: f64 = there.iter().map(|arrival| arrival.sweeps_m2_s).sum();
    let lacks_s =
        (success < request.wanted).then(|| (effort::needed_m2(sd_m, request.wanted) - swept_m2).max(0.0) / rate_m2_s);
    let spacings_m: Vec<f64> = searches.iter().map(|searched| searched.spacing_m).collect();
    let datum_m = request.datum.at(first_s);
    let mut reasons = vec![
        format!(
            "the first is there {:.0} s after the datum; when the search ends it is known to {sd_m:.0} m (standard deviation)",
            first_s - request.datum.at_s
        ),
        format!(
            "a square of {:.0} m makes the most of the effort: it holds the object with {containment:.2}, and it is found in it with {detection:.2}",
            2.0 * half_side_m
        ),
        format!("together {success:.2}"),
    ];
    if let Some(lacks_s) = lacks_s {
        reasons.push(format!(
            "for the {:.2} that is wanted everybody would have to search {lacks_s:.0} s longer",
            request.wanted
        ));
    }
    let left_out = request.searchers.len() - there.len();
    if left_out > 0 {
        reasons.push(format!("{left_out} searchers do not get there and back, and stay"));
    }
    Plan {
        pattern,
        datum: (first_s, datum_m),
        sd_m,
        half_side_m,
        heading: request.datum.heading(),
        spacings_m,
        containment,
        detection,
        success,
        lacks_s,
        flights: searches.into_iter().map(|searched| searched.flight).collect(),
        reasons,
    }
}
