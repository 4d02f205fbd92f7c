"""What is recorded: a closed list of kinds, and the fields of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from .codes import LedgerError
from .values import shown


@dataclass(frozen=True)
class Form:
    """What a value must be: in words, and as a check."""

    says: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class Field:
    """A field of a body."""

    form: Form | Mapping[str, Field]
    required: bool = True


_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IMAGE_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ARN = re.compile(r"arn:aws[a-z-]{0,20}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:(?:[0-9]{12})?:[A-Za-z0-9_+=,.@/:-]{1,400}")
_PACKAGE = re.compile(
    r"arn:aws[a-z-]{0,20}:sagemaker:[a-z0-9-]{1,30}:[0-9]{12}:model-package/[A-Za-z0-9-]{1,63}/[0-9]{1,9}"
)
_IDENTITY = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EVENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+=#,-]{0,399}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_CONFIGURATION = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9]){0,62}")
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LONGEST_NAME = 40
_LONGEST_TEXT = 500


def _matches(expression: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and _NAME.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _one_of(*words: str) -> Form:
    return Form(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


NAME = Form("a name of a-z, 0-9 and single hyphens", _is_name)
SHA256 = Form("a SHA-256 in hex", _matches(_SHA256))
EVENT = Form("1 to 400 letters, digits and ._:/@+=#,-", _matches(_EVENT))
TIME = Form("a time such as 2026-11-27T02:00:00Z", _is_time)
_YES_OR_NO = Form("true or false", lambda value: isinstance(value, bool))
_TEXT = Form(f"a text of 1 to {_LONGEST_TEXT} characters", lambda v: isinstance(v, str) and 0 < len(v) <= _LONGEST_TEXT)
_PACKAGE_ARN = Form("the ARN of a model package's version", _matches(_PACKAGE))
_ANY_ARN = Form("an ARN", _matches(_ARN))
_ENVIRONMENT = _one_of("staging", "production")
_CONFIGURATION_NAME = Form("the name of an endpoint configuration", _matches(_CONFIGURATION))
_IMAGE = Form("the digest of an image, sha256:...", _matches(_IMAGE_DIGEST))
_COMMIT_ID = Form("the whole id of a commit", _matches(_COMMIT))
_METRIC_NAME = Form("a metric's name, as auc", _matches(_METRIC))
_VALUE = Form('a decimal as text, as "0.70"', _matches(_DECIMAL))

_WHO: Mapping[str, Field] = {
    "principal": Field(_ANY_ARN),
    "source_identity": Field(Form("a source identity of STS", _matches(_IDENTITY))),
}
"""Who did it: `source_identity` is the person, through whatever role."""

_CALLER: Mapping[str, Field] = {
    **_WHO,
    "cloudtrail_event": Field(Form("the id of an event of CloudTrail", _matches(_UUID))),
}
"""Who called, and which event of CloudTrail says so."""

CHANGED = "changed"
DECISIONS = ("approved", "rejected", "released", "refused", "requested", "restored", CHANGED)
"""What a call in the registry decides: the first two for staging, the next two for production, then that a version is
promoted again, or is gone back to. The last: it changed something else of a version."""

_DIGESTS: Mapping[str, Field] = {
    "model_sha256": Field(SHA256),
    "image_digest": Field(_IMAGE),
    "evaluation_sha256": Field(SHA256),
}
"""What is approved and served: bytes, not names."""

RELEASED_BY_RULE = "released-by-rule"
RULE = "retraining.one_approval"
"""The key of platform.yaml that lets a retrained version go to production with the first approval alone."""
RISKS = ("low", "medium")
"""The classes of risk that it may name."""

_METRIC_VALUE: Mapping[str, Field] = {"name": Field(_METRIC_NAME), "value": Field(_VALUE)}
_SERVED: Mapping[str, Field] = {
    "package_arn": Field(_PACKAGE_ARN),
    "environment": Field(_ENVIRONMENT),
    "configuration": Field(_CONFIGURATION_NAME),
}

KINDS: Mapping[str, Mapping[str, Field]] = {
    "trained": {
        "package_arn": Field(_PACKAGE_ARN),
        "execution_arn": Field(_ANY_ARN),
        "commit": Field(_COMMIT_ID),
        "code_sha256": Field(SHA256),
        "dataset_sha256": Field(SHA256),
        "digests": Field(_DIGESTS),
        "who": Field(_WHO),
    },
    "evaluated": {
        "package_arn": Field(_PACKAGE_ARN),
        "environment": Field(_ENVIRONMENT),
        "passed": Field(_YES_OR_NO),
        "result_sha256": Field(SHA256),
        "digests": Field(_DIGESTS),
        "metric": Field(_METRIC_VALUE, required=False),
    },
    "approved": {
        "package_arn": Field(_PACKAGE_ARN),
        "for": Field(_ENVIRONMENT),
        "digests": Field(_DIGESTS),
        "result_sha256": Field(SHA256, required=False),
        "reason": Field(_TEXT, required=False),
        "who": Field(_WHO),
    },
    "rejected": {
        "package_arn": Field(_PACKAGE_ARN),
        "for": Field(_ENVIRONMENT),
        "reason": Field(_TEXT, required=False),
        "who": Field(_WHO),
    },
    RELEASED_BY_RULE: {
        "package_arn": Field(_PACKAGE_ARN),
        "for": Field(_one_of("production")),
        "rule": Field(_one_of(RULE)),
        "risk": Field(_one_of(*RISKS)),
        "execution_arn": Field(_ANY_ARN),
        "champion_package_arn": Field(_PACKAGE_ARN),
        "figure": Field(_TEXT),
        "judged_at": Field(TIME),
        "approved_by": Field(_WHO),
        "approved_at": Field(TIME),
        "digests": Field(_DIGESTS),
        "result_sha256": Field(SHA256),
    },
    "deployed": {**_SERVED, "digests": Field(_DIGESTS), "who": Field(_WHO, required=False)},
    "deployment-failed": {**_SERVED, "reason": Field(_TEXT), "who": Field(_WHO, required=False)},
    "rolled-back": {
        **_SERVED,
        "from_package_arn": Field(_PACKAGE_ARN),
        "cause": Field(_one_of("alarm", "command", "drill")),
        "reason": Field(_TEXT, required=False),
        "who": Field(_WHO, required=False),
    },
    "called": {
        "package_arn": Field(_PACKAGE_ARN),
        "decision": Field(_one_of(*DECISIONS)),
        "who": Field(_CALLER),
    },
}
"""The fields of each kind's body.

