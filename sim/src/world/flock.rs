//! Birds: the traffic that a counter-drone radar sees most of.
//!
//! A flock's centre roams about its home like a weight on a soft spring pushed by chance, so that it stays in the
//! picture however long the run. Each bird wanders around the centre at a bird's speed, 8 to 16 m/s, and height, 10 to
//! 120 m above the ground. Birds neither land nor flee.

use nalgebra::Vector2;
use rand_chacha::ChaCha8Rng;
use telemetry::angle::wrapped_pi;
use telemetry::{AltitudeHae, Enu, EnuVelocity, LatLon, SiteFrame, Timestamp};

use super::motion::{Kinematics, Steps};
use crate::random::{self, OrnsteinUhlenbeck};

const STEP_MS: i64 = 250;
/// Slowest and fastest bird, m/s.
pub(super) const SPEED_M_S: [f64; 2] = [8.0, 16.0];
/// Lowest and highest bird, metres above the ground.
pub(super) const HEIGHT_M: [f64; 2] = [10.0, 120.0];
/// How fast the centre drifts (standard deviation of each axis, m/s), and for how long it keeps a direction, s.
const DRIFT_M_S: f64 = 2.0;
const DRIFT_CORRELATION_S: f64 = 60.0;
/// How sharply a bird turns of its own accord (rad/s) and when it strays from the flock.
const WANDER_RAD_S: f64 = 0.25;
const RETURN_RAD_S: f64 = 0.6;

/// A flock of the scenario.
#[derive(Debug, Clone)]
pub struct FlockConfig {
    /// Its name in reports; the birds are numbered after it.
    pub name: String,
    /// About where it stays.
    pub home: LatLon,
    /// How far the centre roams from there (standard deviation of each axis), metres.
    pub roam_m: f64,
    /// How far the birds stray from the centre, metres.
    pub spread_m: f64,
    /// How many birds.
    pub birds: u16,
    /// Radar cross-section of one, relative to a small drone.
    pub radar_size: f64,
}

#[derive(Debug)]
pub(super) struct Flock {
    frame: SiteFrame,
    ground: AltitudeHae,
    roam_m: f64,
    spread_m: f64,
    centre: Vector2<f64>,
    drift: Vector2<f64>,
    birds: Vec<Bird>,
    rng: ChaCha8Rng,
    steps: Steps,
}

#[derive(Debug)]
struct Bird {
    at: Vector2<f64>,
    heading_rad: f64,
    height_m: f64,
    climb_m_s: f64,
    turn: OrnsteinUhlenbeck,
    pace: OrnsteinUhlenbeck,
    lift: OrnsteinUhlenbeck,
    previous: Kinematics,
    next: Kinematics,
}

impl Flock {
    pub(super) fn new(config: &FlockConfig, ground: AltitudeHae, seed: u64, start: Timestamp) -> Self {
        let mut rng = random::stream(seed, &format!("flock/{}", config.name));
        let frame = SiteFrame::new(config.home.at_height(ground));
        let mut pair = |sigma: f64| Vector2::new(sigma * random::normal(&mut rng), sigma * random::normal(&mut rng));
        let (centre, drift) = (pair(config.roam_m), pair(DRIFT_M_S));
        let birds =
            (0..config.birds).map(|_| Bird::new(&mut rng, &frame, ground, centre, config.spread_m / 2.0)).collect();
        let (roam_m, spread_m) = (config.roam_m, config.spread_m);
        Self { frame, ground, roam_m, spread_m, centre, drift, birds, rng, steps: Steps::new(start, STEP_MS) }
    }

    pub(super) fn advance(&mut self, now: Timestamp) {
        while self.steps.take(now).is_some() {
            let step_s = self.steps.step_s();
            self.drift_on(step_s);
            for bird in &mut self.birds {
                bird.fly(&mut self.rng, self.centre, self.spread_m, step_s);
                bird.previous = bird.next;
                bird.next = bird.kinematics(&self.frame, self.ground);
            }
        }
    }

    pub(super) fn kinematics(&self, now: Timestamp) -> impl Iterator<Item = Kinematics> {
        let fraction = self.steps.fraction(now);
        self.birds.iter().map(move |bird| Kinematics::between(bird.previous, bird.next, fraction))
    }

    /// A damped spring to the home driven by noise: its speed has the standard deviation [`DRIFT_M_S`], its place that
    /// of `roam_m`.
    fn drift_on(&mut self, step_s: f64) {
        let pull = if self.roam_m > 0.0 { (DRIFT_M_S / self.roam_m).powi(2) } else { 0.0 };
        let push = DRIFT_M_S * (2.0 * step_s / DRIFT_CORRELATION_S).sqrt();
        let noise = Vector2::new(random::normal(&mut self.rng), random::normal(&mut self.rng)) * push;
        self.drift += noise - (self.drift / DRIFT_CORRELATION_S + self.centre * pull) * step_s;
        if self.roam_m > 0.0 {
            self.centre += self.drift * step_s;
        }
    }
}

