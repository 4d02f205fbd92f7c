"""A signed request as it came, for whoever records it or completes its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs

from mlops_stages.local.server.api.records import Scope

Form = Mapping[str, list[str]]
"""The parameters of a query-protocol request."""

Completion = Callable[[Scope, bytes], bytes]
"""Returns the body of a good answer with what it lacks, in the account and region of the request."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A signed request as it came."""

    key: str
    region: str
    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, Any]


def form_of(body: bytes, query: Mapping[str, Any]) -> Form:
    """Return the parameters of a query-protocol request, from body and query string."""
    form = dict(parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True))
    for name, value in query.items():
        form.setdefault(name, cast("list[str]", value) if isinstance(value, list) else [str(value)])
    return form
