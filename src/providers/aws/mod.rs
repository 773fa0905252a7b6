//! Amazon EC2: server groups are Auto Scaling groups with launch templates, behind target groups and classic load
//! balancers.
//!
//! What a disabled server group is, which processes it has suspended, how a subnet gets its purpose and what a cluster
//! may say are Spinnaker's, so both tools can work on the same groups. What has to be remembered is on the group itself,
//! in tags (`tags.rs`).
//!
//! ```text
//! cluster ── resolve ──> image, subnets, security groups, target groups     reads only, all errors a person can fix
//!         ── create  ──> launch template (the claim on the name) ──> group ──> processes, policies ──> size
//! group   ── group   ──> Auto Scaling by tag or name ── health ──> EC2, target groups, classic balancers
//! ```
//!
//! Auto Scaling is called through its SDK's shapes, everything else by name (`params.rs`, `xml.rs`): why, and what
//! either costs, is in docs/aws.md.

mod account;
mod ahead;
pub(super) mod alarm;
mod check;
mod classic;
mod client;
mod cluster;
mod create;
mod error;
mod firewall;
mod function;
mod function_traffic;
mod group;
mod health;
mod image;
mod instance;
mod launch_template;
mod listener;
mod load_balancer;
mod memory;
mod others;
mod params;
mod preview;
pub(super) mod reading;
mod resolve;
mod scaling;
mod server_group;
mod shared;
mod stack;
mod stack_plan;
mod tags;
mod template_change;
mod traffic;
mod upkeep;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_autoscaling::types::AutoScalingGroup;

pub(super) use self::account::ACCOUNT_FIELDS;
use self::account::Account;
use self::ahead::Ahead;
use self::client::{Calls, PROPAGATION};
use self::cluster::CLUSTER_FIELDS;
use self::error::PROVIDER;
pub(super) use self::error::{Fault, during, invalid};
use self::health::{Ec2Instance, PLATFORM, Target};
use self::memory::{Looks, Memory, Turns};
use self::resolve::Resolved;
use self::xml::Node;
use super::{
    AccountCheck, Connection, Error, Firewalls, Functions, ImageUpkeep, Images, InstanceUpkeep, Instances, Kind,
    LoadBalancers, Provider, ScalingSettings, ServerGroupUpkeep, ServerGroups, Stacks, Usage, Work,
};
use crate::model::Image;

/// The longest time for which what was seen is taken for what is.
const MOMENT: Duration = Duration::from_millis(4500);

/// How long it is taken for granted that another tool makes no group of a cluster that is worked on.
const OTHERS: Duration = Duration::from_secs(600);

/// This provider's line in the table.
pub const KIND: Kind = Kind {
    name: PROVIDER,
    about: "Amazon EC2: Auto Scaling groups, load balancers, images",
    account_fields: ACCOUNT_FIELDS,
    cluster_fields: CLUSTER_FIELDS,
    connect,
};

fn connect(connection: Connection) -> Result<Box<dyn Provider>, Error> {
    Ok(Box::new(open(&connection)?))
}

/// Opens an account.
pub(super) fn open(connection: &Connection) -> Result<Aws, Error> {
    let account = Account::from_connection(connection).map_err(during("connect"))?;
    // Shorter than the time between two looks at the same thing, so that waiting sees what is new.
    let moment = account.poll_interval.mul_f64(0.9).min(MOMENT);
    Ok(Aws {
        calls: Arc::new(Calls::new(account.settings.clone(), connection.fence.clone())),
        account,
        ahead: Ahead::new(),
        turns: Turns::default(),
        own_images: Memory::brief(),
        expected: Memory::brief(),
        resolved: Memory::brief(),
        versions: Memory::lasting(),
        images: Memory::lasting(),
        running: Memory::lasting(),
        clusters: Memory::lasting(),
        made: Memory::lasting(),
        others: Memory::kept(OTHERS),
        foreign: Memory::kept(OTHERS),
        firewall_ids: Memory::brief(),
        balanced: Memory::brief(),
        groups: Looks::new(moment),
        listed: Looks::new(moment),
        instances: Looks::new(moment),
        targets: Looks::new(moment),
    })
}

/// An open account.
pub(super) struct Aws {
    account: Account,
    calls: Arc<Calls>,
    ahead: Ahead,
    turns: Turns,
    /// Images of groups by region and name, as their tags say them.
    own_images: Memory<Image>,
    /// Groups by region and name that were made a moment ago, and are to be found whatever AWS says; no more once removed.
    expected: Memory<bool>,
    /// Clusters looked up a moment ago.
    resolved: Memory<Resolved>,
    /// Versions of launch templates by template and number.
    versions: Memory<Node>,
    /// Images by id.
    images: Memory<Image>,
    /// Instances that were seen running.
    running: Memory<Ec2Instance>,
    /// Clusters of the groups that were seen with our tag: a look at such a group is a look at its cluster, which a
    /// strategy deals with next.
    clusters: Memory<String>,
    /// Groups that this process has made.
    made: Memory<()>,
    /// Groups without our tag by cluster.
    others: Memory<Vec<String>>,
    /// Groups that other tools made, by region and cluster.
    foreign: Memory<Vec<String>>,
    /// Ids of security groups by network and name, as instances carry them.
    firewall_ids: Memory<String>,
    /// Target groups by name that gave an answer: ARN and registered instances.
    balanced: Memory<(String, Vec<String>)>,
    /// Groups by name.
    groups: Looks<AutoScalingGroup>,
    /// Groups by tag.
    listed: Looks<Vec<AutoScalingGroup>>,
    /// EC2's instances by their groups' names.
    instances: Looks<BTreeMap<String, Ec2Instance>>,
    /// Health by target group or classic balancer.
    targets: Looks<BTreeMap<String, Target>>,
}

impl Provider for Aws {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn poll_interval(&self) -> Duration {
        self.account.poll_interval
    }

    fn settle_time(&self) -> Duration {
        self.account.settle_time
    }

    fn settle_time_unbalanced(&self) -> Duration {
        self.account.settle_time_unbalanced
    }

    fn propagation(&self) -> Duration {
        PROPAGATION
    }

    fn pins_taken_size(&self) -> bool {
        true
    }

    fn calls_for(&self, work: Work) -> Option<u64> {
        Some(preview::calls_for(work))
    }

    fn platform_health(&self) -> Option<&'static str> {
        Some(PLATFORM)
    }

    fn default_locations(&self) -> Vec<String> {
        vec![self.account.regions[0].clone()]
    }

    fn usage(&self) -> Option<Usage> {
        self.calls.usage()
    }

    fn server_groups(&self) -> Option<&dyn ServerGroups> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        Some(self)
    }

    fn firewalls(&self) -> Option<&dyn Firewalls> {
        Some(self)
    }

    fn images(&self) -> Option<&dyn Images> {
        Some(self)
    }

    fn image_upkeep(&self) -> Option<&dyn ImageUpkeep> {
        Some(self)
    }

    fn instances(&self) -> Option<&dyn Instances> {
        Some(self)
    }

    fn instance_upkeep(&self) -> Option<&dyn InstanceUpkeep> {
        Some(self)
    }

    fn scaling(&self) -> Option<&dyn ScalingSettings> {
        Some(self)
    }

    fn server_group_upkeep(&self) -> Option<&dyn ServerGroupUpkeep> {
        Some(self)
    }

    fn functions(&self) -> Option<&dyn Functions> {
        Some(self)
    }

    fn stacks(&self) -> Option<&dyn Stacks> {
        Some(self)
    }

    fn checks(&self) -> Option<&dyn AccountCheck> {
        Some(self)
    }
}
