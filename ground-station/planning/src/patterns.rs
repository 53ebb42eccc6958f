//! Search patterns that crews know by name, from the IAMSAR Manual (vol. III, *Mobile Facilities*, 2019, section 12:
//! SS p. 12-10, VS p. 12-11, PS p. 12-15; vol. II, *Mission Co-ordination*, section on search patterns): expanding
//! square (SS), sector (VS), parallel track (PS) and creeping line (CS), and how likely a search finds what is there.
//!
//! Places are metres east and north, headings radians from north to the right as on a compass. The ways are drawn as
//! over the ground; over drifting water they are to be shifted with the datum.

use thiserror::Error;

/// A pattern that cannot be drawn.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{field} is {found}, allowed is {allowed}")]
pub struct PatternError {
    /// Of what.
    pub field: &'static str,
    /// What was found.
    pub found: f64,
    /// What is allowed.
    pub allowed: &'static str,
}

/// The most legs of a pattern.
pub const LEGS_MAX: usize = 10_000;

/// Expanding square around a datum: legs of one track spacing, one, two, two, three, three, each a quarter turn to the
/// right of the one before. For a datum known well.
///
/// # Errors
/// [`PatternError`] when a number is not possible.
pub fn expanding_square(
    datum_m: [f64; 2],
    heading: f64,
    spacing_m: f64,
    legs: usize,
) -> Result<Vec<[f64; 2]>, PatternError> {
    place(datum_m)?;
    angle(heading)?;
    length("spacing", spacing_m)?;
    count(legs)?;
    let mut way = vec![datum_m];
    for leg in 0..legs {
        let spacings = (leg / 2 + 1) as f64;
        let turned = heading + leg as f64 * std::f64::consts::FRAC_PI_2;
        way.push(ahead(way[leg], turned, spacings * spacing_m));
    }
    Ok(way)
}

/// Sector search: three triangles through the datum, all legs as long as the radius and all turns 120 degrees to the
/// right. `passes` of them, each turned by 30 degrees to the right of the one before. For one searcher and a small area.
///
/// # Errors
/// [`PatternError`] when a number is not possible.
pub fn sector(datum_m: [f64; 2], heading: f64, radius_m: f64, passes: usize) -> Result<Vec<[f64; 2]>, PatternError> {
    place(datum_m)?;
    angle(heading)?;
    length("radius", radius_m)?;
    count(passes.saturating_mul(9))?;
    let mut way = vec![datum_m];
    for pass in 0..passes {
        let first = heading + pass as f64 * std::f64::consts::FRAC_PI_6;
        for triangle in 0..3 {
            // It leaves the datum on the heading on which it came back to it.
            let out = first + f64::from(triangle) * 2.0 * THIRD;
            let far = ahead(datum_m, out, radius_m);
            way.extend([far, ahead(far, out + THIRD, radius_m), datum_m]);
        }
    }
    Ok(way)
}

/// A third of a circle.
const THIRD: f64 = std::f64::consts::TAU / 3.0;

/// Along which sides of a rectangle the legs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracks {
    /// Parallel track search: along the given heading.
    Parallel,
    /// Creeping line search: across it, so that the search as a whole creeps along the heading.
    Creeping,
}

/// Parallel track or creeping line search over a rectangle with its first corner at `corner_m`, so long along the
/// heading and so wide to the right of it. It begins half a track spacing inside of that corner, and no leg is nearer to
/// an edge than that.
///
/// # Errors
/// [`PatternError`] when a number is not possible.
pub fn tracks(
    corner_m: [f64; 2],
    heading: f64,
    size_m: [f64; 2],
    spacing_m: f64,
    tracks: Tracks,
) -> Result<Vec<[f64; 2]>, PatternError> {
    place(corner_m)?;
    angle(heading)?;
    length("length", size_m[0])?;
    length("width", size_m[1])?;
    length("spacing", spacing_m)?;
    let right = heading + std::f64::consts::FRAC_PI_2;
    let (legs_m, across_m) = match tracks {
        Tracks::Parallel => (size_m[0], size_m[1]),
        Tracks::Creeping => (size_m[1], size_m[0]),
    };
    let legs = (across_m / spacing_m).ceil();
    count(if legs <= LEGS_MAX as f64 { legs as usize } else { LEGS_MAX + 1 })?;
    let (near, far) = ((spacing_m / 2.0).min(legs_m / 2.0), legs_m - (spacing_m / 2.0).min(legs_m / 2.0));
    let apart_m = across_m / legs;
    let at = |along_m: f64, across_m: f64| match tracks {
        Tracks::Parallel => ahead(ahead(corner_m, heading, along_m), right, across_m),
        Tracks::Creeping => ahead(ahead(corner_m, heading, across_m), right, along_m),
    };
    Ok((0..legs as usize)
        .flat_map(|leg| {
            let across = (leg as f64 + 0.5) * apart_m;
            let ends = if leg % 2 == 0 { [near, far] } else { [far, near] };
            ends.map(|along| at(along, across))
        })
        .collect())
}

