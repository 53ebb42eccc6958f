//! A small world: a site, its sensors, and targets in straight flight, seen with noise that is the same every time.

use detection::tracker::{Tracker, TrackerConfig};
use telemetry::messages::{
    AisClaim, Claim, Coverage, Detection, Measurement, RangeRate, SensorDescription, SensorKind, SensorScan,
    TargetClass, Track, TrackStatus,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, DetectionId, Elevation, Enu, EnuVelocity, Geodetic, Mmsi, SensorId, SiteFrame, Timestamp,
};

/// The sea off Kiel stands this high above the ellipsoid.
pub(crate) const WATER_M: f64 = 39.0;

pub(crate) fn datum() -> Geodetic {
    Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(WATER_M)).unwrap()
}

/// A place by metres east and north of the datum, along the ellipsoid, and metres above the water.
pub(crate) fn place(east_m: f64, north_m: f64, above_water_m: f64) -> Geodetic {
    let flat = SiteFrame::new(datum()).geodetic(Enu { east_m, north_m, up_m: 0.0 }).unwrap();
    flat.lat_lon().at_height(AltitudeHae::new(WATER_M + above_water_m))
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T03:12:00Z".parse().unwrap()
}

pub(crate) fn at(seconds: f64) -> Timestamp {
    start().offset_seconds(seconds)
}

pub(crate) fn sensor(name: &str, kind: SensorKind, position: Geodetic) -> SensorDescription {
    let (range_max_m, period_s, clutter_per_scan) = match kind {
        SensorKind::Radar => (4500.0, 1.0, 3.0),
        SensorKind::CoastalRadar => (20_000.0, 4.0, 6.0),
        SensorKind::RfDirectionFinder => (6000.0, 1.0, 0.5),
        SensorKind::AisReceiver => (40_000.0, 0.0, 0.0),
        SensorKind::Camera => (2000.0, 0.5, 0.3),
    };
    SensorDescription {
        id: SensorId::new(name).unwrap(),
        kind,
        position,
        altitude: AltitudeAmsl::new(position.height().metres - WATER_M),
        period_s,
        coverage: Coverage {
            range_m: [50.0, range_max_m],
            sector: None,
            elevation: [Elevation::from_degrees(-3.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.9,
        clutter_per_scan,
    }
}

/// A radar on a 20 m mast at the datum, a coastal radar, a direction finder and an AIS receiver around it.
pub(crate) fn sensors() -> Vec<SensorDescription> {
    vec![
        sensor("radar", SensorKind::Radar, place(0.0, 0.0, 20.0)),
        sensor("coast", SensorKind::CoastalRadar, place(300.0, -200.0, 25.0)),
        sensor("ais", SensorKind::AisReceiver, place(0.0, 0.0, 30.0)),
        sensor("finder", SensorKind::RfDirectionFinder, place(-900.0, 600.0, 12.0)),
    ]
}

pub(crate) fn tracker() -> Tracker {
    Tracker::new(TrackerConfig::new(datum(), AltitudeHae::new(WATER_M), sensors()))
}

/// Numbers spread like noise, the same every time.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Something that moves straight on: where it is at the start, and how it moves.
#[derive(Clone, Copy)]
pub(crate) struct Mover {
    pub(crate) from: [f64; 3],
    pub(crate) velocity: [f64; 3],
}

impl Mover {
    pub(crate) fn position(&self, seconds: f64) -> Geodetic {
        let [e, n, u] = std::array::from_fn(|axis| self.from[axis] + seconds * self.velocity[axis]);
        place(e, n, u)
    }

    pub(crate) fn velocity(&self) -> EnuVelocity {
        let [east_m_s, north_m_s, up_m_s] = self.velocity;
        EnuVelocity { east_m_s, north_m_s, up_m_s }
    }
}

pub(crate) fn scan(sensor: &SensorDescription, seconds: f64, detections: Vec<Detection>) -> SensorScan {
    SensorScan {
        sensor: sensor.id.clone(),
        scan: (seconds * 1000.0) as u64,
        measured_at: at(seconds),
        origin: sensor.position,
        sector: None,
        detections,
    }
}

pub(crate) fn detection(id: u64, seconds: f64, measurement: Measurement) -> Detection {
    Detection { id: DetectionId(id), measured_at: at(seconds), measurement, claim: None, drone_llr: None }
}

/// A plot of a radar with the benchmark's noise: 4 m, 0.4°, 0.6°, and 0.5 m/s where it has Doppler.
pub(crate) fn radar_plot(
    sensor: &SensorDescription,
    mover: &Mover,
    id: u64,
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    let frame = SiteFrame::new(sensor.position);
    let target = mover.position(seconds);
    let seen = frame.enu(target);
    let sigma = [4.0, 0.4f64.to_radians(), 0.6f64.to_radians()];
    let along = seen.vector() / seen.range_m();
    let turned = frame.enu_from_other(&SiteFrame::new(target));
    let rate = along.dot(&(turned * mover.velocity().vector()));
    let measurement = Measurement::RangeAzEl {
        range_m: seen.range_m() + sigma[0] * noise.normal(),
        azimuth: telemetry::Azimuth::from_radians(seen.azimuth().radians() + sigma[1] * noise.normal()),
        elevation: Elevation::from_radians(seen.elevation().radians() + sigma[2] * noise.normal()),
        range_rate: Some(RangeRate { m_s: rate + 0.5 * noise.normal(), sigma_m_s: 0.5 }),
        sigma,
    };
    detection(id, seconds, measurement)
}

/// A plot of a coastal radar: 15 m, 0.3°, no height.
pub(crate) fn coastal_plot(
    sensor: &SensorDescription,
    mover: &Mover,
    id: u64,
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    let seen = SiteFrame::new(sensor.position).enu(mover.position(seconds));
    let sigma = [15.0, 0.3f64.to_radians()];
    let measurement = Measurement::RangeAz {
        range_m: seen.range_m() + sigma[0] * noise.normal(),
        azimuth: telemetry::Azimuth::from_radians(seen.azimuth().radians() + sigma[1] * noise.normal()),
        sigma,
    };
    detection(id, seconds, measurement)
}

/// A vessel's AIS report of where it says it is.
pub(crate) fn ais_report(mmsi: u32, mover: &Mover, seconds: f64) -> Detection {
    let position = mover.position(seconds).lat_lon().at_height(AltitudeHae::new(WATER_M));
    let measurement = Measurement::Position {
        position,
        horizontal_sigma_m: 10.0,
        vertical_sigma_m: None,
        velocity: Some((mover.velocity(), 0.5)),
    };
    let claim = Claim::Ais(AisClaim {
        mmsi: Mmsi::new(mmsi).unwrap(),
        name: Some("HANSE".into()),
        call_sign: None,
        ship_type: Some(70),
        navigational_status: None,
        length_m: None,
    });
    Detection { claim: Some(claim), ..detection(u64::from(mmsi), seconds, measurement) }
}

/// Takes a scan as it is delivered 0.1 s after its measurement.
pub(crate) fn feed(tracker: &mut Tracker, scan: &SensorScan) {
    tracker.step(scan.measured_at.offset_seconds(0.1), scan);
}

/// The tracks that are more than tentative.
pub(crate) fn believed(tracker: &Tracker, seconds: f64) -> Vec<Track> {
    let tracks = tracker.tracks(at(seconds));
    tracks.into_iter().filter(|track| track.status != TrackStatus::Tentative).collect()
}

pub(crate) fn share(track: &Track, class: TargetClass) -> f32 {
    track.classification.belief.get(&class).copied().unwrap_or(0.0)
}
