"""moto with an empty bucket 'history', writing one request at a time. Prints its port.

moto looks whether a condition holds and then writes, and lets other writers in between: under load, two of sixteen that
create one object may both win, which S3 never lets happen. Here writes take turns.

Argument: how many ended executions the bucket holds below 'many/' (none when absent). Runs in the Python that moto is
installed in.
"""

import json
import logging
import sys
import threading
import time

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
lock = threading.Lock()
moto = DomainDispatcherApplication(create_backend_app)


def app(environ, start_response):
    # Lists take turns as well: moto fails when a key goes while it walks over them.
    if environ["REQUEST_METHOD"] in ("GET", "HEAD") and "list-type" not in environ.get("QUERY_STRING", ""):
        return moto(environ, start_response)
    with lock:
        return [b"".join(moto(environ, start_response))]


def fill(store, count):
    store.put_object("history", "many/gennaker.json", json.dumps(
        {"format": "gennaker-history", "version": 1, "conditionalDelete": True}).encode())
    now = int(time.time() * 1000)
    for number in range(count):
        made = now - (count - number) * 1000
        digits, value = "", (made << 80) | number
        for _ in range(26):
            digits, value = DIGITS[value & 31] + digits, value >> 5
        turned = "".join(DIGITS[31 - DIGITS.index(digit)] for digit in digits)
        status = "TERMINAL" if number % 10 == 0 else "SUCCEEDED"
        name = f"Deploy%20{number % 7}"
        key = f"index/{turned}~1~{status}~{made}~{made + 1}~{made + 500}~shop~{name}~shop%2F{number % 7}~alice~manual"
        store.put_object("history", f"many/{key}", b"{}")
        store.put_object("history", f"many/executions/{digits}/journal/00000001", b"")


logging.getLogger("werkzeug").setLevel(logging.ERROR)
store = s3_backends["123456789012"]["aws"]
store.create_bucket("history", "us-east-1")
if len(sys.argv) > 1:
    fill(store, int(sys.argv[1]))
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.socket.getsockname()[1], flush=True)
server.serve_forever()
