//! Strips over a face: to and fro, one beside the other.

use super::tether::spans;

/// The ends of strips over a face of this length and depth (along it, and down), to and fro from the top; the strips
/// are no farther apart than this, and half a strip from the edges.
pub(super) fn strips(along_m: [f64; 2], down_m: [f64; 2], apart_m: f64) -> Vec<[f64; 2]> {
    spans(down_m[1] - down_m[0], apart_m)
        .iter()
        .enumerate()
        .flat_map(|(number, [top, bottom])| {
            let at = down_m[0] + f64::midpoint(*top, *bottom);
            let ends = if number % 2 == 0 { along_m } else { [along_m[1], along_m[0]] };
            ends.map(|along| [along, at])
        })
        .collect()
}
