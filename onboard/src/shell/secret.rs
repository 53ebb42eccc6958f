//! The key for signatures and the clock that goes with it, on disk.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::VehicleConfig;
use crate::link::signing::{InvalidKey, KEEP_EVERY_S, Key, SigningClock};
use crate::link::wire::Wire;

/// The largest file that is looked at for a key, bytes.
const KEY_FILE_MAX: u64 = 1024;

/// The key cannot be used.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the key {} cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Others can read it, so it is none.
    #[error(
        "the key {} can be read or written by others than its owner (mode {mode:03o}): allowed is 600 or 400; make a \
         new key, others may have this one", path.display()
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is none.
    #[error("the key {}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What was found.
        #[source]
        source: InvalidKey,
    },
}

/// The key that the autopilot has too, and the vehicle's clock for stamps. None where nothing is signed to it.
pub(super) fn autopilot_key(config: &VehicleConfig) -> Result<Option<(Key, SigningClock)>, SecretError> {
    let signing = config.signing.as_ref().filter(|signing| signing.autopilot);
    signing.map(|signing| Ok((read_key(&signing.key)?, read_clock(&clock_path(config))))).transpose()
}

/// Where the vehicle's clock for stamps is kept: beside the journal.
fn clock_path(config: &VehicleConfig) -> PathBuf {
    config.journal.with_file_name(format!("{}-signing-clock", config.vehicle))
}

/// The clock for signatures, kept beside the journal.
pub(super) struct SigningClockFile {
    path: PathBuf,
    kept: SigningClock,
}

impl SigningClockFile {
    pub(super) fn of(config: &VehicleConfig) -> Self {
        Self { path: clock_path(config), kept: SigningClock::default() }
    }

    /// The clock as it was kept.
    pub(super) fn read(&self) -> SigningClock {
        read_clock(&self.path)
    }

    /// Writes it down when it has gone on far enough.
    pub(super) fn keep(&mut self, wire: &Wire) {
        let Some(clock) = wire.signing_clock().filter(|clock| clock.ahead_of_s(self.kept) >= KEEP_EVERY_S) else {
            return;
        };
        // Also when it fails, so that a broken disk is not tried with every frame.
        self.kept = clock;
        if let Err(error) = tokio::task::block_in_place(|| keep_clock(&self.path, clock)) {
            tracing::error!(path = %self.path.display(), %error, "the clock for signatures cannot be kept");
        }
    }
}

/// Reads a key that nobody but its owner can read.
pub(super) fn read_key(path: &Path) -> Result<Key, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    let file = fs::metadata(path).map_err(unreadable)?;
    let mode = file.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Open { path: path.to_owned(), mode });
    }
    if file.len() > KEY_FILE_MAX {
        return Err(unreadable(io::Error::other(format!("{} bytes are no key", file.len()))));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Key::from_hex(&text).map_err(|source| SecretError::Invalid { path: path.to_owned(), source })
}

/// The clock as it was kept; a fresh one where there is nothing readable. A clock that is lost is found again with the
/// first frame of a partner.
fn read_clock(path: &Path) -> SigningClock {
    match fs::read_to_string(path) {
        Ok(text) => text.trim_ascii().parse().map_or_else(
            |_| {
                tracing::warn!(path = %path.display(), "the clock for signatures is unreadable and begins anew");
                SigningClock::default()
            },
            SigningClock::restored,
        ),
        Err(_) => SigningClock::default(),
    }
}

/// Keeps the clock: the whole file or none.
fn keep_clock(path: &Path, clock: SigningClock) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, format!("{}\n", clock.stamp()))?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_refused_and_a_clock_goes_on_where_it_was() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("mavlink.key");
        fs::write(&path, format!("{}\n", "0f".repeat(32))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = read_key(&path).unwrap_err().to_string();
        assert!(refused.contains("mode 640") && refused.contains("600"), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read_key(&path).unwrap(), Key::new([0x0F; 32]));
        fs::write(&path, "0f0f").unwrap();
        assert!(matches!(read_key(&path), Err(SecretError::Invalid { .. })));
        let clock = folder.path().join("clock");
        assert_eq!(read_clock(&clock).stamp(), 0);
        keep_clock(&clock, SigningClock::restored(1_000_000)).unwrap();
        assert!(read_clock(&clock).stamp() > 1_000_000, "later than when it was kept");
        fs::write(&clock, "soon").unwrap();
        assert_eq!(read_clock(&clock).stamp(), 0);
    }
}
