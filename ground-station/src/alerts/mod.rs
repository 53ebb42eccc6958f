//! Alerts: what a person must know. The rules that raise them, and the book that keeps them.
//!
//! Each rule looks at the picture once a tick and has a file of its own. A rule raises one alert for a subject and a
//! zone, and may raise it again only after the subject was clearly gone for a while. Alerts from the vehicles'
//! journals enter the book as they are.
//!
//! A rule never acts: what follows from an alert is a person's decision.

mod ais_lost;
mod book;
mod border_crossed;
mod claim_contradicted;
mod duplicate_identity;
mod off_declaration;
mod presence;
mod sensor_biased;
mod sentence;
#[cfg(test)]
pub(crate) mod stage;
mod vessel_in_zone;
mod zone_entered;
mod zones;

use std::collections::BTreeMap;
use std::time::Duration;

use missions::FlightAuthorisation;
use telemetry::messages::{
    AlertRule, Claim, SensorDescription, SensorKind, SensorScan, Severity, Subject, TargetClass, Track, TrackAlert,
};
use telemetry::{Geodetic, Timestamp, TrackId, ZoneId};

pub use book::{ALERTS_MAX, AlertBook};

use self::ais_lost::AisLost;
use self::border_crossed::BorderCrossed;
use self::claim_contradicted::ClaimContradicted;
use self::duplicate_identity::DuplicateIdentity;
use self::off_declaration::OffDeclared;
use self::sensor_biased::SensorBiased;
use self::vessel_in_zone::VesselInZone;
use self::zone_entered::ZoneEntered;
use self::zones::SiteZones;
use crate::airspace::Airspace;
use crate::picture::{Picture, Sighting};
use crate::station::StationConfig;

/// How long a track must be believed to be a drone before a rule says so.
const FIRM_AFTER: Duration = Duration::from_secs(8);

/// What a rule found, before the book has numbered it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) rule: AlertRule,
    pub(crate) severity: Severity,
    pub(crate) subject: Subject,
    pub(crate) measured_at: Timestamp,
    pub(crate) position: Option<Geodetic>,
    pub(crate) zone: Option<ZoneId>,
    pub(crate) text: String,
}

/// What a rule looks at.
pub(crate) struct Scene<'a> {
    pub(crate) now: Timestamp,
    pub(crate) site: &'a SiteZones,
    pub(crate) picture: &'a Picture,
    pub(crate) authorisations: &'a [FlightAuthorisation],
    pub(crate) airspace: &'a Airspace,
    pub(crate) sensors: &'a [SensorDescription],
    /// Since when each foreign track is believed to be a drone without a break.
    drones_since: &'a BTreeMap<TrackId, Timestamp>,
}

impl Scene<'_> {
    /// The foreign tracks that are firmly believed to be drones: for [`FIRM_AFTER`] without a break. Of many birds one
    /// will look like a drone for a moment; few do for long.
    fn drones(&self) -> impl Iterator<Item = &Sighting> {
        let firm =
            |track: TrackId| self.drones_since.get(&track).is_some_and(|since| self.now.since(*since) >= FIRM_AFTER);
        self.picture.sightings().filter(move |sighting| firm(sighting.track.id))
    }

    /// Whether a track claims the serial of a declared flight and is where and when that was declared.
    fn declared(&self, track: &Track) -> bool {
        self.airspace.claimed(self.now, track).is_some_and(|claimed| claimed.off.is_none())
    }

    /// Whether an authorisation in the configuration lets a track be in a zone: it holds there and then, and the track
    /// claims to be the aircraft that it names.
    fn authorised(&self, zone: &ZoneId, track: &Track) -> bool {
        let (place, altitude) = (track.position.lat_lon(), self.site.altitude(track.position));
        let holds = |grant: &&FlightAuthorisation| grant.covers_place(zone, self.now, place, altitude);
        self.authorisations.iter().filter(holds).any(|grant| self.may_be_of(grant, track))
    }

    /// Whether a track may be the aircraft that an authorisation names. A claim is a claim: it must fit the place that is
    /// measured, and no claim is no excuse where claims are heard. A room without a receiver for Remote ID hears none, and
    /// has place and time alone to go by; so has an authorisation that names no aircraft.
    fn may_be_of(&self, grant: &FlightAuthorisation, track: &Track) -> bool {
        match (&grant.uas_id, &track.claim) {
            (None, _) => true,
            (Some(uas_id), Some(Claim::RemoteId(claim))) => {
                claim.uas_id == *uas_id && !track.alerts.contains(&TrackAlert::RidSpoof)
            }
            (Some(_), _) => self.sensors.iter().all(|sensor| sensor.kind != SensorKind::RemoteIdReceiver),
        }
    }

    fn lives(&self, track: TrackId) -> bool {
        self.picture.sighting(track).is_some()
    }
}

