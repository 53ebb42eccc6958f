//! A small world: a site, its sensors, and targets in straight flight, seen with noise that is the same every time.

mod looks;
mod reports;

use detection::tracker::{Tracker, TrackerConfig};
use nalgebra::Matrix3;
use telemetry::messages::{
    Coverage, Detection, Measurement, SensorDescription, SensorKind, SensorPerformance, SensorScan, TargetClass, Track,
    TrackStatus,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, DetectionId, Elevation, Enu, EnuVelocity, Geodetic, SensorId, SiteFrame, Timestamp,
};

pub(crate) use looks::{bearing, clutter, coastal_plot, direction, heard, off_by, radar_plot};
pub(crate) use reports::{ais_report, remote_id_report};

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

pub(crate) fn at(seconds: f64) -> Timestamp {
    "2026-11-21T03:12:00Z".parse::<Timestamp>().unwrap().offset_seconds(seconds)
}

pub(crate) fn sensor(name: &str, kind: SensorKind, position: Geodetic) -> SensorDescription {
    let (range_max_m, period_s, clutter_per_scan) = match kind {
        SensorKind::Radar => (4500.0, 1.0, 3.0),
        SensorKind::CoastalRadar => (20_000.0, 4.0, 6.0),
        SensorKind::RfDirectionFinder => (6000.0, 1.0, 0.5),
        SensorKind::AisReceiver | SensorKind::AdsbReceiver => (40_000.0, 0.0, 0.0),
        SensorKind::RemoteIdReceiver => (3000.0, 1.0, 0.0),
        SensorKind::Camera => (2000.0, 0.5, 0.3),
        SensorKind::Acoustic => (500.0, 1.0, 0.3),
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
        performance: SensorPerformance::default(),
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

/// A receiver of Remote ID on the radar's mast.
pub(crate) fn remote_id_receiver() -> SensorDescription {
    sensor("remote-id", SensorKind::RemoteIdReceiver, place(0.0, 0.0, 22.0))
}

pub(crate) fn tracker() -> Tracker {
    tracker_of(&sensors())
}

pub(crate) fn tracker_of(sensors: &[SensorDescription]) -> Tracker {
    Tracker::new(TrackerConfig::new(datum(), AltitudeHae::new(WATER_M), sensors.to_vec()))
}

/// Numbers spread like noise, the same every time.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Something that moves straight on: where it is at the start (metres east, north and above the water), and how it moves.
#[derive(Debug, Clone, Copy)]
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

    /// How far a track is from it, metres.
    pub(crate) fn distance_m(&self, track: &Track) -> f64 {
        track.position.distance_m(self.position(track.estimated_at.seconds_since(at(0.0))))
    }

    /// The squared Mahalanobis distance between a track's position and its own.
    pub(crate) fn normalised_error(&self, track: &Track) -> f64 {
        let truth = self.position(track.estimated_at.seconds_since(at(0.0)));
        let off = SiteFrame::new(track.position).enu(truth).vector();
        let [ee, en, eu, _, _, _, nn, nu, _, _, _, uu, ..] = track.covariance.map(f64::from);
        let covariance = Matrix3::new(ee, en, eu, en, nn, nu, eu, nu, uu);
        off.dot(&covariance.cholesky().unwrap().solve(&off))
    }

    /// The track nearest to it.
    pub(crate) fn nearest<'a>(&self, tracks: &'a [Track]) -> Option<&'a Track> {
        tracks.iter().min_by(|a, b| self.distance_m(a).total_cmp(&self.distance_m(b)))
    }
}

/// A drone that patrols at 18 m/s, as it moves at an instant: legs of 216 m, half circles between them with 5 m/s².
pub(crate) fn patrol(seconds: f64) -> Mover {
    let (speed, acceleration, leg) = (18.0, 5.0, 216.0);
    let radius = speed * speed / acceleration;
    let half = leg + std::f64::consts::PI * radius;
    let path = seconds * speed;
    let side = if ((path / half) as u32).is_multiple_of(2) { 1.0 } else { -1.0 };
    let (straight, turned) = ((path % half).min(leg), (path % half - leg).max(0.0) / radius);
    let (sin, cos) = turned.sin_cos();
    let [east, north] = [-radius * cos, straight - leg / 2.0 + radius * sin];
    let velocity = [side * speed * sin, side * speed * cos, 0.0];
    let from = [900.0 + side * east - seconds * velocity[0], side * north - seconds * velocity[1], 90.0];
    Mover { from, velocity }
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
