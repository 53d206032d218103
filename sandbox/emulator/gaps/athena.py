"""Athena: `DeleteNamedQuery` is missing, so that a saved query can't be destroyed."""

from moto.athena.responses import AthenaResponse


def _delete_named_query(self: AthenaResponse) -> str:
    self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
    return "{}"


def install() -> None:
    """Adds the call."""
    AthenaResponse.delete_named_query = _delete_named_query
