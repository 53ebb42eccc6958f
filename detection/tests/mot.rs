//! `picket-sensor mot` as a process: sequences in, tracks out.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn mot(sequences: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_picket-sensor"));
    command.arg("mot").arg(sequences).arg(out).args(more).output().unwrap()
}

fn write_sequence(folder: &Path) {
    fs::create_dir_all(folder.join("det")).unwrap();
    let info = "[Sequence]\nname=one\nframeRate=25\nseqLength=40\nimWidth=640\nimHeight=512\n";
    fs::write(folder.join("seqinfo.ini"), info).unwrap();
    let mut boxes = String::new();
    for frame in 1..=40 {
        writeln!(boxes, "{frame},-1,{},200,12,8,0.8,1,-1", 100 + 3 * frame).unwrap();
    }
    fs::write(folder.join("det/det.txt"), boxes).unwrap();
}

#[test]
fn every_sequence_becomes_a_file_of_tracks() {
    let folder = tempfile::tempdir().unwrap();
    let (sequences, out) = (folder.path().join("sequences"), folder.path().join("out"));
    write_sequence(&sequences.join("ONE"));
    write_sequence(&sequences.join("TWO"));
    let output = mot(&sequences, &out, &[]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("2 sequences, 80 frames, "), "{output:?}");
    let tracks = fs::read_to_string(out.join("TWO.txt")).unwrap();
    assert_eq!(tracks.lines().count(), 40, "from the first frame on: {tracks}");
    assert!(tracks.lines().all(|line| line.split(',').nth(1) == Some("1")), "{tracks}");
    let at_once = mot(&sequences, &out, &["--delay", "0"]);
    assert!(at_once.status.success(), "{at_once:?}");
    let tracks = fs::read_to_string(out.join("TWO.txt")).unwrap();
    assert!((30..40).contains(&tracks.lines().count()), "not before it is confirmed: {tracks}");
}

#[test]
fn a_broken_line_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    write_sequence(&folder.path().join("ONE"));
    fs::write(folder.path().join("ONE/det/det.txt"), "1,-1,1,1,1,1,1\n41,-1,1,1,1,1,1\n").unwrap();
    let output = mot(folder.path(), &folder.path().join("out"), &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("det.txt: line 2: frame 41"), "{said}");
    let output = mot(&folder.path().join("none"), folder.path(), &[]);
    assert!(!output.status.success());
}
