"""SageMaker's API as botocore describes it: the shapes of requests and of answers.

Only the one file is read, without a session or a client: 20 ms instead of 250.
"""

import gzip
import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

_MODEL = Path("data", "sagemaker", "2017-07-24", "service-2.json")

Shape = dict[str, Any]
"""A shape in botocore's JSON: `type`, and by type `members` and `required`, `member`, `key` and `value`, bounds."""


@lru_cache(maxsize=1)
def _service() -> dict[str, Any]:
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        message = "botocore is not installed, which this package requires; install the package anew"
        raise ModuleNotFoundError(message)
    plain = Path(spec.origin).parent / _MODEL
    # Since 1.31 botocore ships its data compressed; a distribution may have unpacked it.
    data = plain.read_bytes() if plain.exists() else gzip.decompress(plain.with_suffix(".json.gz").read_bytes())
    return json.loads(data)


def request_of(operation: str) -> str:
    """The name of the shape of an operation's request."""
    return _service()["operations"][operation]["input"]["shape"]


def answer_of(operation: str) -> str:
    """The name of the shape of an operation's answer."""
    return _service()["operations"][operation]["output"]["shape"]


def shape(name: str) -> Shape:
    """A shape by its name."""
    return _service()["shapes"][name]


def members(of: Shape) -> dict[str, str]:
    """The names of the shapes of a structure's fields."""
    fields = cast("dict[str, dict[str, str]]", of.get("members", {}))
    return {name: field["shape"] for name, field in fields.items()}
