//! Kubernetes stages of the built binary against a real control plane.

#[path = "../common/mod.rs"]
mod common;
#[path = "../servers/mod.rs"]
mod servers;

mod accounts;
mod bad;
mod changes;
mod cluster;
mod corpus;
mod corpus_rest;
mod deploy;
mod fields;
mod generic;
mod jobs;
mod kill;
mod manifests;
mod many;
mod needs;
mod once;
mod outage;
mod quick_start;
mod rollout;
mod seeing;
mod stuck;
mod traffic;
mod versions_of_services;
mod watches;
mod watching;
mod weights;
