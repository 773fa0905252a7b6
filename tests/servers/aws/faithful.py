"""What moto 5.2.5 does differently from AWS in Auto Scaling and load balancing, corrected.

Auto Scaling: a name is taken once; instances spread over the subnets and take time to be in service; suspended
processes have their effect; sizes stay within their bounds; groups with instances are not deleted without force, and
their deletion takes time; lifecycle hooks come with the group; activities are recorded; instance refreshes run.
EC2: a client token makes CreateLaunchTemplate the same call; versions of a template stand on their source; security groups in use and unknown templates are refused.
Load balancing: targets are initial before they are healthy and drain before they go.
"""

import fnmatch
import os
import threading
import time
import uuid
from datetime import datetime, timezone

from moto.autoscaling import models as autoscaling
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse, EmptyResult
from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateNameNotFoundWithNameError
from moto.ec2.models import launch_templates
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.elb import models as elb
from moto.elbv2 import models as elbv2

BOOT, HEALTH, DRAIN, DELETE = (
    float(os.environ.get(name, "0")) for name in ("FM_BOOT", "FM_HEALTH", "FM_DRAIN", "FM_DELETE")
)
# moto's server has threads, AWS's calls are atomic for a group.
LOCK = threading.RLock()
# Pattern of group names → why their launches fail.
LAUNCH_FAILURES = {}
# What else time brings about, by group.
SWEEPS = []

Backend, Group, State = autoscaling.AutoScalingBackend, autoscaling.FakeAutoScalingGroup, autoscaling.InstanceState


class AlreadyExists(AutoscalingClientError):
    code = "AlreadyExists"


class ResourceInUse(AutoscalingClientError):
    code = "ResourceInUse"


class InstanceRefreshInProgress(AutoscalingClientError):
    code = "InstanceRefreshInProgress"


class ActiveInstanceRefreshNotFound(AutoscalingClientError):
    code = "ActiveInstanceRefreshNotFound"


def replace(owner, name):
    """Puts a function in the place of a method; it gets the original first and runs alone."""

    def put(function):
        original = getattr(owner, name, None)

        def method(self, *args, **kwargs):
            with LOCK:
                return function(original, self, *args, **kwargs)

        setattr(owner, name, method)
        return method

    return put


def now():
    return datetime.now(timezone.utc)


def suspended(group, process):
    return process in [entry["ProcessName"] for entry in group.suspended_processes]


def in_service(group):
    return {state.instance.id for state in group.instance_states if state.lifecycle_state == "InService"}


def record(group, description, status="Successful", message=None):
    activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Description": description,
        "Cause": f"At {now():%Y-%m-%dT%H:%M:%SZ} the size of the group was changed.",
        "StartTime": now(),
        "EndTime": now(),
        "StatusCode": status,
        "Progress": 100,
        "Details": "{}",
    }
    if message:
        activity["StatusMessage"] = message
    group.__dict__.setdefault("fm_activities", []).insert(0, activity)


