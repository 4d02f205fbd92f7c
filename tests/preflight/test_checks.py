"""Every check says nothing where nothing is wrong, and what is wrong once it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlops_stages.preflight import CHECKS
from tests.preflight import cases, names
from tests.preflight.cases import CASES, Case, Found
from tests.preflight.world import World


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.steps.__name__}")
def test_a_fault_is_found_where_it_is_and_nowhere_else(world: Callable[[str], World], case: Case) -> None:
    here = world(case.organization)
    seen: set[type] = set()
    for step in case.steps(here):
        looked_at = step.world or here
        report = looked_at.check(case.code, only=case.only, answer=step.answer)
        assert [item for item in report.not_seen if item.account in looked_at.plan.accounts] == []
        seen.add(type(step))
        if isinstance(step, Found):
            found = [each for each in report.findings if each.account == looked_at.account(step.purpose)]
            said = [each.code for each in found if step.place in each.place and step.message in each.message]
            assert set(said) == {case.code}, report.findings
        else:
            assert report.findings == ()
    assert seen == {cases.Fine, Found}


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert names.CASES
    assert {check.code for check in CHECKS} == {case.code for case in CASES}
