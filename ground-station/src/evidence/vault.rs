//! The folder in which the room keeps evidence: files named by their SHA-256, put there when their hash is right and never
//! changed or removed.
//!
//! Bound: so many bytes. What would go beyond them is not fetched and stays with its camera; a person moves older files away.
//! What is being fetched is `NAME.part`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use telemetry::messages::{EvidenceFile, FileHash};
use thiserror::Error;

/// What a file is called while it is fetched.
const PART: &str = ".part";

/// Evidence that cannot be kept.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The disk.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder is as full as it may be.
    #[error("{wanted} bytes of evidence do not fit: {used} of {allowed} are used. Move older files away")]
    Full {
        /// How much was to be kept.
        wanted: u64,
        /// How much there is.
        used: u64,
        /// How much there may be.
        allowed: u64,
    },
    /// What came is not what was announced.
    #[error("a file that was announced as {announced} is {found}")]
    Other {
        /// Its announced hash.
        announced: FileHash,
        /// Its own.
        found: FileHash,
    },
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::File { path, source }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Vault {
    folder: PathBuf,
    bytes_max: u64,
}

impl Vault {
    /// Opens a folder, or makes it.
    pub(super) fn open(folder: &Path, bytes_max: u64) -> Result<Self, VaultError> {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        Ok(Self { folder: folder.to_owned(), bytes_max })
    }

    /// A file's place.
    pub(super) fn path(&self, hash: &FileHash) -> PathBuf {
        self.folder.join(hash.to_string())
    }

    fn part(&self, hash: &FileHash) -> PathBuf {
        self.folder.join(format!("{hash}{PART}"))
    }

    /// How much of a file was fetched; nothing when it is there.
    pub(super) fn fetched(&self, file: &EvidenceFile) -> Option<u64> {
        if self.path(&file.hash).is_file() {
            return None;
        }
        Some(self.part(&file.hash).metadata().map_or(0, |part| part.len()))
    }

    /// Whether so much more may be kept.
    pub(super) fn admit(&self, wanted: u64) -> Result<(), VaultError> {
        let mut used = 0;
        for entry in std::fs::read_dir(&self.folder).map_err(failed(&self.folder))? {
            // One that is being moved away just now counts for nothing.
            used += entry.and_then(|entry| entry.metadata()).map_or(0, |file| file.len());
        }
        if used + wanted > self.bytes_max {
            return Err(VaultError::Full { wanted, used, allowed: self.bytes_max });
        }
        Ok(())
    }

    /// Writes a piece behind what is there.
    pub(super) fn append(&self, hash: &FileHash, bytes: &[u8]) -> Result<(), VaultError> {
        let path = self.part(hash);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(failed(&path))
    }

    /// Checks a file that was fetched, and puts it where it stays. One that is another is thrown away.
    pub(super) fn seal(&self, file: &EvidenceFile) -> Result<(), VaultError> {
        let part = self.part(&file.hash);
        let found = hash(&part).map_err(failed(&part))?;
        if found != file.hash {
            std::fs::remove_file(&part).map_err(failed(&part))?;
            return Err(VaultError::Other { announced: file.hash, found });
        }
        let path = self.path(&file.hash);
        let kept = File::open(&part).and_then(|file| file.sync_all());
        kept.and_then(|()| {
            // Nobody writes to evidence, this program included.
            let mut permissions = part.metadata()?.permissions();
            permissions.set_readonly(true);
            std::fs::set_permissions(&part, permissions)?;
            std::fs::rename(&part, &path)?;
            File::open(&self.folder)?.sync_all()
        })
        .map_err(failed(&path))
    }

    /// Throws away what was fetched of a file that cannot be had.
    pub(super) fn forget(&self, hash: &FileHash) {
        // Where there is none of it, there is nothing to throw away.
        let _ = std::fs::remove_file(self.part(hash));
    }
}

/// The SHA-256 of a file.
fn hash(path: &Path) -> std::io::Result<FileHash> {
    let (mut file, mut hash, mut piece) = (File::open(path)?, Sha256::new(), vec![0; 64 * 1024]);
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(FileHash::new(hash.finalize().into()));
        }
        hash.update(&piece[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> EvidenceFile {
        EvidenceFile { hash: FileHash::new(Sha256::digest(bytes).into()), bytes: bytes.len() as u64 }
    }

    #[test]
    fn a_file_is_put_away_when_its_hash_is_right_and_thrown_away_when_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), 1_000).unwrap();
        let right = file(b"a clip of an alert");
        vault.append(&right.hash, b"a clip of ").unwrap();
        assert_eq!(vault.fetched(&right), Some(10));
        // A room that is opened anew goes on there.
        let vault = Vault::open(folder.path(), 1_000).unwrap();
        vault.append(&right.hash, b"an alert").unwrap();
        vault.seal(&right).unwrap();
        assert_eq!(vault.fetched(&right), None);
        let path = vault.path(&right.hash);
        assert_eq!(std::fs::read(&path).unwrap(), b"a clip of an alert");
        assert!(path.metadata().unwrap().permissions().readonly());

        let wrong = file(b"another");
        vault.append(&wrong.hash, b"anothes").unwrap();
        let error = vault.seal(&wrong).unwrap_err();
        assert!(matches!(error, VaultError::Other { announced, .. } if announced == wrong.hash), "{error}");
        assert_eq!((vault.fetched(&wrong), vault.path(&wrong.hash).exists()), (Some(0), false));
    }

    #[test]
    fn a_full_folder_takes_no_more_and_says_with_the_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), 30).unwrap();
        vault.append(&file(b"x").hash, &[0; 20]).unwrap();
        vault.admit(10).unwrap();
        let said = vault.admit(11).unwrap_err().to_string();
        assert!(said.contains("11 bytes of evidence do not fit: 20 of 30"), "{said}");
    }
}
