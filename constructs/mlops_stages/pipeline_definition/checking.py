"""Checks the definitions that platform.yaml names, without the CDK: what a synth would refuse, seen in a second."""

from collections.abc import Iterator
from pathlib import Path

from mlops_stages.pipeline_definition.definition import faults_of_text
from mlops_stages.pipeline_definition.errors import DefinitionError, errors_of
from mlops_stages.pipeline_definition.injected import Injected, injected_for
from mlops_stages.pipeline_definition.reading import UnreadableError, text_of
from mlops_stages.platform import Platform, Purpose, Team
from mlops_stages.platform.model import Model
from mlops_stages.platform.network import ImportedNetwork

_NOT_YET = "known-when-deployed"
"""Stands for ids that only AWS gives; no definition can name them."""


def check_pipelines(platform: Platform, directory: Path) -> tuple[DefinitionError, ...]:
    """Everything wrong with the pipeline definitions that a platform names, in the order of its models.

    Args:
        platform: what was read from platform.yaml.
        directory: the folder of that file, from which it names definitions.
    """
    return tuple(_errors(platform, directory))


def _errors(platform: Platform, directory: Path) -> Iterator[DefinitionError]:
    for team in platform.teams:
        for model in team.models:
            if model.pipeline is not None:
                yield from _errors_of_model(platform, team, model, directory / model.pipeline)


def _errors_of_model(platform: Platform, team: Team, model: Model, path: Path) -> Iterator[DefinitionError]:
    try:
        faults = faults_of_text(text_of(path), _injected(platform, team, model))
    except UnreadableError as error:
        faults = (error.fault,)
    errors = errors_of(str(model.pipeline), faults)
    yield from errors.errors if errors is not None else ()


def _injected(platform: Platform, team: Team, model: Model) -> Injected:
    network = platform.network_of(Purpose.DEVELOPMENT)
    return injected_for(
        platform.addresses,
        team=team.name,
        model=model.name,
        classification=model.data_classification,
        classifications=team.classifications,
        subnets=network.subnet_ids if isinstance(network, ImportedNetwork) else (_NOT_YET,),
        security_group_ids=(_NOT_YET,),
        pipelines_key=_NOT_YET,
        instance_types=platform.approved_instance_types,
        tags=dict.fromkeys(("team", "model", "stage", "cost-center", "data-classification"), _NOT_YET),
    )