`released-by-rule` is nobody's decision and has no `who`: it names the one approval, and what made a second needless.
`deployed` and `rolled-back` name the package that serves from then on. `called` is what CloudTrail told of a call in
the registry, before or after the record of what followed from it.
"""


def check_body(kind: str, body: object, where: str) -> None:
    """Refuse what is not a body of the kind. Errors: LED-003, LED-004, LED-005."""
    fields = KINDS.get(kind)
    if fields is None:
        raise LedgerError("LED-003", where, f"{shown(kind)} is none of {', '.join(KINDS)}")
    _check_fields(fields, body, f"{where}.body")


def _check_fields(fields: Mapping[str, Field], given: object, where: str) -> None:
    if not isinstance(given, dict):
        raise LedgerError("LED-005", where, f"{shown(given)} is not an object")
    values = cast("dict[str, object]", given)
    missing = [name for name, field in fields.items() if field.required and name not in values]
    unknown = [name for name in values if name not in fields]
    if missing or unknown:
        faults = [f"{name} is missing" for name in missing] + [f"{shown(name)} is unknown" for name in unknown[:3]]
        raise LedgerError("LED-004", where, ", ".join(faults))
    for name, value in values.items():
        check_value(fields[name].form, value, f"{where}.{name}")


def check_value(form: Form | Mapping[str, Field], value: object, where: str) -> None:
    """Refuse a value that does not fit. Error: LED-005."""
    if not isinstance(form, Form):
        _check_fields(form, value, where)
    elif not form.fits(value):
        raise LedgerError("LED-005", where, f"{shown(value)} is not {form.says}")
