"""What a request asks leave for: actions, their resources, and the keys of conditions.

moto names an action after the API's operation, which is often another than the
one IAM knows, and knows the resource of S3 and of few others (resources.py).
Handing a role to a service asks for PassRole as well.
"""

import re
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

from moto.ec2.models import ec2_backends
from moto.kms.models import kms_backends
from moto.secretsmanager.models import secretsmanager_backends

from .redshift_serverless import SERVICES, RedshiftServerless
from .resources import Fields, fields_of, passed_by, resource_of

Wish = tuple[str, str]
Tags = dict[str, str]

S3_READS = {
    "encryption": "GetEncryptionConfiguration",
    "lifecycle": "GetLifecycleConfiguration",
    "object-lock": "GetBucketObjectLockConfiguration",
    "ownershipControls": "GetBucketOwnershipControls",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
    "replication": "GetReplicationConfiguration",
    "requestPayment": "GetBucketRequestPayment",
}
#: Removing a setting takes the same right as making it.
S3_WRITES = {
    "encryption": "PutEncryptionConfiguration",
    "lifecycle": "PutLifecycleConfiguration",
    "ownershipControls": "PutBucketOwnershipControls",
    "publicAccessBlock": "PutBucketPublicAccessBlock",
}
IAM_RESOURCES = {"RoleName": "role", "UserName": "user", "GroupName": "group", "InstanceProfileName": "instance-profile"}
#: Operations that are all judged as one action.
BUDGETS = {"Create": "ModifyBudget", "Update": "ModifyBudget", "Delete": "ModifyBudget", "Describe": "ViewBudget"}
#: Services whose actions IAM knows by another name than the one that requests are signed for.
IAM_NAMES = {"monitoring": "cloudwatch", "tagging": "tag"}
EC2_ID = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}")


def asked_by(request: Any, resource: str) -> tuple[list[Wish], dict[str, str]]:
    """Returns every action that the request needs with its resource, and the keys of its conditions."""
    service = request._service
    if service == "s3":
        return _s3(request, resource)
    fields = fields_of(request._data, request._body)
    if service == "iam":
        return _iam(request, fields, resource)
    context: dict[str, str] = {}
    known = IAM_NAMES.get(service, service)
    action = f"{known}:{_renamed(service, request._action.partition(':')[2])}"
    if service == "secretsmanager":
        resource = _secret(request, fields, resource)
    elif service == "kms":
        context = _kms_tags(request, fields)
    elif service == "ec2":
        context = _ec2_tags(request, fields)
    elif service == "redshift-serverless" or (service == "redshift-data" and "WorkgroupName" in fields):
        resource, context = _serverless(request, action, fields)
    elif resource == "*":
        resource = resource_of(action, request.account_id, request._region, request._path, fields)
    roles, receiver = passed_by(service, fields)
    if roles:
        context = {**context, "iam:PassedToService": receiver}
    return [(action, resource), *(("iam:PassRole", role) for role in roles)], context


def _renamed(service: str, operation: str) -> str:
    if service == "budgets" and not operation.endswith("Resource"):
        return next(action for verb, action in BUDGETS.items() if operation.startswith(verb))
    return operation


def _serverless(request: Any, action: str, fields: Fields) -> tuple[str, dict[str, str]]:
    """It gives ids of its own choosing, so that tags decide."""
    service = SERVICES.get((request.account_id, request._region)) or RedshiftServerless(
        request.account_id, request._region
    )
    asked = {tag["key"]: tag["value"] for tag in fields.get("tags", [])}
    workgroup = fields.get("workgroupName") or fields.get("WorkgroupName")
    kind = "workgroup" if workgroup else "namespace"
    found = service.kept[kind].get(workgroup or fields.get("namespaceName", ""), {})
    arn = fields.get("resourceArn") or found.get(f"{kind}Arn") or f"{service.prefix}:{kind}/new"
    there = {tag["key"]: tag["value"] for tag in service.tags.get(arn, [])}
    resource = "*" if "UsageLimit" in action else arn
    return resource, {**_with_prefix("aws:RequestTag", asked), **_with_prefix("aws:ResourceTag", there)}


