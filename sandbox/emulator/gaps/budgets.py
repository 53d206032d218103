"""Budgets: the provider reads subscribers and tags of a budget; moto keeps the one unread and drops the other."""

import json
from typing import Any

from moto.budgets.responses import BudgetsResponse


def _same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return all(left.get(key) == right.get(key) for key in ("NotificationType", "ComparisonOperator")) and float(
        left["Threshold"]
    ) == float(right["Threshold"])


def _subscribers(self: BudgetsResponse) -> str:
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    wanted = self._get_param("Notification")
    found = [notification for notification in budget.notifications if _same(notification.details, wanted)]
    return json.dumps({"Subscribers": (getattr(found[0], "subscribers", None) or []) if found else []})


def _tags(self: BudgetsResponse) -> dict[str, list[dict[str, str]]]:
    """By ARN; they live in the backend, so that a reset of the emulator takes them too."""
    found: dict[str, list[dict[str, str]]] = self.backend.__dict__.setdefault("tags_by_arn", {})
    return found


def _list_tags(self: BudgetsResponse) -> str:
    return json.dumps({"ResourceTags": _tags(self).get(self._get_param("ResourceARN"), [])})


def _tag(self: BudgetsResponse) -> str:
    arn, given = self._get_param("ResourceARN"), self._get_param("ResourceTags")
    keys = {tag["Key"] for tag in given}
    _tags(self)[arn] = [*(tag for tag in _tags(self).get(arn, []) if tag["Key"] not in keys), *given]
    return "{}"


def _untag(self: BudgetsResponse) -> str:
    arn, keys = self._get_param("ResourceARN"), self._get_param("ResourceTagKeys")
    _tags(self)[arn] = [tag for tag in _tags(self).get(arn, []) if tag["Key"] not in keys]
    return "{}"


def install() -> None:
    """Adds the read calls and keeps tags."""
    create = BudgetsResponse.create_budget

    def create_budget(self: BudgetsResponse) -> str:
        answer = str(create(self))
        account, name = self._get_param("AccountId"), self._get_param("Budget")["BudgetName"]
        _tags(self)[f"arn:aws:budgets::{account}:budget/{name}"] = self._get_param("ResourceTags") or []
        return answer

    BudgetsResponse.create_budget = create_budget
    BudgetsResponse.describe_subscribers_for_notification = _subscribers
    BudgetsResponse.list_tags_for_resource = _list_tags
    BudgetsResponse.tag_resource = _tag
    BudgetsResponse.untag_resource = _untag
