//! Reading and checking of `station.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use missions::authorisation::AuthorisationTable;
use missions::file::{Bundle, Library, Reading, Shelf, Source};
use missions::terrain::{Sheet, Terrain};
use missions::{FileError, FileErrors, SensorTable, Site};
use serde::Deserialize;
use telemetry::bus::BusConfig;
use telemetry::topics::Program;
use telemetry::{OperatorId, SiteId};
use toml::Spanned;

use super::camera::{ViewTable, views};
use super::file::{BusSection, EvidenceSection, RoleName, RuleSection};
use super::fleet::VehicleTable;
use super::preflight::{PreflightTable, ZonesTable};
use super::sharing::SharingTable;
use super::{Opened, Settings, Sources};
use crate::airspace::Limits;
use crate::commands::prefix;
use crate::evidence::EvidenceSettings;
use crate::station::{Operator, Role, RuleConfig, StationConfig};

const OPERATORS_MAX: usize = 200;
const VEHICLES_MAX: usize = 200;
const SENSORS_MAX: usize = 200;
/// How much evidence is kept, MiB, where nothing is said: some thousand alerts.
const EVIDENCE_MIB: u64 = 20 * 1024;
/// From what holds a few clips to what no disk holds.
const EVIDENCE_MIB_ALLOWED: std::ops::RangeInclusive<u64> = 256..=1 << 24;
const AUTHORISATIONS_MAX: usize = 10_000;

/// The file as found; not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    site: Spanned<String>,
    #[serde(default = "usual_listen")]
    listen: Spanned<String>,
    #[serde(default)]
    allow_remote: bool,
    #[serde(default)]
    simulated: bool,
    store: Spanned<String>,
    record: Option<Spanned<String>>,
    evidence: Option<Spanned<EvidenceSection>>,
    bus: Spanned<BusSection>,
    #[serde(default)]
    rules: Option<Spanned<RuleSection>>,
    zones: Option<ZonesTable>,
    #[serde(default)]
    preflight: Option<PreflightTable>,
    sharing: Option<SharingTable>,
    #[serde(default)]
    operator: Vec<Spanned<OperatorTable>>,
    #[serde(default)]
    vehicle: Vec<Spanned<VehicleTable>>,
    #[serde(default)]
    sensor: Vec<Spanned<SensorTable>>,
    #[serde(default)]
    view: Vec<ViewTable>,
    #[serde(default)]
    authorisation: Vec<Spanned<AuthorisationTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorTable {
    id: Spanned<String>,
    name: Spanned<String>,
    key_sha256: Spanned<String>,
    role: Option<RoleName>,
}

fn usual_listen() -> Spanned<String> {
    Spanned::new(0..0, "127.0.0.1:8320".to_owned())
}

/// The files that the configuration names. Each is kept under the name it is given there, with all it names in turn.
pub(super) struct Files {
    shelf: NamedFiles,
    taken: BTreeMap<String, Bundle>,
}

enum NamedFiles {
    /// Paths relative to a folder, or the names of shipped files.
    Folder(PathBuf),
    /// Kept from an earlier reading.
    Kept(BTreeMap<String, Bundle>),
}

pub(super) fn open(path: &Path) -> Result<Opened, FileErrors> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let bytes = Library::new(Shelf::Disk(folder.clone())).take(&name)?;
    let source = Source::new(path.display().to_string(), &bytes)?;
    read(Files { shelf: NamedFiles::Folder(folder), taken: BTreeMap::new() }, name, &source)
}

pub(super) fn reopen(sources: Sources) -> Result<Opened, FileErrors> {
    let Sources { name, text, named } = sources;
    let source = Source::new(name.clone(), text.as_bytes())?;
    read(Files { shelf: NamedFiles::Kept(named), taken: BTreeMap::new() }, name, &source)
}

