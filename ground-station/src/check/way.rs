//! From a flight to a mission in space and time: what is flown, step by step, in wind and over the ground.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use anyhow::{Context, bail};
use missions::Performance;
use missions::formats::{Flight, Home};
use missions::notation::AltitudeNote;
use missions::plan::Leg;
use missions::terrain::{GroundHeight, Terrain};
use planning::preflight::{Air, Fix, Heights, Mission, Stop, fly, ground_legs, passing_legs};
use telemetry::LatLon;

use super::aircraft::Aircraft;
use crate::plan::level::Level;

/// The most steps of a flight, its rounds included.
const STEPS_MAX: usize = 20_000;
/// Corners of a circle that is flown.
const CIRCLE_CORNERS: u32 = 24;
const RESERVE: f64 = 0.25;

/// What a way is worked out from.
pub(super) struct Setting<'s> {
    pub(super) frame: Level,
    pub(super) terrain: Option<&'s Terrain>,
    pub(super) aircraft: &'s Aircraft,
    pub(super) performance: Performance,
    /// Where the wind blows to, east and north, m/s.
    pub(super) wind_m_s: [f64; 2],
    pub(super) home: Home,
    pub(super) departs_s: f64,
    /// The slow layer ends here, metres above ground.
    pub(super) slow_below_agl_m: f64,
}

/// A mission, and which leg of its document each of its legs is part of.
pub(super) struct Way {
    pub(super) mission: Mission,
    pub(super) leg_of: Vec<usize>,
    /// What was taken for granted.
    pub(super) assumed: Vec<String>,
}

/// The altitude of a place's ground, where the terrain says it.
pub(super) fn ground_m(terrain: Option<&Terrain>, at: LatLon) -> Option<f64> {
    match terrain?.height(at) {
        GroundHeight::Metres(metres) => Some(metres),
        GroundHeight::NoData | GroundHeight::NoTile => None,
    }
}

/// Terrain in the level frame.
pub(super) struct LevelTerrain<'t> {
    pub(super) terrain: &'t Terrain,
    pub(super) frame: Level,
}

impl Heights for LevelTerrain<'_> {
    fn height_m(&self, place_m: [f64; 2]) -> Option<f64> {
        ground_m(Some(self.terrain), self.frame.lat_lon(place_m)?)
    }
}

/// The mission of a flight.
pub(super) fn way(flight: &Flight, setting: &Setting<'_>) -> anyhow::Result<Way> {
    let home_m = setting.home.altitude.map(|altitude| altitude.metres).or(ground_m(setting.terrain, setting.home.at));
    let home_m = home_m.context("the altitude of home is not known: give --home-amsl-m, or terrain that has it")?;
    let cruise_m_s = flight.cruise_m_s.unwrap_or(setting.performance.cruise_m_s);
    let mut steps = Steps { setting, home_m, cruise_m_s, stops: Vec::new(), leg_of: Vec::new(), assumed: Vec::new() };
    steps.flight(flight)?;
    let start = Fix { at_s: setting.departs_s, place_m: setting.frame.place_m(setting.home.at), amsl_m: home_m };
    let Performance { climb_m_s, descent_m_s, .. } = setting.performance;
    let air = Air {
        wind_m_s: setting.wind_m_s,
        climb_m_s: if climb_m_s > 0.0 { climb_m_s } else { 1.0 },
        descent_m_s: if descent_m_s > 0.0 { descent_m_s } else { 1.0 },
    };
    let (fixes, leads_to) = fly(start, &steps.stops, &air).map_err(|windy| {
        let place = &flight.legs[steps.leg_of[windy.stop]].place;
        anyhow::anyhow!("{place}: {windy}: wait for less wind, or fly faster")
    })?;
    let Steps { leg_of, mut assumed, .. } = steps;
    if fixes.len() < 2 {
        bail!("the flight stays where it is");
    }
    let mut on_ground = ground_legs(&fixes);
    if !setting.performance.flies() {
        on_ground.extend(0..fixes.len() - 1);
    }
    let ground = setting.terrain.map(|terrain| LevelTerrain { terrain, frame: setting.frame });
    let ground = ground.as_ref().map(|ground| ground as &dyn Heights);
    let passing_legs = passing_legs(&fixes, ground, setting.slow_below_agl_m);
    let reserve = setting.aircraft.battery_reserve.or(flight.policy.map(|policy| policy.battery_reserve));
    let reserve = reserve.unwrap_or_else(|| {
        assumed.push(format!("a reserve of {:.0} % of the battery", RESERVE * 100.0));
        RESERVE
    });
    let power_w = setting.aircraft.power_w.unwrap_or(100.0);
    let battery_wh = match setting.aircraft.battery_wh {
        Some(battery_wh) if setting.aircraft.power_w.is_some() => battery_wh,
        _ => {
            let minutes = setting.performance.endurance_s / 60.0;
            assumed.push(format!("a full battery lasts {minutes:.0} min"));
            power_w * setting.performance.endurance_s / 3600.0
        }
    };
    let authorised = setting.aircraft.authorised_zones.iter().cloned().collect();
    let mission = Mission { fixes, power_w, battery_wh, reserve, authorised, ground_legs: on_ground, passing_legs };
    let leg_of = leads_to.into_iter().map(|stop| leg_of[stop]).collect();
    Ok(Way { mission, leg_of, assumed })
}