/// All rules.
#[derive(Debug)]
pub(crate) struct Rules {
    site: SiteZones,
    drones_since: BTreeMap<TrackId, Timestamp>,
    zone_entered: ZoneEntered,
    border_crossed: BorderCrossed,
    vessel_in_zone: VesselInZone,
    ais_lost: AisLost,
    claim_contradicted: ClaimContradicted,
    duplicate_identity: DuplicateIdentity,
    off_declaration: OffDeclared,
    sensor_biased: SensorBiased,
}

impl Rules {
    pub(crate) fn new(config: &StationConfig) -> Self {
        Self {
            site: SiteZones::new(&config.site),
            drones_since: BTreeMap::new(),
            zone_entered: ZoneEntered::default(),
            border_crossed: BorderCrossed::default(),
            vessel_in_zone: VesselInZone::default(),
            ais_lost: AisLost::new(config),
            claim_contradicted: ClaimContradicted::default(),
            duplicate_identity: DuplicateIdentity::default(),
            off_declaration: OffDeclared::default(),
            sensor_biased: SensorBiased::default(),
        }
    }

    /// Lets the rules that follow reports see a scan.
    pub(crate) fn take_scan(&mut self, now: Timestamp, scan: &SensorScan) {
        self.ais_lost.take_scan(now, scan);
    }

    /// Keeps since when each foreign track that exists is believed to be a drone.
    fn believe(&mut self, now: Timestamp, picture: &Picture, least: f64) {
        let drone = |sighting: &&Sighting| {
            let kind = &sighting.track.classification;
            let belief = kind.belief.get(&TargetClass::Drone).copied().unwrap_or(0.0);
            let drone = kind.likeliest() == TargetClass::Drone && f64::from(belief) >= least;
            sighting.own.is_none() && sighting.believed() && drone
        };
        let since = |sighting: &Sighting| {
            let track = sighting.track.id;
            (track, self.drones_since.get(&track).copied().unwrap_or(now))
        };
        self.drones_since = picture.sightings().filter(drone).map(since).collect();
    }

    /// What the rules find at `now`, in the order of the rules.
    pub(crate) fn look(
        &mut self,
        now: Timestamp,
        picture: &Picture,
        airspace: &Airspace,
        config: &StationConfig,
    ) -> Vec<Finding> {
        self.believe(now, picture, config.rules.drone_belief);
        let scene = Scene {
            now,
            site: &self.site,
            picture,
            authorisations: &config.authorisations,
            airspace,
            sensors: &config.sensors,
            drones_since: &self.drones_since,
        };
        let mut findings = self.zone_entered.look(&scene);
        findings.extend(self.border_crossed.look(&scene));
        findings.extend(self.vessel_in_zone.look(&scene));
        findings.extend(self.ais_lost.look(&scene));
        findings.extend(self.claim_contradicted.look(&scene));
        findings.extend(self.duplicate_identity.look(&scene));
        findings.extend(self.off_declaration.look(&scene));
        findings.extend(self.sensor_biased.look(&scene));
        findings
    }
}
