//! Strategies that Spinnaker knows and this version does not run.

use super::Strategy;
use crate::model::Failure;

pub(super) struct Unsupported {
    key: &'static str,
    instead: &'static str,
}

pub(super) const CF_ROLLING_RED_BLACK: Unsupported =
    Unsupported { key: "cfrollingredblack", instead: "it is for Cloud Foundry only; use redblack" };
pub(super) const MONITORED: Unsupported =
    Unsupported { key: "monitored", instead: "use rollingredblack with pipelineBeforeCleanup to judge each step" };

impl Strategy for Unsupported {
    fn key(&self) -> &'static str {
        self.key
    }

    fn unsupported(&self) -> Option<Failure> {
        Some(Failure::user(format!("strategy '{}' is not supported yet", self.key)).detail(self.instead))
    }
}
