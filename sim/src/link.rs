//! A simulated link for virtual time: what is sent comes out later, twice, out of order, or never.
//!
//! One [`Link`] carries one direction. It serves the byte link to an autopilot (`Link<Vec<u8>>`) and the bus messages
//! between vehicle and room alike. Everything sent has exactly one fate, and the counts say which:
//! sent + duplicated = delivered + lost + cut + overflowed + in flight.
//!
//! Limits: delays are uniform over the jitter; a partition takes with it what was in flight, as a modem does that
//! drops out; bits are never flipped, for every transport beneath us carries a checksum and drops what fails it.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use telemetry::Timestamp;

use crate::random;

/// How a link treats what it carries.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkModel {
    /// The shortest delay.
    pub delay: Duration,
    /// The longest delay on top, drawn uniformly for each message.
    pub jitter: Duration,
    /// The probability that a message is lost outside bursts, 0 to 1.
    pub loss: f64,
    /// Spells of heavier loss, if there are any.
    pub bursts: Option<LossBursts>,
    /// The probability that a message arrives twice, 0 to 1.
    pub duplication: f64,
    /// Whether messages may overtake each other.
    pub order: DeliveryOrder,
    /// Bytes a second; nothing where the link is never the bottleneck.
    pub bandwidth_bytes_s: Option<u32>,
    /// How many messages may be in flight. A message sent into a full link is dropped and counted as overflowed, the
    /// way the tail of a router's queue is.
    pub capacity: usize,
}

impl Default for LinkModel {
    /// A wire: no delay, no loss, in order.
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            bursts: None,
            duplication: 0.0,
            order: DeliveryOrder::AsSent,
            bandwidth_bytes_s: None,
            capacity: 4096,
        }
    }
}

/// Spells of heavier loss: the two-state model of Gilbert and Elliott, in continuous time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossBursts {
    /// The mean time from the end of a spell to the next, seconds.
    pub mean_gap_s: f64,
    /// The mean length of a spell, seconds.
    pub mean_length_s: f64,
    /// The probability that a message is lost within a spell, 0 to 1.
    pub loss: f64,
}

/// Whether messages may overtake each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOrder {
    /// As a stream: a delayed message holds up those behind it.
    AsSent,
    /// As datagrams: each arrives when its own delay is over.
    AsDelayed,
}

/// Whether a link is there at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Messages pass.
    Up,
    /// Partitioned: nothing passes.
    Down,
}

/// What became of everything sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkCounts {
    /// Handed in.
    pub sent: u64,
    /// Extra copies made by the link.
    pub duplicated: u64,
    /// Handed out.
    pub delivered: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Sent into a partition, or in flight when it began.
    pub cut: u64,
    /// Sent, or duplicated, into a full link.
    pub overflowed: u64,
}

/// One direction of a simulated link.
#[derive(Debug)]
pub struct Link<T> {
    model: LinkModel,
    rng: ChaCha8Rng,
    connection: Connection,
    /// By time of arrival, then by order of sending. Bounded by the model's capacity.
    in_flight: BTreeMap<(Timestamp, u64), T>,
    sequence: u64,
    /// When the last bit sent so far has left the sender.
    idle_from: Timestamp,
    /// The latest arrival promised so far; what is sent later arrives no earlier where the order is kept.
    latest_arrival: Timestamp,
    weather: LossWeather,
    counts: LinkCounts,
}

/// Whether a spell of loss is on, and when that changes; nothing before the first message.
#[derive(Debug, Clone, Copy)]
enum LossWeather {
    Unknown,
    Fair { until: Timestamp },
    Burst { until: Timestamp },
}

impl<T: Clone> Link<T> {
    /// A link that is up and empty. Its randomness is the stream of `name`.
    #[must_use]
    pub fn new(model: LinkModel, seed: u64, name: &str) -> Self {
        let beginning = Timestamp::from_unix_nanos(i64::MIN);
        Self {
            model,
            rng: random::stream(seed, name),
            connection: Connection::Up,
            in_flight: BTreeMap::new(),
            sequence: 0,
            idle_from: beginning,
            latest_arrival: beginning,
            weather: LossWeather::Unknown,
            counts: LinkCounts::default(),
        }
    }

