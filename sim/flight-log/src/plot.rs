//! Pictures of flights: a height profile in characters, and track, height and power as SVG.

use std::fmt::Write as _;

use telemetry::{AltitudeHae, Enu, SiteFrame};

use crate::flight::Flight;

/// Height over time, so many characters wide and high; nothing when the record tells no height.
#[must_use]
pub fn ascii_profile(flight: &Flight, width: usize, height: usize) -> String {
    let heights = flight.heights_m();
    let known: Vec<(f64, f64)> =
        flight.samples.iter().zip(&heights).filter_map(|(sample, height)| Some((sample.at_s, (*height)?))).collect();
    let (width, height) = (width.clamp(10, 400), height.clamp(3, 100));
    let Some((least, most)) = range(known.iter().map(|(_, height_m)| *height_m)) else { return String::new() };
    let span_s = flight.duration_s().max(1e-9);
    let mut highest: Vec<Option<f64>> = vec![None; width];
    for (at_s, height_m) in known {
        let column = ((at_s / span_s * width as f64) as usize).min(width - 1);
        highest[column] = Some(highest[column].map_or(height_m, |other| other.max(height_m)));
    }
    let span_m = (most - least).max(1.0);
    let mut picture = String::new();
    for row in (0..height).rev() {
        let floor_m = least + span_m * row as f64 / height as f64;
        let label = if row == height - 1 { Some(most) } else { (row == 0).then_some(least) };
        let label = label.map_or_else(String::new, |metres| format!("{metres:.0} m"));
        let line: String =
            highest.iter().map(|top| if top.is_some_and(|top| top >= floor_m) { '#' } else { ' ' }).collect();
        let _infallible = writeln!(picture, "{label:>8} |{}", line.trim_end());
    }
    let _infallible = writeln!(picture, "{:>8} +{}", "", "-".repeat(width));
    let end = format!("{span_s:.0} s");
    let _infallible = writeln!(picture, "{:>8}  0{end:>rest$}", "", rest = width - 1);
    picture
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range: Option<(f64, f64)>, value| {
        Some(range.map_or((value, value), |(least, most)| (least.min(value), most.max(value))))
    })
}

/// One line of a chart.
struct Line {
    name: String,
    colour: &'static str,
    points: Vec<(f64, f64)>,
}

const COLOURS: [&str; 4] = ["#1f5fa8", "#d2691e", "#2e8b57", "#8a2be2"];
const PANEL_WIDTH: f64 = 420.0;
const PANEL_HEIGHT: f64 = 300.0;
const MARGIN: f64 = 52.0;
/// No line gets more points than this; a screen shows no more.
const POINTS_MAX: usize = 1_500;

/// Flights side by side as SVG: track, height over time, and electrical power over time. Each has its name.
#[must_use]
pub fn svg(title: &str, flights: &[(&str, &Flight)]) -> String {
    let origin = flights.iter().find_map(|(_, flight)| flight.samples.iter().find_map(|sample| sample.position));
    let frame = origin.map(|at| SiteFrame::new(at.at_height(AltitudeHae::default())));
    let lines = |points: &dyn Fn(&Flight) -> Vec<(f64, f64)>| -> Vec<Line> {
        let named = flights.iter().zip(COLOURS.iter().cycle());
        named
            .map(|((name, flight), colour)| Line { name: (*name).to_owned(), colour, points: thinned(points(flight)) })
            .collect()
    };
    let track = lines(&|flight| {
        let Some(frame) = &frame else { return Vec::new() };
        let place = |at: telemetry::LatLon| {
            let Enu { east_m, north_m, .. } = frame.enu(at.at_height(AltitudeHae::default()));
            (east_m, north_m)
        };
        flight.samples.iter().filter_map(|sample| sample.position).map(place).collect()
    });
    let height = lines(&|flight| {
        let heights = flight.heights_m();
        flight.samples.iter().zip(heights).filter_map(|(sample, height)| Some((sample.at_s, height?))).collect()
    });
    let power = lines(&|flight| {
        let power = |sample: &crate::Sample| {
            let battery = sample.battery?;
            Some((sample.at_s, battery.voltage_v? * battery.current_a?))
        };
        flight.samples.iter().filter_map(power).collect()
    });
    let total = 3.0 * (PANEL_WIDTH + MARGIN) + MARGIN;
    let full = PANEL_HEIGHT + 2.0 * MARGIN + 10.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total:.0} {full:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{MARGIN}\" y=\"22\" \
         font-size=\"15\">{}</text>\n",
        escaped(title)
    );
    panel(&mut svg, 0, "track: east, north / m", &track, Scale::Equal);
    panel(&mut svg, 1, "height above its start / m, over seconds", &height, Scale::Free);
    panel(&mut svg, 2, "electrical power / W, over seconds", &power, Scale::Free);
    svg.push_str("</svg>\n");
    svg
}

