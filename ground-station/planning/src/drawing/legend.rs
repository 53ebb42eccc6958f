//! What the colours mean, and when who goes.

use std::fmt::Write;

use super::frame::MAP;
use super::shapes::style;
use super::{Drawing, Kind, colour, escaped};
use crate::plane::distance;

/// The legend's left edge and where it ends, pixels; the height of a line; letters that fit on one.
const LEFT: f64 = 960.0;
const LINE: f64 = 19.0;
const LETTERS: usize = 42;

pub(super) fn draw(drawing: &Drawing, svg: &mut String) {
    let mut y = MAP[1] + 12.0;
    for kind in [Kind::Target, Kind::Allowed, Kind::Closed, Kind::Obstacle] {
        if drawing.areas.iter().any(|area| area.kind == kind) {
            let name = match kind {
                Kind::Target => "area of the task",
                Kind::Allowed => "flying allowed",
                Kind::Closed => "closed",
                Kind::Obstacle => "obstacle",
            };
            let _ = writeln!(svg, r#"<rect x="{LEFT}" y="{:.1}" width="26" height="14" {}/>"#, y - 11.0, style(kind));
            text(svg, LEFT + 36.0, y, name);
            y += LINE + 3.0;
        }
    }
    if let Some(heat) = &drawing.heat {
        for step in 0..5 {
            let shade = 0.85 * (f64::from(step) / 4.0).sqrt();
            let _ = writeln!(
                svg,
                r##"<rect x="{x:.1}" y="{top:.1}" width="5.2" height="14" fill="#d1007a" fill-opacity="{shade:.2}"/>"##,
                x = LEFT + 5.2 * f64::from(step),
                top = y - 11.0
            );
        }
        text(svg, LEFT + 36.0, y, &heat.name);
        y += LINE + 3.0;
    }
    if !drawing.places.is_empty() {
        let _ = writeln!(
            svg,
            r##"<path d="M{x} {top:.1} l6 11 h-12 z" fill="#fff" stroke="#222" stroke-width="1.6"/>"##,
            x = LEFT + 13.0,
            top = y - 11.0
        );
        text(svg, LEFT + 36.0, y, "named place");
        y += LINE + 3.0;
    }
    if !drawing.ways.is_empty() {
        let _ = writeln!(
            svg,
            r##"<circle cx="{c}" cy="{cy:.1}" r="7" fill="#5f6368"/><rect x="{r}" y="{ry:.1}" width="10" height="10" fill="#5f6368"/>"##,
            c = LEFT + 7.0,
            cy = y - 4.0,
            r = LEFT + 18.0,
            ry = y - 9.0
        );
        text(svg, LEFT + 36.0, y, "begin and end");
        y += LINE + 9.0;
    }
    for (number, way) in drawing.ways.iter().enumerate() {
        let length_m: f64 = way.points.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
        let _ = writeln!(
            svg,
            r##"<line x1="{LEFT}" x2="{x2}" y1="{ly:.1}" y2="{ly:.1}" stroke="{c}" stroke-width="4"/>"##,
            x2 = LEFT + 26.0,
            ly = y - 4.0,
            c = colour(number)
        );
        text(svg, LEFT + 36.0, y, &format!("{}  {}", number + 1, way.name));
        y += LINE - 2.0;
        let times =
            way.during_s.map_or_else(String::new, |[from_s, to_s]| format!("{} to {}, ", clock(from_s), clock(to_s)));
        let _ = writeln!(
            svg,
            r##"<text x="{x}" y="{y:.1}" font-size="12" fill="#5f6368">{times}{:.1} km</text>"##,
            length_m / 1000.0,
            x = LEFT + 36.0
        );
        y += LINE + 3.0;
    }
    y += 6.0;
    for line in drawing.notes.iter().flat_map(|note| wrapped(note)) {
        if y > MAP[3] {
            break;
        }
        let _ = writeln!(svg, r##"<text x="{LEFT}" y="{y:.1}" font-size="12" fill="#444">{}</text>"##, escaped(&line));
        y += LINE - 3.0;
    }
}

fn text(svg: &mut String, x: f64, y: f64, what: &str) {
    let _ = writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(what));
}

/// Hours, minutes and seconds of the plan's clock.
fn clock(at_s: f64) -> String {
    let whole = at_s.round().clamp(-1e9, 1e9) as i64;
    let (sign, whole) = if whole < 0 { ("-", -whole) } else { ("", whole) };
    format!("{sign}{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

/// Lines that fit; the first with a mark.
fn wrapped(note: &str) -> Vec<String> {
    let mut lines = vec!["\u{2022} ".to_owned()];
    for word in note.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].chars().count() + word.chars().count() > LETTERS {
            lines.push(format!("  {word} "));
        } else {
            lines[last].push_str(word);
            lines[last].push(' ');
        }
    }
    lines
}
