//! What is on the map.

use std::fmt::Write;

use geo::{Area as _, BooleanOps, Coord, InteriorPoint, Polygon, Rect};

use super::frame::{Frame, MAP};
use super::{Area, Drawing, Heat, Kind, Way, colour, escaped};
use crate::plane::{Point, between, direction, distance};

/// Arrows are so far apart along a way, pixels.
const ARROWS_APART: f64 = 110.0;
/// The most points of a way that are drawn, and the most cells of a map.
const POINTS_MAX: usize = 8_000;
const CELLS_MAX: usize = 15_000;
/// An area of which less is on the map has no name there, square pixels.
const NAMED_MIN: f64 = 900.0;
/// A name nearer to the map's side than this begins or ends there, pixels.
const EDGE: f64 = 60.0;
/// Cells with less than this share of the greatest value are left out.
const FAINT: f64 = 0.01;

pub(super) fn draw(drawing: &Drawing, frame: &Frame, svg: &mut String) {
    let areas = |kind: Kind| drawing.areas.iter().filter(move |area| area.kind == kind);
    areas(Kind::Allowed).for_each(|area| shade(area, frame, svg));
    if let Some(heat) = &drawing.heat {
        cells(heat, frame, svg);
    }
    for kind in [Kind::Target, Kind::Obstacle, Kind::Closed] {
        areas(kind).for_each(|area| shade(area, frame, svg));
    }
    for (number, way) in drawing.ways.iter().enumerate() {
        line(way, colour(number), frame, svg);
    }
    drawing.areas.iter().filter(|area| !area.name.is_empty()).for_each(|area| name(area, frame, svg));
    // Ends over all lines: none hides another's.
    for (number, way) in drawing.ways.iter().enumerate() {
        ends(number, way, frame, svg);
    }
    for (name, at_m) in &drawing.places {
        let [x, y] = frame.at(*at_m);
        let _ = writeln!(
            svg,
            r##"<path d="M{x:.1} {y:.1} m0 -7 l6 11 h-12 z" fill="#ffffff" stroke="#222" stroke-width="1.6"/><text x="{tx:.1}" y="{ty:.1}" stroke="#fff" stroke-width="3" stroke-linejoin="round" fill="#fff">{name}</text><text x="{tx:.1}" y="{ty:.1}">{name}</text>"##,
            tx = x + 10.0,
            ty = y + 5.0,
            name = escaped(name),
        );
    }
}

/// How an area is filled and bordered.
pub(super) fn style(kind: Kind) -> &'static str {
    match kind {
        Kind::Target => r##"fill="#f0e442" fill-opacity="0.22" stroke="#8a7d00" stroke-width="1.6""##,
        Kind::Allowed => r##"fill="#ffffff" stroke="#5f6368" stroke-width="1.2" stroke-dasharray="7 4""##,
        Kind::Closed => r##"fill="url(#closed)" stroke="#b00020" stroke-width="1.6""##,
        Kind::Obstacle => r##"fill="#9aa0a6" fill-opacity="0.75" stroke="#5f6368" stroke-width="1""##,
    }
}

