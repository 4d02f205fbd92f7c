"""What must agree about a model that serves: endpoint or batch, rollout, service level, and who approves.

What SageMaker can give is known to `mlops_stages.serving` alone, which the constructs ask, too: each of its refusals
becomes an error here, with the place in the file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import ValidationError

from mlops_stages.platform.batch import ENVIRONMENTS, Batch
from mlops_stages.platform.endpoint import Endpoint
from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.inputs import MOST_INPUTS, MOST_LETTERS
from mlops_stages.platform.model import Rollout, Sla, terms
from mlops_stages.platform.names import MODEL_NAME_LONGEST, turned_around
from mlops_stages.platform.people import Persona
from mlops_stages.platform.plain import (
    Map,
    Place,
    is_map,
    list_of,
    map_of,
    may_have,
    models_in,
    repeated,
    teams_in,
    text_of,
)
from mlops_stages.platform.regions import PARTITIONS
from mlops_stages.platform.section import Section
from mlops_stages.serving import RefusedError
from mlops_stages.serving.batch import meet

CODES: Mapping[str, str] = {
    **dict.fromkeys(("REL-025", "REL-026", "REL-027", "REL-028", "REL-035"), "PLT-352"),
    **dict.fromkeys(("REL-020", "REL-021", "REL-022", "REL-023", "REL-024", "REL-036"), "PLT-353"),
    "REL-031": "PLT-354",
    "REL-039": "PLT-359",
}
"""The code of a refusal in the file, by its code in a construct; what is left, the fields' own bounds refuse."""

SESSION_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
"""Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""

_OF_INSTANCES = ("instance_type", "minimum", "maximum", "initial", "requests_per_minute")
_OF_RELEASES = ("v", "sv", *ENVIRONMENTS)
"""How names go on that a release makes, after the model's and a hyphen."""
_FIRST = Persona.LEAD_DATA_SCIENTIST
_TRAINING = (Persona.DATA_SCIENTIST, Persona.LEAD_DATA_SCIENTIST, Persona.ML_ENGINEER)

SectionT = TypeVar("SectionT", bound=Section)


def served_in_one_way(platform: Map) -> Iterator[Fault]:
    """A model has an endpoint or a batch, and an endpoint is on instances or serverless."""
    for loc, _, model in models_in(platform):
        if "endpoint" in model and "batch" in model:
            message = "The model has both an endpoint and a batch."
            yield Fault("PLT-350", (*loc, "batch"), message, "Keep one; a model of another name can have the other.")
        endpoint, place = map_of(model.get("endpoint")), (*loc, "endpoint")
        if not endpoint:
            continue
        if "serverless" in endpoint:
            for key in _OF_INSTANCES:
                if key in endpoint:
                    message = f"The endpoint is serverless, and has no instances that {key} could speak of."
                    yield Fault("PLT-351", (*place, key), message, f"Leave `{key}` or `serverless` out.")
        elif not may_have(endpoint, "instance_type") and not may_have(endpoint, "serverless"):
            message = "The endpoint does not say what it runs on."
            yield Fault("PLT-351", place, message, "Add `instance_type: ml.m5.large` (your own), or `serverless:`.")


def no_model_within_another(platform: Map) -> Iterator[Fault]:
    """No model's name starts as what belongs to another model of the team that serves.

    A release of `fraud` reaches `fraud-v*`, `fraud-sv*` and what starts with its endpoints' names: a model `fraud-v2`
    would lie open to it.
    """
    for index, team in teams_in(platform):
        models = [(number, each) for number, each in enumerate(list_of(team.get("models"))) if is_map(each)]
        serving = [each for _, each in models if "batch" in each or "endpoint" in each]
        names = {name for each in serving if (name := text_of(each, "name"))}
        for number, each in models:
            parts = (name := (text_of(each, "name") or "")[:MODEL_NAME_LONGEST]).split("-")
            starts = {"-".join(parts[:n]): "-".join(parts[n:]) for n in range(1, len(parts))}
            outer = next((start for start in starts if start in names and starts[start].startswith(_OF_RELEASES)), None)
            if outer is None:
                continue
            yield Fault(
                "PLT-362",
                ("teams", index, "models", number, "name"),
                f"{shown(name)} starts as what {shown(outer)} makes when it is released: the roles "
                "that release that model would reach this one's, too.",
                f"Choose another name, such as {shown(turned_around(name, outer))}; "
                "versions of one model need no names, the registry numbers them.",
            )


