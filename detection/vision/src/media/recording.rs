//! A stream recorded in segments whose hashes are chained, so that nothing can be changed, left out or put in later
//! without it showing.
//!
//! A segment begins with a key frame and plays by itself. When it is complete its line is added to `manifest.jsonl`:
//!
//! ```json
//! {"segment":3,"file":"000003.ts","begins_ns":…,"ends_ns":…,"bytes":1830336,"picture":[640,512],"sha256":"9f…","previous":"41…"}
//! ```
//!
//! `previous` is the SHA-256 of the whole line before, without its line ending (of the first line: 64 zeros). Whoever
//! knows the hash of the last line can check all the rest ([`verify`]); it is what to sign, or to tell somebody else.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::transport::Chunk;

/// What the first line has before it.
const NONE_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The name of the list of segments.
pub const MANIFEST: &str = "manifest.jsonl";

/// A recording that cannot be written, or is not what it was.
#[derive(Debug, Error)]
pub enum RecordingError {
    /// A file.
    #[error("the recording {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the manifest that is none.
    #[error("{path}, line {line}: not a segment's line")]
    Line {
        /// The manifest.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A line that does not follow the one before.
    #[error("{path}, line {line}: segment {found} where {expected} was due, or another line before it than it says")]
    Chain {
        /// The manifest.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Its segment.
        found: u64,
        /// The one due.
        expected: u64,
    },
    /// A segment that is not what it was.
    #[error("{path}: {found_bytes} bytes with SHA-256 {found}, but the manifest says {said_bytes} with {said}")]
    Changed {
        /// The segment's file.
        path: PathBuf,
        /// Its bytes.
        found_bytes: u64,
        /// Its hash.
        found: String,
        /// The manifest's bytes.
        said_bytes: u64,
        /// The manifest's hash.
        said: String,
    },
}

/// A line of the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Counted from 0.
    pub segment: u64,
    /// The file, in the manifest's folder.
    pub file: String,
    /// When its first frame was taken, UTC, ns since 1970.
    pub begins_ns: i64,
    /// When its last was.
    pub ends_ns: i64,
    /// Length.
    pub bytes: u64,
    /// Width and height of its frames, pixels; recordings of older versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<[usize; 2]>,
    /// Of the file, hexadecimal.
    pub sha256: String,
    /// Of the line before, hexadecimal.
    pub previous: String,
}

/// The segment being written.
#[derive(Debug)]
struct Open {
    file: BufWriter<File>,
    name: String,
    hash: Sha256,
    bytes: u64,
    picture: [usize; 2],
    begins_ns: i64,
    ends_ns: i64,
    begins_stream_ns: u64,
}

/// Writes a recording.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
    segment_ns: u64,
    next: u64,
    previous: String,
    open: Option<Open>,
}

impl Recorder {
    /// Begins a recording in a folder, which must not hold one yet; segments are at least so long.
    ///
    /// # Errors
    /// Where the folder cannot be made, or holds a recording.
    pub fn begin(folder: &Path, segment_ns: u64) -> Result<Self, RecordingError> {
        std::fs::create_dir_all(folder).map_err(|source| file(folder, source))?;
        let manifest = folder.join(MANIFEST);
        OpenOptions::new().write(true).create_new(true).open(&manifest).map_err(|source| file(&manifest, source))?;
        let folder = folder.to_owned();
        Ok(Self { folder, segment_ns, next: 0, previous: NONE_BEFORE.to_owned(), open: None })
    }

