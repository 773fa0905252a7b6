"""Stands between a client and the API server, and does to watches what networks and old versions do to them.

between.py UPSTREAM CA CERTIFICATE KEY LOG DEED…; prints its port. Each DEED is done to one watch; later ones pass. 'cut:pods' is done to a watch of
pods only.
  expire   asks for changes since version 1, of which the server knows no more: its own 410
  cut      the connection breaks in the middle, after half a second
  refuse   the server is too busy: 429
  end      ends at once, as a watch does whose time is over
LOG gets a line for each request: METHOD PATH, and the deed.
"""

import http.client
import socket
import ssl
import sys
import threading
import urllib.parse

import quiet

UPSTREAM, CA, CERTIFICATE, KEY, LOG = sys.argv[1:6]
DEEDS = sys.argv[6:]
HOST = urllib.parse.urlparse(UPSTREAM).netloc
TRUST = ssl.create_default_context(cafile=CA)
JSON = "application/json"
TOO_BUSY = b'{"kind":"Status","status":"Failure","code":429,"reason":"TooManyRequests","message":"later"}'
lock = threading.Lock()


class Between(quiet.Quiet):
    def forward(self):
        watching = "watch=true" in self.path
        with lock:
            deed = self.deed() if watching else ""
            with open(LOG, "a") as log:
                print(self.command, self.path, deed, file=log, flush=True)
        path = self.path
        if deed == "expire":
            parts = urllib.parse.urlsplit(path)
            query = [(key, "1" if key == "resourceVersion" else value) for key, value in urllib.parse.parse_qsl(parts.query)]
            path = parts.path + "?" + urllib.parse.urlencode(query)
        if deed == "refuse":
            self.answer(429, TOO_BUSY, JSON)
            return
        if deed == "end":
            self.answer(200, b"", JSON)
            return
        length = int(self.headers.get("Content-Length") or 0)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection")}
        upstream = http.client.HTTPSConnection(HOST, context=TRUST, timeout=60)
        upstream.request(self.command, path, self.rfile.read(length) if length else None, headers)
        answer = upstream.getresponse()
        if not watching:
            self.answer(answer.status, answer.read(), answer.getheader("Content-Type") or JSON)
            upstream.close()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type"))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if deed == "cut":
            threading.Timer(0.5, self.cut).start()
        while data := answer.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def deed(self):
        for at, deed in enumerate(DEEDS):
            name, _, resource = deed.partition(":")
            if not resource or f"/{resource}?" in self.path:
                del DEEDS[at]
                return name
        return ""

    def cut(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward


quiet.serve(Between, quiet.identity(CERTIFICATE, KEY))
