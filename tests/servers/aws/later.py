"""What moto does at once and AWS later: lifecycle hooks hold instances, and reads lag behind what was done.

FM_HOOK: seconds until somebody completes the lifecycle actions of a group's hooks; below 0 nobody does, and after the
hook's heartbeat timeout its default result stands. Actions can also be completed by CompleteLifecycleAction.
FM_LAG: seconds for which Describe calls do not know what was just made, and still know a group that is gone.
"""

import os
import time

from moto.autoscaling.responses import AutoScalingResponse, EmptyResult
from moto.ec2.exceptions import InvalidLaunchTemplateNameNotFoundError
from moto.ec2.models import launch_templates
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.responses.launch_templates import LaunchTemplates

import faithful
from faithful import Backend, Group, State, ValidationError, record, replace

HOOK, LAG = (float(os.environ.get(name, "0")) for name in ("FM_HOOK", "FM_LAG"))
LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"


def hooks(group, transition):
    found = group.autoscaling_backend.describe_lifecycle_hooks(group.name)
    return [hook for hook in found if hook.lifecycle_transition == transition]


def held(state, group, transition, since):
    """How long an instance is held from then on: None for ever so long, else the seconds, and what comes of it."""
    result = state.__dict__.get("fm_result")
    if result:
        return 0, result
    found = hooks(group, transition)
    if not found:
        return 0, "CONTINUE"
    if HOOK >= 0:
        return since + HOOK - time.time(), "CONTINUE"
    hook = min(found, key=lambda hook: hook.heartbeat_timeout)
    return since + hook.heartbeat_timeout - time.time(), hook.default_result


def lifecycle(self):
    word = self.__dict__.get("fm_lifecycle", "InService")
    if word != "InService":
        return word
    booted = getattr(self, "fm_born", 0) + faithful.BOOT
    if time.time() < booted:
        return "Pending"
    left, result = held(self, self.auto_scaling_group, LAUNCHING, booted)
    if left > 0:
        return "Pending:Wait"
    return "InService" if result == "CONTINUE" else "Pending:Abandoned"


def sweep_hooks(group):
    """Instances whose hook was abandoned end, and those whose end was held are gone."""
    abandoned = [state for state in group.instance_states if state.lifecycle_state == "Pending:Abandoned"]
    if abandoned:
        ids = [state.instance.id for state in abandoned]
        group.instance_states = [state for state in group.instance_states if state not in abandoned]
        group.autoscaling_backend.ec2_backend.terminate_instances(ids)
        for one in ids:
            why = "Lifecycle Action Token was abandoned: Heartbeat Timeout"
            record(group, f"Launching a new EC2 instance: {one}.  Status Reason: {why}", "Cancelled", why)
    group.instance_states = [
        state for state in group.instance_states
        if state.__dict__.get("fm_lifecycle") != "Terminating:Wait"
        or held(state, group, TERMINATING, state.fm_ends)[0] > 0
    ]


def correct_hooks():
    State.lifecycle_state = property(lifecycle, lambda self, word: self.__dict__.__setitem__("fm_lifecycle", word))
    Group.active_instances = lambda self: [
        state for state in self.instance_states
        if state.lifecycle_state == "InService" or state.lifecycle_state.startswith("Pending")
    ]
    faithful.SWEEPS.append(sweep_hooks)

    @replace(Group, "set_desired_capacity")
    def shrink(original, self, new_capacity):
        before = list(self.instance_states)
        original(self, new_capacity)
        if hooks(self, TERMINATING):
            ids = {state.instance.id for state in self.instance_states}
            for state in before:
                if state.instance.id not in ids:
                    state.lifecycle_state, state.fm_ends, state.fm_result = "Terminating:Wait", time.time(), None
                    self.instance_states.append(state)

    def complete(self):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        one = self._get_param("InstanceId")
        waiting = [state for state in group.instance_states if state.instance.id == one and state.lifecycle_state.endswith(":Wait")]
        if not waiting:
            raise ValidationError("No active Lifecycle Action found with instance ID " + str(one))
        waiting[0].fm_result = self._get_param("LifecycleActionResult")
        return EmptyResult()

    AutoScalingResponse.complete_lifecycle_action = complete
    AutoScalingResponse.record_lifecycle_action_heartbeat = lambda self: EmptyResult()


def is_new(thing):
    return time.time() - getattr(thing, "fm_made", 0) < LAG


def correct_reads():
    if not LAG:
        return
    gone = {}

    @replace(Backend, "create_auto_scaling_group")
    def create(original, self, *args, **kwargs):
        wanted = kwargs.get("launch_template") or {}
        ec2 = self.ec2_backend
        template = ec2.launch_templates.get(wanted.get("LaunchTemplateId"))
        # Half as long: who waits for this must not find all the rest known by then.
        if template and time.time() - getattr(template, "fm_made", 0) < LAG / 2:
            raise ValidationError("You must use a valid fully-formed launch template. The specified launch template does not exist.")
        group = original(self, *args, **kwargs)
        made = self.autoscaling_groups[kwargs.get("name") or args[0]]
        made.fm_made = time.time()
        gone.pop((self.account_id, self.region_name, made.name), None)
        return group

    @replace(Backend, "delete_auto_scaling_group")
    def delete(original, self, group_name, *args, **kwargs):
        group = self.autoscaling_groups.get(group_name)
        result = original(self, group_name, *args, **kwargs)
        gone[self.account_id, self.region_name, group_name] = (time.time() + LAG + faithful.DELETE, group)
        return result

    @replace(Backend, "describe_auto_scaling_groups")
    def describe(original, self, names, filters=None):
        found = [group for group in original(self, names, filters) if not is_new(group)]
        known = {group.name for group in found}
        for (account, region, name), (until, group) in list(gone.items()):
            here = (account, region) == (self.account_id, self.region_name)
            if here and time.time() < until and name in (names or []) and name not in known and name not in self.autoscaling_groups:
                group.status, group.instance_states = "Delete in progress", []
                found.append(group)
        return found

    @replace(launch_templates.LaunchTemplateBackend, "create_launch_template")
    def create_template(original, self, *args, **kwargs):
        template = original(self, *args, **kwargs)
        template.fm_made = time.time()
        return template

    @replace(LaunchTemplates, "describe_launch_templates")
    def describe_templates(original, self):
        names, known = self._get_param("LaunchTemplateNames", []), self.ec2_backend.launch_templates
        new = {key: one for key, one in known.items() if is_new(one)}
        if any(one.name in names for one in new.values()):
            raise InvalidLaunchTemplateNameNotFoundError()
        for key in new:
            del known[key]
        try:
            return original(self)
        finally:
            known.update(new)

    initialize = State.__init__

    def born(self, *args, **kwargs):
        initialize(self, *args, **kwargs)
        self.instance.fm_made = time.time()

    State.__init__ = born

    @replace(InstanceBackend, "describe_instances")
    def describe_instances(original, self, filters=None):
        found = []
        for reservation in original(self, filters):
            reservation.instances = [one for one in reservation.instances if not is_new(one)]
            if reservation.instances:
                found.append(reservation)
        return found


def correct():
    """Corrects what faithful.correct() has corrected already, once."""
    correct_hooks()
    correct_reads()