fn shade(area: &Area, frame: &Frame, svg: &mut String) {
    let mut path = String::new();
    for ring in &area.rings {
        for (number, at_m) in ring.iter().enumerate() {
            let [x, y] = frame.at(*at_m);
            let _ = write!(path, "{}{x:.1} {y:.1}", if number == 0 { 'M' } else { 'L' });
        }
        path.push('Z');
    }
    let _ = writeln!(svg, r#"<path d="{path}" fill-rule="evenodd" {}/>"#, style(area.kind));
}

/// The name of an area, inside the part of it that is on the map; none where so little is that it would not be told whose
/// it is.
fn name(area: &Area, frame: &Frame, svg: &mut String) {
    let Some(ring) = area.rings.first() else { return };
    let on_sheet = ring.iter().map(|at_m| frame.at(*at_m)).map(|[x, y]| Coord { x, y }).collect();
    let [left, top, right, bottom] = MAP;
    let map = Rect::new(Coord { x: left, y: top }, Coord { x: right, y: bottom }).to_polygon();
    let shown = Polygon::new(on_sheet, Vec::new()).intersection(&map);
    let largest = shown.iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    let Some(inside) = largest.filter(|part| part.unsigned_area() > NAMED_MIN).and_then(InteriorPoint::interior_point)
    else {
        return;
    };
    // A text near the edge ends at it.
    let (x, anchor) = match inside.x() {
        x if x < left + EDGE => (left + 6.0, "start"),
        x if x > right - EDGE => (right - 6.0, "end"),
        x => (x, "middle"),
    };
    let _ = writeln!(
        svg,
        r##"<text x="{x:.1}" y="{y:.1}" font-size="12" text-anchor="{anchor}" stroke="#fff" stroke-width="3" stroke-linejoin="round" fill="#fff">{name}</text><text x="{x:.1}" y="{y:.1}" font-size="12" text-anchor="{anchor}" fill="#8a0019">{name}</text>"##,
        y = inside.y() + 4.0,
        name = escaped(&area.name),
    );
}

/// Cells, several as one where there are too many.
fn cells(heat: &Heat, frame: &Frame, svg: &mut String) {
    let (grid, each) = (&heat.grid, (heat.values.len() as f64 / CELLS_MAX as f64).sqrt().ceil().max(1.0) as usize);
    let [columns, rows] = [grid.columns.div_ceil(each), grid.rows.div_ceil(each)];
    let mut means = vec![0.0; columns * rows];
    for (cell, value) in heat.values.iter().enumerate() {
        if value.is_finite() {
            means[cell / grid.columns / each * columns + cell % grid.columns / each] += value / (each * each) as f64;
        }
    }
    let most = means.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    let side = frame.pixels(grid.cell_m * each as f64);
    svg.push_str("<g shape-rendering=\"crispEdges\">\n");
    for (cell, mean) in means.iter().enumerate().filter(|(_, mean)| **mean > FAINT * most) {
        let corner_m = |axis: usize, number: usize| grid.south_west_m[axis] + (number * each) as f64 * grid.cell_m;
        let [x, y] = frame.at([corner_m(0, cell % columns), corner_m(1, cell / columns + 1)]);
        // The eye tells shares better than amounts: the root spreads the faint ones.
        let shade = 0.85 * (mean / most).sqrt();
        let _ = writeln!(
            svg,
            r##"<rect x="{x:.1}" y="{y:.1}" width="{side:.2}" height="{side:.2}" fill="#d1007a" fill-opacity="{shade:.2}"/>"##
        );
    }
    svg.push_str("</g>\n");
}

/// The points of a way on the sheet, every so many left out where there are too many.
fn points(way: &Way, frame: &Frame) -> Vec<Point> {
    let every = way.points.len().div_ceil(POINTS_MAX).max(1);
    let last = way.points.last().copied();
    let mut points: Vec<Point> = way.points.iter().step_by(every).map(|at_m| frame.at(*at_m)).collect();
    points.extend(last.map(|at_m| frame.at(at_m)));
    points
}

fn line(way: &Way, colour: &str, frame: &Frame, svg: &mut String) {
    let points = points(way, frame);
    let joined: Vec<String> = points.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
    let joined = joined.join(" ");
    let _ = writeln!(
        svg,
        r##"<polyline points="{joined}" fill="none" stroke="#fff" stroke-width="4" stroke-opacity="0.7" stroke-linejoin="round"/><polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="1.9" stroke-linejoin="round"/>"##
    );
    // The first arrow after half the distance; each in the middle of what is left of its leg.
    let mut next = ARROWS_APART / 2.0;
    for pair in points.windows(2) {
        let length = distance(pair[0], pair[1]);
        while next < length {
            if let Some([right, down]) = direction(pair[0], pair[1]) {
                let [x, y] = between(pair[0], pair[1], next / length);
                let degrees = down.atan2(right).to_degrees();
                let _ = writeln!(
                    svg,
                    r##"<path d="M6 0 L-5 5 L-2.5 0 L-5 -5 Z" fill="{colour}" stroke="#fff" stroke-width="0.8" transform="translate({x:.1} {y:.1}) rotate({degrees:.0})"/>"##
                );
            }
            next += ARROWS_APART;
        }
        next -= length;
    }
}

/// A disc with the way's number where it begins, a square where it ends.
fn ends(number: usize, way: &Way, frame: &Frame, svg: &mut String) {
    let (Some(first), Some(last)) = (way.points.first(), way.points.last()) else { return };
    let ([x, y], [ex, ey], colour) = (frame.at(*first), frame.at(*last), colour(number));
    // Ways that begin where others do stand beside each other.
    let aside = 20.0 * (number % 6) as f64;
    let shared = if distance([x, y], [ex, ey]) < 12.0 { aside } else { 0.0 };
    let _ = writeln!(
        svg,
        r##"<rect x="{rx:.1}" y="{ry:.1}" width="10" height="10" fill="{colour}" stroke="#fff" stroke-width="1.4"/><circle cx="{cx:.1}" cy="{cy:.1}" r="9" fill="{colour}" stroke="#fff" stroke-width="1.6"/><text x="{cx:.1}" y="{ty:.1}" fill="#fff" font-size="11" font-weight="700" text-anchor="middle">{label}</text>"##,
        rx = ex - 5.0,
        ry = ey - 5.0,
        cx = x + shared,
        cy = y - if shared > 0.0 || distance([x, y], [ex, ey]) < 12.0 { 16.0 } else { 0.0 },
        ty = y + 4.0 - if shared > 0.0 || distance([x, y], [ex, ey]) < 12.0 { 16.0 } else { 0.0 },
        label = number + 1,
    );
}
