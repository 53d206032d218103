"""EC2: the description of a security group rule is lost when its source is another group."""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule


def _description(self: SecurityGroupRule) -> Any:
    return (self.ip_range or {}).get("Description") or (self.source_group or {}).get("Description")


def install() -> None:
    """Takes the description from whatever the source is."""
    SecurityGroupRule.description = property(_description)
