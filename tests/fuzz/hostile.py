"""Values that files and requests are attacked with."""

import json
from collections.abc import Iterable
from typing import Any, cast

from hypothesis import strategies as st

Json = Any

TEXTS = [
    "",
    " ",
    "a" * 5_000,
    "https://github.com/acme/fraud-model#main",
    "*a" * 25 + "b",
    "(a+)+$",
    "../../etc/passwd",
    "\x00",
    "\x1b[2J\x1b]0;title\x07",
    "\u202e\u200b",
    "\ud800",
    "${Token[TOKEN.1]}",
    "${aws:PrincipalTag/team}",
    "{{resolve:ssm:x}}",
    "9" * 5_000,
    "-1",
    "1e999",
    "NaN",
    "null",
    "[" * 300,
    json.dumps({"Statement": [{"Effect": "Allow"}]}),
    "{" * 200,
    "&a [*a]",
    "!!python/object:os.system x",
    "arn:aws:iam::111111111111:role/x",
    "arn:" + "a:" * 500,
    "é" * 300,
]
SCALARS: list[Json] = [*TEXTS, None, True, False, 0, -1, 10**30, 1.5, 1e308, [], {}, [None], {"": None}, [[]]]

values: st.SearchStrategy[Json] = st.one_of(
    st.sampled_from(SCALARS),
    st.recursive(
        st.sampled_from(SCALARS),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(TEXTS), inner, max_size=3)
        ),
        max_leaves=8,
    ),
)


def places(document: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in JSON that something else can be put at."""
    found = [path] if path else []
    entries: Iterable[tuple[str | int, Json]] = ()
    if isinstance(document, dict):
        entries = cast("dict[str | int, Json]", document).items()
    elif isinstance(document, list):
        entries = enumerate(cast("list[Json]", document))
    for key, item in entries:
        found += places(item, (*path, key))
    return found


def put(document: Json, path: tuple[str | int, ...], value: Json) -> None:
    """Put something at a place."""
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value
