//! The air (and water) that plans are checked against: the authorities' zones, areas that are closed for a time, the
//! flights that others declared, the weather a person reported, and the room's own limits.
//!
//! *Zone*: a UAS geographical zone, read once from the files of the configuration. *Area*: closed by an operator from
//! one moment to another. *Declared flight*: who, with which serial, in which volume and when; what is seen is matched
//! with it in [`crate::alerts`].
//!
//! Bounds: [`AREAS_MAX`] areas and [`FLIGHTS_MAX`] flights; those that are over leave first, and when none is over a new
//! one is refused.

mod contact;
mod declared;
mod limits;
mod zones;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use missions::Site;
use missions::ring;
use missions::terrain::{GroundHeight, Sheet};
use missions::zones::{UasZone, ZoneIndex};
use serde::{Deserialize, Serialize};
use telemetry::messages::{AreaClosure, FlightDeclaration, WeatherReport};
use telemetry::{Enu, FlightId, LatLon, OperatorId, SiteFrame, Timestamp, ZoneId};

pub use contact::{ANTENNAS_MAX, Antenna, AntennaTable, Budget, Contact, Pilot, PilotTable};
pub use declared::{ClaimedFlight, OffDeclaration};
pub use limits::{Layers, Limits};
pub use zones::{ZONES_BEYOND_M, near};

/// The most closed areas.
pub const AREAS_MAX: usize = 200;
/// The most declared flights.
pub const FLIGHTS_MAX: usize = 1000;
/// The most corners of an area or of a flight's volume.
pub const CORNERS_MAX: usize = 100;
/// The longest name or reason, characters.
pub const TEXT_MAX: usize = 200;
/// What a box's sides bend by between the places that stand for them, metres: 70 m where they are 100 km long, at 54°.
const BENT_M: f64 = 200.0;
/// An area is closed, and a flight declared, for no longer than this.
const SPAN_MAX: Duration = Duration::from_secs(31 * 86_400);

/// An area that an operator closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClosedArea {
    /// Which.
    pub id: ZoneId,
    /// Where and when.
    pub closure: AreaClosure,
    /// Who closed it.
    pub by: OperatorId,
    /// When they did.
    pub at: Timestamp,
}

/// A flight that was declared to the room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeclaredFlight {
    /// Which.
    pub id: FlightId,
    /// Who, with what, where and when.
    pub declaration: FlightDeclaration,
    /// Who filed it here.
    pub by: OperatorId,
    /// When they did.
    pub at: Timestamp,
}

/// The weather, and who said so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    /// What they said.
    pub report: WeatherReport,
    /// Who.
    pub by: OperatorId,
    /// When.
    pub at: Timestamp,
}

/// What plans are checked against. A copy is cheap: zones and site are shared.
#[derive(Debug, Clone)]
pub struct Airspace {
    site: Arc<Site>,
    frame: SiteFrame,
    zones: Arc<ZoneIndex>,
    limits: Limits,
    areas: BTreeMap<ZoneId, ClosedArea>,
    flights: BTreeMap<FlightId, DeclaredFlight>,
    weather: Option<Weather>,
    terrain: Option<Arc<Sheet>>,
}

impl Airspace {
    /// The air over a site, with nothing closed, declared or reported.
    #[must_use]
    pub fn new(site: &Site, zones: &[UasZone], limits: &Limits) -> Self {
        Self {
            frame: site.frame(),
            site: Arc::new(site.clone()),
            zones: Arc::new(ZoneIndex::new(zones.to_vec())),
            limits: limits.clone(),
            areas: BTreeMap::new(),
            flights: BTreeMap::new(),
            weather: None,
            terrain: None,
        }
    }

    /// The same over a ground; without one it is flat, as the site says.
    #[must_use]
    pub fn over(self, terrain: Option<Arc<Sheet>>) -> Self {
        Self { terrain, ..self }
    }

    /// The ground as it is known: nothing where it is taken as flat.
    #[must_use]
    pub fn terrain(&self) -> Option<&Sheet> {
        self.terrain.as_deref()
    }

