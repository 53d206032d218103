"""Evaluation of policy statements, as AWS documents it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from typing import Any

Context = dict[str, str]

def request_context() -> Context:
    """Condition keys of every request; the sandbox stands for TLS, though it speaks HTTP."""
    return {"aws:securetransport": "true"}


def as_list(value: Any) -> list[Any]:
    """Policies write one value or a list of values."""
    return value if isinstance(value, list) else [value]


def matches(pattern: str, value: str) -> bool:
    """Whether a value fits a pattern with `*` and `?`."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _number(left: str, right: str, compare: Any) -> bool:
    try:
        return bool(compare(float(left), float(right)))
    except ValueError:
        return False


OPERATORS = {
    "Bool": lambda expected, actual: expected.lower() == actual.lower(),
    "StringEquals": lambda expected, actual: expected == actual,
    "StringEqualsIgnoreCase": lambda expected, actual: expected.lower() == actual.lower(),
    "StringLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "NumericEquals": lambda expected, actual: _number(actual, expected, float.__eq__),
    "NumericLessThan": lambda expected, actual: _number(actual, expected, float.__lt__),
    "NumericLessThanEquals": lambda expected, actual: _number(actual, expected, float.__le__),
    "NumericGreaterThan": lambda expected, actual: _number(actual, expected, float.__gt__),
    "NumericGreaterThanEquals": lambda expected, actual: _number(actual, expected, float.__ge__),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def _holds(operator: str, expected: list[str], actual: str | None) -> bool:
    name = operator.rpartition(":")[2]
    if name == "Null":
        return (expected[0].lower() == "true") == (actual is None)
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = name in NEGATED
    if actual is None:
        return optional or negated or operator.startswith("ForAllValues:")
    test = OPERATORS.get(NEGATED.get(name, name))
    if test is None:
        raise NotImplementedError(f"condition operator {operator}")
    return any(test(value, actual) for value in expected) != negated


def conditions_hold(conditions: dict[str, dict[str, Any]], context: Context) -> bool:
    """Whether all conditions of a statement hold; the names of condition keys have no case."""
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, [str(value) for value in as_list(expected)], known.get(key.lower()))
        for operator, tests in conditions.items()
        for key, expected in tests.items()
    )


def principal_matches(principal: Any, caller: str) -> bool:
    """Whether an AWS principal covers the caller: `*`, its ARN, its account or that account's root."""
    if principal is None or principal == "*":
        return True
    account = caller.split(":")[4]
    named = as_list(principal.get("AWS", [])) if isinstance(principal, dict) else []
    accepted = {"*", caller, account, f"arn:aws:iam::{account}:root"}
    session = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.+", caller)
    if session:
        accepted.add(f"arn:aws:iam::{session.group(1)}:role/{session.group(2)}")
    return any(value in accepted for value in named)


def statement_result(
    statement: dict[str, Any], action: str, resource: str, caller: str | None, context: Context
) -> str | None:
    """Returns the statement's effect, `Allow` or `Deny`, or nothing when it does not apply."""

    def covers(element: str, value: str, fold: bool) -> bool:
        patterns = [str(pattern) for pattern in as_list(statement[element])]
        return any(matches(p.lower() if fold else p, value.lower() if fold else value) for p in patterns)

    if "NotAction" in statement:
        if covers("NotAction", action, fold=True):
            return None
    elif not covers("Action", action, fold=True):
        return None
    if caller is not None and not principal_matches(statement.get("Principal"), caller):
        return None
    if not conditions_hold(statement.get("Condition") or {}, context):
        return None
    if "Resource" in statement and resource != "*" and not covers("Resource", resource, fold=False):
        return None
    if "NotResource" in statement and covers("NotResource", resource, fold=False):
        return None
    return str(statement["Effect"])


def document_effect(document: dict[str, Any], action: str, resource: str, context: Context) -> str | None:
    """Returns what a document of an identity says: `Deny` if any statement does, else `Allow`, else nothing."""
    effects = {
        statement_result(statement, action, resource, None, context) for statement in as_list(document["Statement"])
    }
    return next((effect for effect in ("Deny", "Allow") if effect in effects), None)


def decision(
    policies: list[dict[str, Any]],
    boundary: dict[str, Any] | None,
    action: str,
    resource: str,
    context: Context,
) -> str:
    """Returns what an identity's policies within its boundary come to, in the words of IAM's simulator."""
    effects = {document_effect(policy, action, resource, context) for policy in policies}
    within = "Allow" if boundary is None else document_effect(boundary, action, resource, context)
    if "Deny" in {*effects, within}:
        return "explicitDeny"
    return "allowed" if "Allow" in effects and within == "Allow" else "implicitDeny"
