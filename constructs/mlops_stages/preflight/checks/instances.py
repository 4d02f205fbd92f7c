"""Quotas on SageMaker's instances: new accounts have 0 of many types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.files import content
from mlops_stages.platform import Purpose
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault, Unjudged
from mlops_stages.preflight.checks.quotas import LIST, quotas_of
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan, listed, mapping

_LARGEST = 4 << 20
"""The most bytes of a definition: four for each character that SageMaker takes."""

_STEPS = {
    "Processing": ("ProcessingResources.ClusterConfig", "{type} for processing job usage"),
    "Training": ("ResourceConfig", "{type} for training job usage"),
}
"""Where a step of a pipeline names its instances, and the name of their quota, by the step's type."""
_STUDIO = ("Studio JupyterLab Apps running on {type} instances", "Studio JupyterLab Apps running on {type} instance")

Quotas = Mapping[str, float]


@dataclass(frozen=True, kw_only=True, order=True)
class Machines:
    """Instances that a step of a pipeline runs on."""

    type: str
    step: str
    quota: str
    count: int


def machines_of(definition: object, pipeline: str) -> tuple[Machines, ...]:
    """The instances of a pipeline definition whose types and counts are known before it runs."""
    parameters = [mapping(each) for each in listed(mapping(definition).get("Parameters"))]
    defaults: dict[str, object] = {str(each.get("Name")): each.get("DefaultValue") for each in parameters}

    def known(value: object) -> object:
        path = mapping(value).get("Get")
        return defaults.get(path.removeprefix("Parameters.")) if isinstance(path, str) else value

    found: list[Machines] = []
    for step in _steps(mapping(definition).get("Steps")):
        path, quota = _STEPS.get(str(step.get("Type")), ("", ""))
        place: object = step.get("Arguments")
        for name in filter(None, path.split(".")):
            place = mapping(place).get(name)
        kind, count = known(mapping(place).get("InstanceType")), known(mapping(place).get("InstanceCount", 1))
        if quota and isinstance(kind, str) and isinstance(count, int):
            named = f"{pipeline}, step {step.get('Name')}"
            found.append(Machines(type=kind, step=named, quota=quota.format(type=kind), count=count))
    return tuple(found)


def _steps(steps: object) -> Iterable[Mapping[str, Any]]:
    """The steps of a list, and those in the branches of its conditions."""
    for step in listed(steps):
        yield mapping(step)
        arguments = mapping(mapping(step).get("Arguments"))
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(arguments.get(branch))


def _of_pipelines(plan: Plan) -> tuple[Machines, ...]:
    platform = plan.platform
    named = [(f"{team.name}/{model.name}", model.pipeline) for team in platform.teams for model in team.models]
    return tuple(
        machine
        for name, path in named
        if path is not None
        for machine in machines_of(json.loads(content(platform.beside(path), _LARGEST).decode("utf-8-sig")), name)
    )


def _development(plan: Plan) -> Iterable[str]:
    return plan.accounts_with("AWS::SageMaker::Pipeline")


def _experimentation(plan: Plan) -> Iterable[str]:
    return (plan.platform.account(Purpose.EXPERIMENTATION),)


def _quotas(account: Account, plan: Plan) -> Quotas:
    del plan
    return quotas_of(account, "sagemaker")


def _pipelines_short(plan: Plan, account: str, quotas: Quotas) -> Iterable[Fault | Unjudged]:
    del account
    for machine in _of_pipelines(plan):
        value = quotas.get(machine.quota)
        if value is None:
            yield Unjudged(message=f"Service Quotas does not list '{machine.quota}' ({machine.step})")
        elif value < machine.count:
            yield Fault(
                place=machine.step,
                message=f"'{machine.quota}' is {value:g}, the step needs {machine.count}",
                fix=f"ask for {machine.count} in the console of Service Quotas (Amazon SageMaker); it can take days",
            )


def _studio_short(plan: Plan, account: str, quotas: Quotas) -> Iterable[Fault | Unjudged]:
    del account
    for kind in plan.platform.studio.instance_types:
        names = [name.format(type=kind) for name in _STUDIO]
        value = next((quotas[name] for name in names if name in quotas), None)
        if value is None:
            yield Unjudged(message=f"Service Quotas does not list '{names[0]}'")
        elif not value:
            yield Fault(
                place=f"studio.instance_types {kind}",
                message=f"'{names[0]}' is 0",
                fix="ask for as many as people work at a time, in the console of Service Quotas (Amazon SageMaker)",
            )


def _approved_short(plan: Plan, account: str, quotas: Quotas) -> Iterable[Fault]:
    del account
    needed = {machine.type for machine in _of_pipelines(plan)}
    none = [
        kind
        for kind in plan.platform.approved_instance_types
        if kind not in needed and all(not quotas.get(quota.format(type=kind)) for _, quota in _STEPS.values())
    ]
    if none:
        yield Fault(
            place="approved instance types",
            message=f"the quotas of processing and training jobs are 0 for {', '.join(none)}",
            fix="ask for those that teams will use, in the console of Service Quotas (Amazon SageMaker)",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-071",
        severity=Severity.ERROR,
        looks_at="the quota of each instance type that a step of a pipeline runs on",
        breaks="the deploy succeeds, and the first run fails (ResourceLimitExceeded)",
        asks=(LIST,),
        where=_development,
        ask=_quotas,
        judge=_pipelines_short,
    ),
    Check(
        code="PRE-072",
        severity=Severity.WARNING,
        looks_at="the quota of each instance type of Studio",
        breaks="nobody can start JupyterLab on it (ResourceLimitExceeded)",
        asks=(LIST,),
        where=_experimentation,
        ask=_quotas,
        judge=_studio_short,
    ),
    Check(
        code="PRE-073",
        severity=Severity.NOTE,
        looks_at="the quotas of the other approved instance types",
        breaks="nothing of the deploy; a job on such a type fails (ResourceLimitExceeded)",
        asks=(LIST,),
        where=_development,
        ask=_quotas,
        judge=_approved_short,
    ),
)
