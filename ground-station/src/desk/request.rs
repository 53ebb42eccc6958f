//! What a pilot asks for: one JSON object. Degrees, metres above the site's ground, metres a second.

use missions::ring;
use serde::Deserialize;
use telemetry::messages::VehicleKind;
use telemetry::{LatLon, Timestamp, TrackId, VehicleId};

use super::camera::Pictures;
use super::dive::Dive;
use super::risk::Risk;
use super::{Situation, Standing};

/// The longest request, bytes.
pub const PROPOSE_BYTES_MAX: usize = 32 * 1024;
/// The most points of a drawing.
const POINTS_MAX: usize = 200;
/// The most vehicles of a request.
const VEHICLES_MAX: usize = 12;
/// The most berths of a round.
const BERTHS_MAX: usize = 60;
/// The most vehicles that watch one place.
const SIDES_MAX: usize = 8;
/// Nothing drawn is farther than this from where the vehicle takes off, metres.
const FAR_MAX_M: f64 = 50_000.0;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What kind of plan.
    pub kind: Kind,
    /// For which vehicles.
    pub vehicles: Vec<VehicleId>,
    /// What was drawn: the corners of an area, the points of a line, or one place; longitude and latitude.
    pub drawn: Vec<[f64; 2]>,
    /// How high, metres above the site's ground; of what does not fly without meaning.
    #[serde(default)]
    pub height_m: f64,
    /// How fast, m/s; nothing for the vehicle's cruise.
    #[serde(default)]
    pub speed_m_s: Option<f64>,
    /// How far apart two tracks lie: the strip that is seen at once, less the overlap, metres.
    #[serde(default = "usual_spacing")]
    pub spacing_m: f64,
    /// The radius of an orbit, or of a sector search, metres.
    #[serde(default = "usual_radius")]
    pub radius_m: f64,
    /// How often round, or to and fro.
    #[serde(default = "once")]
    pub rounds: u16,
    /// How wide a corridor is, metres.
    #[serde(default = "usual_width")]
    pub width_m: f64,
    /// How far off: a coast, a vessel, a site that must not hear it; metres.
    #[serde(default = "usual_distance")]
    pub apart_m: f64,
    /// On which side of a coast to stay, or of a quay the water is, seen along the line as it was drawn.
    #[serde(default)]
    pub side: CoastSide,
    /// How long each berth is looked at, or a site is watched, s.
    #[serde(default = "usual_look")]
    pub look_s: f64,
    /// Which vessel of the picture each berth waits for, in the order of the berths; nothing: what lies there is looked at.
    #[serde(default)]
    pub vessels: Vec<Option<TrackId>>,
    /// When a vessel arrives of which the picture knows nothing, minutes from the begin, in the order of the berths.
    #[serde(default)]
    pub arrivals_min: Vec<f64>,
    /// What a request under water says beyond that.
    #[serde(default)]
    pub dive: Dive,
    /// How sharply an area is to be seen with the vehicles' cameras; nothing: in strips as wide as `spacing_m` says.
    #[serde(default)]
    pub pictures: Option<Pictures>,
    /// And a patrol by risk.
    #[serde(default)]
    pub risk: Risk,
    /// When it is to begin, for the check, Unix milliseconds; nothing for now.
    #[serde(default)]
    pub start: Option<i64>,
    /// How long to search, milliseconds.
    #[serde(default = "usual_budget")]
    pub budget_ms: u64,
}

/// The kinds of plans that may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An area is seen, all of it; several vehicles share it.
    AreaSearch,
    /// To and fro along a line: a corridor, a stretch of border, a coast.
    Patrol,
    /// Along a line, where and when the most speaks for looking, by a map of risk; several vehicles share it.
    RiskPatrol,
    /// Round an area, along its edge.
    Perimeter,
    /// Expanding square search round a place (IAMSAR, SS).
    ExpandingSquare,
    /// Sector search round a place (IAMSAR, VS).
    SectorSearch,
    /// Round and round a place, looking at it: overwatch.
    Orbit,
    /// From point to point as drawn.
    Route,
    /// A strip along a line, all of its width, in lanes; several vehicles share it by its length.
    Corridor,
    /// Along a coast at a distance; several vehicles share it by its length.
    Coastline,
    /// From berth to berth, each while its vessel lies there; several vehicles share them.
    HarbourRound,
    /// A place watched from where nobody hears it; several vehicles watch from several sides.
    Stakeout,
    /// A hull's sides and bottom, under water: a place, a line from stern to bow, or a vessel of the picture.
    HullInspection,
    /// A quay wall from the water down.
    QuayWall,
    /// An area of the seabed.
    Seabed,
}

/// A side of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoastSide {
    /// To the left of who goes along it.
    #[default]
    Left,
    /// To the right.
    Right,
}

fn usual_spacing() -> f64 {
    80.0
}

fn usual_radius() -> f64 {
    150.0
}

fn usual_width() -> f64 {
    300.0
}

fn usual_distance() -> f64 {
    150.0
}

fn usual_look() -> f64 {
    60.0
}

fn once() -> u16 {
    1
}

fn usual_budget() -> u64 {
    3000
}

