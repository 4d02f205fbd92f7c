"""The platform's check and the local AWS read one language: every example and every case has one verdict."""

import json
from pathlib import Path

import pytest

from mlops_stages.local.server.sagemaker.pipelines import definition as definitions
from mlops_stages.local.server.sagemaker.pipelines.definition import LOCAL_AWS, DefinitionError
from mlops_stages.pipeline_definition.definition import checked
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.kinds import OF_SAGEMAKER, PLATFORM
from tests.pipeline_definition.cases import ACCEPTED, DECIDED, MAY_NOT, REFUSED
from tests.pipeline_definition.given import ROOT, changed, filled

EXAMPLES = sorted([*ROOT.glob("pipelines/*.json"), *ROOT.glob("tests/organizations/pipelines/*.json")])
CHANGES = {**ACCEPTED, **{name: change for name, (change, _) in {**REFUSED, **DECIDED}.items()}}


def refused_locally(text: str) -> bool:
    try:
        definitions.read(text)
    except DefinitionError:
        return True
    return False


NEITHER = ("MlflowConfig",)
"""What AWS takes, and neither the platform nor the local AWS."""


def wrong(text: str) -> set[Fault]:
    """What the platform's check finds wrong in the language itself: not what it does not deploy, and AWS takes."""
    return {fault for fault in checked(text, PLATFORM)[1] if fault.code != MAY_NOT or fault.loc == NEITHER}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_taken_by_both(path: Path) -> None:
    text = path.read_text("utf-8")
    assert checked(text, PLATFORM)[1] == ()
    assert not refused_locally(text)


@pytest.mark.parametrize("name", CHANGES)
def test_every_case_has_one_verdict(name: str) -> None:
    text = json.dumps(changed(CHANGES[name]))
    assert refused_locally(text) is bool(wrong(text))
    own = {(fault.code, fault.step, fault.loc) for fault in checked(text, LOCAL_AWS)[1]}
    assert own == {(fault.code, fault.step, fault.loc) for fault in wrong(text)}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_deployed_runs_locally(name: str) -> None:
    assert not refused_locally(json.dumps(filled(ACCEPTED[name])))


def test_the_local_aws_runs_every_type_that_the_platform_deploys_with_the_same_keys() -> None:
    assert PLATFORM.keys.items() <= LOCAL_AWS.keys.items()
    assert LOCAL_AWS.keys.keys() <= OF_SAGEMAKER
    for name, kind in PLATFORM.kinds.items():
        assert (kind.request, kind.answer) == (LOCAL_AWS.kinds[name].request, LOCAL_AWS.kinds[name].answer)
        assert kind.fields <= LOCAL_AWS.kinds[name].fields
