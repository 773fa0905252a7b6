//! The AWS provider with the real binary against a stand-in for AWS that behaves like it (tests/servers/aws).

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod calls;
mod crashes;
mod deployments;
mod stages;
mod world;
