//! What a camera stands on: a mast that does not move, or a vehicle that says how it does.

use std::fmt;

use telemetry::Timestamp;
use telemetry::messages::SensorScan;
use vision::ego_motion::Prior;
use vision::pipeline::Sight;

use super::carrier::Carrier;
use super::scan::Scanner;
use super::telling::Poses;
use super::view::View;
use crate::config::camera::{Config, Standing};

/// From where sights are told.
pub(super) enum Standpoint {
    Still { view: Box<View>, seen: Option<Sight> },
    Carried { carrier: Box<Carrier>, poses: Option<Poses>, before_ns: Option<i64> },
}

impl Standpoint {
    pub(super) fn new(config: &Config, poses: Option<Poses>) -> Self {
        match &config.standing {
            Standing::Still { position, altitude, .. } => {
                let view = Box::new(View::still(*position, *altitude, config.aim, config.camera));
                Self::Still { view, seen: None }
            }
            Standing::Carried(carriage) => {
                let carrier = Box::new(Carrier::new(carriage, config.aim, config.camera));
                Self::Carried { carrier, poses, before_ns: None }
            }
        }
    }

    /// Takes the poses that have come.
    pub(super) fn learn(&mut self) {
        if let Self::Carried { carrier, poses: Some(poses), .. } = self {
            while let Ok((received_at, bytes)) = poses.try_recv() {
                carrier.take_pose(received_at, &bytes);
            }
        }
    }

    /// How the camera turned since the picture before one that was taken then; nothing where that is not known.
    pub(super) fn prior(&mut self, captured_at_ns: i64) -> Option<Prior> {
        self.learn();
        match self {
            Self::Still { .. } => None,
            Self::Carried { carrier, before_ns, .. } => {
                carrier.prior(before_ns.replace(captured_at_ns)?, captured_at_ns)
            }
        }
    }

    /// Takes what was seen in the newest picture.
    pub(super) fn take(&mut self, sight: &Sight) {
        self.learn();
        match self {
            Self::Still { seen, .. } => *seen = Some(sight.clone()),
            Self::Carried { carrier, .. } => carrier.take_sight(sight),
        }
    }

    /// What can be told now.
    pub(super) fn next_scan(&mut self, scanner: &mut Scanner) -> Option<SensorScan> {
        match self {
            Self::Still { view, seen } => {
                let sight = seen.take()?;
                Some(scanner.scan(&sight, view, Timestamp::from_unix_nanos(sight.captured_at_ns)))
            }
            Self::Carried { carrier, .. } => carrier.next_scan(scanner),
        }
    }

    /// How the camera stood when a picture was taken.
    pub(super) fn view_at(&self, captured_at_ns: i64) -> Option<View> {
        match self {
            Self::Still { view, .. } => Some(View::clone(view)),
            Self::Carried { carrier, .. } => carrier.view_at(captured_at_ns),
        }
    }
}

impl fmt::Display for Standpoint {
    /// What came and what became of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Still { .. } => f.write_str("the camera stood still"),
            Self::Carried { carrier, .. } => {
                let counts = carrier.counts();
                write!(f, "{} poses taken, {} refused; ", counts.poses, counts.refused)?;
                write!(f, "{} sights dropped without a pose", counts.without_pose)
            }
        }
    }
}
