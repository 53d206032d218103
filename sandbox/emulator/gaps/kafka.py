"""MSK.

- A cluster stays `CREATING` for ever, so that Terraform waits for ever.
- Its ARN lacks the cluster's name, which policies are written with.
- It answers with empty blocks and invented ARNs where AWS answers nothing.
- Bootstrap brokers and configurations are missing.
"""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from moto.kafka.exceptions import BadRequestException, NotFoundException
from moto.kafka.models import FakeKafkaCluster, KafkaBackend
from moto.kafka.responses import KafkaResponse
from moto.kafka.urls import url_paths

TLS_PORT, IAM_PORT = 9094, 9098
BLOCKS = ("clientAuthentication", "encryptionInfo", "openMonitoring", "loggingInfo")


def _now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def _arn(self: FakeKafkaCluster) -> str:
    return f"arn:aws:kafka:{self.region_name}:{self.account_id}:cluster/{self.cluster_name}/{self.cluster_id}-1"


def _as_aws(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Wraps a describe call: unknown clusters are not found, what is not there is left out."""

    def wrapped(self: KafkaBackend, cluster_arn: str, *rest: Any, **named: Any) -> dict[str, Any]:
        if cluster_arn not in self.clusters:
            raise NotFoundException(f"cluster {cluster_arn} not found")
        answer = describe(self, cluster_arn, *rest, **named)
        answer.pop("activeOperationArn", None)
        if not answer["creationTime"].endswith("Z"):
            answer["creationTime"] += "Z"
        cluster = self.clusters[cluster_arn]
        for block in (answer, answer.get("provisioned", {})):
            for name in BLOCKS:
                if block.get(name) == {}:
                    del block[name]
            software = block.get("currentBrokerSoftwareInfo")
            if software is not None and not cluster.configuration_info:
                software.pop("configurationArn", None)
                software.pop("configurationRevision", None)
        return answer

    return wrapped


def _bootstrap_brokers(self: KafkaResponse) -> str:
    arn = unquote(self.parsed_url.path.split("/clusters/")[-1]).removesuffix("/bootstrap-brokers")
    cluster = self.kafka_backend.clusters.get(arn)
    if cluster is None:
        raise NotFoundException(f"cluster {arn} not found")
    region = cluster.region_name
    if cluster.cluster_type == "SERVERLESS":
        host = f"boot-{cluster.cluster_id[:8]}.c1.kafka-serverless.{region}.amazonaws.com"
        return json.dumps({"bootstrapBrokerStringSaslIam": f"{host}:{IAM_PORT}"})

    def brokers(port: int) -> str:
        numbers = range(1, int(cluster.number_of_broker_nodes or 2) + 1)
        return ",".join(f"b-{n}.{cluster.cluster_name}.c1.kafka.{region}.amazonaws.com:{port}" for n in numbers)

    return json.dumps(
        {"bootstrapBrokerStringTls": brokers(TLS_PORT), "bootstrapBrokerStringSaslIam": brokers(IAM_PORT)}
    )


def _configurations(self: KafkaResponse) -> dict[str, dict[str, Any]]:
    """They live in the backend, so that a reset of the emulator takes them too."""
    found: dict[str, dict[str, Any]] = self.kafka_backend.__dict__.setdefault("configurations", {})
    return found


def _configuration(self: KafkaResponse) -> dict[str, Any]:
    arn = unquote(self.parsed_url.path.split("/configurations/")[-1]).split("/revisions")[0]
    if arn not in _configurations(self):
        raise BadRequestException("Configuration ARN does not exist")  # the provider waits for these words
    return _configurations(self)[arn]


def _create_configuration(self: KafkaResponse) -> str:
    name, now = self._get_param("name"), _now()
    description = self._get_param("description") or ""
    arn = f"arn:aws:kafka:{self.region}:{self.current_account}:configuration/{name}/{uuid.uuid4()}-1"
    about = {
        "arn": arn,
        "name": name,
        "description": description,
        "kafkaVersions": self._get_param("kafkaVersions") or [],
        "creationTime": now,
        "state": "ACTIVE",
        "latestRevision": {"creationTime": now, "description": description, "revision": 1},
    }
    _configurations(self)[arn] = {"about": about, "properties": self._get_param("serverProperties")}
    return json.dumps(about)


def _describe_configuration(self: KafkaResponse) -> str:
    return json.dumps(_configuration(self)["about"])


def _describe_configuration_revision(self: KafkaResponse) -> str:
    found = _configuration(self)
    shared = {name: found["about"][name] for name in ("arn", "creationTime", "description")}
    return json.dumps({**shared, "revision": 1, "serverProperties": found["properties"]})


def _delete_configuration(self: KafkaResponse) -> str:
    arn = _configuration(self)["about"]["arn"]
    del _configurations(self)[arn]
    return json.dumps({"arn": arn, "state": "DELETING"})


def install() -> None:
    """Makes clusters ready at once and adds the missing calls."""
    create = FakeKafkaCluster.__init__

    def create_active(self: FakeKafkaCluster, *rest: Any, **named: Any) -> None:
        create(self, *rest, **named)
        self.state = "ACTIVE"

    FakeKafkaCluster.__init__ = create_active
    FakeKafkaCluster._generate_arn = _arn
    KafkaBackend.describe_cluster = _as_aws(KafkaBackend.describe_cluster)
    KafkaBackend.describe_cluster_v2 = _as_aws(KafkaBackend.describe_cluster_v2)
    KafkaResponse.get_bootstrap_brokers = _bootstrap_brokers
    KafkaResponse.create_configuration = _create_configuration
    KafkaResponse.describe_configuration = _describe_configuration
    KafkaResponse.describe_configuration_revision = _describe_configuration_revision
    KafkaResponse.delete_configuration = _delete_configuration
    url_paths["{0}/v1/configurations$"] = KafkaResponse.dispatch
    url_paths["{0}/v1/configurations/(?P<rest>.+)$"] = KafkaResponse.dispatch
