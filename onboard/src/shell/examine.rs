//! The doctor's shell: gathers the facts about this computer, and talks to the autopilot on behalf of the examination.
//!
//! The port is opened as the vehicle's program opens it, so one that is running already is noticed: its port is taken.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use telemetry::Message;
use telemetry::bus::TopicPattern;
use telemetry::messages::{LostLink, LostLinkAction, VehicleKind};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::port::{self, Absence, Opening, Port, PortError};
use super::secret::autopilot_key;
use crate::config::{AutopilotPort, VehicleConfig};
use crate::doctor::computer::{self, Bus, Computer, SecretFile};
use crate::doctor::examination::Examination;
use crate::doctor::{Diagnosis, Finding};
use crate::journal::Journal;

/// How long the operations room may take to beat: it does once a second.
const BEAT_WITHIN: Duration = Duration::from_secs(4);
const BUS_WAITING_MAX: usize = 16;
/// How long a tool of the system may take to answer.
const TOOL_WITHIN: Duration = Duration::from_secs(2);

/// Looks at everything.
pub async fn examine(config: &VehicleConfig) -> Diagnosis {
    let clock = Clock::start();
    let about = format!("it is sound: {}, site {}", config.vehicle, config.bus.config().site);
    let (plan, rule) = plan(&config.journal);
    let mut findings = vec![Finding::good("configuration", about), plan];
    let (computer, autopilot) = tokio::join!(computer(config, &clock), autopilots(config, rule, &clock));
    findings.extend(computer::findings(&computer));
    findings.extend(autopilot);
    Diagnosis { findings }
}

/// The plan that the guard would go by after a restart, and its rule for a lost link. The vehicle's program may be
/// running: its journal is not locked for this.
fn plan(journal: &Path) -> (Finding, Option<LostLink>) {
    let about = "plan";
    match Journal::kept_plan(journal) {
        Ok(Some(plan)) => {
            let LostLink { after_s, action } = plan.lost_link;
            let does = match action {
                LostLinkAction::ReturnHome => "returns home",
                LostLinkAction::Continue => "goes on",
            };
            let found = format!("{} is kept; after {after_s:.0} s without the operations room it {does}", plan.id);
            (Finding::good(about, found), Some(plan.lost_link))
        }
        Ok(None) => {
            let found = "none is kept yet: the failsafe settings are told, and judged once there is one";
            (Finding::note(about, found), None)
        }
        Err(error) => {
            let finding = Finding::warning(about, in_full(&error))
                .so("may this user read it (sudo picket-onboard doctor)? Else have the room send the plan again");
            (finding, None)
        }
    }
}

async fn computer(config: &VehicleConfig, clock: &Clock) -> Computer {
    let journal_written = try_writing(&config.journal).map_err(|error| error.to_string());
    let (bus, clock_kept) = tokio::join!(bus(config, clock), clock_kept());
    Computer {
        now: clock.now(),
        clock_kept,
        journal_written,
        disk_free: disk_free(&config.journal),
        journal: config.journal.clone(),
        journal_max: config.journal_max_mib << 20,
        secrets: secrets(config),
        bus,
    }
}

/// Writes a file into the journal's directory and removes it. The directory is made as the journal would make it.
fn try_writing(directory: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o750).create(directory)?;
    let trial = directory.join(format!("doctor-{}", std::process::id()));
    fs::write(&trial, b"can this be written?")?;
    fs::remove_file(trial)
}

