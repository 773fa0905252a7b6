//! The local provider with the real binary, real processes and real sockets.

mod bad_input;
mod balancing;
mod crashes;
mod load;
mod server_groups;
mod world;