def correct_groups():
    @replace(Backend, "create_auto_scaling_group")
    def create(original, self, *args, **kwargs):
        name = kwargs.get("name") or args[0]
        if name in self.autoscaling_groups:
            raise AlreadyExists(
                "AutoScalingGroup by this name already exists - A group with the name " + name + " already exists"
            )
        low, high, wanted = (kwargs.get(key) for key in ("min_size", "max_size", "desired_capacity"))
        if low > high:
            raise ValidationError(f"Max bound, {high}, must be greater than or equal to min bound, {low}")
        if wanted is not None and not low <= wanted <= high:
            raise ValidationError(f"Desired capacity:{wanted} must be between the specified min size:{low} and max size:{high}")
        return original(self, *args, **kwargs)

    @replace(AutoScalingResponse, "create_auto_scaling_group")
    def create_with_hooks(original, self):
        template = self._get_param("LaunchTemplate", {})
        ec2 = self.autoscaling_backend.ec2_backend
        known = [*ec2.launch_templates, *ec2.launch_template_name_to_ids]
        wanted = template.get("LaunchTemplateId") or template.get("LaunchTemplateName")
        if wanted and wanted not in known:
            raise ValidationError("You must use a valid fully-formed launch template. The specified launch template does not exist.")
        result = original(self)
        name = self._get_param("AutoScalingGroupName")
        for hook in self._get_param("LifecycleHookSpecificationList", []):
            self.autoscaling_backend.create_lifecycle_hook(
                name=hook["LifecycleHookName"],
                as_name=name,
                transition=hook["LifecycleTransition"],
                timeout=hook.get("HeartbeatTimeout", 3600),
                result=hook.get("DefaultResult", "ABANDON"),
            )
        return result

    @replace(Backend, "update_auto_scaling_group")
    def update(original, self, *args, **kwargs):
        group = self.autoscaling_groups.get(kwargs["name"])
        if group is None or getattr(group, "fm_gone_at", None):
            raise ValidationError("AutoScalingGroup name not found - null")
        low = kwargs["min_size"] if kwargs.get("min_size") is not None else group.min_size
        high = kwargs["max_size"] if kwargs.get("max_size") is not None else group.max_size
        if low > high:
            raise ValidationError("Max bound, " + str(high) + ", must be greater than or equal to min bound, " + str(low))
        wanted = kwargs.get("desired_capacity")
        if wanted is not None and not low <= wanted <= high:
            raise ValidationError(f"Desired capacity:{wanted} must be between the specified min size:{low} and max size:{high}")
        policy = group.mixed_instances_policy
        result = original(self, *args, **kwargs)
        # What an update does not name stays as it is.
        if kwargs.get("mixed_instances_policy") is None and not kwargs.get("launch_template"):
            group.mixed_instances_policy = policy
        return result

    @replace(Backend, "set_desired_capacity")
    def set_desired(original, self, group_name, desired_capacity):
        group = self.autoscaling_groups.get(group_name)
        if group is None:
            raise ValidationError("AutoScalingGroup name not found - " + group_name)
        if desired_capacity is not None and not getattr(group, "fm_gone_at", None):
            for bound, wrong, word in (
                (group.max_size, desired_capacity > group.max_size, "above max"),
                (group.min_size, desired_capacity < group.min_size, "below min"),
            ):
                if wrong:
                    raise ValidationError(f"New SetDesiredCapacity value {desired_capacity} is {word} value {bound} for the AutoScalingGroup.")
        return original(self, group_name, desired_capacity)

    @replace(Group, "set_desired_capacity")
    def group_set_desired(original, self, new_capacity):
        wanted = self.min_size if new_capacity is None else new_capacity
        have = len(self.active_instances())
        deleting = getattr(self, "fm_gone_at", None)
        if (wanted > have and suspended(self, "Launch")) or (wanted < have and suspended(self, "Terminate") and not deleting):
            self.desired_capacity = wanted
            return
        before = {state.instance.id for state in self.instance_states}
        original(self, new_capacity)
        gone = before - {state.instance.id for state in self.instance_states}
        for instance in gone:
            record(self, f"Terminating EC2 instance: {instance}")
        for target_group in self.autoscaling_backend.elbv2_backend.target_groups.values():
            drain(target_group, gone)

    @replace(Group, "replace_autoscaling_group_instances")
    def launch(original, self, count_needed, propagated_tags):
        for pattern, reason in LAUNCH_FAILURES.items():
            if reason and fnmatch.fnmatch(self.name, pattern):
                record(self, "Launching a new EC2 instance.  Status Reason: " + reason, "Failed", reason)
                return
        before = {state.instance.id for state in self.instance_states}
        subnets = (self.vpc_zone_identifier or "").split(",")
        if len(subnets) < 2:
            original(self, count_needed, propagated_tags)
        else:
            # AWS fills the least populated zone first.
            whole, counts = self.vpc_zone_identifier, dict.fromkeys(subnets, 0)
            for state in self.active_instances():
                counts[state.instance.subnet_id] = counts.get(state.instance.subnet_id, 0) + 1
            for _ in range(count_needed):
                subnet = min(subnets, key=lambda candidate: counts[candidate])
                counts[subnet] += 1
                self.vpc_zone_identifier = subnet
                try:
                    original(self, 1, dict(propagated_tags))
                finally:
                    self.vpc_zone_identifier = whole
        for state in self.instance_states:
            if state.instance.id not in before:
                record(self, f"Launching a new EC2 instance: {state.instance.id}")

    initialize = State.__init__

    def born(self, *args, **kwargs):
        initialize(self, *args, **kwargs)
        self.fm_born = time.time()

    def lifecycle(self):
        word = self.__dict__.get("fm_lifecycle", "InService")
        is_booting = word == "InService" and time.time() - getattr(self, "fm_born", 0) < BOOT
        return "Pending" if is_booting else word

    State.__init__ = born
    State.lifecycle_state = property(lifecycle, lambda self, word: self.__dict__.__setitem__("fm_lifecycle", word))
    # Pending instances count towards the size.
    Group.active_instances = lambda self: [
        state for state in self.instance_states if state.lifecycle_state in ("InService", "Pending")
    ]

    @replace(Backend, "describe_auto_scaling_groups")
    def describe(original, self, *args, **kwargs):
        sweep(self)
        return original(self, *args, **kwargs)

    @replace(Backend, "delete_auto_scaling_group")
    def delete(original, self, group_name, force=False):
        group = self.autoscaling_groups.get(group_name)
        if group is None:
            raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{group_name}' not found")
        if not force and group.active_instances():
            raise ResourceInUse(
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group."
            )
        if getattr(group, "fm_gone_at", None):
            return
        group.fm_gone_at = time.time() + DELETE
        group.status = "Delete in progress"
        group.min_size = 0
        if DELETE:
            self.set_desired_capacity(group_name, 0)
        else:
            original(self, group_name)

    def delete_response(self):
        name = self._get_param("AutoScalingGroupName")
        force = bool(self._get_bool_param("ForceDelete", False))
        self.autoscaling_backend.delete_auto_scaling_group(name, force=force)
        return EmptyResult()

    AutoScalingResponse.delete_auto_scaling_group = delete_response

    def activities(self):
        names = [self._get_param("AutoScalingGroupName")]
        groups = self.autoscaling_backend.describe_auto_scaling_groups([name for name in names if name])
        found = [activity for group in groups for activity in getattr(group, "fm_activities", [])]
        return ActionResult({"Activities": found[: self._get_int_param("MaxRecords", 100)]})

    AutoScalingResponse.describe_scaling_activities = activities

    def disable_metrics(self):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        gone = self._get_param("Metrics", [])
        group.metrics = [metric for metric in group.metrics if gone and metric not in gone]
        return EmptyResult()

    AutoScalingResponse.disable_metrics_collection = disable_metrics


