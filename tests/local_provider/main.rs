//! The local provider with the real binary, real processes and real sockets.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod balancing;
mod conformance;
mod crashes;
mod load;
mod server_groups;
mod world;