    /// The height of the ground at a place of the site's frame, metres above mean sea level: flat where there is no
    /// terrain, nothing where there is some and none of that place.
    #[must_use]
    pub fn ground_m(&self, place_m: [f64; 2]) -> Option<f64> {
        match &self.terrain {
            None => Some(self.site.ground.metres),
            Some(sheet) => match sheet.height(self.lat_lon(place_m)) {
                GroundHeight::Metres(metres) => Some(metres),
                GroundHeight::NoData | GroundHeight::NoTile => None,
            },
        }
    }

    /// The place.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The authorities' zones.
    #[must_use]
    pub fn zones(&self) -> &[UasZone] {
        self.zones.zones()
    }

    /// The authorities' zones, in the order of their files, whose boxes come within so many metres of the box around some
    /// places of the site's frame.
    pub fn zones_near(&self, places_m: &[[f64; 2]], within_m: f64) -> impl Iterator<Item = &UasZone> {
        let near = self.zones.near(&self.box_around(places_m), within_m + BENT_M);
        near.into_iter().map(|number| &self.zones.zones()[number])
    }

    /// Corners, sides and middle of the box around places: a straight side of it is none in degrees.
    fn box_around(&self, places_m: &[[f64; 2]]) -> Vec<LatLon> {
        let extent = |axis: usize| {
            let numbers = places_m.iter().map(|at_m| at_m[axis]);
            numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], number| [low.min(number), high.max(number)])
        };
        let thirds = |[low, high]: [f64; 2]| [low, f64::midpoint(low, high), high];
        let (easts, norths) = (thirds(extent(0)), thirds(extent(1)));
        let places = easts.iter().flat_map(|east_m| norths.map(|north_m| [*east_m, north_m]));
        places.filter(|at_m| at_m.iter().all(|number| number.is_finite())).map(|at_m| self.lat_lon(at_m)).collect()
    }

    /// The room's own limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The areas that are closed, or were until lately.
    pub fn areas(&self) -> impl Iterator<Item = &ClosedArea> {
        self.areas.values()
    }

    /// The flights that were declared.
    pub fn flights(&self) -> impl Iterator<Item = &DeclaredFlight> {
        self.flights.values()
    }

    /// The weather, as it was last reported.
    #[must_use]
    pub fn weather(&self) -> Option<&Weather> {
        self.weather.as_ref()
    }

    /// Where the air goes by the weather that was last reported, m/s east and north; still where nobody reported any.
    #[must_use]
    pub fn wind_m_s(&self) -> [f64; 2] {
        self.weather.as_ref().map_or([0.0, 0.0], |weather| {
            let to = (weather.report.wind_from_deg + 180.0).to_radians();
            [to.sin() * weather.report.wind_m_s, to.cos() * weather.report.wind_m_s]
        })
    }

    /// Metres east and north of the site's datum, on the ground.
    #[must_use]
    pub fn place_m(&self, at: LatLon) -> [f64; 2] {
        let enu = self.frame.enu(at.at_height(self.site.datum.height()));
        [enu.east_m, enu.north_m]
    }

    /// The place of metres east and north of the datum; the datum itself where that is none on Earth.
    #[must_use]
    pub fn lat_lon(&self, [east_m, north_m]: [f64; 2]) -> LatLon {
        let at = self.frame.geodetic(Enu { east_m, north_m, up_m: 0.0 });
        at.map_or(self.site.datum.lat_lon(), |at| at.lat_lon())
    }

    pub(crate) fn close(&mut self, area: ClosedArea) -> Result<(), String> {
        let AreaClosure { name, ring, floor, ceiling, from, to } = &area.closure;
        text("the name", name)?;
        outline(ring)?;
        span(*from, *to)?;
        if let (Some(floor), Some(ceiling)) = (floor, ceiling)
            && floor >= ceiling
        {
            return Err(format!(
                "from {} m up to {} m: the upper limit must be the higher",
                floor.metres, ceiling.metres
            ));
        }
        let over = |known: &ClosedArea| known.closure.to < area.at;
        make_room(&mut self.areas, AREAS_MAX, over, "areas are closed")?;
        self.areas.insert(area.id.clone(), area);
        Ok(())
    }

    pub(crate) fn open(&mut self, id: &ZoneId) -> Result<ClosedArea, String> {
        self.areas.remove(id).ok_or_else(|| format!("no area {id} is closed"))
    }

    pub(crate) fn file(&mut self, flight: DeclaredFlight) -> Result<(), String> {
        let FlightDeclaration { operator, uas_id, purpose, ring, floor, ceiling, from, to } = &flight.declaration;
        text("the operator", operator)?;
        text("the serial", uas_id)?;
        text("the purpose", purpose)?;
        outline(ring)?;
        span(*from, *to)?;
        if floor >= ceiling {
            return Err(format!(
                "from {} m up to {} m: the upper limit must be the higher",
                floor.metres, ceiling.metres
            ));
        }
        let over = |known: &DeclaredFlight| known.declaration.to < flight.at;
        make_room(&mut self.flights, FLIGHTS_MAX, over, "flights are declared")?;
        self.flights.insert(flight.id.clone(), flight);
        Ok(())
    }

    pub(crate) fn withdraw(&mut self, id: &FlightId) -> Result<DeclaredFlight, String> {
        self.flights.remove(id).ok_or_else(|| format!("no flight {id} is declared"))
    }

    pub(crate) fn report(&mut self, weather: Weather) -> Result<(), String> {
        let WeatherReport { wind_from_deg, wind_m_s, gust_m_s, visibility_m } = weather.report;
        if !(0.0..=360.0).contains(&wind_from_deg) {
            return Err(format!("wind from {wind_from_deg}°: allowed are 0 to 360"));
        }
        if !(0.0..=75.0).contains(&wind_m_s) || !(wind_m_s..=100.0).contains(&gust_m_s) {
            return Err(format!(
                "wind {wind_m_s} m/s, gusts {gust_m_s} m/s: allowed are 0 to 75, and gusts from the wind to 100"
            ));
        }
        if visibility_m.is_some_and(|metres| !(0.0..=100_000.0).contains(&metres)) {
            return Err("a visibility that is none: allowed are 0 to 100 000 m".to_owned());
        }
        self.weather = Some(weather);
        Ok(())
    }
}

