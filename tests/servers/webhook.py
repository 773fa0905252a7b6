"""A server for the webhook tests: prints its port, then answers by path."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

looks = {}
canceled = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=None, headers=()):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not isinstance(body, bytes):
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        path, _, query = self.path.partition("?")
        parts = path.strip("/").split("/")
        looks[self.path] = looks.get(self.path, 0) + 1
        if parts[0] == "echo":
            self.answer(200, {"method": self.command, "headers": dict(self.headers), "body": body})
        elif parts[0] == "status":
            self.answer(int(parts[1]), {"reason": "as asked"}, [("Retry-After", "30")] if query == "later" else [])
        elif parts[0] == "flaky":
            self.answer(503 if looks[self.path] <= int(parts[1]) else 200, {"status": "done"})
        elif parts[0] == "jobs" and self.command == "POST":
            self.answer(201, {"statusUrl": f"/jobs/{parts[1]}", "id": 7}, [("Location", f"/jobs/{parts[1]}")])
        elif parts[0] == "jobs":
            words = parts[1].split(",")
            word = words[min(looks[self.path], len(words)) - 1]
            value = json.loads(word) if word[0].isdigit() else word
            self.answer(200, {"job": {"my-status": value, "message": f"look {looks[self.path]}"}})
        elif parts[0] == "artifacts":
            self.answer(200, {"artifacts": [{"type": "docker/image", "name": "hello"}]})
        elif parts[0] == "big":
            self.answer(200, b"x" * (11 << 20))
        elif parts[0] == "text":
            self.answer(200, b"just text")
        elif parts[0] == "slow":
            time.sleep(3)
            self.answer(200, {})
        elif parts[0] == "redirect":
            self.answer(302, None, [("Location", "/" + "/".join(parts[1:]))])
        elif parts[0] == "loop":
            self.answer(302, None, [("Location", "/loop")])
        elif parts[0] == "cancel":
            canceled.append({"method": self.command, "body": body})
            self.answer(204)
        elif parts[0] == "canceled":
            self.answer(200, canceled)
        else:
            self.answer(404, {"error": "no such place"})

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
sys.stdout.close()
server.serve_forever()
