"""S3.

- GetBucketNotification leaves the EventBridge flag out: every plan shows it as
  a change.
- Deleting a delete marker crashes once versioning is suspended, which is what
  Terraform does before it deletes a bucket.
- The bucket owner that a request expects is ignored, so that a guard against
  writing into somebody else's bucket could not be tried.
"""

import re
from typing import Any

from moto.s3.exceptions import BucketAccessDeniedError
from moto.s3.models import FakeDeleteMarker, s3_backends
from moto.s3.responses import S3Response

FLAG = "<EventBridgeConfiguration/>"


def install() -> None:
    """Completes the notification document and the delete marker, and checks the expected owner."""
    authorize = S3Response._authenticate_and_authorize_s3_action

    def authorize_with_owner(self: S3Response, bucket_name: str | None = None, key_name: str | None = None) -> None:
        expected = self.headers.get("x-amz-expected-bucket-owner")
        _, owner = s3_backends.bucket_accounts.get(bucket_name or "", (None, expected))
        if expected and owner != expected:
            raise BucketAccessDeniedError(str(bucket_name))
        authorize(self, bucket_name=bucket_name, key_name=key_name)

    S3Response._authenticate_and_authorize_s3_action = authorize_with_owner
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
