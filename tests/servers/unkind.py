"""A server that behaves badly, and one that issues tokens for a registry: prints its port, then answers by path."""

import base64
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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

    def do_any(self):
        path, _, query = self.path.partition("?")
        here = f"http://127.0.0.1:{self.server.server_address[1]}"
        if path == "/slow":
            time.sleep(20)
        elif path == "/huge":
            self.send_response(200)
            self.send_header("Content-Length", str(10 << 30))
            self.end_headers()
            chunk = b"x" * (1 << 20)
            try:
                for _ in range(10 << 10):
                    self.wfile.write(chunk)
            except OSError:
                pass  # Whoever asked had enough.
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif path == "/nonsense":
            self.wfile.write(b"this is not HTTP\r\n\r\n")
            self.close_connection = True
        elif path == "/echo":
            self.answer(200, json.dumps(dict(self.headers)).encode())
        elif path == "/away":
            self.answer(302, headers=[("Location", query)])
        elif path == "/loop":
            self.answer(302, headers=[("Location", here + "/loop")])
        elif path.startswith("/status/"):
            self.answer(int(path.split("/")[2]), b"reason")
        elif path == "/token":
            wanted = "Basic " + base64.b64encode(b"reader:pass").decode()
            if self.headers.get("Authorization") != wanted:
                self.answer(401)
            else:
                self.answer(200, json.dumps({"token": "granted for " + query}).encode())
        elif path.startswith("/v2/"):
            if not (self.headers.get("Authorization") or "").startswith("Bearer granted for service=reg&scope="):
                scope = f'Bearer realm="{here}/token",service="reg",scope="repository:a/b:pull"'
                self.answer(401, headers=[("WWW-Authenticate", scope)])
            elif path.endswith("/wrong-digest"):
                self.answer(200, b"{}", [("Docker-Content-Digest", "nonsense")])
            else:
                self.answer(200, b"{}", [("Docker-Content-Digest", "sha256:" + "ab" * 32)])
        else:
            self.answer(404)

    do_GET = do_HEAD = do_POST = do_any


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
