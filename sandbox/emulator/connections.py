"""HTTP connections that stay open from one request to the next.

werkzeug's own handler ends each after its answer. Of a thousand answers Terraform's provider then misses about one
when the machine is busy ("use of closed network connection"), asks again, and is told that what it makes is there.
"""

import io
import traceback
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
        """Answers one request. One whose body is cut off or damaged is not worked on."""
        if self.request_version != "HTTP/1.1" or "close" in self.headers.get("Connection", "").lower():
            self.close_connection = True
        environ = self.make_environ()
        try:
            body = self.body(environ)
        except (OSError, ValueError) as error:
            self.refuse(400, f"The body can't be read: {error}")
            return
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        try:
            chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        except Exception as error:
            traceback.print_exc()
            self.refuse(500, f"The emulator failed: {error!r}")
            return
        code, _, reason = status.partition(" ")
        self.answer(int(code), reason, list(headers), b"".join(chunks))

    def answer(self, code: int, reason: str, headers: list[tuple[str, str]], payload: bytes) -> None:
        """Sends headers and payload; the headers of HEAD tell a length that is not sent."""
        self.send_response(code, reason)
        for name, value in headers:
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        has_body = self.command != "HEAD" and code not in BODILESS
        if has_body:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if has_body:
            self.wfile.write(payload)

    def refuse(self, code: int, why: str) -> None:
        """Answers what can't be worked on, after which nobody knows where the next request would begin."""
        self.close_connection = True
        self.answer(code, "Refused", [("Content-Type", "text/plain; charset=utf-8")], why.encode())

    def body(self, environ: dict[str, Any]) -> bytes:
        """All bytes of a request's body, by its length or in chunks.

        Raises ValueError or OSError when they are fewer than was said, or can't be told.
        """
        if "chunked" in environ.pop("HTTP_TRANSFER_ENCODING", "").lower():
            return io.BufferedReader(environ["wsgi.input"]).read()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length < 0:
            raise ValueError(f"a length of {length} bytes")
        body = self.rfile.read(length)
        if len(body) < length:
            raise ValueError(f"{len(body)} of {length} bytes came")
        return body
