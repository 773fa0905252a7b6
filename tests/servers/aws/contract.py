"""Checks every request of a query API against botocore's description of it: unknown actions, parameters that are
missing, unknown or of the wrong type are refused and kept as violations. moto itself ignores what it does not know."""

import base64
import binascii
import io
import json
import re
from functools import lru_cache
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel

import json_contract

LOADER = Loader()
SIGNING_NAMES = {"autoscaling": ["autoscaling"], "ec2": ["ec2"], "sts": ["sts"], "elasticloadbalancing": ["elbv2", "elb"]}
SIGNING_NAMES["monitoring"] = ["cloudwatch"]


@lru_cache
def model(service):
    try:
        return ServiceModel(LOADER.load_service_model(service, "service-2"), service)
    except UnknownServiceError:
        return None


def service_of(headers, parameters):
    """The service a request is signed for; load balancing has two APIs at one place, told apart by version."""
    found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request", headers)
    if not found:
        return None
    for name in SIGNING_NAMES.get(found.group(3), []):
        if model(name).api_version == parameters.get("Version"):
            return name
    return found.group(3)


class Problem(Exception):
    pass


def check(service, parameters):
    """Raises Problem for parameters that the service does not allow."""
    known = model(service)
    action = parameters.get("Action")
    if known.api_version != parameters.get("Version"):
        raise Problem(f"{service} has version {known.api_version}, not {parameters.get('Version')}")
    try:
        operation = known.operation_model(action)
    except OperationNotFoundError:
        raise Problem(f"{service} has no action {action}") from None
    given = {name: value for name, value in parameters.items() if name not in ("Action", "Version")}
    shape = operation.input_shape
    if shape is None:
        if given:
            raise Problem(f"{action} takes no parameters, but got {sorted(given)}")
        return
    tree = {}
    for name, value in given.items():
        at = tree
        *parents, last = name.split(".")
        for part in parents:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise Problem(f"{action}: {name} is below a plain value")
        at[last] = value
    Checker(known.metadata["protocol"] == "ec2").structure(shape, tree, action)


def check_document(service, action, given):
    """The same for a service that speaks JSON."""
    try:
        wrong = json_contract.problems(model(service), action, given)
    except OperationNotFoundError:
        raise Problem(f"{service} has no operation {action}") from None
    if wrong:
        raise Problem(wrong)


