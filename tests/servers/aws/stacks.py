"""What moto 5.2.5 does differently from AWS in CloudFormation, corrected.

Operations take FM_STACK seconds, and a busy stack takes no other; every resource has its events, each with the token of
its operation; a token names an operation once; templates are refused with their place, and without the capabilities they
need; an update without changes is an error; a change set says what it replaces and is gone when it was carried out.

A resource whose Metadata has `FmFail: reason` fails with that reason, and its stack is rolled back.
"""

import json
import os
import threading
import time

import yaml
from moto.cloudformation import models, responses
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.utils import yaml_tag_constructor
from moto.core.responses import ActionResult
from moto.sqs.models import Queue, sqs_backends

BUSY = float(os.environ.get("FM_STACK", "0.3"))
LOCK = threading.RLock()
# Properties whose change makes a new resource.
NAMES = ("QueueName", "TopicName", "BucketName", "TableName", "RoleName", "GroupName", "FifoQueue")

Backend, Stack, Responses = models.CloudFormationBackend, models.Stack, responses.CloudFormationResponse


class InsufficientCapabilities(CloudFormationError):
    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(CloudFormationError):
    code = "ChangeSetNotFound"


class AlreadyExists(CloudFormationError):
    code = "AlreadyExistsException"


def parse(text):
    yaml.add_multi_constructor("", yaml_tag_constructor)
    try:
        template = yaml.load(text, Loader=yaml.Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ValidationError(
            message=f"Template format error: YAML not well-formed. (line {mark.line + 1}, column {mark.column + 1})"
        ) from None
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    for name, resource in resources.items():
        if not isinstance(resource, dict) or "Type" not in resource:
            raise ValidationError(message=f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member.")
    return template


def capabilities(template):
    """What a template needs of its caller."""
    iam = [one for one in template["Resources"].values() if one["Type"].startswith("AWS::IAM::")]
    named = [one for one in iam if any(key in one.get("Properties", {}) for key in ("RoleName", "UserName", "GroupName"))]
    return ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if iam else []


def demand(template, given):
    needed = capabilities(template)
    accepted = given + (["CAPABILITY_IAM"] if "CAPABILITY_NAMED_IAM" in given else [])
    if any(one not in accepted for one in needed):
        raise InsufficientCapabilities(f"Requires capabilities : [{', '.join(needed)}]")


def check_parameters(template, given, before=None):
    known = template.get("Parameters", {})
    unknown = [key for key in given if key not in known]
    if unknown:
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [key for key, one in known.items() if "Default" not in one and key not in given]
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")


def doomed(template):
    for name, resource in template["Resources"].items():
        reason = resource.get("Metadata", {}).get("FmFail")
        if reason:
            return name, resource["Type"], reason
    return None


def tell(stack, token, resource, kind, status, reason=None, at=0.0):
    """Adds an event that shows when its time has come."""
    event = models.Event(
        stack_id=stack.stack_id,
        stack_name=stack.name,
        logical_resource_id=resource,
        physical_resource_id=stack.stack_id if kind == "AWS::CloudFormation::Stack" else f"{stack.name}-{resource}",
        resource_type=kind,
        resource_status=status,
        resource_status_reason=reason,
        resource_properties=None,
    )
    event.client_request_token, event.fm_at = token, time.time() + at
    stack.events.append(event)


def itself(stack, token, status, reason=None, at=0.0):
    tell(stack, token, stack.name, "AWS::CloudFormation::Stack", status, reason, at)


def run(stack, token, verb, template, names, failure):
    """The events of an operation, and how its stack stands when it is over."""
    stack.fm_over = time.time() + BUSY
    stack.fm_busy = f"{verb}_IN_PROGRESS"
    itself(stack, token, stack.fm_busy, "User Initiated")
    for name in names:
        kind = template["Resources"].get(name, {}).get("Type", "AWS::CloudFormation::CustomResource")
        tell(stack, token, name, kind, f"{verb}_IN_PROGRESS")
        if failure and name == failure[0]:
            tell(stack, token, name, kind, f"{verb}_FAILED", failure[2], BUSY / 2)
            continue
        if failure:
            tell(stack, token, name, kind, f"{verb}_FAILED", "Resource creation cancelled", BUSY / 2)
        else:
            tell(stack, token, name, kind, f"{verb}_COMPLETE", None, BUSY / 2)
    if failure:
        over = "ROLLBACK" if verb == "CREATE" else f"{verb}_ROLLBACK"
        reason = f"The following resource(s) failed to {verb.lower()}: [{failure[0]}]. "
        itself(stack, token, f"{over}_IN_PROGRESS", reason, BUSY / 2)
        itself(stack, token, f"{over}_COMPLETE", None, BUSY)
        stack.fm_reason = reason
        stack.status = f"{over}_COMPLETE"
    else:
        stack.fm_reason = None
        itself(stack, token, f"{verb}_COMPLETE", None, BUSY)
        stack.status = f"{verb}_COMPLETE"


def is_busy(stack):
    return time.time() < getattr(stack, "fm_over", 0)


def refuse_busy(stack, action="updated"):
    status = shown_status(stack)
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS" or status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
        raise ValidationError(message=f"Stack:{stack.stack_id} is in {status} state and can not be {action}.")


def shown_status(stack):
    return stack.fm_busy if is_busy(stack) else stack.status


def by_name(backend, name):
    return next((one for one in backend.stacks.values() if name in (one.name, one.stack_id)), None)


def body_of(self):
    text, url = self._get_param("TemplateBody"), self._get_param("TemplateURL")
    return self._get_stack_from_s3_url(url) if url else text


def parameters_of(self):
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in self._get_param("Parameters", [])}


def tags_of(self):
    return {one["Key"]: one["Value"] for one in self._get_param("Tags", [])}


def locked(function):
    def alone(self):
        with LOCK:
            return function(self)

    return alone


@locked
def create_stack(self):
    backend, name, token = self.cloudformation_backend, self._get_param("StackName"), self._get_param("ClientRequestToken")
    there = by_name(backend, name)
    if there is not None:
        if token and getattr(there, "fm_token", None) == token:
            return ActionResult({"StackId": there.stack_id})
        raise AlreadyExists(f"Stack [{name}] already exists")
    text = body_of(self)
    template, parameters = parse(text), parameters_of(self)
    demand(template, self._get_param("Capabilities", []))
    check_parameters(template, parameters)
    failure = doomed(template)
    empty = json.dumps({"Resources": {}})
    stack = backend.create_stack(
        name=name, template=empty if failure else text, parameters={} if failure else parameters, tags=tags_of(self),
        role_arn=self._get_param("RoleARN"), notification_arns=self._get_param("NotificationARNs", []),
    )
    stack.events.clear()
    stack.fm_token = token
    run(stack, token, "CREATE", template, list(template["Resources"]), failure)
    return ActionResult({"StackId": stack.stack_id})


@locked
def update_stack(self):
    backend, token = self.cloudformation_backend, self._get_param("ClientRequestToken")
    stack = by_name(backend, self._get_param("StackName"))
    if stack is None:
        raise ValidationError(message=f"Stack [{self._get_param('StackName')}] does not exist")
    if token and getattr(stack, "fm_token", None) == token:
        return ActionResult({"StackId": stack.stack_id})
    refuse_busy(stack)
    text = body_of(self)
    template, parameters, tags = parse(text), parameters_of(self), tags_of(self)
    demand(template, self._get_param("Capabilities", []))
    check_parameters(template, parameters)
    if stack.has_template(text) and stack.parameters == parameters and stack.tags == tags:
        raise ValidationError(message="No updates are to be performed.")
    names = changed(stack, template, parameters)
    failure = doomed(template)
    events, stack.events = stack.events, []
    if not failure:
        stack.update(text, self._get_param("RoleARN"), parameters=parameters, tags=tags)
    stack.events, stack.fm_token = events, token
    run(stack, token, "UPDATE", template, names, failure)
    return ActionResult({"StackId": stack.stack_id})


def changed(stack, template, parameters):
    before, after = stack.template_dict.get("Resources", {}), template["Resources"]
    if stack.parameters != parameters:
        return list(after)
    return [name for name, one in after.items() if before.get(name) != one]


@locked
def delete_stack(self):
    backend, token = self.cloudformation_backend, self._get_param("ClientRequestToken")
    stack = by_name(backend, self._get_param("StackName"))
    if stack is None:
        return responses.EmptyResult()
    template = stack.template_dict
    failure = next(((name, one["Type"], one["Metadata"]["FmKeep"]) for name, one in template.get("Resources", {}).items()
                    if one.get("Metadata", {}).get("FmKeep")), None)
    if is_busy(stack) and stack.fm_busy == "DELETE_IN_PROGRESS":
        return responses.EmptyResult()
    names = list(template.get("Resources", {}))
    if failure:
        run(stack, token, "DELETE", template, names, failure)
        stack.status = "DELETE_FAILED"
    else:
        run(stack, token, "DELETE", template, names, None)
        stack.fm_leaving = True
    return responses.EmptyResult()


def sweep(backend):
    """Stacks whose deletion is over go."""
    for stack in list(backend.stacks.values()):
        if getattr(stack, "fm_leaving", False) and not is_busy(stack):
            events = list(stack.events)
            backend.delete_stack(stack.stack_id)
            stack.events = events


@locked
def describe_stacks(self):
    backend, name = self.cloudformation_backend, self._get_param("StackName")
    sweep(backend)
    found = backend.describe_stacks(name)
    shown = []
    for stack in found:
        one = {
            "StackId": stack.stack_id, "StackName": stack.name, "CreationTime": stack.creation_time,
            "StackStatus": shown_status(stack), "Parameters": stack.parameter_list,
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            "Capabilities": [], "NotificationARNs": stack.notification_arns,
        }
        if getattr(stack, "fm_reason", None) and not is_busy(stack):
            one["StackStatusReason"] = stack.fm_reason
        if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE") and not is_busy(stack):
            one["Outputs"] = stack.outputs or []
        shown.append(one)
    return ActionResult({"Stacks": shown})


@locked
def describe_stack_events(self):
    backend = self.cloudformation_backend
    sweep(backend)
    stack = backend.get_stack(self._get_param("StackName"))
    seen = [event for event in stack.events if getattr(event, "fm_at", 0) <= time.time()]
    seen.sort(key=lambda event: getattr(event, "fm_at", 0))
    return ActionResult({"StackEvents": seen[::-1]})


def validate_template(self):
    template = parse(body_of(self))
    parameters = [{"ParameterKey": key, "DefaultValue": str(one.get("Default", "")), "NoEcho": bool(one.get("NoEcho"))}
                  for key, one in template.get("Parameters", {}).items()]
    return ActionResult({"Parameters": parameters, "Capabilities": capabilities(template), "Description": template.get("Description", "")})


def find_set(backend, stack_name, name):
    for key, found in backend.change_sets.items():
        if name in (key, found.change_set_name) and stack_name in (None, found.stack_name, found.stack_id):
            return key, found
    raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")


@locked
def create_change_set(self):
    backend, name, token = self.cloudformation_backend, self._get_param("ChangeSetName"), self._get_param("ClientToken")
    stack_name, kind = self._get_param("StackName"), self._get_param("ChangeSetType", "UPDATE")
    try:
        key, there = find_set(backend, stack_name, name)
        if token and there.fm_token == token:
            return ActionResult({"Id": key, "StackId": there.stack_id})
        raise AlreadyExists(f"ChangeSet {name} cannot be created due to a mismatch with existing attributes")
    except ChangeSetNotFound:
        pass
    text = body_of(self)
    template, parameters = parse(text), parameters_of(self)
    demand(template, self._get_param("Capabilities", []))
    check_parameters(template, parameters)
    stack = by_name(backend, stack_name)
    if stack is not None and kind == "UPDATE":
        refuse_busy(stack)
    key, stack_id = backend.create_change_set(
        stack_name=stack_name, change_set_name=name, template=text, parameters=parameters,
        description=self._get_param("Description"), tags=tags_of(self), role_arn=self._get_param("RoleARN"), change_set_type=kind,
    )
    made = backend.change_sets[key]
    made.fm_token, made.fm_at = token, time.time() + BUSY
    before = made.stack.template_dict.get("Resources", {})
    for change in made.changes:
        old, new = before.get(change.logical_resource_id, {}), made.template_dict["Resources"].get(change.logical_resource_id, {})
        props = [one.get("Properties", {}) for one in (old, new)]
        if change.action == "Modify":
            change.replacement = "True" if any(props[0].get(key) != props[1].get(key) for key in NAMES) else "False"
    return ActionResult({"Id": key, "StackId": stack_id})


@locked
def describe_change_set(self):
    key, found = find_set(self.cloudformation_backend, self._get_param("StackName"), self._get_param("ChangeSetName"))
    is_ready = time.time() >= found.fm_at
    shown = {
        "ChangeSetName": found.change_set_name, "ChangeSetId": key, "StackId": found.stack_id, "StackName": found.stack_name,
        "Description": found.description, "Status": found.status if is_ready else "CREATE_IN_PROGRESS",
        "ExecutionStatus": found.execution_status if is_ready else "UNAVAILABLE", "CreationTime": found.creation_time,
    }
    if is_ready:
        shown["StatusReason"] = found.status_reason
        shown["Changes"] = [{"Type": "Resource", "ResourceChange": {
            "Action": one.action, "LogicalResourceId": one.logical_resource_id, "ResourceType": one.resource_type,
            **({"Replacement": one.replacement} if hasattr(one, "replacement") else {})}} for one in found.changes]
    return ActionResult(shown)


@locked
def delete_change_set(self):
    key, _ = find_set(self.cloudformation_backend, self._get_param("StackName"), self._get_param("ChangeSetName"))
    del self.cloudformation_backend.change_sets[key]
    return responses.EmptyResult()


@locked
def execute_change_set(self):
    backend, token = self.cloudformation_backend, self._get_param("ClientRequestToken")
    key, found = find_set(backend, self._get_param("StackName"), self._get_param("ChangeSetName"))
    stack = backend.stacks[found.stack_id]
    if token and getattr(stack, "fm_token", None) == token:
        return responses.EmptyResult()
    template = parse(found.template)
    names = changed(stack, template, found.parameters)
    failure, verb = doomed(template), found.change_set_type
    events, stack.events = stack.events, []
    if not failure:
        backend.execute_change_set(stack_name=stack.name, change_set_name=key)
        stack._parse_template()
        stack.parameters = found.parameters
        stack.output_map = stack._create_output_map()
    stack.events, stack.fm_token = events, token
    run(stack, token, verb, template, names, failure)
    # Carrying one out removes all.
    for other in [one for one, it in backend.change_sets.items() if it.stack_id == stack.stack_id]:
        del backend.change_sets[other]
    return responses.EmptyResult()


def correct_queues():
    """A queue with another name is another queue."""
    update = Queue.update_from_cloudformation_json.__func__

    def renamed(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        arguments = (new_resource_name, cloudformation_json, account_id, region_name)
        if new_resource_name == original_resource.name:
            return update(cls, original_resource, *arguments)
        sqs_backends[account_id][region_name].delete_queue(original_resource.name)
        return cls.create_from_cloudformation_json(*arguments)

    Queue.update_from_cloudformation_json = classmethod(renamed)


def correct():
    """Corrects moto; once, before it serves."""
    correct_queues()
    Responses.create_stack, Responses.update_stack, Responses.delete_stack = create_stack, update_stack, delete_stack
    Responses.describe_stacks, Responses.describe_stack_events = describe_stacks, describe_stack_events
    Responses.validate_template = validate_template
    Responses.create_change_set, Responses.describe_change_set = create_change_set, describe_change_set
    Responses.delete_change_set, Responses.execute_change_set = delete_change_set, execute_change_set
    Responses.RESPONSE_KEY_PATH_TO_TRANSFORMER = {}
