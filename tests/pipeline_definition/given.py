"""The reference definition with a parameter of each type more, as something to change; and what is filled in."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlops_stages.pipeline_definition import DefinitionError, Injected, PipelineDefinition, PipelineErrors, injected_for
from mlops_stages.platform import Addresses, DataClassification

Json = dict[str, Any]
Change = Callable[[Json], object]

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "pipelines" / "late-arrival.json"
SOURCE = "pipelines/late-arrival.json"
MORE = {"SourceUri": "String", "Threshold": "Float"}
"""Parameters that the reference has not, one of each type; a run may depend on them, since they are registered."""


def _with_more_parameters(document: Json) -> Json:
    document["Parameters"] += [{"Name": name, "Type": kind} for name, kind in MORE.items()]
    (register,) = document["Steps"][-1]["Arguments"]["IfSteps"]
    for name in MORE:
        said = {"Std:Join": {"On": "", "Values": [{"Get": f"Parameters.{name}"}]}}
        register["Arguments"]["CustomerMetadataProperties"][name.lower()] = said
    return document


GOOD: Json = _with_more_parameters(json.loads(REFERENCE.read_text("utf-8")))
ADDED_AT = len(GOOD["Parameters"])
"""The place of a parameter that is added to it."""
ADDRESSES = Addresses(
    platform="acme",
    partition="aws",
    region="eu-west-1",
    experimentation="111111111111",
    development="222222222222",
    tooling="333333333333",
    data="444444444444",
    organization_id="o-a1b2c3d4e5",
)
SUBNETS, GROUPS, KEY = ("subnet-0a", "subnet-0b"), ("sg-01",), "arn:aws:kms:eu-west-1:222222222222:key/pipelines"
ARTIFACTS_KEY = "arn:aws:kms:eu-west-1:333333333333:alias/acme/arrivals/artifacts"
GROUP = "arn:aws:sagemaker:eu-west-1:333333333333:model-package-group/arrivals-late-arrival"
TAGS = {"team": "arrivals", "model": "late-arrival", "stage": "repeatable"}
INJECTED: Injected = injected_for(
    ADDRESSES,
    team="arrivals",
    model="late-arrival",
    classification=DataClassification.INTERNAL,
    classifications=[DataClassification.PUBLIC, DataClassification.INTERNAL, DataClassification.CONFIDENTIAL],
    subnets=SUBNETS,
    security_group_ids=GROUPS,
    pipelines_key=KEY,
    instance_types=["ml.m5.large", "ml.m5.xlarge"],
    tags=TAGS,
)


def changed(change: Change) -> Json:
    """A copy of the reference definition with a change."""
    document = copy.deepcopy(GOOD)
    change(document)
    return document


def step(document: Json, name: str) -> Json:
    """A step, at the top or under the condition."""
    for each in document["Steps"]:
        if each["Name"] == name:
            return each
        for branch in ("IfSteps", "ElseSteps"):
            for inner in each["Arguments"].get(branch, []):
                if inner["Name"] == name:
                    return inner
    raise KeyError(name)


def arguments(document: Json, name: str) -> Json:
    """The arguments of a step."""
    return step(document, name)["Arguments"]


def parsed(document: object) -> PipelineDefinition:
    """The definition that a document is."""
    return PipelineDefinition.parse(json.dumps(document), SOURCE)


def errors_of(text: str) -> list[DefinitionError]:
    """What is wrong with a text, as a definition."""
    try:
        PipelineDefinition.parse(text, SOURCE).filled(INJECTED)
    except PipelineErrors as errors:
        return list(errors.errors)
    return []


def errors_after(change: Change) -> list[DefinitionError]:
    """What a change of the reference definition makes wrong."""
    return errors_of(json.dumps(changed(change)))


def only_error(change: Change) -> DefinitionError:
    """The one thing that a change makes wrong."""
    (error,) = errors_after(change)
    return error


def place(error: DefinitionError) -> tuple[str, str | None, str]:
    """Code, step and field of an error."""
    return error.code, error.step, error.field


def places_after(change: Change) -> list[tuple[str, str | None, str]]:
    """The places of everything that a change makes wrong."""
    return [place(error) for error in errors_after(change)]


def filled(change: Change = lambda _: None) -> Json:
    """The definition as it would be deployed."""
    return json.loads(parsed(changed(change)).filled(INJECTED))
