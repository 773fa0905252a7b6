"""What moto 5.2.5 does differently from AWS in Lambda, corrected.

Every change gives a function another revision and takes FM_FUNCTION seconds, in which others are refused; a revision
that is no longer the function's is refused; aliases share calls by weight; versions that an alias stands for stay;
concurrency can be provisioned. Functions in Python are really run: the archive's module, in this process.

A handler named `broken…` makes an update that fails.
"""

import base64
import contextlib
import io
import json
import os
import random
import sys
import threading
import time
import traceback
import uuid
import zipfile
from urllib.parse import unquote

from moto.awslambda import models, urls
from moto.awslambda.responses import LambdaResponse
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

BUSY = float(os.environ.get("FM_FUNCTION", "0.2"))
LOCK = threading.RLock()
Function = models.LambdaFunction


def error(code, message, status):
    """An answer that refuses."""
    return status, {"status": status, "x-amzn-errortype": code}, json.dumps({"Type": "User", "Message": message, "__type": code})


def touch(fn, field):
    fn.revision_id = fn.fm_revision = str(uuid.uuid4())
    setattr(fn, field, time.time() + BUSY)


def is_busy(fn):
    return time.time() < max(getattr(fn, "fm_made", 0), getattr(fn, "fm_changed", 0))


def busy(fn):
    return error("ResourceConflictException", f"The operation cannot be performed at this time. An update is in progress for resource: {fn.function_arn}", 409)


def stale():
    return error("PreconditionFailedException", "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest Revision Id", 412)


def latest(self):
    return self.backend.get_function(unquote(self.path.split("/functions/")[1].split("/")[0]), None)


def missing_code(self, code):
    """The refusal of an archive that is not there, or None."""
    if "S3Bucket" not in code:
        return None
    try:
        found = s3_backends[self.current_account]["aws"].get_object(code["S3Bucket"], code["S3Key"])
    except MissingBucket:
        found = None
    if found is not None:
        return None
    words = "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    return error("InvalidParameterValueException", words, 400)


def guarded(original, field):
    """An update: refused while another is under way, or when it speaks of another revision."""

    def method(self):
        with LOCK:
            fn = latest(self)
            if is_busy(fn):
                return busy(fn)
            wanted = self.json_body.get("RevisionId")
            if wanted and wanted != fn.fm_revision:
                return stale()
            refused = missing_code(self, self.json_body)
            if refused:
                return refused
            original(self)
            touch(fn, field)
            return 200, {}, json.dumps(fn.get_configuration())

    return method


def correct_states():
    configuration = Function.get_configuration

    def described(self, on_create=False):
        shown = configuration(self, on_create)
        shown["RevisionId"] = getattr(self, "fm_revision", "none")
        is_made = time.time() >= getattr(self, "fm_made", 0)
        shown["State"] = "Active" if is_made else "Pending"
        if not is_made:
            shown["StateReason"] = "The function is being created."
        if str(self.version) == "$LATEST" and is_made:
            shown["LastUpdateStatus"] = "InProgress" if is_busy(self) else "Successful"
            if not is_busy(self) and (self.handler or "").startswith("broken"):
                shown["LastUpdateStatus"], shown["LastUpdateStatusReason"] = "Failed", "The handler is broken."
        return shown

    Function.get_configuration = described
    create = LambdaResponse.create_function

    def created(self):
        with LOCK:
            refused = missing_code(self, self.json_body["Code"])
            if refused:
                return refused
            create(self)
            fn = self.backend.get_function(self.json_body["FunctionName"], None)
            touch(fn, "fm_made")
            return 201, {"status": 201}, json.dumps(fn.get_configuration(on_create=True))

    LambdaResponse.create_function = created
    LambdaResponse.update_function_code = guarded(LambdaResponse.update_function_code, "fm_changed")
    LambdaResponse.update_function_configuration = guarded(LambdaResponse.update_function_configuration, "fm_changed")
    update = Function.update_configuration

    def updated(self, changes):
        if "DeadLetterConfig" in changes:
            self.dead_letter_config = changes["DeadLetterConfig"]
        if "TracingConfig" in changes:
            self.tracing_config = changes["TracingConfig"]
        if "KMSKeyArn" in changes:
            self.kms_key_arn = changes["KMSKeyArn"]
        return update(self, changes)

    Function.update_configuration = updated
    publish = LambdaResponse.publish_version

    def published(self):
        with LOCK:
            fn = latest(self)
            if is_busy(fn):
                return busy(fn)
            wanted = self.json_body.get("CodeSha256") if self.body else None
            if wanted and wanted != fn.code_sha_256:
                return error("InvalidParameterValueException", "CodeSHA256 is different from current CodeSHA256 in $LATEST.", 400)
            return publish(self)

    LambdaResponse.publish_version = published


