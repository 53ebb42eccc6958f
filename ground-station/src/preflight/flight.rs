//! A plan in space and time: where its vehicle is when, under the wind of the day.
//!
//! *Fix*: a place and a time; between two fixes the vehicle goes straight and steadily. Wings keep their airspeed, so that
//! wind makes a leg longer or shorter; what hovers keeps its speed over ground as long as its fastest airspeed allows it,
//! and pays with power, which grows with the square of the airspeed beyond cruise. Turns are not drawn: margins belong
//! into the limits.
//!
//! A plan that repeats without end goes round until the battery's reserve is due; bound: [`FIXES_MAX`] fixes.

use std::f64::consts::TAU;

use missions::plan::Start;
use missions::{CheckedPlan, Performance};
use telemetry::messages::{FlightPlan, PlanAltitude, PlanItem, VehicleKind};
use telemetry::{LatLon, PlanId, Timestamp, VehicleId};

use crate::airspace::Airspace;

/// The most fixes of a flight.
pub const FIXES_MAX: usize = 6000;
/// Into how many straight ways a turn of an orbit is cut.
const SIDES: usize = 16;
/// Slower over ground than this is no progress, m/s.
const PROGRESS_MIN_M_S: f64 = 0.5;
/// Two fixes are at least this apart in time, seconds.
const STEP_MIN_S: f64 = 0.05;

/// A place and the time a vehicle is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LegFix {
    /// Seconds after the beginning of the flight.
    pub at_s: f64,
    /// Metres east and north of the site's datum.
    pub place_m: [f64; 2],
    /// Metres above mean sea level.
    pub amsl_m: f64,
    /// Which leg of the plan leads here, counted from 0.
    pub leg: usize,
    /// The speed commanded on the way here, m/s.
    pub speed_m_s: f64,
}

/// A plan in space and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Who flies it.
    pub vehicle: VehicleId,
    /// The vehicle's name for people.
    pub name: String,
    /// Which plan.
    pub plan: PlanId,
    /// What kind of vehicle.
    pub kind: VehicleKind,
    /// When it begins.
    pub begins: Timestamp,
    /// Where it is when; at least two.
    pub fixes: Vec<LegFix>,
    /// The fence's corners, metres east and north of the datum.
    pub fence_m: Vec<[f64; 2]>,
    /// The share of a full battery that it takes.
    pub battery_used: f64,
    /// What the battery holds at the beginning, 0 to 1.
    pub battery: f64,
    /// What it must hold at the end, 0 to 1.
    pub reserve: f64,
    /// How long a full battery lasts at cruise, seconds.
    pub endurance_s: f64,
    /// The legs against which the wind is too strong, counted from 0.
    pub held_by_wind: Vec<usize>,
}

/// Whose plan it is and when it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Departure {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Its name for people.
    pub name: String,
    /// When it begins.
    pub at: Timestamp,
    /// What the battery holds, 0 to 1, where that is known better than from the plan.
    pub battery: Option<f64>,
}

impl Flight {
    /// A plan in space and time; nothing for a kind of vehicle that is not known, or a plan that leads nowhere.
    #[must_use]
    pub fn of(airspace: &Airspace, plan: &CheckedPlan, departure: Departure) -> Option<Self> {
        let performance = Performance::of(plan.vehicle())?;
        let mut pen = Pen::new(airspace, plan, performance, departure.battery.unwrap_or(plan.start().battery));
        pen.draw(plan.message());
        let Pen { fixes, used, held_by_wind, battery, .. } = pen;
        (fixes.len() >= 2).then(|| Self {
            vehicle: departure.vehicle,
            name: departure.name,
            plan: plan.id().clone(),
            kind: plan.vehicle(),
            begins: departure.at,
            fence_m: plan.message().geofence.ring.iter().map(|at| airspace.place_m(*at)).collect(),
            battery_used: used,
            battery,
            reserve: plan.message().battery_reserve,
            endurance_s: performance.endurance_s,
            fixes,
            held_by_wind,
        })
    }

    /// What is left of it from a fix on, when its vehicle is at a place of its own; `used` of a full battery.
    #[must_use]
    pub fn from_fix(&self, fix: usize, place_m: [f64; 2], used: f64) -> Self {
        let mut rest = self.clone();
        rest.fixes.drain(..fix.min(self.fixes.len().saturating_sub(2)));
        let begun_s = rest.fixes[0].at_s;
        for fix in &mut rest.fixes {
            fix.at_s -= begun_s;
        }
        // Above what is below: the place it is at, at the height of its leg.
        rest.fixes[0].place_m = place_m;
        rest.fixes[0].amsl_m = rest.fixes[0].amsl_m.max(rest.fixes[1].amsl_m);
        rest.battery_used = used;
        rest
    }

