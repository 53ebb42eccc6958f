//! The outlook on an intruder, as its track grows, is lost and ends.

use ground_station::outlook::{Drift, EndedFlight, FLIGHTS_MAX, LOST_KEPT, Outlook, Outlooks, WIND_AGE_MAX};
use ground_station::store::{Entry, Store};
use telemetry::messages::{Action, PlanningAct, WeatherReport};
use telemetry::{SiteId, Timestamp};

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
        let outlooks = Outlooks::new(night.station.airspace(), Vec::new());
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

/// A flight that comes down at the quay, which is 970 m west of the begin, and is not seen any more.
fn a_flight_that_ended() -> Watch {
    let mut watch = Watch::new();
    watch.pass(80, westwards);
    assert_eq!(watch.outlooks.calibration().1, 0);
    watch.pass(40, |s| {
        let [lon, lat, _] = moved(BEGIN, -(10.0 * s).min(970.0), 0.0);
        Some([lon, lat, (40.0 - 2.0 * (s - 80.0)).max(5.0)])
    });
    let end = moved(BEGIN, -970.0, 0.0);
    watch.pass(30, |_| Some([end[0], end[1], 5.0]));
    watch.pass(60, |_| None);
    watch
}

#[test]
fn a_flight_that_ends_on_the_ground_tells_how_good_its_forecasts_were() {
    let watch = a_flight_that_ended();
    let (reliability, ended) = watch.outlooks.calibration();
    assert_eq!(ended, 1);
    let forecasts: u32 = reliability.bins().iter().map(|bin| bin.forecasts).sum();
    assert!(forecasts >= 3, "{:?}", reliability.bins());
}

#[test]
fn where_flights_have_ended_is_where_the_next_is_expected_too_also_after_a_restart() {
    let mut watch = a_flight_that_ended();
    let ended = watch.outlooks.take_ended();
    let quay = |past: Vec<EndedFlight>| {
        let mut watch = Watch::new();
        watch.outlooks = Outlooks::new(watch.night.station.airspace(), past);
        watch.pass(60, westwards);
        let outlook = watch.outlook().expect("it is in the harbour");
        outlook.areas.iter().find(|area| area.name.as_deref() == Some(QUAY)).map_or(0.0, |area| area.probability)
    };
    let [without, once, often] = [0, 1, 40].map(|times| quay(vec![ended[0].clone(); times]));
    assert!(without < once && once + 0.1 < often, "{without}, {once}, {often}");
    // Ends at none of the known places.
    let elsewhere = EndedFlight { at: crate::night::place(moved(BEGIN, 0.0, 3_000.0)).lat_lon(), ..ended[0].clone() };
    assert!(quay(vec![elsewhere; 40]) < 0.6 * without);
}

