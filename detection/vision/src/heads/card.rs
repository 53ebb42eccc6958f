//! What a model says of itself, and what a person says of it: the metadata inside the file, and a TOML beside it
//! (`model.onnx` → `model.toml`), which wins.
//!
//! ```toml
//! family = "yolov8"                    # where the shapes alone leave it open, see docs/video.md
//! names = ["person", "boat"]           # or { 0 = "person", 8 = "boat" }
//! size = [640, 384]                    # width, height: of an input whose sides are free
//! colour = "rgb"                       # "rgb", "bgr" or "grey"
//! fit = "letterbox"                    # "letterbox", "letterbox_corner" or "stretch"
//! mean = [0, 0, 0]                     # input = (pixel 0 to 255 − mean) / deviation
//! deviation = [255, 255, 255]
//! boxes = "pixels"                     # lists of boxes: "pixels", "shares" or "shares_yx"
//! score_min = 0.25
//! overlap_max = 0.45                   # said of lists of boxes, these are thinned out as well
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Family;

/// The most classes that a model may name.
pub const CLASSES_MAX: usize = 10_000;

/// The order of an input's channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
    /// One channel.
    Grey,
}

/// How a picture is made to fit an input of other proportions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Proportions kept, the rest filled with grey on both sides.
    Letterbox,
    /// Proportions kept, the picture in the upper left corner.
    LetterboxCorner,
    /// Both sides stretched to the input's.
    Stretch,
}

/// What the numbers of listed boxes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corners {
    /// Left, top, right, bottom in pixels of the input.
    Pixels,
    /// Left, top, right, bottom as shares of the input's sides.
    Shares,
    /// Top, left, bottom, right as shares of the input's sides.
    SharesYx,
}

/// What is known of a model beyond its shapes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelCard {
    /// The kind of head.
    pub family: Option<Family>,
    /// The classes' names by number.
    #[serde(deserialize_with = "names")]
    pub names: BTreeMap<usize, String>,
    /// Width and height to run a model at whose input is free.
    pub size: Option<[usize; 2]>,
    /// The order of channels.
    pub colour: Option<Colour>,
    /// How pictures are made to fit.
    pub fit: Option<Fit>,
    /// Taken off every pixel, 0 to 255, in the input's order of channels.
    pub mean: Option<[f32; 3]>,
    /// What is left is divided by this.
    pub deviation: Option<[f32; 3]>,
    /// What listed boxes mean.
    pub boxes: Option<Corners>,
    /// Candidates below are dropped, 0 to 1.
    pub score_min: Option<f32>,
    /// The overlap at which two boxes of a class are one thing, 0 to 1.
    pub overlap_max: Option<f32>,
}

impl ModelCard {
    /// Reads the metadata that exporters write into the file: `names` (`{0: 'person', 1: 'boat'}` or a list) and `imgsz`
    /// (`[height, width]` or one number). What cannot be read counts as absent: shapes decide then.
    #[must_use]
    pub fn from_metadata(metadata: &BTreeMap<String, String>) -> Self {
        let names = metadata.get("names").map(|text| quoted(text)).unwrap_or_default();
        let size = metadata.get("imgsz").and_then(|text| match numbers(text)[..] {
            [side] => Some([side, side]),
            [height, width] => Some([width, height]),
            _ => None,
        });
        Self { names, size, ..Self::default() }
    }

    /// What a TOML says.
    ///
    /// # Errors
    /// Line, field, what was found and what is allowed.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let card: Self = toml::from_str(text)?;
        let refuse = |what: String| Err(serde::de::Error::custom(what));
        for (field, value) in [("score_min", card.score_min), ("overlap_max", card.overlap_max)] {
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                return refuse(format!("{field} = {value}: allowed is 0 to 1"));
            }
        }
        if let Some(zero) = card.deviation.filter(|all| all.iter().any(|d| !d.is_finite() || *d == 0.0)) {
            return refuse(format!("deviation = {zero:?}: allowed are numbers other than 0"));
        }
        if let Some(size) = card.size.filter(|sides| sides.iter().any(|side| !(32..=4096).contains(side))) {
            return refuse(format!("size = {size:?}: allowed are 32 to 4096"));
        }
        Ok(card)
    }

    /// The other card where this one is silent.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            family: self.family.or(other.family),
            names: if self.names.is_empty() { other.names } else { self.names },
            size: self.size.or(other.size),
            colour: self.colour.or(other.colour),
            fit: self.fit.or(other.fit),
            mean: self.mean.or(other.mean),
            deviation: self.deviation.or(other.deviation),
            boxes: self.boxes.or(other.boxes),
            score_min: self.score_min.or(other.score_min),
            overlap_max: self.overlap_max.or(other.overlap_max),
        }
    }

    /// How many classes there are, where names say so: one more than the highest number.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        self.names.last_key_value().map(|(&highest, _)| highest + 1)
    }
}