def inputs_are_apart(platform: Map) -> Iterator[Fault]:
    """Inputs become columns of one table, and all of their names a function's environment."""
    for loc, _, model in models_in(platform):
        place = (*loc, "inputs")
        inputs = [(n, each) for n, each in enumerate(list_of(model.get("inputs"))[:MOST_INPUTS]) if is_map(each)]
        names = [((*place, n, "name"), text_of(each, "name")) for n, each in inputs]
        for where, name, first in repeated(names):
            message = f"The input {shown(name)} is there already: {first}."
            yield Fault("PLT-363", where, message, "Rename one of the two, here and in the model's repository.")
        letters = sum(len(name or "") for _, name in names)
        if letters > MOST_LETTERS:
            message = f"The names of the inputs have {letters} letters together, of {MOST_LETTERS} at most."
            yield Fault("PLT-363", place, message, "Shorten names, here and in the model's repository.")


def guardrails_let_it_serve(platform: Map) -> Iterator[Fault]:
    """The organization's guardrails deny a model that is in no network, as one without instances is."""
    if "guardrails" not in platform:
        return
    for loc, _, model in models_in(platform):
        if "serverless" in map_of(model.get("endpoint")):
            message = "A serverless model is outside of the network, which the platform's `guardrails` deny."
            fix = "Serve on instances, or leave the guardrails to somebody else."
            yield Fault("PLT-361", (*loc, "endpoint", "serverless"), message, fix)


def endpoint_is_promised(platform: Map) -> Iterator[Fault]:
    """Alarms, the load of a test and a rollback need to know what was promised; a batch has none of them."""
    for loc, _, model in models_in(platform):
        if is_map(model.get("endpoint")) and not may_have(model, "sla"):
            fix = "Add for example `sla: {availability_percent: 99.5, p99_latency_ms: 300}`."
            yield Fault("PLT-355", (*loc, "endpoint"), "The model has an endpoint and no `sla`.", fix)
        if "endpoint" not in model and is_map(model.get("batch")):
            for key in ("sla", "rollout"):
                if key in model:
                    message = f"The model scores on a schedule: nobody calls it, and `{key}` says nothing."
                    yield Fault("PLT-356", (*loc, key), message, f"Leave `{key}` out.")
        sla = map_of(model.get("sla"))
        if "silence_minutes" in sla and not may_have(sla, "requests_per_minute"):
            message = "Silence is an alarm only where requests are expected."
            fix = "Add `requests_per_minute:`, or leave `silence_minutes` out."
            yield Fault("PLT-356", (*loc, "sla", "silence_minutes"), message, fix)


def endpoint_can_be_rolled_out(platform: Map) -> Iterator[Fault]:
    """What the constructs refuse of capacity, rollout and service level together."""
    for loc, _, model in models_in(platform):
        rollout = _read(Rollout, model.get("rollout"))
        endpoint, sla = _read(Endpoint, model.get("endpoint")), _read(Sla, model.get("sla"))
        served = endpoint is not None and (endpoint.instance_type is None) == (endpoint.serverless is not None)
        try:
            if rollout is not None:
                rollout.way.check("")
            if endpoint is not None and served and sla is not None and (rollout is not None or "rollout" not in model):
                terms(endpoint, sla, rollout).shift("")
            elif endpoint is not None and served:
                endpoint.capacity.check("")
        except RefusedError as refused:
            yield _fault(refused, _place(loc, model, refused))