class Checker:
    def __init__(self, is_ec2):
        self.is_ec2 = is_ec2

    def wire_name(self, name, shape):
        names = shape.serialization
        if self.is_ec2:
            found = names.get("queryName")
            return found or (names.get("name", name)[0].upper() + names.get("name", name)[1:])
        if shape.type_name == "list" and names.get("flattened"):
            return shape.member.serialization.get("name", name)
        return names.get("name", name)

    def value(self, shape, value, place):
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            if not isinstance(value, dict):
                if kind == "list" and value == "":
                    return
                raise Problem(f"{place} is '{value}', but must be a {kind}")
            getattr(self, kind)(shape, value, place)
            return
        if isinstance(value, dict):
            raise Problem(f"{place} is a structure, but must be a {kind}")
        self.scalar(shape, kind, value, place)

    def structure(self, shape, tree, place):
        members = {self.wire_name(name, member): (name, member) for name, member in shape.members.items()}
        for name, value in tree.items():
            if name not in members:
                raise Problem(f"{place} has no parameter {name}")
            self.value(members[name][1], value, f"{place}.{name}")
        for wire, (name, _) in members.items():
            if name in shape.required_members and wire not in tree:
                raise Problem(f"{place} lacks the required parameter {wire}")

    def list(self, shape, tree, place):
        if not self.is_ec2 and not shape.serialization.get("flattened"):
            inner = shape.member.serialization.get("name", "member")
            if set(tree) != {inner}:
                raise Problem(f"{place}: items of this list are named {inner}.N, not {sorted(tree)}")
            tree = tree[inner]
        for number, value in tree.items():
            if not number.isdigit() or int(number) < 1:
                raise Problem(f"{place}.{number}: items are numbered from 1")
            self.value(shape.member, value, f"{place}.{number}")
        if sorted(map(int, tree)) != list(range(1, len(tree) + 1)):
            raise Problem(f"{place}: the numbers of its items have gaps: {sorted(tree)}")
        self.length(shape, len(tree), place)

    def map(self, shape, tree, place):
        entries = tree if shape.serialization.get("flattened") else tree.get("entry", {})
        for number, entry in entries.items():
            if set(entry) - {"key", "value"}:
                raise Problem(f"{place}.{number} is no map entry")
            self.value(shape.value, entry.get("value", ""), f"{place}.{number}")

    def scalar(self, shape, kind, value, place):
        if kind in ("integer", "long") and not re.fullmatch(r"-?\d+", value):
            raise Problem(f"{place} is '{value}', but must be a whole number")
        if kind in ("float", "double") and not re.fullmatch(r"-?\d+(\.\d+)?([eE]-?\d+)?", value):
            raise Problem(f"{place} is '{value}', but must be a number")
        if kind == "boolean" and value not in ("true", "false"):
            raise Problem(f"{place} is '{value}', but must be true or false")
        if kind == "timestamp" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z", value):
            raise Problem(f"{place} is '{value}', but must be a time")
        if kind == "blob":
            try:
                base64.b64decode(value, validate=True)
            except binascii.Error:
                raise Problem(f"{place} is not base64") from None
        if kind == "string":
            if shape.enum and value not in shape.enum:
                raise Problem(f"{place} is '{value}', but must be one of {', '.join(shape.enum)}")
            pattern = shape.metadata.get("pattern")
            if pattern and self.usable(pattern) and not re.fullmatch(self.usable(pattern), value):
                raise Problem(f"{place} is '{value}', which does not match {pattern}")
            self.length(shape, len(value), place)
        if kind in ("integer", "long"):
            self.length(shape, int(value), place)

    @staticmethod
    @lru_cache
    def usable(pattern):
        try:
            re.compile(pattern)
            return pattern
        except re.error:
            return None  # Java's notation for surrogate pairs.

    @staticmethod
    def length(shape, size, place):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and size < least or most is not None and size > most:
            raise Problem(f"{place} is {size}, but must be within {least} and {most}")


class Contract:
    """The middleware: requests that break the contract do not reach the application."""

    def __init__(self, application):
        self.application = application
        self.violations = []

    def __call__(self, environ, start_response):
        parameters = environ.get("fm.parameters")
        service = environ.get("fm.service")
        if service and model(service) and "Action" in parameters:
            try:
                if "fm.document" in environ:
                    check_document(service, parameters["Action"], environ["fm.document"])
                else:
                    check(service, parameters)
            except Problem as problem:
                self.violations.append(str(problem))
                return refuse(start_response, service, 400, "ValidationError", f"contract: {problem}")
        return self.application(environ, start_response)


def read(environ):
    """Reads a query request once and leaves it readable: parameters and service go into the environment."""
    environ["fm.parameters"] = {}
    if re.search(r"/(ecs|lambda|application-autoscaling)/aws4_request", environ.get("HTTP_AUTHORIZATION", "")):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        found = json_contract.recognize(environ, body, model)
        if found:
            environ["fm.service"], environ["fm.document"] = found[0], found[2]
            environ["fm.parameters"] = {"Action": found[1]}
        return
    if environ.get("REQUEST_METHOD") != "POST" or "x-www-form-urlencoded" not in environ.get("CONTENT_TYPE", ""):
        return
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    parameters = dict(parse_qsl(body.decode(), keep_blank_values=True))
    environ["fm.parameters"] = parameters
    environ["fm.service"] = service_of(environ.get("HTTP_AUTHORIZATION", ""), parameters)


def refuse(start_response, service, status, code, message):
    """An error in the form of the service's protocol."""
    if service in json_contract.SERVICES:
        data = json.dumps({"__type": code, "message": message}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data))), ("x-amzn-errortype", code)]
        start_response(f"{status} Refused", headers)
        return [data]
    message = message.replace("&", "&amp;").replace("<", "&lt;")
    if service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>r</RequestID></Response>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    data = text.encode()
    start_response(f"{status} Refused", [("Content-Type", "text/xml"), ("Content-Length", str(len(data)))])
    return [data]


def answer(start_response, value):
    data = json.dumps(value).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]
