"""A threat of the threat model is shown by tests that are there."""

import ast
from functools import cache

import pytest

from docs.tables.threats import ACTORS, Threat
from tests.conftest import ROOT
from tests.work.tables import read

THREATS = [threat for actor in ACTORS for threat in actor.threats]


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat.tries)
def test_a_threat_is_shown_by_tests_that_are_there(threat: Threat) -> None:
    assert threat.tests or threat.denied, "nothing shows it"
    for file, names in threat.tests.items():
        assert not set(names) - _tests_in(file), file


@pytest.mark.parametrize("threat", [threat for threat in THREATS if threat.denied], ids=lambda threat: threat.tries)
def test_a_threat_that_names_work_names_a_row_of_it(threat: Threat) -> None:
    rows = {
        (work["does"], neighbour) for table in read() for work in table["work"] for neighbour in work.get("not", {})
    }
    assert not set(threat.denied) - rows


@cache
def _tests_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
