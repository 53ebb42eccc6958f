//! An area to be searched with a camera.

use thiserror::Error;

use super::camera::Camera;
use super::glare::Surface;
use crate::coverage::{Polygon, ProblemError, Turning};
use crate::flight::Pace;
use crate::limits::{LimitError, within};
use sky::Seen;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is to be seen.
    pub target: Polygon,
    /// Where may be flown; its holes are no-fly areas.
    pub fly: Polygon,
    /// With what.
    pub camera: Camera,
    /// How much of the ground a pixel may cover at most, m: a tenth of what is to be recognised.
    pub gsd_max_m: f64,
    /// How long a picture is exposed, s.
    pub exposure_s: f64,
    /// By how much the ground may move meanwhile, pixels.
    pub blur_max_px: f64,
    /// How low and how high may be flown, m above the ground.
    pub heights_m: [f64; 2],
    /// How shallow and how steep the camera may look, rad below the horizon; a quarter turn is straight down.
    pub down_rad: [f64; 2],
    /// By which share strips overlap, and pictures along a strip.
    pub overlap: [f64; 2],
    /// The share of the target that must be seen.
    pub share: f64,
    /// Where each vehicle begins and ends, m east and north: there are so many, all alike.
    pub homes_m: Vec<[f64; 2]>,
    /// How they go.
    pub pace: Pace,
    /// How they turn.
    pub turning: Turning,
    /// They leave, s.
    pub begins_s: f64,
    /// When and where that is, for the sun; none: it is not looked at.
    pub light: Option<Seen>,
    /// What is looked at.
    pub surface: Surface,
}

/// A search that cannot be planned.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// A number.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The area.
    #[error(transparent)]
    Area(#[from] ProblemError),
    /// Nothing is sharp enough.
    #[error(
        "from {height_m} m, the lowest allowed, a pixel covers {found_m:.3} m straight down or more: allowed are {allowed_m} m"
    )]
    NotSharp {
        /// The lowest height allowed, m.
        height_m: f64,
        /// The least ground sample distance there, m.
        found_m: f64,
        /// What is allowed, m.
        allowed_m: f64,
    },
}

impl Request {
    /// Checks the camera and the limits; the area is checked where it is searched.
    ///
    /// # Errors
    /// [`RequestError`] with the first that is not possible.
    pub fn check(&self) -> Result<(), RequestError> {
        self.camera.check()?;
        self.pace.check("vehicle", 0)?;
        within("ground sample distance", self.gsd_max_m, 1e-4, 1e3)?;
        within("exposure", self.exposure_s, 0.0, 10.0)?;
        within("blur", self.blur_max_px, 0.01, 1e3)?;
        within("lowest height", self.heights_m[0], 0.1, 1e4)?;
        within("greatest height", self.heights_m[1], self.heights_m[0], 1e4)?;
        within("shallowest look", self.down_rad[0], 0.1, std::f64::consts::FRAC_PI_2)?;
        within("steepest look", self.down_rad[1], self.down_rad[0], std::f64::consts::FRAC_PI_2)?;
        within("overlap of strips", self.overlap[0], 0.0, 0.95)?;
        within("overlap of pictures", self.overlap[1], 0.0, 0.95)?;
        within("begin", self.begins_s, -1e11, 1e11)?;
        within("vehicles", self.homes_m.len() as f64, 1.0, 1e3)?;
        for axis in self.homes_m.as_flattened() {
            within("home", *axis, -1e7, 1e7)?;
        }
        if let Some(light) = self.light {
            within("time of the light", light.at_unix_s, -3e9, 5e9)?;
            within("latitude", light.latitude, -1.6, 1.6)?;
            within("longitude", light.longitude, -6.3, 6.3)?;
        }
        Ok(())
    }
}
