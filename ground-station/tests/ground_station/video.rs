//! Live video from a camera on the bus to a console's socket, and who may look.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use telemetry::bus::{Bus, Offer, Readers};
use telemetry::messages::{Message, SensorKind, VideoBox, VideoBytes, VideoFragment, VideoInitialization};
use telemetry::topics::Carrier;
use telemetry::{SensorId, Topic};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message as Said};

use crate::port::{Console, LONG, Port, now};

/// A camera, the headers of who asks for it, and the answer.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);

fn mast() -> SensorId {
    SensorId::new("mast-1").unwrap()
}

/// A room with cameras in its configuration: one on a mast, two on vehicles.
async fn room() -> Port {
    let mut file = crate::night::station_file();
    for name in ["mast-1", "falke-1.camera", "falke-2.camera"] {
        let mut camera = crate::night::radar();
        camera.description.id = SensorId::new(name).unwrap();
        camera.description.kind = SensorKind::Camera;
        camera.sigma.range_m = None;
        file.sensors.push(camera.table());
    }
    Port::open_with(file).await
}

/// Puts a camera on offer, and waits until the room knows.
async fn offered(port: &Port, bus: &Bus, name: &str, carrier: Carrier) -> Offer {
    let offer = bus.offer_video(&SensorId::new(name).unwrap(), carrier).await.unwrap();
    listed(port, |cameras| cameras.iter().any(|camera| camera["id"] == name)).await;
    offer
}

