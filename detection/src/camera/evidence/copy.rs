//! `picket-sensor evidence copy`: what a vehicle's camera kept, taken from its disk after landing where the link never had room
//! for it.
//!
//! The ledger's chain is checked first. Each file is hashed when it is read and again when its copy was written; the ledger goes
//! along, so that a copy is checked the same way. A file that is not what the ledger says is not copied and is told, with the
//! rest all the same. A folder that was copied before gets what is new.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use telemetry::messages::EvidenceFile;
use thiserror::Error;

use super::folder::{FolderError, failed, told, write_whole};
use super::ledger::{LEDGER, Read, hash, read};

/// The evidence that a camera kept on disk.
#[derive(Debug, Args)]
pub(crate) struct Evidence {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Copy a camera's folder, and check its ledger and every file.
    Copy {
        /// The folder of the camera: [video.evidence] folder.
        folder: PathBuf,
        /// Where to.
        to: PathBuf,
    },
}

/// Does what it says, and says what came of it.
///
/// # Errors
/// Where the ledger was changed, a disk fails, or anything was not as the ledger says.
pub(crate) fn run(arguments: &Evidence) -> anyhow::Result<()> {
    let What::Copy { folder, to } = &arguments.what;
    let copied = copy(folder, to)?;
    for line in &copied.lines {
        println!("{line}");
    }
    println!("{} alerts, {} files copied, {} there before", copied.lines.len(), copied.files, copied.there);
    println!("the ledger's last line has SHA-256 {}", copied.ledger);
    for fault in &copied.faults {
        eprintln!("not copied: {fault}");
    }
    anyhow::ensure!(copied.faults.is_empty(), "{} files are not as the ledger says", copied.faults.len());
    Ok(())
}

/// Why nothing is copied.
#[derive(Debug, Error)]
enum CopyError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{path}: it is the ledger of another folder; copy to a folder of its own")]
    Another { path: PathBuf },
}

/// A file that is not as the ledger says.
#[derive(Debug, Error)]
enum Fault {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{path}: it is {found}, of {bytes} bytes")]
    Changed { path: PathBuf, found: telemetry::messages::FileHash, bytes: usize },
}

/// What came of it.
#[derive(Debug)]
struct Copied {
    /// An alert each.
    lines: Vec<String>,
    files: usize,
    there: usize,
    faults: Vec<Fault>,
    ledger: telemetry::messages::FileHash,
}

fn copy(folder: &Path, to: &Path) -> Result<Copied, CopyError> {
    let Read { whole, events, last } = read(folder)?;
    std::fs::create_dir_all(to).map_err(failed(to))?;
    let ledger = to.join(LEDGER);
    // What was copied before is the beginning of what there is now.
    let before = if ledger.exists() { std::fs::read(&ledger).map_err(failed(&ledger))? } else { Vec::new() };
    if !whole.starts_with(&before) {
        return Err(CopyError::Another { path: ledger });
    }
    let mut copied = Copied { lines: Vec::new(), files: 0, there: 0, faults: Vec::new(), ledger: last };
    for item in told(events) {
        let notice = item.notice;
        for file in notice.files() {
            match carry(&folder.join(file.hash.to_string()), &to.join(file.hash.to_string()), &file) {
                Ok(true) => copied.files += 1,
                Ok(false) => copied.there += 1,
                Err(fault) => copied.faults.push(fault),
            }
        }
        let picture = notice.snapshot.map(|snapshot| format!(", picture {}", snapshot.file.hash)).unwrap_or_default();
        copied.lines.push(format!("{} at {}: clip {}{picture}", notice.alert, notice.at, notice.clip.hash));
    }
    write_whole(&ledger, &whole)?;
    Ok(copied)
}

/// Copies a file, unless it is there; whether it was copied.
fn carry(from: &Path, to: &Path, file: &EvidenceFile) -> Result<bool, Fault> {
    if to.exists() && checked(to, file).is_ok() {
        return Ok(false);
    }
    write_whole(to, &checked(from, file)?)?;
    checked(to, file)?;
    Ok(true)
}

/// A file's bytes, where they are what was said.
fn checked(path: &Path, file: &EvidenceFile) -> Result<Vec<u8>, Fault> {
    let bytes = std::fs::read(path).map_err(failed(path))?;
    let found = hash(&bytes);
    if found == file.hash {
        return Ok(bytes);
    }
    Err(Fault::Changed { path: path.to_owned(), found, bytes: bytes.len() })
}

#[cfg(test)]
mod tests {
    use super::super::folder::Folder;
    use super::super::folder::tests::{add, alert, at};
    use super::*;

    #[test]
    fn a_copy_holds_what_the_ledger_says_and_a_second_one_only_what_is_new() {
        let (place, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut folder = Folder::open(place.path(), 350).unwrap();
        add(&mut folder, 1);
        let first = copy(place.path(), to.path()).unwrap();
        assert_eq!((first.lines.len(), first.files, first.there, first.faults.len()), (1, 2, 0, 0));
        assert!(first.lines[0].starts_with("kiel.1 at 2026-11-"), "{:?}", first.lines);
        folder.kept_by_room(at(50), &alert(1)).unwrap();
        for number in [2, 3, 4] {
            add(&mut folder, number);
        }
        let second = copy(place.path(), to.path()).unwrap();
        assert_eq!((second.lines.len(), second.files, second.there), (3, 6, 0), "the first was given up meanwhile");
        assert_eq!(copy(place.path(), to.path()).unwrap().there, 6);
        // A copy is checked as what it was made of.
        let again = tempfile::tempdir().unwrap();
        assert_eq!(copy(to.path(), again.path()).unwrap().ledger, second.ledger);
    }

    #[test]
    fn what_is_not_as_the_ledger_says_is_told_and_the_rest_is_copied() {
        let (place, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut folder = Folder::open(place.path(), 10_000).unwrap();
        let notices = [1, 2, 3].map(|number| add(&mut folder, number));
        let path = |of: usize| place.path().join(notices[of].clip.hash.to_string());
        std::fs::write(path(0), [9; 100]).unwrap();
        std::fs::remove_file(path(1)).unwrap();
        let copied = copy(place.path(), to.path()).unwrap();
        assert_eq!((copied.files, copied.faults.len()), (4, 2));
        assert!(copied.faults[0].to_string().contains("of 100 bytes"), "{}", copied.faults[0]);
        assert!(!to.path().join(notices[0].clip.hash.to_string()).exists());

        let other = tempfile::tempdir().unwrap();
        add(&mut Folder::open(other.path(), 10_000).unwrap(), 7);
        let said = copy(other.path(), to.path()).unwrap_err().to_string();
        assert!(said.contains("the ledger of another folder"), "{said}");
        let ledger = place.path().join(LEDGER);
        let text = std::fs::read_to_string(&ledger).unwrap();
        std::fs::write(&ledger, text.replacen("kiel.1", "kiel.7", 1)).unwrap();
        let said = copy(place.path(), to.path()).unwrap_err().to_string();
        assert!(said.contains("line 2"), "{said}");
    }
}