def sweep(backend):
    """What time brings about in AWS, brought about when somebody looks."""
    for name, group in list(backend.autoscaling_groups.items()):
        if getattr(group, "fm_gone_at", None) and group.fm_gone_at < time.time():
            del backend.autoscaling_groups[name]
            continue
        refresh(group)
        for look in SWEEPS:
            look(group)
        short = (group.desired_capacity or 0) > len(group.active_instances())
        if short and not suspended(group, "Launch") and not getattr(group, "fm_gone_at", None):
            group.set_desired_capacity(group.desired_capacity)
        backend.update_attached_target_groups(name)
        backend.update_attached_elbs(name)


def correct_refreshes():
    def start(self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group is None:
            raise ValidationError("AutoScalingGroup name not found - null")
        running = [found for found in getattr(group, "fm_refreshes", []) if found["Status"] in ("Pending", "InProgress")]
        if running:
            raise InstanceRefreshInProgress("An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
        preferences = self._get_param("Preferences", {})
        wanted = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "Status": "InProgress",
            "StartTime": now(),
            "PercentageComplete": 0,
            "InstancesToUpdate": len(group.active_instances()),
            "Preferences": preferences,
            "fm_old": [state.instance.id for state in group.active_instances()],
            "fm_share": int(preferences.get("MinHealthyPercentage", 90)),
        }
        group.__dict__.setdefault("fm_refreshes", []).insert(0, wanted)
        return ActionResult({"InstanceRefreshId": wanted["InstanceRefreshId"]})

    def describe(self):
        sweep(self.autoscaling_backend)
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        ids = self._get_param("InstanceRefreshIds", [])
        found = [one for one in getattr(group, "fm_refreshes", []) if not ids or one["InstanceRefreshId"] in ids]
        return ActionResult({"InstanceRefreshes": found})

    def cancel(self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        for one in getattr(group, "fm_refreshes", []):
            if one["Status"] in ("Pending", "InProgress"):
                one["Status"] = "Cancelled"
                return ActionResult({"InstanceRefreshId": one["InstanceRefreshId"]})
        raise ActiveInstanceRefreshNotFound("No in progress or pending Instance Refresh found for Auto Scaling group")

    AutoScalingResponse.start_instance_refresh = start
    AutoScalingResponse.describe_instance_refreshes = describe
    AutoScalingResponse.cancel_instance_refresh = cancel


def refresh(group):
    """One step of a running instance refresh: as many old instances go as the healthy share allows."""
    for one in getattr(group, "fm_refreshes", []):
        if one["Status"] != "InProgress":
            continue
        active = group.active_instances()
        old = [state for state in active if state.instance.id in one["fm_old"]]
        total = max(1, one["InstancesToUpdate"])
        one["InstancesToUpdate"] = one["InstancesToUpdate"] or 0
        one["PercentageComplete"] = 100 * (total - len(old)) // total
        if any(state.lifecycle_state != "InService" for state in active):
            return
        if not old:
            one.update(Status="Successful", EndTime=now(), PercentageComplete=100)
            return
        batch = max(1, len(active) * (100 - one["fm_share"]) // 100)
        gone = old[:batch]
        group.autoscaling_backend.ec2_backend.terminate_instances([state.instance.id for state in gone])
        group.instance_states = [state for state in group.instance_states if state not in gone]
        for target_group in group.autoscaling_backend.elbv2_backend.target_groups.values():
            drain(target_group, [state.instance.id for state in gone])
        group.set_desired_capacity(group.desired_capacity)
        return


def correct_attachments():
    @replace(Backend, "update_attached_target_groups")
    def to_target_groups(_, self, group_name):
        # Only new instances are registered, when they reach InService.
        group = self.autoscaling_groups[group_name]
        done = group.__dict__.setdefault("fm_registered", set())
        if suspended(group, "AddToLoadBalancer"):
            return
        ids = in_service(group) - done
        done |= ids
        for arn in group.target_group_arns:
            target_group = self.elbv2_backend.target_groups.get(arn)
            if target_group and ids:
                self.elbv2_backend.register_targets(arn, [{"Id": one, "Port": target_group.port} for one in ids])

    @replace(Backend, "update_attached_elbs")
    def to_classic(_, self, group_name):
        group = self.autoscaling_groups[group_name]
        done, live = group.__dict__.setdefault("fm_classic", set()), in_service(group)
        adds = not suspended(group, "AddToLoadBalancer")
        for name in group.load_balancer_names:
            balancer = self.elb_backend.load_balancers.get(name)
            if balancer:
                keep = [one for one in balancer.instance_sparse_ids if one in live or one not in done]
                keep = list(dict.fromkeys(keep))
                more = [one for one in live - done if one not in keep] if adds else []
                balancer.instance_sparse_ids = keep + more
        if adds:
            done |= live


def drain(target_group, ids):
    for one in ids:
        if target_group.targets.pop(one, None):
            target_group.__dict__.setdefault("fm_draining", {})[one] = time.time()


def correct_load_balancing():
    target_group = elbv2.FakeTargetGroup
    register, health = target_group.register, target_group.health_for

    def register_slowly(self, targets):
        new = [target for target in targets if target["Id"] not in self.targets]
        register(self, targets)
        for target in new:
            self.__dict__.setdefault("fm_since", {})[target["Id"]] = time.time()
            self.__dict__.setdefault("fm_draining", {}).pop(target["Id"], None)

    def deregister(self, targets):
        # Unknown targets are no error on AWS.
        drain(self, [target["Id"] for target in targets])

    def status(self, one, port, state, reason, description):
        return elbv2.FakeHealthStatus(one, port, self.health_check_port, state, reason, description)

    def health_in_time(self, target, ec2):
        one = target["Id"]
        left = self.__dict__.get("fm_draining", {}).get(one)
        if left and time.time() - left < DRAIN:
            port = target.get("Port", self.port)
            return status(self, one, port, "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
        if one in self.targets:
            port = self.targets[one]["Port"]
            instance = ec2.get_instance_by_id(one)
            tags = (instance.get_tags() or []) if instance is not None else []
            if any(tag.get("key") == "fm-health" and tag.get("value") == "bad" for tag in tags):
                return status(self, one, port, "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
            if time.time() - self.__dict__.get("fm_since", {}).get(one, 0) < HEALTH:
                return status(self, one, port, "initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
        return health(self, target, ec2)

    target_group.register, target_group.deregister, target_group.health_for = register_slowly, deregister, health_in_time

    @replace(elbv2.ELBv2Backend, "describe_target_health")
    def describe(original, self, target_group_arn, targets):
        sweep(autoscaling.autoscaling_backends[self.account_id][self.region_name])
        group = self.target_groups.get(target_group_arn)
        if group and not targets:
            draining = group.__dict__.get("fm_draining", {})
            live = [one for one, left in draining.items() if time.time() - left < DRAIN]
            targets = list(group.targets.values()) + [{"Id": one, "Port": group.port} for one in live]
            if not targets:
                return []
        return original(self, target_group_arn, targets)

    @replace(elb.ELBBackend, "register_instances")
    def register_once(original, self, load_balancer_name, instance_ids, *args, **kwargs):
        known = self.get_load_balancer(load_balancer_name).instance_sparse_ids
        return original(self, load_balancer_name, [one for one in instance_ids if one not in known], *args, **kwargs)


def correct_templates():
    answers, bases = {}, []

    @replace(LaunchTemplates, "create_launch_template_version")
    def create_over_source(original, self):
        # What a new version does not say it has from its source.
        source = self._get_param("SourceVersion")
        name, tid = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
        ec2 = self.ec2_backend
        template = ec2.get_launch_template(tid) if tid else ec2.get_launch_template_by_name(name)
        bases.append(template.get_version(source).data if source else {})
        try:
            return original(self)
        finally:
            bases.pop()

    @replace(launch_templates.LaunchTemplate, "create_version")
    def create_version(original, self, data, description):
        return original(self, {**bases[-1], **data} if bases else data, description)

    @replace(LaunchTemplates, "create_launch_template")
    def create_once(original, self):
        token = self._get_param("ClientToken")
        place = (self.current_account, self.region, token)
        if token and place in answers and answers[place][1] in self.ec2_backend.launch_template_name_to_ids:
            return answers[place][0]
        result = original(self)
        answers[place] = (result, self._get_param("LaunchTemplateName"))
        return result

    @replace(launch_templates.LaunchTemplateBackend, "delete_launch_template")
    def delete(original, self, name, tid):
        found = tid if tid in self.launch_templates else self.launch_template_name_to_ids.get(name)
        if found is None:
            raise InvalidLaunchTemplateNameNotFoundWithNameError(name or tid)
        return original(self, name, tid)


def correct():
    """Corrects moto; once, before it serves."""
    correct_groups()
    correct_refreshes()
    correct_attachments()
    correct_load_balancing()
    correct_templates()