/// A list of names, or a table of names by number.
fn names<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<usize, String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "names: a list, or a table of names by number")]
    enum Names {
        List(Vec<String>),
        Table(BTreeMap<String, String>),
    }
    let number = |key: String, name| match key.parse() {
        Ok(number) if number < CLASSES_MAX => Ok((number, name)),
        _ => Err(serde::de::Error::custom(format!("class {key:?}: allowed are numbers below {CLASSES_MAX}"))),
    };
    match Names::deserialize(from)? {
        Names::List(list) => Ok(list.into_iter().enumerate().collect()),
        Names::Table(table) => table.into_iter().map(|(key, name)| number(key, name)).collect(),
    }
}

/// The quoted texts of a Python or JSON dictionary or list, by the number before each, or counted from 0.
fn quoted(text: &str) -> BTreeMap<usize, String> {
    let mut names = BTreeMap::new();
    let mut number = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() {
            number.push(letter);
        } else if letter == ',' {
            number.clear();
        } else if letter == '\'' || letter == '"' {
            let mut name = String::new();
            while let Some(inner) = letters.next().filter(|&inner| inner != letter) {
                name.push(if inner == '\\' { letters.next().unwrap_or('\\') } else { inner });
            }
            // A key in quotes, as JSON has it, is a number; a name is followed by a comma or the end.
            if letters.as_str().trim_start().starts_with(':') {
                number = name;
                continue;
            }
            let key = number.parse().unwrap_or(names.len());
            number.clear();
            if key < CLASSES_MAX {
                names.insert(key, name);
            }
        }
    }
    names
}

/// The numbers in a text, the first two.
fn numbers(text: &str) -> Vec<usize> {
    let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    parts.filter_map(|part| part.parse().ok()).take(2).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metadata(names: &str, size: &str) -> ModelCard {
        let pairs = [("names", names), ("imgsz", size), ("author", "nobody")];
        ModelCard::from_metadata(&pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into())
    }

    #[test]
    fn exporters_metadata_is_read() {
        let card = metadata("{0: 'person', 1: \"driver's seat\", 8: 'boat'}", "[384, 640]");
        assert_eq!(card.names[&1], "driver's seat");
        assert_eq!((card.names[&8].as_str(), card.classes(), card.size), ("boat", Some(9), Some([640, 384])));
        let card = metadata(r#"{"0": "bird", "1": "drone"}"#, "416");
        assert_eq!((card.names[&1].as_str(), card.size), ("drone", Some([416, 416])));
        assert_eq!(metadata("['a', 'b']", "").names[&1], "b");
    }

    #[test]
    fn a_file_s_words_go_before_the_metadata() {
        let said = ModelCard::from_toml("names = { 3 = \"buoy\" }\ncolour = \"bgr\"\nscore_min = 0.4").unwrap();
        let card = said.or(metadata("{0: 'person'}", "640"));
        assert_eq!((card.classes(), card.size, card.colour), (Some(4), Some([640, 640]), Some(Colour::Bgr)));
    }

    #[test]
    fn mistakes_say_what_is_allowed() {
        let check = |text: &str, expected: &str| {
            let said = ModelCard::from_toml(text).unwrap_err().to_string();
            assert!(said.contains(expected), "{said:?} does not say {expected:?}");
        };
        check("score_min = 2.0", "allowed is 0 to 1");
        check("deviation = [1, 0, 1]", "other than 0");
        check("size = [10, 640]", "32 to 4096");
        check("family = \"yolo\"", "yolov8");
        check("names = { x = \"a\" }", "numbers below 10000");
        check("stride = 8", "unknown field");
    }

    proptest! {
        #[test]
        fn no_metadata_breaks_the_reader(names in "[0-9'\":{},a-z\\\\\\[\\] é]{0,80}", size in ".{0,20}") {
            let _ = metadata(&names, &size);
        }
    }
}
