//! Where a camera looked lately: a vehicle's has turned away by the time at which an alert is said again.
//!
//! One view a second, of the last [`KEPT_NS`]; the room says its alerts again for half an hour. No I/O.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::super::standpoint::Standpoint;
use super::super::view::View;

/// How long a view is remembered: the room's half an hour, and a clip before it.
const KEPT_NS: i64 = 2_000_000_000_000;
/// From view to view.
const STEP_NS: i64 = 1_000_000_000;
/// Poses come late: a view is asked for of so long ago.
const SETTLED_NS: i64 = 500_000_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Watched {
    views: BTreeMap<i64, View>,
    /// A camera that stands still always looks the same way.
    always: Option<View>,
}

impl Watched {
    /// Remembers how the camera stands, once a second.
    pub(super) fn look(&mut self, now_ns: i64, standpoint: &Standpoint) {
        if let Standpoint::Still { view, .. } = standpoint {
            self.always.get_or_insert_with(|| View::clone(view));
            return;
        }
        let at_ns = now_ns.saturating_sub(SETTLED_NS);
        let due = self.views.last_key_value().is_none_or(|(last, _)| !(*last..*last + STEP_NS).contains(&at_ns));
        if due && let Some(view) = standpoint.view_at(at_ns) {
            self.keep(at_ns, view);
        }
    }

    fn keep(&mut self, at_ns: i64, view: View) {
        // A clock that was set back begins anew.
        drop(self.views.split_off(&at_ns));
        self.views.insert(at_ns, view);
        self.views = self.views.split_off(&at_ns.saturating_sub(KEPT_NS));
    }

    /// The views of a time.
    pub(super) fn during(&self, span_ns: RangeInclusive<i64>) -> Vec<&View> {
        self.always.iter().chain(self.views.range(span_ns).map(|(_, view)| view)).collect()
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{Vector2, Vector3};
    use proptest::prelude::*;
    use telemetry::{AltitudeAmsl, AltitudeHae, Geodetic};
    use vision::geolocation::{Angles, Camera, Distortion, Lens};

    use super::super::super::view::errors_at_rest;
    use super::*;

    /// A view that says by its height when it was.
    fn view(at_s: i64) -> View {
        let lens = Lens::new(Vector2::repeat(1000.0), Vector2::repeat(300.0), Distortion::default()).unwrap();
        let camera = Camera { lens, boresight_rad: Vector3::zeros(), errors: errors_at_rest(0.002) };
        let at = Geodetic::from_degrees(54.36, 10.14, AltitudeHae::new(69.0)).unwrap();
        View::still(at, AltitudeAmsl::new(at_s as f64), Angles { yaw: 0.0, pitch: 0.0, roll: 0.0 }, camera)
    }

    proptest! {
        /// Whatever the clock does, the views of a time are those of that time, and no more are kept than said.
        #[test]
        fn the_views_of_a_time_are_of_that_time(
            steps in prop::collection::vec(-600i64..1_500, 1..60), from in 0i64..20_000, long in 0i64..3_000,
        ) {
            let (mut watched, mut now_s) = (Watched::default(), 5_000);
            for step in steps {
                now_s += step;
                watched.keep(now_s * STEP_NS, view(now_s));
                prop_assert!(watched.views.keys().all(|at| (now_s - 2_000..=now_s).contains(&(at / STEP_NS))));
            }
            let span = from * STEP_NS..=(from + long) * STEP_NS;
            for view in watched.during(span) {
                prop_assert!((from..=from + long).contains(&(view.altitude.metres as i64)));
            }
            prop_assert_eq!(watched.during(now_s * STEP_NS..=now_s * STEP_NS).len(), 1);
        }
    }
}
