//! The planning desk: what a pilot asks for becomes plans that the station takes, each with its report.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ground_station::desk::{Desk, Proposal, Request, Situation, State, answer};
use ground_station::preflight::Rule;
use ground_station::station::Disturbance;
use telemetry::messages::{
    AckStage, Action, AreaClosure, FlightMode, FlightPhase, Message, PlanningAct, Progress, WeatherReport,
};
use telemetry::{LatLon, PlanId, VehicleId};

use crate::night::{Night, anna, at, kinds, state, station_file, vehicle_id};

/// Both drones stand at their homes, full.
fn night() -> Night {
    let mut file = station_file();
    for vehicle in &mut file.vehicles {
        vehicle.plan = None;
    }
    let mut night = Night::new(&file);
    night.pass(2, |night| {
        for (id, place) in [("falke-1", [10.1570, 54.3730, 3.0]), ("falke-2", [10.1500, 54.3634, 3.0])] {
            let mut state = state(night.now_s(), id, place);
            (state.phase, state.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
            night.tell(Message::VehicleState(state));
        }
    });
    night
}

fn request(json: &str) -> Request {
    Request::read(json.as_bytes()).unwrap()
}

/// Off the harbour, on the water.
const AREA: &str = "[[10.1560,54.3660],[10.1700,54.3660],[10.1700,54.3700],[10.1560,54.3700]]";

/// Lets the search end.
async fn ended(desk: &Arc<Desk>, number: u64) -> Proposal {
    let ended = async {
        loop {
            let proposal = desk.proposal(number).unwrap();
            if proposal.state != State::Searching {
                return proposal;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap()
}

/// Asks for a plan and gives what came of it.
async fn proposed(night: &Night, json: &str) -> Proposal {
    let desk = Arc::new(Desk::default());
    let situation = Situation::of(at(night.now_s()), &night.station);
    let number = desk.propose(anna(), request(json), situation).unwrap();
    ended(&desk, number).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_area_is_searched_by_two_drones_that_keep_apart_and_the_plans_can_be_saved_and_sent() {
    let mut night = night();
    let json = format!(
        r#"{{"kind":"area_search","vehicles":["falke-1","falke-2"],"drawn":{AREA},"height_m":80,"spacing_m":100,"budget_ms":600}}"#
    );
    let proposal = proposed(&night, &json).await;
    assert_eq!(proposal.state, State::Done, "{proposal:?}");
    let seen: f64 = proposal.summary.split(' ').next().unwrap().parse().unwrap();
    assert!(seen >= 99.5, "{}", proposal.summary);
    assert_eq!(proposal.plans.len(), 2);
    for plan in &proposal.plans {
        let others: Vec<Rule> = plan.report.findings.iter().map(|finding| finding.rule).collect();
        assert!(others.iter().all(|rule| *rule == Rule::Separation), "{:?}", plan.report.findings);
        let save = PlanningAct::SavePlan { vehicle: plan.vehicle.clone(), text: plan.text.clone() };
        night.act(Action::Planning(save));
    }
    assert_eq!(night.station.plans().saved().count(), 2, "{:?}", night.outputs);
    let first = proposal.plans.iter().find(|plan| plan.report.clear()).unwrap();
    let (id, _) = night.station.plans().saved().find(|(_, saved)| saved.vehicle == first.vehicle).unwrap();
    let id = id.clone();
    night.act(Action::Planning(PlanningAct::SendPlan { plan: id, start: None }));
    let home = first.vehicle.clone();
    night.pass(3, |night| {
        let place = if home == vehicle_id("falke-1") { [10.1570, 54.3730, 3.0] } else { [10.1500, 54.3634, 3.0] };
        let mut state = state(night.now_s(), home.as_str(), place);
        (state.phase, state.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
        night.tell(Message::VehicleState(state));
    });
    assert!(kinds(&night).iter().any(|sent| sent.ends_with(" plan")), "{:?}", kinds(&night));
}

/// Seconds over a way by its legs and the time that a multirotor takes to turn from one into the next.
fn flown_s(way_m: &[[f64; 2]], speed_m_s: f64) -> f64 {
    let legs: Vec<[f64; 2]> = way_m.windows(2).map(|leg| [leg[1][0] - leg[0][0], leg[1][1] - leg[0][1]]).collect();
    let legs: Vec<[f64; 2]> = legs.into_iter().filter(|[east, north]| east.hypot(*north) > 0.5).collect();
    let angles = legs.windows(2).map(|pair| {
        let [[a, b], [c, d]] = [pair[0], pair[1]];
        (a * d - b * c).atan2(a * c + b * d).abs()
    });
    legs.iter().map(|[east, north]| east.hypot(*north) / speed_m_s).sum::<f64>()
        + angles.map(|angle| speed_m_s / 2.0 * (angle / 2.0).sin()).sum::<f64>()
}

#[test]
fn vehicles_from_opposite_ends_search_the_sides_next_to_them_and_the_minutes_are_their_own() {
    let night = night();
    let mut situation = Situation::of(at(night.now_s()), &night.station);
    for (id, longitude) in [("falke-1", 10.1490), ("falke-2", 10.1770)] {
        let start = situation.vehicles.get_mut(&vehicle_id(id)).unwrap().start.as_mut().unwrap();
        start.position = LatLon::from_degrees(54.3680, longitude).unwrap();
    }
    let json = format!(
        r#"{{"kind":"area_search","vehicles":["falke-1","falke-2"],"drawn":{AREA},"height_m":80,"spacing_m":50,"speed_m_s":8,"budget_ms":2000}}"#
    );
    let (summary, plans) = answer(&request(&json), &situation, &AtomicBool::new(false)).unwrap();
    assert_eq!(plans.len(), 2, "{summary}");
    let ways: Vec<Vec<[f64; 2]>> = plans.iter().map(|plan| crate::cameras::way(&situation, plan)).collect();
    let between_m = (ways[1][0][0] - ways[0][0][0]).abs();
    for way in &ways {
        let leg = |leg: &[[f64; 2]]| {
            let length_m = (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1]);
            [length_m, length_m * (f64::midpoint(leg[0][0], leg[1][0]) - way[0][0]).abs()]
        };
        let [length_m, moment] = way.windows(2).map(leg).fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        // On the mean it is on its own side; how far single lanes reach depends on the time there was to search.
        assert!(moment / length_m < 0.48 * between_m, "{} m of {between_m}: {summary}", moment / length_m);
    }
    let longest_s = ways.iter().map(|way| flown_s(way, 8.0)).fold(0.0, f64::max);
    let told: Vec<&str> = summary.split(' ').collect();
    let minutes: f64 = told[told.iter().position(|word| *word == "min").unwrap() - 1].parse().unwrap();
    assert!((60.0 * minutes - longest_s).abs() < 35.0, "{longest_s} s: {summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_request_becomes_a_plan_that_passes_its_own_checks() {
    let night = night();
    let line = "[[10.1560,54.3660],[10.1640,54.3670],[10.1700,54.3690]]";
    let place = "[[10.1640,54.3680]]";
    let cases = [
        ("patrol", line, r#""rounds":2"#),
        ("perimeter", AREA, r#""rounds":2"#),
        ("expanding_square", place, r#""spacing_m":60"#),
        ("sector_search", place, r#""radius_m":300"#),
        ("orbit", place, r#""radius_m":120,"rounds":3"#),
        ("route", line, r#""rounds":1"#),
    ];
    for (kind, drawn, more) in cases {
        let json = format!(
            r#"{{"kind":"{kind}","vehicles":["falke-2"],"drawn":{drawn},"height_m":80,"speed_m_s":12,{more}}}"#
        );
        let proposal = proposed(&night, &json).await;
        assert_eq!(proposal.state, State::Done, "{kind}: {proposal:?}");
        let report = &proposal.plans[0].report;
        assert!(report.clear(), "{kind}: {:?}", report.findings);
        assert!((100.0..1500.0).contains(&report.duration_s), "{kind}: {} s", report.duration_s);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_a_person_stops_keeps_the_best_until_then() {
    let night = night();
    let desk = Arc::new(Desk::default());
    let json = format!(
        r#"{{"kind":"area_search","vehicles":["falke-2"],"drawn":{AREA},"height_m":80,"spacing_m":60,"budget_ms":20000}}"#
    );
    let situation = Situation::of(at(night.now_s()), &night.station);
    let number = desk.propose(anna(), request(&json), situation.clone()).unwrap();
    let busy = desk.propose(anna(), request(&json), situation).unwrap_err();
    assert!(busy.contains("another plan is being searched for"), "{busy}");
    let best = async {
        while desk.proposal(number).unwrap().ways.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), best).await.unwrap();
    assert!(desk.cancel(number));
    let proposal = ended(&desk, number).await;
    assert_eq!((proposal.state, proposal.cancelled, proposal.plans.len()), (State::Done, true, 1));
    assert!(!desk.cancel(99));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_through_a_closed_area_is_proposed_with_what_is_against_it() {
    let mut night = night();
    let corners = [(10.1620, 54.3660), (10.1660, 54.3660), (10.1660, 54.3700), (10.1620, 54.3700)];
    let closure = AreaClosure {
        name: "Rescue".to_owned(),
        ring: corners.iter().map(|(lon, lat)| LatLon::from_degrees(*lat, *lon).unwrap()).collect(),
        floor: None,
        ceiling: None,
        from: at(0.0),
        to: at(3600.0),
    };
    night.act(Action::Planning(PlanningAct::CloseArea(closure)));
    let json = r#"{"kind":"route","vehicles":["falke-2"],"drawn":[[10.1600,54.3680],[10.1700,54.3680]],"height_m":80}"#;
    let proposal = proposed(&night, json).await;
    let findings = &proposal.plans[0].report.findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].text.contains("inside Rescue, which is closed until 04:10Z"), "{}", findings[0].text);
    assert!(findings[0].remedy.as_ref().unwrap().contains("ake off at 2026-11-21T04:"), "{:?}", findings[0].remedy);
}

#[test]
fn what_cannot_be_planned_is_refused_in_words_and_with_the_numbers() {
    let night = night();
    let situation = Situation::of(at(night.now_s()), &night.station);
    let mut far = situation.clone();
    far.vehicles.get_mut(&VehicleId::new("falke-1").unwrap()).unwrap().start = None;
    let place = "[[10.1640,54.3680]]";
    let cases = [
        (r#""kind":"orbit","vehicles":["falke-9"]"#, place, "there is no vehicle falke-9"),
        (r#""kind":"orbit","vehicles":["falke-1"]"#, place, "its place of take-off is not known"),
        (r#""kind":"orbit","vehicles":["falke-2","falke-1"]"#, place, "2 vehicles; allowed for this are 1 to 1"),
        (r#""kind":"orbit","vehicles":["falke-2"]"#, "[[20.0,54.0]]", "m from where Falke 2 takes off"),
        (r#""kind":"orbit","vehicles":["falke-2"]"#, "[[20.0,154.0]]", "no place on Earth"),
        (r#""kind":"area_search","vehicles":["falke-2"]"#, place, "1 points were drawn; allowed for this are 3 to 200"),
        (r#""kind":"orbit","rounds":51,"vehicles":["falke-2"]"#, place, "rounds: found 51; allowed: 1 to 50"),
        (r#""kind":"orbit","speed_m_s":90,"vehicles":["falke-2"]"#, place, "speed_m_s: found 90; allowed: 1 to 20"),
        (r#""kind":"orbit","start":5,"vehicles":["falke-2"]"#, place, "start: allowed are now to 24 h ahead"),
    ];
    for (fields, drawn, told) in cases {
        let request = request(&format!(r#"{{{fields},"drawn":{drawn},"height_m":80}}"#));
        let why = request.check(&far).unwrap_err();
        assert!(why.contains(told), "{fields}: {why}");
    }
}

const ROUTE: &str = "[[10.1600,54.3640],[10.1640,54.3650],[10.1680,54.3660],[10.1700,54.3670]]";

/// Falke 1 stands ready; Falke 2 flies a route of four places and is on its way to the first.
async fn flying() -> Night {
    let mut night = night();
    let json = format!(r#"{{"kind":"route","vehicles":["falke-2"],"drawn":{ROUTE},"height_m":80}}"#);
    let proposal = proposed(&night, &json).await;
    let text = proposal.plans[0].text.clone();
    night.act(Action::Planning(PlanningAct::SavePlan { vehicle: vehicle_id("falke-2"), text }));
    let plan = night.station.plans().saved().next().unwrap().0.clone();
    night.act(Action::Planning(PlanningAct::SendPlan { plan: plan.clone(), start: None }));
    night.pass(4, |night| {
        hear(night, None);
        night.answer(&AckStage::Done);
    });
    night.pass(6, |night| hear(night, Some(&plan)));
    assert!(night.station.disturbed().is_empty(), "{:?}", night.station.disturbed());
    night.take();
    night
}

/// Both are heard; Falke 2 stands, or flies a plan with most of its battery.
fn hear(night: &mut Night, flies: Option<&PlanId>) {
    let mut standing = state(night.now_s(), "falke-1", [10.1570, 54.3730, 3.0]);
    (standing.phase, standing.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
    night.tell(Message::VehicleState(standing));
    let mut other = state(night.now_s(), "falke-2", [10.1500, 54.3634, 3.0]);
    match flies {
        None => (other.phase, other.mode) = (FlightPhase::Disarmed, FlightMode::Hold),
        Some(plan) => {
            other = state(night.now_s(), "falke-2", [10.1580, 54.3637, 80.0]);
            other.progress = Some(Progress { plan: plan.clone(), leg: 2, legs: 7 });
        }
    }
    night.tell(Message::VehicleState(other));
}

fn plan_flown(night: &Night) -> PlanId {
    night.station.plans().saved().next().unwrap().0.clone()
}

/// What the desk says to change for Falke 2.
async fn replanned(night: &Night) -> Proposal {
    let desk = Arc::new(Desk::default());
    let situation = Situation::of(at(night.now_s()), &night.station);
    let number = desk.replan(anna(), &vehicle_id("falke-2"), situation).unwrap();
    ended(&desk, number).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_drone_is_no_longer_heard_another_takes_over_its_places_once_a_person_sends_it() {
    let mut night = flying().await;
    night.pass(40, |night| {
        let mut standing = state(night.now_s(), "falke-1", [10.1570, 54.3730, 3.0]);
        (standing.phase, standing.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
        night.tell(Message::VehicleState(standing));
    });
    let disturbed = night.station.disturbed()[0].clone();
    assert_eq!((disturbed.by, disturbed.rest.places.len()), (Disturbance::DropsOut, 4));
    assert_eq!(disturbed.text, "Falke 2 is not heard any more: 4 places of its plan are left.");
    let proposal = replanned(&night).await;
    assert_eq!(proposal.state, State::Done, "{proposal:?}");
    assert!(proposal.summary.contains("Falke 1 takes over 4 places"), "{}", proposal.summary);
    assert_eq!(proposal.plans.len(), 1, "nothing is told to the one that dropped out");
    assert_eq!(proposal.plans[0].vehicle, vehicle_id("falke-1"));
    assert_eq!(kinds(&night), [] as [&str; 0], "nothing is sent by itself");
    let text = proposal.plans[0].text.clone();
    night.act(Action::Planning(PlanningAct::SavePlan { vehicle: vehicle_id("falke-1"), text }));
    assert_eq!(night.station.plans().saved().count(), 2, "{:?}", night.outputs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_area_that_closes_on_the_way_a_sagging_battery_and_rising_wind_are_told_with_what_to_change() {
    let mut night = flying().await;
    let plan = plan_flown(&night);
    let corners = [(10.1630, 54.3645), (10.1650, 54.3645), (10.1650, 54.3655), (10.1630, 54.3655)];
    let closure = AreaClosure {
        name: "Rescue".to_owned(),
        ring: corners.iter().map(|(lon, lat)| LatLon::from_degrees(*lat, *lon).unwrap()).collect(),
        floor: None,
        ceiling: None,
        from: at(0.0),
        to: at(7200.0),
    };
    night.act(Action::Planning(PlanningAct::CloseArea(closure)));
    night.pass(6, |night| hear(night, Some(&plan)));
    let disturbed = night.station.disturbed()[0].clone();
    assert_eq!(disturbed.by, Disturbance::AreaCloses);
    assert!(disturbed.text.contains("inside Rescue, which is closed until"), "{}", disturbed.text);
    let proposal = replanned(&night).await;
    assert_eq!(proposal.state, State::Done, "{proposal:?}");
    let falke_2 = proposal.plans.iter().find(|plan| plan.vehicle == vehicle_id("falke-2"));
    let findings: Vec<_> = falke_2.iter().flat_map(|plan| &plan.report.findings).collect();
    assert!(findings.iter().all(|finding| finding.rule != Rule::Closed), "{findings:?}");
    assert!(proposal.summary.contains("visited by nobody"), "a place in the area is left out: {}", proposal.summary);

    let mut night = flying().await;
    let plan = plan_flown(&night);
    night.pass(6, |night| {
        let mut tired = state(night.now_s(), "falke-2", [10.1580, 54.3637, 80.0]);
        tired.progress = Some(Progress { plan: plan.clone(), leg: 2, legs: 7 });
        tired.battery.remaining = 0.26;
        night.tell(Message::VehicleState(tired));
    });
    assert_eq!(night.station.disturbed()[0].by, Disturbance::BatterySags, "{:?}", night.station.disturbed());

    let mut night = flying().await;
    let plan = plan_flown(&night);
    let gale = WeatherReport { wind_from_deg: 270.0, wind_m_s: 10.0, gust_m_s: 16.0, visibility_m: None };
    night.act(Action::Planning(PlanningAct::ReportWeather(gale)));
    night.pass(6, |night| hear(night, Some(&plan)));
    assert_eq!(night.station.disturbed()[0].by, Disturbance::Wind);
}
