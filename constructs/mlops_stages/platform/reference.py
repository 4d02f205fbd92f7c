"""The page docs/platform-file.md, made from the model: `python -m mlops_stages.platform.reference`."""

import re
import types
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from mlops_stages.platform.accounts import Purpose
from mlops_stages.platform.codes import CODES
from mlops_stages.platform.errors import MOST, PlatformErrors
from mlops_stages.platform.fields import sections_with_paths, text_rule
from mlops_stages.platform.loading import LARGEST, loads
from mlops_stages.platform.network import IMPORTED, OWN, ImportedNetwork, OwnNetwork
from mlops_stages.platform.offer import OFFER
from mlops_stages.platform.platform import Platform
from mlops_stages.platform.section import Section
from mlops_stages.platform.sign_in import IamSignIn, IdentityCenterSignIn, SamlSignIn
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.yaml_text import yaml_text
from mlops_stages.platform.yaml_tree import MOST_ENTRIES
from mlops_stages.terminal import say

SMALLEST = """\
name: acme
region: eu-west-1
stage: initial
owner: platform@acme.example
cost_center: "1000"
accounts:
  experimentation: "111111111111"
people:
  platform_engineers: [paula@acme.example]
teams:
  - name: fraud
    cost_center: "4711"
    budget: {monthly_usd: 2000, notify: [lena@acme.example]}
    people:
      lead_data_scientists: [lena@acme.example]
      data_scientists: [ann@acme.example, raj@acme.example]
"""

_MISTAKES = (
    ('"111111111111"', "011111111111"),
    ("region: eu-west-1", "regoin: eu-west-1"),
    ("raj@acme.example]", "ann@acme.example]"),
)

_FORMS = {
    OwnNetwork: OWN,
    ImportedNetwork: IMPORTED,
    IamSignIn: "method `iam`",
    SamlSignIn: "method `saml`",
    IdentityCenterSignIn: "method `identity_center`",
}

_PAGE = """\
# The platform file

<!-- Made by `python -m mlops_stages.platform.reference > docs/platform-file.md`: change the model, not this page. -->

`platform.yaml` says what an organization's platform is: its AWS accounts, network, people, teams, models and promises.
Everything that is deployed follows from it.

    mlops-stages validate       # every mistake at once, with its line and what to write instead; exit code 2 if any
    mlops-stages schema         # the JSON Schema, for editors

A file that deploys:

```yaml
{smallest}```

The repository's own [`platform.yaml`](../platform.yaml) is a larger one, with comments.

## When something is wrong

Every mistake is told at once (up to {most}), and nothing is deployed or written. The same file with three mistakes:

```
{mistakes}
```

The [codes](#error-codes) are stable: they never change their meaning.

## Writing it

- Account ids and cost centers are texts: put them in quotes, or YAML takes them for numbers and drops zeros in front.
- What has a default can be left out. What is there must have a value: a key without one is a mistake, not a default.
- Unknown keys, keys written twice, aliases (`*name`), merges (`<<`) and tags (`!name`) are refused, so that the file
  says what it seems to say. It is YAML 1.2 in UTF-8, at most {largest} and {entries} keys and values.
- For completion in an editor: `mlops-stages schema > platform.schema.json`, and as the first line of the file
  `# yaml-language-server: $schema=platform.schema.json`.

## Stages and accounts

A stage contains those before it, and needs their accounts too. Several purposes may share one account: a trial runs
with one. Accounts can be named before their stage comes: until then they need not exist, no policy names them and no
guardrail holds in them. A team is never above its platform.

| stage | accounts it adds |
| --- | --- |
{stages}

This version deploys up to stage `{built}`; a file that asks for more is refused.

## Regions

CloudFormation does not offer every type of resource everywhere. These regions have all that a stage needs; others are
refused.

| stage | regions |
| --- | --- |
{regions}

## Keys

{keys}

## Error codes

| code | what is wrong | what to do |
| --- | --- | --- |
{codes}
"""


def page() -> str:
    """The whole page, in Markdown."""
    return _PAGE.format(
        smallest=SMALLEST,
        mistakes=_mistakes(),
        largest=f"{LARGEST // 2**20} MiB",
        most=f"{MOST:,}",
        entries=f"{MOST_ENTRIES:,}",
        stages="\n".join(_row(f"`{stage}`", _purposes(stage)) for stage in Stage),
        built=OFFER.stage,
        regions="\n".join(
            _row(f"`{stage}`", ", ".join(f"`{region}`" for region in sorted(regions)))
            for stage, regions in OFFER.regions.items()
        ),
        keys="\n\n".join(_section(section, paths) for section, paths in sections_with_paths(Platform).items()),
        codes="\n".join(_row(cause.code, cause.meaning, cause.fix) for cause in CODES.values()),
    )


def _mistakes() -> str:
    """What is said of the example after three mistakes: the real output."""
    text = SMALLEST
    for right, wrong in _MISTAKES:
        text = text.replace(right, wrong)
    try:
        loads(text, "platform.yaml")
    except PlatformErrors as errors:
        return str(errors)
    raise AssertionError("the mistakes of the example are none")


def _purposes(stage: Stage) -> str:
    return ", ".join(f"`{purpose}`" for purpose in Purpose if purpose.stage is stage)


def _section(section: type[Section], paths: tuple[str, ...]) -> str:
    title = ", ".join(f"`{path}`" for path in paths) if paths else "The top of the file"
    if section in _FORMS:
        title += f", {_FORMS[section]}"
    rows = "\n".join(_field(section, key, field) for key, field in section.model_fields.items())
    return (
        f"### {title}\n\n{section.__doc__ and section.__doc__.split(chr(10))[0]}\n\n"
        f"| key | type | default | meaning | example |\n| --- | --- | --- | --- | --- |\n{rows}"
    )


def _field(section: type[Section], key: str, field: FieldInfo) -> str:
    rule = text_rule(section, (key,))
    noun = re.sub(r"^(an?|the) | that .*", "", rule.noun) if rule else "text"
    kind = _kind(field.annotation, noun)
    example = yaml_text(field.examples[0]) if field.examples else ""
    return _row(f"`{key}`", kind, _default(field), field.description or "", f"`{example}`")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default: object = field.get_default(call_default_factory=True)  # pyright: ignore[reportUnknownMemberType] - untyped
    if isinstance(default, Section):
        default = default.model_dump(mode="json", exclude_none=True)
    return "-" if default in (None, (), {}) else f"`{yaml_text(_plain(default))}`"


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return value.value if isinstance(value, StrEnum) else value


def _kind(annotation: Any, text: str) -> str:  # noqa: ANN401 - a type's form is of no one type
    if isinstance(annotation, type):
        return _kind_of_class(annotation, text)
    arguments = tuple(argument for argument in get_args(annotation) if argument is not type(None))
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin is tuple and isinstance(arguments[0], type) and issubclass(arguments[0], Section):
        return "list of maps"
    if origin is tuple:
        return f"list: {_kind(arguments[0], text)}"
    if origin is dict:
        return "map of texts"
    if origin is Annotated:
        return _kind(arguments[0], text)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(argument, text) for argument in arguments))
    raise TypeError(annotation)


def _kind_of_class(annotation: type, text: str) -> str:
    if issubclass(annotation, Section):
        return "map"
    if issubclass(annotation, StrEnum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    return {str: text, int: "whole number", float: "number", bool: "true or false"}[annotation]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    say(page().removesuffix("\n"))
