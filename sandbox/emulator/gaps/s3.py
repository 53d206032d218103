"""S3.

- GetBucketNotification leaves the EventBridge flag out: every plan shows it as
  a change.
- Deleting a delete marker crashes: a versioned bucket can't be emptied.
"""

import re
from typing import Any

from moto.s3.models import FakeDeleteMarker
from moto.s3.responses import S3Response

FLAG = "<EventBridgeConfiguration/>"


def install() -> None:
    """Completes the notification document and the delete marker."""
    original = S3Response.get_bucket_notification

    def get_bucket_notification(self: S3Response) -> Any:
        answer = original(self)
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return answer
        status, headers, body = answer
        document = body.decode() if isinstance(body, bytes) else body
        if "EventBridgeConfiguration" not in document:
            document = re.sub(r"(<NotificationConfiguration[^>]*)/>", r"\1></NotificationConfiguration>", document)
            document = document.replace("</NotificationConfiguration>", f"{FLAG}</NotificationConfiguration>")
        return status, headers, document

    S3Response.get_bucket_notification = get_bucket_notification
    FakeDeleteMarker.dispose = lambda self, garbage=False: None