def _s3(request: Any, resource: str) -> tuple[list[Wish], dict[str, str]]:
    query = parse_qs(request._path.partition("?")[2], keep_blank_values=True)
    renamed = S3_READS if request._method == "GET" else S3_WRITES
    name = request._action.partition(":")[2]
    action = next((renamed[key] for key in query if key in renamed), "ListBucket" if name == "HeadBucket" else name)
    context: dict[str, str] = {}
    if action == "ListBucket" or "prefix" in query:
        context["s3:prefix"] = query.get("prefix", [""])[0]
    if request._method == "POST" and "delete" in query:
        return [
            (f"s3:DeleteObject{'Version' if version else ''}", f"{resource}/{key}")
            for key, version in _doomed(request._body)
        ], context
    wishes = [(f"s3:{action}", resource)]
    source = request._headers.get("x-amz-copy-source")
    if source:
        wishes.append(("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/').partition('?')[0]}"))
    return wishes, context


def _doomed(body: Any) -> list[tuple[str, str | None]]:
    document = ElementTree.fromstring(body)
    space = document.tag.rpartition("}")[0] + "}" if "}" in document.tag else ""
    return [
        (one.findtext(f"{space}Key", ""), one.findtext(f"{space}VersionId")) for one in document.iter(f"{space}Object")
    ]


def _iam(request: Any, data: Fields, resource: str) -> tuple[list[Wish], dict[str, str]]:
    root = f"arn:aws:iam::{request.account_id}:"
    named = [f"{root}{kind}/{data[key]}" for key, kind in IAM_RESOURCES.items() if key in data]
    if "PolicyArn" in data and not named:
        named = [data["PolicyArn"]]
    elif request._action == "iam:CreatePolicy":
        named = [f"{root}policy/{data['PolicyName']}"]
    elif request._action in {"iam:AddUserToGroup", "iam:RemoveUserFromGroup"}:
        named = [f"{root}group/{data['GroupName']}"]
    elif request._action in {"iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile"}:
        named = [f"{root}instance-profile/{data['InstanceProfileName']}"]
    boundary = data.get("PermissionsBoundary")
    if boundary is None and "RoleName" in data:
        role = next((role for role in request.backend.roles.values() if role.name == data["RoleName"]), None)
        boundary = role.permissions_boundary_arn if role else None
    context = {"iam:PermissionsBoundary": boundary} if boundary else {}
    wishes = [(request._action, name) for name in named or [resource]]
    if request._action == "iam:AddRoleToInstanceProfile":
        wishes.append(("iam:PassRole", f"{root}role/{data['RoleName']}"))
        context["iam:PassedToService"] = "ec2.amazonaws.com"
    return wishes, context


def _secret(request: Any, document: Fields, resource: str) -> str:
    if "Name" in document:
        return f"arn:aws:secretsmanager:{request._region}:{request.account_id}:secret:{document['Name']}-abcdef"
    secrets = secretsmanager_backends[request.account_id][request._region].secrets
    name = document.get("SecretId")
    secret = secrets.get(name) if name in secrets else None
    return secret.arn if secret else resource


def _with_prefix(prefix: str, tags: Tags) -> dict[str, str]:
    return {f"{prefix}/{key}": value for key, value in tags.items()}


def _kms_tags(request: Any, document: Fields) -> dict[str, str]:
    asked = {tag["TagKey"]: tag["TagValue"] for tag in document.get("Tags", [])}
    backend = kms_backends[request.account_id][request._region]
    key = document.get("KeyId") or document.get("TargetKeyId")
    if key is None and "AliasName" in document:
        key = backend.get_key_id_from_alias(document["AliasName"])
    key_id = backend.get_key_id(key) if key else None
    there = backend.tagger.get_tag_dict_for_resource(key_id) if key_id else {}
    return {**_with_prefix("aws:RequestTag", asked), **_with_prefix("aws:ResourceTag", there)}


def _ec2_tags(request: Any, data: Fields) -> dict[str, str]:
    asked = {
        value: str(data.get(f"{key.removesuffix('.Key')}.Value", ""))
        for key, value in data.items()
        if re.fullmatch(r"(TagSpecification\.\d+\.)?Tag\.\d+\.Key", key)
    }
    backend = ec2_backends[request.account_id][request._region]
    there = {
        name: tag
        for value in data.values()
        if isinstance(value, str) and EC2_ID.fullmatch(value)
        for name, tag in backend.tags.get(_associated(backend, value), {}).items()
    }
    return {**_with_prefix("aws:RequestTag", asked), **_with_prefix("aws:ResourceTag", there)}


def _associated(backend: Any, identity: str) -> str:
    """An association has no tags: it is judged by the table or the address that it binds."""
    tables = (table.id for table in backend.route_tables.values() if identity in table._associations)
    addresses = (one.allocation_id for one in backend.addresses if one.association_id == identity)
    return str(next(iter([*tables, *addresses]), identity))
