//! All links of a vehicle and what goes between them: the autopilot's (several, of which one is used), the payload's
//! and the ground's.
//!
//! A frame that comes in is split off, checked (checksum, and signature where the link signs), and then goes to
//! ourselves and to every link where its addressee is, except back. It is never decoded for that, and a message the
//! dialect does not know passes byte for byte. What does not pass is counted, and where a person must know it, said
//! once in words.
//!
//! Rules besides those of [`super::routes`]:
//! - of the autopilot's links only the one in use speaks; the others are listened to for [`super::failover`];
//! - ground and payload reach the autopilot, and the ground the payload, as [`super::permission`] allows;
//! - nobody but the autopilot's and the payload's links may say anything in the vehicle's name: such a frame is an echo
//!   or a lie.
//!
//! Limits: [`WAITING_MAX`] bytes wait for each link; what comes beyond is dropped and counted. Frames for one link are
//! put together into portions of at most [`PORTION_MAX`] bytes, so that a datagram is one portion.

mod link;

use mavlink::dialects::ardupilotmega::RADIO_STATUS_DATA;
use mavlink::{Message as _, MessageData};
use telemetry::{MavSystemId, Timestamp};

use self::link::{Link, is_ground};
use super::failover::{Failover, SILENCE, Switch};
use super::frames::{Encoder, Frame};
use super::high_latency::Summary;
use super::permission::{commander_may, only_asks, payload_may};
use super::routes::{Copies, LINKS_MAX, Routes};
use super::session::{AUTOPILOT, COMPANION};
use super::signing::{Key, Signer, SigningClock, append_unsigned};
use super::splitter::RawFrame;
use super::tlog;

pub use self::link::{Ground, LinkCounts, LinkSetup, Role};

/// The most bytes that wait for one link.
pub const WAITING_MAX: usize = 1 << 16;
/// The largest portion: fits a datagram on any path.
pub const PORTION_MAX: usize = 1200;
/// The most bytes of the flight record that wait; what comes beyond is dropped and counted.
const RECORD_MAX: usize = 1 << 20;

/// What a person may want to know of the links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// For the log.
    Log(String),
    /// For whoever is responsible for the vehicle: something does not get through.
    Operator(String),
}

/// All links. The order of the autopilot's is that of preference.
#[derive(Debug)]
pub struct Wire {
    system: MavSystemId,
    links: Vec<Link>,
    signer: Option<Signer>,
    failover: Failover,
    routes: Routes,
    copies: Copies,
    summary: Summary,
    summary_encoder: Encoder,
    /// Frames for ourselves.
    local: Vec<u8>,
    record: Vec<u8>,
    record_dropped: u64,
    remarks: Vec<Remark>,
}

/// Where a frame comes from: a link by its number, or ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Link(usize),
    Ourselves,
}

impl Wire {
    /// Links that have carried nothing yet. Without a key no link is signed, whatever its setup says: the configuration
    /// does not let that happen.
    ///
    /// # Panics
    /// Over more than [`LINKS_MAX`] links, which the configuration does not allow either.
    #[must_use]
    pub fn new(system: MavSystemId, setups: Vec<LinkSetup>, key: Option<(Key, SigningClock)>, now: Timestamp) -> Self {
        assert!(setups.len() <= LINKS_MAX, "invariant: the configuration bounds the links");
        let autopilots = setups.iter().enumerate().filter(|(_, setup)| setup.role == Role::Autopilot);
        let failover = Failover::new(autopilots.map(|(at, _)| at), now);
        Self {
            system,
            links: setups.into_iter().map(Link::new).collect(),
            signer: key.map(|(key, clock)| Signer::new(key, clock)),
            failover,
            routes: Routes::default(),
            copies: Copies::default(),
            summary: Summary::new(now),
            summary_encoder: Encoder::new(system, AUTOPILOT),
            local: Vec::new(),
            record: Vec::new(),
            record_dropped: 0,
            remarks: Vec::new(),
        }
    }

    /// Takes bytes that came over a link.
    pub fn receive(&mut self, now: Timestamp, link: usize, bytes: &[u8]) {
        let mut splitter = std::mem::take(&mut self.links[link].splitter);
        if self.links[link].setup.datagrams {
            splitter.push_datagram(bytes);
        } else {
            splitter.push(bytes);
        }
        while let Some(frame) = splitter.next_raw() {
            self.take(now, link, &frame);
        }
        self.links[link].splitter = splitter;
    }

    /// Sends one of our own frames.
    pub fn send(&mut self, now: Timestamp, frame: &[u8]) {
        if let Some(frame) = RawFrame::whole(frame) {
            self.record(now, &frame);
            self.forward(now, Origin::Ourselves, &frame);
        }
    }

    /// Sends what is due to the thin links.
    pub fn advance(&mut self, now: Timestamp) {
        if let Some(summary) = self.summary.due(now)
            && self.links.iter().any(Link::is_thin)
        {
            let frame = self.summary_encoder.encode(&summary);
            let frame = RawFrame::whole(&frame).expect("invariant: our encoder writes whole frames");
            for at in 0..self.links.len() {
                if self.links[at].is_thin() {
                    self.put(now, Origin::Ourselves, at, &frame);
                }
            }
        }
    }

