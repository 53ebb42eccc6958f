//! The folder in which a camera keeps its clips and pictures until the room has them, and as long after that as there is
//! room.
//!
//! A file is named by its SHA-256, and written whole before the ledger speaks of it. Bound: so many bytes of files; when a
//! clip would go beyond them, the oldest that the room has goes, and where it has none of them, the oldest: that is evidence
//! lost, which is logged and counted. The ledger itself, some 800 bytes an alert, stays.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use telemetry::messages::{EVIDENCE_PIECE_MAX, EvidenceNotice, FileHash};
use telemetry::{AlertId, Timestamp};
use thiserror::Error;

use super::ledger::{Event, LEDGER, Ledger};

/// A folder that cannot be used.
#[derive(Debug, Error)]
pub(super) enum FolderError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "{path}, line {line}: it is not what was written there, or does not follow the line before. What the folder holds may \
         be evidence: keep it, and give the camera another"
    )]
    Changed { path: PathBuf, line: usize },
    #[error("a clip of {found} bytes: allowed are {allowed}, for the whole folder")]
    TooLong { found: u64, allowed: u64 },
}

pub(super) fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::File { path, source }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    bytes_max: u64,
    bytes: u64,
    items: VecDeque<Item>,
    ledger: Ledger,
    lost: u64,
    /// Where the next round of telling the room begins.
    told: usize,
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) notice: EvidenceNotice,
    kept_by_room: bool,
}

/// What is there after such events.
pub(super) fn told(events: Vec<Event>) -> VecDeque<Item> {
    let mut items: VecDeque<Item> = VecDeque::new();
    for event in events {
        match event {
            Event::Cut(cut) => items.extend(cut.notice().map(|notice| Item { notice, kept_by_room: false })),
            Event::KeptByRoom { alert } => {
                let of = items.iter_mut().filter(|item| item.notice.alert == alert);
                of.for_each(|item| item.kept_by_room = true);
            }
            Event::GivenUp { alert } => items.retain(|item| item.notice.alert != alert),
        }
    }
    items
}

impl Item {
    fn bytes(&self) -> u64 {
        self.notice.files().map(|file| file.bytes).sum()
    }
}

impl Folder {
    /// Opens a folder, or makes one.
    pub(super) fn open(path: &Path, bytes_max: u64) -> Result<Self, FolderError> {
        std::fs::create_dir_all(path).map_err(failed(path))?;
        let (ledger, events) = Ledger::open(path)?;
        let mut items = told(events);
        let here = |item: &Item| {
            let whole = |file: telemetry::messages::EvidenceFile| {
                path.join(file.hash.to_string()).metadata().is_ok_and(|found| found.len() == file.bytes)
            };
            let here = item.notice.files().all(whole);
            if !here {
                tracing::error!(alert = %item.notice.alert, "evidence is gone from {}", path.display());
            }
            here
        };
        items.retain(here);
        let bytes = items.iter().map(Item::bytes).sum();
        let folder = Self { path: path.to_owned(), bytes_max, bytes, items, ledger, lost: 0, told: 0 };
        folder.sweep()?;
        Ok(folder)
    }

    /// Keeps files under an alert, which it has nothing of yet.
    pub(super) fn add(
        &mut self,
        now: Timestamp,
        notice: EvidenceNotice,
        files: &[(FileHash, &[u8])],
    ) -> Result<(), FolderError> {
        let item = Item { notice, kept_by_room: false };
        if item.bytes() > self.bytes_max {
            return Err(FolderError::TooLong { found: item.bytes(), allowed: self.bytes_max });
        }
        while self.bytes + item.bytes() > self.bytes_max {
            self.give_way(now)?;
        }
        for (hash, bytes) in files {
            write_whole(&self.path.join(hash.to_string()), bytes)?;
        }
        self.write(now, Event::Cut(Box::new((&item.notice).into())))?;
        self.bytes += item.bytes();
        self.items.push_back(item);
        Ok(())
    }