    /// Takes the next chunk; `captured_at_ns` is the time of its frame, UTC, `picture` how large it is. What comes before the first key frame is left
    /// out: nothing could play it.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn write(&mut self, chunk: &Chunk, captured_at_ns: i64, picture: [usize; 2]) -> Result<(), RecordingError> {
        let due = |open: &Open| {
            open.picture != picture || chunk.stream_ns.saturating_sub(open.begins_stream_ns) >= self.segment_ns
        };
        if chunk.key && self.open.as_ref().is_none_or(due) {
            self.finish()?;
            self.open = Some(self.segment(chunk, captured_at_ns, picture)?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let path = self.folder.join(&open.name);
        open.file.write_all(&chunk.packets).map_err(|source| file(&path, source))?;
        open.hash.update(&chunk.packets);
        open.bytes += chunk.packets.len() as u64;
        open.ends_ns = captured_at_ns;
        Ok(())
    }

    /// Ends the segment being written; the next key frame would begin another. The hash of the last line.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn finish(&mut self) -> Result<&str, RecordingError> {
        if let Some(open) = self.open.take() {
            let path = self.folder.join(&open.name);
            let file_written = open.file.into_inner().map_err(|error| file(&path, error.into_error()))?;
            file_written.sync_all().map_err(|source| file(&path, source))?;
            let line = Segment {
                segment: self.next,
                file: open.name,
                begins_ns: open.begins_ns,
                ends_ns: open.ends_ns,
                bytes: open.bytes,
                picture: Some(open.picture),
                sha256: hex(&open.hash.finalize()),
                previous: self.previous.clone(),
            };
            let line = serde_json::to_string(&line).expect("a struct of numbers and texts is JSON");
            let path = self.folder.join(MANIFEST);
            let mut manifest = OpenOptions::new().append(true).open(&path).map_err(|source| file(&path, source))?;
            writeln!(manifest, "{line}").and_then(|()| manifest.sync_all()).map_err(|source| file(&path, source))?;
            self.previous = hex(&Sha256::digest(line.as_bytes()));
            self.next += 1;
        }
        Ok(&self.previous)
    }

    fn segment(&self, chunk: &Chunk, captured_at_ns: i64, picture: [usize; 2]) -> Result<Open, RecordingError> {
        let name = format!("{:06}.ts", self.next);
        let path = self.folder.join(&name);
        // What was recorded is never written over.
        let created = OpenOptions::new().write(true).create_new(true).open(&path);
        Ok(Open {
            file: BufWriter::new(created.map_err(|source| file(&path, source))?),
            name,
            hash: Sha256::new(),
            bytes: 0,
            picture,
            begins_ns: captured_at_ns,
            ends_ns: captured_at_ns,
            begins_stream_ns: chunk.stream_ns,
        })
    }
}

/// Checks a recording: every file against its line, every line against the one before. The hash of the last line, which
/// has to be the one that was kept elsewhere.
///
/// # Errors
/// The first thing that is not as it was.
pub fn verify(folder: &Path) -> Result<String, RecordingError> {
    let (segments, last) = chain(folder)?;
    for segment in &segments {
        verified(folder, segment)?;
    }
    Ok(last)
}

/// The segments of a recording whose chain is whole; their files are not looked at.
pub(super) fn segments(folder: &Path) -> Result<Vec<Segment>, RecordingError> {
    chain(folder).map(|(segments, _)| segments)
}

/// The manifest's lines, each following the one before, and the hash of the last.
fn chain(folder: &Path) -> Result<(Vec<Segment>, String), RecordingError> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(|source| file(&path, source))?;
    let (mut previous, mut segments) = (NONE_BEFORE.to_owned(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let segment: Segment = serde_json::from_str(line).map_err(|source| RecordingError::Line {
            path: path.clone(),
            line: number + 1,
            source,
        })?;
        if segment.previous != previous || segment.segment != number as u64 {
            let (found, expected) = (segment.segment, number as u64);
            return Err(RecordingError::Chain { path, line: number + 1, found, expected });
        }
        previous = hex(&Sha256::digest(line.as_bytes()));
        segments.push(segment);
    }
    Ok((segments, previous))
}