#[test]
fn how_good_forecasts_were_is_known_after_a_restart_and_the_newest_flights_count() {
    let mut watch = a_flight_that_ended();
    let ended = watch.outlooks.take_ended();
    assert!(ended.len() == 1 && watch.outlooks.take_ended().is_empty(), "told once: {ended:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let open = || Store::open(&path, &SiteId::new("kiel-holtenau").unwrap()).unwrap().0;
    let mut store = open();
    assert!(store.take_flights().is_empty());
    store.put(Entry::Flight(ended[0].clone())).unwrap();
    store.close().unwrap();
    let mut store = open();
    let mut flights = store.take_flights();
    assert_eq!(flights, ended);
    let again = Outlooks::new(watch.night.station.airspace(), flights.clone());
    assert_eq!(again.calibration(), watch.outlooks.calibration());
    // More than are counted: nothing was said of those before, so only the bound tells them apart.
    let silent = EndedFlight { said: Vec::new(), ..ended[0].clone() };
    flights.extend(std::iter::repeat_n(silent.clone(), FLIGHTS_MAX));
    for flight in &flights[1..] {
        store.put(Entry::Flight(flight.clone())).unwrap();
    }
    store.close().unwrap();
    let newest = open().take_flights();
    assert!(newest.len() == FLIGHTS_MAX && newest.iter().all(|flight| *flight == silent));
    let later = Outlooks::new(watch.night.station.airspace(), flights);
    assert_eq!(later.calibration().1, FLIGHTS_MAX);
    assert!(later.calibration().0.bins().is_empty(), "the oldest left");
}

/// A wind of 5 m/s is reported.
fn wind(watch: &mut Watch, wind_from_deg: f64) {
    let report = WeatherReport { wind_from_deg, wind_m_s: 5.0, gust_m_s: 7.0, visibility_m: None };
    watch.night.act(Action::Planning(PlanningAct::ReportWeather(report)));
}

/// What drifts west at 5 m/s in gusts, so many seconds after it was first seen.
fn drifting(s: f64) -> [f64; 3] {
    moved(BEGIN, -300.0 - 5.0 * s - 20.0 * (s / 40.0).sin(), 15.0 * (s / 55.0).sin())
}

#[test]
fn what_drifts_with_the_reported_wind_is_forecast_to_go_on_with_it() {
    let mut watch = Watch::new();
    wind(&mut watch, 90.0);
    let begins_s = watch.night.now_s();
    watch.pass(100, |s| Some(drifting(s - begins_s)));
    let outlook = watch.outlook().expect("it is in the harbour");
    assert_eq!(outlook.drift, Drift::WithWind);
    assert_eq!(outlook.wind.map(|wind| (wind.from_deg, wind.wind_m_s)), Some((90.0, 5.0)));
    assert!(outlook.wind.unwrap().reported_at <= at(begins_s + 1.0));
    assert!(outlook.areas.iter().all(|area| area.name.is_none()), "it heads for no place: {:?}", outlook.areas);
    // Down the wind, and nowhere else, as far as 43 minutes carry it.
    let airspace = watch.night.station.airspace();
    let (_, _, maps) = watch.outlooks.maps().next().unwrap();
    let here = airspace.place_m(crate::night::place(drifting(100.0)).lat_lon());
    let ends: Vec<[f64; 2]> = maps.landing[1].iter().flatten().flatten().map(|at| airspace.place_m(*at)).collect();
    assert!(ends.iter().all(|[east, _]| *east < here[0] + 300.0), "{ends:?}");
    let farthest_m = ends.iter().map(|[east, _]| here[0] - east).fold(0.0, f64::max);
    assert!((8_000.0..20_000.0).contains(&farthest_m), "{farthest_m}");
    assert!(!maps.launch[1].is_empty(), "it was launched up the wind");
    // From then on it goes across the wind.
    let turned = drifting(100.0);
    watch.pass(100, |s| Some(moved(turned, 0.0, -9.0 * (s - begins_s - 100.0))));
    let outlook = watch.outlook().unwrap();
    assert_eq!(outlook.drift, Drift::Flies);
}

#[test]
fn without_a_wind_or_with_an_old_one_it_is_not_told_whether_it_drifts() {
    let mut watch = Watch::new();
    let begins_s = watch.night.now_s();
    watch.pass(100, |s| Some(drifting(s - begins_s)));
    let outlook = watch.outlook().unwrap();
    assert_eq!((outlook.drift, outlook.wind), (Drift::NoWind, None));

    let mut watch = Watch::new();
    wind(&mut watch, 90.0);
    watch.pass(WIND_AGE_MAX.as_secs() as usize, |_| None);
    let begins_s = watch.night.now_s();
    watch.pass(100, |s| Some(drifting(s - begins_s)));
    let outlook = watch.outlook().unwrap();
    assert_eq!(outlook.drift, Drift::OldWind);
    assert!(outlook.wind.is_some(), "how old it is can be said");

    let mut watch = Watch::new();
    wind(&mut watch, 270.0);
    let begins_s = watch.night.now_s();
    watch.pass(100, |s| Some(drifting(s - begins_s)));
    assert_eq!(watch.outlook().unwrap().drift, Drift::Flies, "against the wind");
}
