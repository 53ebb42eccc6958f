//! Sessions: who is signed in.
//!
//! A key is 256 random bits that an operator was given; the configuration holds its SHA-256. A session id is 256
//! random bits as well, and the table holds its SHA-256, so that neither can be found by measuring how long a
//! comparison takes. Bounds: [`SESSIONS_MAX`] sessions, the oldest leaves; [`FAILURES_KEPT`] pairs of address and name
//! with failures, the oldest leaves. A session ends after [`SESSION_LIFE`].

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use telemetry::OperatorId;

/// The most sessions at once.
pub(super) const SESSIONS_MAX: usize = 64;
/// How long a session lasts: a watch of twelve hours.
pub(super) const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);
/// How many failures in a row are let through before a wait.
const FAILURES_MAX: u32 = 5;
/// How long that wait is.
const WAIT: Duration = Duration::from_secs(30);
/// The most pairs of address and name of which failures are remembered.
const FAILURES_KEPT: usize = 1024;

/// Why somebody was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotLetIn {
    WrongKey,
    /// Too many failures; try again after this.
    Wait(Duration),
}

/// The table of sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    keys: BTreeMap<OperatorId, [u8; 32]>,
    sessions: VecDeque<Session>,
    failures: VecDeque<Failures>,
}

#[derive(Debug)]
struct Session {
    id_hash: [u8; 32],
    operator: OperatorId,
    began: Instant,
}

#[derive(Debug)]
struct Failures {
    from: IpAddr,
    name: String,
    count: u32,
    last: Instant,
}

impl Sessions {
    pub(super) fn new(keys: BTreeMap<OperatorId, [u8; 32]>) -> Self {
        Self { keys, sessions: VecDeque::new(), failures: VecDeque::new() }
    }

    /// Lets somebody in who knows the key; gives the operator. `session` is the fresh id the session will have.
    pub(super) fn sign_in(
        &mut self,
        now: Instant,
        from: IpAddr,
        name: &str,
        key: &str,
        session: &str,
    ) -> Result<OperatorId, NotLetIn> {
        if let Some(wait) = self.wait(now, from, name) {
            return Err(NotLetIn::Wait(wait));
        }
        let known = OperatorId::new(name).ok().and_then(|id| self.keys.get_key_value(&id));
        // An unknown name takes the same way as a known one.
        let (operator, hash) = known.map_or((None, [0; 32]), |(id, hash)| (Some(id.clone()), *hash));
        let fits = same(&digest(key), &hash);
        let Some(operator) = operator.filter(|_| fits) else {
            self.note_failure(now, from, name);
            return Err(NotLetIn::WrongKey);
        };
        self.failures.retain(|failures| failures.from != from || failures.name != name);
        self.forget_ended(now);
        if self.sessions.len() >= SESSIONS_MAX {
            self.sessions.pop_front();
        }
        self.sessions.push_back(Session { id_hash: digest(session), operator: operator.clone(), began: now });
        Ok(operator)
    }

    /// Whose session an id is.
    pub(super) fn operator(&mut self, now: Instant, session: &str) -> Option<OperatorId> {
        self.forget_ended(now);
        let hash = digest(session);
        self.sessions.iter().find(|session| same(&session.id_hash, &hash)).map(|session| session.operator.clone())
    }

    /// Ends a session; gives whose it was.
    pub(super) fn sign_out(&mut self, session: &str) -> Option<OperatorId> {
        let hash = digest(session);
        let at = self.sessions.iter().position(|session| same(&session.id_hash, &hash))?;
        self.sessions.remove(at).map(|session| session.operator)
    }

    fn forget_ended(&mut self, now: Instant) {
        self.sessions.retain(|session| now.duration_since(session.began) < SESSION_LIFE);
    }

    fn wait(&self, now: Instant, from: IpAddr, name: &str) -> Option<Duration> {
        let failures = self.failures.iter().find(|failures| failures.from == from && failures.name == name)?;
        let left = WAIT.checked_sub(now.duration_since(failures.last))?;
        (failures.count >= FAILURES_MAX && !left.is_zero()).then_some(left)
    }

