//! The door, the page and the sockets, against a real room on loopback.

use crate::night::{HARBOUR, OFF_HARBOUR, state, vehicle_id};
use crate::port::{LONG, Port, now, now_s};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use telemetry::messages::{
    Ack, AckStage, Alert, AlertRule, AlertState, Authority, Command, JournalBody, JournalEntry, Message, Severity,
    Subject,
};
use telemetry::{AlertId, bus::TopicPattern};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;

const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; \
                      media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_forbids_browsers_what_the_page_does_not_need() {
    let port = Port::open().await;
    for path in ["/", "/assets/nothing.js", "/api/session", "/metrics", "/map/none.pmtiles", "/nowhere"] {
        let answer = port.get(path).await;
        assert_eq!(answer.header("content-security-policy"), Some(POLICY), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_served_or_the_way_to_build_it_is_told() {
    let port = Port::open().await;
    let page = port.get("/").await;
    match page.status {
        200 => assert!(page.text().contains("<!doctype html>") || page.text().contains("<!DOCTYPE html>")),
        503 => assert!(page.text().contains("make console build")),
        other => panic!("{other}"),
    }
    assert_eq!(port.get("/assets/../index.html").await.status, 404);
    assert_eq!(port.get("/assets/%2e%2e/index.html").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_host_or_origin_reaches_nothing() {
    let port = Port::open().await;
    let cookie = port.cookie().await;
    let our_port = port.address().port();
    for host in ["evil.example", "127.0.0.1.evil.example:80", "127.0.0.1", "localhost:1"] {
        let answer = port.ask("GET", "/api/session", &[("Host", host), ("Cookie", &cookie)], "").await;
        assert_eq!(answer.status, 403, "{host}");
    }
    let localhost = format!("localhost:{our_port}");
    assert_eq!(port.ask("GET", "/api/session", &[("Host", &localhost), ("Cookie", &cookie)], "").await.status, 200);
    let foreign_page = [("Origin", "http://evil.example"), ("Cookie", cookie.as_str())];
    assert_eq!(port.ask("DELETE", "/api/session", &foreign_page, "").await.status, 403);
    assert_eq!(port.ask("GET", "/api/session", &[("Cookie", &cookie)], "").await.status, 200, "still signed in");

    let ours = format!("http://{}", port.address());
    let cases: [(&[(&str, &str)], u16); 5] = [
        (&[("Cookie", &cookie)], 403),
        (&[("Cookie", &cookie), ("Origin", "http://evil.example")], 403),
        (&[("Cookie", &cookie), ("Origin", "null")], 403),
        (&[("Origin", &ours)], 401),
        (&[("Origin", &ours), ("Cookie", "picket_session=guess")], 401),
    ];
    for (headers, status) in cases {
        match port.socket(headers).await {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), status, "{headers:?}"),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{headers:?} was let in"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_lets_in_the_cookie_keeps_in_and_signing_out_ends_it() {
    let port = Port::open().await;
    assert_eq!(port.get("/api/session").await.status, 401);
    assert_eq!(port.get("/api/site").await.status, 401);
    let wrong = port.sign_in("wrong").await;
    assert_eq!((wrong.status, wrong.json()["error"].is_string()), (401, true));
    let answer = port.sign_in(crate::night::KEY).await;
    assert_eq!(answer.status, 204);
    let set = answer.header("set-cookie").unwrap();
    for part in ["picket_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = set.split(';').next().unwrap();
    let who = port.ask("GET", "/api/session", &[("Cookie", cookie)], "").await;
    assert_eq!(who.json(), json!({ "operator": { "id": "anna", "name": "Anna Berg" } }));
    assert_eq!(port.ask("DELETE", "/api/session", &[("Cookie", cookie)], "").await.status, 204);
    assert_eq!(port.ask("GET", "/api/session", &[("Cookie", cookie)], "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_keys_make_wait() {
    let port = Port::open().await;
    for _ in 0..5 {
        assert_eq!(port.sign_in("wrong").await.status, 401);
    }
    let answer = port.sign_in(crate::night::KEY).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    for body in ["", "{", "[]", r#"{"operator":"anna"}"#, &"x".repeat(5000)] {
        let answer = port.ask("POST", "/api/session", &[("Content-Type", "application/json")], body).await;
        assert_eq!(answer.status, 400, "{body:.20}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_site_is_told_in_degrees_and_its_map_in_ranges() {
    let port = Port::open().await;
    let cookie = port.cookie().await;
    let site = port.ask("GET", "/api/site", &[("Cookie", &cookie)], "").await.json();
    assert_eq!(site["id"], "kiel-holtenau");
    assert_eq!(site["bounds"], json!([10.125, 54.3445, 10.21, 54.3765]));
    assert_eq!(site["zones"][0]["kind"], "restricted");
    assert_eq!(site["zones"][0]["ring"][0], json!([10.1465, 54.3625]));
    assert_eq!(
        site["sensors"][0],
        json!({ "id": "radar-1", "kind": "radar", "position": [10.144, 54.3639], "range_m": 8000.0 })
    );
    assert_eq!(site["operators"], json!([{ "id": "anna", "name": "Anna Berg", "supervisor": false }]));
    assert_eq!(site["attribution"], "© OpenStreetMap contributors");

    let map = site["map"].as_str().unwrap();
    let part = port.ask("GET", map, &[("Range", "bytes=0-6")], "").await;
    assert_eq!((part.status, part.body.as_slice()), (206, b"PMTiles".as_slice()));
    assert!(part.header("content-range").unwrap().starts_with("bytes 0-6/"));
    let length: usize = part.header("content-range").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let whole = port.get(map).await;
    assert_eq!((whole.status, whole.body.len()), (200, length));
    let end = port.ask("GET", map, &[("Range", "bytes=-5")], "").await;
    assert_eq!(end.body, whole.body[length - 5..]);
    assert_eq!(port.ask("GET", map, &[("Range", &format!("bytes={length}-"))], "").await.status, 416);
    assert_eq!(port.get("/map/other.pmtiles").await.status, 404);
}

fn falke_alert(number: u64) -> Message {
    let alert = Alert {
        id: AlertId::new(format!("falke-2.{number}")).unwrap(),
        rule: AlertRule::Vehicle,
        severity: Severity::Warning,
        raised_at: now(),
        measured_at: now(),
        subject: Subject::Vehicle(vehicle_id("falke-2")),
        position: Some(crate::night::place(OFF_HARBOUR)),
        zone: None,
        text: "falke-2 returns home on its autopilot's own decision".to_owned(),
        state: AlertState::Raised,
    };
    Message::JournalEntry(JournalEntry {
        vehicle: vehicle_id("falke-2"),
        series: 1,
        number,
        after: number - 1,
        recorded_at: now(),
        body: JournalBody::Alert(alert),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_sees_everything_first_and_then_what_changes() {
    let port = Port::open().await;
    let bus = port.bus().await;
    let (mut console, snapshot) = port.console().await;
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["simulated"], true);
    assert_eq!(snapshot["operator"], json!({ "id": "anna", "name": "Anna Berg" }));
    assert_eq!(snapshot["vehicles"].as_array().unwrap().len(), 2);
    assert_eq!(snapshot["vehicles"][1]["connected"], false);
    assert!((snapshot["now"].as_i64().unwrap() - now().unix_millis()).abs() < 5000);

    bus.publish(&Message::VehicleState(state(now_s(), "falke-2", OFF_HARBOUR))).await.unwrap();
    let vehicle = console.until_in("vehicles", |vehicle| vehicle["connected"] == true).await;
    assert_eq!(
        (&vehicle["id"], &vehicle["mode"], &vehicle["phase"]),
        (&json!("falke-2"), &json!("mission"), &json!("underway"))
    );
    assert_eq!(vehicle["position"], json!([10.157, 54.359]));
    assert_eq!((&vehicle["battery"], &vehicle["gnss"]), (&json!(0.98), &json!({ "fix": 3, "satellites": 14 })));

    // The turns of a radar in the last seconds, come all at once: one alone may be clutter.
    let newest_s = now_s();
    for (number, ago_s) in (1..).zip([2.0, 1.0, 0.0]) {
        let scan = crate::night::scan(newest_s - ago_s, number, &[HARBOUR]);
        bus.publish(&Message::Scan(scan)).await.unwrap();
    }
    let track = console.until_in("tracks", |_| true).await;
    assert_eq!((&track["own"], &track["alerts"]), (&Value::Null, &json!([])));
    assert_eq!(track["measured_by"], json!(["radar-1"]));
    assert!((track["height_m"].as_f64().unwrap() - 60.0).abs() < 30.0);
    bus.close().await;
    assert_eq!(port.room.close().await, [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_from_a_vehicle_is_acknowledged_and_outlives_the_room() {
    let port = Port::open().await;
    let bus = port.bus().await;
    let (mut console, _) = port.console().await;
    let mut acks = bus.subscribe(&[TopicPattern::JournalAcks(vehicle_id("falke-2"))], 8).await.unwrap();
    bus.publish(&falke_alert(1)).await.unwrap();
    let alert = console.until_in("alerts", |_| true).await;
    assert_eq!((&alert["id"], &alert["state"]), (&json!("falke-2.1"), &json!("raised")));
    let ack = timeout(LONG, acks.recv()).await.unwrap().unwrap();
    assert!(matches!(ack.message, Message::JournalAck(ack) if ack.up_to == 1));

    let answer = console.ask(r#"{"type":"acknowledge","request":7,"alert":"falke-2.1"}"#).await;
    assert_eq!(answer, json!({ "type": "done", "request": 7 }));
    let again = console.ask(r#"{"type":"acknowledge","request":8,"alert":"falke-2.1"}"#).await;
    assert_eq!((&again["type"], &again["request"]), (&json!("refused"), &json!(8)));
    assert_eq!(again["reason"], "anna has acknowledged alert falke-2.1 already");

    let (_, seen_by_another) = port.console().await;
    assert_eq!(seen_by_another["alerts"][0]["state"], "acknowledged");
    assert_eq!(seen_by_another["alerts"][0]["by"], "anna");
    bus.close().await;
    let port = port.reopen().await;
    let (_, after) = port.console().await;
    assert_eq!(after["alerts"][0]["state"], "acknowledged");
    assert_eq!(port.room.close().await, [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_reaches_the_vehicle_with_the_name() {
    let port = Port::open().await;
    let bus = port.bus().await;
    let mut commands = bus.serve_commands(&vehicle_id("falke-2")).await.unwrap();
    let (mut console, _) = port.console().await;
    let answer = console.ask(r#"{"type":"order","request":1,"vehicle":"falke-2","order":"return_home"}"#).await;
    assert_eq!(answer["type"], "done");
    let (request, replier) = timeout(LONG, commands.recv()).await.unwrap().unwrap();
    assert_eq!(
        (&request.command, &request.authority),
        (&Command::ReturnHome, &Authority::Operator(crate::night::anna()))
    );
    let stage = AckStage::Refused("the vehicle is not under way".to_owned());
    replier.reply(&Ack { command: request.id, vehicle: request.vehicle, at: now(), stage }).await.unwrap();
    let alert = console.until_in("alerts", |_| true).await;
    assert_eq!(
        alert["text"],
        "Falke 2 refused (the vehicle is not under way) the order to return home, given by anna."
    );
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_messages_are_refused_counted_and_harm_nobody() {
    let port = Port::open().await;
    let (mut console, _) = port.console().await;
    let deep = "[".repeat(4000);
    let huge = format!(r#"{{"type":"approve","request":1,"cue":"{}"}}"#, "x".repeat(8000));
    for text in ["", "null", "{}", deep.as_str(), huge.as_str(), r#"{"type":"jam","request":3}"#, "\u{0}"] {
        let answer = console.ask(text).await;
        assert_eq!(answer["type"], "refused", "{text:.30}");
        assert!(answer["reason"].is_string());
    }
    console.socket.send(tungstenite::Message::binary(vec![0xff; 100])).await.unwrap();
    let answer = console.until(|message| message["type"] == "refused").await;
    assert_eq!(answer["request"], Value::Null);
    let unknown = console.ask(r#"{"type":"approve","request":9,"cue":"kiel.cue.1"}"#).await;
    assert_eq!((&unknown["request"], &unknown["reason"]), (&json!(9), &json!("there is no cue kiel.cue.1")));

    // Far too much at once ends that connection and no other.
    let (mut other, _) = port.console().await;
    // It may be cut off in the middle of what it says.
    let _ = console.socket.send(tungstenite::Message::text("x".repeat(1 << 20))).await;
    while let Ok(Some(Ok(_))) = timeout(LONG, console.socket.next()).await {}
    assert_eq!(other.ask("{}").await["type"], "refused");
    let metrics = port.get("/metrics").await.text();
    let unreadable = metrics.lines().find_map(|line| line.strip_prefix("picket_console_unreadable_total ")).unwrap();
    assert_eq!(unreadable, "9", "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_that_does_not_read_holds_up_nobody_and_gets_the_newest_when_it_does() {
    let port = Port::open().await;
    let bus = port.bus().await;
    let (mut asleep, _) = port.console().await;
    let (mut awake, _) = port.console().await;
    let mut east_m = 0.0;
    for _ in 0..100 {
        east_m += 1.0;
        let here = crate::night::moved(OFF_HARBOUR, east_m, 0.0);
        bus.publish(&Message::VehicleState(state(now_s(), "falke-2", here))).await.unwrap();
        awake.until_in("vehicles", |vehicle| vehicle["connected"] == true).await;
    }
    let newest = json!(crate::night::place(crate::night::moved(OFF_HARBOUR, east_m, 0.0)).lat_lon().longitude_deg());
    let close =
        |vehicle: &Value| (vehicle["position"][0].as_f64().unwrap_or(0.0) - newest.as_f64().unwrap()).abs() < 1e-6;
    asleep.until_in("vehicles", close).await;
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_consoles_of_that_session() {
    let port = Port::open().await;
    let (cookie, origin) = (port.cookie().await, format!("http://{}", port.address()));
    let mut console = port.socket(&[("Cookie", &cookie), ("Origin", &origin)]).await.unwrap();
    console.next().await;
    port.ask("DELETE", "/api/session", &[("Cookie", &cookie)], "").await;
    let closed = async {
        loop {
            match console.socket.next().await {
                Some(Ok(tungstenite::Message::Close(Some(frame)))) => return frame.reason.to_string(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(timeout(LONG, closed).await.unwrap(), "the session has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_room_on_the_same_store_or_address_is_refused_in_words() {
    let port = Port::open().await;
    let mut same_store = port.file.clone();
    same_store.bus.listen = vec!["tcp/127.0.0.1:0".to_owned()];
    let opened = crate::night::open(port.folder.path(), &same_store);
    let error = ground_station::serve::Room::open(opened).await.unwrap_err().to_string();
    assert!(error.contains("is another `picket serve` running on it?"), "{error}");
    let mut same_address = port.file.clone();
    same_address.listen = port.address();
    let error = ground_station::serve::Room::open(crate::night::opened(&same_address)).await.unwrap_err().to_string();
    assert!(error.contains(&format!("cannot listen on {}", port.address())), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_planning_desk_and_the_zones_are_for_those_who_are_signed_in() {
    let port = Port::open().await;
    let ask = r#"{"kind":"orbit","vehicles":["falke-2"],"drawn":[[10.1560,54.3600]],"height_m":80}"#;
    for (method, path) in [
        ("POST", "/api/plans/propose"),
        ("GET", "/api/plans/proposals/1"),
        ("DELETE", "/api/plans/proposals/1"),
        ("GET", "/api/zones"),
    ] {
        assert_eq!(port.ask(method, path, &[], ask).await.status, 401, "{method} {path}");
    }
    let cookie = port.cookie().await;
    let foreign = [("Cookie", cookie.as_str()), ("Origin", "http://evil.example")];
    assert_eq!(port.ask("POST", "/api/plans/propose", &foreign, ask).await.status, 403);
    let ours = [("Cookie", cookie.as_str())];
    for (body, status) in [("{", 400), (r#"{"kind":"orbit","vehicles":[],"drawn":[]}"#, 422), (ask, 202)] {
        assert_eq!(port.ask("POST", "/api/plans/propose", &ours, body).await.status, status, "{body}");
    }
    let huge = format!("{ask}{}", " ".repeat(40_000));
    assert_eq!(port.ask("POST", "/api/plans/propose", &ours, &huge).await.status, 413);
    let done = async {
        loop {
            let answer = port.ask("GET", "/api/plans/proposals/1", &ours, "").await;
            let proposal: Value = serde_json::from_slice(&answer.body).unwrap();
            if proposal["state"] != "searching" {
                return proposal;
            }
        }
    };
    let proposal = timeout(LONG, done).await.unwrap();
    assert_eq!(proposal["plans"][0]["vehicle"], "falke-2", "{proposal}");
    assert_eq!(port.ask("GET", "/api/plans/proposals/7", &ours, "").await.status, 404);
    let zones = port.ask("GET", "/api/zones", &ours, "").await;
    assert_eq!(serde_json::from_slice::<Value>(&zones.body).unwrap(), json!({ "zones": [] }));
}
