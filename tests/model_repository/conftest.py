"""What the tests of the model repository share: the reference model's answers and files."""

from __future__ import annotations

import pytest

from mlops_stages.model_repository import Answers, answers_for, rendered
from mlops_stages.platform import Platform, load
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def platform() -> Platform:
    return load(ROOT / "platform.yaml")


@pytest.fixture(scope="session")
def answers(platform: Platform) -> Answers:
    """What the repository of the reference model is rendered with."""
    return answers_for(platform, "arrivals/late-arrival")


@pytest.fixture(scope="session")
def files(answers: Answers) -> dict[str, str]:
    """The reference model's repository."""
    return rendered(answers)
