"""`mlops-stages invoke`: rows to a model's endpoint as a caller sends them, and which version answered each."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import randbits
from typing import Any, Literal, cast
from uuid import UUID

from mlops_stages import files
from mlops_stages.cli.callers import Caller, decider
from mlops_stages.cli.common import read
from mlops_stages.cli.train import found_model
from mlops_stages.errors import UserError
from mlops_stages.local import refusals
from mlops_stages.platform import Duty, Model, Team
from mlops_stages.terminal import one_line, say

Environment = Literal["staging", "production"]
LARGEST = 6_291_456
"""Bytes of a request: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html"""

CSV, JSON_LINES, JSON = "text/csv", "application/jsonlines", "application/json"
_BY_SUFFIX = {".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".json": JSON}
_SHOWN_FAULTS = 20


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What is sent, and of which type it is."""

    body: bytes
    content_type: str


def invoke(
    directory: Path, name: str, file: str, *, environment: Environment, person: str | None, on_aws: bool, as_json: bool
) -> None:
    """Send the rows of a file, or of the standard input (`-`), and print the answers.

    Errors: CLI-010, CLI-014, CLI-041 to CLI-044, CLI-056 as `callers.decider`; CLI-050 the model has no
    endpoint, CLI-051 the rows cannot be read, or are more than a request takes, CLI-052 the endpoint does not serve,
    CLI-053 the model refuses the rows, CLI-054 the model failed, CLI-055 AWS refused.
    """
    platform = read(directory)
    team, model = found_model(platform, name)
    if model.endpoint is None:
        raise UserError(
            "CLI-050",
            name,
            "the model has no endpoint",
            "name a model that has one, or add `endpoint:` in platform.yaml",
        )
    rows = rows_of(file)
    duty = Duty(f"invoke-{environment}")
    caller = decider(directory, platform, team, model, duty, person=person, on_aws=on_aws)
    endpoint = platform.addresses.endpoint_name(team.name, model.name, environment)
    told = {
        "model": name,
        "environment": environment,
        "endpoint": endpoint,
        **_sent(caller, endpoint, rows, team, model),
    }
    if as_json:
        say(json.dumps(told, indent=2))
    else:
        for line in _lines(told):
            say(line)


def rows_of(file: str) -> Rows:
    """What a file holds, or the standard input. Error: CLI-051."""
    where = "the standard input" if file == "-" else file
    try:
        body = sys.stdin.buffer.read(LARGEST + 1) if file == "-" else files.content(Path(file), LARGEST)
    except files.TooLargeError:
        body = bytes(LARGEST + 1)
    except (files.UnfitFileError, OSError) as error:
        said = error.reason if isinstance(error, files.UnfitFileError) else error.strerror or str(error)
        raise UserError(
            "CLI-051", where, f"it cannot be read: {said}", "name a file of rows, or `-` for the standard input"
        ) from error
    if len(body) > LARGEST:
        raise UserError(
            "CLI-051",
            where,
            f"it has more than {LARGEST:,} bytes",
            f"give rows of at most {LARGEST:,} bytes; a batch model takes more",
        )
    if not body.strip():
        raise UserError("CLI-051", where, "it is empty", "give at least one row, in CSV or a JSON object a line")
    suffix = "" if file == "-" else Path(file).suffix.lower()
    guessed = JSON_LINES if body.lstrip()[:1] == b"{" else CSV
    return Rows(body=body, content_type=_BY_SUFFIX.get(suffix, guessed))


def decision_id() -> str:
    """An id that sorts by its time: a UUID of version 7 (RFC 9562)."""
    stamp = time.time_ns() // 1_000_000
    return str(UUID(int=(stamp & (2**48 - 1)) << 80 | 7 << 76 | randbits(12) << 64 | 2 << 62 | randbits(62)))


