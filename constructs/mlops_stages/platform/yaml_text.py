"""Small values as someone would write them in platform.yaml."""

import json
import re
from typing import cast

from mlops_stages.platform.scalars import meaning

_PLAIN = re.compile(r"[A-Za-z0-9_./+@-][A-Za-z0-9_./+@:-]*")


def yaml_text(value: object) -> str:
    """A value on one line of YAML."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value).items()
        return "{" + ", ".join(f"{yaml_text(key)}: {yaml_text(item)}" for key, item in entries) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(yaml_text(item) for item in cast("list[object]", value)) + "]"
    if isinstance(value, str):
        is_safe = _PLAIN.fullmatch(value) and not value.endswith(":") and value[0] != "-"
        return str(value) if is_safe and meaning(value) == value else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
