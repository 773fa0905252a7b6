"""What moto 5.2.5 does differently from AWS between scaling policies and CloudWatch's alarms, corrected.

A policy names the alarms that set it off, of groups and of ECS services alike. Policies of two groups may have one name;
those of a group that goes, go with it.
"""

from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy
from moto.autoscaling.responses import AutoScalingResponse, EmptyResult
from moto.autoscaling.models import FakeScalingPolicy
from moto.core.responses import ActionResult
from moto.cloudwatch.models import cloudwatch_backends

from faithful import Backend, replace


class Named:
    def __init__(self, alarm):
        self.name = self.alarm_name = alarm.name
        self.alarm_arn = alarm.alarm_arn


def alarms_of(account, region, arn):
    found = cloudwatch_backends[account][region].alarms.values()
    return [Named(alarm) for alarm in found if arn in (alarm.alarm_actions or [])]


def correct_names():
    @replace(Backend, "put_scaling_policy")
    def put(original, self, name, *args, **kwargs):
        policy = original(self, name, *args, **kwargs)
        self.policies[(policy.auto_scaling_group_name, name)] = self.policies.pop(name)
        return policy

    def put_response(self):
        params = self._get_params()
        self.fm_put(self)
        policy = self.autoscaling_backend.policies[(params["AutoScalingGroupName"], params["PolicyName"])]
        return ActionResult({"PolicyARN": policy.arn, "Alarms": []})

    AutoScalingResponse.fm_put = staticmethod(AutoScalingResponse.put_scaling_policy)
    AutoScalingResponse.put_scaling_policy = put_response

    def delete(self):
        group, name = self._get_param("AutoScalingGroupName"), self._get_param("PolicyName")
        self.autoscaling_backend.policies.pop((group, name), None)
        return EmptyResult()

    AutoScalingResponse.delete_policy = delete

    @replace(Backend, "describe_policies")
    def describe(original, self, *args, **kwargs):
        for key in [key for key in self.policies if key[0] not in self.autoscaling_groups]:
            del self.policies[key]
        return original(self, *args, **kwargs)


def correct():
    """Corrects moto; once, before it serves."""
    correct_names()
    of_group = property(lambda self: alarms_of(self.autoscaling_backend.account_id, self.autoscaling_backend.region_name, self.arn))
    FakeScalingPolicy.alarms = of_group
    of_service = property(lambda self: alarms_of(self.account_id, self.region_name, self.policy_arn), lambda self, value: None)
    FakeApplicationAutoscalingPolicy.alarms = of_service
