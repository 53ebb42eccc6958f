//! Which tracks are our own vehicles.
//!
//! A vehicle says where it is; a track that is where the vehicle says it is, is the vehicle. An estimate is noisy and
//! a foreign drone can come close to one of ours, so one look does not change a verdict: a track that was foreign
//! becomes ours only after [`LOOKS_TO_BE_OURS`] looks in which it also moves as the vehicle does, more than looks in which
//! it does not, and one that was ours becomes foreign after [`LOOKS_TO_BE_FOREIGN`] looks elsewhere.
//!
//! *Elsewhere* is not the same for both. An estimate falls behind a vehicle that sets off or turns, by more than it says
//! of itself, and a vehicle that takes its own echo for a stranger gives way to it. So what was the vehicle stays it
//! within [`GATE_MAX_M`], unless another track is where the vehicle is.
//!
//! *Silent*: a vehicle under way that is not heard. Its tracks stay ours; a new track is presumed to be it where it
//! can have got to and on a way it may take: along its plan or straight home.

use std::collections::BTreeMap;

use telemetry::frames::SiteFrame;
use telemetry::messages::{PlanItem, Track, TrackStatus};
use telemetry::{Enu, Geodetic, LatLon, Timestamp, TrackId, VehicleId};

use crate::fleet::{Fleet, SILENT_AFTER, Vehicle};
use crate::station::FleetVehicle;

const LOOKS_TO_BE_OURS: u8 = 10;
const LOOKS_TO_BE_FOREIGN: u8 = 5;
/// The error of a vehicle's own position, metres.
const OWN_SIGMA_M: f64 = 5.0;
/// How far apart the clocks of a sensor and a vehicle may be, seconds.
const CLOCKS_APART_S: f64 = 0.3;
/// How hard a vehicle turns or brakes while its newest state travels, m/s².
const MANOEUVRE_M_S2: f64 = 3.0;
/// However uncertain a track is, farther than this from a vehicle it is not the vehicle.
const GATE_MAX_M: f64 = 100.0;
/// How far a velocity that is well known may be from a vehicle's to be alike, m/s; twice as much one that is not.
const ALIKE_M_S: f64 = 4.0;
/// Beyond this standard deviation a height says nothing.
const HEIGHT_SIGMA_MAX_M: f64 = 50.0;
/// How far beside its way a silent vehicle may be, metres.
const WAY_WIDTH_M: f64 = 60.0;

/// Which tracks are our own vehicles.
#[derive(Debug)]
pub(super) struct OwnTracks {
    verdicts: BTreeMap<TrackId, Verdict>,
    ways: BTreeMap<VehicleId, Vec<LatLon>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    Ours { vehicle: VehicleId, looks_elsewhere: u8 },
    Foreign { vehicle: Option<VehicleId>, looks_alike: u8 },
}

/// A vehicle at the moment of a look.
struct Seen<'f> {
    vehicle: &'f Vehicle,
    position: Geodetic,
    frame: SiteFrame,
    age_s: f64,
    silent: bool,
}

impl OwnTracks {
    pub(super) fn new(fleet: &[FleetVehicle]) -> Self {
        let way = |vehicle: &FleetVehicle| {
            let plan = vehicle.plan.as_ref()?;
            let mut way = vec![plan.start().position];
            way.extend(plan.message().items.iter().filter_map(place));
            way.push(plan.start().position);
            Some((vehicle.id.clone(), way))
        };
        Self { verdicts: BTreeMap::new(), ways: fleet.iter().filter_map(way).collect() }
    }

    /// The vehicle of ours that a track is.
    pub(super) fn vehicle(&self, track: TrackId) -> Option<VehicleId> {
        match self.verdicts.get(&track)? {
            Verdict::Ours { vehicle, .. } => Some(vehicle.clone()),
            Verdict::Foreign { .. } => None,
        }
    }

