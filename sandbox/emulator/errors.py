"""Error answers in the form that the caller's SDK understands.

moto answers a missing action with status 500 and an HTML page. SDKs take a 500
for a passing fault and try again, Terraform's provider 25 times with growing
pauses: it hangs for minutes where it should fail. A 400 fails at once.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


def service_of(environ: dict[str, Any]) -> str:
    """The service that a request was signed for, `s3`; `unknown` without a signature."""
    match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match.group(1) if match else "unknown"


def error_response(
    environ: dict[str, Any], start_response: Callable[..., Any], status: int, code: str, message: str
) -> Iterable[bytes]:
    """Answers with an AWS error: XML for S3 and the query protocol, JSON for the others."""
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service_of(environ) == "s3":
        kind, body = "application/xml", f"<Error>{error}</Error>"
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        kind, body = "text/xml", f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
    else:
        kind, body = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
    payload = body.encode()
    start_response(
        f"{status} Error",
        [("Content-Type", kind), ("Content-Length", str(len(payload))), ("x-amzn-errortype", code)],
    )
    return [payload]
