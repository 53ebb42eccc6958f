//! A stage for the rules: a site with one zone of each kind, and whatever tracks a case puts on it.
//!
//! Places are metres east and north of the datum, so that a case reads as a sketch: the restricted harbour reaches from
//! 0 to 400 m east and 0 to 400 m north; the controlled lock area lies 1 km west of it and begins 10 m above the
//! ground; the border runs from west to east 2 km south, and ours is the north.

use std::collections::{BTreeMap, BTreeSet};

use missions::file::{Bundle, Library};
use missions::{FlightAuthorisation, Site};
use telemetry::messages::{
    AisClaim, Claim, Classification, Coverage, SensorDescription, SensorKind, SensorPerformance, TargetClass, Track,
    TrackStatus,
};
use telemetry::{
    AltitudeAmsl, Elevation, Enu, EnuVelocity, Geodetic, LatLon, Mmsi, OperatorId, SensorId, SiteFrame, Timestamp,
    TrackId, VehicleId, ZoneId,
};

use super::{Finding, Rules};
use crate::airspace::Airspace;
use crate::picture::{Picture, Sighting};
use crate::station::{Operator, Role, RuleConfig, StationConfig};

const SITE: &str = r#"
id = "stage"
name = "Stage"
datum = [10.0, 54.0]
geoid_undulation_m = 40.0
ground_amsl_m = 0.0
bounds = [9.9, 53.95, 10.1, 54.05]

[[zone]]
id = "harbour"
name = "Harbour"
kind = "restricted"
ring = [HARBOUR]
ceiling = { amsl_m = 300 }

[[zone]]
id = "locks"
name = "Locks"
kind = "flight_controlled"
ring = [LOCKS]
floor = { agl_m = 10 }
ceiling = { amsl_m = 150 }

[[zone]]
id = "border"
name = "State border"
kind = "border"
line = [BORDER]
ours = "left"
depth_m = 1500
"#;

/// The second in which a drone that is there from the beginning is told of: firmly believed, and seen there twice.
pub(crate) const TOLD: usize = super::FIRM_AFTER.as_secs() as usize + 1;

pub(crate) const HARBOUR: &str = "harbour";
pub(crate) const LOCKS: &str = "locks";

pub(crate) fn at(s: f64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000.0 + s)
}

/// A place by metres east and north of the datum.
pub(crate) fn ground(east_m: f64, north_m: f64) -> LatLon {
    let datum = LatLon::from_degrees(54.0, 10.0).unwrap().at_height(AltitudeAmsl::new(0.0).hae(undulation()));
    SiteFrame::new(datum).geodetic(Enu { east_m, north_m, up_m: 0.0 }).unwrap().lat_lon()
}

fn undulation() -> telemetry::GeoidUndulation {
    telemetry::GeoidUndulation::new(40.0)
}

/// A place by metres east, north and above the ground.
pub(crate) fn place([east_m, north_m, up_m]: [f64; 3]) -> Geodetic {
    ground(east_m, north_m).at_height(AltitudeAmsl::new(up_m).hae(undulation()))
}