    /// Compares every track with every vehicle.
    pub(super) fn look(&mut self, now: Timestamp, tracks: &[Track], fleet: &Fleet) {
        let seen: Vec<Seen<'_>> = fleet.vehicles().filter_map(|vehicle| Seen::at(now, vehicle)).collect();
        let there = |track: &Track| Some((track.id, nearest_match(track, &seen)?.vehicle.id()));
        let at_places = tracks.iter().filter(|track| track.status != TrackStatus::Dropped).filter_map(there).collect();
        let mut verdicts = BTreeMap::new();
        for track in tracks.iter().filter(|track| track.status != TrackStatus::Dropped) {
            let before = self.verdicts.remove(&track.id);
            verdicts.insert(track.id, self.judge(before, track, &seen, &at_places));
        }
        self.verdicts = verdicts;
    }

    fn judge(
        &self,
        before: Option<Verdict>,
        track: &Track,
        seen: &[Seen<'_>],
        at_places: &BTreeMap<TrackId, &VehicleId>,
    ) -> Verdict {
        let at_place = nearest_match(track, seen);
        match before {
            None => match at_place.or_else(|| seen.iter().find(|seen| self.presumed(track, seen))) {
                Some(seen) => Verdict::Ours { vehicle: seen.vehicle.id().clone(), looks_elsewhere: 0 },
                None => Verdict::Foreign { vehicle: None, looks_alike: 0 },
            },
            Some(Verdict::Ours { vehicle, looks_elsewhere }) => {
                let heard = seen.iter().find(|seen| *seen.vehicle.id() == vehicle && !seen.silent);
                let another = at_places.iter().any(|(id, there)| *id != track.id && **there == vehicle);
                let behind = |seen: &Seen<'_>| !another && seen.frame.enu(track.position).horizontal_m() <= GATE_MAX_M;
                let there = at_place.is_some_and(|seen| *seen.vehicle.id() == vehicle) || heard.is_some_and(behind);
                match looks_elsewhere {
                    _ if heard.is_none() || there => Verdict::Ours { vehicle, looks_elsewhere: 0 },
                    looks if looks + 1 < LOOKS_TO_BE_FOREIGN => Verdict::Ours { vehicle, looks_elsewhere: looks + 1 },
                    _ => Verdict::Foreign { vehicle: None, looks_alike: 0 },
                }
            }
            Some(Verdict::Foreign { vehicle, looks_alike }) => {
                let Some(alike) = at_place.filter(|seen| seen.moves_as(track)) else {
                    return Verdict::Foreign { vehicle, looks_alike: looks_alike.saturating_sub(1) };
                };
                let id = alike.vehicle.id();
                let looks = if vehicle.as_ref() == Some(id) { looks_alike + 1 } else { 1 };
                if looks >= LOOKS_TO_BE_OURS {
                    Verdict::Ours { vehicle: id.clone(), looks_elsewhere: 0 }
                } else {
                    Verdict::Foreign { vehicle: Some(id.clone()), looks_alike: looks }
                }
            }
        }
    }

    /// Whether a new track may be a vehicle that is under way and silent.
    fn presumed(&self, track: &Track, seen: &Seen<'_>) -> bool {
        if !seen.silent || !seen.vehicle.under_way() {
            return false;
        }
        let offset = seen.frame.enu(track.position);
        let reach_m = 1.3 * seen.vehicle.config().cruise_m_s * seen.age_s + GATE_MAX_M;
        if offset.horizontal_m() > reach_m {
            return false;
        }
        let width_m = WAY_WIDTH_M + track.horizontal_sigma_m().min(WAY_WIDTH_M);
        let way = self.ways.get(seen.vehicle.id());
        let points: Vec<Enu> =
            way.into_iter().flatten().map(|at| seen.frame.enu(at.at_height(seen.position.height()))).collect();
        let home = points.last().copied();
        let straight_home = home.map(|home| (Enu::default(), home));
        let legs = points.windows(2).map(|leg| (leg[0], leg[1]));
        legs.chain(straight_home).any(|(from, to)| distance_to_leg_m(offset, from, to) <= width_m)
    }
}

/// The vehicle nearest to a track, of those whose gate the track is in.
fn nearest_match<'s, 'f>(track: &Track, seen: &'s [Seen<'f>]) -> Option<&'s Seen<'f>> {
    let matches = seen.iter().filter_map(|seen| seen.distance_in_gate(track).map(|distance| (distance, seen)));
    matches.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, seen)| seen)
}

