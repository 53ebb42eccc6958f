//! Of which alerts a camera keeps a clip, and when each clip is complete. No I/O: the time is an argument.
//!
//! The room says its alerts again and again, so a camera that was cut off hears later what happened meanwhile, and perhaps
//! that somebody has seen to it already. Whatever is still kept of an alert's time is cut; an alert of which nothing is kept is
//! over. A clip counts once, whatever becomes of the alert.
//!
//! A clip is complete when the camera's newest frame is as late as its end; where frames fail to come it is cut from what
//! there is [`LATE_NS`] later. What of it left memory may lie in the segment of the recording that is still being written: it
//! is waited for until that must be complete. At most [`PENDING_MAX`] wait for their end; when so many do, a newer alert gets none and is
//! counted; it comes again.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use nalgebra::Vector3;
use telemetry::messages::{Alert, Subject};
use telemetry::{AlertId, Geodetic};

use super::super::view::View;

/// Clips whose end has not come.
const PENDING_MAX: usize = 16;
/// Alerts remembered, so that none is cut twice; the room says again and again what is open.
const KNOWN_MAX: usize = 1024;
/// How much later than its end a clip is cut though no frame came.
pub(super) const LATE_NS: i64 = 10_000_000_000;
/// How far outside of the picture a place may lie that is shown soon, as a share of the picture's side.
const MARGIN: f64 = 0.2;

/// A clip to be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cutting {
    pub(super) alert: AlertId,
    /// The alert's instant, and the clip's beginning and end, UTC, ns since 1970.
    pub(super) at_ns: i64,
    pub(super) from_ns: i64,
    pub(super) to_ns: i64,
    /// Not before this: until then some of it may lie in a segment that is not complete.
    ready_ns: i64,
}

/// How far back what a camera keeps reaches. Times in UTC, ns since 1970.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    /// When the oldest frame in memory was taken.
    pub(super) oldest_ns: Option<i64>,
    /// When the first frame of this start of the camera was taken.
    pub(super) began_ns: Option<i64>,
    /// How long a segment of the recording is, ns, where there is one: whatever is over may lie in it.
    pub(super) segment_ns: Option<i64>,
}

