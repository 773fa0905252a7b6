"""What moto 5.2.5 does differently from AWS in ECS, corrected.

A service's tasks start after FM_BOOT seconds, with addresses of their own that are registered with its target groups;
they drain for FM_DRAIN seconds before they stop. A client token makes CreateService the same call. A deleted service
drains until its last task has stopped. Lists of task definitions are sorted.

A container whose image holds `broken` ends with exit code 1 as soon as it runs.
"""

import itertools
import os
import threading
import time
import uuid

from moto.core.responses import ActionResult, EmptyResult
from moto.core.exceptions import JsonRESTError
from moto.ecs import models
from moto.ecs.responses import EC2ContainerServiceResponse as Responses
from moto.elbv2 import models as elbv2

BOOT, DRAIN = (float(os.environ.get(name, "0")) for name in ("FM_BOOT", "FM_DRAIN"))
LOCK = threading.RLock()
ADDRESSES = itertools.count(1)
# (account, region, cluster) → name → Service
SERVICES = {}


def refuse(code, message):
    raise JsonRESTError(code, message)


class Service:
    def __init__(self, backend, cluster, given, definition):
        self.backend, self.cluster, self.definition = backend, cluster, definition
        place = f"{backend.region_name}:{backend.account_id}"
        self.name, self.token = given["serviceName"], given.get("clientToken")
        self.tasks, self.events, self.place = [], [], place
        kept = ("loadBalancers", "capacityProviderStrategy", "platformVersion", "networkConfiguration", "placementConstraints",
                "placementStrategy", "healthCheckGracePeriodSeconds", "enableExecuteCommand", "serviceRegistries",
                "deploymentConfiguration", "propagateTags", "enableECSManagedTags")
        self.value = {key: given[key] for key in kept if key in given}
        if "capacityProviderStrategy" not in given:
            self.value["launchType"] = given.get("launchType", "EC2")
        self.value.update(
            serviceArn=f"arn:aws:ecs:{place}:service/{cluster}/{self.name}", serviceName=self.name, status="ACTIVE",
            clusterArn=f"arn:aws:ecs:{place}:cluster/{cluster}", desiredCount=given.get("desiredCount", 0),
            taskDefinition=definition.arn, createdAt=time.time(), schedulingStrategy="REPLICA",
        )
        self.tags = {tag["key"]: tag["value"] for tag in given.get("tags", [])}

    def tell(self, message):
        self.events.insert(0, {"id": str(uuid.uuid4()), "createdAt": time.time(), "message": f"(service {self.name}) {message}"})

    def groups(self):
        backend = elbv2.elbv2_backends[self.backend.account_id][self.backend.region_name]
        for one in self.value.get("loadBalancers", []):
            group = backend.target_groups.get(one["targetGroupArn"])
            if group:
                yield backend, group, one["containerPort"]

    def is_broken(self):
        return any("broken" in one["image"] for one in self.definition.container_definitions)

    def sweep(self):
        """What time brings about in AWS, brought about when somebody looks."""
        now = time.time()
        for task in self.tasks:
            if task["stop"] is None and task["born"] + BOOT <= now and not task["ran"]:
                task["ran"] = True
                if self.is_broken():
                    task.update(stop=now, reason="Essential container in task exited", code=1)
                    self.tell("is unable to consistently start tasks successfully.")
                    continue
                for backend, group, port in self.groups():
                    backend.register_targets(group.arn, [{"Id": task["ip"], "Port": port}])
        wanted = self.value["desiredCount"] if self.value["status"] == "ACTIVE" else 0
        live = [task for task in self.tasks if task["stop"] is None]
        fresh = [task for task in self.tasks if now - task["born"] < 0.5]
        for _ in range(wanted - len(live) if not (self.is_broken() and fresh) else 0):
            number = next(ADDRESSES)
            self.tasks.append({"id": uuid.uuid4().hex, "ip": f"10.0.{number // 250}.{number % 250 + 1}", "born": now, "ran": False,
                               "stop": None, "reason": None, "code": None})
        for task in live[wanted:] if len(live) > wanted else []:
            has_groups = False
            for backend, group, port in self.groups():
                has_groups = True
                group.deregister([{"Id": task["ip"], "Port": port}])
            task.update(stop=now + (DRAIN if has_groups else 0), reason="Scaling activity initiated by deployment")

    def running(self):
        now = time.time()
        return [task for task in self.tasks if task["stop"] is None or task["stop"] > now]

    def shown(self):
        self.sweep()
        running = self.running()
        ran = len([task for task in running if task["ran"]])
        if self.value["status"] == "DRAINING" and not running:
            self.value["status"] = "INACTIVE"
        tags = [{"key": key, "value": value} for key, value in self.tags.items()]
        return {**self.value, "runningCount": ran, "pendingCount": len(running) - ran, "events": self.events[:100], "tags": tags}

    def task(self, task):
        now, is_over = time.time(), False
        status = "RUNNING" if task["ran"] else "PENDING"
        if task["stop"] is not None:
            is_over = task["stop"] <= now
            status = "STOPPED" if is_over else "DEACTIVATING"
        subnets = self.value.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", ["subnet-0"])
        containers = [{"name": one["name"], "lastStatus": status, "networkBindings": [],
                       **({"exitCode": task["code"]} if task["code"] is not None else {})} for one in self.definition.container_definitions]
        return {
            "taskArn": f"arn:aws:ecs:{self.place}:task/{self.cluster}/{task['id']}", "clusterArn": self.value["clusterArn"],
            "taskDefinitionArn": self.definition.arn, "lastStatus": status, "desiredStatus": "RUNNING" if task["stop"] is None else "STOPPED",
            "healthStatus": "UNKNOWN", "createdAt": task["born"], "group": f"service:{self.name}", "containers": containers,
            "availabilityZone": f"{self.backend.region_name}{'ab'[int(task['id'], 16) % 2]}", "startedAt": task["born"] + BOOT,
            **({"stoppedReason": task["reason"]} if is_over else {}),
            "attachments": [{"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": [
                {"name": "subnetId", "value": subnets[0]}, {"name": "privateIPv4Address", "value": task["ip"]}]}],
        }


