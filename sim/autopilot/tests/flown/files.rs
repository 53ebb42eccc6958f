//! Files over FTP, and the logs of flights.

use mavlink::dialects::ardupilotmega::{
    FILE_TRANSFER_PROTOCOL_DATA, LOG_ERASE_DATA, LOG_REQUEST_DATA_DATA, LOG_REQUEST_LIST_DATA, MavMessage,
};

use crate::pilot::{Pilot, VEHICLE, copter_config, px4_config};

const ACK: u8 = 128;
const NAK: u8 = 129;
const END_OF_FILE: u8 = 6;
const NOT_FOUND: u8 = 10;

/// A station's side of FTP.
struct Station {
    pilot: Pilot,
    seq: u16,
}

/// What came back: opcode, session, data, and whether it ends a burst.
#[derive(Debug, Clone, PartialEq)]
struct Reply {
    opcode: u8,
    session: u8,
    offset: u32,
    data: Vec<u8>,
    last: bool,
}

impl Station {
    fn new(pilot: Pilot) -> Self {
        Self { pilot, seq: 0 }
    }

    fn ask(&mut self, opcode: u8, session: u8, offset: u32, size: u8, data: &[u8]) -> Reply {
        self.pilot.inbox.clear();
        self.fire(opcode, session, offset, size, data);
        self.replies().pop().expect("an answer")
    }

    fn fire(&mut self, opcode: u8, session: u8, offset: u32, size: u8, data: &[u8]) {
        let mut payload = [0; 251];
        payload[..2].copy_from_slice(&self.seq.to_le_bytes());
        self.seq += 1;
        payload[2..5].copy_from_slice(&[session, opcode, if data.is_empty() { size } else { data.len() as u8 }]);
        payload[8..12].copy_from_slice(&offset.to_le_bytes());
        payload[12..12 + data.len()].copy_from_slice(data);
        self.pilot.send(&MavMessage::FILE_TRANSFER_PROTOCOL(FILE_TRANSFER_PROTOCOL_DATA {
            target_network: 0,
            target_system: VEHICLE,
            target_component: 1,
            payload,
        }));
    }

    fn replies(&self) -> Vec<Reply> {
        let replies = self.pilot.inbox.iter().filter_map(|message| match message {
            MavMessage::FILE_TRANSFER_PROTOCOL(ftp) => Some(Reply {
                opcode: ftp.payload[3],
                session: ftp.payload[2],
                offset: u32::from_le_bytes([ftp.payload[8], ftp.payload[9], ftp.payload[10], ftp.payload[11]]),
                data: ftp.payload[12..12 + usize::from(ftp.payload[4])].to_vec(),
                last: ftp.payload[6] == 1,
            }),
            _ => None,
        });
        replies.collect()
    }

    fn list(&mut self, folder: &str) -> String {
        let reply = self.ask(3, 0, 0, 0, folder.as_bytes());
        assert_eq!(reply.opcode, ACK, "{reply:?}");
        String::from_utf8(reply.data).expect("names")
    }

    /// Opens a file and reads it to its end, whatever size it is said to have.
    fn read(&mut self, path: &str) -> (u32, Vec<u8>) {
        let opened = self.ask(4, 0, 0, 0, path.as_bytes());
        assert_eq!(opened.opcode, ACK, "{path}: {opened:?}");
        let size = u32::from_le_bytes([opened.data[0], opened.data[1], opened.data[2], opened.data[3]]);
        let mut bytes = Vec::new();
        loop {
            let reply = self.ask(5, opened.session, bytes.len() as u32, 200, &[]);
            if reply.opcode == NAK {
                assert_eq!(reply.data, [END_OF_FILE]);
                break;
            }
            bytes.extend(reply.data);
        }
        assert_eq!(self.ask(1, opened.session, 0, 0, &[]).opcode, ACK);
        (size, bytes)
    }
}

#[test]
fn a_file_is_created_written_read_renamed_and_removed() {
    for (pilot, folder) in [(Pilot::copter(), "/APM"), (Pilot::px4(), "/fs/microsd")] {
        let mut station = Station::new(pilot);
        let (path, other) = (format!("{folder}/a.txt"), format!("{folder}/b.txt"));
        let session = station.ask(6, 0, 0, 0, path.as_bytes()).session;
        let content: Vec<u8> = (0..=255).cycle().take(500).collect();
        for (part, chunk) in (0..).zip(content.chunks(200)) {
            assert_eq!(station.ask(7, session, part * 200, 0, chunk).opcode, ACK);
        }
        assert_eq!(station.ask(1, session, 0, 0, &[]).opcode, ACK);
        assert!(station.list(folder).contains("Fa.txt\t500\0"));
        assert_eq!(station.read(&path), (500, content.clone()));
        let crc = station.ask(14, 0, 0, 0, path.as_bytes());
        assert_eq!(crc.data.len(), 4);
        assert_eq!(station.ask(13, 0, 0, 0, format!("{path}\0{other}").as_bytes()).opcode, ACK);
        assert_eq!(station.ask(4, 0, 0, 0, path.as_bytes()).data, [NOT_FOUND]);
        assert_eq!(station.ask(8, 0, 0, 0, other.as_bytes()).opcode, ACK);
        assert_eq!(station.ask(8, 0, 0, 0, other.as_bytes()).data, [NOT_FOUND]);
    }
}