impl Kind {
    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AreaSearch => "Area search",
            Self::Patrol => "Patrol along a line",
            Self::RiskPatrol => "Patrol by risk",
            Self::Perimeter => "Perimeter",
            Self::ExpandingSquare => "Expanding square search",
            Self::SectorSearch => "Sector search",
            Self::Orbit => "Overwatch",
            Self::Route => "Route",
            Self::Corridor => "Corridor",
            Self::Coastline => "Along the coast",
            Self::HarbourRound => "Harbour round",
            Self::Stakeout => "Stake-out",
            Self::HullInspection => "Hull inspection",
            Self::QuayWall => "Quay wall",
            Self::Seabed => "Seabed",
        }
    }

    /// Its name in the names of plans.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::AreaSearch => "area",
            Self::Patrol => "patrol",
            Self::RiskPatrol => "risk",
            Self::Perimeter => "perimeter",
            Self::ExpandingSquare => "square",
            Self::SectorSearch => "sector",
            Self::Orbit => "overwatch",
            Self::Route => "route",
            Self::Corridor => "corridor",
            Self::Coastline => "coast",
            Self::HarbourRound => "harbour",
            Self::Stakeout => "stakeout",
            Self::HullInspection => "hull",
            Self::QuayWall => "quay",
            Self::Seabed => "seabed",
        }
    }

    /// Whether what is drawn for it is an area.
    #[must_use]
    pub fn draws_an_area(self) -> bool {
        matches!(self, Self::AreaSearch | Self::Perimeter)
    }

    /// The least and the most points that are drawn for it.
    fn points(self) -> [usize; 2] {
        match self {
            Self::AreaSearch | Self::Perimeter | Self::Seabed => [3, POINTS_MAX],
            Self::Patrol | Self::RiskPatrol | Self::Corridor | Self::Coastline | Self::QuayWall => [2, POINTS_MAX],
            Self::HullInspection => [0, 2],
            Self::ExpandingSquare | Self::SectorSearch | Self::Orbit | Self::Stakeout => [1, 1],
            Self::Route => [1, POINTS_MAX],
            Self::HarbourRound => [1, BERTHS_MAX],
        }
    }

    /// How many vehicles may share it.
    fn vehicles_max(self) -> usize {
        match self {
            Self::AreaSearch | Self::RiskPatrol | Self::Corridor | Self::Coastline | Self::HarbourRound => VEHICLES_MAX,
            Self::Stakeout => SIDES_MAX,
            _ => 1,
        }
    }

    /// Whether it is for what dives.
    #[must_use]
    pub fn under_water(self) -> bool {
        matches!(self, Self::HullInspection | Self::QuayWall | Self::Seabed)
    }
}

