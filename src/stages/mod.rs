//! The stage types: what each is made of. A stage is one file here and one line in [`STAGES`].
//!
//! Stages know no cloud by name and no engine but its ports. Their tasks are short, hold nothing and can be killed at
//! any point: what a task needs to know after a crash is in the stage's context, put there by an earlier task, or in
//! the world, where it looks before it acts. A task that changes the world calls [`Call::mutation`] first.

mod apply_source_server_group_capacity;
mod bake_command;
mod bake_input;
mod bake_manifest;
mod bake_program;
mod balancing;
mod bulk_destroy_server_group;
mod capacity;
mod capture_source_server_group_capacity;
mod check_preconditions;
mod clone_server_group;
mod cloud;
mod cloud_formation;
mod cluster;
mod cluster_fields;
mod configured;
mod create_server_group;
mod delete_cloud_formation;
mod delete_cloud_formation_change_set;
mod delete_image;
mod delete_launch_template;
mod delete_load_balancer;
mod delete_manifest;
mod delete_scaling_policy;
mod delete_security_group;
mod depends_on_execution;
mod deploy;
mod deploy_cloud_formation;
mod deploy_manifest;
mod deregister_instances_from_load_balancer;
mod destroy_server_group;
mod detach_instances;
mod determine_target_server_group;
mod disable_cluster;
mod disable_manifest;
mod disable_server_group;
mod enable_manifest;
mod enable_server_group;
mod evaluate_artifacts;
mod evaluate_variables;
mod execution_window;
mod expressions;
mod find_artifact_from_execution;
mod find_artifacts_from_resource;
mod find_image;
mod find_image_from_tags;
mod forecast;
mod health;
mod image;
mod instances;
mod json_path;
mod judges;
mod lambda;
mod lambda_delete;
mod lambda_deployment;
mod lambda_invoke;
mod lambda_settings;
mod lambda_traffic_routing;
mod lambda_update_code;
mod manifest;
mod manifest_source;
mod manifest_target;
mod manual_judgment;
mod modify_aws_scaling_process;
mod modify_warm_pool;
mod monitor_pipeline;
mod moved_traffic;
mod naming;
mod needs;
mod noop;
mod operation;
mod patch_manifest;
mod pause_rollout_manifest;
mod pin_server_group;
mod pipeline;
mod preconfigured_job;
mod preconfigured_webhook;
mod properties;
mod reading;
mod reboot_instances;
mod register_instances_with_load_balancer;
mod resize_server_group;
mod restrict_execution_during_time_window;
mod resume_rollout_manifest;
mod rollback_cluster;
mod rollback_server_group;
mod rolling_push;
mod rolling_restart_manifest;
mod run_job;
mod scale_down_cluster;
mod scale_manifest;
mod scaling;
mod script;
mod script_process;
pub mod script_supervisor;
mod sealed;
mod secrets;
mod selection;
#[cfg(test)]
mod server_group_tests;
mod services;
mod shift_traffic;
mod shrink_cluster;
mod source;
mod strategies;
mod table;
mod target;
mod task_definition;
mod tasks;
mod terminate_instance_and_decrement_server_group;
mod terminate_instances;
#[cfg(test)]
mod test_world;
#[cfg(test)]
mod testing;
mod traffic_guard;
mod traffic_route;
mod undo_rollout_manifest;
mod unsupported;
mod update_launch_template;
mod update_security_groups_for_server_group;
mod upsert_asg_scheduled_actions;
mod upsert_image_tags;
mod upsert_load_balancer;
mod upsert_scaling_policy;
mod upsert_security_group;
mod upsert_server_group_tags;
mod wait;
mod wait_until;
mod webhook;
mod webhook_monitor;
mod webhook_request;

use async_trait::async_trait;

pub use self::configured::{ProjectTypes, check_configured, working_stage};
pub use self::judges::{Roles, asks, may_judge};
pub use self::needs::Need;
pub use self::sealed::{seal, sealed_file};
pub use self::services::{Accounts, ClusterLock, ClusterLocks, Pipelines, Services, StartPipeline, TrafficGuard};
pub use self::table::{Catalogue, Table, documentation, stage};
pub use self::webhook_request::fetch_text;
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field};

/// A stage type: stateless, one unit struct per type.
#[async_trait]
pub trait Stage: Send + Sync {
    /// `type` in documents.
    fn kind(&self) -> &'static str;
    /// Other words for the same type.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
    /// Its own source file: the `//!` lines are the user's documentation (`gennaker docs stage …`), and the YAML block
    /// in them is an example that is parsed and planned by a test.
    fn source(&self) -> &'static str;
    /// The fields of its context, besides those of every stage.
    fn fields(&self) -> &'static [Field];
    /// Every task it may plan.
    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[]
    }
    /// What it consists of; by default all its tasks in order. Only reads the world.
    async fn plan(&self, _call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        Ok(Plan::of_tasks(self.tasks().iter().map(|task| task.name())))
    }
    /// Stages to run after its tasks. Only reads the world.
    async fn after(&self, _call: &Call<'_>, _services: &Services) -> Result<Vec<NewStage>, Failure> {
        Ok(Vec::new())
    }
    /// Stages to run because it failed. Only reads the world.
    async fn on_failure(&self, _call: &Call<'_>, _services: &Services) -> Result<Vec<NewStage>, Failure> {
        Ok(Vec::new())
    }
    /// Cancels what a running task left going outside; lines say what was done or is left.
    async fn cancel(&self, _call: &Call<'_>, _services: &Services) -> Vec<String> {
        Vec::new()
    }
    /// Context keys that a restart forgets.
    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[]
    }
    /// Context keys whose expressions its own code evaluates (contract 6.1, v4 only).
    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        &[]
    }
    /// For `gennaker plan`: what it would do to the world as it is now, a line each ("create hello-v002 with 3
    /// instances"). Only reads the world; an error is a line too.
    async fn preview(&self, _call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }
    /// For `gennaker plan`: what it would leave in context and outputs for the stages after it, as far as that is known
    /// without changing anything. Only reads the world.
    async fn foretell(&self, _call: &Call<'_>, _services: &Services) -> Result<TaskResult, Failure> {
        Ok(TaskResult::default())
    }
    /// For `gennaker account check --pipeline`: what its account must be allowed. Only reads the world.
    async fn needs(&self, _call: &Call<'_>, _services: &Services) -> Result<Vec<Need>, Failure> {
        Ok(Vec::new())
    }
}

