"""The names of what a pipeline's steps create."""

from __future__ import annotations

import re
import secrets
import string

_RANDOM = 10
_LONGEST_NAME = 63
_LONGEST_PREFIX = 38


def job_name(execution_id: str, step_name: str, prefix: str = "pipelines") -> str:
    """Return a name as SageMaker makes one for what a step creates; a prefix of up to 38 characters stays whole.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    """
    suffix = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(_RANDOM))
    head = f"{prefix[:_LONGEST_PREFIX]}-{execution_id}"
    step = re.sub(r"[^a-zA-Z0-9]+", "-", step_name)[: max(0, _LONGEST_NAME - len(head) - _RANDOM - 2)].strip("-")
    return "-".join(filter(None, (head, step, suffix)))[:_LONGEST_NAME]
