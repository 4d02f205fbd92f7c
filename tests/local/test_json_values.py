"""JSON of unknown shape."""

from __future__ import annotations

from mlops_stages.local.json_values import capitals, document, leaves, listed, mapping, small_letters


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


def test_members_are_spelt_as_an_api_has_them_and_back_but_for_somebodys_own_keys() -> None:
    declared = {"Stages": [{"Name": "Build", "Configuration": {"ProjectName": "a", "own": [{"Key": 1}]}}], "Off": None}
    told = {"stages": [{"name": "Build", "configuration": {"ProjectName": "a", "own": [{"Key": 1}]}}], "off": None}
    assert small_letters(declared, frozenset({"Configuration"})) == told
    assert capitals(told, frozenset({"configuration"})) == declared
    assert small_letters(declared)["stages"][0]["configuration"] == {"projectName": "a", "own": [{"key": 1}]}
