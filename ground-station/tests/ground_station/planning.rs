//! Plans and the air: what people close, report, file, save, override and send, and what the pre-flight check holds.

use ground_station::StationFile;
use ground_station::airspace::{AntennaTable, PilotTable};
use ground_station::config::{self, LayersSection, PreflightSection, RoleName, ZonesSection};
use ground_station::fleet::Stage;
use ground_station::preflight::Rule;
use ground_station::station::{Output, PlanningItem, PlanningRecord, Record, Restored};
use missions::notation::LonLat;
use telemetry::messages::{
    AckStage, Action, AreaClosure, FlightMode, FlightPhase, Message, PlanningAct, VehicleState, WeatherReport,
};
use telemetry::{LatLon, PlanId, VehicleId};

use crate::night::{HARBOUR, Night, anna, at, kinds, open, state, station_file, vehicle_id};

const HOME: [f64; 3] = [10.1500, 54.3634, 3.0];

/// One vehicle, which has a home and no plan yet; Anna is a supervisor when she is said to be.
fn room(supervisor: bool) -> StationFile {
    let mut file = station_file();
    file.vehicles.remove(0);
    file.vehicles[0].plan = None;
    file.operators[0].role = supervisor.then_some(RoleName::Supervisor);
    file
}

/// The vehicle stands at home, all well, and answers that it did what it was told.
fn standing(night: &mut Night) {
    let mut state = state(night.now_s(), "falke-2", HOME);
    (state.phase, state.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
    night.tell(Message::VehicleState(state));
    night.answer(&AckStage::Done);
}

/// A flight to the roads and back.
fn text(id: &str, height_m: f64, speed_m_s: f64) -> String {
    format!(
        r#"
id = "{id}"
title = "Out and back"
vehicle = "multirotor"
cruise_m_s = {speed_m_s}
battery_reserve = 0.25
altitude = {{ agl_m = {height_m} }}
legs = [
  {{ take_off = {{ altitude = {{ agl_m = {height_m} }} }} }},
  {{ waypoint = {{ at = [10.1600, 54.3640] }} }},
  "return_home",
]
[fence]
ring = [[10.1450, 54.3600], [10.1700, 54.3600], [10.1700, 54.3680], [10.1450, 54.3680]]
floor = {{ agl_m = 5 }}
ceiling = {{ agl_m = 200 }}
[lost_link]
after_s = 20
action = "return_home"
"#
    )
}

fn plan(id: &str) -> PlanId {
    PlanId::new(id).unwrap()
}

fn falke() -> VehicleId {
    vehicle_id("falke-2")
}

fn act(night: &mut Night, act: PlanningAct) -> Result<(), String> {
    let before = night.outputs.len();
    night.act(Action::Planning(act));
    let refused = night.outputs[before..].iter().find_map(|output| match output {
        Output::Refuse { why, .. } => Some(why.clone()),
        _ => None,
    });
    refused.map_or(Ok(()), Err)
}

fn save(night: &mut Night, text: String) -> Result<(), String> {
    act(night, PlanningAct::SavePlan { vehicle: falke(), text })
}

fn send(night: &mut Night, id: &str) -> Result<(), String> {
    act(night, PlanningAct::SendPlan { plan: plan(id), start: None })
}

fn overrule(night: &mut Night, id: &str) -> Result<(), String> {
    let reason = "a boat is sinking".to_owned();
    act(night, PlanningAct::Override { vehicle: falke(), plan: plan(id), reason })
}

/// Round the waypoint of the plan above.
fn closure(from_s: f64, to_s: f64) -> AreaClosure {
    let corners = [(10.1580, 54.3630), (10.1620, 54.3630), (10.1620, 54.3650), (10.1580, 54.3650)];
    AreaClosure {
        name: "Rescue".to_owned(),
        ring: corners.iter().map(|(lon, lat)| LatLon::from_degrees(*lat, *lon).unwrap()).collect(),
        floor: None,
        ceiling: None,
        from: at(from_s),
        to: at(to_s),
    }
}

fn stored(night: &Night) -> Vec<PlanningRecord> {
    let of = |output: &Output| match output {
        Output::Store(Record::Planning(record)) => Some(record.clone()),
        _ => None,
    };
    night.outputs.iter().filter_map(of).collect()
}

fn rules(night: &Night, id: &str) -> Vec<Rule> {
    let report = &night.station.reports()[&(falke(), plan(id))];
    report.findings.iter().map(|finding| finding.rule).collect()
}

fn stage(night: &Night) -> Stage {
    night.station.fleet().vehicle(&falke()).unwrap().dispatch().stage()
}

#[test]
fn a_plan_that_nothing_is_against_is_saved_and_flown_in_the_senders_name() {
    let mut night = Night::new(&room(false));
    night.pass(2, standing);
    save(&mut night, text("out", 80.0, 12.0)).unwrap();
    night.pass(3, standing);
    assert_eq!(kinds(&night), [] as [&str; 0], "saving moves nothing");
    send(&mut night, "out").unwrap();
    night.pass(5, standing);
    assert_eq!(kinds(&night), ["falke-2 plan", "falke-2 start"]);
    let telemetry::messages::Authority::Plan { released_by, .. } = &night.requests()[0].authority else { panic!() };
    assert_eq!(*released_by, anna());
    assert_eq!(stage(&night), Stage::Started);
    let kinds: Vec<&str> = stored(&night).iter().map(|record| record.item.key().0).collect();
    assert_eq!(kinds, ["plan", "release"]);
    assert!(night.outputs.iter().any(|output| matches!(output, Output::Store(Record::Action { refused: None, .. }))));
}

#[test]
fn a_plan_with_findings_is_not_sent_without_an_override_by_a_supervisor_and_is_with_one() {
    let mut night = Night::new(&room(false));
    night.pass(2, standing);
    save(&mut night, text("high", 135.0, 12.0)).unwrap();
    let why = send(&mut night, "high").unwrap_err();
    assert!(why.contains("in the buffer from 120 to 150 m, which is kept empty, by 1"), "{why}");
    assert_eq!(rules(&night, "high"), [Rule::Buffer]);
    assert!(overrule(&mut night, "high").unwrap_err().contains("no supervisor"));
    assert!(send(&mut night, "high").is_err());
    night.pass(30, standing);
    assert_eq!(kinds(&night), [] as [&str; 0], "nothing left");

    let mut night = Night::new(&room(true));
    night.pass(2, standing);
    save(&mut night, text("high", 135.0, 12.0)).unwrap();
    assert!(send(&mut night, "high").is_err(), "a supervisor, too, must say so first");
    let nothing = PlanningAct::Override { vehicle: falke(), plan: plan("high"), reason: " ".to_owned() };
    assert!(act(&mut night, nothing).unwrap_err().contains("the reason"));
    overrule(&mut night, "high").unwrap();
    send(&mut night, "high").unwrap();
    night.pass(5, standing);
    assert_eq!(kinds(&night), ["falke-2 plan", "falke-2 start"]);
    let overrides: Vec<_> = stored(&night)
        .into_iter()
        .filter_map(|record| match record.item {
            PlanningItem::Override { reason, covers, .. } => Some((record.by, reason, covers)),
            _ => None,
        })
        .collect();
    assert_eq!(overrides, [(anna(), "a boat is sinking".to_owned(), vec!["buffer".to_owned()])]);
}

#[test]
fn an_override_covers_what_stood_against_the_plan_and_nothing_that_comes_later() {
    let mut night = Night::new(&room(true));
    night.pass(2, standing);
    save(&mut night, text("high", 135.0, 12.0)).unwrap();
    overrule(&mut night, "high").unwrap();
    act(&mut night, PlanningAct::CloseArea(closure(0.0, 3600.0))).unwrap();
    let why = send(&mut night, "high").unwrap_err();
    assert!(why.contains("inside Rescue, which is closed until 04:10Z") && !why.contains("buffer"), "{why}");
}

#[test]
fn a_plan_that_waits_for_its_time_is_held_when_an_area_closes_and_goes_when_it_opens() {
    let mut night = Night::new(&room(false));
    night.pass(2, standing);
    save(&mut night, text("out", 80.0, 12.0)).unwrap();
    act(&mut night, PlanningAct::SendPlan { plan: plan("out"), start: Some(at(30.0)) }).unwrap();
    night.pass(10, standing);
    act(&mut night, PlanningAct::CloseArea(closure(0.0, 3600.0))).unwrap();
    night.pass(40, standing);
    assert_eq!((kinds(&night), stage(&night)), (Vec::new(), Stage::Held));
    let told: Vec<String> = night.alerts().into_iter().map(|alert| alert.text).collect();
    assert_eq!(told.len(), 1, "people are told once: {told:?}");
    assert!(told[0].contains("the pre-flight check holds it") && told[0].contains("Rescue"), "{told:?}");
    let area = night.station.airspace().areas().next().unwrap().id.clone();
    act(&mut night, PlanningAct::OpenArea(area)).unwrap();
    night.pass(5, standing);
    assert_eq!(kinds(&night), ["falke-2 plan", "falke-2 start"]);
}

#[test]
fn weather_battery_and_layers_each_hold_a_plan_and_say_by_how_much() {
    let mut night = Night::new(&room(false));
    night.pass(2, standing);
    save(&mut night, text("low", 40.0, 15.0)).unwrap();
    let why = send(&mut night, "low").unwrap_err();
    assert!(why.contains("15.0 m/s below 60 m, where 10 m/s are allowed: 5.0 m/s too fast"), "{why}");
    let wind = WeatherReport { wind_from_deg: 270.0, wind_m_s: 9.0, gust_m_s: 14.0, visibility_m: Some(900.0) };
    act(&mut night, PlanningAct::ReportWeather(wind)).unwrap();
    save(&mut night, text("out", 80.0, 12.0)).unwrap();
    let why = send(&mut night, "out").unwrap_err();
    assert!(why.contains("Gusts of 14 m/s; allowed for it are 12 m/s: 2.0 m/s too much"), "{why}");
    assert!(why.contains("visibility is 900 m") && why.contains("600 m too little"), "{why}");
    let calm = WeatherReport { wind_from_deg: 270.0, wind_m_s: 1.0, gust_m_s: 2.0, visibility_m: None };
    act(&mut night, PlanningAct::ReportWeather(calm)).unwrap();
    let mut tired: VehicleState = state(night.now_s(), "falke-2", HOME);
    (tired.phase, tired.mode, tired.battery.remaining) = (FlightPhase::Disarmed, FlightMode::Hold, 0.27);
    night.tell(Message::VehicleState(tired));
    let why = send(&mut night, "out").unwrap_err();
    assert!(why.contains("it holds 27 %, of which 25 % must be left"), "{why}");
}

#[test]
fn what_is_closed_saved_overridden_and_sent_is_alive_after_a_restart() {
    let mut night = Night::new(&room(true));
    night.pass(2, standing);
    save(&mut night, text("high", 135.0, 12.0)).unwrap();
    overrule(&mut night, "high").unwrap();
    act(&mut night, PlanningAct::SendPlan { plan: plan("high"), start: Some(at(100.0)) }).unwrap();
    act(&mut night, PlanningAct::CloseArea(closure(0.0, 3600.0))).unwrap();
    let restored = Restored { planning: stored(&night), ..Restored::default() };
    let mut again = Night::restored(&room(true), restored, 60.0);
    again.pass(5, standing);
    assert_eq!(again.station.airspace().areas().count(), 1);
    assert_eq!(again.station.counts().planning_left_out, 0);
    assert!(again.station.plans().override_of(&falke(), &plan("high")).is_some());
    assert_eq!(stage(&again), Stage::Waiting);
    again.pass(60, standing);
    assert_eq!((kinds(&again), stage(&again)), (Vec::new(), Stage::Held), "the area closed after the override");
}

#[test]
fn impossible_areas_flights_and_starts_are_refused_in_words() {
    let mut night = Night::new(&room(true));
    night.pass(2, standing);
    let mut bow = closure(0.0, 60.0);
    bow.ring.swap(1, 2);
    assert!(act(&mut night, PlanningAct::CloseArea(bow)).unwrap_err().contains("cross or meet"));
    assert!(act(&mut night, PlanningAct::CloseArea(closure(60.0, 0.0))).unwrap_err().contains("after the beginning"));
    let few = AreaClosure { ring: closure(0.0, 1.0).ring[..2].to_vec(), ..closure(0.0, 60.0) };
    assert!(act(&mut night, PlanningAct::CloseArea(few)).unwrap_err().contains("2 corners"));
    assert!(save(&mut night, "id = 1".to_owned()).is_err());
    save(&mut night, text("out", 80.0, 12.0)).unwrap();
    assert!(save(&mut night, text("out", 80.0, 12.0)).unwrap_err().contains("already"));
    let late = PlanningAct::SendPlan { plan: plan("out"), start: Some(at(-3600.0)) };
    assert!(act(&mut night, late).unwrap_err().contains("24 h ahead"));
    assert!(send(&mut night, "none").unwrap_err().contains("no saved plan"));
    assert_eq!(kinds(&night), [] as [&str; 0]);
}

#[test]
fn a_vehicle_under_way_is_paused_given_the_new_plan_and_sent_on() {
    let mut night = Night::new(&room(false));
    let flying = |mode: FlightMode| {
        move |night: &mut Night| {
            let mut state = state(night.now_s(), "falke-2", [10.1550, 54.3637, 80.0]);
            state.mode = mode;
            night.tell(Message::VehicleState(state));
            night.answer(&AckStage::Done);
        }
    };
    night.pass(2, flying(FlightMode::Mission));
    save(&mut night, text("out", 80.0, 12.0)).unwrap();
    send(&mut night, "out").unwrap();
    night.pass(2, flying(FlightMode::Mission));
    night.pass(3, flying(FlightMode::Hold));
    assert_eq!(kinds(&night), ["falke-2 pause", "falke-2 plan", "falke-2 resume"]);
    let mut returning = Night::new(&room(false));
    returning.pass(2, flying(FlightMode::Return));
    save(&mut returning, text("out", 80.0, 12.0)).unwrap();
    assert!(send(&mut returning, "out").unwrap_err().contains("on its way to a landing"));
}

#[test]
fn the_shipped_plans_pass_the_check_of_a_room_with_the_usual_limits() {
    let mut night = Night::new(&station_file());
    night.pass(3, |night| {
        for (id, place) in [("falke-1", [10.1570, 54.3730, 3.0]), ("falke-2", HOME)] {
            let mut state = state(night.now_s(), id, place);
            (state.phase, state.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
            night.tell(Message::VehicleState(state));
        }
    });
    let held = night.alerts();
    assert!(held.is_empty(), "{held:?}");
    assert_eq!(night.requests().len(), 4, "each is given its plan, and asked again after two seconds");
}

#[test]
fn layers_may_be_switched_off_or_moved() {
    for (layers, fits) in [
        (LayersSection::Off(false), true),
        (LayersSection::On { slow_below_m: 30.0, slow_m_s: 5.0, fast_below_m: 140.0, buffer_below_m: 160.0 }, true),
        (LayersSection::On { slow_below_m: 30.0, slow_m_s: 5.0, fast_below_m: 100.0, buffer_below_m: 160.0 }, false),
    ] {
        let mut file = room(false);
        file.preflight = Some(PreflightSection { layers: Some(layers), ..PreflightSection::default() });
        let mut night = Night::new(&file);
        night.pass(2, standing);
        save(&mut night, text("high", 135.0, 12.0)).unwrap();
        assert_eq!(send(&mut night, "high").is_ok(), fits, "{layers:?}");
    }
}

/// A zone round the waypoint of the plan above, in the hours that are given, and one far away.
fn zones_file(restriction: &str, hours: &str) -> String {
    let zone = |id: &str, lon: f64, lat: f64| {
        format!(
            r#"{{"identifier":"{id}","country":"DEU","name":"Test {id}","restriction":"{restriction}","reason":["SENSITIVE"],
              "applicability":[{hours}],
              "geometry":[{{"uomDimensions":"M","lowerLimit":0,"lowerVerticalReference":"AGL","upperLimit":100,
                "upperVerticalReference":"AGL","horizontalProjection":{{"type":"Circle","center":[{lon},{lat}],"radius":200}}}}]}}"#
        )
    };
    format!(r#"{{"features":[{},{}]}}"#, zone("DE1", 10.1600, 54.3640), zone("DE2", 20.0, 50.0))
}

/// A room with a file of zones beside its configuration.
fn room_with_zones(text: &str, authorised: &[&str]) -> Result<Night, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zones.json"), text).unwrap();
    let mut file = room(false);
    let authorised = authorised.iter().map(ToString::to_string).collect();
    file.zones = Some(ZonesSection { files: vec!["zones.json".to_owned()], authorised });
    let path = folder.path().join("station.toml");
    std::fs::write(&path, file.to_toml().unwrap()).unwrap();
    if let Err(errors) = config::open(&path) {
        return Err(errors.to_string());
    }
    let mut night = Night::of(open(folder.path(), &file), Restored::default(), 0.25);
    night.pass(2, standing);
    Ok(night)
}

