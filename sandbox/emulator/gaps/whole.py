"""A service that moto lacks altogether: JSON goes in and comes out, the header X-Amz-Target names the action."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from emulator.errors import error_response

Parameters = dict[str, Any]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/")
#: That of a caller whose key says nothing of an account.
DEFAULT_ACCOUNT = "123456789012"


class Refused(Exception):
    """An error that the caller is told."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def application_of(call: Callable[[str, str, str, Parameters], Parameters]) -> Application:
    """Returns the application that answers with what `call` makes of account, region, action and parameters."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        key, region = scope.groups() if scope else ("", "us-east-1")
        account = key if re.fullmatch(r"\d{12}", key) else DEFAULT_ACCOUNT
        given = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
        try:
            answer = call(account, region, environ["HTTP_X_AMZ_TARGET"].split(".")[1], given)
        except Refused as error:
            return error_response(environ, start_response, 400, error.code, str(error))
        payload = json.dumps(answer).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(payload)))]
        start_response("200 OK", headers)
        return [payload]

    return application
