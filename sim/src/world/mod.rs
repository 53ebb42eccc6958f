//! The world outside: vessels, other people's drones, birds. What is really there, against which everything that
//! Picket believes is scored.
//!
//! [`World::advance`] moves it to an instant and [`World::truths`] says what is there then. The paths depend on the
//! configuration and the seed only, never on how often somebody looks. Positions are geodetic throughout; the ground
//! and the water are surfaces of constant height above the geoid around the site.
//!
//! Our own vehicles are not in here: they fly by their autopilots, and whoever runs those adds them to what the
//! sensors see.

mod flock;
mod intruder;
mod motion;
mod recorded_path;
mod truth;
mod vessel;

use telemetry::messages::TargetClass;
use telemetry::{AltitudeAmsl, AltitudeHae, EnuVelocity, Geodetic, GeoidUndulation, Timestamp};
use thiserror::Error;

pub use self::flock::FlockConfig;
pub use self::intruder::{EndOfLegs, IntruderConfig, IntruderLeg, IntruderPath};
pub use self::recorded_path::{RecordedPath, RecordedSample, RecordingFault};
pub use self::truth::{AisClass, AisIdentity, NavigationalStatus, ShipDimensions, Transponder, Truth, TruthId};
pub use self::vessel::{AisConfig, EndOfRoute, VesselConfig};

use self::flock::Flock;
use self::intruder::Intruder;
use self::motion::Kinematics;
use self::vessel::Vessel;

/// What there is in the world.
#[derive(Debug, Clone, Default)]
pub struct WorldConfig {
    /// How far the geoid stands above the ellipsoid at the site; the water stands there.
    pub undulation: GeoidUndulation,
    /// The ground around the site.
    pub ground: AltitudeAmsl,
    /// Vessels.
    pub vessels: Vec<VesselConfig>,
    /// Drones that are not ours.
    pub intruders: Vec<IntruderConfig>,
    /// Birds.
    pub flocks: Vec<FlockConfig>,
}

/// Something in a configuration that cannot move.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}: {fault}")]
pub struct WorldError {
    /// Which vessel, intruder or flock.
    pub name: String,
    /// What is wrong with it, and what is allowed.
    pub fault: &'static str,
}

/// The world, at one instant.
#[derive(Debug)]
pub struct World {
    now: Timestamp,
    vessels: Vec<Vessel>,
    intruders: Vec<Intruder>,
    flocks: Vec<Flock>,
    /// One for everything there is, in the order of ids; whether it is there now stands beside it.
    everything: Vec<(Truth, Presence)>,
    /// Those that are there.
    present: Vec<Truth>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Present,
    Absent,
}

impl World {
    /// The world as it stands at `start`.
    ///
    /// # Errors
    /// [`WorldError`] for a vessel without a point, an intruder that was there before the world, and for a speed, length
    /// or height that no vessel, drone or bird has.
    pub fn new(config: &WorldConfig, seed: u64, start: Timestamp) -> Result<Self, WorldError> {
        check(config, start)?;
        let ground = config.ground.hae(config.undulation);
        let water = AltitudeAmsl::new(0.0).hae(config.undulation);
        let mut world = Self {
            now: start,
            vessels: config.vessels.iter().map(|vessel| Vessel::new(vessel, water, start)).collect(),
            intruders: config.intruders.iter().map(|intruder| Intruder::new(intruder, ground, seed)).collect(),
            flocks: config.flocks.iter().map(|flock| Flock::new(flock, ground, seed, start)).collect(),
            everything: Vec::new(),
            present: Vec::new(),
        };
        world.everything = named(config);
        world.look();
        Ok(world)
    }

