//! Puts a flight together from records that each tell a part: positions at one rate, attitudes at another.

use std::collections::BTreeMap;

use telemetry::{AltitudeAmsl, Attitude, EnuVelocity, LatLon, Timestamp};

use crate::flight::{
    Battery, Damage, EVENTS_MAX, Event, EventKind, Flight, Format, Home, MissionItem, SAMPLES_MAX, Sample,
};

/// Samples are no closer together than this: twenty a second tell a flight, and a clock of whole milliseconds may jitter.
const SAMPLE_STEP_S: f64 = 0.045;
/// What is older than this is no longer known.
const STALE_S: f64 = 2.0;
/// A clock that jumps ahead by more than this within a record was misread.
const JUMP_MAX_S: f64 = 6.0 * 3600.0;
/// The longest text kept of an event.
const TEXT_MAX: usize = 200;

/// A part, and when it was told.
#[derive(Debug, Clone, Copy)]
struct Told<T> {
    at_s: f64,
    what: T,
}

fn fresh<T: Copy>(told: Option<Told<T>>, now_s: f64) -> Option<T> {
    told.filter(|told| now_s - told.at_s <= STALE_S).map(|told| told.what)
}

/// Takes parts in order of time, on the vehicle's own clock (seconds since boot).
pub(crate) struct Recorder {
    flight: Flight,
    first_s: Option<f64>,
    now_s: f64,
    next_sample_s: f64,
    step_s: f64,
    position: Option<Told<LatLon>>,
    altitude: Option<Told<AltitudeAmsl>>,
    above_home_m: Option<Told<f64>>,
    velocity: Option<Told<EnuVelocity>>,
    attitude: Option<Told<Attitude>>,
    battery: Option<Told<Battery>>,
    mode: Option<String>,
    armed: Option<bool>,
    /// When the navigation last told a position.
    navigated_s: Option<f64>,
    boot_at: Option<Timestamp>,
    received_boot_at: Option<Timestamp>,
    early_events: Vec<Event>,
}

