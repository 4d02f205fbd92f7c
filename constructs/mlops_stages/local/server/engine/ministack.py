"""ministack itself: its settings, its modules, and whose request is being served."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

SETTINGS = {
    "AUTH": "true",  # signatures and policies are checked
    "BIND_HOST": "127.0.0.1",  # the default binds all interfaces
    "MINISTACK_HOST": "127.0.0.1",
    "IOT_MTLS_ENABLED": "0",  # no MQTT port
    "SFTP_ENABLED": "0",  # no SFTP port
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "LAMBDA_EXECUTOR": "local",  # never Docker: functions.py makes the containers
    "ATHENA_ENGINE": "mock",  # its DuckDB would read any file of this machine that a query names
    "DOCKER_HOST": "unix:///nonexistent/docker.sock",  # no container is ever started, or removed
    "AWS_ACCESS_KEY_ID": "none",  # ministack would take it for a root's: no request that is signed with it passes
    "AWS_SECRET_ACCESS_KEY": "none",
    "LOG_LEVEL": "WARNING",
}
_UNWANTED = (
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "LOCALSTACK_PERSISTENCE",
    "MINISTACK_ACCOUNT_ID",
    "SERVICES",
    "USE_SSL",
)
os.environ.update(SETTINGS)
for _name in _UNWANTED:
    os.environ.pop(_name, None)

# Imported by name, and only now: ministack reads its settings while it is imported, and it has no types to check.
app: Any = importlib.import_module("ministack.app")
iam_actions: Any = importlib.import_module("ministack.core.iam_actions")
iam_evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
responses: Any = importlib.import_module("ministack.core.responses")
router: Any = importlib.import_module("ministack.core.router")
cloudformation: Any = importlib.import_module("ministack.services.cloudformation")
change_sets: Any = importlib.import_module("ministack.services.cloudformation.changesets")
stack_handlers: Any = importlib.import_module("ministack.services.cloudformation.handlers")
stack_operations: Any = importlib.import_module("ministack.services.cloudformation.stacks")
provisioners: Any = importlib.import_module("ministack.services.cloudformation.provisioners")
cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
eventbridge: Any = importlib.import_module("ministack.services.eventbridge")
ec2: Any = importlib.import_module("ministack.services.ec2")
ecr: Any = importlib.import_module("ministack.services.ecr")
glue: Any = importlib.import_module("ministack.services.glue")
iam: Any = importlib.import_module("ministack.services.iam")
lambda_runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
lambda_svc: Any = importlib.import_module("ministack.services.lambda_svc")
node_pool: Any = importlib.import_module("ministack.core.node_pool")
kms: Any = importlib.import_module("ministack.services.kms")
s3: Any = importlib.import_module("ministack.services.s3")
scheduler: Any = importlib.import_module("ministack.services.scheduler")
sns: Any = importlib.import_module("ministack.services.sns")
sqs: Any = importlib.import_module("ministack.services.sqs")
stepfunctions: Any = importlib.import_module("ministack.services.stepfunctions")
sts: Any = importlib.import_module("ministack.services.sts")

application: Any = app.app
"""The ASGI application that answers every AWS request."""

Headers = Mapping[str, str]
"""Request headers, names in lower case."""

Query = Mapping[str, Any]
"""Query parameters as parse_qs gives them."""

Response = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


def account() -> str:
    """Return the account of the request being served, 12 digits."""
    return responses.get_account_id()


def region() -> str:
    """Return the region of the request being served."""
    return responses.get_region()


def within(owner: str, where: str) -> AbstractContextManager[None]:
    """Serve what runs inside as if the request were for account `owner` and region `where`."""
    return responses.request_scope(owner, where)
