//! A site: the place one operations room watches. Its datum, its ground, its zones, its map, and what is on
//! the ground: roads, places that drones come from and go to, our crews.
//!
//! *Datum*: where the site's east-north-up frame touches the ground. *Undulation*: how far the geoid stands above the
//! ellipsoid there, one number for the site; it changes by centimetres over a port and by a metre over a long border.
//! *Ground*: one altitude for the whole site, which is taken as flat: a terrain model is not part of it.

mod ground;
mod incident;
mod read;
mod zone;

use std::path::{Path, PathBuf};

use telemetry::{AltitudeAmsl, Geodetic, GeoidUndulation, LatLon, SiteFrame, SiteId, ZoneId};

pub use ground::{GroundUnit, Road, RoadKind, Spot};
pub use incident::{Incident, Incidents};
pub use zone::{BorderLine, Side, Zone, ZoneKind};

use crate::file::{FileErrors, Library};

/// A site, read from a file and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its name in topics and files.
    pub id: SiteId,
    /// Its name for people.
    pub name: String,
    /// The origin of the site frame, on the ground.
    pub datum: Geodetic,
    /// How far the geoid stands above the ellipsoid.
    pub undulation: GeoidUndulation,
    /// The ground, or the water, taken as flat.
    pub ground: AltitudeAmsl,
    /// What the console shows at first.
    pub bounds: Bounds,
    /// The base map, where there is one.
    pub map: Option<BaseMap>,
    /// The areas with a rule, in the order of the file.
    pub zones: Vec<Zone>,
    /// The ways that vessels take.
    pub fairways: Vec<Fairway>,
    /// The roads, where they are known.
    pub roads: Vec<Road>,
    /// Where drones are launched, as far as is known or suspected.
    pub launch_sites: Vec<Spot>,
    /// Where drones land or drop what they carry, as far as is known or suspected.
    pub pick_up_sites: Vec<Spot>,
    /// Our crews on the ground.
    pub units: Vec<GroundUnit>,
    /// What happened here.
    pub incidents: Vec<Incident>,
}

/// A way that vessels take.
#[derive(Debug, Clone, PartialEq)]
pub struct Fairway {
    /// Its name in scenarios.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its points.
    pub points: Vec<LatLon>,
}

/// A box of longitudes and latitudes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The south-western corner.
    pub south_west: LatLon,
    /// The north-eastern corner.
    pub north_east: LatLon,
}

impl Bounds {
    /// `[west, south, east, north]` in degrees, as GeoJSON orders a box (RFC 7946, 5).
    #[must_use]
    pub fn degrees(&self) -> [f64; 4] {
        let (sw, ne) = (self.south_west, self.north_east);
        [sw.longitude_deg(), sw.latitude_deg(), ne.longitude_deg(), ne.latitude_deg()]
    }
}

/// A base map: one PMTiles file.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseMap {
    /// Its file name, `kiel.pmtiles`.
    pub file_name: String,
    /// What must be shown with it.
    pub attribution: String,
    /// Where its bytes are.
    pub content: MapContent,
}

/// Where the bytes of a map are. They can be larger than memory, so a map on disk is named and not read.
#[derive(Debug, Clone, PartialEq)]
pub enum MapContent {
    /// In the program.
    Shipped(&'static [u8]),
    /// In a file.
    File(PathBuf),
    /// Nowhere: the site was read from a recording, which carries no maps.
    Absent,
}

impl Site {
    /// Opens a site: a path, or the name of a shipped site.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file.
    pub fn open(argument: &Path) -> Result<Self, FileErrors> {
        let (mut library, path) = Library::for_argument(argument, "sites");
        Self::take(&mut library, &path)
    }

    /// Takes a site from a library.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file.
    pub fn take(library: &mut Library, path: &str) -> Result<Self, FileErrors> {
        read::take(library, path)
    }

    /// The site's east-north-up frame.
    #[must_use]
    pub fn frame(&self) -> SiteFrame {
        SiteFrame::new(self.datum)
    }

    /// The zone of a name.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == *id)
    }

    /// A point at an altitude above mean sea level.
    #[must_use]
    pub fn at_altitude(&self, at: LatLon, altitude: AltitudeAmsl) -> Geodetic {
        at.at_height(altitude.hae(self.undulation))
    }
}
