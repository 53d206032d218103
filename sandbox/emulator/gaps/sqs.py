"""SQS: moto returns a queue's RedrivePolicy with spaces, so that every plan shows it as a change."""

import json
from typing import Any

from moto.sqs.models import Queue


def install() -> None:
    """Returns the policy without spaces, as AWS does."""
    original = Queue.attributes

    def attributes(self: Queue) -> dict[str, Any]:
        found: dict[str, Any] = original.fget(self)
        if found.get("RedrivePolicy"):
            found["RedrivePolicy"] = json.dumps(json.loads(found["RedrivePolicy"]), separators=(",", ":"))
        return found

    Queue.attributes = property(attributes)
