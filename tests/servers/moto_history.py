"""moto with a history of many ended executions in the bucket 'history' below 'many/'. Prints its port.

Argument: how many. Runs in the Python that moto is installed in.
"""

import json
import sys
import time

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
count = int(sys.argv[1])
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
store = s3_backends["123456789012"]["aws"]
store.create_bucket("history", "us-east-1")
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
print(server.get_host_and_port()[1], flush=True)
while True:
    time.sleep(60)
