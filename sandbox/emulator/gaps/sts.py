"""STS: a role must exist and trust the caller's account.

moto hands out credentials for any role name in any account. A missing role or
a forgotten trust, the usual mistake with a partner's account, would pass.
"""

import json
from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from .policy_evaluation import request_context, statement_result


def _trusts(role_arn: str, caller: str, external_id: str | None) -> bool:
    """Whether the role's trust policy admits the caller, or its account as a whole."""
    try:
        role = iam_backends[role_arn.split(":")[4]]["aws"].get_role_by_arn(role_arn)
    except (NotFoundException, IndexError):
        return False
    context = {**request_context(), **({"sts:ExternalId": external_id} if external_id else {})}
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    effects = {
        statement_result(statement, "sts:AssumeRole", "*", caller, context)
        for statement in (statements if isinstance(statements, list) else [statements])
    }
    return effects - {None} == {"Allow"}


def install() -> None:
    """Checks existence and trust before a role is assumed."""
    original = TokenResponse.assume_role

    def assume_role(self: TokenResponse) -> Any:
        backend = sts_backends[self.current_account][self.partition]
        _, caller, _ = backend.get_caller_identity(self.get_access_key(), self.region)
        if not _trusts(self._get_param("RoleArn"), caller, self._get_param("ExternalId")):
            raise AccessDeniedError(user_arn=caller, action="sts:AssumeRole")
        return original(self)

    TokenResponse.assume_role = assume_role
