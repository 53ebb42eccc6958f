//! What stands around a site: a file of outlines with heights, for rendered cameras.
//!
//! ```toml
//! [[structure]]
//! material = "masonry"                  # earth, wood, masonry or steel
//! heights_m = [2.5, 12.0]               # foot and top above sea level
//! outline = [[10.1455, 54.3655], …]     # longitude, latitude; any simple polygon
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use missions::notation::LonLat;
use nalgebra::Vector2;
use serde::Deserialize;
use sim_camera::scene::{Material, Structure};
use telemetry::SiteFrame;
use telemetry::frames::OffEarth;
use thiserror::Error;

/// Most outlines in a file, and most corners of one.
const STRUCTURES_MAX: usize = 20_000;
const CORNERS_MAX: usize = 10_000;

/// A file of scenery that cannot be used.
#[derive(Debug, Error)]
pub enum SceneryError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what the format says.
    #[error("{path}: {found}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// Line, field, found, allowed.
        found: toml::de::Error,
    },
    /// A structure that cannot stand.
    #[error("{path}: structure {place}: {found}; allowed is {allowed}")]
    Structure {
        /// Which file.
        path: PathBuf,
        /// The structure's place in the file, from 1.
        place: usize,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    structure: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    material: Substance,
    heights_m: [f64; 2],
    outline: Vec<LonLat>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Substance {
    Earth,
    Wood,
    Masonry,
    Steel,
}

impl Substance {
    fn material(self) -> Material {
        let (reflectance, excess_k) = match self {
            Self::Earth => (0.26, 0.5),
            Self::Wood => (0.12, 1.0),
            Self::Masonry => (0.38, 2.5),
            Self::Steel => (0.45, 1.0),
        };
        Material { reflectance, excess_k }
    }
}

/// Reads a file of scenery into a site's frame.
///
/// # Errors
/// [`SceneryError`] for a file that cannot be read or is none.
pub fn open(path: &Path, site: &SiteFrame) -> Result<Vec<Structure>, SceneryError> {
    let text = fs::read_to_string(path).map_err(|source| SceneryError::Read { path: path.to_owned(), source })?;
    read(&text, path, site)
}

/// Reads scenery that stands in a text; `path` is what it is called.
pub(super) fn read(text: &str, path: &Path, site: &SiteFrame) -> Result<Vec<Structure>, SceneryError> {
    let format = |found| SceneryError::Format { path: path.to_owned(), found };
    let file: File = toml::from_str(text).map_err(format)?;
    let refuse = |place: usize, found: String, allowed| {
        Err(SceneryError::Structure { path: path.to_owned(), place, found, allowed })
    };
    if file.structure.len() > STRUCTURES_MAX {
        return refuse(STRUCTURES_MAX + 1, "one more".to_owned(), "20000 structures");
    }
    let mut structures = Vec::with_capacity(file.structure.len());
    for (place, table) in (1..).zip(&file.structure) {
        let corners = table.outline.len();
        if !(3..=CORNERS_MAX).contains(&corners) {
            return refuse(place, format!("an outline of {corners} corners"), "3 to 10000");
        }
        let [foot, top] = table.heights_m;
        if !((-100.0..=9000.0).contains(&foot) && foot < top && top <= 9000.0) {
            return refuse(place, format!("heights of {foot} and {top} m"), "−100 to 9000 m, the foot below the top");
        }
        let outline: Result<_, OffEarth> = table.outline.iter().map(|at| ground(at, site)).collect();
        match outline {
            Ok(outline) => {
                structures.push(Structure { outline, heights_m: table.heights_m, material: table.material.material() });
            }
            Err(off) => return refuse(place, off.to_string(), "a place on the Earth"),
        }
    }
    Ok(structures)
}

/// A corner at sea level in the site's level plane.
fn ground(at: &LonLat, site: &SiteFrame) -> Result<Vector2<f64>, OffEarth> {
    let there = site.enu(at.lat_lon()?.at_height(site.datum().height()));
    Ok(Vector2::new(there.east_m, there.north_m))
}

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::{AltitudeHae, Geodetic};

    fn check(text: &str) -> Result<Vec<Structure>, String> {
        let site = SiteFrame::new(Geodetic::from_degrees(54.3655, 10.1455, AltitudeHae::new(39.5)).unwrap());
        read(text, Path::new("quay.toml"), &site).map_err(|error| error.to_string())
    }

    #[test]
    fn an_outline_stands_where_its_corners_are() {
        let corner = "[10.1455, 54.3655], [10.1555, 54.3655], [10.1555, 54.3755]";
        let text = format!("[[structure]]\nmaterial = \"steel\"\nheights_m = [0, 5]\noutline = [{corner}]\n");
        let quay = check(&text).unwrap().remove(0);
        assert!(quay.outline[0].norm() < 1e-6);
        assert!((quay.outline[1] - Vector2::new(650.0, 0.0)).norm() < 2.0, "{}", quay.outline[1]);
        assert!((quay.outline[2].y - 1113.0).abs() < 2.0);
    }

    #[test]
    fn what_cannot_stand_is_refused_with_its_place() {
        let two = "[[structure]]\nmaterial = \"earth\"\nheights_m = [0, 5]\noutline = [[10.1, 54.3], [10.2, 54.3]]\n";
        assert!(check(two).unwrap_err().contains("structure 1: an outline of 2 corners"));
        let upside = two.replace("[0, 5]", "[5, 0]").replace("54.3]]", "54.3], [10.2, 54.4]]");
        assert!(check(&upside).unwrap_err().contains("heights of 5 and 0 m"));
        assert!(check(&two.replace("earth", "cheese")).unwrap_err().contains("cheese"));
    }

    #[test]
    fn the_shipped_scenery_of_kiel_can_be_read() {
        let structures = check(include_str!("../../../missions/files/maps/kiel/scenery.toml")).unwrap();
        assert!(structures.len() > 100, "{}", structures.len());
    }
}
