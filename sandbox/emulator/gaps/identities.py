"""Identities of IAM, with all that decides what they may do: their policies and their boundary.

- moto evaluates no boundary, neither a role's nor a user's.
- It keeps no boundary of a user, so that a plan would find it missing for ever.
"""

import json
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import IAMBackend, Role, User
from moto.iam.responses import IamResponse

Document = dict[str, Any]


def identity_of(backend: IAMBackend, arn: str) -> Role | User:
    """Returns the role or user of an ARN, also of a role's session."""
    kind, *_, name = arn.split(":")[5].split("/")
    if kind == "assumed-role":
        return backend.get_role(arn.split("/")[1])
    return backend.get_role(name) if kind == "role" else backend.get_user(name)


def documents_of(backend: IAMBackend, identity: Role | User) -> list[Document]:
    """Returns all policies of an identity, inline and managed, its own and its groups'."""
    groups = backend.get_groups_for_user(identity.name) if isinstance(identity, User) else []
    owners = [identity, *groups]
    inline = [text for owner in owners for text in owner.policies.values()]
    managed = [_document(policy) for owner in owners for policy in owner.managed_policies.values()]
    return [json.loads(text) for text in [*inline, *managed]]


def boundary_of(backend: IAMBackend, identity: Role | User) -> Document | None:
    """Returns the document that bounds an identity; a boundary that is gone allows nothing."""
    arn = getattr(identity, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = backend.managed_policies.get(arn)
    return {"Statement": []} if policy is None else json.loads(_document(policy))


def _document(policy: Any) -> str:
    return str(next(version.document for version in policy.versions if version.is_default))


def _bound(user: User, arn: str | None) -> None:
    user.permissions_boundary_arn = arn  # type: ignore[attr-defined]
    user.permissions_boundary = (  # type: ignore[attr-defined]
        {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None
    )


def install() -> None:
    """Keeps the boundaries of users."""
    create_user = IamResponse.create_user

    def create_bound_user(self: Any) -> Any:
        result = create_user(self)
        _bound(self.backend.get_user(self._get_param("UserName")), self._get_param("PermissionsBoundary"))
        return result

    def put_user_permissions_boundary(self: Any) -> ActionResult:
        _bound(self.backend.get_user(self._get_param("UserName")), self._get_param("PermissionsBoundary"))
        return EmptyResult()

    def delete_user_permissions_boundary(self: Any) -> ActionResult:
        _bound(self.backend.get_user(self._get_param("UserName")), None)
        return EmptyResult()

    IamResponse.create_user = create_bound_user
    IamResponse.put_user_permissions_boundary = put_user_permissions_boundary
    IamResponse.delete_user_permissions_boundary = delete_user_permissions_boundary