def correct_aliases():
    update, create, delete = LambdaResponse.update_alias, LambdaResponse.create_alias, LambdaResponse.delete_function

    def of(self, name):
        return self.backend.get_alias(name=name, function_name=latest(self).function_name)

    def updated(self):
        with LOCK:
            alias = of(self, unquote(self.path.rsplit("/", 1)[-1]))
            wanted = self.json_body.get("RevisionId")
            if wanted and wanted != alias.revision_id:
                return stale()
            update(self)
            alias.revision_id = str(uuid.uuid4())
            return 200, {}, json.dumps(alias.to_json())

    def created(self):
        with LOCK:
            weights = self.json_body.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
            if weights and self.json_body["FunctionVersion"] == "$LATEST":
                return error("InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version", 400)
            return create(self)

    def deleted(self):
        with LOCK:
            fn, qualifier = latest(self), self._get_param("Qualifier", None)
            if qualifier:
                for alias in self.backend.list_aliases(fn.function_name):
                    shown = alias.to_json()
                    if qualifier in (shown["FunctionVersion"], *(shown.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {})):
                        return error("ResourceConflictException", f"Version {qualifier} is referenced by alias {shown['Name']}; it cannot be deleted", 409)
            return delete(self)

    LambdaResponse.update_alias, LambdaResponse.create_alias, LambdaResponse.delete_function = updated, created, deleted


def correct_concurrency():
    path = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency$"
    urls.url_paths[path] = LambdaResponse.dispatch

    def shown(fn, qualifier):
        count, since = fn.fm_warm[qualifier]
        is_ready = time.time() >= since
        return {
            "RequestedProvisionedConcurrentExecutions": count, "AvailableProvisionedConcurrentExecutions": count if is_ready else 0,
            "AllocatedProvisionedConcurrentExecutions": count if is_ready else 0, "Status": "READY" if is_ready else "IN_PROGRESS",
        }

    def qualifier_of(self):
        return self.querystring.get("Qualifier", [""])[0]

    def put(self):
        fn, qualifier = latest(self), qualifier_of(self)
        if self.backend.get_alias(name=qualifier, function_name=fn.function_name).to_json()["FunctionVersion"] == "$LATEST":
            return error("InvalidParameterValueException", "Alias with unpublished function version cannot have provisioned concurrency", 400)
        fn.__dict__.setdefault("fm_warm", {})[qualifier] = (self.json_body["ProvisionedConcurrentExecutions"], time.time() + BUSY)
        return 202, {"status": 202}, json.dumps(shown(fn, qualifier))

    def get(self):
        fn, qualifier = latest(self), qualifier_of(self)
        if qualifier not in fn.__dict__.get("fm_warm", {}):
            return error("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", 404)
        return 200, {}, json.dumps(shown(fn, qualifier))

    def remove(self):
        latest(self).__dict__.get("fm_warm", {}).pop(qualifier_of(self), None)
        return 204, {"status": 204}, ""

    LambdaResponse.put_provisioned_concurrency_config = put
    LambdaResponse.get_provisioned_concurrency_config = get
    LambdaResponse.delete_provisioned_concurrency_config = remove

    def reserved(self):
        count = latest(self).reserved_concurrency
        return 200, {}, json.dumps({} if count is None else {"ReservedConcurrentExecutions": int(count)})

    LambdaResponse.get_function_concurrency = reserved
    mappings = LambdaResponse.list_event_source_mappings

    def listed(self):
        """moto looks for the name, AWS for the function or alias it stands for."""
        name = self.querystring.get("FunctionName", [""])[0]
        found = json.loads(mappings_of(self))["EventSourceMappings"]
        return json.dumps({"EventSourceMappings": [one for one in found if one["FunctionArn"].endswith(":function:" + name)]})

    def mappings_of(self):
        self.querystring = {key: value for key, value in self.querystring.items() if key != "FunctionName"}
        return mappings(self)

    LambdaResponse.list_event_source_mappings = listed
    create = models.LambdaBackend.create_event_source_mapping

    def created(self, spec):
        name = spec["FunctionName"]
        made = create(self, {**spec, "FunctionName": name.split(":")[0]})
        made.function_arn = f"arn:aws:lambda:{self.region_name}:{self.account_id}:function:{name}"
        return made

    models.LambdaBackend.create_event_source_mapping = created
    update = models.LambdaBackend.update_event_source_mapping
    models.LambdaBackend.update_event_source_mapping = lambda self, uuid, spec: update(
        self, uuid, {key: value for key, value in spec.items() if key != "FunctionName"}
    )