def _place(loc: Place, model: Map, refused: RefusedError) -> Place:
    """Where the setting stands that was refused; where it was left out, what it belongs to."""
    endpoint, rollout = map_of(model.get("endpoint")), map_of(model.get("rollout"))
    key = {"type": "instance_type"}.get(refused.key or "", refused.key)
    if CODES[refused.code] == "PLT-352":
        if refused.code == "REL-028":
            return _deepest((*loc, "endpoint", "serverless"), map_of(endpoint.get("serverless")), key)
        return (
            (*loc, "endpoint", "challenger")
            if refused.code == "REL-035"
            else _deepest((*loc, "endpoint"), endpoint, key)
        )
    if "rollout" in model:
        return _deepest((*loc, "rollout"), rollout, key)
    return (*loc, "endpoint")


def _deepest(place: Place, holder: Map, key: str | None) -> Place:
    return place if key is None or key not in holder else (*place, key)


def batches_do_not_meet(platform: Map) -> Iterator[Fault]:
    """No answers among what is scored, in one environment or across them; keys are of the platform's own region."""
    region = text_of(platform, "region")
    for loc, _, model in models_in(platform):
        written = map_of(model.get("batch"))
        yield from _keys_elsewhere((*loc, "batch"), written, region)
        batch = _read(Batch, model.get("batch"))
        if batch is None:
            continue
        for environment in ENVIRONMENTS:
            try:
                batch.of(environment).check("")
            except RefusedError as refused:
                yield _fault(refused, (*loc, "batch", environment, "made"))
        staging, production = batch.of("staging"), batch.of("production")
        if meet(staging.made, production.made) or meet(staging.made, production.tried):
            message = f"Staging and production would both write to {shown(staging.made.uri)}."
            yield Fault("PLT-359", (*loc, "batch", "staging", "made"), message, "Give staging a prefix of its own.")
        elif meet(staging.tried, production.given) or meet(staging.tried, production.made):
            message = f"Production would see what versions are tested with in staging, at {shown(staging.tried.uri)}."
            yield Fault("PLT-359", (*loc, "batch", "staging", "made"), message, "Give staging a prefix of its own.")


def _keys_elsewhere(loc: Place, batch: Map, region: str | None) -> Iterator[Fault]:
    if region not in PARTITIONS:
        return
    for environment in ENVIRONMENTS:
        for which in ("given", "made"):
            place = map_of(map_of(batch.get(environment)).get(which))
            parts = (text_of(place, "key_arn") or "").split(":")
            if len(parts) == 6 and (parts[1], parts[3]) != (PARTITIONS[region], region):
                message = f"The key is of {shown(parts[3])}, and SageMaker takes one of the platform's region only."
                fix = f"Use a key of {region}, and a bucket there."
                yield Fault("PLT-359", (*loc, environment, which, "key_arn"), message, fix)


def second_approval_can_be_given(platform: Map) -> Iterator[Fault]:
    """Somebody can release what somebody else has approved."""
    for index, team in teams_in(platform):
        people = map_of(team.get("people"))
        listed = {one for each in people.values() for one in list_of(each) if isinstance(one, str)}
        for number, model in enumerate(list_of(team.get("models"))):
            if not is_map(model):
                continue
            loc: Place = ("teams", index, "models", number)
            approvers = [one for one in list_of(model.get("approvers")) if isinstance(one, str)]
            for position, approver in enumerate(approvers):
                if listed and approver not in listed:
                    yield _stranger((*loc, "approvers", position), approver, listed)
            if not (is_map(model.get("endpoint")) or is_map(model.get("batch"))):
                continue
            if not approvers:
                if not may_have(model, "approvers") or model.get("approvers") == []:
                    message = "Nobody could give the second approval, without which no version reaches production."
                    fix = "Add `approvers:`, two of the team's people besides the owner."
                    yield Fault("PLT-357", (*loc, "approvers"), message, fix)
            elif not approved_without(None, model, people):
                message = f"Only {shown(approvers[0])} could give either approval, and they must be two persons."
                yield Fault("PLT-357", (*loc, "approvers"), message, "Add another of the team's people.")