impl Files {
    /// Takes one file, read by `take`, and keeps it.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        folder: &'static str,
        take: impl FnOnce(&mut Library, &str) -> Result<T, FileErrors>,
    ) -> Result<T, FileErrors> {
        let (mut library, path) = match &self.shelf {
            NamedFiles::Kept(named) => {
                let none = || FileError::whole(name, "no file of this name in the recording", "a file kept with it");
                let bundle = named.get(name).cloned().ok_or_else(none)?;
                let path = bundle.root.clone();
                (Library::from(bundle), path)
            }
            NamedFiles::Folder(base) if base.join(name).exists() => Library::for_argument(&base.join(name), folder),
            NamedFiles::Folder(_) => Library::for_argument(Path::new(name), folder),
        };
        let value = take(&mut library, &path)?;
        self.taken.insert(name.to_owned(), library.into_bundle(path));
        Ok(value)
    }

    /// The ground within a box, out of a folder of tiles; nothing where no tile has any. What is kept is the part that is
    /// used: a recording carries that, and finds the same hills.
    pub(super) fn sheet(&mut self, name: &str, bounds: [f64; 4]) -> Result<Option<Sheet>, FileErrors> {
        const KEPT: &str = "terrain.asc";
        match &self.shelf {
            NamedFiles::Kept(named) => {
                let none =
                    || FileError::whole(name, "no terrain of this name in the recording", "what was kept with it");
                let bundle = named.get(name).cloned().ok_or_else(none)?;
                let bytes = bundle.files.get(&bundle.root).ok_or_else(none)?;
                let sheet = Sheet::read(name, &String::from_utf8_lossy(bytes))?;
                self.taken.insert(name.to_owned(), bundle);
                Ok(Some(sheet))
            }
            NamedFiles::Folder(base) => {
                let terrain = Terrain::open(&base.join(name))?;
                let sheet = terrain.sheet(bounds);
                if let Some(broken) = terrain.broken().into_iter().next() {
                    return Err(broken.into());
                }
                let kept = sheet.as_ref().map(|sheet| Bundle {
                    root: KEPT.to_owned(),
                    files: BTreeMap::from([(KEPT.to_owned(), sheet.to_text().into_bytes())]),
                });
                self.taken.extend(kept.map(|kept| (name.to_owned(), kept)));
                Ok(sheet)
            }
        }
    }

    /// A path of the configuration as the program may open it.
    fn path(&self, name: &str) -> PathBuf {
        match &self.shelf {
            NamedFiles::Folder(base) => base.join(name),
            NamedFiles::Kept(_) => PathBuf::from(name),
        }
    }
}

fn read(mut files: Files, name: String, source: &Source) -> Result<Opened, FileErrors> {
    let raw: Raw = source.parse()?;
    let mut reading = Reading::new(source);
    let resolved = resolve(&mut reading, &mut files, &raw);
    let (config, settings) = reading.finish(resolved)?;
    let sources = Sources { name, text: source.text().to_owned(), named: files.taken };
    Ok(Opened { config, settings, sources })
}

fn resolve(reading: &mut Reading<'_>, files: &mut Files, raw: &Raw) -> Option<(StationConfig, Settings)> {
    let site = match files.take(raw.site.get_ref(), "sites", Site::take) {
        Ok(site) => Some(site),
        Err(errors) => {
            reading.take_errors(errors);
            None
        }
    };
    let listen = listen(reading, &raw.listen, raw.allow_remote);
    let (operators, keys) = operators(reading, &raw.operator);
    let rules = rules(reading, raw.rules.as_ref());
    let site = site?;
    let bus = bus(reading, files, &raw.bus, &site.id);
    reading.at_most(&raw.vehicle, VEHICLES_MAX, "vehicles");
    reading.at_most(&raw.sensor, SENSORS_MAX, "sensors");
    reading.at_most(&raw.authorisation, AUTHORISATIONS_MAX, "authorisations");
    let mut seen = BTreeSet::new();
    let fleet = raw.vehicle.iter().take(VEHICLES_MAX).filter_map(|table| {
        reading.unique(&mut seen, &table.get_ref().id, "vehicle");
        distinct_alerts(reading, &table.get_ref().id, &site.id);
        table.get_ref().resolve(reading, files, &site, &operators)
    });
    let fleet = fleet.collect();
    let mut seen = BTreeSet::new();
    let sensors = raw.sensor.iter().take(SENSORS_MAX).filter_map(|table| {
        reading.unique(&mut seen, &table.get_ref().id, "sensor");
        Some(table.get_ref().resolve(reading, &site)?.description)
    });
    let sensors: Vec<_> = sensors.collect();
    let views = views(reading, &raw.view, &sensors);
    let sharing = raw.sharing.as_ref().and_then(|table| table.resolve(reading, &sensors));
    let grants = raw.authorisation.iter().take(AUTHORISATIONS_MAX);
    let authorisations = grants.filter_map(|table| table.get_ref().resolve(reading, &site, None)).collect();
    let zones = raw.zones.as_ref().map_or_else(Vec::new, |table| table.resolve(reading, files, &site));
    let mut limits = raw.preflight.as_ref().map_or_else(Limits::default, |table| table.resolve(reading));
    limits.authorised_zones = raw.zones.as_ref().map_or_else(Vec::new, ZonesTable::authorised);
    let terrain = raw.preflight.as_ref().and_then(|table| table.terrain(reading, files, &site));
    let settings = Settings {
        listen: listen?,
        store: files.path(raw.store.get_ref()),
        record: raw.record.as_ref().map(|record| files.path(record.get_ref())),
        evidence: raw.evidence.as_ref().and_then(|section| evidence(reading, files, section)),
        simulated: raw.simulated,
        bus,
        keys,
    };
    let config = StationConfig {
        site,
        sensors,
        views,
        fleet,
        authorisations,
        zones,
        terrain,
        limits,
        operators,
        rules,
        sharing,
    };
    Some((config, settings))
}