impl Request {
    /// Reads a request. Any bytes are safe to pass.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > PROPOSE_BYTES_MAX {
            return Err(format!("{} bytes; allowed are {PROPOSE_BYTES_MAX}", bytes.len()));
        }
        let mut json = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut json).map_err(|error| format!("{}: {}", error.path(), error.inner()))
    }

    /// A vehicle's way from point to point, nothing else of it said.
    pub(super) fn route(vehicle: VehicleId, drawn: Vec<[f64; 2]>) -> Self {
        Self {
            kind: Kind::Route,
            vehicles: vec![vehicle],
            drawn,
            height_m: 0.0,
            speed_m_s: None,
            spacing_m: usual_spacing(),
            radius_m: usual_radius(),
            rounds: once(),
            width_m: usual_width(),
            apart_m: usual_distance(),
            side: CoastSide::default(),
            look_s: usual_look(),
            vessels: Vec::new(),
            arrivals_min: Vec::new(),
            dive: Dive::default(),
            pictures: None,
            risk: Risk::default(),
            start: None,
            budget_ms: usual_budget(),
        }
    }

    /// What was drawn.
    #[must_use]
    pub fn places(&self) -> Vec<LatLon> {
        self.drawn.iter().filter_map(|[lon, lat]| LatLon::from_degrees(*lat, *lon).ok()).collect()
    }

    /// When the plan is to begin.
    #[must_use]
    pub fn begins(&self, now: Timestamp) -> Timestamp {
        let asked = self.start.map(|ms| Timestamp::from_unix_nanos(ms.saturating_mul(1_000_000)));
        asked.unwrap_or(now).max(now)
    }

    /// Checks it against what is there.
    ///
    /// # Errors
    /// The first thing that is not allowed, with what is.
    pub fn check(&self, situation: &Situation) -> Result<(), String> {
        let [least, most] = self.kind.points();
        if self.drawn.len() < least || self.drawn.len() > most {
            return Err(format!("{} points were drawn; allowed for this are {least} to {most}", self.drawn.len()));
        }
        let places = self.places();
        if places.len() != self.drawn.len() {
            return Err("a point that was drawn is no place on Earth".to_owned());
        }
        if matches!(self.kind, Kind::AreaSearch | Kind::Perimeter | Kind::Seabed)
            && let Some((a, b)) = ring::self_crossing(&places)
        {
            return Err(format!("the area's sides after corners {} and {} cross or meet", a + 1, b + 1));
        }
        number("height_m", self.height_m, 0.0, 1000.0)?;
        number("spacing_m", self.spacing_m, 5.0, 5000.0)?;
        number("radius_m", self.radius_m, 20.0, 5000.0)?;
        number("rounds", f64::from(self.rounds), 1.0, 50.0)?;
        number("width_m", self.width_m, 10.0, 10_000.0)?;
        number("apart_m", self.apart_m, 10.0, 2000.0)?;
        number("look_s", self.look_s, 5.0, 7200.0)?;
        self.dive.check()?;
        self.risk.check()?;
        self.pictures.as_ref().map_or(Ok(()), |pictures| pictures.check(self, situation))?;
        if self.vessels.len() > self.drawn.len() {
            return Err(format!("{} vessels for {} berths", self.vessels.len(), self.drawn.len()));
        }
        if self.arrivals_min.len() > self.drawn.len() {
            return Err(format!("{} arrivals for {} berths", self.arrivals_min.len(), self.drawn.len()));
        }
        self.arrivals_min.iter().try_for_each(|minutes| number("arrivals_min", *minutes, 0.0, 360.0))?;
        number("budget_ms", self.budget_ms as f64, 100.0, 20_000.0)?;
        if self.start.is_some_and(|ms| {
            let ahead_s = ms as f64 / 1e3 - situation.now.unix_seconds();
            !(-60.0..=86_400.0).contains(&ahead_s)
        }) {
            return Err("start: allowed are now to 24 h ahead".to_owned());
        }
        self.check_vehicles(situation, &places)
    }

    fn check_vehicles(&self, situation: &Situation, places: &[LatLon]) -> Result<(), String> {
        let most = self.kind.vehicles_max();
        if self.vehicles.is_empty() || self.vehicles.len() > most {
            return Err(format!("{} vehicles; allowed for this are 1 to {most}", self.vehicles.len()));
        }
        let mut kind = None;
        for (n, id) in self.vehicles.iter().enumerate() {
            if self.vehicles[..n].contains(id) {
                return Err(format!("{id} is named twice"));
            }
            let standing = situation.vehicles.get(id).ok_or_else(|| format!("there is no vehicle {id}"))?;
            self.check_vehicle(standing, places)?;
            if *kind.get_or_insert(standing.kind) != standing.kind {
                return Err("vehicles of different kinds cannot share a plan".to_owned());
            }
        }
        Ok(())
    }

    fn check_vehicle(&self, standing: &Standing, places: &[LatLon]) -> Result<(), String> {
        let name = &standing.name;
        let start = standing.start.ok_or_else(|| format!("{name}: its place of take-off is not known"))?;
        let performance =
            missions::Performance::of(standing.kind).ok_or_else(|| format!("{name} is of unknown kind"))?;
        if self.kind == Kind::Stakeout && performance.speed_min_m_s > 0.0 {
            return Err(format!("{name} cannot stand still: a stake-out is for multirotors and boats"));
        }
        let dives = standing.kind == VehicleKind::Rov;
        match (dives, self.kind.under_water()) {
            (true, false) => return Err(format!("{name} dives: a hull, a quay wall or a seabed is for such")),
            (false, true) => return Err(format!("{name} does not dive: this is for underwater vehicles")),
            _ => {}
        }
        if let Some(speed) = self.speed_m_s {
            let slowest_m_s = if dives { 0.1 } else { 1.0 };
            number("speed_m_s", speed, performance.speed_min_m_s.max(slowest_m_s), performance.speed_max_m_s)?;
        }
        if performance.flies() && !self.pictures.is_some_and(|pictures| pictures.choose_height()) {
            number("height_m", self.height_m, 10.0, performance.height_max_m)?;
        }
        let far = places.iter().map(|at| ring::distance_m(*at, start.position)).fold(0.0, f64::max);
        if far > FAR_MAX_M {
            return Err(format!("{far:.0} m from where {name} takes off; allowed are {FAR_MAX_M:.0}"));
        }
        Ok(())
    }
}

pub(super) fn number(field: &str, found: f64, least: f64, most: f64) -> Result<(), String> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(format!("{field}: found {found}; allowed: {least} to {most}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{PROPOSE_BYTES_MAX, Request};
    use proptest::prelude::*;

    #[test]
    fn what_is_left_out_is_as_usual_and_what_is_not_known_is_refused() {
        let request = Request::read(br#"{"kind":"orbit","vehicles":["falke-1"],"drawn":[[10.1,54.3]],"height_m":80}"#);
        assert_eq!(request.unwrap().radius_m, 150.0);
        let told = Request::read(br#"{"kind":"bombing_run","vehicles":[],"drawn":[]}"#).unwrap_err();
        assert!(told.starts_with("kind: unknown variant"), "{told}");
        let told = Request::read(br#"{"kind":"orbit","vehicles":["falke-1"],"drawn":[],"weapon":1}"#).unwrap_err();
        assert!(told.contains("unknown field"), "{told}");
        assert!(Request::read(&vec![b' '; PROPOSE_BYTES_MAX + 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = Request::read(&bytes);
        }
    }
}
