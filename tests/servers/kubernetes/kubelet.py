"""Stands in for the kubelet of one node: pods become what their annotations and images ask for, their logs are served.

kubelet.py API-SERVER TOKEN PORT CA CERTIFICATE KEY

Images, by the end of their tag, so that templates of tests stay plain:
  …bad      never pulled: ImagePullBackOff
  …invalid  no name of an image: InvalidImageName
  …crash    exits with 1 again and again: CrashLoopBackOff
  …unready  runs and never becomes ready
  …fail     ends with exit code 1 (pods that are not restarted: the job fails)
Everything else becomes ready, and pods that are not restarted end well.

Annotations of pods, the prefix being 'test.kubelet/':
  ready-after   seconds until it is ready (0.1)
  run-for       seconds until a pod that is not restarted ends (0.2)
  stop-after    seconds between its deletion and its end (0.05)
  log           lines of its log; spread over 'run-for' when that is given
"""

import datetime
import heapq
import http.client
import http.server
import itertools
import json
import queue
import ssl
import sys
import threading
import time
import traceback
import urllib.parse

API, TOKEN, PORT, CA, CERTIFICATE, KEY = sys.argv[1:7]
HOST = urllib.parse.urlparse(API).netloc
NODE = "node-1"
PREFIX = "test.kubelet/"
CONTEXT = ssl.create_default_context(cafile=CA)
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"

local = threading.local()