    /// Notes that the room has what was cut of an alert. Whether anything was.
    pub(super) fn kept_by_room(&mut self, now: Timestamp, alert: &AlertId) -> Result<bool, FolderError> {
        let Some(place) = self.items.iter().position(|item| item.notice.alert == *alert) else { return Ok(false) };
        if !self.items[place].kept_by_room {
            self.write(now, Event::KeptByRoom { alert: alert.clone() })?;
            self.items[place].kept_by_room = true;
        }
        Ok(true)
    }

    /// The next so many notices that the room has not answered, in turn.
    pub(super) fn next_to_tell(&mut self, count: usize) -> Vec<EvidenceNotice> {
        let waiting: Vec<_> = self.items.iter().filter(|item| !item.kept_by_room).map(|item| &item.notice).collect();
        let from = if self.told < waiting.len() { self.told } else { 0 };
        let notices: Vec<_> = waiting.into_iter().skip(from).take(count).cloned().collect();
        self.told = from + notices.len();
        notices
    }

    /// A file of what was cut of an alert, to be read; nothing else is ever given out.
    pub(super) fn path_of(&self, alert: &AlertId, hash: &FileHash) -> Option<PathBuf> {
        let of = |item: &&Item| item.notice.alert == *alert && item.notice.files().any(|file| file.hash == *hash);
        self.items.iter().find(of).map(|_| self.path.join(hash.to_string()))
    }

    /// The alerts of which there is something.
    pub(super) fn alerts(&self) -> impl Iterator<Item = AlertId> {
        self.items.iter().map(|item| item.notice.alert.clone())
    }

    /// How many had to go before the room had them.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Gives up the oldest that the room has, else the oldest.
    fn give_way(&mut self, now: Timestamp) -> Result<(), FolderError> {
        let place = self.items.iter().position(|item| item.kept_by_room).unwrap_or(0);
        let Some(item) = self.items.remove(place) else { return Ok(()) };
        let alert = item.notice.alert.clone();
        if !item.kept_by_room {
            self.lost += 1;
            tracing::error!(%alert, lost = self.lost, "the folder is full: evidence is given up that the room never fetched");
        }
        self.bytes -= item.bytes();
        self.write(now, Event::GivenUp { alert })?;
        self.sweep()
    }