impl<'f> Seen<'f> {
    /// The vehicle, its last state carried forward to `now` while it is heard.
    fn at(now: Timestamp, vehicle: &'f Vehicle) -> Option<Self> {
        let heard = vehicle.heard()?;
        let state = &heard.state;
        let position = state.position?;
        let silent = !vehicle.connected(now);
        let age_s = now.seconds_since(state.measured_at).max(0.0);
        let ahead_s = age_s.min(SILENT_AFTER.as_secs_f64());
        let v = state.velocity;
        let moved = Enu { east_m: v.east_m_s * ahead_s, north_m: v.north_m_s * ahead_s, up_m: v.up_m_s * ahead_s };
        let position = if silent { position } else { position.displaced(moved).unwrap_or(position) };
        Some(Self { vehicle, position, frame: SiteFrame::new(position), age_s, silent })
    }

    /// The horizontal distance of a track, when it is small enough for the track to be this vehicle.
    fn distance_in_gate(&self, track: &Track) -> Option<f64> {
        if self.silent {
            return None;
        }
        let offset = self.frame.enu(track.position);
        let state = self.vehicle.state()?;
        let apart_m = CLOCKS_APART_S * state.velocity.ground_speed_m_s();
        let manoeuvre_m = 0.5 * MANOEUVRE_M_S2 * self.age_s * self.age_s;
        let variance = track.horizontal_sigma_m().powi(2) + OWN_SIGMA_M.powi(2) + apart_m.powi(2) + manoeuvre_m.powi(2);
        let gate_m = (3.0 * variance.sqrt()).min(GATE_MAX_M);
        let distance_m = offset.horizontal_m();
        let sigma_up_m = up_sigma_m(track);
        let height_fits =
            sigma_up_m > HEIGHT_SIGMA_MAX_M || offset.up_m.abs() <= 3.0 * sigma_up_m.hypot(OWN_SIGMA_M) + 10.0;
        (distance_m <= gate_m && height_fits).then_some(distance_m)
    }

    /// Whether a track moves as the vehicle says it moves.
    fn moves_as(&self, track: &Track) -> bool {
        let Some(state) = self.vehicle.state() else { return false };
        (track.velocity.vector() - state.velocity.vector()).xy().norm() <= alike_m_s(track)
    }
}

/// The standard deviation of a track's height, metres.
pub(crate) fn up_sigma_m(track: &Track) -> f64 {
    // The covariance is an upper triangle by rows: up is the first number of the third row.
    f64::from(track.covariance[11]).max(0.0).sqrt()
}

/// How far a track's velocity may be from a vehicle's for it to move as the vehicle does, m/s.
fn alike_m_s(track: &Track) -> f64 {
    let sigma_m_s = [15, 18].map(|at| f64::from(track.covariance[at]).max(0.0)).iter().sum::<f64>().sqrt();
    ALIKE_M_S + (2.0 * sigma_m_s).min(ALIKE_M_S)
}

/// The place an item of a plan leads to.
fn place(item: &PlanItem) -> Option<LatLon> {
    match item {
        PlanItem::Waypoint { position, .. } | PlanItem::Loiter { position, .. } | PlanItem::Land { position } => {
            Some(*position)
        }
        PlanItem::Orbit { centre, .. } => Some(*centre),
        PlanItem::TakeOff { .. }
        | PlanItem::LookAt { .. }
        | PlanItem::LookAhead { .. }
        | PlanItem::Camera(_)
        | PlanItem::Repeat { .. }
        | PlanItem::ReturnHome => None,
    }
}

/// The horizontal distance of a point from the way between two others, metres.
fn distance_to_leg_m(point: Enu, from: Enu, to: Enu) -> f64 {
    let (along_e, along_n) = (to.east_m - from.east_m, to.north_m - from.north_m);
    let (off_e, off_n) = (point.east_m - from.east_m, point.north_m - from.north_m);
    let length_2 = along_e * along_e + along_n * along_n;
    let share = if length_2 > 0.0 { ((off_e * along_e + off_n * along_n) / length_2).clamp(0.0, 1.0) } else { 0.0 };
    (off_e - share * along_e).hypot(off_n - share * along_n)
}