#[test]
fn a_request_that_comes_twice_is_carried_out_once() {
    let mut station = Station::new(Pilot::copter());
    let removed = station.ask(9, 0, 0, 0, b"/APM/orders");
    assert_eq!(removed.opcode, ACK);
    // The same number: the answer was lost. Carried out again it would fail, for the folder is there.
    station.seq -= 1;
    assert_eq!(station.ask(9, 0, 0, 0, b"/APM/orders").opcode, ACK);
    assert_eq!(station.ask(9, 0, 0, 0, b"/APM/orders").opcode, NAK);
}

#[test]
fn the_sizes_of_files_made_up_on_reading_are_fictional() {
    let mut station = Station::new(Pilot::copter());
    let (size, bytes) = station.read("@PARAM/param.pck");
    assert_eq!(bytes[..2], 0x671b_u16.to_le_bytes());
    assert!(size as usize > bytes.len() && bytes.len() > 500, "{size} {}", bytes.len());
    let (size, bytes) = station.read("@MISSION/mission.dat");
    assert_eq!((bytes.len(), bytes[..2].to_vec()), (10, vec![0x3d, 0x76]));
    assert_ne!(size, 10);
    assert_eq!(station.ask(4, 0, 0, 0, b"@SYS/uarts.txt").opcode, ACK);
    let mut honest = copter_config();
    honest.quirks.fictional_file_sizes = false;
    let (size, bytes) = Station::new(Pilot::with(honest, 1)).read("@PARAM/param.pck");
    assert_eq!(size as usize, bytes.len());
}

#[test]
fn a_burst_ends_with_the_file_in_each_makes_way() {
    for (pilot, path, marked) in [(Pilot::copter(), "/APM/x", false), (Pilot::px4(), "/fs/microsd/x", true)] {
        let mut station = Station::new(pilot);
        let session = station.ask(6, 0, 0, 0, path.as_bytes()).session;
        for part in 0..10 {
            station.ask(7, session, part * 200, 0, &[part as u8; 200]);
        }
        station.ask(1, session, 0, 0, &[]);
        let session = station.ask(4, 0, 0, 0, path.as_bytes()).session;
        station.pilot.inbox.clear();
        station.fire(15, session, 0, 100, &[]);
        station.pilot.run(1.0);
        let replies = station.replies();
        let data: Vec<u8> = replies.iter().filter(|reply| reply.opcode == ACK).flat_map(|r| r.data.clone()).collect();
        assert_eq!(data, (0..10).flat_map(|part| [part; 200]).collect::<Vec<u8>>());
        let last = replies.last().expect("replies");
        assert_eq!((last.last, last.opcode), if marked { (true, ACK) } else { (false, NAK) });
    }
}

#[test]
fn a_flight_leaves_a_log_that_is_listed_downloaded_and_erased() {
    for (config, first, begins) in
        [(copter_config(), 1, &b"\xa3\x95\x80"[..]), (px4_config(), 0, &b"ULog\x01\x12\x35"[..])]
    {
        let mut pilot = Pilot::with(config, 1);
        pilot.run(13.0);
        let list = MavMessage::LOG_REQUEST_LIST(LOG_REQUEST_LIST_DATA {
            start: 0,
            end: u16::MAX,
            target_system: VEHICLE,
            target_component: 1,
        });
        let entries = |pilot: &mut Pilot| -> Vec<(u16, u32, u16)> {
            pilot.inbox.clear();
            pilot.send(&list);
            pilot.run(1.0);
            let entries = pilot.inbox.iter().filter_map(|message| match message {
                MavMessage::LOG_ENTRY(entry) => Some((entry.id, entry.size, entry.num_logs)),
                _ => None,
            });
            entries.collect()
        };
        assert_eq!(entries(&mut pilot), [(0, 0, 0)]);
        pilot.arm();
        pilot.run(20.0);
        let listed = entries(&mut pilot);
        let [(id, size, 1)] = listed[..] else { panic!("{listed:?}") };
        assert_eq!(id, first);
        pilot.inbox.clear();
        pilot.send(&MavMessage::LOG_REQUEST_DATA(LOG_REQUEST_DATA_DATA {
            ofs: 0,
            count: u32::MAX,
            id,
            target_system: VEHICLE,
            target_component: 1,
        }));
        pilot.run(1.0);
        let mut bytes = Vec::new();
        for message in &pilot.inbox {
            if let MavMessage::LOG_DATA(data) = message {
                assert_eq!(data.ofs as usize, bytes.len());
                bytes.extend(&data.data[..usize::from(data.count)]);
            }
        }
        assert_eq!((bytes.len(), &bytes[..begins.len()]), (size as usize, begins));
        pilot.send(&MavMessage::LOG_ERASE(LOG_ERASE_DATA { target_system: VEHICLE, target_component: 1 }));
        assert_eq!(entries(&mut pilot), [(0, 0, 0)]);
    }
}
