//! A live room records itself, and the recording runs again.

use crate::night::{OFF_HARBOUR, state};
use crate::port::{now, now_s};
use ground_station::recording::{SETUP, Setup, input_of};
use ground_station::serve::Room;
use telemetry::bus::{Bus, BusConfig};
use telemetry::messages::Message;
use telemetry::recording::Recording;
use telemetry::topics::Program;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_room_records_what_a_fresh_station_raises_again() {
    let folder = tempfile::tempdir().unwrap();
    let bus_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("tcp/127.0.0.1:{bus_port}");
    let mut file = crate::night::station_file();
    (file.bus.listen, file.record) = (vec![endpoint.clone()], Some("night.mcap".into()));
    // An earlier recording of that name is left as it is.
    std::fs::write(folder.path().join("night.mcap"), "evidence").unwrap();
    let room = Room::open(crate::night::open(folder.path(), &file)).await.unwrap();
    let path = room.recording().unwrap().clone();
    assert_eq!(path.file_name().unwrap(), "night.2.mcap");
    let site = telemetry::SiteId::new("kiel-holtenau").unwrap();
    let config =
        BusConfig { site, program: Program::Simulator, listen: Vec::new(), connect: vec![endpoint], tls: None };
    let bus = Bus::open(&config).await.unwrap();
    // What is said before the room's subscriptions are known here reaches nobody. So: until it tells of what the scans see,
    // and twice more; it has heard and recorded enough of it then.
    let mut told = bus
        .subscribe(&[telemetry::bus::TopicPattern::StationBeat, telemetry::bus::TopicPattern::Tracks], 64)
        .await
        .unwrap();
    let (mut number, mut heard, mut rounds_after) = (0, false, 0);
    while rounds_after < 2 {
        for _ in 0..4 {
            bus.publish(&Message::VehicleState(state(now_s(), "falke-2", OFF_HARBOUR))).await.unwrap();
            number += 1;
            bus.publish(&Message::Scan(crate::night::scan(now_s(), number, &[crate::night::HARBOUR]))).await.unwrap();
        }
        assert!(number < 1000, "the room tells of no track");
        rounds_after += u32::from(heard);
        while let Message::Track(_) =
            tokio::time::timeout(crate::port::LONG, told.recv()).await.unwrap().unwrap().message
        {
            heard = true;
        }
    }
    bus.close().await;
    assert_eq!(room.close().await, [] as [String; 0]);

    let mut recording = Recording::open(&path).unwrap();
    assert!(recording.is_complete());
    let attachment = recording.attachments().unwrap().remove(SETUP).unwrap();
    let setup = Setup::from_json(&attachment).unwrap();
    assert!(now().since(setup.started_at) < crate::port::LONG * 3);
    let mut station = setup.station().unwrap();
    let (mut was, mut is, mut inputs) = (Vec::new(), Vec::new(), 0);
    let mut take = |station: &mut ground_station::Station| {
        while let Some(output) = station.next_output() {
            if let ground_station::Output::Publish(message) = output {
                is.push(message.encode());
            }
        }
    };
    let mut end = setup.started_at;
    for message in recording.messages() {
        let (at, message) = message.unwrap();
        end = at;
        match input_of(message.clone()) {
            Some(input) => {
                inputs += 1;
                station.handle(at, input);
                take(&mut station);
            }
            None => was.push(message.encode()),
        }
    }
    station.advance(end);
    take(&mut station);
    assert!(inputs >= 8, "{inputs} inputs");
    // Commands go through requests and not through publications; everything else is compared.
    let published: Vec<Vec<u8>> = was.into_iter().filter(|bytes| is.contains(bytes)).collect();
    assert_eq!(published.len(), is.len());
    assert_eq!(published, is);
    assert_eq!(std::fs::read(folder.path().join("night.mcap")).unwrap(), b"evidence");
}
