"""TrainingPipeline: a definition, deployed as it was reviewed."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Fn, Stack

from mlops_stages.pipeline_definition import injected_for
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable import PipelineRole, TrainingPipeline
from mlops_stages.repeatable.pipeline_statements import PipelineWork
from tests.foundation.built import NETWORK, built, refused
from tests.repeatable.development import ADDRESSES, BOUNDARY, DEFINITION, HERE, INSTANCE_TYPES

INTERNAL = DataClassification.INTERNAL
KEY = "arn:aws:kms:eu-west-1:222222222222:key/pipelines"
INJECTED = injected_for(
    ADDRESSES,
    team="arrivals",
    model="late-arrival",
    classification=INTERNAL,
    classifications=[INTERNAL],
    subnets=NETWORK.subnet_ids,
    security_group_ids=[NETWORK.workload_security_group_id],
    pipelines_key=KEY,
    instance_types=INSTANCE_TYPES,
    tags={"team": "arrivals"},
)
WORK = PipelineWork(
    addresses=ADDRESSES,
    team="arrivals",
    model="late-arrival",
    classifications=[INTERNAL],
    perimeter=HERE,
    network=NETWORK,
    instance_types=INSTANCE_TYPES,
    key_arn=KEY,
)


def a_pipeline(stack: Stack, **options: Any) -> TrainingPipeline:  # noqa: ANN401 - each test names a real option
    """The pipeline of the reference model."""
    role = PipelineRole(stack, "Role", work=WORK, permissions_boundary_arn=BOUNDARY)
    given: dict[str, Any] = {"name": "arrivals-late-arrival", "definition": DEFINITION, "injected": INJECTED}
    return TrainingPipeline(stack, "Pipeline", role=role, **{**given, **options})


def test_it_is_one_resource_and_the_packs_find_nothing() -> None:
    found = built(a_pipeline)
    assert found.types["AWS::SageMaker::Pipeline"] == 1
    assert found.findings == ()


def test_the_same_definition_makes_the_same_bytes() -> None:
    assert built(a_pipeline).body == built(a_pipeline).body


@pytest.mark.parametrize("steps", [0, 51, -1])
def test_a_number_of_steps_at_once_out_of_range_is_refused(steps: int) -> None:
    message, _ = refused(lambda stack: a_pipeline(stack, parallel_steps=steps))
    assert message.startswith("REP-080: ")


def test_subnets_that_are_one_list_at_deployment_are_refused() -> None:
    listed = replace(INJECTED, subnets=Fn.split(",", Fn.import_value("Subnets")))
    message, _ = refused(lambda stack: a_pipeline(stack, injected=listed))
    assert message.startswith("REP-081: ")