    /// Removes what the ledger does not speak of: files of an alert that was given up, or were not finished.
    fn sweep(&self) -> Result<(), FolderError> {
        let known: BTreeSet<String> =
            self.items.iter().flat_map(|item| item.notice.files()).map(|file| file.hash.to_string()).collect();
        for entry in std::fs::read_dir(&self.path).map_err(failed(&self.path))? {
            let entry = entry.map_err(failed(&self.path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Somebody else's files stay.
            let ours = name.strip_suffix(PART).unwrap_or(&name).parse::<FileHash>().is_ok();
            if ours && name != LEDGER && !known.contains(&name) {
                std::fs::remove_file(entry.path()).map_err(failed(&entry.path()))?;
            }
        }
        Ok(())
    }

    fn write(&mut self, now: Timestamp, event: Event) -> Result<(), FolderError> {
        self.ledger.write(now, event).map_err(failed(&self.path.join(LEDGER)))
    }
}

/// What a file is called while it is written.
const PART: &str = ".part";

/// A file is there whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let mut part = path.as_os_str().to_owned();
    part.push(PART);
    let part = PathBuf::from(part);
    let mut file = File::create(&part).map_err(failed(&part))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed(&part))?;
    std::fs::rename(&part, path).map_err(failed(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

/// A piece of a file, so many bytes at most.
pub(super) fn piece(path: &Path, offset: u64, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(bytes_max.min(EVIDENCE_PIECE_MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use telemetry::messages::{EvidenceFile, EvidenceSnapshot, VideoBox};

    use super::super::ledger::hash;
    use super::*;

    pub(in super::super) fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_nanos(1_795_230_720_123_456_789 + s * 1_000_000_000)
    }

    pub(in super::super) fn alert(number: u64) -> AlertId {
        format!("kiel.{number}").parse().unwrap()
    }

    /// Adds a clip of 100 bytes and a picture of 10.
    pub(in super::super) fn add(folder: &mut Folder, number: u64) -> EvidenceNotice {
        let (clip, picture) = (vec![number as u8; 100], vec![number as u8; 10]);
        let file = |bytes: &[u8]| EvidenceFile { hash: hash(bytes), bytes: bytes.len() as u64 };
        let boxes = vec![VideoBox { bounds: [1.5; 4], class: "drone".into(), confidence: 0.7, track: Some(3) }];
        let notice = EvidenceNotice {
            sensor: "mast-1".parse().unwrap(),
            alert: alert(number),
            at: at(10),
            begins: at(0),
            ends: at(30),
            picture: [640, 512],
            clip: file(&clip),
            snapshot: Some(EvidenceSnapshot { file: file(&picture), taken_at: at(10), boxes }),
        };
        let files = [(hash(&clip), &clip[..]), (hash(&picture), &picture[..])];
        folder.add(at(40), notice.clone(), &files).unwrap();
        notice
    }

    #[test]
    fn what_was_kept_is_there_after_a_restart_and_so_is_what_the_room_has() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(place.path(), 10_000).unwrap();
        let notices = [1, 2, 3].map(|number| add(&mut folder, number));
        assert!(folder.kept_by_room(at(50), &alert(2)).unwrap());
        assert!(!folder.kept_by_room(at(50), &alert(9)).unwrap(), "nothing was cut of it");
        drop(folder);
        // The power went while something was written.
        let ledger = place.path().join(LEDGER);
        let whole = std::fs::read(&ledger).unwrap();
        std::fs::write(&ledger, [&whole[..], b"{\"event\":{\"kep"].concat()).unwrap();
        let stray = place.path().join(format!("{}{PART}", hash(b"stray")));
        std::fs::write(&stray, b"str").unwrap();
        std::fs::write(place.path().join("note.txt"), b"somebody's").unwrap();
        let mut folder = Folder::open(place.path(), 10_000).unwrap();
        assert_eq!(std::fs::read(&ledger).unwrap(), whole);
        assert!(!stray.exists() && place.path().join("note.txt").exists());
        assert_eq!(folder.next_to_tell(9), [notices[0].clone(), notices[2].clone()]);
        assert_eq!(folder.alerts().collect::<Vec<_>>(), [1, 2, 3].map(alert));
        let path = folder.path_of(&alert(1), &notices[0].clip.hash).unwrap();
        assert_eq!((piece(&path, 90, 99).unwrap(), piece(&path, 100, 99).unwrap()), (vec![1; 10], vec![]));
        assert_eq!(folder.path_of(&alert(1), &notices[1].clip.hash), None, "of another alert");
        // Told in turn, whatever the room does with the first.
        assert_eq!(folder.next_to_tell(1), [notices[0].clone()]);
        assert_eq!(folder.next_to_tell(1), [notices[2].clone()]);
        assert_eq!(folder.next_to_tell(1), [notices[0].clone()]);
    }

    #[test]
    fn what_the_room_has_goes_first_then_the_oldest_and_that_is_counted() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(place.path(), 350).unwrap();
        for number in [1, 2, 3] {
            add(&mut folder, number);
        }
        folder.kept_by_room(at(50), &alert(2)).unwrap();
        add(&mut folder, 4);
        assert_eq!((folder.alerts().collect::<Vec<_>>(), folder.lost()), ([1, 3, 4].map(alert).to_vec(), 0));
        add(&mut folder, 5);
        assert_eq!((folder.alerts().collect::<Vec<_>>(), folder.lost()), ([3, 4, 5].map(alert).to_vec(), 1));
        let files = std::fs::read_dir(place.path()).unwrap().count();
        assert_eq!((files, folder.bytes), (7, 330), "two files each, and the ledger");
        assert_eq!(Folder::open(place.path(), 350).unwrap().alerts().collect::<Vec<_>>(), [3, 4, 5].map(alert));
    }

    #[test]
    fn a_ledger_that_was_changed_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(place.path(), 10_000).unwrap();
        for number in [1, 2] {
            add(&mut folder, number);
        }
        let ledger = place.path().join(LEDGER);
        let text = std::fs::read_to_string(&ledger).unwrap();
        std::fs::write(&ledger, text.replacen("kiel.1", "kiel.7", 1)).unwrap();
        let said = Folder::open(place.path(), 10_000).unwrap_err().to_string();
        assert!(said.contains("line 2"), "{said}");
    }
}
