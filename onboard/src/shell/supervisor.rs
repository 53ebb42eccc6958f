//! A word to the supervisor that started the program, if one did: systemd is told that the vehicle is on watch, and
//! then again and again that the loop goes round. When that stays out, it starts the program anew.
//!
//! Source: sd_notify(3): a datagram to the socket in `NOTIFY_SOCKET`; `WATCHDOG_USEC` is the time within which the
//! next word must come.

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use telemetry::Timestamp;

/// Who supervises the program, and when the next word is due.
#[derive(Debug)]
pub(super) struct Supervisor {
    line: Option<(UnixDatagram, SocketAddr)>,
    every: Option<Duration>,
    next: Timestamp,
}

impl Supervisor {
    /// The one that the environment names; nobody where it names none.
    pub(super) fn of_environment(now: Timestamp) -> Self {
        let within = std::env::var("WATCHDOG_USEC").ok().and_then(|within| within.parse().ok());
        Self::at(std::env::var_os("NOTIFY_SOCKET"), within.map(Duration::from_micros), now)
    }

    fn at(socket: Option<OsString>, within: Option<Duration>, now: Timestamp) -> Self {
        let address = socket.and_then(|socket| match socket.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name).ok(),
            _ => SocketAddr::from_pathname(socket).ok(),
        });
        let line = address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address)));
        // Three words within the time: one may be late.
        Self { line, every: within.map(|within| within / 3), next: now }
    }

    /// The vehicle is on watch.
    pub(super) fn ready(&self) {
        self.say(b"READY=1");
    }

    /// The loop has gone round once more.
    pub(super) fn alive(&mut self, now: Timestamp) {
        if let Some(every) = self.every
            && now >= self.next
        {
            self.next = now + every;
            self.say(b"WATCHDOG=1");
        }
    }

    /// A supervisor that does not listen misses the word and acts on it: there is nothing else to be done here.
    fn say(&self, word: &[u8]) {
        if let Some((socket, address)) = &self.line {
            let _sent = socket.send_to_addr(word, address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supervisor_hears_that_the_vehicle_is_on_watch_and_then_of_the_loop_as_often_as_it_wants() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        systemd.set_nonblocking(true).unwrap();
        let mut supervisor =
            Supervisor::at(Some(path.into_os_string()), Some(Duration::from_secs(3)), Timestamp::EPOCH);
        supervisor.ready();
        for tenths in 0..25 {
            supervisor.alive(Timestamp::EPOCH + Duration::from_millis(100 * tenths));
        }
        let mut heard = Vec::new();
        let mut word = [0; 64];
        while let Ok(length) = systemd.recv(&mut word) {
            heard.push(String::from_utf8(word[..length].to_vec()).unwrap());
        }
        assert_eq!(heard, ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
    }

    #[test]
    fn without_a_supervisor_nothing_is_said() {
        let mut nobody = Supervisor::at(None, None, Timestamp::EPOCH);
        nobody.ready();
        nobody.alive(Timestamp::EPOCH);
        assert!(nobody.line.is_none());
    }
}