/// Lets what is over leave, oldest names first, where there are too many; says why when nothing may leave.
fn make_room<K: Ord + Clone, V>(
    known: &mut BTreeMap<K, V>,
    most: usize,
    over: impl Fn(&V) -> bool,
    what: &str,
) -> Result<(), String> {
    if known.len() >= most {
        known.retain(|_, one| !over(one));
    }
    if known.len() >= most { Err(format!("{most} {what} already: take one back first")) } else { Ok(()) }
}

/// A text that a person wrote: something, not too long, on one line.
///
/// # Errors
/// How long it is, and how long it may be.
pub fn text(what: &str, text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > TEXT_MAX || text.chars().any(char::is_control) {
        return Err(format!("{what} has {length} characters: allowed are 1 to {TEXT_MAX}, on one line"));
    }
    Ok(())
}

fn outline(corners: &[LatLon]) -> Result<(), String> {
    if !(3..=CORNERS_MAX).contains(&corners.len()) {
        return Err(format!("an area of {} corners: allowed are 3 to {CORNERS_MAX}", corners.len()));
    }
    match ring::self_crossing(corners) {
        Some((a, b)) => Err(format!("the area's sides after corners {} and {} cross or meet", a + 1, b + 1)),
        None => Ok(()),
    }
}

fn span(from: Timestamp, to: Timestamp) -> Result<(), String> {
    if to <= from || to.since(from) > SPAN_MAX {
        return Err(format!("from {from} to {to}: the end must come after the beginning, at most 31 days later"));
    }
    Ok(())
}
