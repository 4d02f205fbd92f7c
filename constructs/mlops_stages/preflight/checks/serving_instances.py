"""Quotas on the instances that models serve on: new accounts have few, and a rollout takes a second fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops_stages.platform import Purpose, Stage
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault, Unjudged
from mlops_stages.preflight.checks.quotas import LIST, quotas_of
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan, listed, mapping

_TYPE = "AWS::SageMaker::EndpointConfig"
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
_ENDPOINT, _TRANSFORM = "{type} for endpoint usage", "{type} for transform job usage"

Quotas = Mapping[str, float]


def _fleets(plan: Plan, account: str) -> Iterator[tuple[str, int]]:
    """The instances that each endpoint of an account starts with, by type, a type once for each endpoint."""
    for config in plan.of_type(_TYPE, account):
        found = Counter[str]()
        for variant in (mapping(each) for key in _VARIANTS for each in listed(config.properties.get(key))):
            kind, count = variant.get("InstanceType"), variant.get("InitialInstanceCount")
            if isinstance(kind, str) and isinstance(count, int):
                found[kind] += count
        yield from found.items()


def _needed(plan: Plan, account: str) -> Mapping[str, tuple[int, int]]:
    """By type: how many all endpoints start with, and how many the largest of them does."""
    total, largest = Counter[str](), Counter[str]()
    for kind, count in _fleets(plan, account):
        total[kind] += count
        largest[kind] = max(largest[kind], count)
    return {kind: (total[kind], largest[kind]) for kind in sorted(total)}


def _quotas(account: Account, plan: Plan) -> Quotas:
    del plan
    return quotas_of(account, "sagemaker")


def _too_few(plan: Plan, account: str, quotas: Quotas) -> Iterable[Fault | Unjudged]:
    for kind, (total, _) in _needed(plan, account).items():
        yield from _short(_ENDPOINT.format(type=kind), total, quotas, f"endpoints of {kind}", f"endpoints need {total}")


def _no_second_fleet(plan: Plan, account: str, quotas: Quotas) -> Iterable[Fault]:
    for kind, (total, largest) in _needed(plan, account).items():
        name = _ENDPOINT.format(type=kind)
        if name in quotas and total <= quotas[name] < total + largest:
            yield Fault(
                place=f"endpoints of {kind}",
                message=f"'{name}' is {quotas[name]:g}; {total} serve, and a rollout starts {largest} beside them",
                fix=_ask_for(total + largest),
            )


def _transforms(plan: Plan) -> Iterator[tuple[str, str, int]]:
    for team in plan.platform.teams:
        for model in team.models:
            if team.stage >= Stage.RELIABLE and model.batch is not None:
                yield f"{team.name}/{model.name}", model.batch.instance_type, model.batch.instances


def _transforms_short(plan: Plan, account: str, quotas: Quotas) -> Iterable[Fault | Unjudged]:
    del account
    for place, kind, count in _transforms(plan):
        yield from _short(_TRANSFORM.format(type=kind), count, quotas, place, f"a job needs {count}")


def _short(name: str, count: int, quotas: Quotas, place: str, needs: str) -> Iterator[Fault | Unjudged]:
    if name not in quotas:
        yield Unjudged(message=f"Service Quotas does not list '{name}' ({place})")
    elif quotas[name] < count:
        yield Fault(place=place, message=f"'{name}' is {quotas[name]:g}, {needs}", fix=_ask_for(count))


def _ask_for(count: int) -> str:
    return f"ask for {count} in the console of Service Quotas (Amazon SageMaker); it can take days"


def _with_transforms(plan: Plan) -> Iterable[str]:
    if not any(_transforms(plan)):
        return ()
    named = (plan.platform.accounts.of(purpose) for purpose in (Purpose.STAGING, Purpose.PRODUCTION))
    return sorted({account for account in named if account in plan.accounts})


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-074",
        severity=Severity.ERROR,
        looks_at="the quota of each instance type that endpoints start on",
        breaks="the deploy succeeds, and the first release fails in staging or production (ResourceLimitExceeded)",
        asks=(LIST,),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_quotas,
        judge=_too_few,
    ),
    Check(
        code="PRE-075",
        severity=Severity.WARNING,
        looks_at="room for a second fleet, which a rollout starts beside the one that serves",
        breaks="the first version is released, and the next one cannot be (ResourceLimitExceeded)",
        asks=(LIST,),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_quotas,
        judge=_no_second_fleet,
    ),
    Check(
        code="PRE-076",
        severity=Severity.ERROR,
        looks_at="the quota of each instance type that transform jobs run on",
        breaks="the deploy succeeds, and the first job fails (ResourceLimitExceeded)",
        asks=(LIST,),
        where=_with_transforms,
        ask=_quotas,
        judge=_transforms_short,
    ),
)
