//! Leave to change the world: what a provider asks just before it sends a call that changes something.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::Failure;

/// Whoever keeps the leases under which this process works.
///
/// A mutation is recorded, and then takes several calls, with waits in between: the process may have been asleep, or cut
/// off from where the leases are, since it was allowed to make it.
#[async_trait]
pub trait Fence: Debug + Send + Sync {
    /// Returns once every lease of this process lasts longer than a call of at most this time, and says how long the call
    /// may take: no longer than was asked for, and less where leases never last so long. Fails when a lease was lost, or
    /// cannot be renewed: then the call must not be sent.
    async fn pass(&self, limit: Duration) -> Result<Duration, Failure>;
}