    fn note_failure(&mut self, now: Instant, from: IpAddr, name: &str) {
        let known = self.failures.iter().position(|failures| failures.from == from && failures.name == name);
        let count = match known.and_then(|at| self.failures.remove(at)) {
            // After the wait the count begins anew.
            Some(before) if now.duration_since(before.last) < WAIT => before.count.saturating_add(1),
            _ => 1,
        };
        if self.failures.len() >= FAILURES_KEPT {
            self.failures.pop_front();
        }
        let name = name.chars().take(telemetry::ids::ID_LENGTH_MAX).collect();
        self.failures.push_back(Failures { from, name, count, last: now });
    }
}

/// A fresh key or session id: 256 random bits as 64 hexadecimal digits.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn fresh_key() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// The SHA-256 of a key, as `station.toml` holds it.
#[must_use]
pub fn key_hash(key: &str) -> String {
    hex(&digest(key))
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares in the same time wherever the difference lies.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::{NotLetIn, SESSION_LIFE, SESSIONS_MAX, Sessions, WAIT, digest, fresh_key, key_hash};
    use std::collections::BTreeMap;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};
    use telemetry::OperatorId;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn sessions() -> Sessions {
        Sessions::new(BTreeMap::from([(OperatorId::new("anna").unwrap(), digest("right"))]))
    }

    #[test]
    fn the_right_key_lets_in_and_nothing_else_does() {
        let now = Instant::now();
        let cases = [("anna", "right", true), ("anna", "wrong", false), ("bert", "right", false), ("", "", false)];
        for (name, key, expected) in cases {
            let mut sessions = sessions();
            assert_eq!(sessions.sign_in(now, HERE, name, key, "s1").is_ok(), expected, "{name} {key}");
            assert_eq!(sessions.operator(now, "s1").is_some(), expected);
            assert_eq!(sessions.operator(now, "s2"), None);
        }
    }

    #[test]
    fn five_failures_make_everybody_of_that_name_wait_even_with_the_right_key() {
        let (mut sessions, now) = (sessions(), Instant::now());
        for _ in 0..5 {
            assert_eq!(sessions.sign_in(now, HERE, "anna", "wrong", "s"), Err(NotLetIn::WrongKey));
        }
        assert_eq!(sessions.sign_in(now, HERE, "anna", "right", "s"), Err(NotLetIn::Wait(WAIT)));
        let elsewhere = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        assert!(sessions.sign_in(now, elsewhere, "anna", "right", "s").is_ok());
        assert!(sessions.sign_in(now + WAIT, HERE, "anna", "right", "s").is_ok());
    }

    #[test]
    fn a_session_ends_after_its_life_or_by_signing_out() {
        let (mut sessions, now) = (sessions(), Instant::now());
        sessions.sign_in(now, HERE, "anna", "right", "s1").unwrap();
        assert!(sessions.operator(now + SESSION_LIFE - Duration::from_secs(1), "s1").is_some());
        assert!(sessions.operator(now + SESSION_LIFE, "s1").is_none());
        sessions.sign_in(now, HERE, "anna", "right", "s2").unwrap();
        assert!(sessions.sign_out("s2").is_some());
        assert!(sessions.sign_out("s2").is_none());
        assert!(sessions.operator(now, "s2").is_none());
    }

    #[test]
    fn tables_are_bounded_and_the_oldest_leaves() {
        let (mut sessions, now) = (sessions(), Instant::now());
        for n in 0..=SESSIONS_MAX {
            sessions.sign_in(now, HERE, "anna", "right", &format!("s{n}")).unwrap();
        }
        assert_eq!(sessions.sessions.len(), SESSIONS_MAX);
        assert!(sessions.operator(now, "s0").is_none());
        for n in 0..5000 {
            let _ = sessions.sign_in(now, HERE, &format!("x{n}"), "wrong", "s");
        }
        assert_eq!(sessions.failures.len(), super::FAILURES_KEPT);
    }

    #[test]
    fn keys_are_fresh_and_hash_as_sha_256_does() {
        assert_ne!(fresh_key().unwrap(), fresh_key().unwrap());
        assert_eq!(fresh_key().unwrap().len(), 64);
        // NIST FIPS 180-4, example "abc".
        assert_eq!(key_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
