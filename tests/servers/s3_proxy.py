"""A store between the tool and another one: counts requests and makes trouble on demand. Prints its port.

Arguments: URL of the store behind. POST /proxy sets troubles, a JSON object:
  lose: N      every Nth write is done and its answer lost
  conflict: N  every Nth write under a condition is answered 409 ConditionalRequestConflict, and not done
  slow: N      every Nth request is answered 503 SlowDown, and not done
  deny: TEXT   requests of this action are answered 403: PutObject, GetObject, DeleteObject, ListBucket
  region: NAME requests are answered as by a bucket of that region
  malformed: NAME  the same, in the words that S3 has for a signature made for another region
GET /proxy, or POST without a body, gives back how many requests there were by kind, and of which trouble.
"""

import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

behind = urlsplit(sys.argv[1])
lock = threading.Lock()
troubles = {}
counts = {}


def count(what):
    with lock:
        counts[what] = counts.get(what, 0) + 1
        return counts[what]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fail(self, status, code, message, headers=()):
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>proxy</RequestId></Error>"
        self.answer(status, body.encode(), headers)

    def control(self, body):
        if self.command == "POST" and body:
            with lock:
                troubles.clear()
                troubles.update(json.loads(body))
                counts.clear()
        self.answer(200, json.dumps(counts).encode())

    def action(self):
        if self.command in ("PUT", "DELETE"):
            return {"PUT": "PutObject", "DELETE": "DeleteObject"}[self.command]
        if self.command == "POST":
            return "DeleteObject"
        return "ListBucket" if "list-type=2" in self.path else "GetObject"

    def is_turn(self, trouble):
        every = troubles.get(trouble)
        return bool(every) and count(f"seen {trouble}") % every == 0 and bool(count(trouble))

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path == "/proxy":
            return self.control(body)
        action = self.action()
        count("requests")
        count(action)
        is_conditional = self.headers.get("If-None-Match") or self.headers.get("If-Match")
        if troubles.get("deny") == action:
            return self.fail(403, "AccessDenied", "Access Denied")
        if "region" in troubles:
            headers = [("x-amz-bucket-region", troubles["region"])]
            return self.fail(301, "PermanentRedirect", "The bucket must be addressed elsewhere.", headers)
        if "malformed" in troubles:
            region = troubles["malformed"]
            message = f"The authorization header is malformed; the region 'us-east-1' is wrong; expecting '{region}'"
            body = f"<Error><Code>AuthorizationHeaderMalformed</Code><Message>{message}</Message><Region>{region}</Region></Error>"
            return self.answer(400, body.encode())
        if self.is_turn("slow"):
            return self.fail(503, "SlowDown", "Please reduce your request rate.")
        if self.command in ("PUT", "DELETE") and is_conditional and self.is_turn("conflict"):
            return self.fail(409, "ConditionalRequestConflict", "Another request is under way.")
        connection = http.client.HTTPConnection(behind.hostname, behind.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        if self.command in ("PUT", "DELETE") and self.is_turn("lose"):
            self.close_connection = True
            self.connection.close()
            return None
        kept = [(n, v) for n, v in response.getheaders() if n.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server")]
        return self.answer(response.status, data, kept)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any


ThreadingHTTPServer.request_queue_size = 128
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
