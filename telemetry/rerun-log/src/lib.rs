//! Recordings for the eye: what was planned, flown, seen and believed, as a file that the Rerun viewer opens.
//!
//! Terms: an *entity* is a path such as `vehicle/falke-1`; what is written under it at an instant stays until something
//! else is written there or it is cleared. Every place is written twice: in the site frame (metres east, north, up), for
//! the view in space, and as latitude and longitude, for the view on a map.
//!
//! This crate alone knows of Rerun. It is a one-way street: nothing of Picket reads such a file, evidence least of all. It
//! opens no socket; the file is all it writes.

use std::path::{Path, PathBuf};

use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};
use rerun::components::FillMode;
use rerun::{
    Arrows3D, Boxes2D, Clear, Ellipsoids3D, GeoLineStrings, GeoPoints, Image, LineStrips3D, Points3D, Quaternion,
    RecordingStream, RecordingStreamBuilder, TextLog, TextLogLevel, ViewCoordinates,
};

/// The timeline of everything that has a time.
const UTC: &str = "utc";
/// Nine of ten fall within so many standard deviations in space (χ² with three degrees of freedom).
const NINE_OF_TEN: f64 = 2.5003;

/// Why a recording for the eye could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RerunLogError {
    /// The file cannot be created.
    #[error("cannot write {}: {source}", path.display())]
    Create {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<rerun::RecordingStreamError>,
    },
    /// Something could not be written to it.
    #[error("cannot write {entity} to the recording: {source}")]
    Write {
        /// Under which entity.
        entity: String,
        /// Why.
        source: Box<rerun::RecordingStreamError>,
    },
    /// What was written did not reach the file.
    #[error("the recording could not be completed: {0}")]
    Finish(String),
}

/// A place, in both views.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// East, north and up of the site's datum, metres.
    pub enu_m: [f64; 3],
    /// Latitude and longitude, WGS-84, degrees.
    pub lat_lon_deg: [f64; 2],
}

/// Red, green, blue.
pub type Colour = [u8; 3];

/// A box in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledBox {
    /// Left, top, width and height, pixels.
    pub left_top_width_height: [f32; 4],
    /// What stands beside it.
    pub label: String,
    /// Its colour.
    pub colour: Colour,
}

/// A recording being written.
pub struct RerunLog {
    stream: RecordingStream,
}

impl RerunLog {
    /// Begins a file.
    ///
    /// # Errors
    /// [`RerunLogError::Create`] when the file cannot be created.
    pub fn create(path: &Path, title: &str) -> Result<Self, RerunLogError> {
        let stream = RecordingStreamBuilder::new("picket")
            .recording_name(title)
            .save(path)
            .map_err(|source| RerunLogError::Create { path: path.to_owned(), source: Box::new(source) })?;
        let log = Self { stream };
        log.write_once("site", &ViewCoordinates::RIGHT_HAND_Z_UP())?;
        Ok(log)
    }

    /// What is written from now on was so at this instant, in nanoseconds of UTC since 1970.
    pub fn at(&self, unix_ns: i64) {
        self.stream.set_timestamp_nanos_since_epoch(UTC, unix_ns);
    }

