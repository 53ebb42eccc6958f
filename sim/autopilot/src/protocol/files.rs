//! The vehicle's file system, in memory: what stations put there, its logs, and ArduPilot's files that are made up on
//! reading.
//!
//! Paths are kept without the leading slash. Stations may fill [`BYTES_MAX`]; beyond that there is no space.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Craft;
use super::super::parameters::Form;
use super::super::personality::Personality;
use super::frames::Peer;
use super::lists::{List, item_payload};

const BYTES_MAX: usize = 4 << 20;
/// What ArduPilot says of the size of a file it makes up on reading.
const FICTIONAL_SIZE: u32 = 1 << 20;
const PARAM_PACK: &str = "@PARAM/param.pck";
const MISSION_FILES: [(&str, List); 3] =
    [("@MISSION/mission.dat", List::Mission), ("@MISSION/fence.dat", List::Fence), ("@MISSION/rally.dat", List::Rally)];
const SYS_FILES: [&str; 2] = ["@SYS/uarts.txt", "@SYS/threads.txt"];
/// The first bytes of a packed file of parameters, and of mission items.
const PARAM_MAGIC: u16 = 0x671b;
const ITEMS_MAGIC: u16 = 0x763d;

/// Why something cannot be done, by MAVLink's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileError {
    Fail = 1,
    Exists = 8,
    Protected = 9,
    NotFound = 10,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Folder(String),
    File(String, u32),
}

/// What stations have put there.
#[derive(Debug)]
pub(super) struct Files {
    folders: BTreeSet<String>,
    files: BTreeMap<String, Vec<u8>>,
}

/// A path as it is kept.
pub(super) fn path_of(text: &str) -> &str {
    let text = text.split('?').next().unwrap_or("");
    text.trim_start_matches("./").trim_matches('/')
}

impl Files {
    pub(super) fn new(personality: Personality) -> Self {
        let folders: &[&str] = match personality {
            Personality::ArduPilot => &["APM", "APM/LOGS", "@PARAM", "@SYS", "@MISSION"],
            Personality::Px4 => &["fs", "fs/microsd", "fs/microsd/log", "etc"],
        };
        Self { folders: folders.iter().map(|folder| (*folder).to_owned()).collect(), files: BTreeMap::new() }
    }