impl Bird {
    fn new(rng: &mut ChaCha8Rng, frame: &SiteFrame, ground: AltitudeHae, centre: Vector2<f64>, spread_m: f64) -> Self {
        let away = Vector2::new(random::normal(rng), random::normal(rng)) * spread_m;
        let here = Kinematics { position: frame.datum(), velocity: EnuVelocity::default() };
        let mut bird = Self {
            at: centre + away,
            heading_rad: random::uniform(rng, 0.0..std::f64::consts::TAU),
            height_m: random::uniform(rng, HEIGHT_M[0]..HEIGHT_M[1]),
            climb_m_s: 0.0,
            turn: OrnsteinUhlenbeck::new(rng, WANDER_RAD_S, 3.0),
            pace: OrnsteinUhlenbeck::new(rng, 1.5, 20.0),
            lift: OrnsteinUhlenbeck::new(rng, 0.8, 5.0),
            previous: here,
            next: here,
        };
        bird.next = bird.kinematics(frame, ground);
        bird.previous = bird.next;
        bird
    }

    fn fly(&mut self, rng: &mut ChaCha8Rng, centre: Vector2<f64>, spread_m: f64, step_s: f64) {
        let home = centre - self.at;
        let strayed = (home.norm() / spread_m.max(1.0)).min(2.0);
        let homewards = wrapped_pi(home.x.atan2(home.y) - self.heading_rad);
        let turn_rad_s = self.turn.step(rng, step_s) + RETURN_RAD_S * strayed * homewards.sin();
        self.heading_rad = wrapped_pi(self.heading_rad + turn_rad_s * step_s);
        self.pace.step(rng, step_s);
        self.at += self.across_m_s() * step_s;

        let before_m = self.height_m;
        self.height_m = (before_m + self.lift.step(rng, step_s) * step_s).clamp(HEIGHT_M[0], HEIGHT_M[1]);
        self.climb_m_s = (self.height_m - before_m) / step_s;
    }

    fn across_m_s(&self) -> Vector2<f64> {
        let speed_m_s =
            (f64::midpoint(SPEED_M_S[0], SPEED_M_S[1]) + self.pace.value()).clamp(SPEED_M_S[0], SPEED_M_S[1]);
        let (sin, cos) = self.heading_rad.sin_cos();
        Vector2::new(sin, cos) * speed_m_s
    }

    /// The plane of the frame stands above the ground by the square of the distance (0.8 m at 3 km), so the height is
    /// laid on anew at the bird.
    fn kinematics(&self, frame: &SiteFrame, ground: AltitudeHae) -> Kinematics {
        let over_ground = frame
            .geodetic(Enu { east_m: self.at.x, north_m: self.at.y, up_m: 0.0 })
            .expect("a bird near its home is on the Earth");
        let across = self.across_m_s();
        Kinematics {
            position: over_ground.lat_lon().at_height(AltitudeHae::new(ground.metres + self.height_m)),
            velocity: EnuVelocity { east_m_s: across.x, north_m_s: across.y, up_m_s: self.climb_m_s },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birds_keep_their_speed_their_height_and_their_flock_for_hours() {
        let start = Timestamp::EPOCH;
        let home = LatLon::from_degrees(54.38, 10.15).unwrap();
        let name = "gulls".to_owned();
        let config = FlockConfig { name, home, roam_m: 400.0, spread_m: 150.0, birds: 12, radar_size: 0.3 };
        let ground = AltitudeHae::new(42.0);
        let mut flock = Flock::new(&config, ground, 1, start);
        let (mut farthest_m, mut sum_m, mut looks) = (0.0_f64, 0.0, 0.0);
        for minute in 0..120 {
            let now = start.offset_seconds(f64::from(minute) * 60.0 + 0.1);
            flock.advance(now);
            for bird in flock.kinematics(now) {
                let speed = bird.velocity.ground_speed_m_s();
                assert!((6.0..=16.001).contains(&speed), "{speed} m/s"); // chords between headings are a little shorter
                let height = bird.position.height().metres - 42.0;
                assert!((9.999..=120.001).contains(&height), "{height} m");
                let away = bird.position.distance_m(home.at_height(bird.position.height()));
                farthest_m = farthest_m.max(away);
                sum_m += away;
                looks += 1.0;
            }
        }
        assert!(farthest_m < 3000.0, "{farthest_m} m from home");
        assert!((200.0..1200.0).contains(&(sum_m / looks)), "{} m from home on average", sum_m / looks);
    }
}
