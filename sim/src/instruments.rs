//! The ground sensors of a scenario as they deliver: bytes in the sensor's own format, decoded by the very decoders
//! that read a real one.

use detection::plots::PlotNoise;
use detection::{ais, plots};
use missions::Scenario;
use missions::sensor::MeasurementSigma;
use telemetry::messages::{SensorDescription, SensorKind, SensorScan};
use telemetry::{SensorId, Timestamp};

use crate::compose;
use crate::sensors::{AisReceiver, AisReceiverModel, DirectionFinder, Health, Radar};
use crate::world::Truth;

/// A sensor, and the decoder at its end of the wire.
#[derive(Debug)]
pub struct Instrument {
    id: SensorId,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Radar(Box<Radar>, plots::Decoder),
    DirectionFinder(Box<DirectionFinder>, plots::Decoder),
    Ais(Box<AisFeed>),
}

#[derive(Debug)]
struct AisFeed {
    receiver: AisReceiver,
    recorded: Vec<(Timestamp, Vec<u8>)>,
    released: usize,
    decoder: ais::Decoder,
    health: Health,
}

/// The ground sensors of a scenario, in the order of the file.
#[must_use]
pub fn of(scenario: &Scenario, seed: u64) -> Vec<Instrument> {
    let instrument = |sensor: &missions::Sensor| Instrument::new(&sensor.description, &sensor.sigma, scenario, seed);
    scenario.sensors.iter().filter_map(instrument).collect()
}

impl Instrument {
    /// Nothing for a kind that has no model here; scenarios refuse those.
    fn new(description: &SensorDescription, sigma: &MeasurementSigma, scenario: &Scenario, seed: u64) -> Option<Self> {
        let decoder = plots::Decoder::new(description.clone(), noise(description.kind, sigma));
        let source = match description.kind {
            SensorKind::RfDirectionFinder => {
                let model = compose::direction_finder(description, sigma, scenario);
                Source::DirectionFinder(Box::new(DirectionFinder::new(model, seed)), decoder)
            }
            SensorKind::AisReceiver => Source::Ais(Box::new(AisFeed::new(description, scenario, seed))),
            SensorKind::Radar | SensorKind::CoastalRadar => {
                Source::Radar(Box::new(Radar::new(compose::radar(description, sigma, scenario), seed)), decoder)
            }
            SensorKind::Camera | SensorKind::Acoustic | SensorKind::RemoteIdReceiver | SensorKind::AdsbReceiver => {
                return None;
            }
        };
        Some(Self { id: description.id.clone(), source })
    }

    /// Which sensor.
    #[must_use]
    pub fn id(&self) -> &SensorId {
        &self.id
    }

    /// When it delivers next.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        match &self.source {
            Source::Radar(radar, _) => radar.next_at(),
            Source::DirectionFinder(finder, _) => finder.next_at(),
            Source::Ais(feed) => feed.next_at(),
        }
    }

    /// Breaks or mends it.
    pub fn set_health(&mut self, health: Health) {
        match &mut self.source {
            Source::Radar(radar, _) => radar.set_health(health),
            Source::DirectionFinder(finder, _) => finder.set_health(health),
            Source::Ais(feed) => {
                feed.health = health;
                feed.receiver.set_health(health);
            }
        }
    }

    /// What it delivers at `now` of what is there, decoded. `now` is both the world's time and the time of receipt.
    pub fn deliver(&mut self, now: Timestamp, truths: &[Truth]) -> Vec<SensorScan> {
        let through = |scan: Option<SensorScan>, decoder: &mut plots::Decoder| {
            let line = plots::encode_line(&scan?, Timestamp::EPOCH);
            decoder.decode_line(Timestamp::EPOCH, line.as_bytes()).ok()
        };
        match &mut self.source {
            Source::Radar(radar, decoder) => through(radar.scan(now, truths), decoder).into_iter().collect(),
            Source::DirectionFinder(finder, decoder) => {
                through(finder.scan(now, truths), decoder).into_iter().collect()
            }
            Source::Ais(feed) => feed.deliver(now, truths),
        }
    }
}

impl AisFeed {
    fn new(description: &SensorDescription, scenario: &Scenario, seed: u64) -> Self {
        let first_at = scenario.start;
        let model = AisReceiverModel::new(description.clone(), compose::surface(scenario), first_at);
        let replays = scenario.ais_replays.iter().filter(|replay| replay.sensor == description.id);
        let mut recorded: Vec<_> =
            replays.flat_map(|replay| &replay.lines).map(|timed| (timed.at, timed.line.clone())).collect();
        recorded.sort_by_key(|(at, _)| *at);
        let origin = description.position;
        Self {
            receiver: AisReceiver::new(model, seed),
            recorded,
            released: 0,
            decoder: ais::Decoder::new(description.id.clone(), origin, compose::sea_level(scenario)),
            health: Health::Working,
        }
    }

    fn next_at(&self) -> Timestamp {
        let recorded = self.recorded.get(self.released).map(|(at, _)| *at);
        recorded.map_or(self.receiver.next_at(), |at| at.min(self.receiver.next_at()))
    }

    fn deliver(&mut self, now: Timestamp, truths: &[Truth]) -> Vec<SensorScan> {
        let mut scans = Vec::new();
        // A line the decoder refuses is counted there; a recorded night is full of them.
        let mut take = |line: &[u8]| scans.extend(self.decoder.decode_line(now, line).ok().flatten());
        let transmitted = self.receiver.scan(now, truths);
        transmitted.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(&mut take);
        while let Some((_, line)) = self.recorded.get(self.released).filter(|(at, _)| *at <= now) {
            if self.health == Health::Working {
                take(line);
            }
            self.released += 1;
        }
        scans
    }
}

/// The noise that a sensor's decoder is told: what the scenario says, else what is typical of the kind.
#[must_use]
pub fn noise(kind: SensorKind, sigma: &MeasurementSigma) -> PlotNoise {
    let typical = PlotNoise::typical(kind);
    PlotNoise {
        range_m: sigma.range_m.unwrap_or(typical.range_m),
        azimuth_rad: sigma.azimuth_rad.unwrap_or(typical.azimuth_rad),
        elevation_rad: sigma.elevation_rad.unwrap_or(typical.elevation_rad),
        range_rate_m_s: sigma.range_rate_m_s.unwrap_or(typical.range_rate_m_s),
        ..typical
    }
}
