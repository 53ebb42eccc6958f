//! One scan through the scene: predict, gate, associate, update, initiate, delete.

use std::sync::Arc;

use telemetry::messages::{Detection, SensorKind, SensorScan};
use telemetry::{SiteFrame, Timestamp};

use super::associate::associate;
use super::existence::Way;
use super::gate::{Look, Noise};
use super::imm::Motions;
use super::initiate::tried;
use super::measure::{AZIMUTH, Plot, Pose, RANGE};
use super::register;
use super::scene::Scene;
use super::sensor::{Sensor, width};

/// New targets a look at the whole field of view, once the first looks are taken.
const BIRTHS: f64 = 0.03;
/// Targets already there when a sensor is switched on: at least so many a look, and as many as its first look shows
/// beyond its clutter; after that, each look finds fewer of them.
const BIRTHS_FIRST: f64 = 2.0;
const FIRST_LOOKS: f64 = 1.5;
/// What counts as a moment for what flies, and for what floats, seconds.
const MOMENT_S: f64 = 0.3;
const MOMENT_SURFACE_S: f64 = 30.0;

/// What a scan is taken with.
pub(super) struct Step<'a> {
    pub(super) site: &'a SiteFrame,
    /// The height of the ground above the ellipsoid.
    pub(super) ground_m: f64,
    pub(super) motions: &'a Motions,
    pub(super) sensors: &'a [Sensor],
    pub(super) targets_max: usize,
}

/// One scan, admitted and in order.
#[derive(Debug)]
pub(super) struct Frame {
    /// The sensor's place.
    pub(super) sensor: u16,
    pub(super) scan: SensorScan,
    /// Its place in the sequence: when it was measured, or, a moment late, when the newest before it was.
    pub(super) taken_at: Timestamp,
}

impl Step<'_> {
    /// How late a scan may be to be taken as it comes, seconds.
    pub(super) fn a_moment_s(&self, frame: &Frame) -> f64 {
        match self.sensors[usize::from(frame.sensor)].kind() {
            SensorKind::AisReceiver => MOMENT_SURFACE_S,
            _ => MOMENT_S,
        }
    }

    /// Takes one scan into the scene.
    pub(super) fn take(&self, scene: &mut Scene, frame: &Frame) {
        let sensor = &self.sensors[usize::from(frame.sensor)];
        let mut pose = Pose::new(self.site, frame.scan.origin);
        pose.sound_speed_m_s = sensor.description.performance.sound_speed_m_s;
        let mut plots = plots(sensor, &frame.scan.detections);
        scene.learnt[usize::from(frame.sensor)].turn(frame.scan.scan);
        let mut noise = Noise { pose_sigma_m: sensor.pose_sigma_m(), ..Noise::default() };
        if let Some(newest) = scene.newest_at {
            let gone_s = frame.scan.measured_at.seconds_since(newest);
            if gone_s > 0.0 {
                Arc::make_mut(&mut scene.registration).advance(gone_s);
            }
        }
        register::correct(&scene.registration, frame.sensor, &mut plots, &mut noise);
        let look = Look { sensor, pose: &pose, noise: &noise, site: self.site, ground_m: self.ground_m };
        let way = if sensor.listens() { Way::Transmits } else { Way::Reflects };
        let candidates = self.candidates(scene, frame, &look, &plots, way);
        let densities = self.densities(scene, frame, sensor, &plots);
        let free = associate(scene, frame, &candidates, &plots, &densities, (way, &look, self.motions));
        for plot in &plots {
            scene.newest_at = scene.newest_at.max(Some(plot.at));
        }
        let tried = tried(scene, &candidates, plots.len());
        self.initiate(scene, frame, &look, &plots, &free, (&densities, &tried));
        self.cross(scene, frame, &pose, &plots, &free);
        self.hear(scene, frame);
        learn(scene, frame.sensor, &plots, &free);
        scene.prune(frame.scan.measured_at);
    }

    /// For each plot, the densities of clutter and of new targets, per unit of its rows.
    fn densities(&self, scene: &Scene, frame: &Frame, sensor: &Sensor, plots: &[Plot]) -> Vec<[f64; 2]> {
        let learnt = &scene.learnt[usize::from(frame.sensor)];
        let looks = learnt.looks as f64;
        let swept = sensor.swept(frame.scan.sector);
        let beyond = plots.len() as f64 / swept - sensor.clutter_per_scan();
        let first = if learnt.looks == 0 { beyond.max(BIRTHS_FIRST) } else { BIRTHS_FIRST };
        let births = BIRTHS + first * (-looks / FIRST_LOOKS).exp();
        let narrow = match (frame.scan.sector, sensor.description.coverage.sector) {
            (Some(sector), None) if !sensor.description.performance.rotation => width(sector) / std::f64::consts::TAU,
            _ => 1.0,
        };
        let density = |plot: &Plot| {
            let volume = sensor.volume(plot.has) * narrow;
            let nominal = sensor.clutter_per_scan() / volume;
            let factor = learnt.clutter.factor(plot, learnt.looks, nominal);
            [nominal * factor, births / volume]
        };
        plots.iter().map(density).collect()
    }
}

/// The plots of a scan, by range where they have one, then by number.
fn plots(sensor: &Sensor, detections: &[Detection]) -> Vec<Plot> {
    let mut plots: Vec<Plot> =
        detections.iter().enumerate().filter_map(|(index, detection)| Plot::of(index, detection)).collect();
    plots.retain(|plot| sensor.reports(plot));
    let common = plots.iter().fold([true; 4], |all, plot| std::array::from_fn(|row| all[row] && plot.has[row]));
    for plot in &mut plots {
        plot.has = common;
    }
    plots.sort_by(|a, b| a.value[RANGE].total_cmp(&b.value[RANGE]).then(a.value[AZIMUTH].total_cmp(&b.value[AZIMUTH])));
    plots
}

/// Learns where the plots that no target explains lie.
fn learn(scene: &mut Scene, sensor: u16, plots: &[Plot], free: &[f64]) {
    let learnt = &mut scene.learnt[usize::from(sensor)];
    let look = learnt.looks;
    let map = Arc::make_mut(&mut learnt.clutter);
    for (plot, free) in plots.iter().zip(free) {
        map.learn(plot, look, *free);
    }
    map.tidy(look);
}
