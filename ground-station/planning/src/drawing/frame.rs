//! The sheet: where metres fall on it, the scale, and north.

use std::fmt::Write;

use super::{Area, Drawing, Kind, escaped};

/// The sheet, the map on it (left, top, right, bottom), and the margin within the map, pixels.
const SHEET: [f64; 2] = [1280.0, 900.0];
pub(super) const MAP: [f64; 4] = [24.0, 64.0, 936.0, 876.0];
const MARGIN: f64 = 44.0;
/// A scale bar is about as long as this, pixels.
const BAR: f64 = 160.0;

/// From metres to the sheet.
pub(super) struct Frame {
    west_m: f64,
    north_m: f64,
    pixels_a_metre: f64,
    offset: [f64; 2],
}

impl Frame {
    pub(super) fn around(drawing: &Drawing) -> Self {
        let heat = drawing.heat.iter().flat_map(|heat| {
            let [west, south] = heat.grid.south_west_m;
            let far = |cells: usize| cells as f64 * heat.grid.cell_m;
            [[west, south], [west + far(heat.grid.columns), south + far(heat.grid.rows)]]
        });
        // What is closed far off is cut at the edge: it must not shrink the plan to a corner.
        let of_task = |area: &&Area| area.kind != Kind::Closed;
        let rings = drawing.areas.iter().filter(of_task).flat_map(|area| area.rings.iter().flatten().copied());
        let ways = drawing.ways.iter().flat_map(|way| way.points.iter().copied());
        let places = drawing.places.iter().map(|(_, at_m)| *at_m);
        let every = drawing.areas.iter().flat_map(|area| area.rings.iter().flatten().copied());
        let bounds = bounds(heat.chain(rings).chain(ways).chain(places)).or_else(|| bounds(every));
        let [west, south, east, north] = bounds.unwrap_or([-500.0, -500.0, 500.0, 500.0]);
        let [width, height] = [(east - west).max(1.0), (north - south).max(1.0)];
        let room = [MAP[2] - MAP[0] - 2.0 * MARGIN, MAP[3] - MAP[1] - 2.0 * MARGIN];
        let pixels_a_metre = (room[0] / width).min(room[1] / height);
        let offset = [
            MAP[0] + MARGIN + (room[0] - width * pixels_a_metre) / 2.0,
            MAP[1] + MARGIN + (room[1] - height * pixels_a_metre) / 2.0,
        ];
        Self { west_m: west, north_m: north, pixels_a_metre, offset }
    }

    /// A place on the sheet, pixels to the right and down.
    pub(super) fn at(&self, at_m: [f64; 2]) -> [f64; 2] {
        [
            self.offset[0] + (at_m[0] - self.west_m) * self.pixels_a_metre,
            self.offset[1] + (self.north_m - at_m[1]) * self.pixels_a_metre,
        ]
    }

    pub(super) fn pixels(&self, metres: f64) -> f64 {
        metres * self.pixels_a_metre
    }

    pub(super) fn begin(&self, title: &str) -> String {
        let [width, height] = SHEET;
        let [left, top, right, bottom] = MAP;
        let mut svg = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13" fill="#222">
<defs>
<pattern id="closed" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="9" height="9" fill="#b00020" fill-opacity="0.07"/><line x1="0" y1="0" x2="0" y2="9" stroke="#b00020" stroke-width="2" stroke-opacity="0.45"/></pattern>
<clipPath id="map"><rect x="{left}" y="{top}" width="{w}" height="{h}"/></clipPath>
</defs>
<rect width="{width}" height="{height}" fill="#ffffff"/>
<text x="{left}" y="42" font-size="22" font-weight="600">{title}</text>
<rect x="{left}" y="{top}" width="{w}" height="{h}" fill="#f6f7f8"/>
<g clip-path="url(#map)">
"##,
            w = right - left,
            h = bottom - top,
            title = escaped(title),
        );
        svg
    }

    /// Closes the map, with its scale and north.
    pub(super) fn end(&self, svg: &mut String) {
        let [left, top, right, bottom] = MAP;
        let (bar_m, label) = bar(BAR / self.pixels_a_metre);
        let (bar, x, y) = (self.pixels(bar_m), left + 16.0, bottom - 16.0);
        let (north_x, north_y) = (right - 30.0, top + 22.0);
        let _ = write!(
            svg,
            r##"</g>
<rect x="{left}" y="{top}" width="{w}" height="{h}" fill="none" stroke="#9aa0a6"/>
<g><rect x="{bx}" y="{by}" width="{bw}" height="34" rx="4" fill="#ffffff" fill-opacity="0.88"/>
<rect x="{x}" y="{bar_y}" width="{half}" height="6" fill="#222"/><rect x="{middle}" y="{bar_y}" width="{half}" height="6" fill="#fff" stroke="#222"/>
<text x="{x}" y="{text_y}" font-size="12">0</text><text x="{end}" y="{text_y}" font-size="12" text-anchor="end">{label}</text></g>
<g><circle cx="{north_x}" cy="{circle_y}" r="21" fill="#ffffff" fill-opacity="0.88"/><path d="M{north_x} {north_y} l8 24 l-8 -6 l-8 6 z" fill="#222"/><text x="{north_x}" y="{n_y}" font-size="12" font-weight="600" text-anchor="middle">N</text></g>
"##,
            w = right - left,
            h = bottom - top,
            bx = x - 8.0,
            by = y - 22.0,
            bw = bar + 16.0,
            bar_y = y - 2.0,
            half = bar / 2.0,
            middle = x + bar / 2.0,
            end = x + bar,
            text_y = y - 7.0,
            circle_y = north_y + 13.0,
            n_y = north_y + 34.0,
        );
    }
}

/// West, south, east and north of places; nothing where there are none.
fn bounds(places: impl Iterator<Item = [f64; 2]>) -> Option<[f64; 4]> {
    places.fold(None, |bounds, [east, north]| {
        let [w, s, e, n] = bounds.unwrap_or([east, north, east, north]);
        Some([w.min(east), s.min(north), e.max(east), n.max(north)])
    })
}

/// A round length of about so many metres, and how it is written.
fn bar(about_m: f64) -> (f64, String) {
    let power = 10.0_f64.powf(about_m.log10().floor());
    let metres =
        [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|metres| *metres <= about_m).unwrap_or(power);
    (metres, if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") })
}
