"""`mlops-stages ledger`: what is recorded of a model, and whether it is still what was recorded."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mlops_stages.audit import Declared, Ledgers, Line, PublicKey, PublicKeyError, Verified, called, ways
from mlops_stages.cli.common import no_proxy, read, running_in
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.platform import Persona, Platform, Stage
from mlops_stages.runtime.ledger.keeping import DECLARED
from mlops_stages.runtime.ledger.kinds import RELEASED_BY_RULE
from mlops_stages.terminal import one_line, say

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mlops_stages.local.endpoint import Endpoint

READ_AT_ONCE = 16
FOUND = 2
"""The exit code of a ledger that is not sound."""

_LARGEST_KEY = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked: of one model or of all, here or on AWS, by which public key.

    Releases without a second approval are compared with what platform.yaml says, but those until a day.
    """

    directory: Path
    name: str | None
    on_aws: bool
    as_json: bool
    public_key: Path | None = None
    one_approval_until: str | None = None


@dataclass(frozen=True, kw_only=True)
class Callers:
    """Clients for the account of the ledger and for that of its heads."""

    ledger: Callable[[str], Any]
    heads: Callable[[str], Any]


def verify(asked: Asked) -> int:
    """Verify the ledger of one model or of all, and print what was found; the exit code is 0 or `FOUND`.

    In the local AWS as an auditor, or as its root where platform.yaml names none; on AWS with the credentials of this
    shell.

    Errors: CLI-010 no local AWS runs, CLI-060 the platform has no ledger yet, CLI-061 nothing is recorded, CLI-062 AWS
    refused, CLI-063 AWS cannot be asked, CLI-064 the public key's file cannot be used, CLI-065 the name is no model's.
    """
    platform, only = _platform(asked)
    with _told(platform), ThreadPoolExecutor(READ_AT_ONCE) as workers:
        callers = callers_of(platform, asked)
        key = _public_key(platform, asked, callers)
        ledgers = _ledgers(platform, callers, workers, asked.one_approval_until)
        found = [ledgers.verify(team, model, key) for team, model in _chosen(ledgers, only)]
    if asked.as_json:
        told = {
            "sound": all(each.sound for each in found),
            "public_key_sha256": key.sha256,
            "ledgers": [each.to_json() for each in found],
        }
        say(json.dumps(told, indent=2))
    else:
        for line in _lines(found, key):
            say(one_line(line))
    return 0 if all(each.sound for each in found) else FOUND


def show(asked: Asked) -> int:
    """Print the records of one model's ledger, a line each, how each version came to production, and by which calls.

    The exit code is `FOUND` where a record is not valid, or CloudTrail's call of a decision names another person.

    Errors: as `verify`.
    """
    platform, only = _platform(asked)
    broken = contradicted = False
    with _told(platform), ThreadPoolExecutor(READ_AT_ONCE) as workers:
        ledgers = _ledgers(platform, callers_of(platform, asked), workers)
        for team, model in _chosen(ledgers, only):
            lines: list[Line] = []
            for each in ledgers.records(team, model):
                if isinstance(each, Line):
                    lines.append(each)
                else:
                    broken = True
                say(_as_json(each) if asked.as_json else one_line(_as_text(each)))
            for way in ways(lines):
                say(json.dumps({"way": way.to_json()}) if asked.as_json else one_line(str(way)))
            for each in called(lines):
                contradicted = contradicted or not each.agrees
                say(json.dumps({"called": each.to_json()}) if asked.as_json else one_line(str(each)))
    if broken:
        say("Some records are not valid: run `mlops-stages ledger verify`.", error=True)
    if contradicted:
        say("CloudTrail names another person than some records: find out who wrote them.", error=True)
    return FOUND if broken or contradicted else 0


def _platform(asked: Asked) -> tuple[Platform, tuple[str, str] | None]:
    platform = read(asked.directory)
    if platform.stage < Stage.RELIABLE:
        raise UserError(
            "CLI-060",
            f"platform {platform.name}",
            f"its stage is {platform.stage}; there is a ledger from stage {Stage.RELIABLE}",
            f"raise the platform to `stage: {Stage.RELIABLE}` and deploy it",
        )
    if asked.name is None:
        return platform, None
    team, separator, model = asked.name.partition("/")
    if not separator or not team or not model or "/" in model:
        raise UserError(
            "CLI-065", repr(asked.name), "this is not the name of a model", "write TEAM/MODEL, or leave it out"
        )
    return platform, (team, model)


def _chosen(ledgers: Ledgers, only: tuple[str, str] | None) -> list[tuple[str, str]]:
    """The ledgers that are asked for. Of the platform's file nothing is asked: a model that left it has its ledger."""
    known = ledgers.models()
    if only is None and known:
        return known
    if only is not None and only in known:
        return [only]
    there = ", ".join("/".join(each) for each in known)
    raise UserError(
        "CLI-061",
        "the ledger" if only is None else "/".join(only),
        "nothing is recorded yet, and no head was ever signed",
        f"write one of {there}" if there else "have a model trained and registered first",
    )


