//! The description of the formats: that its examples are sound and that it leaves no field out.

use std::collections::{BTreeMap, BTreeSet};

use missions::file::{Bundle, Library, Shelf};
use missions::plan::Start;
use missions::{Performance, Plan, Scenario, Site, embedded};
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, LatLon};

const PAGE: &str = include_str!("../../../docs/formats.md");

/// The examples of the page by the name in their first line, `# plan: …`.
fn examples() -> BTreeMap<String, String> {
    let blocks = PAGE.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
    blocks
        .map(|block| {
            let name = block.strip_prefix("# ").and_then(|line| line.split_once(':')).unwrap().0;
            (name.to_owned(), block.to_owned())
        })
        .collect()
}

/// The shipped files, with one more beside the scenarios.
fn bundle_with(text: &str) -> Bundle {
    let mut files = BTreeMap::new();
    for folder in ["sites", "plans"] {
        for name in embedded::names(folder) {
            let path = format!("{folder}/{name}.toml");
            files.insert(path.clone(), embedded::file(&path).unwrap().to_vec());
        }
    }
    for path in [
        "flights/drop_2016-09-15.csv",
        "ais/oresund-2010-06-11.txt",
        "incidents/kiel-holtenau.toml",
        "maps/kiel/fairways.toml",
        "maps/kiel/roads.toml",
        "maps/kiel/scenery.toml",
    ] {
        files.insert(path.to_owned(), embedded::file(path).unwrap().to_vec());
    }
    let root = "scenarios/example.toml".to_owned();
    files.insert(root.clone(), text.as_bytes().to_vec());
    Bundle { root, files }
}

/// What the reader of a format says when it meets a field that does not exist: those that do.
fn fields_allowed(told: &str) -> BTreeSet<String> {
    let (_, allowed) = told.split_once("allowed: ").unwrap();
    allowed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_examples_of_plans_pass_their_checks() {
    for (name, kind) in [("plan", VehicleKind::Multirotor), ("dive", VehicleKind::Rov)] {
        let plan = Plan::read("plan.toml", examples()[name].as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
        let position = LatLon::from_degrees(54.3730, 10.1570).unwrap();
        let start = Start { position, altitude: AltitudeAmsl::new(3.0), battery: 1.0 };
        let site = embedded::site("kiel-holtenau").unwrap();
        let performance = Performance::of(kind).unwrap();
        plan.check(&site, &start, &performance).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
    }
}

#[test]
fn the_examples_of_sites_read() {
    let examples = examples();
    for name in ["site", "border site"] {
        let files = [("s.toml".to_owned(), examples[name].clone().into_bytes())].into();
        let site = Site::take(&mut Library::new(Shelf::Bundle(files)), "s.toml");
        assert!(!site.unwrap_or_else(|errors| panic!("{errors}")).zones.is_empty());
    }
}

#[test]
fn the_example_of_incidents_reads_beside_its_site() {
    let examples = examples();
    let site = examples["site"].replacen("\n[[zone]]", "incidents = \"i.toml\"\n\n[[zone]]", 1);
    let files = [("s.toml", site), ("i.toml", examples["incidents"].clone())];
    let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes()));
    let site = Site::take(&mut Library::new(Shelf::Bundle(files.into())), "s.toml");
    let weights =
        site.unwrap_or_else(|errors| panic!("{errors}")).incidents.into_iter().map(|incident| incident.weight);
    assert_eq!(weights.collect::<Vec<_>>(), [3.0, 1.0]);
}

#[test]
fn the_example_of_a_scenario_loads() {
    let scenario = Scenario::from_bundle(bundle_with(&examples()["scenario"]));
    let scenario = scenario.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((scenario.vessels.len(), scenario.intruders.len(), scenario.ais_replays.len()), (2, 2, 1));
}

#[test]
fn every_field_there_is_stands_on_the_page() {
    let examples = examples();
    let (plan, scenario) = (&examples["plan"], &examples["scenario"]);
    let mut told = Vec::new();
    // A field that does not exist, put into every table that the examples write with brackets, and into every one
    // that they write with braces.
    let spoilt = |text: &str| {
        let heads: Vec<usize> = text.match_indices("\n[").map(|(n, _)| n).collect();
        let in_tables = heads.into_iter().filter_map(|head| {
            let end = head + 1 + text[head + 1..].find('\n')?;
            Some(format!("{}\nzzz = 1{}", &text[..end], &text[end..]))
        });
        let braces = text.match_indices("{ ").map(|(n, _)| format!("{}{{ zzz = 1, {}", &text[..n], &text[n + 2..]));
        let root = std::iter::once(format!("zzz = 1\n{text}"));
        in_tables.chain(braces).chain(root).collect::<Vec<String>>()
    };
    for text in spoilt(plan) {
        told.extend(Plan::read("plan.toml", text.as_bytes()).err().map(|errors| errors.to_string()));
    }
    for text in spoilt(scenario) {
        told.extend(Scenario::from_bundle(bundle_with(&text)).err().map(|errors| errors.to_string()));
    }
    for name in ["site", "border site"] {
        for text in spoilt(&examples[name]) {
            let files = [("s.toml".to_owned(), text.into_bytes())].into();
            told.extend(Site::take(&mut Library::new(Shelf::Bundle(files)), "s.toml").err().map(|e| e.to_string()));
        }
    }
    let fields: BTreeSet<String> =
        told.iter().filter(|told| told.contains("zzz")).flat_map(|told| fields_allowed(told)).collect();
    assert!(fields.len() > 100, "{} fields: {fields:?}", fields.len());
    let missing: Vec<&String> = fields.iter().filter(|field| !PAGE.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
}
