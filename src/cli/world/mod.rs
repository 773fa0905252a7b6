//! The commands that look at the world as the project's accounts see it, and the ad-hoc operations on it.

pub(super) mod account;
pub(super) mod clusters;
pub(super) mod firewall;
pub(super) mod image;
pub(super) mod instance;
pub(super) mod load_balancer;
mod look;
mod needs;
mod operation;
pub(super) mod server_group;
