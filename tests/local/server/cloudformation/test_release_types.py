"""The types that releases and their delivery take: created, described, changed and deleted as declared."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from mlops_stages.local.client import honesty
from tests.local.clients import LocalAws
from tests.local.stacks import RefusedStackError, Stack, Value, att, changed, ref, resource, trust

TAGS = [{"Key": "team", "Value": "fraud"}]
NOT_KEPT = {
    "AWS::CodeBuild::Project Cache.Type",
    "AWS::CodeBuild::Project LogsConfig.CloudWatchLogs.GroupName",
    "AWS::CodeBuild::Project LogsConfig.CloudWatchLogs.Status",
    "AWS::CodeBuild::Project QueuedTimeoutInMinutes",
    "AWS::DynamoDB::Table PointInTimeRecoverySpecification.RecoveryPeriodInDays",
}
"""What the emulators accept and do not keep."""

NOT_SHOWN = {"AWS::CodePipeline::Pipeline RestartExecutionOnUpdate", "AWS::Lambda::Function Code"}


def policy(service: str, action: str, on: Value) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": on}
    return {"Version": "2012-10-17", "Statement": [statement]}


def may_anything(account: str) -> dict[str, Any]:
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}],
    }


def queues(account: str) -> dict[str, Any]:
    return {
        "Key": resource("AWS::KMS::Key", KeyPolicy=may_anything(account)),
        "Dead": resource("AWS::SQS::Queue", FifoQueue=True, MessageRetentionPeriod=1209600, KmsMasterKeyId=ref("Key")),
        "Queue": resource(
            "AWS::SQS::Queue",
            QueueName="ledger.fifo",
            FifoQueue=True,
            ContentBasedDeduplication=True,
            DeduplicationScope="messageGroup",
            FifoThroughputLimit="perMessageGroupId",
            VisibilityTimeout=180,
            KmsMasterKeyId=ref("Key"),
            KmsDataKeyReusePeriodSeconds=3600,
            RedrivePolicy={"deadLetterTargetArn": att("Dead", "Arn"), "maxReceiveCount": 5},
            Tags=TAGS,
        ),
        "Failed": resource("AWS::SQS::Queue", SqsManagedSseEnabled=True),
        "QueuePolicy": resource(
            "AWS::SQS::QueuePolicy",
            Queues=[ref("Queue")],
            PolicyDocument=policy("events.amazonaws.com", "sqs:SendMessage", att("Queue", "Arn")),
        ),
    }


def functions() -> dict[str, Any]:
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    reads = {"Effect": "Allow", "Action": actions, "Resource": att("Queue", "Arn")}
    document = {"Version": "2012-10-17", "Statement": [reads]}
    return {
        "Role": resource(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
            Policies=[{"PolicyName": "reads", "PolicyDocument": document}],
        ),
        "Logs": resource("AWS::Logs::LogGroup", LogGroupName="/aws/lambda/request"),
        "Function": resource(
            "AWS::Lambda::Function",
            FunctionName="request",
            Runtime="python3.13",
            Handler="index.handler",
            Role=att("Role", "Arn"),
            Code={"ZipFile": "def handler(event, context):\n    return 1\n"},
            Architectures=["arm64"],
            MemorySize=256,
            Timeout=20,
            Environment={"Variables": {"MODEL": "a"}},
            KmsKeyArn=att("Key", "Arn"),
            TracingConfig={"Mode": "Active"},
            DeadLetterConfig={"TargetArn": att("Failed", "Arn")},
            LoggingConfig={"LogFormat": "JSON", "LogGroup": ref("Logs"), "ApplicationLogLevel": "INFO"},
            Tags=TAGS,
        ),
        "Source": resource(
            "AWS::Lambda::EventSourceMapping",
            FunctionName=ref("Function"),
            EventSourceArn=att("Queue", "Arn"),
            BatchSize=1,
            Enabled=True,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 2},
        ),
        "Retries": resource(
            "AWS::Lambda::EventInvokeConfig",
            FunctionName=ref("Function"),
            Qualifier="$LATEST",
            MaximumRetryAttempts=1,
            MaximumEventAgeInSeconds=600,
            DestinationConfig={"OnFailure": {"Destination": att("Failed", "Arn")}},
        ),
        "Bus": resource(
            "AWS::Events::EventBus",
            Name="releases",
            Description="what is released",
            KmsKeyIdentifier=att("Key", "Arn"),
            DeadLetterConfig={"Arn": att("Failed", "Arn")},
        ),
        "BusPolicy": resource(
            "AWS::Events::EventBusPolicy",
            EventBusName=ref("Bus"),
            StatementId="PutFromThere",
            Statement={
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
                "Action": "events:PutEvents",
                "Resource": att("Bus", "Arn"),
            },
        ),
        "Rule": resource(
            "AWS::Events::Rule",
            EventBusName=ref("Bus"),
            EventPattern={"source": ["acme"]},
            State="ENABLED",
            Targets=[
                {
                    "Id": "request",
                    "Arn": att("Function", "Arn"),
                    "DeadLetterConfig": {"Arn": att("Failed", "Arn")},
                    "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600},
                }
            ],
        ),
        "Permission": resource(
            "AWS::Lambda::Permission",
            FunctionName=ref("Function"),
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=att("Rule", "Arn"),
        ),
    }


def machines() -> dict[str, Any]:
    definition = {"StartAt": "Check", "States": {"Check": {"Type": "Pass", "End": True}}}
    services = {"Service": ["states.amazonaws.com", "scheduler.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": services, "Action": "sts:AssumeRole"}
    trusted = {"Version": "2012-10-17", "Statement": [statement]}
    return {
        "Table": resource(
            "AWS::DynamoDB::Table",
            TableName="releases",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35},
            SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": att("Key", "Arn")},
            DeletionProtectionEnabled=True,
            TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
            Tags=TAGS,
        ),
        "States": resource("AWS::IAM::Role", AssumeRolePolicyDocument=trusted),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            StateMachineName="promotion",
            StateMachineType="STANDARD",
            RoleArn=att("States", "Arn"),
            DefinitionString=json.dumps(definition),
            LoggingConfiguration={
                "Level": "ALL",
                "IncludeExecutionData": False,
                "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": att("Logs", "Arn")}}],
            },
            TracingConfiguration={"Enabled": True},
            EncryptionConfiguration={
                "Type": "CUSTOMER_MANAGED_KMS_KEY",
                "KmsKeyId": att("Key", "Arn"),
                "KmsDataKeyReusePeriodSeconds": 300,
            },
            Tags=TAGS,
        ),
        "Timer": resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust("scheduler.amazonaws.com")),
        "Schedules": resource("AWS::Scheduler::ScheduleGroup", Name="ledger"),
        "Schedule": resource(
            "AWS::Scheduler::Schedule",
            Name="heads",
            GroupName=ref("Schedules"),
            ScheduleExpression="cron(0 3 * * ? *)",
            ScheduleExpressionTimezone="UTC",
            State="ENABLED",
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
            KmsKeyArn=att("Key", "Arn"),
            Target={
                "Arn": att("Function", "Arn"),
                "RoleArn": att("Timer", "Arn"),
                "Input": "{}",
                "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
                "DeadLetterConfig": {"Arn": att("Failed", "Arn")},
            },
        ),
    }


def action(name: str, category: str, provider: str, **more: Value) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "ActionTypeId": kind, "RunOrder": 1, **more}


def delivery(account: str) -> dict[str, Any]:
    source = action(
        "Source",
        "Source",
        "CodeStarSourceConnection",
        Configuration={"FullRepositoryId": "acme/platform", "BranchName": "main", "DetectChanges": "true"},
        OutputArtifacts=[{"Name": "code"}],
    )
    build = action(
        "Synth",
        "Build",
        "CodeBuild",
        Configuration={"ProjectName": ref("Project")},
        InputArtifacts=[{"Name": "code"}],
    )
    return {
        "Bucket": resource(
            "AWS::S3::Bucket",
            BucketName=f"delivery-{account}",
            ObjectLockEnabled=True,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}},
            },
            VersioningConfiguration={"Status": "Enabled"},
            NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": att("Key", "Arn"),
                        },
                    }
                ]
            },
        ),
        "Managed": resource(
            "AWS::IAM::ManagedPolicy",
            ManagedPolicyName="read-code",
            Path="/acme/",
            PolicyDocument={
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::code/*"}],
            },
            Roles=[ref("Role")],
        ),
        "Project": resource(
            "AWS::CodeBuild::Project",
            Name="synth",
            ServiceRole=att("States", "Arn"),
            Artifacts={"Type": "CODEPIPELINE"},
            Environment={
                "Type": "LINUX_CONTAINER",
                "ComputeType": "BUILD_GENERAL1_SMALL",
                "Image": "aws/codebuild/standard:7.0",
                "PrivilegedMode": False,
            },
            Source={"Type": "CODEPIPELINE", "BuildSpec": "{}"},
            EncryptionKey=att("Key", "Arn"),
            TimeoutInMinutes=30,
            QueuedTimeoutInMinutes=30,
            LogsConfig={"CloudWatchLogs": {"Status": "ENABLED", "GroupName": ref("Logs")}},
            Cache={"Type": "NO_CACHE"},
        ),
        "Pipeline": resource(
            "AWS::CodePipeline::Pipeline",
            Name="platform",
            RoleArn=att("States", "Arn"),
            PipelineType="V2",
            ExecutionMode="QUEUED",
            RestartExecutionOnUpdate=True,
            ArtifactStore={
                "Type": "S3",
                "Location": ref("Bucket"),
                "EncryptionKey": {"Type": "KMS", "Id": att("Key", "Arn")},
            },
            Stages=[{"Name": "Source", "Actions": [source]}, {"Name": "Synth", "Actions": [build]}],
            Tags=TAGS,
        ),
    }


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def compared(stack: Stack) -> tuple[set[str], set[str]]:
    """What is accepted and not kept, and what is not checked, of all that the stack declares."""
    mine = [each for each in honesty.declared(stack.aws.endpoint) if each.stack == stack.name]
    report = honesty.Comparison(stack.aws.endpoint).compare(mine)
    return (
        {f"{each.type} {each.property}" for each in report.accepted},
        {f"{each.type} {each.property}" for each in report.unchecked},
    )


def test_what_is_declared_is_described_and_what_is_not_kept_is_said(stack: Stack) -> None:
    account = stack.account
    resources = {**queues(account), **functions(), **machines(), **delivery(account)}
    stack.create(resources)
    assert compared(stack) == (NOT_KEPT, NOT_SHOWN)
    ids = {name: stack.id_of(name) for name in resources}
    for name, properties in CHANGES.items():
        resources = changed(resources, name, **properties)
    stack.update(resources)
    accepted, unchecked = compared(stack)
    assert (accepted - NOT_KEPT, unchecked) == (set(), NOT_SHOWN)
    assert {name: stack.id_of(name) for name in resources} == ids
    stack.delete()
    listed = {
        "sqs": stack.client("sqs").list_queues().get("QueueUrls", []),
        "lambda": stack.client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "dynamodb": stack.client("dynamodb").list_tables()["TableNames"],
        "states": stack.client("stepfunctions").list_state_machines()["stateMachines"],
        "scheduler": stack.client("scheduler").list_schedules()["Schedules"],
        "codepipeline": stack.client("codepipeline").list_pipelines()["pipelines"],
        "codebuild": stack.client("codebuild").list_projects()["projects"],
    }
    assert {name: found for name, found in listed.items() if found} == {}


CHANGES: dict[str, dict[str, Value]] = {
    "Queue": {
        "VisibilityTimeout": 60,
        "RedrivePolicy": {"deadLetterTargetArn": att("Dead", "Arn"), "maxReceiveCount": 9},
    },
    "QueuePolicy": {"PolicyDocument": policy("sns.amazonaws.com", "sqs:SendMessage", att("Queue", "Arn"))},
    "Function": {
        "Timeout": 30,
        "Environment": {"Variables": {"MODEL": "b"}},
        "DeadLetterConfig": None,
        "KmsKeyArn": None,
        "Tags": [{"Key": "team", "Value": "other"}],
    },
    "Source": {"BatchSize": 5, "Enabled": False},
    "Retries": {"MaximumRetryAttempts": 0},
    "Bus": {"Description": "all that is released"},
    "Rule": {"EventPattern": {"source": ["acme.models"]}, "State": "DISABLED"},
    "Table": {
        "DeletionProtectionEnabled": False,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
        "Tags": [{"Key": "team", "Value": "other"}],
    },
    "Machine": {
        "LoggingConfiguration": {
            "Level": "ERROR",
            "IncludeExecutionData": True,
            "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": att("Logs", "Arn")}}],
        },
    },
    "Schedule": {"ScheduleExpression": "rate(1 day)", "State": "DISABLED"},
    "Bucket": {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3651}},
        }
    },
    "Project": {"Description": "the platform's", "TimeoutInMinutes": 40},
    "Pipeline": {"ExecutionMode": "SUPERSEDED", "Tags": [{"Key": "team", "Value": "other"}]},
}
"""Changes in place, by resource."""


def table(**more: Value) -> dict[str, Any]:
    return resource(
        "AWS::DynamoDB::Table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **more,
    )


def test_a_table_under_protection_stays_when_its_stack_is_deleted(stack: Stack) -> None:
    stack.create({"Table": table(DeletionProtectionEnabled=True)})
    name = stack.id_of("Table")
    with pytest.raises(RefusedStackError, match="Disable deletion protection"):
        stack.delete()
    assert stack.client("dynamodb").describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "no-key"}}, "NotFoundException"),
        ({"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "other"}}, "disable it before"),
    ],
)
def test_a_table_with_what_aws_refuses_is_refused(stack: Stack, properties: dict[str, Any], says: str) -> None:
    resources = {"Table": table(TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})}
    stack.create(resources)
    with pytest.raises(RefusedStackError, match=says):
        stack.update(changed(resources, "Table", **properties))
    name = stack.id_of("Table")
    found = stack.client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert found["AttributeName"] == "expires"


def test_a_key_signs_and_what_it_signed_is_verified_by_its_public_key_alone(stack: Stack) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    signer = resource(
        "AWS::KMS::Key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", KeyPolicy=may_anything(stack.account)
    )
    stack.create({"Signer": signer})
    assert compared(stack) == (set(), set())
    kms, key, message = stack.client("kms"), stack.id_of("Signer"), secrets.token_bytes(64)
    given = {"KeyId": key, "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=message, **given)["Signature"]
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    assert kms.verify(Message=message, Signature=signature, **given)["SignatureValid"]
    with pytest.raises(Exception, match="KMSInvalidSignatureException"):
        kms.verify(Message=message[1:], Signature=signature, **given)