def approvers_name_their_sessions(platform: Map) -> Iterator[Fault]:
    """Who approves or calls a model that serves takes on the role for it in a session named by the own address."""
    for index, team in teams_in(platform):
        place: Place = ("teams", index)
        models = [(number, each) for number, each in enumerate(list_of(team.get("models"))) if is_map(each)]
        serving = [(number, each) for number, each in models if "endpoint" in each or "batch" in each]
        found = [((*place, "models", number, "owner"), each.get("owner")) for number, each in serving]
        for number, each in serving:
            listed = enumerate(list_of(each.get("approvers")))
            found += [((*place, "models", number, "approvers", position), one) for position, one in listed]
            listed = enumerate(list_of(each.get("analysts")))
            found += [((*place, "models", number, "analysts", position), one) for position, one in listed]
            listed = enumerate(list_of(map_of(each.get("alarms")).get("escalate_to")))
            found += [((*place, "models", number, "alarms", "escalate_to", position), one) for position, one in listed]
        people = map_of(team.get("people"))
        for persona in (_FIRST, Persona.ML_ENGINEER, Persona.BUSINESS_OWNER) if serving else ():
            listed = enumerate(list_of(people.get(persona.plural)))
            found += [((*place, "people", persona.plural, position), one) for position, one in listed]
        for loc, email in found:
            if isinstance(email, str) and not SESSION_NAME.fullmatch(email):
                message = (
                    f"{shown(email)} cannot name a session of a role, as the address of whoever approves or calls a "
                    "model that serves must."
                )
                fix = "Give the person an address of at most 64 letters, digits and `_ + = , . @ -`."
                yield Fault("PLT-360", loc, message, fix)


def _stranger(loc: Place, approver: str, listed: set[str]) -> Fault:
    same = next((each for each in sorted(listed) if each.lower() == approver.lower()), None)
    if same is not None:
        return Fault("PLT-358", loc, f"{shown(approver)} is written otherwise in `people`.", f"Write {shown(same)}.")
    message = f"{shown(approver)} is not among the team's people, who alone are let in."
    fix = "List the person in the team's `people`, for example under `business_owners`, or name somebody who is."
    return Fault("PLT-358", loc, message, fix)


def approved_without(maker: str | None, model: Map, people: Map) -> bool:
    """Whether two persons can give the two approvals for a version that `maker` has made; anybody, if None."""
    leads = [one for one in list_of(people.get(_FIRST.plural)) if isinstance(one, str)]
    owner = text_of(model, "owner")
    first = {one for one in (*leads, owner) if one is not None and one != maker}
    second = {one for one in list_of(model.get("approvers")) if isinstance(one, str) and one != maker}
    return bool(first and second) and len(first | second) > 1


def makers(people: Map) -> list[str]:
    """Who trains, each once, in the order of the file."""
    trainers = [one for persona in _TRAINING for one in list_of(people.get(persona.plural)) if isinstance(one, str)]
    return list(dict.fromkeys(trainers))


def _fault(refused: RefusedError, loc: Place) -> Fault:
    return Fault(CODES[refused.code], loc, f"{_capital(refused.wrong)}.", f"{_capital(refused.fix)}.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _read(section: type[SectionT], written: object) -> SectionT | None:
    """The section as it is written; None if it is not there, or has a mistake that is told elsewhere."""
    if not is_map(written):
        return None
    try:
        return section.model_validate_json(json.dumps(written))
    except (ValidationError, ValueError):
        return None


RULES = (
    served_in_one_way,
    no_model_within_another,
    inputs_are_apart,
    guardrails_let_it_serve,
    endpoint_is_promised,
    endpoint_can_be_rolled_out,
    batches_do_not_meet,
    second_approval_can_be_given,
    approvers_name_their_sessions,
)
