use super::super::Rules;
use super::super::stage::{air, at, claim, config, place, vessel};
use super::VESSELS_MAX;
use crate::picture::Picture;
use telemetry::messages::{AisClaim, Claim, Detection, Measurement, SensorScan, TrackAlert};
use telemetry::{DetectionId, EnuVelocity, Mmsi, SensorId};

/// A vessel that goes north from a place, reports every ten seconds for a while, and is then silent.
struct Case {
    from: [f64; 3],
    speed_m_s: f64,
    reports_s: usize,
    status: u8,
    others: bool,
    tracked: bool,
}

const UNDER_WAY: Case =
    Case { from: [500.0, -1500.0, 0.0], speed_m_s: 3.0, reports_s: 120, status: 0, others: true, tracked: true };

fn scan(s: f64, claim: AisClaim, position: [f64; 3], speed_m_s: f64) -> SensorScan {
    let velocity = EnuVelocity { east_m_s: 0.0, north_m_s: speed_m_s, up_m_s: 0.0 };
    let measurement = Measurement::Position {
        position: place(position),
        horizontal_sigma_m: 10.0,
        vertical_sigma_m: None,
        velocity: Some((velocity, 0.5)),
    };
    let detection = Detection {
        id: DetectionId(1),
        measured_at: at(s),
        measurement,
        claim: Some(Claim::Ais(claim)),
        drone_llr: None,
    };
    SensorScan {
        sensor: SensorId::new("ais-1").unwrap(),
        scan: s as u64,
        measured_at: at(s),
        origin: place([0.0, 0.0, 30.0]),
        sector: None,
        detections: vec![detection],
    }
}

fn check(case: &Case) -> Vec<usize> {
    let config = config();
    let mut rules = Rules::new(&config);
    let mut found = Vec::new();
    for s in 0..1200_usize {
        let now_s = s as f64;
        let [east, north, up] = case.from;
        let here = [east, north + case.speed_m_s * now_s, up];
        if s % 10 == 0 && s < case.reports_s {
            let claim = AisClaim { navigational_status: Some(case.status), ..claim() };
            rules.take_scan(at(now_s), &scan(now_s, claim, here, case.speed_m_s));
        }
        if s % 10 == 5 && case.others {
            let other = AisClaim { mmsi: Mmsi::new(1).unwrap(), navigational_status: Some(1), ..claim() };
            rules.take_scan(at(now_s), &scan(now_s, other, [0.0, 0.0, 0.0], 0.0));
        }
        let seen = if case.tracked && s < case.reports_s + 60 { vec![vessel(now_s, here)] } else { Vec::new() };
        let picture = Picture::of(&config, seen);
        found.extend(rules.look(at(now_s), &picture, &air(&config), &config).iter().map(|_| s));
    }
    found
}

#[test]
fn a_vessel_under_way_that_falls_silent_is_told_once_after_the_time_of_the_configuration() {
    assert_eq!(check(&UNDER_WAY), [410], "the last report was at 110 s, the limit is 300 s");
}

#[test]
fn silence_that_was_to_be_expected_is_not_told() {
    let cases = [
        ("not under way", Case { speed_m_s: 0.3, ..UNDER_WAY }),
        ("at anchor by its own word", Case { status: 1, ..UNDER_WAY }),
        ("moored by its own word", Case { status: 5, ..UNDER_WAY }),
        ("heard too seldom for a rhythm", Case { reports_s: 30, ..UNDER_WAY }),
        ("gone out of range by then", Case { from: [500.0, 2500.0, 0.0], ..UNDER_WAY }),
        ("never in range", Case { from: [500.0, 3900.0, 0.0], speed_m_s: 1.5, ..UNDER_WAY }),
        ("nobody is heard: the receiver may be off", Case { others: false, ..UNDER_WAY }),
        ("never a track", Case { tracked: false, ..UNDER_WAY }),
        ("not silent at all", Case { reports_s: 1200, speed_m_s: 1.5, ..UNDER_WAY }),
    ];
    for (why, case) in cases {
        assert_eq!(check(&case), [] as [usize; 0], "{why}");
    }
}

