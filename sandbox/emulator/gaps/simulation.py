"""IAM's simulator: `SimulatePrincipalPolicy` is missing.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from .identities import boundary_of, documents_of, identity_of
from .policy_evaluation import decision, request_context


#: What only a statement on `*` covers.
EVERYTHING = "every resource"


def simulate_principal_policy(self: IamResponse) -> ActionResult:
    """Judges every action on every resource; nothing is truncated."""
    identity = identity_of(self.backend, self._get_param("PolicySourceArn"))
    policies, boundary = documents_of(self.backend, identity), boundary_of(self.backend, identity)
    entries: list[dict[str, Any]] = self._get_param("ContextEntries", [])
    context = {
        **request_context(),
        **{entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in entries},
    }
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": decision(policies, boundary, action, EVERYTHING if resource == "*" else resource, context),
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in self._get_param("ActionNames", [])
        for resource in self._get_param("ResourceArns", ["*"])
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def install() -> None:
    """Adds the simulator."""
    IamResponse.simulate_principal_policy = simulate_principal_policy
