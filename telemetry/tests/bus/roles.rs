//! What the configuration and the topic table refuse.

use std::time::Duration;

use telemetry::Program;
use telemetry::bus::{Bus, BusConfig, BusError, TlsFiles};
use telemetry::messages::{JournalAck, SensorScan};
use telemetry::{AltitudeHae, Geodetic, Message, Timestamp};

use super::commands::request;
use super::{alert, beat, config, kiel_1, state};

fn scan() -> Message {
    Message::Scan(SensorScan {
        sensor: "radar-1".parse().unwrap(),
        scan: 1,
        measured_at: Timestamp::EPOCH,
        origin: Geodetic::from_degrees(54.0, 10.0, AltitudeHae::new(40.0)).unwrap(),
        sector: None,
        detections: Vec::new(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_publishes_what_the_table_gives_to_it_and_nothing_else() {
    let journal_ack = Message::JournalAck(JournalAck { vehicle: kiel_1(), series: 1, up_to: 1 });
    for (program, allowed, refused) in [
        (Program::Station, vec![alert(1), beat(1), journal_ack.clone()], vec![state(1), scan()]),
        (Program::Onboard, vec![state(1)], vec![alert(1), beat(1), journal_ack.clone(), scan()]),
        (Program::Sensor, vec![scan()], vec![alert(1), state(1), beat(1)]),
        (Program::Simulator, vec![scan(), state(1)], vec![alert(1), beat(1), journal_ack]),
    ] {
        let bus = Bus::open(&config(program)).await.unwrap();
        for message in allowed {
            bus.publish(&message).await.unwrap();
        }
        for message in refused {
            let error = bus.publish(&message).await.unwrap_err();
            assert!(matches!(error, BusError::NotOurs { .. }), "{program:?}: {error}");
        }
        let timeout = Duration::from_millis(1);
        if program != Program::Station {
            let error = bus.request(&request("c-1"), timeout).await.unwrap_err();
            assert!(matches!(error, BusError::NotOurs { .. }), "{program:?}: {error}");
        }
        let serves = bus.serve_commands(&kiel_1()).await;
        assert_eq!(serves.is_ok(), matches!(program, Program::Onboard | Program::Simulator), "{program:?}");
        let serves = bus.serve_evidence(&"mast-1".parse().unwrap()).await;
        assert_eq!(serves.is_ok(), program != Program::Station, "{program:?}");
        let asked = bus.request_evidence(&super::evidence::request(), timeout).await.unwrap_err();
        assert_eq!(matches!(asked, BusError::NotOurs { .. }), program != Program::Station, "{program:?}: {asked}");
        let error = bus.publish(&Message::Command(request("c-1"))).await.unwrap_err();
        assert!(matches!(error, BusError::NeedsReply(_)), "{error}");
        bus.close().await;
    }
}

#[test]
fn endpoints_that_are_not_safe_are_refused_in_words_that_help() {
    let tls = || TlsFiles { ca: "ca.pem".into(), certificate: "c.pem".into(), key: "k.pem".into() };
    let check = |endpoint: &str, tls: Option<TlsFiles>, expected: &str| {
        for listens in [true, false] {
            let mut config = BusConfig { tls: tls.clone(), ..config(Program::Station) };
            if listens { &mut config.listen } else { &mut config.connect }.push(endpoint.to_owned());
            let found = config.check().err().map(|fault| fault.to_string()).unwrap_or_default();
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{endpoint}: {found:?}");
        }
    };
    check("tcp/127.0.0.1:7447", None, "");
    check("tcp/127.8.9.10:7447", None, "");
    check("tcp/[::1]:7447", None, "");
    check("tls/0.0.0.0:7447", Some(tls()), "");
    check("tls/ops.example.org:7447", Some(tls()), "");
    check("tcp/127.0.0.1:7447", Some(tls()), "");
    let unprotected = "leaves this machine without encryption";
    check("tcp/0.0.0.0:7447", None, unprotected);
    check("tcp/[::]:7447", Some(tls()), unprotected);
    check("tcp/192.168.1.5:7447", Some(tls()), unprotected);
    check("tcp/localhost:7447", None, unprotected);
    check("tls/127.0.0.1:7447", None, "needs certificates");
    for endpoint in [
        "",
        "tcp",
        "tcp/",
        "tcp/127.0.0.1",
        "tcp/127.0.0.1:x",
        "tcp/127.0.0.1:99999",
        "tls/:7447",
        "udp/127.0.0.1:7447",
        "quic/ops.example.org:7447",
        "tls/ops.example.org:7447#enable_mtls=false",
        "tls/ops.example.org:7447?rel=0",
        "tls/ops.example.org\"]:7447",
    ] {
        check(endpoint, Some(tls()), "expected tcp/ADDRESS:PORT or tls/HOST:PORT");
    }
}

#[test]
fn a_configuration_with_a_name_it_does_not_know_is_refused() {
    let read = |text: &str| serde_json::from_str::<BusConfig>(text);
    assert!(read(r#"{"site": "kiel", "program": "onboard"}"#).is_ok());
    assert!(read(r#"{"site": "kiel", "program": "onboard", "conect": []}"#).is_err());
    assert!(read(r#"{"site": "Kiel", "program": "onboard"}"#).is_err());
    assert!(read(r#"{"site": "kiel", "program": "station", "tls": {"ca": "a", "certificate": "b"}}"#).is_err());
}
