//! The real programs of a live night, as child processes: started, watched, stopped, each with its log.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a program has to come up.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// How long a program has to end after it was asked to; each promises five seconds.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// A program that did not do what it should.
#[derive(Debug, Error)]
pub(super) enum ChildError {
    /// It is not where it should be.
    #[error("{program} is not beside picket-sim at {path}: build it with `cargo build --workspace --bins`")]
    Missing {
        /// Which program.
        program: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It could not be started.
    #[error("cannot start {program}")]
    Start {
        /// Which program.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It ended, or said nothing, before it was ready.
    #[error("{program} did not come up; its log is {log}")]
    NotReady {
        /// Which program.
        program: &'static str,
        /// Where its log is.
        log: PathBuf,
    },
}

/// A running program.
#[derive(Debug)]
pub(super) struct Program {
    name: String,
    log: PathBuf,
    child: Child,
    told: bool,
}

impl Program {
    /// Starts a program that stands beside this one, its log in `dir`.
    ///
    /// # Errors
    /// [`ChildError`] when it is not there or cannot be started.
    pub(super) fn start(
        program: &'static str,
        name: &str,
        arguments: &[&str],
        config: &Path,
        dir: &Path,
    ) -> Result<Self, ChildError> {
        let failed = |source| ChildError::Start { program, source };
        let path = std::env::current_exe().map_err(failed)?.with_file_name(program);
        if !path.is_file() {
            return Err(ChildError::Missing { program, path });
        }
        let log = dir.join(format!("{name}.log"));
        let child = Command::new(path)
            .args(arguments)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(failed)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Self { name: name.to_owned(), log, child, told: false })
    }

    /// Waits for the line that says it is ready, and gives back what follows `prefix`.
    ///
    /// # Errors
    /// [`ChildError::NotReady`] when it ends first or takes too long.
    pub(super) async fn ready(&mut self, program: &'static str, prefix: &str) -> Result<String, ChildError> {
        let not_ready = ChildError::NotReady { program, log: self.log.clone() };
        let Some(stdout) = self.child.stdout.take() else { return Err(not_ready) };
        let mut lines = BufReader::new(stdout).lines();
        let found = timeout(READY_WITHIN, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(rest) = line.strip_prefix(prefix) {
                    return Some(rest.trim().to_owned());
                }
            }
            None
        })
        .await;
        // What it says later must not fill the pipe and hold it up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        found.ok().flatten().ok_or(not_ready)
    }

    /// Its process id.
    #[must_use]
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its name and log, and the word for how it ended, once, if it has ended by itself.
    pub(super) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten().filter(|_| !self.told)?;
        self.told = true;
        Some(format!("{} ended ({status}); its log is {}", self.name, self.log.display()))
    }

    /// The last line of its log: why it ended, where it ended by itself.
    pub(super) fn last_words(&self) -> Option<String> {
        let log = std::fs::read_to_string(&self.log).ok()?;
        log.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }

    /// Asks it to end, waits, and says what went wrong, if anything did.
    pub(super) async fn stop(mut self) -> Option<String> {
        if self.child.try_wait().ok().flatten().is_some() {
            return None;
        }
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            // It may have ended in between: then there is nothing to ask.
            let _ = kill_process(pid, Signal::TERM);
        }
        match timeout(STOP_WITHIN, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => None,
            Ok(Ok(status)) => Some(format!("{} ended with {status}; its log is {}", self.name, self.log.display())),
            Ok(Err(error)) => Some(format!("{} could not be waited for: {error}", self.name)),
            Err(_) => {
                let _ = self.child.kill().await;
                Some(format!("{} did not end within {} s and was killed", self.name, STOP_WITHIN.as_secs()))
            }
        }
    }
}