def _sent(caller: Caller, endpoint: str, rows: Rows, team: Team, model: Model) -> dict[str, Any]:
    runtime, request = caller.clients("sagemaker-runtime"), decision_id()
    try:
        answered = runtime.invoke_endpoint(
            EndpointName=endpoint,
            ContentType=rows.content_type,
            Accept=JSON_LINES,
            InferenceId=request,
            Body=rows.body,
        )
    except refusals.ClientError as error:
        raise _explained(error, caller, endpoint, f"{team.name}/{model.name}") from error
    except refusals.BotoCoreError as error:
        raise UserError(
            "CLI-055", endpoint, f"AWS cannot be asked: {error}", "sign in, and try again", exit_code=1
        ) from error
    body: bytes = answered["Body"].read()
    answers = answers_in(body)
    return {
        "variant": answered.get("InvokedProductionVariant"),
        "inference_id": request,
        "content_type": rows.content_type,
        "answers": answers,
        "packages": dict(Counter(str(each.get("model_package")) for each in answers or ())),
        **({} if answers is not None else {"body": body.decode("utf-8", "replace")}),
    }


def answers_in(body: bytes) -> list[dict[str, Any]] | None:
    """The answers of the standard repository's container, a JSON object a line; None for any other's."""
    found = list[dict[str, Any]]()
    for line in body.splitlines():
        try:
            answer: Any = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(answer, dict) or "decision_id" not in answer:
            return None
        found.append(cast("dict[str, Any]", answer))
    return found or None


def _explained(error: Exception, caller: Caller, endpoint: str, name: str) -> UserError:
    code = refusals.code(error)
    if code == "ModelError":
        return _of_model(refusals.response(error), endpoint)
    if code == "ValidationError" and "not found" in refusals.message(error):
        return UserError(
            "CLI-052",
            endpoint,
            f"nothing serves there: {refusals.message(error)}",
            f"see which version waits for whom: mlops-stages releases {name}",
            exit_code=1,
        )
    return UserError(
        "CLI-055",
        f"account {caller.account}",
        f"AWS refused: {code}: {refusals.message(error)}",
        "ask with the role for it; `mlops-stages invoke --help` says how",
        exit_code=1,
    )


def _of_model(response: Mapping[str, Any], endpoint: str) -> UserError:
    status, said = int(response.get("OriginalStatusCode") or 500), str(response.get("OriginalMessage") or "")
    if not 400 <= status < 500:
        return UserError(
            "CLI-054",
            endpoint,
            f"the model failed with {status}: {one_line(said[:500])}",
            f"see the log group /aws/sagemaker/Endpoints/{endpoint}",
            exit_code=1,
        )
    return UserError(
        "CLI-053",
        endpoint,
        f"the model refuses the rows with {status}:\n" + "\n".join(_faults(said)),
        "correct them; none was scored",
    )


def _faults(said: str) -> Iterator[str]:
    """What the standard repository's container says of each row; of any other, what it says."""
    try:
        document: Any = json.loads(said)
    except (ValueError, RecursionError):
        document = None
    listed: Any = cast("dict[str, Any]", document).get("faults") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        yield one_line(said[:500])
        return
    yield one_line(str(cast("dict[str, Any]", document).get("error")))
    for each in cast("list[Any]", listed)[:_SHOWN_FAULTS]:
        if isinstance(each, dict):
            fault = cast("dict[str, Any]", each)
            field = fault.get("field")
            yield one_line(f"row {fault.get('row')}{'' if field is None else f', {field}'}: {fault.get('message')}")


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['model']} in {told['environment']}: {told['endpoint']}, variant {one_line(str(told['variant']))}"
    answers = cast("list[dict[str, Any]] | None", told["answers"])
    if answers is None:
        yield from map(one_line, str(told["body"]).splitlines())
        return
    width = max(len(str(each["decision_id"])) for each in answers)
    for each in answers:
        version = str(each.get("model_package") or "").rpartition("/")[2] or "?"
        yield one_line(f"  {each['decision_id']!s:<{width}}  {each.get('score')!s:<22}  version {version}")
    for package, count in cast("dict[str, int]", told["packages"]).items():
        yield one_line(f"{count} answered by {package}")
