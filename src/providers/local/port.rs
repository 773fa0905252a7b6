//! Ports for instances: free now, and promised to no other server group of the account.

use std::collections::HashSet;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::ops::RangeInclusive;

use super::error;
use super::health::address;
use crate::providers::Error;

/// Chooses `count` ports of a range.
pub(super) fn allocate(range: &RangeInclusive<u16>, count: usize, promised: &HashSet<u16>) -> Result<Vec<u16>, Error> {
    let free = |port: &u16| !promised.contains(port) && in_use(address(*port)).is_none();
    let ports: Vec<u16> = range.clone().filter(free).take(count).collect();
    if ports.len() < count {
        let ours = range.clone().filter(|port| promised.contains(port)).count();
        return Err(error::invalid(format!(
            "{count} more ports are needed but only {} of {}-{} are free ({ours} belong to server groups of this \
             account, others to other programs); widen 'portRange' or destroy old server groups",
            ports.len(),
            range.start(),
            range.end(),
        )));
    }
    Ok(ports)
}

/// Why nobody could listen there now; `None` when it is free.
pub(super) fn in_use(address: SocketAddr) -> Option<io::Error> {
    TcpListener::bind(address).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_passed_over() {
        let taken = TcpListener::bind(address(0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = allocate(&(port..=port), 1, &HashSet::new()).unwrap_err();
        assert!(error.message.starts_with("1 more ports are needed but only 0 of"), "{error}");
        drop(taken);
        assert_eq!(allocate(&(port..=port), 1, &HashSet::new()).unwrap(), [port]);
        assert!(allocate(&(port..=port), 1, &HashSet::from([port])).is_err());
    }
}
