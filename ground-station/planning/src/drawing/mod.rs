//! A plan as a picture (SVG 1.1): areas, what is closed, ways with arrows, where they begin and end, a map of
//! probabilities or of risk underneath, and beside it a legend with times.
//!
//! North is up, and a metre is as long one way as the other. Colours are those of Okabe and Ito (2008), which most people
//! who see colours differently tell apart; every way has its number as well. What is no number is not drawn.

mod frame;
mod legend;
mod shapes;

use crate::cue::Grid;
use crate::flight::Flight;
use frame::Frame;

/// A picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawing {
    title: String,
    heat: Option<Heat>,
    areas: Vec<Area>,
    ways: Vec<Way>,
    places: Vec<(String, [f64; 2])>,
    notes: Vec<String>,
}

/// What an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// To be seen, searched, watched.
    Target,
    /// Where may be flown.
    Allowed,
    /// Where nobody goes.
    Closed,
    /// A building, an island, a hull.
    Obstacle,
}

#[derive(Debug, Clone, PartialEq)]
struct Area {
    kind: Kind,
    name: String,
    rings: Vec<Vec<[f64; 2]>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Way {
    name: String,
    points: Vec<[f64; 2]>,
    /// From and to, s.
    during_s: Option<[f64; 2]>,
}

#[derive(Debug, Clone, PartialEq)]
struct Heat {
    name: String,
    grid: Grid,
    values: Vec<f64>,
}

/// The most ways in one picture: with more the legend is longer than the picture.
pub const WAYS_MAX: usize = 24;

impl Drawing {
    /// An empty picture with a title.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), ..Self::default() }
    }

    /// An area: its outer ring, then its holes; east and north, m.
    #[must_use]
    pub fn area(self, kind: Kind, rings: &[Vec<[f64; 2]>]) -> Self {
        self.named_area(kind, "", rings)
    }

    /// An area with a name, which stands in the part of it that is in the picture.
    #[must_use]
    pub fn named_area(mut self, kind: Kind, name: &str, rings: &[Vec<[f64; 2]>]) -> Self {
        let drawn = |ring: &Vec<[f64; 2]>| finite(ring);
        let name = name.to_owned();
        self.areas.push(Area { kind, name, rings: rings.iter().map(drawn).filter(|ring| ring.len() > 2).collect() });
        self
    }

    /// A way without times.
    #[must_use]
    pub fn way(self, name: &str, points: &[[f64; 2]]) -> Self {
        self.with(Way { name: name.to_owned(), points: finite(points), during_s: None })
    }

    /// A flight, with its times.
    #[must_use]
    pub fn flight(self, name: &str, flight: &Flight) -> Self {
        let points: Vec<[f64; 2]> = flight.waypoints.iter().map(|at| at.place_m).collect();
        let ends = (flight.waypoints.first(), flight.waypoints.last());
        let during_s = if let (Some(first), Some(last)) = ends { Some([first.at_s, last.at_s]) } else { None };
        self.with(Way { name: name.to_owned(), points: finite(&points), during_s })
    }

    fn with(mut self, way: Way) -> Self {
        if self.ways.len() < WAYS_MAX && way.points.len() > 1 {
            self.ways.push(way);
        }
        self
    }

    /// A place with a name.
    #[must_use]
    pub fn place(mut self, name: &str, at_m: [f64; 2]) -> Self {
        if at_m.iter().all(|along| along.is_finite()) {
            self.places.push((name.to_owned(), at_m));
        }
        self
    }

    /// Values of cells, the greater the darker. The grid has as many cells as there are values.
    #[must_use]
    pub fn heat(mut self, name: &str, grid: Grid, values: &[f64]) -> Self {
        if grid.columns.checked_mul(grid.rows) == Some(values.len()) && grid.check().is_ok() {
            self.heat = Some(Heat { name: name.to_owned(), grid, values: values.to_vec() });
        }
        self
    }

    /// A line below the legend: why the plan is as it is.
    #[must_use]
    pub fn note(mut self, note: &str) -> Self {
        self.notes.push(note.to_owned());
        self
    }

    /// The ways, for other kinds of pictures: the name and the points of each.
    pub fn ways(&self) -> impl Iterator<Item = (&str, &[[f64; 2]])> {
        self.ways.iter().map(|way| (way.name.as_str(), way.points.as_slice()))
    }

    /// The rings of the areas, each with what it is of.
    pub fn rings(&self) -> impl Iterator<Item = (Kind, &[[f64; 2]])> {
        self.areas.iter().flat_map(|area| area.rings.iter().map(|ring| (area.kind, ring.as_slice())))
    }

    /// The places with their names.
    pub fn places(&self) -> impl Iterator<Item = (&str, [f64; 2])> {
        self.places.iter().map(|(name, at_m)| (name.as_str(), *at_m))
    }

    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let frame = Frame::around(self);
        let mut svg = frame.begin(&self.title);
        shapes::draw(self, &frame, &mut svg);
        frame.end(&mut svg);
        legend::draw(self, &mut svg);
        svg.push_str("</svg>\n");
        svg
    }
}

fn finite(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    points.iter().copied().filter(|at| at.iter().all(|along| along.is_finite() && along.abs() < 1e9)).collect()
}

/// Text that may stand in a picture.
fn escaped(text: &str) -> String {
    let allowed = |char: &char| !char.is_control();
    text.chars()
        .filter(allowed)
        .map(|char| match char {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

/// The colour of a way, by its number.
fn colour(number: usize) -> &'static str {
    const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
    COLOURS[number % COLOURS.len()]
}
