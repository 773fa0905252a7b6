"""moto as a stand-in for AWS that can be trusted: run as `python server.py` it prints its port and serves.

faithful.py  corrects what moto does differently from AWS in Auto Scaling and load balancing
stacks.py    the same in CloudFormation
functions.py the same in Lambda
alarms.py    lets scaling policies name the alarms that set them off
later.py     lets lifecycle hooks hold instances, and reads lag behind what was done
services.py  the same in ECS
contract.py  refuses requests that AWS's own description of its APIs (botocore) does not allow
faults.py    counts calls, throttles and fails on demand

Environment: FM_PORT (0: any), FM_BOOT, FM_HEALTH, FM_DRAIN, FM_DELETE seconds until an instance is in service, healthy,
drained, a group deleted; FM_STACK: until an operation on a stack is over; FM_FUNCTION: until a function's change is;
FM_HOOK, FM_LAG as later.py says.

Beside AWS's own actions there is, below /_test/ (JSON):
  GET  calls        {"autoscaling.DescribeAutoScalingGroups": 3, …} answered since the start or the last reset
  GET  asked        [{"action": …, "key": id of the key it was signed with, "parameters": {…}}, …] in order
  GET  violations   requests that were refused by the contract
  GET  throttled    how many calls were throttled
  POST throttle     {"action": "Describe*", "count": 5}: throttle the next 5; or {"every": 3}: every third call
  POST fail         {"action": "…", "count": 1, "code": "UnauthorizedOperation", "message": "…", "status": 403}
  POST slow         {"action": "…", "count": 1, "seconds": 7}: the answer takes so long
  POST launches     {"group": "app-*", "reason": "…"}: launches fail; an empty reason lets them succeed again
  POST credentials  {"valid": ["AKID"]}: other keys are refused as AWS refuses unknown ones
  POST reset        forget calls, violations and orders
"""

import os
import socket
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

import alarms
import faithful
import functions
import later
import services
import stacks
from contract import Contract
from faults import Faults


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


def main():
    faithful.correct()
    alarms.correct()
    functions.correct()
    services.correct()
    stacks.correct()
    later.correct()
    application = DomainDispatcherApplication(create_backend_app)
    application = Faults(Contract(application), faithful)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(os.environ.get("FM_PORT", "0"))))
    listener.listen(128)
    port = listener.getsockname()[1]
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet, fd=listener.fileno())
    print(port, flush=True)
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