pub(crate) fn site() -> Site {
    let points = |points: &[(f64, f64)]| {
        let point = |(east, north): &(f64, f64)| {
            let at = ground(*east, *north);
            format!("[{}, {}]", at.longitude_deg(), at.latitude_deg())
        };
        points.iter().map(point).collect::<Vec<_>>().join(", ")
    };
    let text = SITE
        .replace("HARBOUR", &points(&[(0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (0.0, 400.0)]))
        .replace("LOCKS", &points(&[(-1400.0, 0.0), (-1000.0, 0.0), (-1000.0, 400.0), (-1400.0, 400.0)]))
        .replace("BORDER", &points(&[(-3000.0, -2000.0), (3000.0, -2000.0)]));
    let files = BTreeMap::from([("site.toml".to_owned(), text.into_bytes())]);
    Site::take(&mut Library::from(Bundle { root: "site.toml".to_owned(), files }), "site.toml").unwrap()
}

pub(crate) fn config() -> StationConfig {
    let receiver = SensorDescription {
        id: SensorId::new("ais-1").unwrap(),
        kind: SensorKind::AisReceiver,
        position: place([0.0, 0.0, 30.0]),
        altitude: AltitudeAmsl::new(30.0),
        period_s: 0.0,
        coverage: Coverage {
            range_m: [0.0, 4000.0],
            sector: None,
            elevation: [Elevation::from_degrees(-90.0), Elevation::from_degrees(90.0)],
        },
        detection_probability: 1.0,
        clutter_per_scan: 0.0,
        performance: SensorPerformance::default(),
    };
    StationConfig {
        site: site(),
        sensors: vec![receiver],
        fleet: Vec::new(),
        views: BTreeMap::new(),
        authorisations: Vec::new(),
        zones: Vec::new(),
        terrain: None,
        limits: crate::airspace::Limits::default(),
        operators: vec![Operator {
            id: OperatorId::new("anna").unwrap(),
            name: "Anna".to_owned(),
            role: Role::Operator,
        }],
        rules: RuleConfig { ais_lost_after_s: 300.0, drone_belief: 0.9 },
        sharing: None,
    }
}

/// A grant for a drone anywhere in a zone, for a span of the case's seconds.
pub(crate) fn grant(zone: &str, from_s: f64, to_s: f64) -> FlightAuthorisation {
    FlightAuthorisation {
        id: "SH-1".to_owned(),
        operator: "Courier".to_owned(),
        uas_id: None,
        zones: vec![ZoneId::new(zone).unwrap()],
        from: at(from_s),
        to: at(to_s),
        volume: None,
    }
}

/// A confirmed drone, 5 m exact, that stands still. A case changes what it is about.
pub(crate) fn drone(s: f64, position: [f64; 3]) -> Sighting {
    Sighting { track: track(s, position, TargetClass::Drone, 5.0), own: None }
}

pub(crate) fn vessel(s: f64, position: [f64; 3]) -> Sighting {
    let mut track = track(s, position, TargetClass::Vessel, 5.0);
    track.claim = Some(Claim::Ais(claim()));
    Sighting { track, own: None }
}

pub(crate) fn claim() -> AisClaim {
    AisClaim {
        name: Some("NORDSTERN".to_owned()),
        ship_type: Some(60),
        navigational_status: Some(0),
        length_m: Some(120),
        ..AisClaim::of(Mmsi::new(211_000_001).unwrap())
    }
}

pub(crate) fn track(s: f64, position: [f64; 3], class: TargetClass, sigma_m: f64) -> Track {
    let mut track = Track {
        id: TrackId(7),
        estimated_at: at(s),
        updated_at: at(s),
        first_seen_at: at(0.0),
        position: place(position),
        velocity: EnuVelocity::default(),
        covariance: [0.0; 21],
        status: TrackStatus::Confirmed,
        classification: Classification { belief: BTreeMap::from([(class, 0.99)]), ..Classification::default() },
        claim: None,
        measured_by: BTreeMap::new(),
        alerts: BTreeSet::new(),
        sources: Vec::new(),
        vehicle: None,
    };
    set_sigma(&mut track, sigma_m, sigma_m);
    track
}

/// Sets the standard deviations of the position, metres.
pub(crate) fn set_sigma(track: &mut Track, horizontal_m: f64, up_m: f64) {
    track.covariance[0] = (horizontal_m * horizontal_m) as f32;
    track.covariance[6] = (horizontal_m * horizontal_m) as f32;
    track.covariance[11] = (up_m * up_m) as f32;
}

pub(crate) fn own(mut sighting: Sighting) -> Sighting {
    sighting.own = Some(VehicleId::new("d1").unwrap());
    sighting
}

/// The air over a configuration's site, with nothing declared.
pub(crate) fn air(config: &StationConfig) -> Airspace {
    Airspace::new(&config.site, &config.zones, &config.limits)
}

/// Lets the rules look at what is there, once a second; gives what they found, and when.
pub(crate) fn play(
    config: &StationConfig,
    seconds: impl IntoIterator<Item = usize>,
    mut seen: impl FnMut(f64) -> Vec<Sighting>,
) -> Vec<(usize, Finding)> {
    let mut rules = Rules::new(config);
    let mut found = Vec::new();
    for s in seconds {
        let picture = Picture::of(config, seen(s as f64));
        found.extend(rules.look(at(s as f64), &picture, &air(config), config).into_iter().map(|finding| (s, finding)));
    }
    found
}
