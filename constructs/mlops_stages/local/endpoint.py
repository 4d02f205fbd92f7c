"""Pointing any AWS client at the local AWS by environment variables, and at nothing of the machine's own."""

from __future__ import annotations

import os
from collections.abc import Mapping


def environment(endpoint: str, account: str, region: str) -> dict[str, str]:
    """Return the variables that make any AWS client the root of `account` in `region` at `endpoint`.

    They name no profile, and files that do not exist, so that no credentials of the machine are ever sent.
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def holder(endpoint: str, account: str, region: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make any AWS client the holder of temporary credentials of `account`."""
    return environment(endpoint, account, region) | {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


UNWANTED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CA_BUNDLE",
)
"""Variables to take out of the environment beside setting those of `environment`."""
