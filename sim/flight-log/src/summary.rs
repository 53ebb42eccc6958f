//! The figures of a flight that a person asks for first.

use std::fmt;

use telemetry::{AltitudeHae, LatLon};

use crate::flight::{EventKind, Flight, Sample};

/// Positions this far apart in this time are an error of the receiver, and no way that was flown.
const SPEED_MAX_M_S: f64 = 150.0;
/// Positions are compared this far apart in time, so that the noise of a vehicle that stands adds up to nothing.
const LEG_S: f64 = 1.0;
const LEG_MIN_M: f64 = 0.5;

/// The figures of a flight. What the record does not tell is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary<'f> {
    flight: &'f Flight,
    /// How long the record lasts, seconds.
    pub duration_s: f64,
    /// How long the motors were armed; nothing where the record does not tell.
    pub armed_s: Option<f64>,
    /// The way over ground, metres.
    pub distance_m: Option<f64>,
    /// The farthest it was from its first position, metres.
    pub farthest_m: Option<f64>,
    /// Least and greatest height above its beginning, metres: see [`Flight::heights_m`].
    pub heights_m: Option<(f64, f64)>,
    /// The greatest speed over ground, m/s.
    pub speed_max_m_s: Option<f64>,
    /// Energy drawn: voltage times current, summed up, watt-hours.
    pub energy_wh: Option<f64>,
    /// Charge drawn, milliampere-hours, as the vehicle counted it.
    pub charge_mah: Option<f64>,
    /// What was left at the beginning and at the end, 0 to 1.
    pub remaining: Option<(f64, f64)>,
}

impl<'f> Summary<'f> {
    /// Sums up a flight.
    #[must_use]
    pub fn of(flight: &'f Flight) -> Self {
        let samples = &flight.samples;
        let heights = flight.heights_m();
        let least = heights.iter().flatten().copied().reduce(f64::min);
        let greatest = heights.iter().flatten().copied().reduce(f64::max);
        let speeds = samples.iter().filter_map(|sample| sample.velocity).map(|velocity| velocity.ground_speed_m_s());
        let batteries = || samples.iter().filter_map(|sample| sample.battery);
        let ends = |values: Vec<f64>| Some((*values.first()?, *values.last()?));
        let (distance_m, farthest_m) = way_m(samples).unzip();
        Self {
            flight,
            duration_s: flight.duration_s(),
            armed_s: armed_s(flight),
            distance_m,
            farthest_m,
            heights_m: least.zip(greatest),
            speed_max_m_s: speeds.reduce(f64::max),
            energy_wh: energy_wh(samples),
            charge_mah: ends(batteries().filter_map(|battery| battery.used_mah).collect())
                .map(|(first, last)| last - first),
            remaining: ends(batteries().filter_map(|battery| battery.remaining).collect()),
        }
    }
}

pub(crate) fn distance_m(from: LatLon, to: LatLon) -> f64 {
    from.at_height(AltitudeHae::default()).distance_m(to.at_height(AltitudeHae::default()))
}

/// The way over ground, and how far from its beginning it led.
fn way_m(samples: &[Sample]) -> Option<(f64, f64)> {
    let mut places = samples.iter().filter_map(|sample| Some((sample.at_s, sample.position?)));
    let first = places.next()?;
    let (mut last, mut way, mut farthest) = (first, 0.0, 0.0_f64);
    for place in places {
        let seconds = place.0 - last.0;
        if seconds < LEG_S {
            continue;
        }
        let leg_m = distance_m(last.1, place.1);
        if leg_m > SPEED_MAX_M_S * seconds {
            continue;
        }
        if leg_m >= LEG_MIN_M {
            way += leg_m;
            last = place;
        }
        farthest = farthest.max(distance_m(first.1, place.1));
    }
    Some((way, farthest))
}