    fn log_folder(craft: &Craft) -> &'static str {
        match craft.plant.personality {
            Personality::ArduPilot => "APM/LOGS",
            Personality::Px4 => "fs/microsd/log",
        }
    }

    fn used_bytes(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    /// What is in a folder, in order.
    pub(super) fn list(&self, folder: &str, craft: &Craft) -> Result<Vec<Entry>, FileError> {
        if !folder.is_empty() && !self.folders.contains(folder) {
            return Err(FileError::NotFound);
        }
        let within = |path: &str| {
            let rest = if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') };
            rest.filter(|rest| !rest.is_empty() && !rest.contains('/')).map(str::to_owned)
        };
        let folders = self.folders.iter().filter_map(|path| within(path)).map(Entry::Folder);
        let files = self.files.iter().filter_map(|(path, bytes)| Some(Entry::File(within(path)?, bytes.len() as u32)));
        let mut entries: Vec<Entry> = folders.chain(files).collect();
        if folder == Self::log_folder(craft) {
            let logs = craft.logbook.logs().iter();
            entries.extend(logs.map(|log| Entry::File(craft.logbook.file_name(log), log.bytes.len() as u32)));
        }
        if craft.plant.personality == Personality::ArduPilot {
            for path in made_up() {
                if let Some(name) = within(path) {
                    let size = self.size(path, craft)?;
                    entries.push(Entry::File(name, size));
                }
            }
        }
        Ok(entries)
    }

    /// The size a file is said to have.
    pub(super) fn size(&self, path: &str, craft: &Craft) -> Result<u32, FileError> {
        let fictional = craft.plant.quirks.fictional_file_sizes && made_up().any(|made_up| made_up == path);
        if fictional { Ok(FICTIONAL_SIZE) } else { Ok(self.read(path, craft)?.len() as u32) }
    }

    /// A whole file, as it is now.
    pub(super) fn read(&self, path: &str, craft: &Craft) -> Result<Vec<u8>, FileError> {
        if let Some(bytes) = self.files.get(path) {
            return Ok(bytes.clone());
        }
        let log = path.strip_prefix(Self::log_folder(craft)).and_then(|rest| rest.strip_prefix('/'));
        if let Some(name) = log {
            let log = craft.logbook.logs().iter().find(|log| craft.logbook.file_name(log) == name);
            return log.map(|log| log.bytes.clone()).ok_or(FileError::NotFound);
        }
        if craft.plant.personality == Personality::Px4 {
            return Err(FileError::NotFound);
        }
        if path == PARAM_PACK {
            return Ok(packed_parameters(craft));
        }
        if let Some((_, list)) = MISSION_FILES.iter().find(|(of_list, _)| *of_list == path) {
            return Ok(packed_items(*list, craft));
        }
        match SYS_FILES.iter().position(|of_system| *of_system == path) {
            Some(0) => Ok(b"UARTV1\nSERIAL0 TX=1 RX=1 TXBD=115200 RXBD=115200\n".to_vec()),
            Some(_) => Ok(b"ThreadsV2\nmain PRI=180 STACK=1024/8192\n".to_vec()),
            None => Err(FileError::NotFound),
        }
    }

    /// A new, empty file, in place of one of that name.
    pub(super) fn create(&mut self, path: &str) -> Result<(), FileError> {
        self.check_place(path)?;
        self.files.insert(path.to_owned(), Vec::new());
        Ok(())
    }

    /// Opens a file for writing; it is made if need be.
    pub(super) fn open_for_writing(&mut self, path: &str) -> Result<u32, FileError> {
        self.check_place(path)?;
        Ok(self.files.entry(path.to_owned()).or_default().len() as u32)
    }

    fn check_place(&self, path: &str) -> Result<(), FileError> {
        if path.starts_with('@') {
            return Err(FileError::Protected);
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if path.is_empty() || self.folders.contains(path) {
            return Err(FileError::Fail);
        }
        if folder.is_empty() || self.folders.contains(folder) { Ok(()) } else { Err(FileError::NotFound) }
    }

    pub(super) fn write(&mut self, path: &str, offset: usize, data: &[u8]) -> Result<(), FileError> {
        let used = self.used_bytes();
        let file = self.files.get_mut(path).ok_or(FileError::NotFound)?;
        let end = offset.saturating_add(data.len());
        if used - file.len() + end.max(file.len()) > BYTES_MAX {
            return Err(FileError::Fail);
        }
        if file.len() < end {
            file.resize(end, 0);
        }
        file[offset..end].copy_from_slice(data);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str, craft: &mut Craft) -> Result<(), FileError> {
        if self.files.remove(path).is_some() {
            return Ok(());
        }
        // Logs go all together or not at all.
        if self.read(path, craft).is_ok() { Err(FileError::Protected) } else { Err(FileError::NotFound) }
    }

    pub(super) fn truncate(&mut self, path: &str, length: usize) -> Result<(), FileError> {
        self.files.get_mut(path).ok_or(FileError::NotFound)?.truncate(length);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        self.check_place(to)?;
        if self.files.contains_key(to) {
            return Err(FileError::Exists);
        }
        let bytes = self.files.remove(from).ok_or(FileError::NotFound)?;
        self.files.insert(to.to_owned(), bytes);
        Ok(())
    }

    pub(super) fn create_folder(&mut self, path: &str) -> Result<(), FileError> {
        if self.folders.contains(path) {
            return Err(FileError::Exists);
        }
        // A thousand folders fill the store as well.
        if self.folders.len() >= 1000 {
            return Err(FileError::Fail);
        }
        self.check_place(path)?;
        self.folders.insert(path.to_owned());
        Ok(())
    }

    pub(super) fn remove_folder(&mut self, path: &str) -> Result<(), FileError> {
        let inside = format!("{path}/");
        let full = self.folders.iter().chain(self.files.keys()).any(|other| other.starts_with(&inside));
        if full || path.starts_with('@') {
            return Err(FileError::Fail);
        }
        if self.folders.remove(path) { Ok(()) } else { Err(FileError::NotFound) }
    }
}

/// The files ArduPilot makes up on reading.
fn made_up() -> impl Iterator<Item = &'static str> {
    [PARAM_PACK].into_iter().chain(MISSION_FILES.iter().map(|(path, _)| *path)).chain(SYS_FILES)
}

/// Every parameter in ArduPilot's packed form. Source: ArduPilot 4.5 `AP_Filesystem_Param`.
fn packed_parameters(craft: &Craft) -> Vec<u8> {
    let parameters = &craft.plant.parameters;
    let count = parameters.count();
    let mut bytes = Vec::new();
    for header in [PARAM_MAGIC, count, count] {
        bytes.extend(header.to_le_bytes());
    }
    for index in 0..count {
        let (name, form, value) = parameters.announced(index);
        let length = name.len() as u8 - 1;
        let kind = match form {
            Form::Int8 => 1,
            Form::Int16 => 2,
            Form::Int32 => 3,
            Form::Real32 => 4,
        };
        // No name shares its beginning with the one before: dearer, and always right.
        bytes.extend([kind, length << 4]);
        bytes.extend(name.as_bytes());
        match form {
            Form::Int8 => bytes.extend((value as i8).to_le_bytes()),
            Form::Int16 => bytes.extend((value as i16).to_le_bytes()),
            Form::Int32 => bytes.extend((value as i32).to_le_bytes()),
            Form::Real32 => bytes.extend(value.to_le_bytes()),
        }
    }
    bytes
}

/// A list in ArduPilot's packed form. Source: ArduPilot 4.5 `AP_Filesystem_Mission`.
fn packed_items(list: List, craft: &Craft) -> Vec<u8> {
    let items = list.items(craft);
    let mut bytes = Vec::new();
    for header in [ITEMS_MAGIC, list as u16, 0, 0, items.len() as u16] {
        bytes.extend(header.to_le_bytes());
    }
    let nobody = Peer { system: 0, component: 0 };
    for (seq, item) in (0..).zip(items) {
        bytes.extend(item_payload(item, nobody, list, seq, false, [item.x.to_le_bytes(), item.y.to_le_bytes()]));
    }
    bytes
}
