//! Time: the sequence of times and inputs determines everything, and nothing a clock does can harm.

use ground_station::station::{Input, Output, Restored, Station};
use telemetry::Timestamp;
use telemetry::messages::{Action, Message};

use crate::night::{HARBOUR, ROADS, at, intruder, opened, proposed, state, station_file};

/// Everything a station gives out for a sequence of inputs, asked for its ticks as `advance` says.
fn replayed(
    inputs: &[(Timestamp, Input)],
    end: Timestamp,
    mut advance: impl FnMut(&mut Station, Timestamp),
) -> Vec<Output> {
    let mut station = Station::new(opened(&station_file()).config, Restored::default(), at(0.25));
    let mut outputs = Vec::new();
    let mut take = |station: &mut Station| {
        while let Some(output) = station.next_output() {
            outputs.push(output);
        }
    };
    for (now, input) in inputs {
        advance(&mut station, *now);
        station.handle(*now, input.clone());
        take(&mut station);
    }
    station.advance(end);
    take(&mut station);
    outputs
}

#[test]
fn the_same_inputs_give_the_same_outputs_however_often_time_is_told() {
    let mut night = intruder();
    night.act(Action::Approve(proposed(&night)));
    night.watch(30, &[HARBOUR]);
    let end = at(night.now_s());
    assert_eq!(replayed(&night.inputs, end, |_, _| {}), night.outputs);
    let often = replayed(&night.inputs, end, |station, now| {
        for n in (0..10).rev() {
            station.advance(Timestamp::from_unix_nanos(now.unix_nanos() - n * 7_000_000));
        }
    });
    assert_eq!(often, night.outputs);
}

#[test]
fn time_that_goes_backwards_harms_nothing() {
    let mut night = intruder();
    night.take();
    night.station.handle(at(-1000.0), Input::Message(Message::VehicleState(state(1.0, "falke-1", ROADS))));
    night.station.advance(at(-2000.0));
    assert!(night.station.next_output().is_none());
    assert_eq!(night.station.next_deadline(), at(26.0));
}
