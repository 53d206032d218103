"""IAM: conditions, principals and requests as AWS treats them.

- moto evaluates `StringEquals` in trust policies and ignores every other
  condition. A bucket policy that denies access without TLS then denies all
  access, and a list permission for one prefix lists everything.
- A trust policy that names an account's root does not admit that account's users.
- What a request asks is known to moto by the name of its action alone, for most services
  (requests.py), and no boundary is looked at (identities.py).
- `*` in a pattern is taken as an expression: `.` in an ARN matches anything.
- A list request whose prefix has a slash fails with SignatureDoesNotMatch, and so does a request without a
  body, for which moto signs its headers, or with an escaped slash in its path.
- `ListServiceSpecificCredentials` is missing; destroying a user with
  `force_destroy` calls it.
"""

import sys
from typing import Any
from urllib.parse import quote, unquote

from flask import request
from moto.core.responses import ActionResult
from moto.iam import access_control
from moto.iam.responses import IamResponse

from .identities import boundary_of, documents_of, identity_of
from .policy_evaluation import decision, principal_matches, request_context, statement_result
from .requests import asked_by


def _escaped(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def _canonical(path: str) -> str:
    """Escapes each part of the path, and each name and value of the query, as a signature wants it."""
    address, mark, query = path.partition("?")
    pairs = [pair.split("=", 1) for pair in query.split("&")] if mark else []
    return (
        "/".join(_escaped(part) for part in address.split("/"))
        + mark
        + "&".join("=".join(_escaped(part) for part in pair) for pair in pairs)
    )


def install() -> None:
    """Replaces moto's evaluation of a statement, and completes what it signs."""
    result = access_control.PermissionResult

    def is_action_permitted(
        self: Any,
        action: str,
        resource: str = "*",
        principal: str | None = None,
        incoming_condition_values: dict[str, str] | None = None,
    ) -> Any:
        context = {**request_context(), **(incoming_condition_values or {})}
        effect = statement_result(self._statement, action, resource, principal, context)
        return {"Allow": result.PERMITTED, "Deny": result.DENIED, None: result.NEUTRAL}[effect]

    statement = access_control.IAMPolicyStatement
    statement.is_action_permitted = is_action_permitted
    statement._check_principal = lambda self, caller: principal_matches(self._statement.get("Principal"), caller)

    base = access_control.IAMRequestBase
    sign = base._create_aws_request

    def create_aws_request(self: Any) -> Any:
        self._path = _canonical(request.environ.get("RAW_URI", self._path) if request else self._path)
        signed = sign(self)
        if not self._body and "form" not in self._headers.get("Content-Type", ""):
            signed.data = b""
        return signed

    def check_action_permitted(self: Any, resource: str) -> None:
        if self._action == "sts:GetCallerIdentity":
            return
        identity = identity_of(self.backend, self._access_key.arn)
        policies, boundary = documents_of(self.backend, identity), boundary_of(self.backend, identity)
        wishes, context = asked_by(self, resource)
        known = {**request_context(), **context}
        if any(decision(policies, boundary, action, on, known) != "allowed" for action, on in wishes):
            print(f"refused: {self._access_key.arn}: {wishes} {context}", file=sys.stderr, flush=True)
            self._raise_access_denied()

    base._create_aws_request = create_aws_request
    base.check_action_permitted = check_action_permitted

    IamResponse.list_service_specific_credentials = lambda self: ActionResult(
        {"ServiceSpecificCredentials": [], "IsTruncated": False}
    )