    /// Moves everything to `now`. Time never goes back: an instant before the last is taken as the last.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.vessels.iter_mut().for_each(|vessel| vessel.advance(self.now));
        self.intruders.iter_mut().for_each(|intruder| intruder.advance(self.now));
        self.flocks.iter_mut().for_each(|flock| flock.advance(self.now));
        self.look();
    }

    /// What is there now, in the order of ids.
    #[must_use]
    pub fn truths(&self) -> &[Truth] {
        &self.present
    }

    /// Brings the truths up to the state of the movers, which stand in the same order.
    fn look(&mut self) {
        let now = self.now;
        let vessels = self.vessels.iter().map(|vessel| (vessel.kinematics(now), vessel.transponder(now)));
        let intruders = self.intruders.iter().map(|intruder| (intruder.kinematics(now), None));
        let birds = self.flocks.iter().flat_map(|flock| flock.kinematics(now)).map(|bird| (Some(bird), None));
        let states = vessels.chain(intruders).chain(birds);

        let mut same_set = true;
        for ((truth, presence), (kinematics, transponder)) in self.everything.iter_mut().zip(states) {
            let was = *presence;
            *presence = if let Some(Kinematics { position, velocity }) = kinematics {
                (truth.position, truth.velocity, truth.ais) = (position, velocity, transponder);
                Presence::Present
            } else {
                Presence::Absent
            };
            same_set &= was == *presence;
        }
        let there = || self.everything.iter().filter(|(_, presence)| *presence == Presence::Present);
        if same_set {
            for (shown, (truth, _)) in self.present.iter_mut().zip(there()) {
                (shown.position, shown.velocity) = (truth.position, truth.velocity);
                shown.ais.clone_from(&truth.ais);
            }
        } else {
            self.present = there().map(|(truth, _)| truth.clone()).collect();
        }
    }
}

/// A truth for everything in the configuration, its place still to be filled in, absent.
fn named(config: &WorldConfig) -> Vec<(Truth, Presence)> {
    let vessels = config.vessels.iter().map(|v| (v.name.clone(), TargetClass::Vessel, false, v.radar_size));
    let intruders = config.intruders.iter().map(|i| (i.name.clone(), TargetClass::Drone, i.radiates, i.radar_size));
    let birds = config.flocks.iter().flat_map(|flock| {
        (1..=flock.birds).map(|n| (format!("{}-{n}", flock.name), TargetClass::Bird, false, flock.radar_size))
    });
    let nowhere = Geodetic::from_radians(0.0, 0.0, AltitudeHae::new(0.0)).expect("the equator is on the Earth");
    vessels
        .chain(intruders)
        .chain(birds)
        .zip(0..)
        .map(|((name, class, radiates, radar_size), id)| {
            let id = TruthId(id);
            let velocity = EnuVelocity::default();
            let truth = Truth { id, name, class, position: nowhere, velocity, radiates, radar_size, ais: None };
            (truth, Presence::Absent)
        })
        .collect()
}

fn check(config: &WorldConfig, start: Timestamp) -> Result<(), WorldError> {
    let refuse = |name: &str, fault| Err(WorldError { name: name.to_owned(), fault });
    if !(config.undulation.metres.abs() <= 200.0 && config.ground.metres.abs() <= 9000.0) {
        return refuse(
            "site",
            "the ground must lie within ±9000 m of the sea, the geoid within ±200 m of the ellipsoid",
        );
    }
    for vessel in &config.vessels {
        if vessel.route.is_empty() {
            return refuse(&vessel.name, "a route needs at least one point");
        }
        if !(3.0..=500.0).contains(&vessel.length_m) {
            return refuse(&vessel.name, "a vessel is 3 to 500 m long");
        }
        if !(0.1..=40.0).contains(&vessel.speed_m_s) {
            return refuse(&vessel.name, "a vessel's speed is 0.1 to 40 m/s");
        }
    }
    for intruder in &config.intruders {
        if intruder.appears_at < start {
            return refuse(&intruder.name, "an intruder appears when the world begins, or later");
        }
        let IntruderPath::Legs { height, legs, .. } = &intruder.path else { continue };
        let (speed_range, height_range) = (0.1..=60.0, 0.0..=9000.0);
        let flyable = legs.iter().all(|leg| match leg {
            IntruderLeg::FlyTo { height, speed_m_s, .. } => {
                speed_range.contains(speed_m_s) && height_range.contains(&height.metres)
            }
            IntruderLeg::Hover { seconds } => (0.0..=1e6).contains(seconds),
        });
        if !flyable || !height_range.contains(&height.metres) {
            return refuse(
                &intruder.name,
                "an intruder flies at 0.1 to 60 m/s, 0 to 9000 m high, and hovers up to 1e6 s",
            );
        }
    }
    for flock in &config.flocks {
        if !(0.0..=20_000.0).contains(&flock.roam_m) || !(10.0..=5000.0).contains(&flock.spread_m) {
            return refuse(&flock.name, "a flock roams 0 to 20000 m and spreads over 10 to 5000 m");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