    /// How long it takes, seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.fixes.last().map_or(0.0, |fix| fix.at_s)
    }

    /// When it ends.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.begins.offset_seconds(self.duration_s())
    }

    /// The way over ground, metres.
    #[must_use]
    pub fn distance_m(&self) -> f64 {
        let apart =
            |pair: &[LegFix]| (pair[1].place_m[0] - pair[0].place_m[0]).hypot(pair[1].place_m[1] - pair[0].place_m[1]);
        self.fixes.windows(2).map(apart).sum()
    }

    /// Whether it flies, as boats and what dives do not.
    #[must_use]
    pub fn flies(&self) -> bool {
        Performance::of(self.kind).is_some_and(|performance| performance.flies())
    }
}

/// What draws a flight, fix by fix.
struct Pen<'a> {
    airspace: &'a Airspace,
    start: Start,
    performance: Performance,
    /// Towards where the wind blows, east and north, m/s, gusts included.
    wind: [f64; 2],
    cruise_m_s: f64,
    battery: f64,
    reserve: f64,
    fixes: Vec<LegFix>,
    used: f64,
    held_by_wind: Vec<usize>,
}

impl<'a> Pen<'a> {
    fn new(airspace: &'a Airspace, plan: &CheckedPlan, performance: Performance, battery: f64) -> Self {
        let report = airspace.weather().map(|weather| weather.report).filter(|_| performance.flies());
        let wind = report.map_or([0.0, 0.0], |report| {
            let to = (report.wind_from_deg + 180.0).to_radians();
            // Between the mean and the gusts: a gust passes, the mean does not.
            let speed = f64::midpoint(report.wind_m_s, report.gust_m_s);
            [to.sin() * speed, to.cos() * speed]
        });
        let start = *plan.start();
        let first = LegFix {
            at_s: 0.0,
            place_m: airspace.place_m(start.position),
            amsl_m: start.altitude.metres,
            leg: 0,
            speed_m_s: 0.0,
        };
        Self {
            airspace,
            start,
            performance,
            wind,
            cruise_m_s: plan.message().cruise_m_s,
            battery,
            reserve: plan.message().battery_reserve,
            fixes: vec![first],
            used: 0.0,
            held_by_wind: Vec::new(),
        }
    }

    fn draw(&mut self, plan: &FlightPlan) {
        for (leg, item) in plan.items.iter().enumerate() {
            match item {
                PlanItem::Repeat { from, times } => self.repeat(plan, leg, usize::from(*from), *times),
                item => self.item(leg, item),
            }
        }
        let ends_at_home = matches!(plan.items.last(), Some(PlanItem::ReturnHome | PlanItem::Land { .. }));
        if !ends_at_home {
            self.home(plan.items.len().saturating_sub(1));
        }
    }

    fn item(&mut self, leg: usize, item: &PlanItem) {
        match *item {
            PlanItem::TakeOff { altitude } => {
                let here = self.here().place_m;
                self.go(leg, here, self.amsl_m(altitude), self.cruise_m_s);
            }
            PlanItem::Waypoint { position, altitude, speed_m_s } => {
                self.go_to(leg, position, altitude, speed_m_s.unwrap_or(self.cruise_m_s));
            }
            PlanItem::Loiter { position, altitude, duration_s } => {
                self.go_to(leg, position, altitude, self.cruise_m_s);
                self.stay(leg, duration_s);
            }
            PlanItem::Orbit { centre, altitude, radius_m, turns } => {
                self.orbit(leg, centre, self.amsl_m(altitude), radius_m, turns);
            }
            PlanItem::ReturnHome => self.home(leg),
            PlanItem::Land { position } => {
                let amsl_m = self.here().amsl_m;
                self.go(leg, self.airspace.place_m(position), amsl_m, self.cruise_m_s);
                self.down(leg);
            }
            PlanItem::LookAt { .. } | PlanItem::LookAhead { .. } | PlanItem::Camera(_) | PlanItem::Repeat { .. } => {}
        }
    }

    /// Rounds as often as is said, or until the reserve is due.
    fn repeat(&mut self, plan: &FlightPlan, leg: usize, from: usize, times: Option<u16>) {
        let round = plan.items.get(from..leg).unwrap_or_default();
        for _ in 0..times.unwrap_or(u16::MAX) {
            let (before, used) = (self.fixes.len(), self.used);
            for (n, item) in round.iter().enumerate() {
                self.item(from + n, item);
            }
            let none = self.fixes.len() == before;
            // One more like this one, and the way home as long as the round itself.
            let due = times.is_none() && self.used + (self.used - used) * 2.0 > self.battery - self.reserve;
            if none || due || self.fixes.len() >= FIXES_MAX {
                return;
            }
        }
    }

