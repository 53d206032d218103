"""Redshift Serverless: moto 5.2 has no such service. Namespaces, workgroups, usage limits that can be made, read, tagged, deleted."""

import re
import uuid
from datetime import datetime, timedelta, timezone

from .whole import Application, Parameters, Refused, application_of

#: What there is, by account and region.
SERVICES: dict[tuple[str, str], "RedshiftServerless"] = {}

#: Parameters of a workgroup that AWS reports though nobody set them.
CONFIGURATION = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "max_query_execution_time": "14400",
    "query_group": "default",
    "require_ssl": "true",
    "search_path": "$user, public",
    "use_fips_ssl": "false",
}


class RedshiftServerless:
    """The service of one account in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.prefix = f"arn:aws:redshift-serverless:{region}:{account}"
        self.host = f"{account}.{region}.redshift-serverless.amazonaws.com"
        self.kept: dict[str, dict[str, Parameters]] = {"namespace": {}, "workgroup": {}}
        self.limits: dict[str, Parameters] = {}
        self.tags: dict[str, list[dict[str, str]]] = {}

    def call(self, action: str, given: Parameters) -> Parameters:
        """Dispatches one action of the API."""
        verb, kind = re.fullmatch(r"([A-Z][a-z]+)([A-Z]\w*)", action).groups()  # type: ignore[union-attr]
        if kind in ("Namespace", "Workgroup"):
            lower = kind.lower()
            return {lower: getattr(self, verb.lower())(lower, given)}
        if kind == "UsageLimit":
            return {"usageLimit": self.limit(verb, given)}
        if action in ("ListNamespaces", "ListWorkgroups"):
            return {kind.lower(): list(self.kept[kind.lower().removesuffix("s")].values())}
        if action == "ListTagsForResource":
            return {"tags": self.tags.get(given["resourceArn"], [])}
        if action == "TagResource":
            kept = [tag for tag in self.tags.get(given["resourceArn"], []) if tag["key"] not in given["tags"]]
            self.tags[given["resourceArn"]] = [*kept, *given["tags"]]
            return {}
        if action == "GetCredentials":
            expires = datetime.now(timezone.utc) + timedelta(minutes=15)
            return {"dbUser": "IAMR:sandbox", "dbPassword": "sandbox", "expiration": expires.timestamp()}
        raise NotImplementedError(f"RedshiftServerless.{action}")

    def get(self, kind: str, given: Parameters) -> Parameters:
        """One by its name."""
        name = given[f"{kind}Name"]
        if name not in self.kept[kind]:
            raise Refused("ResourceNotFoundException", f"{kind} {name} not found")
        return self.kept[kind][name]

    def create(self, kind: str, given: Parameters) -> Parameters:
        """Makes one, available at once."""
        name, identity = given[f"{kind}Name"], str(uuid.uuid4())
        if name in self.kept[kind]:
            raise Refused("ConflictException", f"{kind} {name} already exists")
        settings = {key: value for key, value in given.items() if key not in ("tags", "adminUserPassword")}
        arn = f"{self.prefix}:{kind}/{identity}"
        self.kept[kind][name] = {
            **(self.namespace_defaults(given) if kind == "namespace" else self.workgroup_defaults(name, given)),
            **settings,
            f"{kind}Id": identity,
            f"{kind}Arn": arn,
            "status": "AVAILABLE",
            "creationDate": datetime.now(timezone.utc).isoformat(),
        }
        self.tags[arn] = given.get("tags", [])
        return self.kept[kind][name]

    def update(self, kind: str, given: Parameters) -> Parameters:
        """Takes over the given settings."""
        found = self.get(kind, given)
        found.update({key: value for key, value in given.items() if key != "adminUserPassword"})
        return found

    def delete(self, kind: str, given: Parameters) -> Parameters:
        """Removes one at once."""
        found = self.get(kind, given)
        del self.kept[kind][given[f"{kind}Name"]]
        self.tags.pop(found[f"{kind}Arn"], None)
        return found

    def limit(self, verb: str, given: Parameters) -> Parameters:
        """Makes, reads, changes or removes a usage limit."""
        identity = given.get("usageLimitId") or str(uuid.uuid4())
        if verb == "Create":
            arn = f"{self.prefix}:usagelimit/{identity}"
            self.limits[identity] = {"period": "monthly", "breachAction": "log", "usageLimitArn": arn}
        if identity not in self.limits:
            raise Refused("ResourceNotFoundException", f"usage limit {identity} not found")
        found = self.limits[identity]
        found.update({**given, "usageLimitId": identity})
        return self.limits.pop(identity) if verb == "Delete" else found

    def namespace_defaults(self, given: Parameters) -> Parameters:
        """What AWS says of a namespace that nobody configured."""
        return {
            "dbName": "dev",
            "adminUsername": "admin",
            "iamRoles": [],
            "logExports": [],
            "kmsKeyId": "AWS_OWNED_KMS_KEY",
            **(self.managed_password(given) if given.get("manageAdminPassword") else {}),
        }

    def managed_password(self, given: Parameters) -> Parameters:
        """Where the service keeps the password that it made itself."""
        secrets = self.prefix.replace("redshift-serverless", "secretsmanager")
        name = f"redshift!{given['namespaceName']}-{given.get('adminUsername', 'admin')}"
        return {"adminPasswordSecretArn": f"{secrets}:secret:{name}-sandbox"}

    def workgroup_defaults(self, name: str, given: Parameters) -> Parameters:
        """What AWS says of a workgroup that nobody configured."""
        port = given.get("port", 5439)
        return {
            "baseCapacity": 128,
            "enhancedVpcRouting": False,
            "publiclyAccessible": False,
            "trackName": "current",
            "port": port,
            "configParameters": [
                {"parameterKey": key, "parameterValue": value} for key, value in CONFIGURATION.items()
            ],
            "endpoint": {"address": f"{name}.{self.host}", "port": port, "vpcEndpoints": []},
        }


def install() -> dict[str, Application]:
    """Returns the application that answers for the service."""

    def call(account: str, region: str, action: str, given: Parameters) -> Parameters:
        service = SERVICES.setdefault((account, region), RedshiftServerless(account, region))
        return service.call(action, given)

    return {"RedshiftServerless": application_of(call)}