def of(self, cluster):
    """The services of a cluster that is there."""
    backend = self.ecs_backend if hasattr(self, "ecs_backend") else self
    name = (cluster or "default").rsplit("/", 1)[-1]
    if name not in backend.clusters:
        refuse("ClusterNotFoundException", "Cluster not found.")
    return SERVICES.setdefault((backend.account_id, backend.region_name, name), {})


def alone(function):
    def method(self, *args, **kwargs):
        with LOCK:
            return function(self, *args, **kwargs)

    return method


@alone
def create_service(self):
    given = self._get_params()
    cluster = given.get("cluster", "default").rsplit("/", 1)[-1]
    services, name = of(self, cluster), given["serviceName"]
    there = services.get(name)
    if there and there.shown()["status"] != "INACTIVE":
        if given.get("clientToken") and there.token == given["clientToken"]:
            return ActionResult({"service": there.shown()})
        refuse("InvalidParameterException", "Creation of service was not idempotent.")
    definition = self.ecs_backend.describe_task_definition(given["taskDefinition"])
    names = [one["name"] for one in definition.container_definitions]
    for one in given.get("loadBalancers", []):
        if one["containerName"] not in names:
            refuse("InvalidParameterException", f"The container {one['containerName']} does not exist in the task definition.")
    services[name] = Service(self.ecs_backend, cluster, given, definition)
    return ActionResult({"service": services[name].shown()})


@alone
def describe_services(self):
    services, found, failures = of(self, self._get_param("cluster")), [], []
    for name in self._get_param("services", []):
        one = services.get(name.rsplit("/", 1)[-1])
        if one:
            found.append(one.shown())
        else:
            failures.append({"arn": name, "reason": "MISSING"})
    if "TAGS" not in self._get_param("include", []):
        found = [{key: value for key, value in one.items() if key != "tags"} for one in found]
    return ActionResult({"services": found, "failures": failures})


@alone
def list_services(self):
    shown = [one.shown() for one in of(self, self._get_param("cluster")).values()]
    return ActionResult({"serviceArns": [one["serviceArn"] for one in shown if one["status"] != "INACTIVE"]})


@alone
def update_service(self):
    given = self._get_params()
    one = of(self, given.get("cluster")).get(given["service"].rsplit("/", 1)[-1])
    if one is None or one.value["status"] == "INACTIVE":
        refuse("ServiceNotFoundException", "Service not found.")
    if one.value["status"] != "ACTIVE":
        refuse("ServiceNotActiveException", "Service was not ACTIVE.")
    if "desiredCount" in given:
        one.value["desiredCount"] = given["desiredCount"]
    return ActionResult({"service": one.shown()})


@alone
def delete_service(self):
    one = of(self, self._get_param("cluster")).get(self._get_param("service").rsplit("/", 1)[-1])
    if one is None or one.value["status"] == "INACTIVE":
        refuse("ServiceNotFoundException", "Service not found.")
    if one.value["desiredCount"] and not self._get_param("force", False):
        refuse("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    one.value.update(status="DRAINING", desiredCount=0)
    return ActionResult({"service": one.shown()})


@alone
def list_tasks(self):
    services, name = of(self, self._get_param("cluster")), self._get_param("serviceName")
    status, arns = self._get_param("desiredStatus", "RUNNING"), []
    for one in services.values():
        if name in (None, one.name):
            one.sweep()
            arns += [task["taskArn"] for task in map(one.task, one.tasks) if task["desiredStatus"] == status]
    return ActionResult({"taskArns": arns})


@alone
def describe_tasks(self):
    wanted = [arn.rsplit("/", 1)[-1] for arn in self._get_param("tasks", [])]
    services = of(self, self._get_param("cluster")).values()
    found = [one.task(task) for one in services for task in one.tasks if task["id"] in wanted]
    return ActionResult({"tasks": found, "failures": []})


@alone
def list_task_definitions(self):
    arns = self.ecs_backend.list_task_definitions(self._get_param("familyPrefix"), self._get_param("status", "ACTIVE"))
    arns.sort(key=lambda arn: (arn.rsplit(":", 1)[0], int(arn.rsplit(":", 1)[1])), reverse=self._get_param("sort") == "DESC")
    return ActionResult({"taskDefinitionArns": arns[: self._get_param("maxResults", 100)]})


def correct():
    """Corrects moto; once, before it serves."""
    for name, function in (("create_service", create_service), ("describe_services", describe_services), ("list_services", list_services),
                           ("update_service", update_service), ("delete_service", delete_service), ("list_tasks", list_tasks),
                           ("describe_tasks", describe_tasks), ("list_task_definitions", list_task_definitions)):
        setattr(Responses, name, function)
    # Application Auto Scaling asks whether a service is there.
    models.EC2ContainerServiceBackend.describe_services = lambda self, cluster, names: (
        [one for one in of(self, cluster).values() if one.name in [name.rsplit("/", 1)[-1] for name in names]], [])
    tag = Responses.tag_resource

    def tagged(self):
        arn = self._get_param("resourceArn")
        if ":service/" not in arn:
            return tag(self)
        cluster, name = arn.split(":service/")[1].split("/")
        of(self, cluster)[name].tags.update({one["key"]: one["value"] for one in self._get_param("tags", [])})
        return EmptyResult()

    Responses.tag_resource = tagged
