"""The places where machines and people get credentials of AWS from: a container's agent, an instance's metadata
(version 2 only), and the portal of IAM Identity Center. Prints its port. Only the standard library is needed.

GET  /container?seconds=N                       with the token in Authorization; keys ASIACONTAINER1, 2, …
PUT  /latest/api/token, GET /latest/meta-data/… with the token; keys ASIAINSTANCE1, …
GET  /federation/credentials                    with the token in x-amz-sso_bearer_token; keys ASIAPORTAL1, …
GET  /seen                                      paths asked so far

The token is always "open sesame", and credentials live an hour when nobody says how long.
"""

import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "open sesame"
ROLE = "/latest/meta-data/iam/security-credentials/"
lock = threading.Lock()
seen, given = [], {}


def keys(kind, seconds=3600):
    with lock:
        given[kind] = given.get(kind, 0) + 1
        number = given[kind]
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return {"AccessKeyId": f"ASIA{kind}{number}", "SecretAccessKey": f"secret{number}", "Token": f"session{number}",
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}, int(end.timestamp() * 1000)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value, kind="application/json"):
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.command == "PUT":
            self.send_header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
        self.end_headers()
        self.wfile.write(body)

    def may(self, header):
        return self.headers.get(header) == TOKEN

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with lock:
            seen.append(self.path)
        if self.path == "/latest/api/token" and self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
            return self.answer(200, TOKEN, "text/plain")
        return self.answer(404, "not found", "text/plain")

    def do_GET(self):
        place = urlsplit(self.path)
        if place.path == "/seen":
            return self.answer(200, seen)
        with lock:
            seen.append(self.path)
        if place.path == "/container":
            if not self.may("Authorization"):
                return self.answer(401, {"code": "Unauthorized", "message": "wrong token"})
            return self.answer(200, keys("CONTAINER", int(parse_qs(place.query).get("seconds", ["3600"])[0]))[0])
        if place.path == "/federation/credentials":
            if not self.may("x-amz-sso_bearer_token"):
                return self.answer(401, {"__type": "UnauthorizedException", "message": "Session token not found or invalid"})
            found, end = keys("PORTAL")
            return self.answer(200, {"roleCredentials": {
                "accessKeyId": found["AccessKeyId"], "secretAccessKey": found["SecretAccessKey"],
                "sessionToken": found["Token"], "expiration": end}})
        if place.path.startswith("/latest/") and not self.may("X-aws-ec2-metadata-token"):
            return self.answer(401, "unauthorized", "text/plain")
        if place.path == ROLE:
            return self.answer(200, "box", "text/plain")
        if place.path == ROLE + "box":
            found = {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2024-01-01T00:00:00Z", **keys("INSTANCE")[0]}
            return self.answer(200, found)
        return self.answer(404, "not found", "text/plain")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