fn disk_free(directory: &Path) -> Option<u64> {
    let space = directory.ancestors().find_map(|place| rustix::fs::statvfs(place).ok())?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

fn secrets(config: &VehicleConfig) -> Vec<SecretFile> {
    let bus = config.bus.config().tls.as_ref().map(|tls| ("bus key", tls.key.clone()));
    let signing = config.signing.as_ref().map(|signing| ("signing key", signing.key.clone()));
    let read = |(what, path): (&'static str, std::path::PathBuf)| {
        let mode = fs::File::open(&path).and_then(|file| file.metadata()).map(|file| file.permissions().mode());
        SecretFile { what, path, mode: mode.map_err(|error| error.to_string()) }
    };
    bus.into_iter().chain(signing).map(read).collect()
}

/// What systemd says of the clock; nothing where there is no systemd to ask.
async fn clock_kept() -> Option<bool> {
    let asked = tokio::process::Command::new("timedatectl").args(["show", "-p", "NTPSynchronized", "--value"]).output();
    let answer = timeout(TOOL_WITHIN, asked).await.ok()?.ok()?;
    match answer.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

async fn bus(config: &VehicleConfig, clock: &Clock) -> Bus {
    let closed = |error: &dyn std::error::Error| Bus::Closed(in_full(error));
    let bus = match telemetry::bus::Bus::open(config.bus.config()).await {
        Ok(bus) => bus,
        Err(error) => return closed(&error),
    };
    let mut beats = match bus.subscribe(&[TopicPattern::StationBeat], BUS_WAITING_MAX).await {
        Ok(beats) => beats,
        Err(error) => return closed(&error),
    };
    let found = match timeout(BEAT_WITHIN, beats.recv()).await {
        Ok(Some(received)) => match received.message {
            Message::StationBeat(beat) => Bus::Beats { ahead_s: beat.at.seconds_since(clock.now()) },
            _ => Bus::Closed("it gave something else than it was asked for".to_owned()),
        },
        Ok(None) => Bus::Closed("it closed by itself".to_owned()),
        Err(_) => Bus::Silent { connect: config.bus.config().connect.clone(), waited_s: BEAT_WITHIN.as_secs_f64() },
    };
    drop(beats);
    // A bus that does not close in time closes with the program.
    let _closed = timeout(TOOL_WITHIN, bus.close()).await;
    found
}

/// The autopilot over each of its links, one after the other: it answers on the one it was spoken to.
async fn autopilots(config: &VehicleConfig, rule: Option<LostLink>, clock: &Clock) -> Vec<Finding> {
    let key = match autopilot_key(config) {
        Ok(key) => key,
        // What to do about the file is said where it is looked at.
        Err(error) => {
            let found = format!("it is not asked: it takes signed frames only, and {}", in_full(&error));
            return vec![Finding::missing("autopilot", found)];
        }
    };
    let mut findings = Vec::new();
    for port in config.autopilot.all() {
        let examination = Examination::new(VehicleKind::from(config.kind), config.system, clock.now());
        match autopilot(examination.against(rule).signed(key.clone()), port, clock).await {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(port_closed(&error)),
        }
    }
    findings
}

async fn autopilot(
    mut examination: Examination,
    port: &AutopilotPort,
    clock: &Clock,
) -> Result<Vec<Finding>, PortError> {
    let (stop, (incoming, mut portions)) = (CancellationToken::new(), port::incoming());
    let opening = Opening { link: 0, incoming, stop: stop.child_token() };
    let Port { outgoing, task } = port::open(port, Absence::Fatal, opening).await?;
    while !examination.over(clock.now()) {
        for frame in examination.advance(clock.now()) {
            // A queue that is full is a link that takes nothing: the examination asks again.
            let _queued = outgoing.try_send(frame);
        }
        match tokio::time::timeout_at(clock.instant(examination.next_deadline()), portions.recv()).await {
            Ok(Some((_, bytes))) => examination.hear(clock.now(), &bytes),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    stop.cancel();
    drop(outgoing);
    let _stopped = timeout(TOOL_WITHIN, task).await;
    Ok(examination.findings(&port.to_string(), clock.now()))
}

fn port_closed(error: &PortError) -> Finding {
    Finding::missing("autopilot", in_full(error)).so(
        "is the device there (ls -l /dev/serial/by-id), and may this user open it (group dialout)? Is picket-onboard \
         running already (systemctl stop picket-onboard)?",
    )
}

/// An error with its causes.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