fn armed_s(flight: &Flight) -> Option<f64> {
    let (mut since, mut sum) = (None, None);
    for event in &flight.events {
        match event.kind {
            EventKind::Armed => since = since.or(Some(event.at_s.max(0.0))),
            EventKind::Disarmed => sum = since.take().map(|since| sum.unwrap_or(0.0) + event.at_s - since).or(sum),
            _ => {}
        }
    }
    // Still armed at the end of the record.
    since.map(|since| sum.unwrap_or(0.0) + flight.duration_s() - since).or(sum)
}

fn energy_wh(samples: &[Sample]) -> Option<f64> {
    let power = |sample: &Sample| {
        let battery = sample.battery?;
        Some((sample.at_s, battery.voltage_v? * battery.current_a?))
    };
    let powers: Vec<(f64, f64)> = samples.iter().filter_map(power).collect();
    let joules: f64 = powers.windows(2).map(|pair| 0.5 * (pair[0].1 + pair[1].1) * (pair[1].0 - pair[0].0)).sum();
    // A sensor that is not there measures nothing all the time.
    powers.iter().any(|(_, watts)| *watts > 0.0).then_some(joules / 3600.0)
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flight = self.flight;
        let unknown = || "not in the record".to_owned();
        let metres = |value: Option<f64>| value.map_or_else(unknown, |metres| format!("{metres:.0} m"));
        let began = flight.began_at.map_or_else(unknown, |at| at.to_string());
        writeln!(f, "format      {}", flight.format)?;
        writeln!(f, "vehicle     {}", flight.vehicle.as_deref().unwrap_or("not in the record"))?;
        writeln!(f, "began       {began}")?;
        writeln!(f, "duration    {}", minutes(self.duration_s))?;
        writeln!(f, "armed       {}", self.armed_s.map_or_else(unknown, minutes))?;
        let from = flight.samples.iter().find_map(|sample| sample.position);
        let place = |at: LatLon| format!("{:.6}, {:.6}", at.latitude_deg(), at.longitude_deg());
        writeln!(f, "from        {}", from.map_or_else(unknown, place))?;
        writeln!(f, "home        {}", flight.home.map_or_else(unknown, |home| place(home.at)))?;
        writeln!(f, "distance    {}", metres(self.distance_m))?;
        writeln!(f, "farthest    {}", metres(self.farthest_m))?;
        let heights =
            self.heights_m.map_or_else(unknown, |(least, most)| format!("{least:.1} … {most:.1} m above its start"));
        writeln!(f, "height      {heights}")?;
        let speed = self.speed_max_m_s.map_or_else(unknown, |m_s| format!("{m_s:.1} m/s at most"));
        writeln!(f, "speed       {speed}")?;
        writeln!(f, "battery     {}", self.battery())?;
        writeln!(f, "mission     {} items, {} parameters", flight.mission.len(), flight.parameters.len())?;
        let damage = &flight.damage;
        if damage.none() {
            return writeln!(f, "damage      none");
        }
        write!(f, "damage      {} bad records, {} bytes skipped", damage.bad_records, damage.skipped_bytes)?;
        if let Some(at) = damage.cut_short_at {
            write!(f, ", cut short at byte {at}")?;
        }
        if damage.dropped > 0 {
            write!(f, ", {} records beyond what is kept", damage.dropped)?;
        }
        writeln!(f)
    }
}

impl Summary<'_> {
    fn battery(&self) -> String {
        let parts = [
            self.energy_wh.map(|wh| format!("{wh:.1} Wh")),
            self.charge_mah.map(|mah| format!("{mah:.0} mAh")),
            self.remaining.map(|(first, last)| format!("{:.0} % → {:.0} %", 100.0 * first, 100.0 * last)),
        ];
        let told: Vec<String> = parts.into_iter().flatten().collect();
        if told.is_empty() { "not in the record".to_owned() } else { told.join(", ") }
    }
}

fn minutes(seconds: f64) -> String {
    format!("{}:{:04.1} min", (seconds / 60.0).floor(), seconds % 60.0)
}
