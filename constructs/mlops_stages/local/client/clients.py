"""AWS clients of the local AWS, for whoever a set of variables stands for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

# By name, because boto3 has no types to check.
_boto3: Any = importlib.import_module("boto3")
_config: Any = importlib.import_module("botocore.config")


def client(service: str, variables: Mapping[str, str], config: Any = None) -> Any:  # noqa: ANN401  # built at run time
    """Return a boto3 client of the caller that `endpoint.environment` or `endpoint.holder` describes.

    `config` takes the place of what clients are configured with.
    """
    return _boto3.session.Session().client(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables.get("AWS_SESSION_TOKEN"),
        config=config
        or _config.Config(retries={"max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"}),
    )
