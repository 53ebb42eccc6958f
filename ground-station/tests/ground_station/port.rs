//! A real room on loopback: its bus, its store in a folder of its own, and a browser's side of its door.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use futures_util::{SinkExt, StreamExt};
use ground_station::StationFile;
use ground_station::serve::Room;
use serde_json::Value;
use telemetry::bus::{Bus, BusConfig, TopicPattern};
use telemetry::topics::Program;
use telemetry::{SiteId, Timestamp};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::night::KEY;

/// Nothing here takes longer unless it is broken.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// An open room and the folder it lives in.
pub(crate) struct Port {
    pub(crate) room: Room,
    pub(crate) folder: TempDir,
    pub(crate) file: StationFile,
    bus_port: u16,
}

impl Port {
    pub(crate) async fn open() -> Self {
        Self::open_with(crate::night::station_file()).await
    }

    /// A room of another configuration; where its bus listens is filled in.
    pub(crate) async fn open_with(mut file: StationFile) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        file.bus.listen = vec![format!("tcp/127.0.0.1:{bus_port}")];
        let room = Room::open(crate::night::open(folder.path(), &file)).await.unwrap_or_else(|error| panic!("{error}"));
        Self { room, folder, file, bus_port }
    }

    /// Closes the room and opens it again on the same store.
    pub(crate) async fn reopen(self) -> Self {
        assert_eq!(self.room.close().await, [] as [String; 0]);
        let room = Room::open(crate::night::open(self.folder.path(), &self.file)).await.unwrap();
        Self { room, ..self }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.room.address()
    }

    /// The bus, as vehicles and sensors join it; joined once the room's beat is heard.
    pub(crate) async fn bus(&self) -> Bus {
        let site = SiteId::new("kiel-holtenau").unwrap();
        let connect = vec![format!("tcp/127.0.0.1:{}", self.bus_port)];
        let config = BusConfig { site, program: Program::Simulator, listen: Vec::new(), connect, tls: None };
        let bus = Bus::open(&config).await.unwrap();
        let mut beats = bus.subscribe(&[TopicPattern::StationBeat], 1).await.unwrap();
        timeout(LONG, beats.recv()).await.expect("a beat").expect("an open bus");
        bus
    }

    /// A request as a browser on this machine makes it.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.address().to_string();
        let named = headers.iter().any(|(name, _)| *name == "Host");
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !named {
            text.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        timeout(LONG, stream.read_to_end(&mut bytes)).await.unwrap().unwrap();
        Answer::read(&bytes)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(crate) async fn sign_in(&self, key: &str) -> Answer {
        let body = format!(r#"{{"operator":"anna","key":"{key}"}}"#);
        self.ask("POST", "/api/session", &[("Content-Type", "application/json")], &body).await
    }

    /// Anna's cookie.
    pub(crate) async fn cookie(&self) -> String {
        self.sign_in(KEY).await.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// Opens a socket with these headers.
    pub(crate) async fn socket(&self, headers: &[(&str, &str)]) -> Result<Console, tungstenite::Error> {
        self.socket_at("/ws", headers).await
    }

    /// Opens a socket at a path with these headers.
    pub(crate) async fn socket_at(&self, path: &str, headers: &[(&str, &str)]) -> Result<Console, tungstenite::Error> {
        let mut request = format!("ws://{}{path}", self.address()).into_client_request().unwrap();
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Console { socket })
    }

    /// Anna's console, with what it was shown first.
    pub(crate) async fn console(&self) -> (Console, Value) {
        let (cookie, origin) = (self.cookie().await, format!("http://{}", self.address()));
        let mut console = self.socket(&[("Cookie", &cookie), ("Origin", &origin)]).await.unwrap();
        let snapshot = console.next().await;
        (console, snapshot)
    }
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A console's socket.
pub(crate) struct Console {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Console {
    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match timeout(LONG, self.socket.next()).await.expect("a message").expect("an open socket").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads until a message is what is wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let message = self.next().await;
                if wanted(&message) {
                    return message;
                }
            }
        };
        timeout(LONG, found).await.expect("the message that was waited for")
    }

    /// Reads until something of a list is what is wanted; gives it.
    pub(crate) async fn until_in(&mut self, list: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let find = |message: &Value| message[list].as_array().into_iter().flatten().find(|item| wanted(item)).cloned();
        let message = self.until(|message| find(message).is_some()).await;
        find(&message).unwrap()
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Says something and waits for its answer.
    pub(crate) async fn ask(&mut self, text: &str) -> Value {
        self.say(text).await;
        self.until(|message| message["type"] == "done" || message["type"] == "refused").await
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// The machine's time, in seconds of the night.
pub(crate) fn now_s() -> f64 {
    now().unix_seconds() - crate::night::START_S
}
