//! The geofence: whether the vehicle is outside of it, and what it does then.
//!
//! A fence is the uploaded polygons and circles, a ceiling and a circle around home. Inclusion polygons and circles must
//! hold the vehicle, exclusions must not; several inclusions are alternatives on PX4 and all count on ArduPilot, where
//! one fence is the normal case; here any of them will do.

use telemetry::Geodetic;

use super::super::local::displacement;
use super::super::parameters::{Parameter, Px4Setting};
use super::super::personality::Personality;
use super::failsafe::Response;
use super::items::{FENCE_CIRCLE_EXCLUSION, FENCE_CIRCLE_INCLUSION, FENCE_EXCLUSION, FENCE_INCLUSION, lat_lon};
use super::{Flight, Item, Refused, Severity, Situation};

/// Bits of FENCE_TYPE.
const TYPE_HEIGHT: i64 = 1;
const TYPE_CIRCLE: i64 = 2;
const TYPE_POLYGON: i64 = 4;

/// What has been crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    Height,
    Circle,
    Polygon,
}

impl Barrier {
    fn words(self) -> &'static str {
        match self {
            Self::Height => "Max Alt",
            Self::Circle => "Circle",
            Self::Polygon => "Polygon",
        }
    }
}

/// The fence being watched.
#[derive(Debug, Clone, Default)]
pub(super) struct FenceWatch {
    breach: Option<Barrier>,
    breaches: u16,
}

impl FenceWatch {
    /// Whether the fence is crossed now.
    pub(super) fn breach_acts(&self) -> bool {
        self.breach.is_some()
    }
}

impl Flight {
    /// Whether there is a fence that is enforced.
    pub(crate) fn fenced(&self, s: &Situation<'_>) -> bool {
        match s.personality {
            Personality::ArduPilot => s.parameters.choice(Parameter::FenceEnable) != 0,
            Personality::Px4 => s.parameters.px4(Px4Setting::GfAction) != 0.0,
        }
    }

    /// ArduPilot: what FENCE_ENABLE becomes by a command to switch the fence. Off is always done, on only where there is
    /// a fence: a barrier that FENCE_TYPE names, of which a polygon must have been uploaded. To switch off the lowest
    /// height alone (2) is taken, and no such barrier is simulated.
    pub(crate) fn switched_fence(&self, s: &Situation<'_>, how: f32) -> Result<f32, Refused> {
        let types = s.parameters.choice(Parameter::FenceType);
        let present = types & !TYPE_POLYGON != 0 || (types & TYPE_POLYGON != 0 && !self.items.fence.is_empty());
        match how as i32 {
            0 => Ok(0.0),
            1 if present => Ok(1.0),
            2 => Ok(s.parameters.get(Parameter::FenceEnable) as f32),
            _ => Err(Refused),
        }
    }

    /// What has been crossed, if anything.
    pub(crate) fn breach(&self) -> Option<Barrier> {
        self.fence_watch.breach
    }

    /// How often the fence has been crossed.
    pub(crate) fn breaches(&self) -> u16 {
        self.fence_watch.breaches
    }

    pub(super) fn watch_fence(&mut self, s: &Situation<'_>) {
        let watched = self.armed() && self.fenced(s) && s.estimate.trusted;
        let breach = if watched { self.crossed(s) } else { None };
        let begins = breach.is_some() && self.fence_watch.breach.is_none();
        self.fence_watch.breach = breach;
        let (true, Some(barrier)) = (begins, breach) else { return };
        self.fence_watch.breaches = self.fence_watch.breaches.saturating_add(1);
        let text = match s.personality {
            Personality::ArduPilot => format!("{} fence breached", barrier.words()),
            Personality::Px4 => "Geofence violated".to_owned(),
        };
        self.notices.say(Severity::Warning, text);
        self.respond(s, response(s), "Fence breach");
    }

    fn crossed(&self, s: &Situation<'_>) -> Option<Barrier> {
        let (types, ceiling_m, radius_m) = match s.personality {
            Personality::ArduPilot => (
                s.parameters.choice(Parameter::FenceType),
                s.parameters.get(Parameter::FenceAltMax),
                s.parameters.get(Parameter::FenceRadius),
            ),
            // Zero switches each off.
            Personality::Px4 => {
                let (ceiling_m, radius_m) =
                    (s.parameters.get(Parameter::FenceAltMax), s.parameters.get(Parameter::FenceRadius));
                let types = TYPE_POLYGON
                    | if ceiling_m > 0.0 { TYPE_HEIGHT } else { 0 }
                    | if radius_m > 0.0 { TYPE_CIRCLE } else { 0 };
                (types, ceiling_m, radius_m)
            }
        };
        let here = s.estimate.position;
        let from_home = displacement(self.home?, here);
        if types & TYPE_HEIGHT != 0 && !s.floats() && from_home.up_m > ceiling_m {
            Some(Barrier::Height)
        } else if types & TYPE_CIRCLE != 0 && from_home.horizontal_m() > radius_m {
            Some(Barrier::Circle)
        } else if types & TYPE_POLYGON != 0 && !fence_holds(&self.items.fence, here) {
            Some(Barrier::Polygon)
        } else {
            None
        }
    }
}