/// A step of a stage, polled until it is done.
#[async_trait]
pub trait Task: Send + Sync {
    /// Name, unique among its stage's tasks.
    fn name(&self) -> &'static str;
    /// How it is polled.
    fn policy(&self) -> TaskPolicy {
        TaskPolicy::default()
    }
    /// One look: short, holds nothing, may be cut short anywhere.
    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult;
    /// Why it was not done when its time ran out, naming what it waited for.
    async fn timed_out(&self, _call: &Call<'_>, _services: &Services) -> Option<Failure> {
        None
    }
}

/// The stage types there are, sorted by name.
pub const STAGES: &[&dyn Stage] = &[
    &apply_source_server_group_capacity::ApplySourceServerGroupCapacity,
    &bake_manifest::BakeManifest,
    &bulk_destroy_server_group::BulkDestroyServerGroup,
    &capture_source_server_group_capacity::CaptureSourceServerGroupCapacity,
    &check_preconditions::CheckPreconditions,
    &clone_server_group::CloneServerGroup,
    &create_server_group::CreateServerGroup,
    &delete_cloud_formation::DeleteCloudFormation,
    &delete_cloud_formation_change_set::DeleteCloudFormationChangeSet,
    &delete_image::DeleteImage,
    &delete_launch_template::DeleteLaunchTemplate,
    &delete_load_balancer::DeleteLoadBalancer,
    &delete_manifest::DeleteManifest,
    &delete_scaling_policy::DeleteScalingPolicy,
    &delete_security_group::DeleteSecurityGroup,
    &depends_on_execution::DependsOnExecution,
    &deploy::Deploy,
    &deploy_cloud_formation::DeployCloudFormation,
    &deploy_manifest::DeployManifest,
    &deregister_instances_from_load_balancer::DeregisterInstancesFromLoadBalancer,
    &destroy_server_group::DestroyServerGroup,
    &detach_instances::DetachInstances,
    &determine_target_server_group::DetermineTargetServerGroup,
    &disable_cluster::DisableCluster,
    &disable_manifest::DisableManifest,
    &disable_server_group::DisableServerGroup,
    &enable_manifest::EnableManifest,
    &enable_server_group::EnableServerGroup,
    &evaluate_artifacts::EvaluateArtifacts,
    &evaluate_variables::EvaluateVariables,
    &find_artifact_from_execution::FindArtifactFromExecution,
    &find_artifacts_from_resource::FindArtifactsFromResource,
    &find_image::FindImage,
    &find_image_from_tags::FindImageFromTags,
    &lambda_delete::LambdaDelete,
    &lambda_deployment::LambdaDeployment,
    &lambda_invoke::LambdaInvoke,
    &lambda_traffic_routing::LambdaTrafficRouting,
    &lambda_update_code::LambdaUpdateCode,
    &manual_judgment::ManualJudgment,
    &modify_aws_scaling_process::ModifyAwsScalingProcess,
    &modify_warm_pool::ModifyWarmPool,
    &monitor_pipeline::MonitorPipelines,
    &noop::Noop,
    &patch_manifest::PatchManifest,
    &pause_rollout_manifest::PauseRolloutManifest,
    &pin_server_group::PinServerGroup,
    &pipeline::Pipeline,
    &preconfigured_job::PreconfiguredJob,
    &preconfigured_webhook::PreconfiguredWebhook,
    &reboot_instances::RebootInstances,
    &register_instances_with_load_balancer::RegisterInstancesWithLoadBalancer,
    &resize_server_group::ResizeServerGroup,
    &restrict_execution_during_time_window::RestrictExecutionDuringTimeWindow,
    &resume_rollout_manifest::ResumeRolloutManifest,
    &rollback_cluster::RollbackCluster,
    &rollback_server_group::RollbackServerGroup,
    &rolling_push::RollingPush,
    &rolling_restart_manifest::RollingRestartManifest,
    &run_job::RunJob,
    &scale_down_cluster::ScaleDownCluster,
    &scale_manifest::ScaleManifest,
    &script::Script,
    &shift_traffic::ShiftTraffic,
    &shrink_cluster::ShrinkCluster,
    &terminate_instance_and_decrement_server_group::TerminateInstanceAndDecrementServerGroup,
    &terminate_instances::TerminateInstances,
    &undo_rollout_manifest::UndoRolloutManifest,
    &update_launch_template::UpdateLaunchTemplate,
    &update_security_groups_for_server_group::UpdateSecurityGroupsForServerGroup,
    &upsert_asg_scheduled_actions::UpsertAsgScheduledActions,
    &upsert_image_tags::UpsertImageTags,
    &upsert_load_balancer::UpsertLoadBalancer,
    &upsert_scaling_policy::UpsertScalingPolicy,
    &upsert_security_group::UpsertSecurityGroup,
    &upsert_server_group_tags::UpsertServerGroupTags,
    &wait::Wait,
    &wait_until::WaitUntil,
    &webhook::Webhook,
];