/// How likely a search finds what is in its area, 0 to 1, for a coverage factor (sweep width to track spacing): the
/// exponential law of random search (Koopman, *Search and Screening*, 1946), which IAMSAR vol. II takes for searches
/// under normal conditions. Searching again adds up the coverage factors.
#[must_use]
pub fn probability_of_detection(sweep_width_m: f64, spacing_m: f64) -> f64 {
    let factor = sweep_width_m / spacing_m;
    if factor > 0.0 { 1.0 - (-factor).exp() } else { 0.0 }
}

/// So far from a place on a heading.
fn ahead(from: [f64; 2], heading: f64, metres: f64) -> [f64; 2] {
    [from[0] + metres * heading.sin(), from[1] + metres * heading.cos()]
}

fn place(at_m: [f64; 2]) -> Result<(), PatternError> {
    at_m.into_iter().try_for_each(|found| within("place", found, -1e7, "-1e7 to 1e7"))
}

fn angle(found: f64) -> Result<(), PatternError> {
    within("heading", found, -1e3, "-1000 to 1000")
}

fn length(field: &'static str, found: f64) -> Result<(), PatternError> {
    within(field, found, 0.1, "0.1 to 1e7")
}

fn count(legs: usize) -> Result<(), PatternError> {
    let allowed = "0 to 10000";
    if legs > LEGS_MAX { Err(PatternError { field: "legs", found: legs as f64, allowed }) } else { Ok(()) }
}

fn within(field: &'static str, found: f64, least: f64, allowed: &'static str) -> Result<(), PatternError> {
    if (least..=1e7).contains(&found) { Ok(()) } else { Err(PatternError { field, found, allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(way: &[[f64; 2]], expected: &[[f64; 2]]) {
        assert_eq!(way.len(), expected.len(), "{way:?}");
        for (at, wanted) in way.iter().zip(expected) {
            assert!((at[0] - wanted[0]).hypot(at[1] - wanted[1]) < 1e-6, "{way:?}");
        }
    }

    #[test]
    fn an_expanding_square_turns_right_and_grows_every_other_leg() {
        let way = expanding_square([10.0, 0.0], 0.0, 100.0, 5).unwrap();
        near(&way, &[[10.0, 0.0], [10.0, 100.0], [110.0, 100.0], [110.0, -100.0], [-90.0, -100.0], [-90.0, 200.0]]);
    }

    #[test]
    fn a_sector_search_passes_the_datum_three_times_on_legs_of_one_length() {
        let way = sector([5.0, 5.0], 0.3, 200.0, 2).unwrap();
        assert_eq!(way.len(), 19);
        for (number, leg) in way.windows(2).enumerate() {
            let length = (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1]);
            assert!((length - 200.0).abs() < 1e-6, "leg {number} is {length} m long");
        }
        near(&[way[3], way[6], way[9], way[18]], &[[5.0, 5.0]; 4]);
        // It flies straight on over the datum.
        near(&[way[2]], &[[2.0 * way[3][0] - way[4][0], 2.0 * way[3][1] - way[4][1]]]);
    }

    #[test]
    fn tracks_begin_half_a_spacing_inside_and_creep_the_other_way() {
        let parallel = tracks([0.0, 0.0], 0.0, [1000.0, 200.0], 100.0, Tracks::Parallel).unwrap();
        near(&parallel, &[[50.0, 50.0], [50.0, 950.0], [150.0, 950.0], [150.0, 50.0]]);
        let creeping = tracks([0.0, 0.0], 0.0, [200.0, 1000.0], 100.0, Tracks::Creeping).unwrap();
        near(&creeping, &[[50.0, 50.0], [950.0, 50.0], [950.0, 150.0], [50.0, 150.0]]);
    }

    #[test]
    fn detection_follows_the_exponential_law() {
        assert!((probability_of_detection(100.0, 100.0) - 0.632_120_558).abs() < 1e-8);
        assert!((probability_of_detection(0.0, 100.0)).abs() < 1e-12);
        assert!((probability_of_detection(f64::NAN, 100.0)).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let told = tracks([0.0; 2], 0.0, [1e6, 1e6], 1.0, Tracks::Parallel).unwrap_err().to_string();
        assert_eq!(told, "legs is 10001, allowed is 0 to 10000");
        assert!(sector([f64::NAN, 0.0], 0.0, 1.0, 1).is_err() && expanding_square([0.0; 2], 0.0, 0.0, 4).is_err());
        assert!(expanding_square([0.0; 2], f64::INFINITY, 1.0, 4).is_err());
    }
}