impl Reach {
    /// When what of a time is in memory no longer is in a complete segment; nothing where all of it is in memory, or was
    /// recorded before this start.
    fn complete_ns(&self, from_ns: i64, to_ns: i64) -> Option<i64> {
        let (oldest_ns, began_ns) = (self.oldest_ns?, self.began_ns?);
        let last_ns = to_ns.min(oldest_ns);
        // A segment goes on up to the next key frame.
        let complete_ns = last_ns.saturating_add(self.segment_ns?).saturating_add(LATE_NS);
        (from_ns < oldest_ns && last_ns > began_ns).then_some(complete_ns)
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Due {
    before_ns: i64,
    after_ns: i64,
    pending: VecDeque<Cutting>,
    known: VecDeque<AlertId>,
    refused: u64,
}

impl Due {
    /// Clips that begin and end so long before and after their alerts; of some alerts there are clips already.
    pub(super) fn new(before_ns: i64, after_ns: i64, known: impl IntoIterator<Item = AlertId>) -> Self {
        let mut due = Self { before_ns, after_ns, pending: VecDeque::new(), known: VecDeque::new(), refused: 0 };
        known.into_iter().for_each(|alert| due.remember(alert));
        due
    }

    /// Takes an alert that the camera may show.
    pub(super) fn take(&mut self, now_ns: i64, reach: Reach, alert: &Alert) {
        let at_ns = alert.raised_at.unix_nanos();
        let (from_ns, to_ns) = self.span_ns(alert).into_inner();
        // What a room says of last night when it is opened again is over.
        let late = now_ns > to_ns.saturating_add(LATE_NS);
        let gone = reach.segment_ns.is_none() && reach.oldest_ns.is_none_or(|oldest_ns| to_ns < oldest_ns);
        if (late && gone) || self.known.contains(&alert.id) {
            return;
        }
        if self.pending.len() >= PENDING_MAX {
            self.refused += 1;
            return;
        }
        self.remember(alert.id.clone());
        let ready_ns = reach.complete_ns(from_ns, to_ns).unwrap_or(i64::MIN);
        self.pending.push_back(Cutting { alert: alert.id.clone(), at_ns, from_ns, to_ns, ready_ns });
    }

    /// From when to when the clip of an alert goes, UTC, ns since 1970.
    pub(super) fn span_ns(&self, alert: &Alert) -> RangeInclusive<i64> {
        let at_ns = alert.raised_at.unix_nanos();
        at_ns.saturating_sub(self.before_ns)..=at_ns.saturating_add(self.after_ns)
    }

    /// The next clip that is complete, given when the newest frame was taken.
    pub(super) fn next(&mut self, now_ns: i64, newest_ns: Option<i64>) -> Option<Cutting> {
        let complete = |cutting: &Cutting| {
            let taken = newest_ns.is_some_and(|newest_ns| newest_ns >= cutting.to_ns)
                || now_ns >= cutting.to_ns.saturating_add(LATE_NS);
            taken && now_ns >= cutting.ready_ns
        };
        let place = self.pending.iter().position(complete)?;
        self.pending.remove(place)
    }

    /// What is not complete and never will be.
    pub(super) fn finish(&mut self) -> VecDeque<Cutting> {
        std::mem::take(&mut self.pending)
    }

    /// How often an alert had to be said again because too many waited.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    fn remember(&mut self, alert: AlertId) {
        if self.known.len() >= KNOWN_MAX {
            self.known.pop_front();
        }
        self.known.push_back(alert);
    }
}

/// Whether a camera that looked so while its clip was taken may show what an alert is about: its place lies in a picture or near
/// the edge of one. An alert without a place may be about anything, unless it is about a sensor.
pub(super) fn may_show(views: &[&View], picture: [usize; 2], alert: &Alert) -> bool {
    match alert.position {
        None => !matches!(alert.subject, Subject::Sensor(_)),
        Some(position) => views.iter().any(|view| shows(view, picture, position)),
    }
}

fn shows(view: &View, [width, height]: [usize; 2], position: Geodetic) -> bool {
    let enu_m: Vector3<f64> = view.frame.enu(position).vector();
    let Some(pixel) = view.camera.pixel(&view.pose, enu_m) else { return false };
    let within = |at: f64, side: usize| {
        let side = side as f64;
        (-MARGIN * side..(1.0 + MARGIN) * side).contains(&at)
    };
    within(pixel.x, width) && within(pixel.y, height)
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector2;
    use proptest::prelude::*;
    use telemetry::messages::{AlertRule, AlertState, Severity};
    use telemetry::{AltitudeAmsl, AltitudeHae, SensorId, Timestamp, TrackId};
    use vision::geolocation::{Angles, Camera, Distortion, Lens};

    use super::super::super::view::errors_at_rest;
    use super::*;

    const S: i64 = 1_000_000_000;

    /// Without a recording, and with frames in memory since then.
    fn memory(oldest_s: i64) -> Reach {
        Reach { oldest_ns: Some(oldest_s * S), ..Reach::default() }
    }

    fn alert(number: u64, raised_s: i64) -> Alert {
        Alert {
            id: format!("kiel.{number}").parse().unwrap(),
            rule: AlertRule::ZoneEntered,
            severity: Severity::Critical,
            raised_at: Timestamp::from_unix_nanos(raised_s * S),
            measured_at: Timestamp::from_unix_nanos(raised_s * S),
            subject: Subject::Track(TrackId(number)),
            position: None,
            zone: None,
            text: "A drone in the lock".to_owned(),
            state: AlertState::Raised,
        }
    }

    #[test]
    fn a_clip_is_cut_once_and_when_its_last_frame_has_come() {
        let mut due = Due::new(10 * S, 20 * S, ["kiel.3".parse().unwrap()]);
        for alert in [alert(1, 100), alert(1, 100), alert(3, 100), alert(4, 60)] {
            due.take(101 * S, Reach::default(), &alert);
        }
        assert_eq!(due.next(121 * S, Some(119 * S)), None);
        let cutting = due.next(121 * S, Some(120 * S)).unwrap();
        assert_eq!((cutting.alert.as_str(), cutting.at_ns), ("kiel.1", 100 * S));
        assert_eq!((cutting.from_ns, cutting.to_ns), (90 * S, 120 * S));
        assert_eq!((due.next(900 * S, Some(900 * S)), due.refused()), (None, 0), "nothing else is wanted");
    }

    #[test]
    fn an_alert_of_the_time_of_silence_is_cut_as_long_as_its_frames_are_kept_whatever_became_of_it() {
        let mut due = Due::new(10 * S, 20 * S, []);
        let seen = AlertState::Acknowledged { by: "anna".parse().unwrap(), at: Timestamp::EPOCH };
        for (oldest_s, number) in [(130, 1), (119, 2), (60, 3)] {
            due.take(300 * S, memory(oldest_s), &Alert { state: seen.clone(), ..alert(number, 100) });
        }
        due.take(300 * S, Reach::default(), &alert(4, 100));
        let mut cut = Vec::new();
        while let Some(cutting) = due.next(300 * S, Some(300 * S)) {
            cut.push(cutting.alert.to_string());
        }
        assert_eq!(cut, ["kiel.2", "kiel.3"], "of the others nothing is kept");
    }

    #[test]
    fn what_left_memory_is_cut_when_its_segment_is_complete_and_what_was_recorded_before_this_start_at_once() {
        let recorded = |oldest_s: i64, began_s: i64| Reach {
            oldest_ns: Some(oldest_s * S),
            began_ns: Some(began_s * S),
            segment_ns: Some(60 * S),
        };
        // The clip goes from 90 s to 120 s; the alert is heard at 200 s.
        for (reach, cut_from_s) in [
            (recorded(80, 0), 200),
            (recorded(110, 0), 200),
            (recorded(190, 0), 200),
            (recorded(190, 190), 200),
            (recorded(190, 110), 200),
            (Reach { segment_ns: Some(600 * S), ..recorded(190, 110) }, 120 + 600 + 10),
            (Reach { segment_ns: Some(600 * S), ..recorded(110, 0) }, 110 + 600 + 10),
            (Reach { segment_ns: Some(600 * S), ..recorded(110, 110) }, 200),
        ] {
            let mut due = Due::new(10 * S, 20 * S, []);
            due.take(200 * S, reach, &alert(1, 100));
            let first_s = (200..1000).find(|now_s| due.next(now_s * S, Some(now_s * S)).is_some());
            assert_eq!(first_s, Some(cut_from_s), "{reach:?}");
        }
    }

    #[test]
    fn of_too_many_at_once_the_rest_is_cut_when_it_is_said_again() {
        let mut due = Due::new(10 * S, 20 * S, []);
        let mut cut = 0;
        for _ in 0..2 {
            (0..20).for_each(|number| due.take(300 * S, memory(0), &alert(number, 100)));
            cut += std::iter::from_fn(|| due.next(300 * S, Some(300 * S))).count();
        }
        assert_eq!((cut, due.refused()), (20, 4));
    }

    #[test]
    fn a_camera_that_broke_is_not_waited_for_for_ever() {
        let mut due = Due::new(10 * S, 20 * S, []);
        due.take(101 * S, Reach::default(), &alert(1, 100));
        assert_eq!(due.next(129 * S, Some(104 * S)), None);
        assert!(due.next(130 * S, None).is_some());
        due.take(131 * S, Reach::default(), &alert(2, 130));
        assert_eq!(due.finish().len(), 1);
    }

    #[test]
    fn a_place_in_the_picture_or_beside_it_is_shown_and_one_behind_is_not() {
        let lens = Lens::new(Vector2::repeat(1000.0), Vector2::new(319.5, 255.5), Distortion::default()).unwrap();
        let camera = Camera { lens, boresight_rad: Vector3::zeros(), errors: errors_at_rest(0.002) };
        let aim = Angles { yaw: 0.5, pitch: 0.0, roll: 0.0 };
        let at = Geodetic::from_degrees(54.36, 10.14, AltitudeHae::new(69.0)).unwrap();
        let view = View::still(at, AltitudeAmsl::new(30.0), aim, camera);
        let toward = |yaw: f64, up: f64| {
            let enu = telemetry::Enu::from_vector(Vector3::new(2e3 * yaw.sin(), 2e3 * yaw.cos(), up));
            let position = view.frame.geodetic(enu).unwrap();
            may_show(&[&view], [640, 512], &Alert { position: Some(position), ..alert(1, 0) })
        };
        // Half of the picture is 0.31 rad wide and 0.25 high.
        for (yaw, up, expected) in [
            (0.5, 0.0, true),
            (0.78, 0.0, true),
            (0.88, 0.0, true),
            (1.0, 0.0, false),
            (0.1, 0.0, true),
            (-0.1, 0.0, false),
            (0.5 + std::f64::consts::PI, 0.0, false),
            (0.5, 600.0, true),
            (0.5, 900.0, false),
        ] {
            assert_eq!(toward(yaw, up), expected, "{yaw} rad, {up} m up");
        }
        let nowhere = alert(1, 0);
        assert!(may_show(&[&view], [640, 512], &nowhere));
        let somewhere = Alert { position: Some(at), ..nowhere.clone() };
        assert!(!may_show(&[], [640, 512], &somewhere), "nobody knows where it looked then");
        let sensor = Subject::Sensor(SensorId::new("radar-1").unwrap());
        assert!(!may_show(&[&view], [640, 512], &Alert { subject: sensor, ..nowhere }));
    }

    proptest! {
        /// Whatever comes in whichever order: no clip twice, none before its end, never more pending than said.
        #[test]
        fn every_alert_is_cut_at_most_once(
            steps in prop::collection::vec((0u64..60, 0i64..40, any::<bool>()), 1..300),
        ) {
            let mut due = Due::new(10 * S, 20 * S, []);
            let (mut cut, mut now_s) = (std::collections::BTreeSet::new(), 1000);
            for (number, step, frames) in steps {
                now_s += step;
                due.take(now_s * S, if frames { memory(0) } else { Reach::default() }, &alert(number, now_s - 1));
                prop_assert!(due.pending.len() <= PENDING_MAX);
                while let Some(cutting) = due.next(now_s * S, frames.then_some(now_s * S)) {
                    prop_assert!(now_s * S >= cutting.to_ns);
                    prop_assert!(cut.insert(cutting.alert));
                }
            }
        }
    }
}
