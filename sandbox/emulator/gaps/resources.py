"""The resources that a request is about, by the ARNs and names in it, as IAM judges them.

A service that is not named here, and an action that knows no resource, is judged on `*`, which every statement covers.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

Fields = dict[str, Any]

#: By service, where a request names what it is about, and the resource that the name stands for.
NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "athena": (("WorkGroup", "workgroup/{}"), ("Name", "workgroup/{}")),
    "autoscaling": (
        ("AutoScalingGroupName", "autoScalingGroup:*:autoScalingGroupName/{}"),
        ("Tags.member.1.ResourceId", "autoScalingGroup:*:autoScalingGroupName/{}"),
    ),
    "budgets": (("BudgetName", "budget/{}"), ("Budget.BudgetName", "budget/{}")),
    "cloudwatch": (("AlarmName", "alarm:{}"), ("AlarmNames.member.1", "alarm:{}")),
    "ecr": (("repositoryName", "repository/{}"), ("repositoryNames", "repository/{}")),
    "ecs": (("clusterName", "cluster/{}"), ("family", "task-definition/{}:*")),
    "firehose": (("DeliveryStreamName", "deliverystream/{}"),),
    "glue": (("DatabaseInput.Name", "database/{}"), ("Name", "database/{}")),
    "logs": (("logGroupName", "log-group:{}:*"),),
    "quicksight": (("DataSourceId", "datasource/{}"), ("DataSetId", "dataset/{}")),
    "sns": (("Name", "{}"),),
    "sqs": (("QueueName", "{}"),),
    "states": (("name", "stateMachine:{}"),),
}
#: Fields that carry the ARN itself.
ARNS = {"cluster", "clusters", "resourcearn", "statemachinearn", "taskdefinition", "topicarn"}
#: Paths of services that speak REST, and the resource that they stand for.
PATHS: dict[str, tuple[tuple[str, str], ...]] = {
    "scheduler": ((r"/schedule-groups/([^/]+)$", "schedule-group/{}"), (r"/schedules/([^/]+)$", "schedule/{group}/{}")),
    "quicksight": ((r"/data-sources/([^/]+)", "datasource/{}"), (r"/data-sets/([^/]+)", "dataset/{}")),
}
#: Actions that know no resource, though the request names one.
KNOW_NONE = {
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "glue:GetDataCatalogEncryptionSettings",
    "glue:PutDataCatalogEncryptionSettings",
    "states:ValidateStateMachineDefinition",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
}
REGIONLESS = {"budgets"}
#: Who is handed a role that a request names.
PASSED_TO = {
    "ec2": "vpc-flow-logs",
    "ecs": "ecs-tasks",
    "firehose": "firehose",
    "logs": "logs",
    "redshift-serverless": "redshift-serverless",
    "scheduler": "scheduler",
    "states": "states",
}
ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/.+")
ROLE_FIELD = re.compile(r"(rolearn|iamroles|permissionarn)$", re.IGNORECASE)


def fields_of(data: Fields, body: Any) -> Fields:
    """What the request says, whether in a JSON document or a form."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    if text.startswith("{"):
        document: Fields = json.loads(text)
        return document
    return {key: value[0] if isinstance(value, list) else value for key, value in data.items()}


def _at(fields: Fields, place: str) -> Any:
    if place in fields:
        return fields[place]
    outer, dot, inner = place.partition(".")
    below = fields.get(outer)
    return _at(below, inner) if dot and isinstance(below, dict) else None


def resource_of(action: str, account: str, region: str, path: str, fields: Fields) -> str:
    """Returns the ARN that an action of the request is judged on."""
    service, _, verb = action.partition(":")
    if action in KNOW_NONE:
        return "*"
    prefix = f"arn:aws:{service}:{'' if service in REGIONLESS else region}:{account}:"
    for field, value in fields.items():
        given = value[0] if isinstance(value, list) and value else value
        if field.lower() in ARNS and isinstance(given, str) and given.startswith("arn:"):
            return given
    address, _, query = path.partition("?")
    tagged = re.search(r"/(?:tags|resources)/(arn(?::|%3A)[^?/]+)", address, re.IGNORECASE)
    if tagged:
        return unquote(tagged.group(1))
    group = fields.get("GroupName") or (re.search(r"groupName=([^&]+)", query) or ["", ""])[1]
    for pattern, resource in PATHS.get(service, ()):
        found = re.search(pattern, address)
        if found:
            return prefix + resource.format(unquote(found.group(1)), group=group)
    for place, resource in NAMES.get(service, ()):
        name = _at(fields, place)
        if isinstance(name, list):
            name = name[0] if name else None
        if isinstance(name, str):
            return prefix + resource.format(name)
    return "*"


def _roles(value: Any, field: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _roles(part, str(name))
    elif isinstance(value, list):
        for part in value:
            yield from _roles(part, field)
    elif isinstance(value, str) and ROLE_FIELD.search(field) and ROLE.fullmatch(value):
        yield value


def passed_by(service: str, fields: Fields) -> tuple[list[str], str]:
    """Returns the roles that the request hands to a service, and that service."""
    receiver = PASSED_TO.get(service)
    if receiver is None:
        return [], ""
    return sorted(set(_roles(fields))), f"{receiver}.amazonaws.com"
