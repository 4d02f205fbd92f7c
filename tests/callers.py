"""Callers of the local AWS, for tests of every folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]  (it has none)
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]  (nor has it)

ONCE = Config(retries={"max_attempts": 1, "mode": "standard"})


@dataclass(frozen=True)
class Caller:
    """Someone who may call the local AWS: the root of an account, or a person in Studio."""

    variables: Mapping[str, str]

    def client(self, service: str) -> Any:  # noqa: ANN401  (boto3 has no types)
        """Return a boto3 client with the caller's credentials, that does not try again."""
        return boto3.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            service,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            region_name=self.variables["AWS_REGION"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.variables.get("AWS_SESSION_TOKEN"),
            config=ONCE,
        )