fn response(s: &Situation<'_>) -> Response {
    match s.personality {
        Personality::ArduPilot => match s.parameters.choice(Parameter::FenceAction) {
            0 => Response::Nothing,
            2 => Response::Land,
            4 => Response::Hold,
            _ => Response::Return,
        },
        Personality::Px4 => match s.parameters.px4(Px4Setting::GfAction) as i64 {
            0 | 1 => Response::Nothing,
            3 => Response::Return,
            4 => Response::Stop,
            5 => Response::Land,
            _ => Response::Hold,
        },
    }
}

/// Whether a fence holds a place. An empty one holds every place.
pub(crate) fn fence_holds(items: &[Item], at: Geodetic) -> bool {
    let (mut inclusions, mut included) = (false, false);
    let mut rest = items;
    while let Some(first) = rest.first() {
        let corners = match first.command {
            FENCE_INCLUSION | FENCE_EXCLUSION => (first.param[0] as usize).clamp(1, rest.len()),
            _ => 1,
        };
        let (shape, after) = rest.split_at(corners);
        rest = after;
        match first.command {
            FENCE_INCLUSION => {
                inclusions = true;
                included |= polygon_holds(shape, at);
            }
            FENCE_EXCLUSION if polygon_holds(shape, at) => return false,
            FENCE_CIRCLE_INCLUSION => {
                inclusions = true;
                included |= circle_holds(first, at);
            }
            FENCE_CIRCLE_EXCLUSION if circle_holds(first, at) => return false,
            _ => {}
        }
    }
    included || !inclusions
}

fn circle_holds(item: &Item, at: Geodetic) -> bool {
    offset(item, at).is_some_and(|(east_m, north_m)| east_m.hypot(north_m) <= f64::from(item.param[0]))
}

/// Even-odd rule, in metres around the place: fences are small.
fn polygon_holds(corners: &[Item], at: Geodetic) -> bool {
    let Some(points) = corners.iter().map(|corner| offset(corner, at)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let following = points.iter().cycle().skip(1);
    let crossings = points
        .iter()
        .zip(following)
        .filter(|((x1, y1), (x2, y2))| (*y1 > 0.0) != (*y2 > 0.0) && x1 + (x2 - x1) * (-y1 / (y2 - y1)) > 0.0);
    crossings.count() % 2 == 1
}

/// Where an item lies from a place: east and north, metres.
fn offset(item: &Item, at: Geodetic) -> Option<(f64, f64)> {
    let there = lat_lon(item.x, item.y)?.at_height(at.height());
    let by = displacement(at, there);
    Some((by.east_m, by.north_m))
}

#[cfg(test)]
mod tests {
    use telemetry::{AltitudeHae, Enu};

    use super::super::super::local::moved;
    use super::*;

    fn centre() -> Geodetic {
        Geodetic::from_degrees(54.0, 10.0, AltitudeHae::new(40.0)).unwrap()
    }

    fn off(east_m: f64, north_m: f64) -> Geodetic {
        moved(centre(), Enu { east_m, north_m, up_m: 0.0 })
    }

    fn item(command: u16, first: f32, at: Geodetic) -> Item {
        let e7 = |radians: f64| (radians.to_degrees() * 1e7).round() as i32;
        let (x, y) = (e7(at.latitude()), e7(at.longitude()));
        Item { command, frame: 0, param: [first, 0.0, 0.0, 0.0], x, y, z: 0.0 }
    }

    #[test]
    fn a_fence_holds_what_is_inside_and_not_in_its_holes() {
        let square = [(-100.0, -100.0), (-100.0, 100.0), (100.0, 100.0), (100.0, -100.0)];
        let mut fence: Vec<Item> = square.iter().map(|(e, n)| item(FENCE_INCLUSION, 4.0, off(*e, *n))).collect();
        fence.push(item(FENCE_CIRCLE_EXCLUSION, 20.0, off(50.0, 0.0)));
        for (place, held) in [
            (off(0.0, 0.0), true),
            (off(-99.0, 99.0), true),
            (off(101.0, 0.0), false),
            (off(0.0, -101.0), false),
            (off(55.0, 5.0), false),
            (off(75.0, 5.0), true),
        ] {
            assert_eq!(fence_holds(&fence, place), held, "{place:?}");
        }
        assert!(fence_holds(&[], off(5000.0, 0.0)));
    }
}
