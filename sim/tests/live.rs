//! Live nights with the real programs. In one the operations room is killed, stays dead for a minute, and is started again.
//! No alert is lost, and nothing that a vehicle's own camera detected.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};

/// How long the room stays dead.
const DEAD_FOR: Duration = Duration::from_secs(60);
/// How long anything else may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program of the night; killed when the test ends, however it ends.
struct Running {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Running {
    fn start(program: &Path, arguments: &[&str]) -> Self {
        let shown = program.display();
        assert!(program.is_file(), "{shown} is not built: `cargo build --workspace --bins`");
        let mut child =
            Command::new(program).args(arguments).stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (to, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| drop(to.send(line))));
        Self { child, lines }
    }

    /// Waits for a line that begins so, and gives back the rest.
    fn line(&self, prefix: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no line {prefix:?} came"));
            if let Some(rest) = line.strip_prefix(prefix) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Waits for a line of each beginning, in whatever order they come, and gives back the rests.
    fn lines<const N: usize>(&self, prefixes: [&str; N]) -> [String; N] {
        let until = Instant::now() + PATIENCE;
        let mut found = [const { None }; N];
        while found.iter().any(Option::is_none) {
            let left = until.saturating_duration_since(Instant::now());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no lines {prefixes:?} came: {found:?}"));
            for (prefix, found) in prefixes.iter().zip(&mut found) {
                *found = found.take().or_else(|| line.strip_prefix(prefix).map(str::to_owned));
            }
        }
        found.map(Option::unwrap_or_default)
    }

    /// Asks it to end and waits; gives back its exit status and how long it took.
    fn interrupt(mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), begun.elapsed())
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended: then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// By vehicle and series, the numbers of the entries.
type Journal = BTreeMap<(String, i64), Vec<i64>>;

/// The journal in the store of a room that is down.
fn journal(store: &Path) -> Journal {
    let connection = Connection::open(store).unwrap();
    let mut rows = connection.prepare("SELECT vehicle, series, number FROM journal ORDER BY 1, 2, 3").unwrap();
    let mut journal = Journal::new();
    for row in rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap() {
        let (vehicle, series, number): (String, i64, i64) = row.unwrap();
        journal.entry((vehicle, series)).or_default().push(number);
    }
    journal
}

/// What the vehicles of a night that has ended still keep because nobody acknowledged it.
fn kept_on_board(dir: &Path) -> Journal {
    let mut journal = Journal::new();
    for path in std::fs::read_dir(dir).unwrap().map(|found| found.unwrap().path()) {
        if path.to_string_lossy().ends_with("-journal") {
            let opened = onboard::journal::Journal::open(&path, u64::MAX).unwrap();
            assert!(opened.damage.is_empty(), "{:?}", opened.damage);
            for entry in opened.entries {
                let series = (entry.vehicle.to_string(), i64::try_from(entry.series).unwrap());
                journal.entry(series).or_default().push(i64::try_from(entry.number).unwrap());
            }
        }
    }
    journal
}

/// The alerts in the store of a room that is down.
fn alerts(store: &Path) -> BTreeSet<String> {
    let connection = Connection::open(store).unwrap();
    let mut rows = connection.prepare("SELECT DISTINCT id FROM alerts").unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// A number that a running room counts, as `/metrics` tells it.
fn counted(address: &str, name: &str) -> u64 {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).trim().parse().unwrap()
}

/// Waits until something holds; the night goes on meanwhile.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "{what} did not come about");
        std::thread::park_timeout(Duration::from_millis(500));
    }
}

#[test]
fn a_camera_on_a_mast_watches_a_live_night_and_comes_down_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("night").display().to_string();
    let sim = PathBuf::from(env!("CARGO_BIN_EXE_picket-sim"));
    let mut night = Running::start(&sim, &["run", "kiel-night", "--live", "--port", "0", "--dir", &dir]);
    // Whatever becomes of the camera, the night goes on.
    let [said, _] = night.lines(["camera mast-1: ", "console: "]);
    if said.contains("ONNX Runtime's library is not here") {
        assert_eq!(night.interrupt().0, Some(0));
        return eprintln!("passed over: {said}");
    }
    assert_eq!(said, "it watches");
    kill_process(Pid::from_child(&night.child), Signal::INT).unwrap();
    assert_eq!(night.child.wait().unwrap().code(), Some(0));
    let drawn = night.line("camera mast-1: ");
    let pictures: u64 = drawn.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{drawn}"));
    assert!(pictures > 0 && drawn.contains("pictures drawn"), "{drawn}");
}

#[test]
fn a_killed_operations_room_loses_no_alert_and_no_detection_made_on_board() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("night");
    let sim = PathBuf::from(env!("CARGO_BIN_EXE_picket-sim"));
    let picket = sim.with_file_name("picket");
    let dir_text = dir.display().to_string();
    let arguments = ["run", "first-look", "--live", "--without-station", "--port", "0", "--dir", &dir_text];
    let night = Running::start(&sim, &arguments);
    let config = night.line("operations room: start it with `picket serve --config ");
    let config = config.trim_end_matches('`').to_owned();
    let store = dir.join("station.sqlite");
    let room = || {
        let room = Running::start(&picket, &["serve", "--config", &config]);
        let address = room.line("console: ");
        (room, address)
    };

    let (first_life, address) = room();
    wait_until("an alert", || counted(&address, "picket_alerts_total") > 0);
    wait_until("journal entries", || counted(&address, "picket_journal_new_total") > 10);
    first_life.kill();
    let (alerts_before, journal_before) = (alerts(&store), journal(&store));
    std::thread::sleep(DEAD_FOR);

    let (second_life, address) = room();
    wait_until("what was kept on board", || counted(&address, "picket_journal_new_total") > 20);
    wait_until("an alert made on board", || counted(&address, "picket_alerts_total") > 0);
    let (code, took) = night.interrupt();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(15), "the night took {took:?} to end");
    let (code, took) = second_life.interrupt();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "the room took {took:?} to end");

    let journal_after = journal(&store);
    // Sent again after a cut, entries may pass one another: what the room has not, the vehicle still keeps.
    let on_board = kept_on_board(&dir);
    for (series, numbers) in &journal_after {
        let kept = on_board.get(series).into_iter().flatten();
        let known: BTreeSet<i64> = numbers.iter().chain(kept).copied().collect();
        assert!(
            (1..).take(known.len()).eq(known.iter().copied()),
            "of the journal of {series:?} only {known:?} are left"
        );
        let before = journal_before.get(series).map_or(&[][..], Vec::as_slice);
        assert!(before.iter().all(|number| numbers.contains(number)), "{series:?}: {before:?} became {numbers:?}");
    }
    let entries = |journal: &Journal| journal.values().map(Vec::len).sum::<usize>();
    assert!(entries(&journal_after) > entries(&journal_before));
    let alerts_after = alerts(&store);
    assert!(alerts_before.is_subset(&alerts_after), "{alerts_before:?} {alerts_after:?}");
    assert!(alerts_after.iter().any(|alert| alert.starts_with("falke-")), "an alert made on board: {alerts_after:?}");
}
