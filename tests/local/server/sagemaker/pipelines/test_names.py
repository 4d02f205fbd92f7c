"""The names of the jobs that a pipeline's steps create: permissions go by how they start."""

import re

import pytest

from mlops_stages.local.server.sagemaker.pipelines.names import job_name

EXECUTION = "abcdef123456"


@pytest.mark.parametrize("prefix", ["pipelines", "arrivals-late-arrival", "t" * 38])
@pytest.mark.parametrize("step", ["Train", "A-step_of-many/words" * 4])
def test_a_name_starts_with_the_whole_prefix_and_is_one_that_sagemaker_takes(prefix: str, step: str) -> None:
    name = job_name(EXECUTION, step, prefix)
    assert name.startswith(f"{prefix}-{EXECUTION}-")
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)


def test_two_jobs_of_one_step_differ() -> None:
    assert job_name(EXECUTION, "Train") != job_name(EXECUTION, "Train")


def test_a_longer_prefix_is_cut() -> None:
    assert job_name(EXECUTION, "Train", "t" * 60).startswith(f"{'t' * 38}-{EXECUTION}-")
