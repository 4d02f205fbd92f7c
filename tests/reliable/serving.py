"""A served model, as the tests of this stage take it."""

from dataclasses import replace
from typing import Any

from aws_cdk import Stack

from mlops_stages.foundation import (
    AlarmTopic,
    CustomerManagedKey,
    Network,
    Perimeter,
    StandardTags,
    alarms_may_encrypt,
    events_may_encrypt,
    import_bucket,
)
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.reliable import (
    Batch,
    CaptureStore,
    Instances,
    ModelEndpoint,
    ModelTransform,
    Place,
    Rollout,
    ServedModel,
    ServiceLevel,
    ServingRole,
    ServingSecurityGroup,
)
from tests.foundation.built import NETWORK, ORGANIZATION, REGION, a_key

EXPERIMENTATION, DEVELOPMENT, TOOLING, DATA, _, PRODUCTION = (str(n) * 12 for n in range(1, 7))
ADDRESSES = Addresses(
    platform="acme",
    partition="aws",
    region=REGION,
    experimentation=EXPERIMENTATION,
    development=DEVELOPMENT,
    tooling=TOOLING,
    data=DATA,
    organization_id=ORGANIZATION,
)
HERE = Perimeter(partition="aws", account=PRODUCTION, region=REGION, organization_id=ORGANIZATION)
BOUNDARY = f"arn:aws:iam::{PRODUCTION}:policy/acme-production-boundary"
OWNER = "fraud-lead@acme.example"
GROUP = "sg-0a1b2c3d4e5f60718"
SERVED = ServedModel(
    addresses=ADDRESSES,
    perimeter=HERE,
    team="fraud",
    model="card-fraud",
    environment="production",
    owner=OWNER,
    network=replace(NETWORK, workload_security_group_id=GROUP),
)
PACKAGES = f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/fraud-card-fraud"
CAPTURE_BUCKET, CAPTURE_KEY = "arn:aws:s3:::captured", f"arn:aws:kms:{REGION}:{PRODUCTION}:key/captured"
FIXED = Instances(type="ml.m5.large", minimum=10)
SCALING = Instances(type="ml.m5.large", minimum=4, maximum=20, initial=6, requests_per_minute=600)
CANARY = Rollout(canary_percent=10, bake_minutes=30)
LEVEL = ServiceLevel(availability_percent=99.9, p99_latency_ms=150)
KEYS = f"arn:aws:kms:{REGION}:{PRODUCTION}:key"
GIVEN = Place(bucket_name="requests-bucket", prefix="card-fraud/today", key_arn=f"{KEYS}/given")
MADE = Place(bucket_name="answers-bucket", prefix="card-fraud", key_arn=f"{KEYS}/made")
BATCH = Batch(given=GIVEN, made=MADE, schedule="cron(0 5 * * ? *)", instance_type="ml.m5.xlarge", instances=2)
ROLE = f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.serve-production"
TAGS = StandardTags(team="fraud", model="card-fraud", stage="reliable", cost_center="4711")


def a_store(stack: Stack, **options: Any) -> CaptureStore:  # noqa: ANN401 - each test names a real option
    """The capture store of team fraud."""
    given: dict[str, Any] = {
        "perimeter": HERE,
        "addresses": ADDRESSES,
        "team": "fraud",
        "models": ["card-fraud"],
        "environment": "production",
        "classification": DataClassification.CONFIDENTIAL,
        "access_log_bucket": import_bucket(stack, "AccessLogs", name="access-logs"),
    }
    return CaptureStore(stack, "Capture", **{**given, **options})


def a_role(stack: Stack, **options: Any) -> ServingRole:  # noqa: ANN401 - each test names a real option
    """The role of model card-fraud, with its store and the key of its volumes."""
    given: dict[str, Any] = {
        "served": SERVED,
        "capture": a_store(stack).capture(),
        "volume_key_arn": f"arn:aws:kms:{REGION}:{PRODUCTION}:key/volumes",
        "permissions_boundary_arn": BOUNDARY,
    }
    return ServingRole(stack, "Serve", **{**given, **options})


def an_endpoint(stack: Stack, id: str = "Endpoint", **options: Any) -> ModelEndpoint:  # noqa: ANN401
    """Everything that a model needs to serve: network, keys, topic, store, role and endpoint."""
    key = options.pop("key", None) or a_key(stack, HERE)
    topic = AlarmTopic(stack, f"{id}Topic", perimeter=HERE, key_arn=key.key_arn, owners=[OWNER])
    given: dict[str, Any] = {
        "served": SERVED,
        "role_arn": ROLE,
        "capacity": FIXED,
        "rollout": CANARY,
        "level": LEVEL,
        "topic": topic,
        "runbook": "https://wiki.acme.example/card-fraud",
        "log_key_arn": key.key_arn,
        "volume_key_arn": key.key_arn,
    }
    if "capture" not in options:
        given["capture"] = a_store(stack).capture()
    return ModelEndpoint(stack, id, **{**given, **options})


def all_of_it(stack: Stack, here: Perimeter = HERE, **options: Any) -> ModelEndpoint:  # noqa: ANN401
    """An endpoint with its own group, keys and role, as someone else's app has it."""
    group = ServingSecurityGroup(stack, "Group", vpc_id=NETWORK.vpc_id, model="card-fraud")
    network = Network(vpc_id=NETWORK.vpc_id, subnet_ids=NETWORK.subnet_ids, workload_security_group_id=group.group_id)
    served = replace(SERVED, perimeter=here, network=network)
    volumes = CustomerManagedKey(
        stack, "Volumes", perimeter=here, alias="acme/serving", description="volumes", via=["sagemaker", "ec2"]
    )
    capture = a_store(stack, perimeter=here).capture()
    role = ServingRole(
        stack,
        "Serve",
        served=served,
        capture=capture,
        volume_key_arn=volumes.key_arn,
        permissions_boundary_arn=BOUNDARY,
    )
    TAGS.apply(stack)
    return an_endpoint(
        stack,
        served=served,
        key=a_key(stack, here),
        role_arn=role.role_arn,
        volume_key_arn=volumes.key_arn,
        capture=capture,
        **options,
    )


def a_transform(stack: Stack, id: str = "Transform", **options: Any) -> ModelTransform:  # noqa: ANN401
    """A transform with its store, key and topic."""
    key = CustomerManagedKey(
        stack,
        f"{id}Key",
        perimeter=HERE,
        alias="acme/told",
        description="alarms, rules and schedules",
        via=["scheduler", "sagemaker", "ec2"],
        statements=[alarms_may_encrypt(HERE), events_may_encrypt()],
    )
    topic = AlarmTopic(
        stack,
        f"{id}Topic",
        perimeter=HERE,
        key_arn=key.key_arn,
        owners=[OWNER],
        rule_arns=[SERVED.transform_rule_arn],
    )
    given: dict[str, Any] = {
        "served": SERVED,
        "role_arn": ROLE,
        "batch": BATCH,
        "volume_key_arn": key.key_arn,
        "schedule_key_arn": key.key_arn,
        "topic": topic,
        "runbook": "https://wiki.acme.example/card-fraud",
        "permissions_boundary_arn": BOUNDARY,
        "tags": TAGS,
    }
    if "capture" not in options:
        given["capture"] = a_store(stack).capture()
    return ModelTransform(stack, id, **{**given, **options})
