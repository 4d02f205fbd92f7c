"""The qualifier of `cdk bootstrap`, which starts the names of the roles and buckets that a deploy goes through."""

import json
import re
from pathlib import Path
from typing import Any, cast

from mlops_stages import files
from mlops_stages.platform.errors import Fault, shown

CONTEXT_KEY = "@aws-cdk/core:bootstrapQualifier"
"""Where the CDK's context says it. Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html"""

DEFAULT_QUALIFIER = "hnb659fds"
"""The CDK's own."""

_CONTEXTS = (("cdk.json", True), ("cdk.context.json", False))
"""The files of a project that hold context, the first wins; whether it is under the key `context` there."""


_LARGEST = 1 << 20


def in_context(directory: Path) -> object:
    """What the context files of a CDK project say of the qualifier; None where they say nothing."""
    for name, nested in _CONTEXTS:
        try:
            found: object = json.loads(files.content(directory / name, _LARGEST))
        except (OSError, ValueError):  # the CDK says so itself
            continue
        context = cast("dict[str, Any]", found).get("context") if nested and isinstance(found, dict) else found
        if isinstance(context, dict) and CONTEXT_KEY in context:
            return cast("dict[str, object]", context)[CONTEXT_KEY]
    return None


def fault_between(given: str | None, context: object) -> Fault | None:
    """What is wrong with a qualifier of platform.yaml beside that of the CDK's context, either of them not given."""
    if context is None or (given is None and isinstance(context, str) and re.fullmatch("[a-z0-9]{1,10}", context)):
        return None
    if given is None:
        message = f"The CDK's context has {CONTEXT_KEY} {shown(context)}; `cdk bootstrap` takes 1 to 10 of a-z and 0-9."
        return Fault("PLT-340", ("bootstrap_qualifier",), message, "Correct it in cdk.json, or remove it there.")
    if context == given:
        return None
    message = f"The qualifier is {shown(given)} here and {shown(context)} in the CDK's context ({CONTEXT_KEY})."
    return Fault("PLT-340", ("bootstrap_qualifier",), message, "Remove one of the two, or write the same in both.")
