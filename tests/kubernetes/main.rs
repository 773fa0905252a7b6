//! Kubernetes stages of the built binary against a real control plane.

#[path = "../common/mod.rs"]
mod common;

mod bad;
mod cluster;
mod corpus;
mod deploy;
mod jobs;
mod kill;
mod manifests;
mod needs;
mod once;
mod outage;
mod rollout;
mod seeing;
mod traffic;
mod watching;
mod weights;
