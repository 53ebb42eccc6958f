//! The ground: heights from the tiles of a local folder.
//!
//! *Tile*: one file, SRTM's `N54E010.hgt` or a GeoTIFF in geographic coordinates, such as those of the Copernicus DEM. A
//! folder is looked through once; a tile is read when somebody asks for a place in it. Heights are straight between a
//! tile's points (bilinear), metres above mean sea level: of EGM96 in SRTM, of EGM2008 in Copernicus; the two differ by
//! less than a metre nearly everywhere.
//!
//! What is not known is said: a place without a tile and a place where the tile has no data are told apart from a height,
//! and nothing is filled in. Copernicus is a surface model: trees and houses are in it, but not masts and wires.

mod geotiff;
mod grid;
mod hgt;
mod sheet;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use telemetry::LatLon;

use crate::file::FileError;
use grid::Grid;
pub use sheet::{POINTS_MAX, Sheet};

/// The largest tile read, bytes: one of 3601 by 3601 numbers of four bytes, and its header.
const TILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most tiles of a folder.
const TILES_MAX: usize = 20_000;

/// What is known of the ground at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GroundHeight {
    /// Metres above mean sea level.
    Metres(f64),
    /// The tile there has no data.
    NoData,
    /// There is no tile.
    NoTile,
}

/// The tiles of a folder.
#[derive(Debug)]
pub struct Terrain {
    tiles: Vec<Tile>,
    /// Tiles that were needed and could not be read.
    broken: RefCell<Vec<FileError>>,
}

#[derive(Debug)]
struct Tile {
    path: PathBuf,
    /// West, south, east, north, degrees: where it may have something to say, a little more than it has.
    bounds: [f64; 4],
    grid: OnceCell<Option<Grid>>,
}

impl Terrain {
    /// Looks through a folder. Files that are no tiles are passed over.
    ///
    /// # Errors
    /// [`FileError`] for a folder that cannot be read, and for a GeoTIFF that cannot be placed.
    pub fn open(folder: &Path) -> Result<Self, FileError> {
        let name = folder.display().to_string();
        let told = |error: std::io::Error| FileError::whole(&name, error.to_string(), "a folder of terrain tiles");
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(told)?
            .map(|entry| Ok(entry.map_err(told)?.path()))
            .collect::<Result<_, _>>()?;
        // Where two tiles cover a place, the first by name counts.
        paths.sort();
        let mut tiles = Vec::new();
        for path in paths {
            let ending =
                path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
            let bounds = match ending.as_str() {
                "hgt" => hgt::corner(&path).map(hgt::bounds),
                "tif" | "tiff" => Some(geotiff::placed(&path, &read(&path)?)?.bounds()),
                _ => None,
            };
            let Some(bounds) = bounds else { continue };
            if tiles.len() >= TILES_MAX {
                return Err(FileError::whole(&name, format!("more than {TILES_MAX} tiles"), "fewer"));
            }
            tiles.push(Tile { path, bounds, grid: OnceCell::new() });
        }
        Ok(Self { tiles, broken: RefCell::new(Vec::new()) })
    }

    /// How many tiles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tiles.len()
    }

    /// Whether there is no tile at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tiles.is_empty()
    }

    /// The ground at a place. A tile that cannot be read counts as none, and is told of by [`Terrain::broken`].
    #[must_use]
    pub fn height(&self, at: LatLon) -> GroundHeight {
        let (lon, lat) = (at.longitude_deg(), at.latitude_deg());
        let mut known = GroundHeight::NoTile;
        for tile in &self.tiles {
            let [west, south, east, north] = tile.bounds;
            if !(west..=east).contains(&lon) || !(south..=north).contains(&lat) {
                continue;
            }
            match self.grid(tile).map_or(GroundHeight::NoTile, |grid| grid.height(lon, lat)) {
                GroundHeight::Metres(metres) => return GroundHeight::Metres(metres),
                GroundHeight::NoData => known = GroundHeight::NoData,
                GroundHeight::NoTile => {}
            }
        }
        known
    }

    /// A tile's heights, read when they are first asked for.
    fn grid<'t>(&self, tile: &'t Tile) -> Option<&'t Grid> {
        let grid = tile.grid.get_or_init(|| {
            let grid = tile.read();
            grid.map_err(|error| self.broken.borrow_mut().push(error)).ok()
        });
        grid.as_ref()
    }

    /// Tiles that were needed so far and could not be read.
    #[must_use]
    pub fn broken(&self) -> Vec<FileError> {
        self.broken.borrow().clone()
    }

    /// The names that SRTM gives the tiles of places, in order: those to look for where one is missing.
    #[must_use]
    pub fn names(places: &[LatLon]) -> BTreeSet<String> {
        places.iter().map(|at| hgt::name(*at)).collect()
    }
}

impl Tile {
    fn read(&self) -> Result<Grid, FileError> {
        let bytes = read(&self.path)?;
        match hgt::corner(&self.path) {
            Some(corner) => hgt::read(&self.path, corner, &bytes),
            None => geotiff::read(&self.path, &bytes),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let told = |found: String, allowed: &str| FileError::whole(path.display().to_string(), found, allowed);
    let length = fs::metadata(path).map_err(|error| told(error.to_string(), "a tile"))?.len();
    if length > TILE_BYTES_MAX {
        return Err(told(format!("{length} bytes"), "at most 64 MiB"));
    }
    fs::read(path).map_err(|error| told(error.to_string(), "a tile"))
}