/// A segment's bytes, where they are what its line says.
pub(super) fn verified(folder: &Path, segment: &Segment) -> Result<Vec<u8>, RecordingError> {
    // A manifest's file is in its folder, whatever it says.
    let name = Path::new(&segment.file).file_name().map(PathBuf::from).unwrap_or_default();
    let path = folder.join(name);
    let length = std::fs::metadata(&path).map_err(|source| file(&path, source))?.len();
    // One that has grown is not read to find out.
    let bytes = if length == segment.bytes { std::fs::read(&path) } else { Ok(Vec::new()) };
    let bytes = bytes.map_err(|source| file(&path, source))?;
    let found = hex(&Sha256::digest(&bytes));
    if length != segment.bytes || found != segment.sha256 {
        let (said_bytes, said) = (segment.bytes, segment.sha256.clone());
        return Err(RecordingError::Changed { path, found_bytes: length, found, said_bytes, said });
    }
    Ok(bytes)
}

fn file(path: &Path, source: std::io::Error) -> RecordingError {
    RecordingError::File { path: path.to_owned(), source }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records `count` chunks, a key frame every fourth, in segments of eight.
    fn recorded(folder: &Path, count: u64) -> String {
        let mut recorder = Recorder::begin(folder, 8_000).unwrap();
        for i in 0..count {
            let chunk = Chunk { packets: vec![i as u8; 188].into(), key: i % 4 == 1, stream_ns: i * 1_000 };
            recorder.write(&chunk, 5_000_000 + i as i64, [640, 512]).unwrap();
        }
        recorder.finish().unwrap().to_owned()
    }

    #[test]
    fn segments_begin_with_key_frames_and_the_chain_holds() {
        let folder = tempfile::tempdir().unwrap();
        let last = recorded(folder.path(), 30);
        assert_eq!(verify(folder.path()).unwrap(), last);
        let first = std::fs::read(folder.path().join("000000.ts")).unwrap();
        assert_eq!((first[0], first.len()), (1, 8 * 188), "what came before the first key frame is left out");
        let text = std::fs::read_to_string(folder.path().join(MANIFEST)).unwrap();
        let lines: Vec<Segment> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), lines[1].begins_ns, lines[3].ends_ns), (4, 5_000_009, 5_000_029));
    }

    #[test]
    fn whatever_is_changed_afterwards_shows() {
        let check = |tamper: &dyn Fn(&Path), expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            let last = recorded(folder.path(), 30);
            tamper(folder.path());
            let said = verify(folder.path())
                .map(|found| if found == last { "the same".into() } else { "another last line".into() });
            let said: String = said.unwrap_or_else(|error| error.to_string());
            assert!(said.contains(expected), "{said:?} does not say {expected:?}");
        };
        let manifest = |folder: &Path, change: &dyn Fn(Vec<&str>) -> Vec<String>| {
            let path = folder.join(MANIFEST);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, change(text.lines().collect()).join("\n")).unwrap();
        };
        let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect::<Vec<_>>();
        check(&|_| {}, "the same");
        check(&|folder| std::fs::write(folder.join("000001.ts"), [0; 188]).unwrap(), "000001.ts: 188 bytes");
        check(&|folder| std::fs::remove_file(folder.join("000002.ts")).unwrap(), "000002.ts");
        check(
            &|folder| {
                manifest(folder, &|mut lines| {
                    lines.remove(1);
                    owned(lines)
                })
            },
            "line 2: segment 2 where 1",
        );
        check(
            &|folder| {
                manifest(folder, &|mut lines| {
                    lines.pop();
                    owned(lines)
                })
            },
            "another last line",
        );
        let later = |lines: Vec<&str>| lines.iter().map(|line| line.replace("5000001", "5000002")).collect();
        check(&|folder| manifest(folder, &later), "line 2: segment 1 where 1");
        check(&|folder| manifest(folder, &|lines| vec![lines[0].to_owned(), "{}".into()]), "line 2: not a segment");
    }

    #[test]
    fn a_recording_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        recorded(folder.path(), 3);
        assert!(matches!(Recorder::begin(folder.path(), 1), Err(RecordingError::File { .. })));
    }
}
