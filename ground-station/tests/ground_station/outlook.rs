//! The outlook on an intruder, as its track grows, is lost and ends.

use ground_station::outlook::{LOST_KEPT, Outlook, Outlooks};
use telemetry::Timestamp;
use telemetry::messages::Action;

use crate::night::{Night, at, moved, station_file, vehicle_id};

/// Off the naval harbour, from where it flies west to the quay.
const BEGIN: [f64; 3] = [10.1600, 54.3560, 40.0];
/// The quay of the naval harbour, as the site names it.
const QUAY: &str = "Quay of the naval harbour";

/// A night with its outlooks, which are worked out as soon as they are asked for.
struct Watch {
    night: Night,
    outlooks: Outlooks,
    asked: usize,
    told: usize,
}

impl Watch {
    fn new() -> Self {
        let night = Night::new(&station_file());
        let outlooks = Outlooks::new(night.station.airspace());
        Self { night, outlooks, asked: 0, told: 0 }
    }

    /// Lets seconds pass in which a drone is where `place` says, if anywhere.
    fn pass(&mut self, seconds: usize, mut place: impl FnMut(f64) -> Option<[f64; 3]>) {
        for _ in 0..seconds {
            let seen: Vec<[f64; 3]> = place(self.night.now_s()).into_iter().collect();
            self.night.watch(1, &seen);
            self.look();
        }
    }

    fn look(&mut self) {
        let now = at(self.night.now_s());
        self.outlooks.look(&self.night.station, now);
        if let Some(question) = self.outlooks.question(&self.night.station, now) {
            assert!(self.outlooks.question(&self.night.station, now).is_none(), "one at a time");
            self.asked += 1;
            let answer = question.answer();
            self.told += usize::from(self.outlooks.take(&self.night.station, answer));
        }
    }

    fn outlook(&self) -> Option<Outlook> {
        self.outlooks.told().next().map(|(.., outlook)| outlook.clone())
    }

    fn now(&self) -> Timestamp {
        at(self.night.now_s())
    }
}

/// West at 10 m/s from the begin.
fn westwards(s: f64) -> Option<[f64; 3]> {
    Some(moved(BEGIN, -10.0 * s, 0.0))
}

#[test]
fn a_drone_that_an_alert_is_about_has_an_outlook_with_place_unit_and_flier_and_one_that_is_not_has_none() {
    let mut watch = Watch::new();
    watch.pass(20, westwards);
    assert!(watch.outlook().is_none() && watch.night.alerts().is_empty(), "it is still outside");
    watch.pass(60, westwards);
    let outlook = watch.outlook().expect("it is in the harbour");
    assert_eq!(outlook.lost_at, None);
    let quay = &outlook.areas[0];
    assert_eq!(quay.name.as_deref(), Some(QUAY));
    assert!(quay.probability > 0.3, "{:?}", outlook.areas);
    let sum: f64 = outlook.areas.iter().map(|area| area.probability).sum();
    assert!(sum <= 0.76, "a quarter is kept for places that nobody knows: {sum}");
    let unit = &outlook.units[0];
    assert!(unit.way.len() > 2 && unit.takes_s > 30.0, "by road: {unit:?}");
    assert!(unit.leave_by >= watch.now() && (0.0..=1.0).contains(&unit.chance));
    assert_eq!(outlook.fliers[0].vehicle, vehicle_id("falke-2"), "the nearest");
    // Astern on its line; the boats, which are used more often, lie to the side.
    assert_eq!(outlook.launches[0].name, "Marina of Mönkeberg");
    let search = outlook.if_lost.expect("two could search");
    assert!(search.success > 0.0 && search.side_m > 100.0, "{search:?}");
    assert!(search.ways.iter().all(|(_, way)| way.len() > 2) && !search.ways.is_empty(), "{search:?}");
    let (_, _, maps) = watch.outlooks.maps().next().unwrap();
    assert!(!maps.landing[0].is_empty() && !maps.launch[1].is_empty());
}

#[test]
fn what_did_not_change_is_not_told_again() {
    let mut watch = Watch::new();
    watch.pass(70, westwards);
    // It hovers: place after place confirms what is known.
    let here = westwards(70.0).unwrap();
    watch.pass(60, |_| Some(here));
    let (asked, told) = (watch.asked, watch.told);
    watch.pass(60, |_| Some(here));
    assert!(watch.asked >= asked + 15, "{} and {asked}", watch.asked);
    assert!(watch.told - told <= watch.asked - asked);
    let (_, number, _) = watch.outlooks.told().next().unwrap();
    let outlook = watch.outlook();
    watch.look();
    assert_eq!(watch.outlook(), outlook, "nothing came");
    assert_eq!(watch.outlooks.told().next().unwrap().1, number);
}

#[test]
fn a_lost_track_keeps_its_outlook_for_a_while_with_a_search_from_where_it_would_be_by_now() {
    let mut watch = Watch::new();
    watch.pass(60, westwards);
    let seen = watch.outlook().unwrap().if_lost.unwrap().around;
    watch.pass(90, |_| None);
    let outlook = watch.outlook().expect("it goes on without its track");
    let lost_at = outlook.lost_at.expect("it is lost");
    assert!(lost_at <= at(61.0) && lost_at >= at(55.0), "{lost_at}");
    let around = outlook.if_lost.expect("two could search").around;
    assert!(around.longitude_deg() < seen.longitude_deg(), "farther west: {around:?} after {seen:?}");
    watch.pass(LOST_KEPT.as_secs() as usize, |_| None);
    assert!(watch.outlook().is_none());
}

#[test]
fn one_that_hovers_is_reckoned_to_go_on_as_fast_as_it_flew() {
    let mut watch = Watch::new();
    watch.pass(60, westwards);
    let here = westwards(60.0).unwrap();
    watch.pass(150, |_| Some(here));
    let unit = &watch.outlook().unwrap().units[0];
    // Under a kilometre at 10 m/s, and five minutes until the load is gone.
    let spare_s = unit.leave_by.seconds_since(watch.now()) + unit.takes_s;
    assert!((0.0..420.0).contains(&spare_s), "{spare_s} s");
}

#[test]
fn an_outlook_ends_with_its_alert() {
    let mut watch = Watch::new();
    watch.pass(60, westwards);
    let alert = watch.outlook().unwrap().alert;
    watch.night.act(Action::Acknowledge(alert.clone()));
    watch.look();
    assert!(watch.outlook().is_some(), "somebody knows of it; it goes on");
    watch.night.act(Action::Close(alert));
    watch.look();
    assert!(watch.outlook().is_none());
}

#[test]
fn a_flight_that_ends_on_the_ground_tells_how_good_its_forecasts_were() {
    let mut watch = Watch::new();
    watch.pass(80, westwards);
    assert_eq!(watch.outlooks.calibration().1, 0);
    // Down at the quay, which is 970 m west of the begin, and not seen any more.
    watch.pass(40, |s| {
        let [lon, lat, _] = moved(BEGIN, -(10.0 * s).min(970.0), 0.0);
        Some([lon, lat, (40.0 - 2.0 * (s - 80.0)).max(5.0)])
    });
    let end = moved(BEGIN, -970.0, 0.0);
    watch.pass(30, |_| Some([end[0], end[1], 5.0]));
    watch.pass(60, |_| None);
    let (reliability, ended) = watch.outlooks.calibration();
    assert_eq!(ended, 1);
    let forecasts: u32 = reliability.bins().iter().map(|bin| bin.forecasts).sum();
    assert!(forecasts >= 3, "{:?}", reliability.bins());
}
