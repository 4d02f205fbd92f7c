"""Every error of the commands has a code of its own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from mlops_stages.errors import UserError

LIBRARY = Path(__file__).resolve().parents[2] / "constructs" / "mlops_stages"
CODE = re.compile(r'"((?:CLI|LOC|NODE)-\d{3})"')


def test_an_error_reads_as_code_and_place_then_what_then_the_fix() -> None:
    error = UserError("CLI-001", "here", "it is not empty\nat all", "choose another")
    assert str(error) == "CLI-001 here\n  it is not empty\n    at all\n  fix: choose another"


def test_a_code_means_one_thing() -> None:
    """Within a module a code may be raised in two places for the same mistake, never in two modules."""
    modules = Counter(
        code for path in LIBRARY.rglob("*.py") for code in set(CODE.findall(path.read_text(encoding="utf-8")))
    )
    assert {code: count for code, count in modules.items() if count > 1} == {}
    assert {"CLI-001", "LOC-030", "NODE-001"} <= set(modules)
