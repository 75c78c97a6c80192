//! The timers of RFC 3261 §17 as settings.

use crate::time::Duration;

/// The timers of RFC 3261 §17 that the phone has settings for. Defaults are the phone's (phone-facts §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// Round-trip estimate, 500 ms.
    pub t1: Duration,
    /// Longest interval of non-INVITE requests and INVITE responses, 4 s.
    pub t2: Duration,
    /// Longest life of a message in the network, 5 s.
    pub t4: Duration,
    /// INVITE client gives up; 16 s (RFC: 64*T1).
    pub b: Duration,
    /// Non-INVITE client gives up; 16 s (RFC: 64*T1).
    pub f: Duration,
    /// INVITE server gives up waiting for ACK; 16 s (RFC: 64*T1).
    pub h: Duration,
    /// INVITE client absorbs final responses; 16 s (RFC: more than 32 s).
    pub d: Duration,
    /// Non-INVITE server absorbs requests; 16 s (RFC: 64*T1).
    pub j: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let give_up = seconds(16);
        Timers {
            t1: Duration::from_millis(500),
            t2: seconds(4),
            t4: seconds(5),
            b: give_up,
            f: give_up,
            h: give_up,
            d: give_up,
            j: give_up,
        }
    }
}

impl Timers {
    /// These with floors: a setting of zero would send without end. T1 is at least 10 ms, T2 at least T1.
    #[must_use]
    pub fn floored(mut self) -> Timers {
        self.t1 = self.t1.max(Duration::from_millis(10));
        self.t2 = self.t2.max(self.t1);
        self
    }

    /// The values of RFC 3261 Table 4.
    pub const RFC: Timers = Timers {
        t1: Duration::from_millis(500),
        t2: Duration::from_secs(4),
        t4: Duration::from_secs(5),
        b: Duration::from_secs(32),
        f: Duration::from_secs(32),
        h: Duration::from_secs(32),
        d: Duration::from_secs(32),
        j: Duration::from_secs(32),
    };
}
