"""A database for the Data API: SQLite, which takes the SQL that loads and migrates tables with few words changed.

What it does not know of Redshift: types beyond their affinities, distribution, rights. COPY reads the files that a
manifest names from moto's S3.
"""

import gzip
import json
import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from moto.s3.models import s3_backends

Rows = list[tuple[Any, ...]]

#: Without effect here.
IGNORED = re.compile(r"(LOCK|GRANT|REVOKE)\b", re.IGNORECASE)
SCHEMA = re.compile(r'CREATE SCHEMA IF NOT EXISTS "?(\w+)"?', re.IGNORECASE)
ROLE = re.compile(r'CREATE ROLE "?(\w+)"?', re.IGNORECASE)
COPY = re.compile(r"COPY (\S+) \(([^)]*)\) FROM '([^']+)' IAM_ROLE '[^']+' (.*)", re.IGNORECASE)
DELETE_USING = re.compile(r"DELETE FROM (\S+) USING (\S+ AS \w+) WHERE (.*)", re.IGNORECASE | re.DOTALL)
DROP = re.compile(r"DROP TABLE (.*)", re.IGNORECASE)
ASSERTION = re.compile(r"SELECT 1 / ", re.IGNORECASE)

#: Names that the catalog gives to types.
SHOWN = {"varchar": "character varying", "decimal": "numeric", "timestamp": "timestamp without time zone"}


class Failed(Exception):
    """A statement that Redshift would refuse."""


def now() -> str:
    """The instant in UTC, as a timestamp column shows it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


class Engine:
    """One database."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.schemas = {"public": "main"}
        self.connection.create_function("getdate", 0, now)
        self.connection.create_function("current_schema", 0, lambda: "public")
        self.connection.create_function("chr", 1, chr)
        self.connection.execute("ATTACH ':memory:' AS information_schema")
        self.connection.execute(
            "CREATE TABLE information_schema.columns (table_schema, table_name, column_name, data_type,"
            " character_maximum_length, numeric_precision, numeric_scale)"
        )
        self.connection.execute("CREATE TABLE svv_roles (role_name varchar(128))")

    def transact(self, statements: Iterable[str]) -> tuple[list[str], Rows]:
        """Runs all or none. Returns the columns and rows of the last one."""
        statements = list(statements)
        for schema in (match.group(1) for match in map(SCHEMA.match, statements) if match):
            if schema not in self.schemas:
                self.connection.execute(f'ATTACH \':memory:\' AS "{schema}"')
                self.schemas[schema] = schema
        self.connection.execute("BEGIN")
        try:
            columns, rows = [], []
            for statement in statements:
                columns, rows = self._run(statement)
            self.connection.execute("COMMIT")
            return columns, rows
        except (sqlite3.Error, Failed) as error:
            self.connection.execute("ROLLBACK")
            raise Failed(f"{statement}: {error}") from error

    def _run(self, statement: str) -> tuple[list[str], Rows]:
        if IGNORED.match(statement) or SCHEMA.match(statement):
            return [], []
        if role := ROLE.match(statement):
            self.connection.execute("INSERT INTO svv_roles VALUES (?)", role.groups())
            return [], []
        if copy := COPY.match(statement):
            self._copy(*copy.groups())
            return [], []
        if dropped := DROP.match(statement):
            for table in dropped.group(1).split(", "):
                self.connection.execute(f"DROP TABLE {table}")
            return [], []
        if "information_schema" in statement:
            self._describe()
        cursor = self.connection.execute(
            DELETE_USING.sub(r"DELETE FROM \1 WHERE EXISTS (SELECT 1 FROM \2 WHERE \3)", statement)
        )
        rows = cursor.fetchall()
        if ASSERTION.match(statement) and rows == [(None,)]:
            raise Failed("Divide by zero")
        return [column[0] for column in cursor.description or ()], rows

    def _copy(self, table: str, columns: str, manifest: str, options: str) -> None:
        names = [column.strip(' "') for column in columns.split(",")]
        insert = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' for _ in names)})"
        for entry in json.loads(_object(manifest))["entries"]:
            body = _object(entry["url"])
            lines = (gzip.decompress(body) if " GZIP" in options else body).decode().split("\n")
            records = (json.loads(line) for line in lines if line)
            self.connection.executemany(insert, ([record.get(name) for name in names] for record in records))

    def _describe(self) -> None:
        self.connection.execute("DELETE FROM information_schema.columns")
        for schema, attached in self.schemas.items():
            tables = self.connection.execute(f"SELECT name FROM \"{attached}\".sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for _, name, declared, *_ in self.connection.execute(f'PRAGMA "{attached}".table_info("{table}")'):
                    kind, *size = re.findall(r"[a-z ]+|\d+", declared.lower()) or ["unknown"]
                    shown = SHOWN.get(kind, kind)
                    width = size[0] if kind == "varchar" else None
                    digits = size if kind == "decimal" else [None, None]
                    self.connection.execute(
                        "INSERT INTO information_schema.columns VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (schema, table, name, shown, width, *digits),
                    )


def _object(url: str) -> bytes:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    partition, account = s3_backends.bucket_accounts.get(bucket, ("aws", ""))
    found = s3_backends[account][partition].get_object(bucket, key) if account else None
    if found is None:
        raise Failed(f"S3 has no {url}, which the manifest calls mandatory")
    return bytes(found.value)