    /// Hands a message of `size_bytes` to the link; the size matters only where the bandwidth is limited.
    pub fn send(&mut self, now: Timestamp, message: T, size_bytes: usize) {
        self.counts.sent += 1;
        if self.connection == Connection::Down {
            self.counts.cut += 1;
            return;
        }
        let loss = self.loss_at(now);
        if random::happens(&mut self.rng, loss) {
            self.counts.lost += 1;
            return;
        }
        if random::happens(&mut self.rng, self.model.duplication) {
            self.counts.duplicated += 1;
            self.put_in_flight(now, message.clone(), size_bytes);
        }
        self.put_in_flight(now, message, size_bytes);
    }

    /// When the next message arrives, if one is in flight.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        self.in_flight.first_key_value().map(|(&(arrival, _), _)| arrival)
    }

    /// Takes the next message that has arrived by now. Call it until it has none left.
    pub fn receive(&mut self, now: Timestamp) -> Option<T> {
        if self.next_at()? > now {
            return None;
        }
        let (_, message) = self.in_flight.pop_first()?;
        self.counts.delivered += 1;
        Some(message)
    }

    /// Partitions the link, or heals it. What is in flight when it goes down is gone.
    pub fn set_connection(&mut self, connection: Connection) {
        if connection == Connection::Down {
            self.counts.cut += self.in_flight.len() as u64;
            self.in_flight.clear();
        }
        self.connection = connection;
    }

    /// Whether the link is there.
    #[must_use]
    pub fn connection(&self) -> Connection {
        self.connection
    }

    /// Sets the probability of loss from now on, outside bursts.
    pub fn set_loss(&mut self, loss: f64) {
        self.model.loss = loss;
    }

    /// What became of everything sent so far.
    #[must_use]
    pub fn counts(&self) -> LinkCounts {
        self.counts
    }

    /// How many messages are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    fn put_in_flight(&mut self, now: Timestamp, message: T, size_bytes: usize) {
        if self.in_flight.len() >= self.model.capacity {
            self.counts.overflowed += 1;
            return;
        }
        let mut sent_by = now;
        if let Some(bandwidth) = self.model.bandwidth_bytes_s {
            let airtime_s = size_bytes as f64 / f64::from(bandwidth.max(1));
            let airtime = Duration::try_from_secs_f64(airtime_s).unwrap_or(Duration::MAX);
            self.idle_from = self.idle_from.max(now) + airtime;
            sent_by = self.idle_from;
        }
        let jitter = self.model.jitter.mul_f64(random::uniform(&mut self.rng, 0.0..1.0));
        let mut arrival = sent_by + self.model.delay + jitter;
        if self.model.order == DeliveryOrder::AsSent {
            arrival = arrival.max(self.latest_arrival);
        }
        self.latest_arrival = self.latest_arrival.max(arrival);
        self.in_flight.insert((arrival, self.sequence), message);
        self.sequence += 1;
    }

    fn loss_at(&mut self, now: Timestamp) -> f64 {
        let Some(bursts) = self.model.bursts else { return self.model.loss };
        loop {
            self.weather = match self.weather {
                LossWeather::Fair { until } if until > now => return self.model.loss,
                LossWeather::Burst { until } if until > now => return bursts.loss,
                LossWeather::Unknown => LossWeather::Fair { until: now + self.spell(bursts.mean_gap_s) },
                LossWeather::Burst { until } => LossWeather::Fair { until: until + self.spell(bursts.mean_gap_s) },
                LossWeather::Fair { until } => LossWeather::Burst { until: until + self.spell(bursts.mean_length_s) },
            };
        }
    }

    /// A spell's length. At least a millisecond, so that a mean of zero cannot hold time still.
    fn spell(&mut self, mean_s: f64) -> Duration {
        Duration::from_secs_f64(random::exponential(&mut self.rng, mean_s.clamp(0.0, 1e6)).max(1e-3))
    }
}

#[cfg(test)]
mod tests;
