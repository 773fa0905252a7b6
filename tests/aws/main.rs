//! The AWS provider with the real binary against a stand-in for AWS that behaves like it (tests/servers/aws).

#[path = "../common/mod.rs"]
mod common;
#[path = "../servers/mod.rs"]
mod servers;

mod alarms;
mod bad_input;
mod balancers;
mod calls;
mod cloud_formation;
mod conformance;
mod crashes;
mod credentials;
mod deployments;
mod ecs;
mod elsewhere;
mod images;
mod lambda;
mod later;
mod migration;
mod permissions;
mod plan;
mod rollback;
mod stages;
mod upkeep;
mod world;