/// Waits until the room lists what is expected.
async fn listed(port: &Port, expected: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let cookie = port.cookie().await;
    let becomes = async {
        loop {
            let said = port.ask("GET", "/api/cameras", &[("Cookie", &cookie)], "").await.json();
            let cameras = said["cameras"].as_array().unwrap().clone();
            if expected(&cameras) {
                return cameras;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, becomes).await.expect("the list never became so")
}

fn frame(number: u64) -> Message {
    let key = number.is_multiple_of(5);
    let initialization = VideoInitialization { codec: "avc1.64001f".to_owned(), segment: VideoBytes(vec![1; 10]) };
    let seen = VideoBox { bounds: [1.0, 2.0, 3.0, 4.0], class: "drone".to_owned(), confidence: 0.5, track: Some(7) };
    Message::Video(VideoFragment {
        sensor: mast(),
        number,
        captured_at: now(),
        picture: [640, 512],
        media_time_s: number as f64,
        initialization: key.then_some(initialization),
        fragment: VideoBytes(number.to_be_bytes().to_vec()),
        boxes: vec![seen],
    })
}

/// What a frame's text says, and its fragment's number.
fn read(bytes: &[u8]) -> (Value, u64) {
    let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
    let head: Value = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
    let media = &bytes[4 + length + head["initialization"].as_u64().unwrap() as usize..];
    (head, u64::from_be_bytes(media.try_into().unwrap()))
}

async fn until(readers: &Readers, expected: bool) {
    let becomes = async {
        while readers.any().await.unwrap() != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, becomes).await.unwrap_or_else(|_| panic!("readers: {expected} never came"));
}

async fn look(port: &Port) -> Console {
    let (cookie, origin) = (port.cookie().await, format!("http://{}", port.address()));
    port.socket_at("/ws/video/mast-1", &[("Cookie", &cookie), ("Origin", &origin)]).await.unwrap()
}

/// Publishes frames until the console has had so many; gives them.
async fn watched(bus: &Bus, console: &mut Console, from: u64, wanted: usize) -> Vec<(Value, u64)> {
    let mut frames = Vec::new();
    let play = async {
        for number in from.. {
            bus.publish(&frame(number)).await.unwrap();
            while let Ok(said) = timeout(Duration::from_millis(20), console.socket.next()).await {
                if let Said::Binary(bytes) = said.unwrap().unwrap() {
                    frames.push(read(&bytes));
                }
            }
            if frames.len() >= wanted {
                return;
            }
        }
    };
    timeout(LONG, play).await.expect("frames come");
    frames
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_sends_while_somebody_looks_and_everybody_sees_who_does() {
    let port = room().await;
    let bus = port.bus().await;
    let _offer = offered(&port, &bus, "mast-1", Carrier::Mast).await;
    let readers = bus.readers(&Topic::Video(mast())).await.unwrap();
    until(&readers, false).await;
    let mut console = look(&port).await;
    assert_eq!(console.next().await, json!({ "type": "viewers", "viewers": ["Anna Berg"] }));
    until(&readers, true).await;
    // From the second frame after a key frame: three are of no use to anybody who begins now.
    let frames = watched(&bus, &mut console, 2, 4).await;
    let (head, first) = &frames[0];
    assert_eq!((first % 5, head["codec"].as_str()), (0, Some("avc1.64001f")));
    assert_eq!((&head["picture"], head["media_time"].as_f64()), (&json!([640, 512]), Some(*first as f64)));
    assert_eq!((&head["boxes"][0]["class"], &head["boxes"][0]["track"]), (&json!("drone"), &json!(7)));
    assert!((head["captured_at"].as_f64().unwrap() - now().unix_millis() as f64).abs() < 60_000.0);
    let numbers: Vec<u64> = frames.iter().map(|(_, number)| *number).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");

    let mut second = look(&port).await;
    console.until(|message| message["viewers"] == json!(["Anna Berg", "Anna Berg"])).await;
    second.socket.close(None).await.unwrap();
    console.until(|message| message["viewers"] == json!(["Anna Berg"])).await;
    until(&readers, true).await;
    console.socket.close(None).await.unwrap();
    until(&readers, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_loss_a_console_gets_nothing_until_the_next_key_frame() {
    let port = room().await;
    let bus = port.bus().await;
    let _offer = offered(&port, &bus, "mast-1", Carrier::Mast).await;
    let readers = bus.readers(&Topic::Video(mast())).await.unwrap();
    let mut console = look(&port).await;
    until(&readers, true).await;
    let before = watched(&bus, &mut console, 0, 2).await.last().unwrap().1;
    // The next is lost; what follows builds on it, up to the key frame.
    let after = watched(&bus, &mut console, before + 2, 1).await;
    assert_eq!(after[0].1 % 5, 0, "{before} and then {after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_signed_in_or_comes_from_another_page_sees_nothing_and_nobody_can_ask() {
    let port = room().await;
    let bus = port.bus().await;
    let _offer = offered(&port, &bus, "mast-1", Carrier::Mast).await;
    let (cookie, ours) = (port.cookie().await, format!("http://{}", port.address()));
    let cases: [Case<'_>; 6] = [
        ("falke-1.camera", &[("Cookie", &cookie), ("Origin", &ours)], 503),
        ("mast-1", &[("Cookie", &cookie)], 403),
        ("mast-1", &[("Cookie", &cookie), ("Origin", "http://evil.example")], 403),
        ("mast-1", &[("Origin", &ours)], 401),
        ("radar-1", &[("Cookie", &cookie), ("Origin", &ours)], 404),
        ("%2a", &[("Cookie", &cookie), ("Origin", &ours)], 404),
    ];
    for (camera, headers, status) in cases {
        match port.socket_at(&format!("/ws/video/{camera}"), headers).await {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), status, "{camera}"),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{camera} with {headers:?} was let in"),
        }
    }
    let mut console = look(&port).await;
    console.socket.send(Said::text(r#"{"request":1,"type":"acknowledge","alert":"kiel.1"}"#)).await.unwrap();
    let ended = async {
        loop {
            if let Some(Ok(Said::Close(frame))) = console.socket.next().await {
                return frame.map(|frame| u16::from(frame.code));
            }
        }
    };
    assert_eq!(timeout(LONG, ended).await.unwrap(), Some(1008));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cameras_are_listed_while_they_can_send_and_of_the_vehicles_cameras_one_is_looked_at_at_a_time() {
    let port = room().await;
    assert!(listed(&port, <[Value]>::is_empty).await.is_empty(), "the configuration alone is no picture");
    let bus = port.bus().await;
    let _first = offered(&port, &bus, "falke-1.camera", Carrier::Vehicle).await;
    let second = offered(&port, &bus, "falke-2.camera", Carrier::Vehicle).await;
    let _foreign = bus.offer_video(&SensorId::new("stranger").unwrap(), Carrier::Mast).await.unwrap();
    let _mast = offered(&port, &bus, "mast-1", Carrier::Mast).await;
    let (cookie, origin) = (port.cookie().await, format!("http://{}", port.address()));
    let headers: [(&str, &str); 2] = [("Cookie", &cookie), ("Origin", &origin)];
    let mut looking = port.socket_at("/ws/video/falke-1.camera", &headers).await.unwrap();
    assert_eq!(looking.next().await["type"], "viewers");
    let view = |id: &str, vehicle, looked_at| json!({ "id": id, "vehicle": vehicle, "looked_at": looked_at });
    let expected =
        [view("falke-1.camera", true, true), view("falke-2.camera", true, false), view("mast-1", false, false)];
    assert_eq!(listed(&port, |_| true).await, expected);
    let Err(tungstenite::Error::Http(refused)) = port.socket_at("/ws/video/falke-2.camera", &headers).await else {
        panic!("a second vehicle's camera was shown")
    };
    assert_eq!(refused.status().as_u16(), 409);
    let another = port.socket_at("/ws/video/falke-1.camera", &headers).await.expect("as many as want to");
    let _mast = port.socket_at("/ws/video/mast-1", &headers).await.expect("a mast's takes nothing from a radio");
    drop((looking, another));
    listed(&port, |cameras| cameras[0]["looked_at"] == false).await;
    port.socket_at("/ws/video/falke-2.camera", &headers).await.expect("the other is free");
    drop(second);
    listed(&port, |cameras| cameras.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_look_is_stored_with_the_name() {
    let port = room().await;
    let bus = port.bus().await;
    let _offer = offered(&port, &bus, "mast-1", Carrier::Mast).await;
    let mut console = look(&port).await;
    assert_eq!(console.next().await["type"], "viewers");
    let store = port.file.store.clone();
    let Port { room, folder, .. } = port;
    assert_eq!(room.close().await, [] as [String; 0]);
    let database = rusqlite::Connection::open(folder.path().join(store)).unwrap();
    let sql = "SELECT operator || ' ' || what FROM accesses ORDER BY number DESC LIMIT 1";
    let last: String = database.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(last, "anna looked_at mast-1");
}
