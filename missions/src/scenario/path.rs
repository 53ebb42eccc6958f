//! Where something moves, and when: points in time, joined by straight lines.

use telemetry::{EnuVelocity, Geodetic, SiteFrame, Timestamp};
use thiserror::Error;

use super::TimeSpan;

/// The most points of a path.
pub(super) const POINTS_MAX: usize = 200_000;

/// Half the time over which a velocity is taken, seconds: long enough to round the corners of a path drawn by hand
/// and the jitter of a recorded one, short enough for a drone that brakes.
const VELOCITY_HALF_SPAN_S: f64 = 0.5;

/// A point of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedPoint {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub position: Geodetic,
}

/// What happens at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtEnd {
    /// It stays at the last point.
    Stay,
    /// It is gone: landed, out of reach, in harbour.
    #[default]
    Vanish,
    /// It goes on at the first point, in the time of the whole path once more.
    Repeat,
}

/// A path: at least one point, times strictly rising.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    points: Vec<TimedPoint>,
    at_end: AtEnd,
}

/// Points that make no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathFault {
    /// There is no point.
    #[error("a path without points")]
    Empty,
    /// Too many points.
    #[error("a path of {0} points; allowed are {POINTS_MAX}")]
    TooLong(usize),
    /// A point is not later than the one before.
    #[error("point {0} is not later than the one before it")]
    NotRising(usize),
}

impl Path {
    /// Takes points.
    ///
    /// # Errors
    /// [`PathFault`] when there is no point, there are too many, or their times do not rise.
    pub fn new(points: Vec<TimedPoint>, at_end: AtEnd) -> Result<Self, PathFault> {
        if points.is_empty() {
            return Err(PathFault::Empty);
        }
        if points.len() > POINTS_MAX {
            return Err(PathFault::TooLong(points.len()));
        }
        match points.windows(2).position(|pair| pair[0].at >= pair[1].at) {
            Some(n) => Err(PathFault::NotRising(n + 1)),
            None => Ok(Self { points, at_end }),
        }
    }

    /// The points.
    #[must_use]
    pub fn points(&self) -> &[TimedPoint] {
        &self.points
    }

    /// What happens at the end.
    #[must_use]
    pub fn at_end(&self) -> AtEnd {
        self.at_end
    }

    /// When it begins.
    #[must_use]
    pub fn begins_at(&self) -> Timestamp {
        self.points[0].at
    }

    /// When the last point is reached, the first time.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.points[self.points.len() - 1].at
    }

    /// Where it is, as long as it is there.
    #[must_use]
    pub fn position(&self, at: Timestamp) -> Option<Geodetic> {
        let at = self.unrolled(at)?;
        let after = self.points.partition_point(|point| point.at <= at);
        let Some(to) = self.points.get(after) else { return self.points.last().map(|last| last.position) };
        let from = &self.points[after - 1];
        let share = at.seconds_since(from.at) / to.at.seconds_since(from.at);
        Some(between(from.position, to.position, share))
    }

    /// Where it is and how it moves, as long as it is there.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> Option<(Geodetic, EnuVelocity)> {
        let position = self.position(at)?;
        let (before, after) = (at.offset_seconds(-VELOCITY_HALF_SPAN_S), at.offset_seconds(VELOCITY_HALF_SPAN_S));
        // A path that repeats jumps from its end to its beginning where it is not closed; no velocity across that.
        let same_round = |other: Timestamp| self.round(other) == self.round(at);
        let (from_at, from) =
            self.position(before).filter(|_| same_round(before)).map_or((at, position), |p| (before, p));
        let (to_at, to) = self.position(after).filter(|_| same_round(after)).map_or((at, position), |p| (after, p));
        let span_s = to_at.seconds_since(from_at);
        if span_s <= 0.0 {
            return Some((position, EnuVelocity::default()));
        }
        let frame = SiteFrame::new(position);
        let step = (frame.enu(to).vector() - frame.enu(from).vector()) / span_s;
        Some((position, EnuVelocity::from_vector(step)))
    }

    /// The first instant of a span, looked for every tenth of a second, at which it is somewhere `inside` holds.
    #[must_use]
    pub fn first_inside(&self, span: TimeSpan, inside: impl Fn(Geodetic) -> bool) -> Option<Timestamp> {
        let steps = (span.to.seconds_since(span.from) * 10.0) as u32;
        let instants = (0..=steps).map(|step| span.from.offset_seconds(f64::from(step) / 10.0));
        let over = |at: &Timestamp| self.at_end != AtEnd::Repeat && *at > self.ends_at();
        instants.take_while(|at| !over(at)).find(|at| self.position(*at).is_some_and(&inside))
    }

    /// Which round of a repeating path an instant lies in.
    fn round(&self, at: Timestamp) -> i64 {
        let length_ns = self.ends_at().unix_nanos() - self.begins_at().unix_nanos();
        match self.at_end {
            AtEnd::Repeat if length_ns > 0 => (at.unix_nanos() - self.begins_at().unix_nanos()).div_euclid(length_ns),
            _ => 0,
        }
    }

    /// The instant of the first round that answers to `at`; nothing before the beginning and after the end.
    fn unrolled(&self, at: Timestamp) -> Option<Timestamp> {
        let (begin, end) = (self.begins_at(), self.ends_at());
        if at < begin {
            return None;
        }
        if at <= end {
            return Some(at);
        }
        match self.at_end {
            AtEnd::Stay => Some(end),
            AtEnd::Vanish => None,
            AtEnd::Repeat => {
                let length_ns = end.unix_nanos() - begin.unix_nanos();
                let into_ns = if length_ns > 0 { (at.unix_nanos() - begin.unix_nanos()) % length_ns } else { 0 };
                Some(Timestamp::from_unix_nanos(begin.unix_nanos() + into_ns))
            }
        }
    }
}

