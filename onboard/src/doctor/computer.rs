//! What there is to say of this computer: facts that the shell has gathered, judged here.

use std::path::PathBuf;

use telemetry::Timestamp;

use super::Finding;

/// No release of this program is older: a clock before it was never set. 1 January 2026.
const CLOCK_AFTER: i64 = 1_767_225_600;
/// A night's journal and a recording want this much, bytes.
const DISK_WANTED: u64 = 1 << 30;
/// Less than this is soon full.
const DISK_LEAST: u64 = 64 << 20;

/// A file that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// What is in it, as a person calls it.
    pub what: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Its permission bits, or why it cannot be read.
    pub mode: Result<u32, String>,
}

/// What was found on this computer.
#[derive(Debug, Clone, PartialEq)]
pub struct Computer {
    /// The time by its clock.
    pub now: Timestamp,
    /// Whether the system says that the clock is kept right; nothing where it does not say.
    pub clock_kept: Option<bool>,
    /// The journal's directory.
    pub journal: PathBuf,
    /// Whether a file could be written there, else why not.
    pub journal_written: Result<(), String>,
    /// How many bytes are free there, where that could be found out.
    pub disk_free: Option<u64>,
    /// How large the journal may grow, bytes.
    pub journal_max: u64,
    /// Files with secrets that the configuration names.
    pub secrets: Vec<SecretFile>,
    /// How the bus answered: whom it waits for if nobody did.
    pub bus: Bus,
}

/// How it stands with the bus.
#[derive(Debug, Clone, PartialEq)]
pub enum Bus {
    /// It cannot be joined, and why.
    Closed(String),
    /// It was joined, but the operations room's beat was not heard within the time in seconds.
    Silent {
        /// Where the configuration connects to.
        connect: Vec<String>,
        /// How long was waited.
        waited_s: f64,
    },
    /// The operations room beats; how far its clock is ahead of ours, seconds.
    Beats {
        /// Its clock less ours.
        ahead_s: f64,
    },
}

/// Judges the computer.
#[must_use]
pub fn findings(computer: &Computer) -> Vec<Finding> {
    let mut findings = vec![clock(computer)];
    findings.push(journal(computer));
    findings.extend(disk(computer));
    findings.extend(computer.secrets.iter().map(secret));
    findings.push(bus(&computer.bus));
    findings
}

fn clock(computer: &Computer) -> Finding {
    let unix_s = computer.now.unix_nanos() / 1_000_000_000;
    let says = Timestamp::from_unix_nanos(unix_s * 1_000_000_000);
    if unix_s < CLOCK_AFTER {
        return Finding::missing("clock", format!("it says {says}, which cannot be")).so(
            "set it, or give the computer a time source (chrony, or GPS time): alerts and signatures carry its time",
        );
    }
    match computer.clock_kept {
        Some(true) => Finding::good("clock", "it is kept right by a time source"),
        Some(false) => Finding::warning("clock", "no time source keeps it right")
            .so("see `timedatectl`; without one it drifts by seconds a day, and commands seem late"),
        None => Finding::note("clock", format!("it says {says}; whether it is kept right is not known")),
    }
}

fn journal(computer: &Computer) -> Finding {
    let place = computer.journal.display();
    match &computer.journal_written {
        Ok(()) => Finding::good("journal", format!("{place} can be written")),
        Err(why) => Finding::missing("journal", format!("{place} cannot be written: {why}"))
            .so("make the directory, and give it to the user this program runs as (User= in its systemd unit)"),
    }
}

fn disk(computer: &Computer) -> Option<Finding> {
    let free = computer.disk_free?;
    let found = format!("{} MiB are free for the journal", free >> 20);
    let wanted = computer.journal_max.max(DISK_WANTED);
    Some(match free {
        _ if free < DISK_LEAST => Finding::missing("disk", found).so("make room: alerts that cannot be kept are lost"),
        _ if free < wanted => {
            Finding::warning("disk", found).so(format!("{} MiB let it grow as far as it may", wanted >> 20))
        }
        _ => Finding::good("disk", found),
    })
}

