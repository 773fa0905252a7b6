//! The AWS provider with the real binary against a stand-in for AWS that behaves like it (tests/servers/aws).

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod calls;
mod cloud_formation;
mod crashes;
mod deployments;
mod ecs;
mod lambda;
mod stages;
mod world;
