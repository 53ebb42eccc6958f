//! Bytes from anywhere: an error, never a panic.

use missions::file::{Bundle, Library, Shelf};
use missions::plan::Start;
use missions::{Performance, Plan, Scenario, Site, embedded};
use proptest::prelude::*;
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, LatLon};

/// A change to a file that was good.
#[derive(Debug, Clone)]
enum Damage {
    CutOff(prop::sample::Index),
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, u8),
    /// A number in it becomes another.
    Number(prop::sample::Index, f64),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    let numbers = prop_oneof![
        any::<f64>(),
        Just(f64::INFINITY),
        Just(f64::NAN),
        Just(-0.0),
        Just(0.0),
        Just(1e300),
        Just(-1.0),
        Just(9_007_199_254_740_993.0),
    ];
    prop_oneof![
        place().prop_map(Damage::CutOff),
        (place(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (place(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place(), any::<u8>()).prop_map(|(at, count)| Damage::Remove(at, count)),
        (place(), numbers.clone()).prop_map(|(at, number)| Damage::Number(at, number)),
        (place(), numbers).prop_map(|(at, number)| Damage::Number(at, number)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    match damage {
        // Cut off whole: there is nothing left to damage.
        Damage::Replace(..) | Damage::Remove(..) if bytes.is_empty() => {}
        Damage::CutOff(at) => bytes.truncate(at.index(bytes.len() + 1)),
        Damage::Replace(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Damage::Insert(at, more) => {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, more.iter().copied());
        }
        Damage::Remove(at, count) => {
            let at = at.index(bytes.len());
            let end = (at + usize::from(*count)).min(bytes.len());
            bytes.drain(at..end);
        }
        Damage::Number(at, number) => {
            let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
            let starts: Vec<usize> =
                (1..bytes.len()).filter(|n| is_part(&bytes[*n]) && b" =[,".contains(&bytes[n - 1])).collect();
            if !starts.is_empty() {
                let start = starts[at.index(starts.len())];
                let end = start + bytes[start..].iter().take_while(|byte| is_part(byte)).count();
                bytes.splice(start..end, format!("{number:?}").replace("inf", "inf").into_bytes());
            }
        }
    }
    bytes
}

fn check_plan(bytes: &[u8]) {
    let Ok(plan) = Plan::read("plan.toml", bytes) else { return };
    let site = embedded::site("kiel-holtenau").unwrap();
    let position = LatLon::from_degrees(54.3730, 10.1570).unwrap();
    let start = Start { position, altitude: AltitudeAmsl::new(3.0), battery: 1.0 };
    for kind in [VehicleKind::Multirotor, VehicleKind::FixedWing, VehicleKind::Boat] {
        let _ = plan.check(&site, &start, &Performance::of(kind).unwrap());
    }
}

fn scenario_names() -> Vec<&'static str> {
    embedded::names("scenarios").collect()
}

const INCIDENTS: &str = "incidents/kiel-holtenau.toml";

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_no_plan_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check_plan(&bytes);
    }

    #[test]
    fn a_damaged_plan_does_not_panic(
        name in prop::sample::select(embedded::names("plans").collect::<Vec<_>>()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let good = embedded::file(&format!("plans/{name}.toml")).unwrap().to_vec();
        check_plan(&damages.iter().fold(good, damaged));
    }

    #[test]
    fn a_damaged_site_does_not_panic(
        name in prop::sample::select(embedded::names("sites").collect::<Vec<_>>()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let good = embedded::file(&format!("sites/{name}.toml")).unwrap().to_vec();
        let fairways = embedded::file("maps/kiel/fairways.toml").unwrap().to_vec();
        let files = [
            ("sites/x.toml".to_owned(), damages.iter().fold(good, damaged)),
            ("maps/kiel/fairways.toml".to_owned(), fairways),
            ("maps/kiel/roads.toml".to_owned(), embedded::file("maps/kiel/roads.toml").unwrap().to_vec()),
            (INCIDENTS.to_owned(), embedded::file(INCIDENTS).unwrap().to_vec()),
        ];
        let _ = Site::take(&mut Library::new(Shelf::Bundle(files.into())), "sites/x.toml");
    }

    #[test]
    fn damaged_incidents_do_not_panic(damages in prop::collection::vec(damage(), 1..4)) {
        let shipped = |path: &str| (path.to_owned(), embedded::file(path).unwrap().to_vec());
        let (path, good) = shipped(INCIDENTS);
        let incidents = (path, damages.iter().fold(good, damaged));
        let site = shipped("sites/kiel-holtenau.toml");
        let files = [site, shipped("maps/kiel/fairways.toml"), shipped("maps/kiel/roads.toml"), incidents];
        let _ = Site::take(&mut Library::new(Shelf::Bundle(files.into())), "sites/kiel-holtenau.toml");
    }

    #[test]
    fn a_damaged_scenario_does_not_panic(
        name in prop::sample::select(scenario_names()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let mut bundle: Bundle = embedded::scenario(name).unwrap().bundle().clone();
        let root = bundle.files.get_mut(&bundle.root).unwrap();
        *root = damages.iter().fold(std::mem::take(root), damaged);
        let _ = Scenario::from_bundle(bundle);
    }

    #[test]
    fn damage_to_any_file_a_scenario_names_does_not_panic(
        name in prop::sample::select(scenario_names()),
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let mut bundle: Bundle = embedded::scenario(name).unwrap().bundle().clone();
        let count = bundle.files.len();
        let file = bundle.files.values_mut().nth(which.index(count)).unwrap();
        *file = damages.iter().fold(std::mem::take(file), damaged);
        let _ = Scenario::from_bundle(bundle);
    }
}
