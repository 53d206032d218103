"""Resource tagging: GetResources is how `destroy` proves that nothing is left.

moto leaves out repositories, groups of schedules, Redshift Serverless and a part of EC2 (endpoints,
addresses, security group rules). It keeps the tags of what was deleted, and
lists some by their tags alone. And it asks all its services in one go: a single
resource whose tags have an unexpected form fails the whole answer.
"""

import sys
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.glue.models import GlueBackend
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.scheduler.models import scheduler_backends

from emulator.gaps.redshift_serverless import SERVICES

#: Type filters that together cover what stacks of this project can hold.
ASKED_ONE_BY_ONE = (
    "athena",
    "cloudwatch",
    "ec2",
    "ecs:cluster",
    "ecs:service",
    "ecs:task-definition",
    "events",
    "firehose",
    "glue",
    "kafka",
    "kms",
    "lambda",
    "logs",
    "quicksight",
    "redshift",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states:stateMachine",
)

Resource = dict[str, Any]


def _fits(tags: list[dict[str, str]], filters: list[dict[str, Any]]) -> bool:
    values = {tag["Key"]: tag["Value"] for tag in tags}
    return all(
        wanted["Key"] in values and (not wanted.get("Values") or values[wanted["Key"]] in wanted["Values"])
        for wanted in filters
    )


def _left_out(backend: ResourceGroupsTaggingAPIBackend) -> Iterator[Resource]:
    account, region = backend.account_id, backend.region_name
    ecr = ecr_backends[account][region]
    for repository in ecr.repositories.values():
        tags = ecr.tagger.list_tags_for_resource(repository.arn)["tags"]
        yield {"ResourceARN": repository.arn, "Tags": tags}
    scheduler = scheduler_backends[account][region]
    for group in scheduler.schedule_groups.values():
        yield {"ResourceARN": group.arn, "Tags": scheduler.tagger.list_tags_for_resource(group.arn)["Tags"]}
    if serverless := SERVICES.get((account, region)):
        for arn, tags in serverless.tags.items():
            yield {"ResourceARN": arn, "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in tags]}
    ec2 = ec2_backends[account][region]
    for kind, identifier in _ec2_left_out(ec2):
        tags = [{"Key": key, "Value": value} for key, value in ec2.tags.get(identifier, {}).items()]
        yield {"ResourceARN": f"arn:aws:ec2:{region}:{account}:{kind}/{identifier}", "Tags": tags}


def _ec2_left_out(ec2: Any) -> Iterator[tuple[str, str]]:
    yield from (("vpc-endpoint", identifier) for identifier in ec2.vpc_end_points)
    yield from (("elastic-ip", address.allocation_id) for address in ec2.addresses)
    yield from (("launch-template", identifier) for identifier in ec2.launch_templates)
    for groups in ec2.groups.values():
        for group in groups.values():
            yield from (("security-group-rule", rule.id) for rule in [*group.ingress_rules, *group.egress_rules])


def install() -> None:
    """Asks moto service by service, adds what it leaves out, forgets what is deleted."""
    original = ResourceGroupsTaggingAPIBackend._get_resources_generator

    def resources(
        self: ResourceGroupsTaggingAPIBackend,
        tag_filters: list[dict[str, Any]] | None = None,
        resource_type_filters: list[str] | None = None,
    ) -> Iterator[Resource]:
        filters = tag_filters or []
        for kind in resource_type_filters or ASKED_ONE_BY_ONE:
            try:
                yield from original(self, tag_filters=filters, resource_type_filters=[kind])
            except (AttributeError, KeyError, TypeError) as error:
                print(f"gap: tagging of {kind}: {error!r}", file=sys.stderr, flush=True)
        if not resource_type_filters:
            yield from (resource for resource in _left_out(self) if resource["Tags"] and _fits(resource["Tags"], filters))

    ResourceGroupsTaggingAPIBackend._get_resources_generator = resources
    delete_database = GlueBackend.delete_database

    def delete_with_tags(self: GlueBackend, database_name: str) -> None:
        delete_database(self, database_name)
        arn = f"arn:aws:glue:{self.region_name}:{self.account_id}:database/{database_name}"
        self.tagger.delete_all_tags_for_resource(arn)

    GlueBackend.delete_database = delete_with_tags