    fn orbit(&mut self, leg: usize, centre: LatLon, amsl_m: f64, radius_m: f64, turns: f64) {
        let [x, y] = self.airspace.place_m(centre);
        let [from_x, from_y] = self.here().place_m;
        let begin = (from_y - y).atan2(from_x - x);
        // Clockwise from above is against the sense of the angle.
        let sense = -radius_m.signum();
        let sides = ((turns * SIDES as f64).ceil().max(1.0)) as usize;
        for side in 0..=sides.min(FIXES_MAX) {
            let angle = begin + sense * TAU * (side as f64 / SIDES as f64).min(turns);
            let place = [x + radius_m.abs() * angle.cos(), y + radius_m.abs() * angle.sin()];
            self.go(leg, place, amsl_m, self.cruise_m_s);
        }
    }

    fn home(&mut self, leg: usize) {
        let amsl_m = self.here().amsl_m;
        self.go(leg, self.airspace.place_m(self.start.position), amsl_m, self.cruise_m_s);
        self.down(leg);
    }

    fn down(&mut self, leg: usize) {
        let here = self.here().place_m;
        self.go(leg, here, self.start.altitude.metres, self.cruise_m_s);
    }

    fn go_to(&mut self, leg: usize, to: LatLon, altitude: PlanAltitude, speed_m_s: f64) {
        self.go(leg, self.airspace.place_m(to), self.amsl_m(altitude), speed_m_s);
    }

    fn go(&mut self, leg: usize, place_m: [f64; 2], amsl_m: f64, speed_m_s: f64) {
        let here = self.here();
        let way = [place_m[0] - here.place_m[0], place_m[1] - here.place_m[1]];
        let way_m = way[0].hypot(way[1]);
        let (ground_m_s, power) = self.against_the_wind(leg, way, way_m, speed_m_s);
        let level_s = if way_m > 0.0 { way_m / ground_m_s } else { 0.0 };
        let rise_m = amsl_m - here.amsl_m;
        let vertical_s = match self.performance {
            Performance { climb_m_s, .. } if rise_m > 0.0 && climb_m_s > 0.0 => rise_m / climb_m_s,
            Performance { descent_m_s, .. } if rise_m < 0.0 && descent_m_s > 0.0 => -rise_m / descent_m_s,
            _ => 0.0,
        };
        let took_s = level_s.max(vertical_s);
        if took_s > 0.0 && self.fixes.len() < FIXES_MAX {
            self.used += took_s * power / self.performance.endurance_s;
            let at_s = here.at_s + took_s.max(STEP_MIN_S);
            self.fixes.push(LegFix {
                at_s,
                place_m,
                amsl_m,
                leg,
                speed_m_s: if way_m > 0.0 { speed_m_s } else { 0.0 },
            });
        }
    }

    fn stay(&mut self, leg: usize, for_s: f64) {
        let here = self.here();
        if for_s >= STEP_MIN_S && self.fixes.len() < FIXES_MAX {
            self.used += for_s / self.performance.endurance_s;
            self.fixes.push(LegFix { at_s: here.at_s + for_s, leg, speed_m_s: 0.0, ..here });
        }
    }

    /// The speed over ground on a way, and the power it takes, in powers of cruise.
    fn against_the_wind(&mut self, leg: usize, way: [f64; 2], way_m: f64, speed_m_s: f64) -> (f64, f64) {
        if way_m == 0.0 || self.wind == [0.0, 0.0] {
            return (speed_m_s.max(PROGRESS_MIN_M_S), 1.0);
        }
        let along = (self.wind[0] * way[0] + self.wind[1] * way[1]) / way_m;
        let across = (self.wind[0] * way[1] - self.wind[1] * way[0]) / way_m;
        let over_ground = |airspeed: f64| (airspeed * airspeed - across * across).max(0.0).sqrt() + along;
        let hovers = self.performance.speed_min_m_s <= 0.0;
        let needed = if hovers { (speed_m_s - along).hypot(across) } else { speed_m_s };
        let airspeed = needed.min(self.performance.speed_max_m_s);
        let ground = if hovers && needed <= airspeed { speed_m_s } else { over_ground(airspeed) };
        if ground < PROGRESS_MIN_M_S && self.held_by_wind.last() != Some(&leg) {
            self.held_by_wind.push(leg);
        }
        let power = (airspeed / self.performance.cruise_m_s.max(1.0)).powi(2).max(1.0);
        (ground.max(PROGRESS_MIN_M_S), power)
    }

    fn here(&self) -> LegFix {
        *self.fixes.last().expect("a flight begins with its place of take-off")
    }

    fn amsl_m(&self, altitude: PlanAltitude) -> f64 {
        match altitude {
            PlanAltitude::Amsl(altitude) => altitude.metres,
            PlanAltitude::Home(height) => self.start.altitude.metres + height.metres,
        }
    }
}
