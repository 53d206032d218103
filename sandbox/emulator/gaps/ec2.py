"""EC2: what comes back is not what was said, which every plan shows as a change.

The description of a security group rule is lost when its source is another group. The tags of a
launch template itself come back among those that it gives to what it launches, and its second
version launches nothing, since its user data is not read.
"""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.utils import parse_user_data


def _description(self: SecurityGroupRule) -> Any:
    return (self.ip_range or {}).get("Description") or (self.source_group or {}).get("Description")


def _mend_versions() -> None:
    original = LaunchTemplate.create_version

    def create_version(
        self: LaunchTemplate, data: dict[str, Any], description: str
    ) -> LaunchTemplateVersion:
        launched = [
            tags
            for tags in data.get("TagSpecifications", [])
            if tags.get("ResourceType") != "launch-template"
        ]
        user_data = data.get("UserData")
        if isinstance(user_data, str):
            user_data = parse_user_data(user_data)
        mended = {**data, "TagSpecifications": launched, "UserData": user_data}
        return original(self, mended, description)

    LaunchTemplate.create_version = create_version


def install() -> None:
    """Takes a rule's description from whatever the source is, and a template's tags for its own."""
    SecurityGroupRule.description = property(_description)
    _mend_versions()
