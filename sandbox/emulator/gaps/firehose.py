"""Firehose: a prefix says where an object goes by expressions of time, which moto leaves as they are."""

import re
from typing import Any

from moto.core.utils import utcnow
from moto.firehose.models import FirehoseBackend
from moto.moto_api._internal import mock_random

#: Letters of Java's DateTimeFormatter that prefixes are made of.
JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
EXPRESSION = re.compile(r"!\{timestamp:([^}]*)\}")


def _strftime(pattern: str) -> str:
    return re.sub("|".join(JAVA), lambda found: JAVA[found[0]], pattern)


def install() -> None:
    """Expands expressions of time, in UTC and by the time of arrival; a prefix with one gets no folders of its own."""
    plain = FirehoseBackend._format_s3_object_path

    def path(delivery_stream_name: str, version_id: str, prefix: str) -> Any:
        if not EXPRESSION.search(prefix):
            return plain(delivery_stream_name, version_id, prefix)
        now = utcnow()
        folder = EXPRESSION.sub(lambda found: now.strftime(_strftime(found[1])), prefix)
        return f"{folder}{delivery_stream_name}-{version_id}-{now.strftime('%Y-%m-%d-%H-%M-%S')}-{mock_random.uuid4()}"

    FirehoseBackend._format_s3_object_path = staticmethod(path)
