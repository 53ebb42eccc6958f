//! The thread that writes the recording.
//!
//! The owner of the station hands over what goes in and out, in order. A recording with a hole would not replay, so
//! when the disk cannot keep up the recording ends where it is, and says so; the room goes on.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use telemetry::recording::RecordingError;
use telemetry::{SiteId, Timestamp};

use super::ServeError;
use crate::recording::{Setup, Tap};
use crate::station::{Input, Output};

/// The most inputs and outputs that wait for the disk.
const WAITING_MAX: usize = 16_384;
/// How many names are tried before one is found that no earlier recording has.
const NAMES_MAX: u32 = 10_000;

/// The recording, being written.
#[derive(Debug)]
pub(super) struct RecorderThread {
    path: PathBuf,
    queue: Option<SyncSender<(Timestamp, Passed)>>,
    thread: JoinHandle<Result<(), RecordingError>>,
}

/// What passed the station's door.
#[derive(Debug)]
enum Passed {
    In(Input),
    Out(Output),
}

impl RecorderThread {
    /// Begins a recording. An earlier one is evidence and is left as it is: the next free name is taken.
    pub(super) fn open(wanted: &Path, site: &SiteId, setup: &Setup) -> Result<Self, ServeError> {
        let failed = |source: RecordingError| ServeError::Recording { path: wanted.to_owned(), source };
        let (path, file) = create(wanted).map_err(|error| failed(error.into()))?;
        let tap = Tap::new(Synced(BufWriter::new(file)), site, setup).map_err(failed)?;
        let (queue, passed) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new().name("recording".to_owned()).spawn(move || write(tap, &passed));
        Ok(Self { path, queue: Some(queue), thread: thread.map_err(|error| failed(error.into()))? })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn input(&mut self, now: Timestamp, input: &Input) {
        self.pass(now, || Passed::In(input.clone()));
    }

    pub(super) fn output(&mut self, now: Timestamp, output: &Output) {
        self.pass(now, || Passed::Out(output.clone()));
    }

    fn pass(&mut self, now: Timestamp, passed: impl FnOnce() -> Passed) {
        let Some(queue) = &self.queue else { return };
        if queue.try_send((now, passed())).is_err() {
            // Without the queue the thread ends the file properly with what it has.
            self.queue = None;
            tracing::error!(path = %self.path.display(), %now, "the recording ends here: the disk cannot keep up or refuses");
        }
    }

    /// Ends the recording. Blocks until it is on disk.
    pub(super) fn finish(mut self) -> Result<(), String> {
        self.queue = None;
        match self.thread.join() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the recording {}: {}", self.path.display(), told(&error))),
            Err(_) => Err(format!("the recording {}: its thread panicked", self.path.display())),
        }
    }
}

fn write<W: Write>(mut tap: Tap<W>, passed: &Receiver<(Timestamp, Passed)>) -> Result<(), RecordingError> {
    for (now, passed) in passed {
        match passed {
            Passed::In(input) => tap.input(now, &input)?,
            Passed::Out(output) => tap.output(now, &output)?,
        }
    }
    tap.finish()?.flush()?;
    Ok(())
}

/// A file whose flush reaches the disk: a recorder flushes after each chunk, and so loses at most one to a power cut.
struct Synced(BufWriter<File>);

impl Write for Synced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().sync_data()
    }
}

/// `night.mcap`, or `night.2.mcap` where that is taken.
fn create(wanted: &Path) -> io::Result<(PathBuf, File)> {
    for n in 1..=NAMES_MAX {
        let path = match n {
            1 => wanted.to_owned(),
            n => wanted.with_extension(match wanted.extension() {
                Some(ending) => format!("{n}.{}", ending.to_string_lossy()),
                None => n.to_string(),
            }),
        };
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are ten thousand recordings of this name"))
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
