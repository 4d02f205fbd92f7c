"""Package groups of CodeArtifact: which name belongs to which, as AWS documents it."""

from __future__ import annotations

import pytest

from mlops_stages.local.server.codeartifact import package_patterns

OWN, PYTHON, ALL = "/pypi//acme~", "/pypi/*", "/*"


@pytest.mark.parametrize(
    "pattern",
    ["/*", "/npm/*", "/maven/com.anycompany~", "/npm/space/*", "/npm/space/anycompany-ui~", "/pypi//numpy$", OWN],
)
def test_the_documented_forms_are_patterns(pattern: str) -> None:
    assert package_patterns.is_pattern(pattern)


@pytest.mark.parametrize("pattern", ["", "/", "*", "/pypi", "/pypi//acme", "/pypi//acme-*", "pypi/*", "/pypi//a~b~"])
def test_other_forms_are_none(pattern: str) -> None:
    assert not package_patterns.is_pattern(pattern)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("acme", OWN),
        ("acme-x", OWN),
        ("ACME.X", OWN),
        ("acme__x", OWN),
        ("acmex", PYTHON),
        ("xacme", PYTHON),
        ("numpy", PYTHON),
    ],
)
def test_a_prefix_ends_where_a_word_ends(name: str, group: str) -> None:
    found = package_patterns.closest([ALL, PYTHON, OWN], package_patterns.path("pypi", "", name))
    assert found == group


def test_a_whole_name_is_closer_than_a_prefix() -> None:
    groups = [ALL, PYTHON, OWN, "/pypi//acme-x$"]
    assert package_patterns.closest(groups, "/pypi//acme-x") == "/pypi//acme-x$"
    assert package_patterns.closest(groups, "/pypi//acme-xy") == OWN


def test_the_parent_of_a_group_is_the_closest_above_it() -> None:
    groups = [ALL, PYTHON, OWN, "/npm/*"]
    assert package_patterns.parent(groups, OWN) == PYTHON
    assert package_patterns.parent(groups, PYTHON) == ALL
    assert package_patterns.parent(groups, "/npm/*") == ALL


def test_a_name_without_any_group_belongs_to_the_root() -> None:
    assert package_patterns.closest([OWN], "/npm/space/ui") == ALL
