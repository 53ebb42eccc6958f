//! GeoTIFF tiles in geographic coordinates (OGC 19-008r4), such as the Copernicus DEM's.
//!
//! What is read: one band of numbers, its place by a tie point and a scale, points in the middle of cells or at their
//! corners (clause 7.1.2), GDAL's tag for no data. What is refused: projected coordinates, rotated images, several bands.

use std::io::Cursor;
use std::path::Path;

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffResult};

use super::grid::{Grid, Placing};
use crate::file::FileError;

const MODEL_TYPE: u16 = 1024;
const RASTER_TYPE: u16 = 1025;
const GEOGRAPHIC: u16 = 2;
const PIXEL_IS_POINT: u16 = 2;
/// The most points of a tile.
const POINTS_MAX: usize = 40_000_000;

type Image<'b> = Decoder<Cursor<&'b [u8]>>;

fn open<'b>(path: &Path, bytes: &'b [u8]) -> Result<(Image<'b>, Placing), FileError> {
    let told = |found: String, allowed: &str| FileError::whole(path.display().to_string(), found, allowed);
    let broken = |error: tiff::TiffError| told(error.to_string(), "a GeoTIFF");
    let mut limits = Limits::default();
    limits.decoding_buffer_size = POINTS_MAX * 8;
    limits.intermediate_buffer_size = 64 * 1024 * 1024;
    let mut image = Decoder::new(Cursor::new(bytes)).map_err(broken)?.with_limits(limits);
    let (columns, rows) = image.dimensions().map_err(broken)?;
    let size = [columns as usize, rows as usize];
    if size[0] < 2 || size[1] < 2 || size[0].saturating_mul(size[1]) > POINTS_MAX {
        return Err(told(format!("{columns} by {rows} points"), "2 by 2 to 40 million points"));
    }
    if !matches!(image.colortype().map_err(broken)?, ColorType::Gray(_)) {
        return Err(told("several bands".to_owned(), "one band of heights"));
    }
    let keys = image.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).map_err(broken)?;
    // Four numbers a key: its id, where its value is (0: here), how many, the value.
    let key = |id: u16| keys.chunks_exact(4).skip(1).find(|key| key[0] == id && key[1] == 0).map(|key| key[3]);
    if key(MODEL_TYPE) != Some(GEOGRAPHIC) {
        return Err(told("projected or unknown coordinates".to_owned(), "longitude and latitude (EPSG:4326)"));
    }
    let scale = image.get_tag_f64_vec(Tag::ModelPixelScaleTag).map_err(broken)?;
    let tie = image.get_tag_f64_vec(Tag::ModelTiepointTag).map_err(broken)?;
    let ([east, south, ..], [column, row, _, lon, lat, ..]) = (scale.as_slice(), tie.as_slice()) else {
        return Err(told("no place".to_owned(), "a tie point and a scale"));
    };
    let finite = [*east, *south, *column, *row, *lon, *lat].iter().all(|number| number.is_finite());
    if !(finite && *east > 0.0 && *south > 0.0) {
        return Err(told(format!("a scale of {east} by {south}"), "degrees above 0"));
    }
    let middle = if key(RASTER_TYPE) == Some(PIXEL_IS_POINT) { 0.0 } else { 0.5 };
    let first = [lon + (middle - column) * east, lat - (middle - row) * south];
    Ok((image, Placing { first, step: [*east, *south], size }))
}

/// Where a tile is.
pub(super) fn placed(path: &Path, bytes: &[u8]) -> Result<Placing, FileError> {
    Ok(open(path, bytes)?.1)
}

pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Grid, FileError> {
    let (mut image, placing) = open(path, bytes)?;
    let broken = |error: tiff::TiffError| FileError::whole(path.display().to_string(), error.to_string(), "a GeoTIFF");
    let none: Option<f32> = no_data(&mut image).map_err(broken)?;
    let mut heights_m = match image.read_image().map_err(broken)? {
        DecodingResult::F32(heights) => heights,
        DecodingResult::F64(heights) => heights.into_iter().map(|height| height as f32).collect(),
        DecodingResult::I16(heights) => heights.into_iter().map(f32::from).collect(),
        DecodingResult::U16(heights) => heights.into_iter().map(f32::from).collect(),
        DecodingResult::I32(heights) => heights.into_iter().map(|height| height as f32).collect(),
        _ => {
            let allowed = "numbers of two or four bytes, or floating point";
            return Err(FileError::whole(path.display().to_string(), "numbers of another kind", allowed));
        }
    };
    if heights_m.len() != placing.size[0] * placing.size[1] {
        let found = format!("{} numbers", heights_m.len());
        return Err(FileError::whole(path.display().to_string(), found, "as many as points"));
    }
    for height in &mut heights_m {
        // Nothing on Earth is so high or so deep: what stands for none where nobody says so.
        if none == Some(*height) || !(-12_000.0..=9_000.0).contains(height) {
            *height = f32::NAN;
        }
    }
    Ok(Grid { placing, heights_m })
}

/// What stands for no data: GDAL's tag, a number as text.
fn no_data(image: &mut Image<'_>) -> TiffResult<Option<f32>> {
    let tag = image.find_tag(Tag::GdalNodata)?;
    let text = tag.map(|value| value.into_string()).transpose()?;
    Ok(text.and_then(|text| text.trim_matches(|c: char| c.is_whitespace() || c == '\0').parse().ok()))
}
