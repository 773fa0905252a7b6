"""Counts calls; throttles, fails and refuses them on demand (see server.py for the orders)."""

import fnmatch
import json
import re
import threading
import time
from collections import Counter

from contract import answer, read, refuse

# How each service says that it was asked too often.
THROTTLING = {"ec2": (503, "RequestLimitExceeded", "Request limit exceeded.")}
THROTTLING["lambda"] = (429, "TooManyRequestsException", "Rate exceeded")
THROTTLING_ELSEWHERE = (400, "Throttling", "Rate exceeded")


class Faults:
    def __init__(self, contract, faithful):
        self.contract, self.faithful = contract, faithful
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.calls, self.throttled, self.asked = Counter(), 0, []
        self.orders, self.every, self.seen, self.valid, self.slow = [], 0, 0, None, []
        self.contract.violations.clear()
        self.faithful.LAUNCH_FAILURES.clear()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/_test/"):
            return answer(start_response, self.control(environ, path[len("/_test/"):]))
        read(environ)
        service, action = environ.get("fm.service"), environ["fm.parameters"].get("Action")
        if action:
            time.sleep(self.delay(action))
            fault = self.fault(environ, service, action)
            if fault:
                return refuse(start_response, service, *fault)
        return self.contract(environ, start_response)

    def delay(self, action):
        with self.lock:
            for order in self.slow:
                if order["count"] > 0 and fnmatch.fnmatch(action, order["action"]):
                    order["count"] -= 1
                    return order["seconds"]
            return 0

    def fault(self, environ, service, action):
        with self.lock:
            key = re.search(r"Credential=([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
            self.asked.append({"action": action, "key": key and key.group(1), "parameters": environ["fm.parameters"], "at": time.time()})
            if key is None and action == "AssumeRoleWithWebIdentity":
                self.calls[f"sts.{action}"] += 1
                return None
            if self.valid is not None and (not key or key.group(1) not in self.valid):
                code = "AuthFailure" if service == "ec2" else "InvalidClientTokenId"
                return (401 if service == "ec2" else 403, code, "The security token included in the request is invalid.")
            self.seen += 1
            for order in self.orders:
                if order["count"] > 0 and fnmatch.fnmatch(action, order["action"]):
                    order["count"] -= 1
                    if "code" in order:
                        return (order.get("status", 400), order["code"], order.get("message", ""))
                    self.throttled += 1
                    return THROTTLING.get(service, THROTTLING_ELSEWHERE)
            if self.every and self.seen % self.every == 0:
                self.throttled += 1
                return THROTTLING.get(service, THROTTLING_ELSEWHERE)
            self.calls[f"{service}.{action}"] += 1
            return None

    def control(self, environ, word):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        order = json.loads(body or b"{}")
        with self.lock:
            if word == "calls":
                return dict(sorted(self.calls.items()))
            if word == "asked":
                return self.asked
            if word == "violations":
                return self.contract.violations
            if word == "throttled":
                return self.throttled
            if word == "throttle":
                self.every = order.get("every", 0)
                if "action" in order:
                    self.orders.append({"count": 1, **order})
            elif word == "slow":
                self.slow.append({"count": 1, **order})
            elif word == "fail":
                self.orders.append({"count": 1, **order})
            elif word == "launches":
                self.faithful.LAUNCH_FAILURES[order["group"]] = order.get("reason", "")
            elif word == "credentials":
                self.valid = order["valid"]
            elif word == "reset":
                self.reset()
            return {}
