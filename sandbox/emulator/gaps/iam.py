"""IAM: conditions, principals and requests as AWS treats them.

- moto evaluates `StringEquals` in trust policies and ignores every other
  condition. A bucket policy that denies access without TLS then denies all
  access, and a list permission for one prefix lists everything.
- A trust policy that names an account's root does not admit that account's users.
- `*` in a pattern is taken as an expression: `.` in an ARN matches anything.
- A list request whose prefix has a slash fails with SignatureDoesNotMatch.
- `ListServiceSpecificCredentials` is missing; destroying a user with
  `force_destroy` calls it.
"""

from typing import Any
from urllib.parse import parse_qs, quote, unquote

from moto.core.responses import ActionResult
from moto.iam import access_control
from moto.iam.responses import IamResponse

from .policy_evaluation import principal_matches, request, request_context, statement_result

LISTING = {"s3:ListObjects", "s3:ListObjectsV2", "s3:ListBucket", "s3:ListBucketVersions"}


def _with_canonical_query(path: str) -> str:
    """Escapes each name and value of the query as a signature wants it."""
    address, mark, query = path.partition("?")
    pairs = [pair.split("=", 1) for pair in query.split("&")] if mark else []
    return address + mark + "&".join("=".join(quote(unquote(part), safe="-_.~") for part in pair) for pair in pairs)


def _context_of(service: str, action: str, path: str) -> dict[str, str]:
    """Condition keys that a request carries in its address."""
    query = parse_qs(path.partition("?")[2], keep_blank_values=True)
    if service == "s3" and ("prefix" in query or action in LISTING):
        return {"s3:prefix": query.get("prefix", [""])[0]}
    return {}


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
    sign, check = base._create_aws_request, base.check_action_permitted

    def create_aws_request(self: Any) -> Any:
        self._path = _with_canonical_query(self._path)
        return sign(self)

    def check_action_permitted(self: Any, resource: str) -> None:
        request.context = _context_of(self._service, self._action, self._path)
        try:
            check(self, resource)
        finally:
            request.context = {}

    base._create_aws_request = create_aws_request
    base.check_action_permitted = check_action_permitted

    IamResponse.list_service_specific_credentials = lambda self: ActionResult(
        {"ServiceSpecificCredentials": [], "IsTruncated": False}
    )