def now(at=None):
    at = datetime.datetime.fromtimestamp(time.time() if at is None else at, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def call(method, path, body=None, content_type="application/json"):
    """Status and answer; the connection of the thread is kept."""
    for attempt in (0, 1):
        try:
            if getattr(local, "connection", None) is None:
                local.connection = http.client.HTTPSConnection(HOST, context=CONTEXT, timeout=30)
            headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": content_type}
            local.connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = local.connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        except (OSError, http.client.HTTPException):
            local.connection = None
            if attempt:
                raise


class Timer:
    """Runs calls at their time on a few threads."""

    def __init__(self, threads):
        self.heap, self.count = [], itertools.count()
        self.changed, self.due = threading.Condition(), queue.Queue()
        threading.Thread(target=self.watch, daemon=True).start()
        for _ in range(threads):
            threading.Thread(target=self.work, daemon=True).start()

    def after(self, seconds, run, *arguments):
        with self.changed:
            heapq.heappush(self.heap, (time.monotonic() + seconds, next(self.count), run, arguments))
            self.changed.notify()

    def watch(self):
        while True:
            with self.changed:
                while not self.heap or self.heap[0][0] > time.monotonic():
                    self.changed.wait(self.heap[0][0] - time.monotonic() if self.heap else None)
                _, _, run, arguments = heapq.heappop(self.heap)
            self.due.put((run, arguments))

    def work(self):
        while True:
            run, arguments = self.due.get()
            try:
                run(*arguments)
            except Exception:
                traceback.print_exc()


class Pod:
    """A pod on this node, from its being scheduled to its end."""

    addresses = itertools.count(1)

    def __init__(self, manifest):
        self.manifest = manifest
        self.metadata, self.spec = manifest["metadata"], manifest["spec"]
        self.started, self.ended, self.restarts = time.time(), None, 0
        number = next(self.addresses)
        self.address = f"10.{1 + number // 65000}.{number // 250 % 250}.{number % 250 + 1}"

    @property
    def path(self):
        return f"/api/v1/namespaces/{self.metadata['namespace']}/pods/{self.metadata['name']}"

    def asked(self, name, default):
        return type(default)(self.metadata.get("annotations", {}).get(PREFIX + name, default))

    def is_restarted(self):
        return self.spec.get("restartPolicy", "Always") == "Always"

    def fate(self):
        images = [container["image"] for container in self.spec["containers"]]
        for fate in ("bad", "invalid", "crash", "unready", "fail"):
            if any(image.endswith(fate) for image in images):
                return fate
        return "good"

    def lines(self):
        """Lines of the log with their times."""
        text = self.asked("log", "")
        lines = text.splitlines() if text else ["started", "panic: cannot start" if self.fate() == "crash" else "working"]
        span = self.asked("run-for", 0.0)
        return [(self.started + span * index / len(lines), line) for index, line in enumerate(lines)]

    def status(self, phase, ready, state, last=None, reason=None):
        conditions = [{"type": "Initialized", "status": "True"}, {"type": "PodScheduled", "status": "True"}]
        for kind in ("Ready", "ContainersReady"):
            condition = {"type": kind, "status": "True" if ready else "False"}
            if not ready:
                names = " ".join(container["name"] for container in self.spec["containers"])
                condition.update(reason="ContainersNotReady", message=f"containers with unready status: [{names}]")
            conditions.append(condition)
        for condition in conditions:
            condition["lastTransitionTime"] = now()

        def container(spec, state, ready):
            status = {"name": spec["name"], "image": spec["image"], "imageID": "", "ready": ready, "started": "running" in state,
                      "restartCount": self.restarts, "state": state}
            return {**status, "lastState": last} if last else status

        done = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now(self.started), "finishedAt": now()}}
        body = {"phase": phase, "hostIP": "127.0.0.1", "podIP": self.address, "podIPs": [{"ip": self.address}],
                "startTime": now(self.started), "conditions": conditions,
                "containerStatuses": [container(spec, state, ready) for spec in self.spec["containers"]]}
        if self.spec.get("initContainers"):
            body["initContainerStatuses"] = [container(spec, done, True) for spec in self.spec["initContainers"]]
        if reason:
            body["reason"] = reason
        call("PATCH", self.path + "/status", {"status": body}, STRATEGIC)

    def event(self, kind, reason, message):
        name, namespace = self.metadata["name"], self.metadata["namespace"]
        involved = {"apiVersion": "v1", "kind": "Pod", "name": name, "namespace": namespace, "uid": self.metadata["uid"]}
        call("POST", f"/api/v1/namespaces/{namespace}/events", {
            "apiVersion": "v1", "kind": "Event", "metadata": {"generateName": name + "."}, "involvedObject": involved, "type": kind,
            "reason": reason, "message": message, "count": 1, "firstTimestamp": now(), "lastTimestamp": now(),
            "source": {"component": "kubelet", "host": NODE}})

    def start(self):
        fate, running = self.fate(), {"running": {"startedAt": now(self.started)}}
        if fate == "bad":
            image = self.spec["containers"][0]["image"]
            message = f'Back-off pulling image "{image}"'
            self.status("Pending", False, {"waiting": {"reason": "ImagePullBackOff", "message": message}})
            self.event("Warning", "Failed", f'Failed to pull image "{image}": not found')
        elif fate == "invalid":
            message = "Failed to apply default image tag: couldn't parse image reference: invalid reference format"
            self.status("Pending", False, {"waiting": {"reason": "InvalidImageName", "message": message}})
        elif fate == "crash" and self.is_restarted():
            self.crash()
        elif self.is_restarted() or fate == "unready":
            self.status("Running", fate != "unready", running)
            if fate == "unready":
                self.event("Warning", "Unhealthy", "Readiness probe failed: connection refused")
        else:
            self.status("Running", True, running)
            timer.after(self.asked("run-for", 0.2), self.end)

    def crash(self):
        if self.metadata["uid"] not in pods:
            return
        self.restarts += 1
        name, pod = self.spec["containers"][0]["name"], self.metadata["name"]
        message = f"back-off 10s restarting failed container={name} pod={pod}"
        last = {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": now(), "finishedAt": now()}}
        self.status("Running", False, {"waiting": {"reason": "CrashLoopBackOff", "message": message}}, last)
        if self.restarts == 2:
            self.event("Warning", "BackOff", "Back-off restarting failed container")
        timer.after(min(2 ** self.restarts / 4, 10), self.crash)

    def end(self):
        good = self.fate() == "good"
        end = {"exitCode": 0 if good else 1, "reason": "Completed" if good else "Error", "startedAt": now(self.started), "finishedAt": now()}
        self.ended = time.time()
        self.status("Succeeded" if good else "Failed", False, {"terminated": end})

    def remove(self):
        self.ended = time.time()
        call("DELETE", self.path, {"gracePeriodSeconds": 0, "preconditions": {"uid": self.metadata["uid"]}})


class Logs(http.server.BaseHTTPRequestHandler):
    """GET /containerLogs/NAMESPACE/POD/CONTAINER, as the API server asks the node for it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        parts, query = url.path.strip("/").split("/"), dict(urllib.parse.parse_qsl(url.query))
        found = [pod for pod in list(pods.values()) if len(parts) == 4 and parts[0] == "containerLogs"
                 and [pod.metadata["namespace"], pod.metadata["name"]] == parts[1:3]]
        if not found:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pod = found[-1]
        lines = [(at, line) for at, line in pod.lines() if not pod.ended or at <= pod.ended]
        past = [line for line in lines if line[0] <= time.time()]
        if "tailLines" in query:
            past = past[len(past) - min(len(past), int(query["tailLines"])):]
        future = [line for line in lines if line[0] > time.time()] if query.get("follow") == "true" else []
        for at, line in past + future:
            time.sleep(max(0.0, at - time.time()))
            stamp = now(at).replace("Z", f".{int(at % 1 * 1e9):09d}Z ") if query.get("timestamps") == "true" else ""
            self.chunk(f"{stamp}{line}\n".encode())
        while query.get("follow") == "true" and not pod.ended and pod.metadata["uid"] in pods:
            time.sleep(0.05)
        self.chunk(b"")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Logs)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


def register():
    room = {"cpu": "1000", "memory": "4Ti", "pods": "10000"}
    call("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": {"kubernetes.io/os": "linux"}}})
    call("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": {
        "capacity": room, "allocatable": room, "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": int(PORT)}}, "nodeInfo": {"kubeletVersion": "v1.20.2"},
        "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": now(), "lastTransitionTime": now(),
                        "reason": "KubeletReady", "message": "stands in"}]}}, MERGE)


def seen(event):
    manifest = event["object"]
    uid = manifest["metadata"].get("uid")
    if event["type"] == "DELETED":
        pods.pop(uid, None)
    elif event["type"] in ("ADDED", "MODIFIED"):
        pod = pods.get(uid)
        if pod is None:
            pod = pods[uid] = Pod(manifest)
            if manifest.get("status", {}).get("phase", "Pending") == "Pending":
                timer.after(pod.asked("ready-after", 0.1), pod.start)
        if manifest["metadata"].get("deletionTimestamp") and uid not in removed:
            removed.add(uid)
            timer.after(pod.asked("stop-after", 0.05), pod.remove)


def watch():
    path = f"/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}&watch=1&timeoutSeconds=600"
    connection = http.client.HTTPSConnection(HOST, context=CONTEXT)
    connection.request("GET", path, headers={"Authorization": "Bearer " + TOKEN})
    for line in connection.getresponse():
        seen(json.loads(line))


pods, removed = {}, set()
timer = Timer(6)
threading.Thread(target=serve, daemon=True).start()
register()
while True:
    try:
        watch()
    except Exception as error:
        print(error, flush=True)
    time.sleep(0.2)
