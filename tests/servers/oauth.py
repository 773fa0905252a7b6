"""Gives tokens for assertions signed with the key in FOLDER/key.pem and answers reads that show one: prints its port."""

import base64
import json
import subprocess
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def signed(assertion):
    """The claims of an assertion, checked with openssl; None when the signature is wrong."""
    head, claims, signature = assertion.split(".")
    for name, data in (("data", f"{head}.{claims}".encode()), ("signature", decode(signature))):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)
    key = f"{folder}/key.pem"
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True).stdout
    with open(f"{folder}/public.pem", "wb") as file:
        file.write(public)
    check = ["openssl", "dgst", "-sha256", "-verify", f"{folder}/public.pem", "-signature", f"{folder}/signature"]
    if subprocess.run([*check, f"{folder}/data"], capture_output=True).returncode:
        return None
    assert json.loads(decode(head))["alg"] == "RS256"
    return json.loads(decode(claims))


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        claims = signed(form["assertion"][0])
        fits = claims and form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        fits = fits and claims["aud"].endswith(self.path) and claims["iat"] <= time.time() + 5 < claims["exp"]
        if not fits or "devstorage.read_only" not in claims["scope"]:
            return self.answer(400, json.dumps({"error_description": "Invalid JWT Signature."}))
        self.answer(200, json.dumps({"access_token": "for " + claims["iss"], "expires_in": 3599}))

    def do_GET(self):
        who = self.headers.get("Authorization", "").removeprefix("Bearer for ")
        self.answer(200 if "@" in who else 401, f"{self.path} read by {who}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
