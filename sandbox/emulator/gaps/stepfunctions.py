"""Step Functions.

- `ValidateStateMachineDefinition` and `ListStateMachineVersions` are missing;
  the provider calls both.
- With execution switched on (`/moto-api/config`), only the first execution of a
  server runs: later ones fail to copy the state machine with its threads.
"""

import copy
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.models import StateMachineInstance
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse


def install() -> None:
    """Adds the two calls and makes a state machine copyable."""
    StepFunctionResponse.validate_state_machine_definition = lambda self: ActionResult(
        {"result": "OK", "diagnostics": [], "truncated": False}
    )
    StepFunctionResponse.list_state_machine_versions = lambda self: ActionResult({"stateMachineVersions": []})

    def deepcopy_without_executions(self: StateMachineInstance, memo: Any) -> StateMachineInstance:
        duplicate = copy.copy(self)
        duplicate.executions = []
        return duplicate

    StateMachineInstance.__deepcopy__ = deepcopy_without_executions
    original = StepFunctionsParserBackend.start_execution

    def start_execution(self: Any, state_machine_arn: str, name: str | None = None, *args: Any, **named: Any) -> Any:
        return original(self, state_machine_arn, name or str(uuid.uuid4()), *args, **named)

    StepFunctionsParserBackend.start_execution = start_execution