    /// When [`Wire::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.summary.next_due()
    }

    /// What came for ourselves since the last call; `into` is emptied first.
    pub fn take_local(&mut self, into: &mut Vec<u8>) {
        into.clear();
        std::mem::swap(into, &mut self.local);
    }

    /// The next portion for a link.
    pub fn next_portion(&mut self, link: usize) -> Option<Vec<u8>> {
        let portion = self.links[link].waiting.pop_front()?;
        self.links[link].waiting_bytes -= portion.len();
        Some(portion)
    }

    /// What goes into the flight record since the last call.
    pub fn take_record(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.record)
    }

    /// What a person must know; each is told once.
    pub fn take_remarks(&mut self) -> Vec<Remark> {
        std::mem::take(&mut self.remarks)
    }

    /// The number of links.
    #[must_use]
    pub fn links(&self) -> usize {
        self.links.len()
    }

    /// How a link is called and what it has seen.
    #[must_use]
    pub fn counts(&self, link: usize) -> (&str, LinkCounts) {
        let Link { setup, splitter, counts, .. } = &self.links[link];
        (&setup.name, LinkCounts { frames: splitter.counts(), ..*counts })
    }

    /// Bytes that the flight record lost because nobody took them.
    #[must_use]
    pub fn record_dropped(&self) -> u64 {
        self.record_dropped
    }

    /// The clock for signatures, to be kept on disk.
    #[must_use]
    pub fn signing_clock(&self) -> Option<SigningClock> {
        self.signer.as_ref().map(Signer::clock)
    }

    fn take(&mut self, now: Timestamp, from: usize, frame: &RawFrame<'_>) {
        let sender = frame.sender();
        let role = self.links[from].setup.role;
        if !self.believes(now, from, frame) {
            return;
        }
        let in_our_name = sender == (self.system, COMPANION) || (is_ground(role) && sender.0 == self.system);
        // The same message of an autopilot may well come over two of its own links.
        let copy = role != Role::Autopilot && self.copies.is_copy(now, from, frame);
        if in_our_name || copy {
            self.links[from].counts.looped += 1;
            return;
        }
        self.routes.learn(now, from, sender);
        if role == Role::Autopilot {
            if sender == (self.system, AUTOPILOT)
                && let Some(switch) = self.failover.heard(now, from)
            {
                self.say_switch(switch);
            }
            if self.failover.used() != Some(from) {
                return;
            }
            self.say_foreign_signature(from, frame);
            if sender == (self.system, AUTOPILOT) && self.links.iter().any(Link::is_thin) {
                self.summary.take(now, frame);
            }
        }
        self.record(now, frame);
        self.forward(now, Origin::Link(from), frame);
    }

    /// Whether a frame may come in over this link.
    fn believes(&mut self, now: Timestamp, from: usize, frame: &RawFrame<'_>) -> bool {
        let link = &mut self.links[from];
        let Some(signer) = self.signer.as_mut().filter(|_| link.setup.signed) else { return true };
        let Err(distrust) = signer.check(now, frame) else { return true };
        // Radios put their own reports into the stream and cannot sign.
        if frame.id == RADIO_STATUS_DATA::ID {
            return false;
        }
        link.counts.distrusted += 1;
        if link.said_distrust.is_none_or(|said| said < distrust) {
            link.said_distrust = Some(distrust);
            let (system, component) = frame.sender();
            self.remarks.push(Remark::Operator(format!(
                "{}: a frame of system {}, component {} is dropped, as are all such: {distrust}",
                link.setup.name, system.0, component.0
            )));
        }
        false
    }

    fn forward(&mut self, now: Timestamp, origin: Origin, frame: &RawFrame<'_>) {
        let addressee = frame.addressee();
        let (system, component) = addressee;
        let everybody = system == MavSystemId(0);
        let for_us = everybody || (system == self.system && [0, COMPANION.0].contains(&component.0));
        if for_us && origin != Origin::Ourselves {
            self.local.extend_from_slice(frame.bytes);
        }
        let links = self.routes.links_to(addressee);
        let mut denied = false;
        let mut sent = for_us;
        for to in 0..self.links.len() {
            if origin == Origin::Link(to) || !self.leads_to(to, links, everybody, origin, frame) {
                continue;
            }
            if self.permits(origin, to, frame) {
                self.put(now, origin, to, frame);
                sent = true;
            } else {
                denied = true;
            }
        }
        if let Origin::Link(from) = origin {
            let counts = &mut self.links[from].counts;
            counts.denied += u64::from(denied);
            counts.astray += u64::from(!sent && !denied);
            if denied && !everybody {
                self.say_denied(from, frame);
            }
        }
    }

    /// Whether a frame goes over a link, if it may.
    fn leads_to(&self, to: usize, links: u16, everybody: bool, origin: Origin, frame: &RawFrame<'_>) -> bool {
        match self.links[to].setup.role {
            // A heartbeat of ours on every link keeps the one that is not used open.
            Role::Autopilot if everybody && origin == Origin::Ourselves => {
                self.failover.used().is_none_or(|used| used == to) || is_heartbeat(frame)
            }
            Role::Autopilot => self.failover.used() == Some(to) && self.autopilot_mask() & links != 0,
            Role::Ground(Ground { thin: true, .. }) if everybody => false,
            Role::Ground(_) | Role::Payload => links & 1 << to != 0,
        }
    }

    fn autopilot_mask(&self) -> u16 {
        let bit = |(at, link): (usize, &Link)| u16::from(link.setup.role == Role::Autopilot) << at;
        self.links.iter().enumerate().map(bit).fold(0, |mask, bit| mask | bit)
    }

    fn permits(&self, origin: Origin, to: usize, frame: &RawFrame<'_>) -> bool {
        let Origin::Link(from) = origin else { return true };
        match (self.links[from].setup.role, self.links[to].setup.role) {
            (Role::Autopilot, _) | (_, Role::Ground(_)) | (Role::Payload, Role::Payload) => true,
            (Role::Payload, Role::Autopilot) => payload_may(frame),
            (Role::Ground(Ground { commands: true, .. }), _) => commander_may(frame),
            (Role::Ground(Ground { commands: false, .. }), _) => only_asks(frame),
        }
    }

    /// Puts a frame into what waits for a link, signed as the link demands.
    fn put(&mut self, now: Timestamp, origin: Origin, to: usize, frame: &RawFrame<'_>) {
        let unsigned = match origin {
            Origin::Link(from) => self.links[from].setup.signed && frame.signed(),
            Origin::Ourselves => false,
        };
        let link = &mut self.links[to];
        if link.waiting_bytes >= WAITING_MAX {
            link.counts.unsent += 1;
            return;
        }
        let fits = link.waiting.back().is_some_and(|last| last.len() + frame.bytes.len() + 13 <= PORTION_MAX);
        if !fits {
            link.waiting.push_back(Vec::with_capacity(frame.bytes.len() + 13));
        }
        let portion = link.waiting.back_mut().expect("invariant: one was pushed where none was");
        let before = portion.len();
        match self.signer.as_mut().filter(|_| link.setup.signed) {
            Some(signer) => {
                link.counts.unsent += u64::from(!signer.sign(now, to as u8, frame, portion));
            }
            None if unsigned => append_unsigned(frame, portion),
            None => portion.extend_from_slice(frame.bytes),
        }
        link.waiting_bytes += portion.len() - before;
        if portion.is_empty() {
            link.waiting.pop_back();
        }
    }

    fn record(&mut self, now: Timestamp, frame: &RawFrame<'_>) {
        if self.record.len() + frame.bytes.len() > RECORD_MAX {
            self.record_dropped += frame.bytes.len() as u64;
            return;
        }
        tlog::append(&mut self.record, now, frame.bytes);
    }

    fn say_switch(&mut self, Switch { from, to, silent_for }: Switch) {
        let name = |at: usize| &self.links[at].setup.name;
        let words = match (from, silent_for) {
            (Some(from), Some(silent)) if silent <= SILENCE => {
                format!("the autopilot is reached by {} again, which is preferred to {}", name(to), name(from))
            }
            (Some(from), silent) => format!(
                "the autopilot is reached by {} now: {} was silent for {:.1} s",
                name(to),
                name(from),
                silent.unwrap_or_default().as_secs_f64()
            ),
            (None, _) => return self.remarks.push(Remark::Log(format!("the autopilot is reached by {}", name(to)))),
        };
        self.remarks.push(Remark::Operator(words));
    }

    /// An autopilot that signs drops in silence what we do not sign.
    fn say_foreign_signature(&mut self, from: usize, frame: &RawFrame<'_>) {
        let link = &mut self.links[from];
        if frame.signed() && !link.setup.signed && !link.said_signed {
            link.said_signed = true;
            self.remarks.push(Remark::Operator(format!(
                "{}: the autopilot signs what it sends and ignores what is not signed with its key: the configuration \
                 needs its key, and autopilot = true in [signing]",
                link.setup.name
            )));
        }
    }

    fn say_denied(&mut self, from: usize, frame: &RawFrame<'_>) {
        let link = &mut self.links[from];
        if link.said_denied {
            return;
        }
        link.said_denied = true;
        let (system, component) = frame.sender();
        let what = Frame::of(frame).map_or("a message that is not known", |frame| frame.message.message_name());
        self.remarks.push(Remark::Operator(format!(
            "{}: {what} of system {}, component {} does not pass, nor does anything else from there that would change \
             something on board: this link may only listen and ask",
            link.setup.name, system.0, component.0
        )));
    }
}

fn is_heartbeat(frame: &RawFrame<'_>) -> bool {
    frame.id == mavlink::dialects::ardupilotmega::HEARTBEAT_DATA::ID
}
