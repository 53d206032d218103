"""Budgets: the provider reads subscribers and tags of a budget, moto can only write them."""

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


def _tags(self: BudgetsResponse) -> str:
    return json.dumps({"ResourceTags": []})


def install() -> None:
    """Adds the two read calls."""
    BudgetsResponse.describe_subscribers_for_notification = _subscribers
    BudgetsResponse.list_tags_for_resource = _tags