struct Steps<'s> {
    setting: &'s Setting<'s>,
    home_m: f64,
    cruise_m_s: f64,
    stops: Vec<Stop>,
    /// The leg that each stop belongs to.
    leg_of: Vec<usize>,
    assumed: Vec<String>,
}

impl Steps<'_> {
    fn flight(&mut self, flight: &Flight) -> anyhow::Result<()> {
        let mut rounds: BTreeMap<usize, u32> = BTreeMap::new();
        let mut next = 0;
        while let Some(leg) = flight.legs.get(next) {
            if self.stops.len() >= STEPS_MAX {
                bail!("{}: more than {STEPS_MAX} steps, rounds included; allowed are fewer", leg.place);
            }
            if let Leg::Repeat { from, times } = leg.leg {
                let done = rounds.entry(next).or_default();
                if times.is_none() && *done == 0 {
                    self.assumed.push(format!("{}: of rounds without end one more is checked", leg.place));
                }
                if *done < times.map_or(1, u32::from) && usize::from(from) < next {
                    *done += 1;
                    next = usize::from(from);
                    continue;
                }
            } else {
                self.leg(next, &leg.leg);
            }
            next += 1;
        }
        match flight.legs.last().map(|leg| leg.leg) {
            Some(Leg::ReturnHome | Leg::Land { .. }) => {}
            _ => {
                self.assumed.push("it flies home after its last leg, which the plan does not say".to_owned());
                self.home(flight.legs.len().saturating_sub(1));
            }
        }
        Ok(())
    }

    fn leg(&mut self, number: usize, leg: &Leg) {
        let frame = self.setting.frame;
        match *leg {
            Leg::TakeOff { altitude } => {
                let amsl_m = self.amsl_m(altitude, self.setting.home.at);
                let place_m = self.here();
                self.put(number, place_m, amsl_m, self.cruise_m_s, 0.0);
            }
            Leg::Waypoint { at, altitude, speed_m_s } => {
                let amsl_m = self.amsl_m(altitude, at);
                self.put(number, frame.place_m(at), amsl_m, speed_m_s.unwrap_or(self.cruise_m_s), 0.0);
            }
            Leg::Loiter { at, altitude, for_s } => {
                let amsl_m = self.amsl_m(altitude, at);
                self.put(number, frame.place_m(at), amsl_m, self.cruise_m_s, for_s);
            }
            Leg::Orbit { centre, altitude, radius_m, turns } => {
                let amsl_m = self.amsl_m(altitude, centre);
                self.orbit(number, frame.place_m(centre), amsl_m, radius_m, turns);
            }
            Leg::ReturnHome => self.home(number),
            Leg::Land { at } => {
                let down_m = ground_m(self.setting.terrain, at).unwrap_or(self.home_m);
                self.down(number, frame.place_m(at), down_m);
            }
            Leg::LookAt { .. } | Leg::LookAhead { .. } | Leg::Camera(_) | Leg::Repeat { .. } => {}
        }
    }

    fn home(&mut self, number: usize) {
        self.down(number, self.setting.frame.place_m(self.setting.home.at), self.home_m);
    }

    /// To a place as high as it is, and down.
    fn down(&mut self, number: usize, place_m: [f64; 2], down_m: f64) {
        let amsl_m = self.stops.last().map_or(self.home_m, |stop| stop.amsl_m);
        self.put(number, place_m, amsl_m, self.cruise_m_s, 0.0);
        self.put(number, place_m, down_m, self.cruise_m_s, 0.0);
    }

    fn orbit(&mut self, number: usize, centre_m: [f64; 2], amsl_m: f64, radius_m: f64, turns: f64) {
        let here = self.here();
        let begin = (here[0] - centre_m[0]).atan2(here[1] - centre_m[1]);
        let corners = (turns.clamp(0.0, 1_000.0) * f64::from(CIRCLE_CORNERS)).ceil() as usize;
        for corner in 0..=corners.min(STEPS_MAX) {
            let turned = TAU * corner as f64 / f64::from(CIRCLE_CORNERS) * radius_m.signum();
            let angle = begin + turned;
            let place_m = [centre_m[0] + radius_m.abs() * angle.sin(), centre_m[1] + radius_m.abs() * angle.cos()];
            self.put(number, place_m, amsl_m, self.cruise_m_s, 0.0);
        }
    }

    fn here(&self) -> [f64; 2] {
        self.stops.last().map_or(self.setting.frame.place_m(self.setting.home.at), |stop| stop.place_m)
    }

    fn put(&mut self, leg: usize, place_m: [f64; 2], amsl_m: f64, airspeed_m_s: f64, hold_s: f64) {
        self.stops.push(Stop { place_m, amsl_m, airspeed_m_s, hold_s });
        self.leg_of.push(leg);
    }

    fn amsl_m(&mut self, altitude: AltitudeNote, at: LatLon) -> f64 {
        match altitude {
            AltitudeNote::AmslM(metres) => metres,
            AltitudeNote::HomeM(metres) => self.home_m + metres,
            AltitudeNote::DepthM(metres) => self.home_m - metres,
            AltitudeNote::AglM(metres) => {
                let ground_m = ground_m(self.setting.terrain, at).unwrap_or_else(|| {
                    let flat = "where the ground is not known it is as high as home";
                    if !self.assumed.iter().any(|assumed| assumed == flat) {
                        self.assumed.push(flat.to_owned());
                    }
                    self.home_m
                });
                ground_m + metres
            }
        }
    }
}
