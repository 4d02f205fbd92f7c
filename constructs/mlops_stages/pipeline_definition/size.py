"""How much room definitions have: all of a team's are in one template, as JSON text inside JSON.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

import json
from collections.abc import Iterator

from mlops_stages.pipeline_definition.errors import Fault

TEMPLATE = 1_000_000
"""Bytes of a template in S3: AWS says "1 MB", which is read as the smaller of its two meanings."""
_OF_THE_TEAM = 80_000
"""Bytes that the rest of a team's stack may take: key, bucket, roles, outputs, metadata."""
_OF_A_MODEL = 30_000
"""Bytes of a model's role with its policies, of any number of data classifications."""
_OF_A_TOKEN = 250
"""Bytes of a value that is known when the stack is deployed, such as a subnet's id, with its place in a join."""
UNKNOWN = "known-when-deployed"
"""Stands for such a value where a definition is checked without a stack."""
_TOKENS = ("${Token[", UNKNOWN)
ADVICE = (
    "Move long arguments, environments and hyperparameters into files that the steps read from S3, or give a model to "
    "another team, which has a template of its own."
)


def bytes_in_template(body: str) -> int:
    """Bytes that a filled definition takes in a template: its quotes are escaped, what is not known yet is written out.

    Args:
        body: the definition as JSON in one line.
    """
    tokens = sum(body.count(token) for token in _TOKENS)
    return len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")) + _OF_A_TOKEN * tokens


def room(models: int) -> int:
    """Bytes that the definitions of a team's models have together."""
    return TEMPLATE - _OF_THE_TEAM - _OF_A_MODEL * models


def faults_of_size(body: str) -> Iterator[Fault]:
    """That a filled definition has no room in a template, even as the only one of its team."""
    size = bytes_in_template(body)
    if size > room(1):
        message = f"It takes {size:,} bytes of a CloudFormation template, which has room for {room(1):,}."
        yield Fault("PIP-003", None, (), message, ADVICE)
