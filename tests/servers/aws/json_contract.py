"""The contract of services that speak JSON, or XML by paths: which operation a request is, and whether botocore's description allows it."""

import base64
import json
import re
from functools import lru_cache
from xml.etree import ElementTree
from urllib.parse import parse_qsl, unquote

from botocore.validate import ParamValidator

# Names in signatures that are not botocore's.
SERVICES = {"application-autoscaling": "application-autoscaling", "ecs": "ecs", "lambda": "lambda", "route53": "route53"}
# Those that speak XML.
XML = {"route53"}


def recognize(environ, body, model):
    """Service, operation and parameters of a request, or None when it is not for us."""
    signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
    service = SERVICES.get(signed.group(1)) if signed else None
    if service is None:
        return None
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return service, target.rsplit(".", 1)[-1], json.loads(body or b"{}")
    if model(service).metadata["protocol"] not in ("rest-json", "rest-xml"):
        return None
    return (service, *rest(environ, body, model(service)))


@lru_cache
def patterns(known):
    found = []
    for name in known.operation_names:
        http = known.operation_model(name).http
        path = http["requestUri"].split("?")[0]
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        found.append((http["method"], re.compile(pattern + "/?"), name))
    return found


def rest(environ, body, known):
    path = environ.get("REQUEST_URI", environ.get("RAW_URI", environ["PATH_INFO"])).split("?")[0]
    for method, pattern, name in patterns(known):
        found = pattern.fullmatch(path)
        if method == environ["REQUEST_METHOD"] and found:
            return name, members(known.operation_model(name).input_shape, found.groupdict(), environ, body)
    return f"{environ['REQUEST_METHOD']} {path}", {}


def members(shape, labels, environ, body):
    """What a request says, by the names of the operation's input."""
    if shape is None:
        return {}
    given, query = {}, dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    payload = shape.serialization.get("payload")
    for name, member in shape.members.items():
        place, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri" and wire in labels:
            given[name] = unquote(labels[wire])
        elif place == "querystring" and wire in query:
            text = query.pop(wire)
            given[name] = int(text) if member.type_name in ("integer", "long") else text
        elif place == "header" and "HTTP_" + wire.upper().replace("-", "_") in environ:
            given[name] = environ["HTTP_" + wire.upper().replace("-", "_")]
    given.update({f"?{key}": value for key, value in query.items()})
    if payload:
        if body:
            given[payload] = body
    elif body and b"<" in body[:1]:
        given.update(element(shape, ElementTree.fromstring(body)))
    elif body:
        given.update(json.loads(body))
    return given


def element(shape, node):
    """What an element of XML says; what the shape does not know keeps its name."""
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        given = {}
        for child in node:
            name = names.get(re.sub(r"^{.*}", "", child.tag), child.tag)
            given[name] = element(shape.members[name], child) if name in shape.members else child.text
        return given
    if shape.type_name == "list":
        return [element(shape.member, child) for child in node]
    return int(node.text) if shape.type_name in ("integer", "long") else node.text or ""


def problems(known, operation, given):
    """What is wrong with a request, or None."""
    shape = known.operation_model(operation).input_shape
    if shape is None:
        return f"{operation} takes no parameters" if given else None
    report = ParamValidator().validate(given, shape)
    wrong = report.generate_report() if report.has_errors() else words(shape, given, operation)
    return f"{operation}: {wrong}" if wrong else None


@lru_cache
def usable(pattern):
    try:
        re.compile(pattern)
        return pattern
    except re.error:
        return None  # Java's classes of letters.


def words(shape, value, place):
    """Enums, patterns and blobs, which botocore leaves to the service."""
    if shape.type_name == "structure":
        return next((wrong for name, one in value.items() if name in shape.members
                     for wrong in [words(shape.members[name], one, f"{place}.{name}")] if wrong), None)
    if shape.type_name == "list":
        return next((wrong for one in value for wrong in [words(shape.member, one, place)] if wrong), None)
    if shape.type_name == "map":
        return next((wrong for one in value.values() for wrong in [words(shape.value, one, place)] if wrong), None)
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            return f"{place} is '{value}', but must be one of {', '.join(shape.enum)}"
        pattern = usable(shape.metadata.get("pattern") or "")
        if pattern and not re.fullmatch(pattern, value):
            return f"{place} is '{value}', which does not match {pattern}"
    if shape.type_name == "blob" and isinstance(value, str):
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            return f"{place} is not base64"
    return None