/// The point at a share of the way between two points, each coordinate by itself: the way follows the Earth's curve at
/// the height the two points say, and over the kilometres of a leg it is straight to a few centimetres.
fn between(from: Geodetic, to: Geodetic, share: f64) -> Geodetic {
    let mixed = |a: f64, b: f64| a + (b - a) * share;
    let height = telemetry::AltitudeHae::new(mixed(from.height().metres, to.height().metres));
    let longitude = from.longitude() + telemetry::angle::wrapped_pi(to.longitude() - from.longitude()) * share;
    let longitude = telemetry::angle::wrapped_pi(longitude);
    Geodetic::from_radians(mixed(from.latitude(), to.latitude()), longitude, height).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use telemetry::AltitudeHae;

    use super::*;

    fn point(after_s: f64, lon: f64, lat: f64, height_m: f64) -> TimedPoint {
        let position = Geodetic::from_degrees(lat, lon, AltitudeHae::new(height_m)).unwrap();
        TimedPoint { at: Timestamp::EPOCH.offset_seconds(after_s), position }
    }

    fn at(after_s: f64) -> Timestamp {
        Timestamp::EPOCH.offset_seconds(after_s)
    }

    fn there_and_up(at_end: AtEnd) -> Path {
        let points =
            vec![point(10.0, 10.0, 54.0, 40.0), point(20.0, 10.0, 54.001, 40.0), point(30.0, 10.0, 54.001, 90.0)];
        Path::new(points, at_end).unwrap()
    }

    #[test]
    fn what_is_no_path_is_refused() {
        assert_eq!(Path::new(Vec::new(), AtEnd::Stay), Err(PathFault::Empty));
        let standing = vec![point(1.0, 10.0, 54.0, 0.0), point(1.0, 10.0, 54.0, 0.0)];
        assert_eq!(Path::new(standing, AtEnd::Stay), Err(PathFault::NotRising(1)));
        let long = (0..=POINTS_MAX).map(|n| point(n as f64, 10.0, 54.0, 0.0)).collect();
        assert_eq!(Path::new(long, AtEnd::Stay), Err(PathFault::TooLong(POINTS_MAX + 1)));
    }

    #[test]
    fn a_path_is_not_there_before_it_begins_nor_after_it_vanishes() {
        let path = there_and_up(AtEnd::Vanish);
        assert_eq!(path.position(at(9.99)), None);
        assert!(path.position(at(10.0)).is_some() && path.position(at(30.0)).is_some());
        assert_eq!(path.position(at(30.01)), None);
        let stays = there_and_up(AtEnd::Stay);
        assert_eq!(stays.position(at(500.0)), stays.position(at(30.0)));
        assert_eq!(stays.state(at(500.0)).unwrap().1, EnuVelocity::default());
    }

    #[test]
    fn a_repeating_path_comes_round_again() {
        let path = there_and_up(AtEnd::Repeat);
        for after_s in [10.0, 13.0, 25.0] {
            let (first, again) = (path.position(at(after_s)).unwrap(), path.position(at(after_s + 40.0)).unwrap());
            assert!(first.distance_m(again) < 1e-6, "{after_s}");
        }
        // No velocity across the jump from the end to the beginning.
        let (_, velocity) = path.state(at(30.1)).unwrap();
        assert!(velocity.ground_speed_m_s() < 12.0, "{velocity:?}");
    }

    #[test]
    fn velocity_is_that_of_the_way_and_rounds_corners() {
        let path = there_and_up(AtEnd::Stay);
        // 0.001° of latitude at 54° N is 111.30 m on WGS-84, in ten seconds.
        let (_, cruise) = path.state(at(15.0)).unwrap();
        assert!((cruise.north_m_s - 11.13).abs() < 0.01 && cruise.east_m_s.abs() < 1e-6, "{cruise:?}");
        let (_, climb) = path.state(at(25.0)).unwrap();
        assert!((climb.up_m_s - 5.0).abs() < 1e-6 && climb.ground_speed_m_s() < 1e-6, "{climb:?}");
        let (_, corner) = path.state(at(20.0)).unwrap();
        assert!((corner.north_m_s - 5.565).abs() < 0.01 && (corner.up_m_s - 2.5).abs() < 0.01, "{corner:?}");
    }

    #[test]
    fn a_path_of_one_point_stays_or_repeats_there() {
        for at_end in [AtEnd::Stay, AtEnd::Repeat] {
            let path = Path::new(vec![point(5.0, 10.0, 54.0, 0.0)], at_end).unwrap();
            assert!(path.position(at(4.0)).is_none());
            assert_eq!(path.state(at(100.0)).unwrap().1, EnuVelocity::default());
        }
    }

    #[test]
    fn a_path_across_the_antimeridian_takes_the_short_way() {
        let path =
            Path::new(vec![point(0.0, 179.999, 0.0, 0.0), point(10.0, -179.999, 0.0, 0.0)], AtEnd::Stay).unwrap();
        let longitude_deg = path.position(at(5.0)).unwrap().longitude().to_degrees();
        assert!((longitude_deg.abs() - 180.0).abs() < 1e-9, "{longitude_deg}");
    }

    #[test]
    fn the_first_moment_inside_is_found_to_a_tenth_of_a_second() {
        let path = there_and_up(AtEnd::Vanish);
        let span = TimeSpan { from: at(0.0), to: at(100.0) };
        let found = path.first_inside(span, |position| position.height().metres >= 65.0);
        assert_eq!(found, Some(at(25.0)));
        assert_eq!(path.first_inside(span, |position| position.height().metres > 90.0), None);
    }

    proptest! {
        #[test]
        fn any_path_asked_at_any_time_gives_a_place_on_earth(
            steps in prop::collection::vec((1i64..10_000_000_000, -180.0..180.0, -90.0..90.0, -500.0..20_000.0), 1..20),
            nanos in any::<i64>(),
            end in prop::sample::select(vec![AtEnd::Stay, AtEnd::Vanish, AtEnd::Repeat]),
        ) {
            let mut now = 0;
            let points = steps.into_iter().map(|(step, lon, lat, height)| {
                now += step;
                TimedPoint {
                    at: Timestamp::from_unix_nanos(now),
                    position: Geodetic::from_degrees(lat, lon, AltitudeHae::new(height)).unwrap(),
                }
            });
            let path = Path::new(points.collect(), end).unwrap();
            if let Some((_, velocity)) = path.state(Timestamp::from_unix_nanos(nanos)) {
                prop_assert!(velocity.vector().norm().is_finite());
            }
        }
    }
}