#[test]
fn an_authoritys_zone_holds_a_plan_in_its_hours_and_below_its_ceiling_and_where_it_is_not_authorised() {
    let always = r#"{"permanent":"YES"}"#;
    let tomorrow = r#"{"permanent":"NO","startDateTime":"2026-11-22T00:00:00Z","endDateTime":"2026-11-23T00:00:00Z"}"#;
    let cases = [
        ("PROHIBITED", always, "", 80.0, "inside Test DE1 (DE1), where nobody may fly"),
        ("REQ_AUTHORISATION", always, "", 80.0, "inside Test DE1 (DE1), which needs an authorisation"),
        ("REQ_AUTHORISATION", always, "DE1", 80.0, ""),
        ("PROHIBITED", always, "DE1", 80.0, "where nobody may fly"),
        ("PROHIBITED", tomorrow, "", 80.0, ""),
        ("PROHIBITED", always, "", 110.0, ""),
    ];
    for (restriction, hours, authorised, height_m, told) in cases {
        let mut night = room_with_zones(&zones_file(restriction, hours), &[authorised]).unwrap();
        assert_eq!(night.station.airspace().zones().len(), 1, "one far away concerns nobody here");
        save(&mut night, text("out", height_m, 12.0)).unwrap();
        let sent = send(&mut night, "out");
        match sent {
            Ok(()) => assert_eq!(told, "", "{restriction} {hours} {height_m}"),
            Err(why) => assert!(!told.is_empty() && why.contains(told), "{why}"),
        }
    }
}