/// When and how a vessel is told of that reports every ten seconds until `silent_from`, is marked from `off_from`
/// and is measured at a speed.
fn marked(silent_from: usize, off_from: usize, speed_m_s: f64) -> Vec<(usize, String)> {
    let config = config();
    let mut rules = Rules::new(&config);
    let mut found = Vec::new();
    for s in 0..600_usize {
        let now_s = s as f64;
        if s % 10 == 0 && s < silent_from {
            rules.take_scan(at(now_s), &scan(now_s, claim(), [500.0, 500.0, 0.0], 0.0));
        }
        let mut sighting = vessel(now_s, [500.0, 500.0, 0.0]);
        sighting.track.velocity.north_m_s = speed_m_s;
        if s >= off_from {
            sighting.track.alerts.insert(TrackAlert::AisOff);
        }
        let picture = Picture::of(&config, vec![sighting]);
        found.extend(
            rules.look(at(now_s), &picture, &air(&config), &config).into_iter().map(|finding| (s, finding.text)),
        );
    }
    found
}

#[test]
fn a_vessel_that_is_still_measured_is_told_as_soon_as_the_tracker_says_so_and_once() {
    let text = "The vessel that calls itself NORDSTERN (MMSI 211000001) stopped sending AIS 2 minutes ago and is \
                still measured: 54.00449° N 10.00763° E, 6 kn, course 000°.";
    assert_eq!(marked(120, 230, 3.0), [(230, text.to_owned())]);
}

#[test]
fn a_vessel_that_was_heard_just_now_is_not_told_whatever_is_thought_of_its_track() {
    assert_eq!(marked(600, 160, 3.0), []);
    let (second, text) = marked(120, 115, 3.0).remove(0);
    assert_eq!(second, 200, "the last report was at 110 s");
    assert!(text.contains("stopped sending AIS 2 minutes ago"), "{text}");
}

#[test]
fn a_vessel_that_has_moored_reports_seldom_and_is_not_told() {
    assert_eq!(marked(120, 160, 0.5), []);
}

#[test]
fn memory_is_bounded() {
    let config = config();
    let mut rules = Rules::new(&config);
    for n in 0..VESSELS_MAX as u32 + 100 {
        let claim = AisClaim { mmsi: Mmsi::new(n).unwrap(), ..claim() };
        rules.take_scan(at(f64::from(n)), &scan(f64::from(n), claim, [0.0, 0.0, 0.0], 3.0));
    }
    assert_eq!(rules.ais_lost.vessels.len(), VESSELS_MAX);
}

#[test]
fn the_sentence_says_since_when_and_where() {
    let config = config();
    let mut rules = Rules::new(&config);
    let mut texts = Vec::new();
    for s in 0..420_usize {
        let now_s = s as f64;
        if s % 10 == 0 {
            if s < 120 {
                rules.take_scan(at(now_s), &scan(now_s, claim(), [500.0, 3.0 * now_s, 0.0], 3.0));
            }
            let other = AisClaim { mmsi: Mmsi::new(1).unwrap(), ..claim() };
            rules.take_scan(at(now_s), &scan(now_s, other, [0.0, 0.0, 0.0], 0.0));
        }
        let picture = Picture::of(&config, vec![vessel(now_s, [500.0, 0.0, 0.0])]);
        let found = rules.look(at(now_s), &picture, &air(&config), &config).into_iter();
        texts.extend(found.filter(|finding| finding.zone.is_none()).map(|finding| finding.text));
    }
    assert_eq!(
        texts,
        ["The vessel that calls itself NORDSTERN (MMSI 211000001) stopped sending AIS 5 minutes ago, while under \
          way: last 54.00296° N 10.00763° E, 6 kn, course 000°."]
    );
}
