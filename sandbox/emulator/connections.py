"""HTTP connections that stay open from one request to the next.

werkzeug's own handler ends each after its answer. Of a thousand answers Terraform's provider then misses about one
when the machine is busy ("use of closed network connection"), asks again, and is told that what it makes is there.
"""

import io
from typing import Any

from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import run_wsgi_app

BODILESS = {204, 304}


class LastingConnection(WSGIRequestHandler):
    """Takes in each request whole before it is worked on, and sends each answer in one piece."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_expect_100(self) -> bool:
        """Lets a client that asked before it sends a body send it."""
        proceeds = super().handle_expect_100()
        self.wfile.flush()
        return proceeds

    def run_wsgi(self) -> None:
        """Answers one request."""
        environ = self.make_environ()
        body = self.body(environ)
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        payload = b"".join(chunks)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD" and int(code) not in BODILESS:
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        else:
            self.end_headers()

    def body(self, environ: dict[str, Any]) -> bytes:
        """All bytes of a request's body, by its length or in chunks."""
        if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
            return io.BufferedReader(environ["wsgi.input"]).read()
        return self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
