//! The bytes of every message at version 1, pinned. A change that these tests refuse is a change that a vehicle in the
//! field would not understand: add a field with a default instead, or leave the old name unused.

use telemetry::Message;

use crate::samples::samples;

/// The pinned bytes of a sample.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    let line = include_str!("golden/version-1.txt")
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no golden bytes for {name}"));
    (0..line.len()).step_by(2).map(|at| u8::from_str_radix(&line[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_message_is_written_as_version_1_wrote_it() {
    for (name, message) in samples() {
        let written = message.encode();
        assert!(written == bytes(name), "{name} is now written as\n{name}: {}", hex(&written));
    }
}

#[test]
fn every_message_of_version_1_is_read() {
    for (name, message) in samples() {
        let read = Message::decode(&message.topic(), &bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.encode(), bytes(name), "{name}");
        // NaN in a bare state is not equal to itself.
        assert!(read == message || name == "vehicle-state-bare", "{name}: {read:?}");
    }
}

#[test]
fn golden_bytes_exist_for_every_topic_and_for_nothing_else() {
    let lines = include_str!("golden/version-1.txt").lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(lines, samples().len());
    let rows: std::collections::BTreeSet<_> =
        samples().iter().map(|(_, message)| message.topic().rule().message).collect();
    assert_eq!(rows.len(), telemetry::topics::TOPICS.len());
}
