//! What a load balancer is to do: the table that the tool writes and the balancer's process follows.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cluster::HealthCheck;
use super::error;
use crate::model::HealthState;
use crate::providers::Error;

/// `table.json` of a load balancer; the truth that every `apply` reads again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Table {
    pub(super) listen: SocketAddr,
    pub(super) protocol: Protocol,
    /// Source ranges that may connect; `None` lets all in.
    pub(super) sources: Option<Vec<SourceRange>>,
    /// How long connections may go on when the balancer stops.
    pub(super) drain_timeout: Duration,
    pub(super) targets: Vec<TableTarget>,
}

/// What is balanced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Protocol {
    /// Requests, each on its own.
    Http,
    /// Connections as a whole.
    #[default]
    Tcp,
}

/// An instance that may get traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TableTarget {
    /// Instance.
    pub(super) id: String,
    pub(super) server_group: String,
    pub(super) port: u16,
    pub(super) weight: u32,
    /// Whether it gets traffic when it is healthy.
    pub(super) in_traffic: bool,
    pub(super) health_check: HealthCheck,
}

/// What a running balancer says of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetStatus {
    pub(super) id: String,
    pub(super) state: HealthState,
    /// Open connections, or requests under way.
    pub(super) connections: u64,
    pub(super) reason: Option<String>,
}

/// A range of addresses in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SourceRange {
    network: IpAddr,
    prefix: u8,
}

impl SourceRange {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || {
            error::invalid(format!(
                "'{text}' is no source range; write it in CIDR form, as 10.0.0.0/8 or 192.168.1.5/32"
            ))
        };
        let (network, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(n, p)| (n, Some(p)));
        let network: IpAddr = network.parse().map_err(|_| wrong())?;
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), str::parse).map_err(|_| wrong())?;
        if prefix > longest { Err(wrong()) } else { Ok(Self { network, prefix }) }
    }

    /// Whether an address lies in it.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let (own, other, width) = match (self.network, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (u128::from(own.to_bits()), u128::from(other.to_bits()), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let shift = width - u32::from(self.prefix);
        own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses() {
        for (range, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.168.1.5", "192.168.1.5", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("::/0", "fe80::1", true),
            ("::/0", "127.0.0.1", false),
            ("fd00::/8", "fe00::1", false),
        ] {
            let range = SourceRange::parse(range).unwrap();
            assert_eq!(range.contains(address.parse().unwrap()), inside, "{range:?} {address}");
        }
    }

    #[test]
    fn what_is_no_range_is_said_to_be_none() {
        for text in ["10.0.0.0/33", "10.0.0/8", "everyone", "1.2.3.4/-1", "::/129", ""] {
            assert!(SourceRange::parse(text).unwrap_err().message.contains("is no source range"), "{text}");
        }
    }
}
