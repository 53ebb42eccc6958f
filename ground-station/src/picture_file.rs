//! A plan's picture in a file: SVG, or PNG of the same at twice its size, with the letters that the program brings.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use planning::drawing::Drawing;
use resvg::{tiny_skia, usvg};

/// Points of a PNG for each of the SVG: sharp on paper and on small screens.
const SCALE: f32 = 2.0;

/// DejaVu Sans, regular and bold; `fonts/SOURCES.md`.
const FONTS: [&[u8]; 2] = [include_bytes!("../fonts/DejaVuSans.ttf"), include_bytes!("../fonts/DejaVuSans-Bold.ttf")];

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Svg,
    Png,
}

/// The format by the name's ending.
fn format(path: &Path) -> anyhow::Result<Format> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("svg") => Ok(Format::Svg),
        Some(extension) if extension.eq_ignore_ascii_case("png") => Ok(Format::Png),
        _ => bail!("--picture: found {}; allowed: a name that ends in .svg or .png", path.display()),
    }
}

/// Refuses a name that no picture can be written under: before the work, not after.
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    format(path).map(|_| ())
}

/// Writes the picture.
pub(crate) fn write(path: &Path, drawing: &Drawing) -> anyhow::Result<()> {
    let svg = drawing.svg();
    let bytes = match format(path)? {
        Format::Svg => svg.into_bytes(),
        Format::Png => png(&svg)?,
    };
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn png(svg: &str) -> anyhow::Result<Vec<u8>> {
    let mut options = usvg::Options::default();
    let fonts = Arc::make_mut(&mut options.fontdb);
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    let tree = usvg::Tree::from_str(svg, &options).context("a drawing is SVG")?;
    let size = tree.size().to_int_size().scale_by(SCALE).context("a drawing has a size")?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height())
        .with_context(|| format!("no memory for a picture of {} × {}", size.width(), size.height()))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().context("a picture of pixels is a PNG")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_has_the_letters_of_its_title() {
        let ink = |title: &str| {
            let picture = tiny_skia::Pixmap::decode_png(&png(&Drawing::new(title).svg()).unwrap()).unwrap();
            picture.pixels().iter().filter(|pixel| pixel.red() < 128).count()
        };
        let (bare, titled) = (ink(""), ink("Perimeter: 3 vehicles, Kołobrzeg, Σ 12 km"));
        assert!(titled > bare + 2000, "{titled} dark pixels with a title, {bare} without");
    }

    #[test]
    fn a_name_with_another_ending_is_refused_with_those_allowed() {
        let refused = check(Path::new("plan.gif")).unwrap_err().to_string();
        assert!(refused.contains("plan.gif") && refused.contains(".png"), "{refused}");
        check(Path::new("plan.PNG")).unwrap();
    }
}