def _ledgers(
    platform: Platform, callers: Callers, workers: ThreadPoolExecutor, one_approval_until: str | None = None
) -> Ledgers:
    names = platform.addresses
    declared = {
        f"{team.name}/{model.name}": Declared(risk=platform.one_approval(model), until=one_approval_until)
        for team in platform.teams
        for model in team.models
    }
    return Ledgers(
        ledger_s3=callers.ledger("s3"),
        heads_s3=callers.heads("s3"),
        ledger_bucket=names.ledger_bucket,
        heads_bucket=names.heads_bucket,
        retention=DECLARED,
        at_once=workers.map,
        declared=declared,
    )


def _public_key(platform: Platform, asked: Asked, callers: Callers) -> PublicKey:
    names = platform.addresses
    if asked.public_key is None:
        alias = names.key_alias_arn(names.heads_account, names.signing_key_alias)
        return PublicKey(callers.heads("kms").get_public_key(KeyId=alias)["PublicKey"])
    try:
        with asked.public_key.open("rb") as stream:
            content = stream.read(_LARGEST_KEY)
        return PublicKey(content)
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}"
    except PublicKeyError as error:
        reason = str(error)
    fix = "give what `aws kms get-public-key` answers, as PEM or as DER; without it, KMS is asked"
    raise UserError("CLI-064", str(asked.public_key), reason, fix)


def callers_of(platform: Platform, asked: Asked) -> Callers:
    """Return who asks: on AWS the shell's own credentials, in the local AWS an auditor. Error: CLI-010."""
    if asked.on_aws:
        session: Any = importlib.import_module("boto3.session").Session()
        config: Any = importlib.import_module("botocore.config").Config(max_pool_connections=READ_AT_ONCE)

        def client(service: str) -> Any:  # noqa: ANN401  # built at run time
            return session.client(service, region_name=platform.region, config=config)

        return Callers(ledger=client, heads=client)
    endpoint = running_in(asked.directory).endpoint
    no_proxy()
    return _local(platform, endpoint)


def _local(platform: Platform, endpoint: Endpoint) -> Callers:
    """Clients of the local AWS: of the first auditor, or of each account's root where there is none."""
    from mlops_stages.local.client import duties
    from mlops_stages.local.client.clients import client
    from mlops_stages.local.endpoint import environment

    auditors = [member for member in platform.members if member.persona is Persona.AUDITOR]
    names = platform.addresses
    if auditors:
        variables = duties.taken_on(
            endpoint, platform, names.ledger_auditor_role, auditors[0].email, Persona.AUDITOR.value
        )
        return Callers(
            ledger=lambda service: client(service, variables), heads=lambda service: client(service, variables)
        )
    of_ledger, of_heads = (
        environment(endpoint, account, platform.region) for account in (names.ledger_account, names.heads_account)
    )
    return Callers(ledger=lambda service: client(service, of_ledger), heads=lambda service: client(service, of_heads))


@contextmanager
def _told(platform: Platform) -> Generator[None]:
    """Tell what AWS refuses as an error of the user's."""
    names = platform.addresses
    role = names.ledger_auditor_role.rpartition("/")[2]
    where = f"account {names.ledger_account}"
    try:
        yield
    except refusals.ClientError as error:
        raise UserError(
            "CLI-062",
            where,
            f"{refusals.code(error)}: {refusals.message(error)}",
            f"ask under the role {role}, which platform.yaml's `people.auditors` take on; is the ledger deployed?",
            exit_code=1,
        ) from error
    except refusals.BotoCoreError as error:
        raise UserError(
            "CLI-063",
            where,
            f"AWS cannot be asked: {error}",
            f"sign in under the role {role}; without `--aws`, the local AWS is asked",
            exit_code=1,
        ) from error


def _lines(found: list[Verified], key: PublicKey) -> Iterator[str]:
    for each in found:
        name = f"{each.team}/{each.model}"
        counted = f"{each.records} record{'' if each.records == 1 else 's'}"
        signed = "none signed yet" if each.signed_at is None else f"{each.signed} of them signed at {each.signed_at}"
        if each.sound:
            yield f"{name}: sound; {counted}, {signed}"
            continue
        yield f"{name}: NOT SOUND; {counted}, {signed}"
        for finding in each.findings:
            yield f"  {finding.code} {finding.where}"
            yield f"    {finding.what}"
            yield f"    fix: {finding.fix}"
    yield f"Signatures were checked with the public key of SHA-256 {key.sha256}: compare it with the one you know."


def _as_json(each: object) -> str:
    if not isinstance(each, Line):
        return json.dumps({"finding": cast("Any", each).to_json()})
    record = json.loads(each.record.to_bytes())
    return json.dumps({"number": each.number, "version": each.version, "who": each.who, "record": record})


def _as_text(each: object) -> str:
    if not isinstance(each, Line):
        finding = cast("Any", each)
        return f"{finding.code} {finding.where}: {finding.what}"
    version = "" if each.version is None else f"version {each.version}"
    said = {"environment": "", "for": "for ", "decision": ""}
    if each.kind == RELEASED_BY_RULE:
        body = each.record.body
        said_of_it = (
            f"{body['risk']} risk, approved by {body['approved_by']['source_identity']} alone: {body['figure']}"
        )
        return f"{each.number:>5}  {each.at}  {each.kind:<17}  {version:<12}  for {body['for']}  {said_of_it}"
    place = next((f"{word}{each.record.body[name]}" for name, word in said.items() if name in each.record.body), "")
    return f"{each.number:>5}  {each.at}  {each.kind:<17}  {version:<12}  {place:<14}  {each.who or ''}".rstrip()