fn secret(file: &SecretFile) -> Finding {
    let (what, path) = (file.what, file.path.display());
    match &file.mode {
        Err(why) => Finding::missing(what, format!("{path} cannot be read: {why}")),
        Ok(mode) if mode & 0o077 != 0 => {
            Finding::warning(what, format!("{path} can be read by others (mode {:03o})", mode & 0o777))
                .so(format!("chmod 600 {path}: who reads it can give orders to the vehicle"))
        }
        Ok(_) => Finding::good(what, format!("{path} is read by its owner only")),
    }
}

fn bus(bus: &Bus) -> Finding {
    match bus {
        Bus::Closed(why) => Finding::missing("bus", format!("it cannot be joined: {why}"))
            .so("check [bus] in the configuration, the network, and the certificates"),
        Bus::Silent { connect, waited_s } if connect.is_empty() => {
            Finding::warning("bus", format!("no operations room came to us within {waited_s:.0} s"))
        }
        Bus::Silent { connect, waited_s } => Finding::warning(
            "bus",
            format!("no beat of an operations room came within {waited_s:.0} s by {}", connect.join(", ")),
        )
        .so("is the room running, for the same site? A vehicle without it flies its plan and obeys its lost-link rule"),
        Bus::Beats { ahead_s } if ahead_s.abs() > 2.0 => Finding::warning(
            "bus",
            format!("the operations room beats, but its clock is {:.1} s {} ours", ahead_s.abs(), side(*ahead_s)),
        )
        .so("set one of the two: signatures and recordings compare them"),
        Bus::Beats { .. } => Finding::good("bus", "the operations room beats"),
    }
}

fn side(ahead_s: f64) -> &'static str {
    if ahead_s > 0.0 { "ahead of" } else { "behind" }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn sound() -> Computer {
        Computer {
            now: "2026-11-21T03:00:00Z".parse().unwrap(),
            clock_kept: Some(true),
            journal: PathBuf::from("/var/lib/picket/journal"),
            journal_written: Ok(()),
            disk_free: Some(8 << 30),
            journal_max: 256 << 20,
            secrets: vec![SecretFile { what: "bus key", path: "/etc/picket/key.pem".into(), mode: Ok(0o100_600) }],
            bus: Bus::Beats { ahead_s: 0.1 },
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Computer), about: &str, verdict: Verdict, words: &str) {
        let mut computer = sound();
        change(&mut computer);
        let findings = findings(&computer);
        let worst = findings.iter().max_by_key(|finding| finding.verdict).unwrap();
        assert_eq!((worst.about, worst.verdict), (about, verdict), "{findings:?}");
        assert!(worst.found.contains(words), "{} should say {words:?}", worst.found);
    }

    #[test]
    fn a_sound_computer_has_nothing_to_look_at() {
        assert!(findings(&sound()).iter().all(|finding| finding.verdict == Verdict::Good));
    }

    #[test]
    fn every_thing_that_is_wrong_is_told_with_its_numbers() {
        check(|it| it.now = Timestamp::EPOCH, "clock", Verdict::Missing, "1970-01-01");
        check(|it| it.clock_kept = Some(false), "clock", Verdict::Warning, "no time source");
        check(
            |it| it.journal_written = Err("permission denied".into()),
            "journal",
            Verdict::Missing,
            "/var/lib/picket/journal cannot be written: permission denied",
        );
        check(|it| it.disk_free = Some(20 << 20), "disk", Verdict::Missing, "20 MiB are free");
        check(|it| it.disk_free = Some(300 << 20), "disk", Verdict::Warning, "300 MiB are free");
        check(|it| it.secrets[0].mode = Ok(0o100_644), "bus key", Verdict::Warning, "(mode 644)");
        check(|it| it.secrets[0].mode = Err("no such file".into()), "bus key", Verdict::Missing, "no such file");
        check(|it| it.bus = Bus::Closed("refused".into()), "bus", Verdict::Missing, "refused");
        check(|it| it.bus = Bus::Beats { ahead_s: -9.0 }, "bus", Verdict::Warning, "9.0 s behind ours");
        let connect = vec!["tcp/127.0.0.1:7447".to_owned()];
        check(
            |it| it.bus = Bus::Silent { connect, waited_s: 5.0 },
            "bus",
            Verdict::Warning,
            "within 5 s by tcp/127.0.0.1:7447",
        );
    }
}
