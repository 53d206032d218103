"""Credentials of a task's role, as ECS hands them to a container.

On AWS nobody but the service can take a task's role. A container that runs on
this machine asks the emulator in the service's place, at the address in
AWS_CONTAINER_CREDENTIALS_FULL_URI, which every SDK knows.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from emulator.gaps.policy_evaluation import as_list, request_context, statement_result

SERVICE = "ecs-tasks.amazonaws.com"
SECONDS = 3600


def _trusts_tasks(document: str, account: str, region: str) -> bool:
    """Whether a trust policy lets ECS take the role for a task of this account."""
    context = {
        **request_context(),
        "aws:SourceAccount": account,
        "aws:SourceArn": f"arn:aws:ecs:{region}:{account}:task/peaches",
    }
    effects = {
        statement_result(statement, "sts:AssumeRole", "*", None, context)
        for statement in as_list(json.loads(document)["Statement"])
        if SERVICE in as_list((statement.get("Principal") or {}).get("Service", []))
    }
    return effects - {None} == {"Allow"}


def task_credentials(role_arn: str, region: str) -> dict[str, Any] | None:
    """Returns temporary credentials; nothing when the role is missing or does not trust ECS tasks."""
    try:
        account = role_arn.split(":")[4]
        role = iam_backends[account]["aws"].get_role_by_arn(role_arn)
    except (NotFoundException, IndexError):
        return None
    if not _trusts_tasks(role.assume_role_policy_document, account, region):
        return None
    taken = sts_backends[account]["aws"].assume_role(region, "task", role_arn, None, SECONDS, None)
    return {
        "RoleArn": role_arn,
        "AccessKeyId": taken.access_key_id,
        "SecretAccessKey": taken.secret_access_key,
        "Token": taken.session_token,
        "Expiration": taken.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
