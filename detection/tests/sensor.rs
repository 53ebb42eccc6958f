//! `picket-sensor` as a process: datagrams in, scans on the bus, an orderly end.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::process::Stdio;
use std::time::Duration;

use telemetry::bus::{Bus, BusConfig, TopicPattern};
use telemetry::messages::{Claim, Message};
use telemetry::topics::Program;
use telemetry::{SensorId, SiteId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

const REPORT: &[u8] = b"!AIVDM,1,1,,A,13tfH:022;PhpibQUS:FkUKj06kd,0*31";

fn config(folder: &std::path::Path, input: &str, connect: &str) -> std::path::PathBuf {
    let text = format!(
        r#"
format = "ais"
clock = "own"
{input}
[sensor]
id = "ais-1"
kind = "ais_receiver"
position = [10.14, 54.36]
altitude = {{ amsl_m = 30 }}
undulation_m = 39
period_s = 0
range_m = [0, 40000]
[bus]
site = "kiel"
connect = [{connect}]
"#
    );
    let path = folder.join("sensor.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn start(config: &std::path::Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_picket-sensor"));
    command.arg("--config").arg(config).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().unwrap()
}

fn interrupt(child: &Child) {
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_become_scans_on_the_bus_and_ctrl_c_ends_it_with_its_counts() {
    let site = SiteId::new("kiel").unwrap();
    let listen = vec!["tcp/127.0.0.1:0".to_owned()];
    let station = BusConfig { site, program: Program::Station, listen, connect: vec![], tls: None };
    let station = Bus::open(&station).await.unwrap();
    let mut scans = station.subscribe(&[TopicPattern::Scans], 1000).await.unwrap();
    let endpoints = station.listening().await;
    let endpoint = endpoints.iter().find(|endpoint| endpoint.contains("127.0.0.1")).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let input = r#"input.udp = { listen = "127.0.0.1:0" }"#;
    let mut child = start(&config(folder.path(), input, &format!("{endpoint:?}")));
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = timeout(Duration::from_secs(30), said.next_line()).await.unwrap().unwrap().unwrap();
    let address = first.strip_prefix("ais-1 reads udp ").unwrap().to_owned();

    let sender = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let sending = async {
        // Until the link to the station stands, scans go nowhere: newest wins.
        let mut again = interval(Duration::from_millis(50));
        loop {
            again.tick().await;
            sender.send_to(b"garbage \xff\x00", &address).await.unwrap();
            sender.send_to(REPORT, &address).await.unwrap();
        }
    };
    let received = tokio::select! {
        () = sending => unreachable!("it sends for ever"),
        received = timeout(Duration::from_secs(30), scans.recv()) => received.unwrap().unwrap(),
    };
    let Message::Scan(scan) = received.message else { panic!("a scan") };
    assert_eq!(scan.sensor, SensorId::new("ais-1").unwrap());
    let Some(Claim::Ais(claim)) = &scan.detections[0].claim else { panic!("a claim") };
    assert_eq!(u32::from(claim.mmsi), 265_001_000);

    interrupt(&child);
    let status = timeout(Duration::from_secs(5), child.wait()).await.expect("Ctrl-C ends it within 5 s").unwrap();
    assert!(status.success());
    let last = said.next_line().await.unwrap().unwrap();
    assert!(last.contains("told to stop") && last.contains("positions") && last.contains("dropped"), "{last}");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(&config(folder.path(), r#"input = "stdin""#, ""));
    let mut stdin = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, &[REPORT, b"\nnonsense\n", REPORT].concat()).await.unwrap();
    drop(stdin);
    let output = timeout(Duration::from_secs(30), child.wait_with_output()).await.unwrap().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(said.contains("the input ended; 2 scans, 1 lines dropped"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_while_standard_input_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(&config(folder.path(), r#"input = "stdin""#, ""));
    let _open = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    timeout(Duration::from_secs(30), said.next_line()).await.unwrap().unwrap().unwrap();
    interrupt(&child);
    let status = timeout(Duration::from_secs(5), child.wait()).await.expect("Ctrl-C ends it within 5 s").unwrap();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_configuration_is_said_and_nothing_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = config(folder.path(), r#"input.udp = { listen = "0.0.0.0:0" }"#, "");
    let mut child = start(&path);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
    let status = timeout(Duration::from_secs(30), child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("sensor.toml") && said.contains("network = true"), "{said}");
}