class Context:
    def __init__(self, fn, client):
        self.function_name, self.function_version = fn.function_name, str(fn.version)
        self.invoked_function_arn, self.client_context = fn.function_arn, client


def run(fn, event, client):
    """Runs a handler; its answer, its error's name or None, what it wrote."""
    wrote = io.StringIO()
    try:
        with contextlib.redirect_stdout(wrote), zipfile.ZipFile(io.BytesIO(fn.code_bytes)) as archive:
            module, handler = fn.handler.rsplit(".", 1)
            scope = {"__name__": module}
            exec(compile(archive.read(module + ".py"), module + ".py", "exec"), scope)
            os.environ.update(fn.environment_vars)
            return json.dumps(scope[handler](event, Context(fn, client))), None, wrote.getvalue()
    except Exception as failed:
        words = {"errorMessage": str(failed), "errorType": type(failed).__name__, "stackTrace": traceback.format_tb(sys.exc_info()[2])}
        return json.dumps(words), "Unhandled", wrote.getvalue() + f"[ERROR] {type(failed).__name__}: {failed}\n"


def invoke(self):
    qualifier, fn = self._get_param("Qualifier"), latest(self)
    if qualifier:
        with LOCK:
            aliases = {alias.to_json()["Name"]: alias.to_json() for alias in self.backend.list_aliases(fn.function_name)}
            version = qualifier
            if qualifier in aliases:
                version = aliases[qualifier]["FunctionVersion"]
                for other, share in (aliases[qualifier].get("RoutingConfig") or {}).get("AdditionalVersionWeights", {}).items():
                    version = other if random.random() < share else version
            fn = self.backend.get_function(fn.function_name, version)
    client = self.headers.get("X-Amz-Client-Context")
    client = json.loads(base64.b64decode(client)) if client else None
    body = self.body.decode() if isinstance(self.body, bytes) else self.body
    answer, failed, wrote = run(fn, json.loads(body or "{}"), client)
    headers = {"content-type": "application/json", "x-amz-executed-version": str(fn.version)}
    if failed:
        headers["x-amz-function-error"] = failed
    if self.headers.get("X-Amz-Log-Type") == "Tail":
        headers["x-amz-log-result"] = base64.b64encode(wrote[-4096:].encode()).decode()
    return 200, headers, answer


def correct():
    """Corrects moto; once, before it serves."""
    correct_states()
    correct_aliases()
    correct_concurrency()
    LambdaResponse.invoke = invoke
