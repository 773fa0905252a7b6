"""Stands in for the web: a proxy that answers for every host itself, from files.

web.py CERTIFICATE KEY FOLDER; prints its port. https://HOST/PATH?QUERY is the file FOLDER/HOST/PATH, decoded, without the query;
a path that ends in / is its 'index'.
"""

import http.server
import os
import ssl
import sys
import urllib.parse

CERTIFICATE, KEY, FOLDER = sys.argv[1:4]
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(CERTIFICATE, KEY)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.host = self.path.rsplit(":", 1)[0]
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = CONTEXT.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.close_connection = False

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")
        path = os.path.join(FOLDER, self.host, path + "index" if not path or path.endswith("/") else path)
        found = os.path.isfile(path)
        body = open(path, "rb").read() if found else b"nothing here"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self):
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
