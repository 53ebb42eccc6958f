//! What finds things in a camera's pictures and follows them: a stand-in for the detector's network, or the network that
//! is shipped, with everything that flies with it.

use nalgebra::Vector2;
use rand_chacha::ChaCha8Rng;
use sim::random;
use sim_camera::camera::{Picture, Seen};
use sim_camera::figure::Figure;
use sim_camera::scene::Scene;
use vision::ego_motion::{EgoMotion, Prior};
use vision::image_tracker::{BoxDetection, ImageTracker, ImageTrackerConfig};
use vision::media::source::Taken;
use vision::pipeline::{Eyes, EyesConfig};
use vision::session::{Execution, LibraryError, Network, Runtime};
use vision::small::MODEL;

use super::detector::detect;

/// What a detector's classes are called.
const DRONE: u16 = 0;
const BIRD: u16 = 1;
const OTHER: u16 = 3;
/// How often the stand-in's class is right.
const CLASS_RIGHT: f64 = 0.85;
/// The log-likelihood ratio of a class that is right so often, shared among the looks at one target that hang together.
const LLR: f32 = 0.45;

/// Something that is followed in the pictures and was seen in this one.
pub(crate) struct Found {
    /// Its middle, pixels from the centre of the top left one.
    pub(crate) centre: Vector2<f64>,
    /// What its class says of its being a drone, where a sensor says that.
    pub(crate) drone_llr: Option<f32>,
}

pub(crate) enum Finder {
    StandIn(Box<StandIn>),
    Shipped(Box<Eyes>),
}

/// The stand-in, and what follows what it finds.
pub(crate) struct StandIn {
    ego_motion: EgoMotion,
    tracker: ImageTracker,
}

impl Finder {
    pub(crate) fn stand_in() -> Self {
        let picture = Vector2::new(960.0, 544.0);
        let config = ImageTrackerConfig { picture, frame_s: frame_s(), delay_frames: 0, demand: None };
        Self::StandIn(Box::new(StandIn { ego_motion: EgoMotion::new(), tracker: ImageTracker::new(config) }))
    }

    /// # Errors
    /// Where ONNX Runtime's library is not on this machine.
    pub(crate) fn shipped() -> Result<Self, LibraryError> {
        let runtime = Runtime::load(None)?;
        let network = Network::from_bytes(&runtime, "small-targets", MODEL, &Execution::default()).unwrap();
        let config = EyesConfig { frame_s: frame_s(), ..EyesConfig::default() };
        Ok(Self::Shipped(Box::new(Eyes::new(config, Some(network), Vec::new()))))
    }

    /// What is found in the next picture.
    pub(crate) fn find(
        &mut self,
        seconds: f64,
        picture: &Picture,
        scene: &Scene,
        prior: Option<&Prior>,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Found> {
        match self {
            Self::StandIn(stand_in) => {
                let StandIn { ego_motion, tracker } = stand_in.as_mut();
                let mut boxes = detect(&picture.frame);
                for drawn in &mut boxes {
                    drawn.class = classed(rng, drawn, &picture.seen, scene);
                }
                let registration = ego_motion.register(&picture.frame, prior);
                tracker.step(seconds, &registration.current_from_previous, &boxes);
                let seen = tracker.tracks().into_iter().filter(|track| track.detected.is_some());
                let llr = |class| if class == DRONE { LLR } else { -LLR };
                seen.map(|track| Found { centre: track.centre, drone_llr: Some(llr(track.class)) }).collect()
            }
            Self::Shipped(eyes) => {
                let stream_ns = (seconds * 1e9) as u64;
                let taken = Taken { gray: picture.frame.clone(), rgb: None, stream_ns };
                let sight = eyes.look(&taken, prior, &mut |_| {}).unwrap().expect("it answers at once");
                // What `picket-sensor camera` tells: confirmed, seen now, and neither a bird nor nothing in particular.
                let told = sight.things.iter().filter(|thing| {
                    thing.detected && thing.track.is_some() && !["bird", "other"].contains(&thing.class.as_str())
                });
                told.map(|thing| Found { centre: thing.centre(), drone_llr: None }).collect()
            }
        }
    }
}

fn frame_s() -> f64 {
    1.0 / f64::from(super::FRAMES_A_SECOND)
}

/// A class that is right as often as a network's: what is drawn where a target is seen is that target.
fn classed(rng: &mut ChaCha8Rng, drawn: &BoxDetection, seen: &[Seen], scene: &Scene) -> u16 {
    let near = |seen: &&Seen| (seen.centre_px - drawn.centre).norm() < 8.0;
    let figure = seen.iter().find(near).and_then(|seen| scene.targets.iter().find(|target| target.id == seen.id));
    let (right, wrong) = match figure.map(|target| target.figure) {
        Some(Figure::Multirotor { .. }) => (DRONE, BIRD),
        Some(Figure::Bird { .. }) => (BIRD, DRONE),
        _ => (OTHER, OTHER),
    };
    if random::happens(rng, CLASS_RIGHT) { right } else { wrong }
}