impl Recorder {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            flight: Flight {
                format,
                vehicle: None,
                began_at: None,
                home: None,
                samples: Vec::new(),
                events: Vec::new(),
                parameters: BTreeMap::new(),
                mission: BTreeMap::new(),
                damage: Damage::default(),
            },
            first_s: None,
            now_s: 0.0,
            next_sample_s: f64::NEG_INFINITY,
            step_s: SAMPLE_STEP_S,
            position: None,
            altitude: None,
            above_home_m: None,
            velocity: None,
            attitude: None,
            battery: None,
            mode: None,
            armed: None,
            navigated_s: None,
            boot_at: None,
            received_boot_at: None,
            early_events: Vec::new(),
        }
    }

    /// The vehicle's clock, seconds since boot. It never goes back: a record that does keeps the time before it. False
    /// for a time that cannot be.
    pub(crate) fn time(&mut self, since_boot_s: f64) -> bool {
        let sensible = since_boot_s.is_finite() && since_boot_s >= 0.0;
        let jumped = self.first_s.is_some() && since_boot_s > self.now_s + JUMP_MAX_S;
        if !sensible || jumped {
            self.flight.damage.bad_records += 1;
            return false;
        }
        if self.first_s.is_none() || since_boot_s > self.now_s {
            self.now_s = since_boot_s;
        }
        true
    }

    /// The vehicle's clock as it stands.
    pub(crate) fn now_s(&self) -> f64 {
        self.now_s
    }

    fn told<T>(&self, what: T) -> Option<Told<T>> {
        Some(Told { at_s: self.now_s, what })
    }

    /// A position in degrees, of the vehicle's navigation. Zero, zero stands for none.
    pub(crate) fn position(&mut self, latitude_deg: f64, longitude_deg: f64) {
        let nowhere = latitude_deg.abs() < 1e-6 && longitude_deg.abs() < 1e-6;
        self.position = match LatLon::from_degrees(latitude_deg, longitude_deg) {
            Ok(at) if !nowhere => self.told(at),
            _ => None,
        };
    }

    /// A position of the satellite receiver alone: it counts where the navigation says nothing.
    pub(crate) fn satellite_position(&mut self, latitude_deg: f64, longitude_deg: f64, amsl_m: Option<f64>) {
        if self.navigated_s.is_some_and(|at_s| self.now_s - at_s <= STALE_S) {
            return;
        }
        self.position(latitude_deg, longitude_deg);
        if let Some(amsl_m) = amsl_m {
            self.altitude(amsl_m);
        }
    }

    /// A position of the vehicle's navigation, where there is also one of the receiver alone.
    pub(crate) fn fused_position(&mut self, latitude_deg: f64, longitude_deg: f64) {
        self.position(latitude_deg, longitude_deg);
        if self.position.is_some() {
            self.navigated_s = Some(self.now_s);
        }
    }

    pub(crate) fn altitude(&mut self, amsl_m: f64) {
        if (-12_000.0..100_000.0).contains(&amsl_m) {
            self.altitude = self.told(AltitudeAmsl::new(amsl_m));
        }
    }

    pub(crate) fn above_home(&mut self, metres: f64) {
        if metres.abs() < 100_000.0 {
            self.above_home_m = self.told(metres);
        }
    }

    pub(crate) fn velocity_ned(&mut self, north_m_s: f64, east_m_s: f64, down_m_s: f64) {
        if [north_m_s, east_m_s, down_m_s].iter().all(|component| component.abs() < 1_000.0) {
            self.velocity = self.told(EnuVelocity { east_m_s, north_m_s, up_m_s: 0.0 - down_m_s });
        }
    }

    pub(crate) fn attitude(&mut self, roll_rad: f64, pitch_rad: f64, yaw_rad: f64) {
        if [roll_rad, pitch_rad, yaw_rad].iter().all(|angle| angle.abs() < 100.0) {
            let heading = telemetry::Heading::from_radians(yaw_rad);
            self.attitude = self.told(Attitude { roll_rad, pitch_rad, heading });
        }
    }

    pub(crate) fn battery(&mut self, battery: Battery) {
        let sound = |value: Option<f64>| value.filter(|value| value.is_finite());
        let battery = Battery {
            voltage_v: sound(battery.voltage_v),
            current_a: sound(battery.current_a),
            used_mah: sound(battery.used_mah),
            remaining: sound(battery.remaining).map(|share| share.clamp(0.0, 1.0)),
        };
        self.battery = self.told(battery);
    }

    pub(crate) fn home(&mut self, latitude_deg: f64, longitude_deg: f64, amsl_m: Option<f64>) {
        let nowhere = latitude_deg.abs() < 1e-6 && longitude_deg.abs() < 1e-6;
        if let (Ok(at), false) = (LatLon::from_degrees(latitude_deg, longitude_deg), nowhere) {
            let altitude = amsl_m.filter(|metres| metres.abs() < 100_000.0).map(AltitudeAmsl::new);
            self.flight.home = Some(Home { at, altitude });
        }
    }

    /// The date: UTC now. The first that is told counts.
    pub(crate) fn utc(&mut self, now: Timestamp) {
        // Before 2000 the clock was not set.
        if self.boot_at.is_none() && now.unix_seconds() > 946_684_800.0 {
            self.boot_at = Some(now.offset_seconds(-self.now_s));
        }
    }

    /// When a message was received, for vehicles that do not know the date. The first counts.
    pub(crate) fn received(&mut self, at: Timestamp) {
        if self.received_boot_at.is_none() {
            self.received_boot_at = Some(at.offset_seconds(-self.now_s));
        }
    }

    pub(crate) fn vehicle(&mut self, words: &str) {
        if self.flight.vehicle.is_none() && !words.trim().is_empty() {
            self.flight.vehicle = Some(cut(words.trim()));
        }
    }

    /// Adds to what is known of the vehicle.
    pub(crate) fn vehicle_also(&mut self, words: &str) {
        match &mut self.flight.vehicle {
            Some(vehicle) if vehicle.len() < TEXT_MAX && !vehicle.contains(words) => {
                vehicle.push_str(", ");
                vehicle.push_str(&cut(words));
            }
            Some(_) => {}
            None => self.vehicle(words),
        }
    }

    pub(crate) fn mode(&mut self, name: &str) {
        if self.mode.as_deref() != Some(name) {
            self.mode = Some(name.to_owned());
            self.event(EventKind::Mode, name);
        }
    }

    pub(crate) fn armed(&mut self, armed: bool) {
        let before = self.armed.replace(armed);
        match (before, armed) {
            (Some(true), true) | (Some(false) | None, false) => {}
            (_, true) => self.event(EventKind::Armed, "armed"),
            (_, false) => self.event(EventKind::Disarmed, "disarmed"),
        }
    }

    pub(crate) fn event(&mut self, kind: EventKind, text: &str) {
        if self.flight.events.len() + self.early_events.len() >= EVENTS_MAX {
            self.flight.damage.dropped += 1;
            return;
        }
        // Until there is a sample, there is no moment to count from.
        let at_s = self.now_s - self.first_s.unwrap_or(0.0);
        let event = Event { at_s, kind, text: cut(text) };
        if self.first_s.is_some() {
            self.flight.events.push(event);
        } else {
            self.early_events.push(event);
        }
    }

    pub(crate) fn parameter(&mut self, name: &str, value: f64) {
        let parameters = &mut self.flight.parameters;
        if parameters.len() < EVENTS_MAX || parameters.contains_key(name) {
            parameters.insert(cut(name), value);
        } else {
            self.flight.damage.dropped += 1;
        }
    }

    pub(crate) fn mission_item(&mut self, number: u16, item: MissionItem) {
        let mission = &mut self.flight.mission;
        if mission.len() < EVENTS_MAX || mission.contains_key(&number) {
            mission.insert(number, item);
        } else {
            self.flight.damage.dropped += 1;
        }
    }

    pub(crate) fn damage(&mut self) -> &mut Damage {
        &mut self.flight.damage
    }

    /// Keeps what is known now, unless a sample has just been kept.
    pub(crate) fn sample(&mut self) {
        if self.now_s < self.next_sample_s {
            return;
        }
        let first_s = *self.first_s.get_or_insert(self.now_s);
        for mut event in self.early_events.drain(..) {
            event.at_s -= first_s;
            self.flight.events.push(event);
        }
        self.next_sample_s = self.now_s + self.step_s;
        let now_s = self.now_s;
        self.flight.samples.push(Sample {
            at_s: now_s - first_s,
            position: fresh(self.position, now_s),
            altitude: fresh(self.altitude, now_s),
            above_home_m: fresh(self.above_home_m, now_s),
            velocity: fresh(self.velocity, now_s),
            attitude: fresh(self.attitude, now_s),
            battery: fresh(self.battery, now_s),
        });
        if self.flight.samples.len() > SAMPLES_MAX {
            self.thin_out();
        }
    }

    fn thin_out(&mut self) {
        let before = self.flight.samples.len();
        let mut keep = false;
        self.flight.samples.retain(|_| {
            keep = !keep;
            keep
        });
        self.flight.damage.dropped += (before - self.flight.samples.len()) as u64;
        self.step_s *= 2.0;
    }

    pub(crate) fn finish(mut self) -> Flight {
        self.flight.began_at = match (self.boot_at.or(self.received_boot_at), self.first_s) {
            (Some(boot_at), Some(first_s)) => Some(boot_at.offset_seconds(first_s)),
            _ => None,
        };
        self.flight
    }
}

/// Text from a file: no control characters, and not too much of it.
fn cut(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(TEXT_MAX).collect()
}
