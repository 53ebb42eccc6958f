//! Memory over many runs, alone in a process of its own. It needs ONNX Runtime's library, which `scripts/onnxruntime.sh` fetches;
//! without it, it says so and passes.

use std::path::Path;

use vision::session::{Execution, Feed, Input, Network, Runtime};

/// Before this every buffer has been needed once.
const SETTLED: usize = 2_000;
/// At 270 bytes a run, which it once was, 8 MiB.
const RUNS: usize = 30_000;
/// What else may come and go, KiB.
const GROWTH_MAX_KIB: u64 = 2_048;

/// Resident memory of this process (`VmRSS` of proc(5)), KiB.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn a_network_that_runs_all_night_keeps_nothing_of_its_runs() {
    let runtime = match Runtime::load(None) {
        Ok(runtime) => runtime,
        Err(absent) => return eprintln!("passed over: {absent}"),
    };
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/fixed.onnx");
    let mut network = Network::open(&runtime, &model, &Execution { threads: 1, ..Execution::default() }).unwrap();
    let sides: Vec<usize> = network.inputs()[0].sides.iter().map(|side| side.unwrap()).collect();
    let pixels = vec![0.5; sides.iter().product()];
    let mut run = || {
        let feed = Feed { sides: &sides, values: Input::F32(&pixels) };
        network.run(&[feed], |outputs| assert!(!outputs.is_empty())).unwrap();
    };
    (0..SETTLED).for_each(|_| run());
    let before_kib = resident_kib().unwrap();
    (0..RUNS).for_each(|_| run());
    let grown_kib = resident_kib().unwrap().saturating_sub(before_kib);
    assert!(grown_kib < GROWTH_MAX_KIB, "{grown_kib} KiB more after {RUNS} runs");
}