#[test]
fn the_nearest_way_out_of_a_zone_is_told() {
    let mut night = room_with_zones(&zones_file("PROHIBITED", r#"{"permanent":"YES"}"#), &[]).unwrap();
    save(&mut night, text("out", 95.0, 12.0)).unwrap();
    night.pass(2, standing);
    let report = &night.station.reports()[&(falke(), plan("out"))];
    // 5 m below the ceiling, with the ground of the plan's home above that of the site or not, and within the layers.
    let remedy = report.findings[0].remedy.as_deref().unwrap();
    assert!(
        remedy.starts_with("Fly 5 m higher on legs 2 to 3") || remedy.starts_with("Fly 6 m higher on legs 2 to 3"),
        "{remedy}"
    );
    assert!(remedy.contains(", or move legs 2 to 3 "), "{remedy}");
}

#[test]
fn a_broken_file_of_zones_is_told_with_its_name_and_the_place_in_it() {
    let told = room_with_zones(&zones_file("MAYBE", r#"{"permanent":"YES"}"#), &[]).err().unwrap();
    assert!(told.contains("zones.json") && told.contains("features[0].restriction"), "{told}");
    let cut = room_with_zones("{", &[]).err().unwrap();
    assert!(cut.contains("zones.json"), "{cut}");
}

#[test]
fn a_vehicle_that_stands_ready_does_not_take_off_to_look_through_what_has_closed_since() {
    let mut night = Night::new(&station_file());
    night.pass(25, |night| {
        standing(night);
        night.scan(&[HARBOUR]);
    });
    // On the way of the plan that it took when nothing was closed.
    let corners = [(10.1540, 54.3600), (10.1600, 54.3600), (10.1600, 54.3630), (10.1540, 54.3630)];
    let ring = corners.iter().map(|(lon, lat)| LatLon::from_degrees(*lat, *lon).unwrap()).collect();
    act(&mut night, PlanningAct::CloseArea(AreaClosure { ring, ..closure(0.0, 3600.0) })).unwrap();
    night.take();
    let cue = night.station.cues().cues().next().unwrap().id.clone();
    night.act(Action::Approve(cue));
    let refused = night.outputs.iter().find_map(|output| match output {
        Output::Refuse { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(refused.unwrap().contains("takes off on its plan, and the pre-flight check is against it"));
    assert_eq!(kinds(&night), [] as [&str; 0]);
}

/// Ground of 3 m, and a ridge of a height from 10.154° to 10.156° E, as a tile of three-second points.
fn tile(folder: &std::path::Path, ridge_m: i16) {
    let mut bytes = Vec::new();
    for _row in 0..1201 {
        for column in 0..1201_u32 {
            let east = f64::from(column) / 1200.0;
            let height = if (0.154..0.156).contains(&east) { ridge_m } else { 3 };
            bytes.extend(height.to_be_bytes());
        }
    }
    std::fs::write(folder.join("N54E010.hgt"), bytes).unwrap();
}

#[test]
fn a_plan_keeps_clear_of_the_ground_where_terrain_is_configured_and_says_so_where_none_is() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = folder.path().join("dem");
    std::fs::create_dir(&tiles).unwrap();
    tile(&tiles, 70);
    let mut file = room(false);
    file.preflight = Some(PreflightSection { terrain: Some("dem".to_owned()), ..PreflightSection::default() });
    let opened = open(folder.path(), &file);
    let again = config::reopen(opened.sources.clone()).unwrap();
    assert!(opened.config.terrain.is_some());
    assert_eq!(again.config.terrain, opened.config.terrain, "a recording carries the ground");
    let mut night = Night::of(opened, Restored::default(), 0.25);
    night.pass(2, standing);
    // 80 m above the sea are 10 m above the ridge, half of the least; the layers end 120 m above the low ground.
    save(&mut night, text("out", 80.0, 12.0)).unwrap();
    let why = send(&mut night, "out").unwrap_err();
    assert!(why.contains("10 m above ground: it is 10 m too low: the least is 20 m above ground"), "{why}");
    let report = &night.station.reports()[&(falke(), plan("out"))];
    assert_eq!(rules(&night, "out"), [Rule::Clearance, Rule::SlowLayer], "{:?}", report.findings);
    let remedy = report.findings.iter().find(|found| found.rule == Rule::Clearance).unwrap().remedy.as_deref().unwrap();
    assert!(remedy.starts_with("Fly 10 m higher on legs 2 to 3"), "{remedy}");
    assert!(!report.notes.iter().any(|note| note.contains("Terrain")), "{:?}", report.notes);

    let mut flat = Night::new(&room(false));
    flat.pass(2, standing);
    save(&mut flat, text("out", 80.0, 12.0)).unwrap();
    flat.pass(2, standing);
    let report = &flat.station.reports()[&(falke(), plan("out"))];
    assert!(report.clear() && report.notes[0].starts_with("Terrain clearance was not checked"), "{:?}", report.notes);
}

#[test]
fn a_folder_without_a_tile_of_the_site_or_with_a_broken_one_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("dem")).unwrap();
    let mut file = room(false);
    file.preflight = Some(PreflightSection { terrain: Some("dem".to_owned()), ..PreflightSection::default() });
    let path = folder.path().join("station.toml");
    std::fs::write(&path, file.to_toml().unwrap()).unwrap();
    let told = config::open(&path).unwrap_err().to_string();
    assert!(told.contains("preflight.terrain") && told.contains("N54E010.hgt"), "{told}");
    std::fs::write(folder.path().join("dem/N54E010.hgt"), b"short").unwrap();
    let told = config::open(&path).unwrap_err().to_string();
    assert!(told.contains("N54E010.hgt") && told.contains("5 bytes"), "{told}");
}

fn mast(range_m: f64) -> AntennaTable {
    AntennaTable {
        name: "mast".to_owned(),
        at: LonLat([10.1500, 54.3634]),
        height_m: 10.0,
        range_m: Some(range_m),
        frequency_mhz: None,
        eirp_dbm: None,
        gain_dbi: None,
        sensitivity_dbm: None,
        margin_db: None,
    }
}

/// What is said of link and sight of a flight 650 m out and back, 80 m high, perhaps over a ridge.
fn contact(ridge_m: Option<i16>, preflight: PreflightSection) -> (Vec<(Rule, String, String)>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut file = room(false);
    let terrain = ridge_m.map(|ridge_m| {
        tile(folder.path(), ridge_m);
        ".".to_owned()
    });
    file.preflight = Some(PreflightSection { terrain, ..preflight });
    let mut night = Night::of(open(folder.path(), &file), Restored::default(), 0.25);
    night.pass(2, standing);
    save(&mut night, text("out", 80.0, 9.0)).unwrap();
    night.pass(2, standing);
    let report = &night.station.reports()[&(falke(), plan("out"))];
    let told = report.findings.iter().map(|it| (it.rule, it.text.clone(), it.remedy.clone().unwrap_or_default()));
    (told.collect(), report.notes.clone())
}

#[test]
fn a_flight_beyond_the_reach_of_every_antenna_is_told_with_leg_time_and_by_how_much() {
    let (found, notes) = contact(None, PreflightSection { antennas: vec![mast(500.0)], ..PreflightSection::default() });
    let [(Rule::Link, text, remedy)] = found.as_slice() else { panic!("{found:?}") };
    assert!(
        text.starts_with("Leg 2, 03:1") && text.contains("out of reach of the antenna mast, 0.7 km away: 15"),
        "{text}"
    );
    assert!(remedy.starts_with("Keep within 500 m of mast"), "{remedy}");
    assert!(notes.iter().any(|note| note.starts_with("The link was reckoned in free space")), "{notes:?}");
    let second = AntennaTable { at: LonLat([10.1600, 54.3640]), ..mast(500.0) };
    let both = PreflightSection { antennas: vec![mast(500.0), second], ..PreflightSection::default() };
    assert_eq!(contact(None, both).0, [], "one antenna that hears it is enough");
    let (found, notes) = contact(None, PreflightSection::default());
    assert!(found.is_empty() && notes.iter().any(|note| note.contains("line of sight were not checked")), "{notes:?}");
}

#[test]
fn a_ridge_between_hides_a_flight_from_antenna_and_pilot_and_flying_higher_mends_it() {
    let pilot = PilotTable { at: LonLat([10.1500, 54.3634]), range_m: 1000.0 };
    let section =
        || PreflightSection { antennas: vec![mast(5000.0)], pilot: Some(pilot), ..PreflightSection::default() };
    assert_eq!(contact(Some(3), section()).0, []);
    let (found, _) = contact(Some(45), section());
    let of = |rule: Rule| found.iter().find(|it| it.0 == rule).unwrap_or_else(|| panic!("{rule:?}: {found:?}"));
    assert!(of(Rule::Link).1.contains("into the line to the antenna mast, 0."), "{found:?}");
    assert!(of(Rule::Sight).1.contains("its pilot does not see it: the ground stands "), "{found:?}");
    for rule in [Rule::Link, Rule::Sight] {
        assert!(of(rule).2.starts_with("Fly ") && of(rule).2.contains(" m higher on leg"), "{found:?}");
    }
    // Over a higher one it would have to fly higher than the layers allow.
    let (found, _) = contact(Some(60), section());
    assert!(found.iter().all(|it| it.2.starts_with("Keep where ")) && found.len() == 2, "{found:?}");
    let near = PreflightSection { pilot: Some(PilotTable { range_m: 300.0, ..pilot }), ..PreflightSection::default() };
    let (found, _) = contact(None, near);
    assert!(found[0].1.contains("m farther than the 300 m within sight"), "{found:?}");
}

#[test]
fn a_link_budget_counts_free_space_and_what_the_ground_costs() {
    // At 5.8 GHz 650 m cost 103.9 dB; 14 dBm to −100 dBm with 10 dB kept are 104 dB.
    let budget = |margin_db: f64| AntennaTable {
        range_m: None,
        frequency_mhz: Some(5800.0),
        eirp_dbm: Some(14.0),
        sensitivity_dbm: Some(-100.0),
        margin_db: Some(margin_db),
        ..mast(1.0)
    };
    let section =
        |margin_db: f64| PreflightSection { antennas: vec![budget(margin_db)], ..PreflightSection::default() };
    assert_eq!(contact(None, section(9.0)).0, []);
    let (found, _) = contact(None, section(12.0));
    assert!(found[0].1.contains("0.7 km away, loses 104 dB, where 102 dB are allowed: 2."), "{found:?}");
    let (found, _) = contact(Some(60), section(9.0));
    assert!(found[0].1.contains("dB of it to the ground in between"), "{found:?}");
}

#[test]
fn an_antenna_without_a_reach_or_with_half_a_budget_is_refused_with_its_place() {
    for (table, told) in [
        (AntennaTable { range_m: None, ..mast(1.0) }, "neither a range nor a budget"),
        (AntennaTable { frequency_mhz: Some(2400.0), ..mast(1000.0) }, "a part of one"),
        (AntennaTable { height_m: -3.0, ..mast(1000.0) }, "height_m: -3"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut file = room(false);
        file.preflight = Some(PreflightSection { antennas: vec![table], ..PreflightSection::default() });
        let path = folder.path().join("station.toml");
        std::fs::write(&path, file.to_toml().unwrap()).unwrap();
        let errors = config::open(&path).unwrap_err().to_string();
        assert!(errors.contains(told) && errors.contains("preflight.antenna[0]"), "{errors}");
    }
}
