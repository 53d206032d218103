"""Lambda.

- An image function without an override answers with an empty ImageConfig, and a
  DeadLetterConfig is forgotten: every plan shows both as a change.
- An event source mapping can't have an MSK cluster as its source.
"""

from typing import Any

from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction

NO_OVERRIDE: dict[str, list[str]] = {"Command": [], "EntryPoint": []}


def install() -> None:
    """Completes a function's configuration and admits clusters as a source."""
    create, configuration = LambdaFunction.__init__, LambdaFunction.get_configuration

    def create_function(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any) -> None:
        create(self, account_id, spec, *rest, **named)
        self.dead_letter_config = spec.get("DeadLetterConfig")

    def get_configuration(self: Any, *rest: Any, **named: Any) -> Any:
        found = configuration(self, *rest, **named)
        if found.get("ImageConfigResponse", {}).get("ImageConfig") == NO_OVERRIDE:
            del found["ImageConfigResponse"]
        if getattr(self, "dead_letter_config", None):
            found["DeadLetterConfig"] = self.dead_letter_config
        return found

    LambdaFunction.__init__ = create_function
    LambdaFunction.get_configuration = get_configuration

    source_service, create_mapping = (
        EventSourceMapping._get_service_source_from_arn,
        LambdaBackend.create_event_source_mapping,
    )

    def service_of(self: Any, event_source_arn: str | None = None) -> str:
        service = str(source_service(self, event_source_arn))
        return "kinesis" if service == "kafka" else service

    def create_event_source_mapping(self: LambdaBackend, spec: dict[str, Any]) -> Any:
        if ":kafka:" not in spec.get("EventSourceArn", ""):
            return create_mapping(self, spec)
        function = self._lambdas.get_function_by_name_or_arn_with_qualifier(spec.get("FunctionName", ""))
        spec |= {
            "RegionName": self.region_name,
            "AccountId": self.account_id,
            "FunctionArn": function.function_arn,
        }
        mapping = EventSourceMapping(spec)
        self._event_source_mappings[mapping.uuid] = mapping
        return mapping

    EventSourceMapping._get_service_source_from_arn = service_of
    LambdaBackend.create_event_source_mapping = create_event_source_mapping
