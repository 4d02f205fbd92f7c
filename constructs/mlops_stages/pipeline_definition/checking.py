"""Checks the definitions that platform.yaml names, without the CDK: what a synth would refuse, seen in a second."""

import os
from collections.abc import Iterator
from pathlib import Path

from mlops_stages.pipeline_definition.definition import faults_of_text, filled_text
from mlops_stages.pipeline_definition.errors import DefinitionError, Fault, errors_of
from mlops_stages.pipeline_definition.injected import Injected, QualityBound, injected_for
from mlops_stages.pipeline_definition.reading import UnreadableError, content_of, text_of
from mlops_stages.pipeline_definition.size import ADVICE, UNKNOWN, bytes_in_template, room
from mlops_stages.platform import Platform, Purpose, Team
from mlops_stages.platform.model import Model
from mlops_stages.platform.network import ImportedNetwork


def check_pipelines(platform: Platform, directory: Path) -> tuple[DefinitionError, ...]:
    """Everything wrong with the pipeline definitions that a platform names, in the order of its models.

    Args:
        platform: what was read from platform.yaml.
        directory: the folder of that file, from which it names definitions.
    """
    return tuple(_errors(platform, directory))


def _errors(platform: Platform, directory: Path) -> Iterator[DefinitionError]:
    for team in platform.teams:
        bodies: list[str] = []
        for model in team.models:
            if model.pipeline is not None:
                yield from _errors_of_model(platform, team, model, directory, bodies)
        yield from _errors_of_sizes(team, bodies)


def _errors_of_model(
    platform: Platform, team: Team, model: Model, directory: Path, bodies: list[str]
) -> Iterator[DefinitionError]:
    """What is wrong with a model's definition; a sound one joins `bodies` as it is deployed."""
    injected = _injected(platform, team, model)
    try:
        text = text_of(content_of(_inside(directory, str(model.pipeline))))
        faults = faults_of_text(text, injected)
    except UnreadableError as error:
        text, faults = "", (error.fault,)
    errors = errors_of(str(model.pipeline), faults)
    if errors is None:
        bodies.append(filled_text(text, injected))
    else:
        yield from errors.errors


def _inside(directory: Path, name: str) -> Path:
    """The file itself, where links on the way to it stay in the platform's folder."""
    path = Path(os.path.realpath(directory / name))
    if not path.is_relative_to(os.path.realpath(directory)):
        message = "It is a link that leads out of the platform's folder."
        raise UnreadableError(Fault("PIP-002", None, (), message, "Put the file itself there."))
    return path


def _errors_of_sizes(team: Team, bodies: list[str]) -> Iterator[DefinitionError]:
    """That the definitions of a team have no room in its one template; each alone was looked at."""
    size, most = sum(map(bytes_in_template, bodies)), room(len(bodies))
    if len(bodies) > 1 and size > most:
        message = (
            f"The definitions of team {team.name} take {size:,} bytes together; its template has room for {most:,}."
        )
        files = ", ".join(str(model.pipeline) for model in team.models if model.pipeline is not None)
        errors = errors_of(files, [Fault("PIP-003", None, (), message, ADVICE)])
        yield from errors.errors if errors is not None else ()


def _injected(platform: Platform, team: Team, model: Model) -> Injected:
    network = platform.network_of(Purpose.DEVELOPMENT)
    return injected_for(
        platform.addresses,
        team=team.name,
        model=model.name,
        classification=model.data_classification,
        classifications=team.classifications,
        subnets=network.subnet_ids if isinstance(network, ImportedNetwork) else (UNKNOWN,),
        security_group_ids=(UNKNOWN,),
        pipelines_key=UNKNOWN,
        instance_types=platform.approved_instance_types,
        tags=dict.fromkeys(("team", "model", "stage", "cost-center", "data-classification"), UNKNOWN),
        quality=QualityBound.promised_by(model.quality),
    )