fn listen(reading: &mut Reading<'_>, value: &Spanned<String>, allow_remote: bool) -> Option<SocketAddr> {
    let Ok(address) = value.get_ref().parse::<SocketAddr>() else {
        reading.refuse(value.span(), "an address and a port such as \"127.0.0.1:8320\" or \"[::1]:8320\"");
        return None;
    };
    if !address.ip().is_loopback() && !allow_remote {
        reading.refuse(
            value.span(),
            "an address of this machine only, such as 127.0.0.1:8320. With allow_remote = true the console is served \
             to other machines, without encryption: whoever can listen on the way can read keys and picture and act \
             with an operator's name. Serve it through a proxy that speaks TLS, or on a network that is yours alone",
        );
    }
    Some(address)
}

fn operators(
    reading: &mut Reading<'_>,
    tables: &[Spanned<OperatorTable>],
) -> (Vec<Operator>, BTreeMap<OperatorId, [u8; 32]>) {
    reading.at_most(tables, OPERATORS_MAX, "operators");
    let mut seen = BTreeSet::new();
    let (mut operators, mut keys) = (Vec::new(), BTreeMap::new());
    for table in tables.iter().take(OPERATORS_MAX).map(Spanned::get_ref) {
        reading.unique(&mut seen, &table.id, "operator");
        let id: Option<OperatorId> = reading.name(&table.id);
        let name = reading.text(&table.name, 80);
        let key = key(table.key_sha256.get_ref());
        if key.is_none() {
            reading.refuse(table.key_sha256.span(), "64 hexadecimal digits, as `picket operator-key` prints them");
        }
        if let Some((id, key)) = id.zip(key) {
            keys.insert(id.clone(), key);
            let role = table.role.map_or_else(Role::default, RoleName::role);
            operators.push(Operator { id, name, role });
        }
    }
    (operators, keys)
}

fn key(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(key)
}

fn rules(reading: &mut Reading<'_>, section: Option<&Spanned<RuleSection>>) -> RuleConfig {
    let usual = RuleConfig::default();
    let Some(section) = section else { return usual };
    let mut number = |value: Option<f64>, usual: f64, allowed| match value {
        Some(value) => reading.number(&Spanned::new(section.span(), value), allowed, ""),
        None => usual,
    };
    RuleConfig {
        ais_lost_after_s: number(section.get_ref().ais_lost_after_s, usual.ais_lost_after_s, 30.0..=86_400.0),
        drone_belief: number(section.get_ref().drone_belief, usual.drone_belief, 0.0..=1.0),
    }
}

fn evidence(reading: &mut Reading<'_>, files: &Files, section: &Spanned<EvidenceSection>) -> Option<EvidenceSettings> {
    let EvidenceSection { folder, total_mib } = section.get_ref();
    let mib = total_mib.unwrap_or(EVIDENCE_MIB);
    if !EVIDENCE_MIB_ALLOWED.contains(&mib) {
        reading.refuse_found(section.span(), format!("total_mib = {mib}"), "256 to 16777216 MiB");
        return None;
    }
    Some(EvidenceSettings { folder: files.path(&folder.to_string_lossy()), bytes_max: mib << 20 })
}

fn bus(reading: &mut Reading<'_>, files: &Files, section: &Spanned<BusSection>, site: &SiteId) -> BusConfig {
    let BusSection { listen, connect, tls } = section.get_ref().clone();
    let tls = tls.map(|mut tls| {
        for path in [&mut tls.ca, &mut tls.certificate, &mut tls.key] {
            *path = files.path(&path.to_string_lossy());
        }
        tls
    });
    let bus = BusConfig { site: site.clone(), program: Program::Station, listen, connect, tls };
    if bus.listen.is_empty() && bus.connect.is_empty() {
        reading.refuse_found(
            section.span(),
            "neither listen nor connect",
            "at least one endpoint, such as listen = [\"tcp/127.0.0.1:7447\"]",
        );
    }
    if let Err(fault) = bus.check() {
        reading.refuse_found(section.span(), fault.to_string(), "endpoints that stay on this machine, or TLS");
    }
    bus
}

/// Alerts are numbered under the name of who raised them, so no vehicle may be named as the site is.
fn distinct_alerts(reading: &mut Reading<'_>, vehicle: &Spanned<String>, site: &SiteId) {
    if *vehicle.get_ref() == prefix(site.as_str()) {
        reading.refuse(
            vehicle.span(),
            "a name other than the site's: alerts are numbered under the name of who raised them",
        );
    }
}
