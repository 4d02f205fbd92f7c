"""JSON of unknown shape."""

from __future__ import annotations

from mlops_stages.local.json_values import document, leaves, listed, mapping


def test_json_of_unknown_shape_is_read_with_types() -> None:
    assert (mapping([]), mapping({"a": 1}), listed(None), listed("a"), listed(["a"])) == (
        {},
        {"a": 1},
        [],
        ["a"],
        ["a"],
    )
    assert (document(b""), document(b"{"), document(b"[1]"), document('{"a": 1}')) == ({}, {}, {}, {"a": 1})
    assert list(leaves({"a": {"b": [1, True]}, "c": None})) == [(".a.b", "1"), (".a.b", "true")]