/// Whether a metre is as long to the right as upwards.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    Equal,
    Free,
}

fn panel(svg: &mut String, place: usize, title: &str, lines: &[Line], scale: Scale) {
    let left = MARGIN + place as f64 * (PANEL_WIDTH + MARGIN);
    let top = MARGIN;
    let points = || lines.iter().flat_map(|line| &line.points);
    let _infallible = write!(
        svg,
        "<rect x=\"{left}\" y=\"{top}\" width=\"{PANEL_WIDTH}\" height=\"{PANEL_HEIGHT}\" fill=\"none\" \
         stroke=\"#999\"/>\n<text x=\"{left}\" y=\"{:.0}\">{title}</text>\n",
        top - 8.0
    );
    let ranges = range(points().map(|(x, _)| *x)).zip(range(points().map(|(_, y)| *y)));
    let Some(((x_min, x_max), (y_min, y_max))) = ranges else {
        let _infallible =
            writeln!(svg, "<text x=\"{:.0}\" y=\"{:.0}\">not in the record</text>", left + 20.0, top + 40.0);
        return;
    };
    let (mut per_x, mut per_y) =
        (0.94 * PANEL_WIDTH / (x_max - x_min).max(1.0), 0.94 * PANEL_HEIGHT / (y_max - y_min).max(1.0));
    if scale == Scale::Equal {
        per_x = per_x.min(per_y);
        per_y = per_x;
    }
    let to_x = |x: f64| left + 0.03 * PANEL_WIDTH + (x - x_min) * per_x;
    let to_y = |y: f64| top + 0.97 * PANEL_HEIGHT - (y - y_min) * per_y;
    for (index, line) in lines.iter().enumerate() {
        let path: Vec<String> = line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", to_x(*x), to_y(*y))).collect();
        let (colour, name) = (line.colour, escaped(&line.name));
        let _infallible = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\" points=\"{}\"/>\n<text x=\"{:.0}\" \
             y=\"{:.0}\" fill=\"{colour}\">{name}</text>\n",
            path.join(" "),
            left + 8.0 + 130.0 * index as f64,
            top + PANEL_HEIGHT + 36.0
        );
    }
    let _infallible = write!(
        svg,
        "<text x=\"{left}\" y=\"{y:.0}\">{x_min:.0}</text><text x=\"{right:.0}\" y=\"{y:.0}\" \
         text-anchor=\"end\">{x_max:.0}</text>\n<text x=\"{beside:.0}\" y=\"{bottom:.0}\" \
         text-anchor=\"end\">{y_min:.0}</text><text x=\"{beside:.0}\" y=\"{at_top:.0}\" \
         text-anchor=\"end\">{y_max:.0}</text>\n",
        y = top + PANEL_HEIGHT + 18.0,
        right = left + PANEL_WIDTH,
        beside = left - 5.0,
        bottom = to_y(y_min),
        at_top = to_y(y_max) + 10.0,
    );
}

fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(POINTS_MAX).max(1);
    points.into_iter().step_by(step).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
