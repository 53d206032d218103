"""Redshift Data API: moto answers every statement with the same three rows and has no batches and no list.

Statements run at once, and what was sent can be read again by ListStatements and DescribeStatement.
"""

import threading
import time
import uuid
from typing import Any

from .redshift_engine import Engine, Failed
from .whole import Application, Parameters, Refused, application_of


class RedshiftData:
    """The service of one region."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.engines: dict[tuple[str, str], Engine] = {}
        self.statements: dict[str, Parameters] = {}
        self.results: dict[str, Parameters] = {}
        self.tokens: dict[str, str] = {}

    def call(self, action: str, given: Parameters) -> Parameters:
        """Dispatches one action of the API."""
        with self.lock:
            if action == "ExecuteStatement":
                return self.execute([given["Sql"]], given, batch=False)
            if action == "BatchExecuteStatement":
                return self.execute(given["Sqls"], given, batch=True)
            if action == "DescribeStatement":
                return self.found(given)
            if action == "GetStatementResult":
                return self.results[self.found(given)["Id"]]
            if action == "ListStatements":
                return {"Statements": list(reversed(self.statements.values()))}
        raise NotImplementedError(f"RedshiftData.{action}")

    def found(self, given: Parameters) -> Parameters:
        """A statement by its id."""
        if given["Id"] not in self.statements:
            raise Refused("ResourceNotFoundException", f"Query {given['Id']} not found")
        return self.statements[given["Id"]]

    def execute(self, sqls: list[str], given: Parameters, batch: bool) -> Parameters:
        """Runs the statements as one transaction; a token that was seen before stands for what it started."""
        token = given.get("ClientToken", "")
        if token in self.tokens:
            return {"Id": self.tokens[token]}
        identity, instant = str(uuid.uuid4()), time.time()
        if token:
            self.tokens[token] = identity
        server = given.get("WorkgroupName") or given["ClusterIdentifier"]
        engine = self.engines.setdefault((server, given["Database"]), Engine())
        columns, rows, failure = [], [], None
        try:
            columns, rows = engine.transact(sqls)
        except Failed as error:
            failure = str(error)
        status = "FINISHED" if failure is None else "FAILED"
        target = {key: given[key] for key in ("WorkgroupName", "ClusterIdentifier", "Database", "SecretArn") if key in given}
        parts = [
            {"Id": f"{identity}:{number}", "QueryString": sql, "Status": _part(sql, failure)}
            for number, sql in enumerate(sqls, 1)
        ]
        self.statements[identity] = {
            "Id": identity,
            "Status": status,
            "HasResultSet": bool(columns),
            "ResultRows": len(rows),
            "CreatedAt": instant,
            "UpdatedAt": instant,
            **target,
            **({"Error": f"ERROR: {failure}"} if failure else {}),
            **({"SubStatements": parts, "QueryStrings": sqls} if batch else {"QueryString": sqls[0]}),
        }
        self.results[identity] = {
            "ColumnMetadata": [{"name": column} for column in columns],
            "Records": [[_field(value) for value in row] for row in rows],
            "TotalNumRows": len(rows),
        }
        return {"Id": identity, "CreatedAt": instant, **target}


def _part(sql: str, failure: str | None) -> str:
    if failure is None:
        return "FINISHED"
    return "FAILED" if failure.startswith(f"{sql}: ") else "ABORTED"


def _field(value: Any) -> Parameters:
    if value is None:
        return {"isNull": True}
    if isinstance(value, int):
        return {"longValue": value}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def install() -> dict[str, Application]:
    """Returns the application that answers for the service."""
    regions: dict[str, RedshiftData] = {}

    def call(_account: str, region: str, action: str, given: Parameters) -> Parameters:
        return regions.setdefault(region, RedshiftData()).call(action, given)

    return {"RedshiftData": application_of(call)}
