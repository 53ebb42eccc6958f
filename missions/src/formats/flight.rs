//! What all mission formats have in common: where a vehicle is to go, and where it must stay.
//!
//! A [`Flight`] is what is left of a document when it leaves its own format. What a document says and a flight cannot
//! hold is named in [`Flight::lost`]; nothing is dropped in silence.

use telemetry::messages::{LostLink, VehicleKind};
use telemetry::{AltitudeAmsl, LatLon};

use crate::notation::AltitudeNote;
use crate::plan::Leg;
use crate::zones::Outline;

/// A flight, as far as every format can say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Its name for people.
    pub title: String,
    /// For which kind of vehicle, where the document says it.
    pub vehicle: Option<VehicleKind>,
    /// The speed where a leg says no other, m/s.
    pub cruise_m_s: Option<f64>,
    /// The place of take-off.
    pub home: Option<Home>,
    /// What it does.
    pub legs: Vec<FlightLeg>,
    /// Where it must stay, or stay out of.
    pub fences: Vec<FenceArea>,
    /// Safe places other than home.
    pub rally_points: Vec<(LatLon, AltitudeNote)>,
    /// What only our own plans say.
    pub policy: Option<Policy>,
    /// What the document says beyond that, by its place and name.
    pub lost: Vec<String>,
    /// Parts of the way that are missing here: the document does not say where they lead, or in heights nobody here knows.
    pub unknown_ways: Vec<String>,
}

/// A place of take-off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Home {
    /// Where.
    pub at: LatLon,
    /// Its altitude, where the document says it.
    pub altitude: Option<AltitudeAmsl>,
}

/// A leg, and where in its document it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct FlightLeg {
    /// What is done.
    pub leg: Leg,
    /// Such as `mission.items[3]` or `line 7`.
    pub place: String,
}

/// An area of a fence.
#[derive(Debug, Clone, PartialEq)]
pub struct FenceArea {
    /// Whether the vehicle stays in it or out of it.
    pub kind: FenceKind,
    /// Where.
    pub outline: Outline,
}

/// Which side of a fence the vehicle stays on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FenceKind {
    /// Inside.
    Inclusion,
    /// Outside.
    Exclusion,
}

/// What only our own plans say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The fence's lower limit.
    pub floor: AltitudeNote,
    /// The fence's upper limit.
    pub ceiling: AltitudeNote,
    /// What happens when nobody is heard.
    pub lost_link: LostLink,
    /// The share of the battery that must be left.
    pub battery_reserve: f64,
}

impl Flight {
    /// A flight that does nothing yet.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            vehicle: None,
            cruise_m_s: None,
            home: None,
            legs: Vec::new(),
            fences: Vec::new(),
            rally_points: Vec::new(),
            policy: None,
            lost: Vec::new(),
            unknown_ways: Vec::new(),
        }
    }

    /// The same with legs that say no speed where theirs is the flight's own, or where all of them have one.
    pub(super) fn with_speeds_settled(mut self) -> Self {
        let mut speeds = self.legs.iter().filter_map(|leg| match leg.leg {
            Leg::Waypoint { speed_m_s, .. } => Some(speed_m_s),
            _ => None,
        });
        let first = speeds.next().flatten();
        let common = first.filter(|first| speeds.all(|speed| speed == Some(*first)));
        self.cruise_m_s = self.cruise_m_s.or(common);
        for leg in &mut self.legs {
            if let Leg::Waypoint { speed_m_s, .. } = &mut leg.leg
                && *speed_m_s == self.cruise_m_s
            {
                *speed_m_s = None;
            }
        }
        self
    }

    /// The same with depths, where it is for a vehicle that dives: such formats note them as heights below home. Where
    /// nothing says for which kind it is, one that never leaves the water upwards and goes below home is for such.
    pub(super) fn with_depths_settled(mut self) -> Self {
        let heights = || self.legs.iter().filter_map(|leg| leg.leg.altitude());
        let below = |note: AltitudeNote| note.above_home_m().filter(|m| *m <= 0.0);
        let dives = heights().all(|note| below(note).is_some()) && heights().any(|note| below(note) < Some(0.0));
        let flies = self.legs.iter().any(|leg| matches!(leg.leg, Leg::TakeOff { .. } | Leg::Land { .. }));
        if self.vehicle.is_none() && dives && !flies {
            self.vehicle = Some(VehicleKind::Rov);
        }
        if self.vehicle == Some(VehicleKind::Rov) {
            let depth = |note: AltitudeNote| below(note).map_or(note, |m| AltitudeNote::DepthM(0.0 - m));
            for leg in &mut self.legs {
                if let Some(note) = leg.leg.altitude() {
                    leg.leg = leg.leg.at_altitude(depth(note));
                }
            }
            self.rally_points.iter_mut().for_each(|(_, note)| *note = depth(*note));
        }
        self
    }

    /// Heights that a vehicle that dives does not take in the formats of autopilots, named.
    pub(super) fn heights_refused(&self) -> Vec<String> {
        let dives = self.vehicle == Some(VehicleKind::Rov);
        let refused = |leg: &&FlightLeg| dives && matches!(leg.leg.altitude(), Some(AltitudeNote::AmslM(_)));
        let told = |leg: &FlightLeg| format!("{}.altitude: ArduSub takes no altitude above mean sea level", leg.place);
        self.legs.iter().filter(refused).map(told).collect()
    }

    /// The places its legs lead to, in order.
    #[must_use]
    pub fn places(&self) -> Vec<LatLon> {
        let place = |leg: &FlightLeg| match leg.leg {
            Leg::Waypoint { at, .. } | Leg::Loiter { at, .. } | Leg::Land { at } => Some(at),
            Leg::Orbit { centre, .. } => Some(centre),
            Leg::TakeOff { .. }
            | Leg::LookAt { .. }
            | Leg::LookAhead { .. }
            | Leg::Camera(_)
            | Leg::Repeat { .. }
            | Leg::ReturnHome => None,
        };
        self.legs.iter().filter_map(place).collect()
    }
}