    /// A point with its name.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn point(&self, entity: &str, place: Place, label: &str, colour: Colour) -> Result<(), RerunLogError> {
        let [r, g, b] = colour;
        let points = Points3D::new([single(place.enu_m)]).with_labels([label]).with_colors([(r, g, b)]);
        self.write(&format!("site/{entity}"), &points)?;
        let points = GeoPoints::from_lat_lon([place.lat_lon_deg]).with_colors([(r, g, b)]);
        self.write(&format!("map/{entity}"), &points)
    }

    /// A line that does not change: a border, a plan, a fence.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn line(&self, entity: &str, places: &[Place], colour: Colour) -> Result<(), RerunLogError> {
        let [r, g, b] = colour;
        let strip: Vec<[f32; 3]> = places.iter().map(|place| single(place.enu_m)).collect();
        self.write_once(&format!("site/{entity}"), &LineStrips3D::new([strip]).with_colors([(r, g, b)]))?;
        let strip: Vec<[f64; 2]> = places.iter().map(|place| place.lat_lon_deg).collect();
        self.write_once(&format!("map/{entity}"), &GeoLineStrings::from_lat_lon([strip]).with_colors([(r, g, b)]))
    }

    /// The body in which something is, nine times out of ten, from the covariance of its place in m². A covariance that is
    /// none is not drawn.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn uncertainty(
        &self,
        entity: &str,
        place: Place,
        covariance: Matrix3<f64>,
        colour: Colour,
    ) -> Result<(), RerunLogError> {
        let Some((half, turn)) = ellipsoid(covariance) else { return Ok(()) };
        let [r, g, b] = colour;
        let body = Ellipsoids3D::from_centers_and_half_sizes([single(place.enu_m)], [single(half.into())])
            .with_quaternions([Quaternion::from_xyzw([turn.i, turn.j, turn.k, turn.w].map(|value| value as f32))])
            .with_fill_mode(FillMode::MajorWireframe)
            .with_colors([(r, g, b)]);
        self.write(&format!("site/{entity}/uncertainty"), &body)
    }

    /// A line of sight, from an eye so far along a unit vector in east, north, up.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn ray(
        &self,
        entity: &str,
        eye: Place,
        (toward, length_m): ([f64; 3], f64),
        colour: Colour,
    ) -> Result<(), RerunLogError> {
        let [r, g, b] = colour;
        let ray = Arrows3D::from_vectors([single(toward.map(|part| part * length_m))])
            .with_origins([single(eye.enu_m)])
            .with_colors([(r, g, b)]);
        self.write(&format!("site/{entity}"), &ray)
    }

    /// A grey picture, rows from the top without gaps. One whose bytes are not as many as its size says is not written.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn picture(&self, entity: &str, [width, height]: [u32; 2], grey: &[u8]) -> Result<(), RerunLogError> {
        if grey.len() as u64 != u64::from(width) * u64::from(height) {
            return Ok(());
        }
        self.write(entity, &Image::from_l8(grey.to_vec(), [width, height]))
    }

    /// The boxes in a picture: all of them, in place of those before.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn boxes(&self, entity: &str, boxes: &[LabelledBox]) -> Result<(), RerunLogError> {
        let corners = boxes.iter().map(|b| [b.left_top_width_height[0], b.left_top_width_height[1]]);
        let sizes = boxes.iter().map(|b| [b.left_top_width_height[2], b.left_top_width_height[3]]);
        let drawn = Boxes2D::from_mins_and_sizes(corners, sizes)
            .with_labels(boxes.iter().map(|b| b.label.as_str()))
            .with_colors(boxes.iter().map(|b| (b.colour[0], b.colour[1], b.colour[2])));
        self.write(entity, &drawn)
    }

    /// A line of text: an alert, a decision.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn say(&self, entity: &str, text: &str, warning: bool) -> Result<(), RerunLogError> {
        let level = if warning { TextLogLevel::WARN } else { TextLogLevel::INFO };
        self.write(entity, &TextLog::new(text).with_level(level))
    }

    /// What is gone.
    ///
    /// # Errors
    /// [`RerunLogError::Write`].
    pub fn clear(&self, entity: &str) -> Result<(), RerunLogError> {
        self.write(&format!("site/{entity}"), &Clear::recursive())?;
        self.write(&format!("map/{entity}"), &Clear::recursive())
    }

    /// Brings everything into the file.
    ///
    /// # Errors
    /// [`RerunLogError::Finish`].
    pub fn finish(self) -> Result<(), RerunLogError> {
        self.stream.flush_blocking().map_err(|error| RerunLogError::Finish(error.to_string()))
    }

    fn write(&self, entity: &str, what: &dyn rerun::AsComponents) -> Result<(), RerunLogError> {
        self.stream
            .log(entity, what)
            .map_err(|source| RerunLogError::Write { entity: entity.to_owned(), source: Box::new(source) })
    }

    fn write_once(&self, entity: &str, what: &dyn rerun::AsComponents) -> Result<(), RerunLogError> {
        self.stream
            .log_static(entity, what)
            .map_err(|source| RerunLogError::Write { entity: entity.to_owned(), source: Box::new(source) })
    }
}

/// What the viewer draws with: within a site a float is exact to millimetres.
fn single(place: [f64; 3]) -> [f32; 3] {
    place.map(|metres| metres as f32)
}

/// The half axes of the body that holds nine of ten, metres, and how it is turned.
fn ellipsoid(covariance: Matrix3<f64>) -> Option<(Vector3<f64>, UnitQuaternion<f64>)> {
    if !covariance.iter().all(|value| value.is_finite()) {
        return None;
    }
    let axes = ((covariance + covariance.transpose()) * 0.5).symmetric_eigen();
    let half = axes.eigenvalues.map(|variance| NINE_OF_TEN * variance.max(0.0).sqrt());
    let mut turn = axes.eigenvectors;
    if turn.determinant() < 0.0 {
        turn.column_mut(2).neg_mut();
    }
    Some((half, UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(turn))))
}

#[cfg(test)]
mod tests;
