"""Stands in for the web: a proxy that answers for every host itself, from files.

web.py CERTIFICATE KEY FOLDER; prints its port. https://HOST/PATH?QUERY is the file FOLDER/HOST/PATH, decoded, without the query;
a path that ends in / is its 'index'.
"""

import os
import sys
import urllib.parse

import quiet

CERTIFICATE, KEY, FOLDER = sys.argv[1:4]
CONTEXT = quiet.identity(CERTIFICATE, KEY)


class Web(quiet.Quiet):
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
        self.answer(200 if found else 404, body, "text/plain")


quiet.serve(Web)
