"""The honesty report of a real deployment: what is held is not named, and what is not held is."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from mlops_stages.local.client import honesty
from mlops_stages.local.client.honesty import Report
from tests.local.clients import LocalAws
from tests.local.stacks import Stack, after, att, network, ref, resource, role, trust

TAGS = [{"Key": "team", "Value": "fraud"}]


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def report(stack: Stack) -> Report:
    """The report of one account's resources, since other tests use the same local AWS."""
    resources = [found for found in honesty.declared(stack.aws.endpoint) if found.account == stack.account]
    return honesty.Comparison(stack.aws.endpoint).compare(resources)


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def account_template(account: str) -> dict[str, Any]:
    """Every type of the Initial stage, with the properties that it uses."""
    bucket = f"trail-{account}"
    service = {"Service": "cloudtrail.amazonaws.com"}
    acl = {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"}
    put = {**acl, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*"}
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    encrypt = {**acl, "Action": "kms:GenerateDataKey*", "Resource": "*"}
    allow = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    blocked = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    tagged = {"Tags": TAGS}
    https = {"GroupId": ref("Group"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("Key", "Arn")}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    idle = {"IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}}
    return {
        **network(),
        "Key": resource(
            "AWS::KMS::Key", KeyPolicy=document(root, encrypt), EnableKeyRotation=True, PendingWindowInDays=7, **tagged
        ),
        "Alias": resource("AWS::KMS::Alias", AliasName="alias/data", TargetKeyId=att("Key", "Arn")),
        "Boundary": resource("AWS::IAM::ManagedPolicy", PolicyDocument=document(allow), Description="limits"),
        "Role": role(
            Path="/people/",
            PermissionsBoundary=ref("Boundary"),
            ManagedPolicyArns=[ref("Boundary")],
            Policies=[{"PolicyName": "own", "PolicyDocument": document(allow)}],
            MaxSessionDuration=7200,
            **tagged,
        ),
        "Table": resource("AWS::EC2::RouteTable", VpcId=ref("Vpc"), **tagged),
        "Association": resource(
            "AWS::EC2::SubnetRouteTableAssociation", RouteTableId=ref("Table"), SubnetId=ref("Subnet")
        ),
        "In": resource("AWS::EC2::SecurityGroupIngress", **https, SourceSecurityGroupId=ref("Group")),
        "Out": resource("AWS::EC2::SecurityGroupEgress", **https, CidrIp=att("Vpc", "CidrBlock")),
        "Interface": resource(
            "AWS::EC2::VPCEndpoint",
            VpcId=ref("Vpc"),
            ServiceName="com.amazonaws.eu-west-1.sagemaker.api",
            VpcEndpointType="Interface",
            SubnetIds=[ref("Subnet")],
            SecurityGroupIds=[ref("Group")],
            PrivateDnsEnabled=True,
            PolicyDocument=document(anyone),
            **tagged,
        ),
        "Gateway": resource(
            "AWS::EC2::VPCEndpoint",
            VpcId=ref("Vpc"),
            ServiceName="com.amazonaws.eu-west-1.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[ref("Table")],
            PolicyDocument=document(anyone),
        ),
        "FlowRole": resource(
            "AWS::IAM::Role", AssumeRolePolicyDocument=trust("vpc-flow-logs.amazonaws.com"), Description="flow logs"
        ),
        "Logs": resource("AWS::Logs::LogGroup", RetentionInDays=30, KmsKeyId=att("Key", "Arn"), **tagged),
        "Flow": resource(
            "AWS::EC2::FlowLog",
            ResourceId=ref("Vpc"),
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestination=att("Logs", "Arn"),
            DeliverLogsPermissionArn=att("FlowRole", "Arn"),
            MaxAggregationInterval=60,
            **tagged,
        ),
        "Trails": resource("AWS::S3::Bucket", BucketName=bucket, ObjectLockEnabled=True, ObjectLockConfiguration=lock),
        "MayWrite": resource("AWS::S3::BucketPolicy", Bucket=ref("Trails"), PolicyDocument=document(acl, put)),
        "Data": resource(
            "AWS::S3::Bucket",
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": by_key}
                ]
            },
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration=blocked,
            LoggingConfiguration={"DestinationBucketName": ref("Trails"), "LogFilePrefix": "data/"},
            LifecycleConfiguration={
                "Rules": [
                    {"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
                    {"Id": "cold", "Status": "Enabled", "Prefix": "raw/", "ExpirationInDays": 365},
                ]
            },
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            **tagged,
        ),
        "Trail": after(
            "MayWrite",
            resource(
                "AWS::CloudTrail::Trail",
                IsLogging=True,
                S3BucketName=ref("Trails"),
                EnableLogFileValidation=True,
                IsMultiRegionTrail=True,
                KMSKeyId=att("Key", "Arn"),
                EventSelectors=[
                    {"ReadWriteType": "All", "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
                ],
                **tagged,
            ),
        ),
        "Topic": resource("AWS::SNS::Topic", KmsMasterKeyId=ref("Key"), DisplayName="owners", **tagged),
        "MayPublish": resource(
            "AWS::SNS::TopicPolicy",
            Topics=[ref("Topic")],
            PolicyDocument=document({**anyone, "Resource": ref("Topic")}),
        ),
        "Owner": resource(
            "AWS::SNS::Subscription", TopicArn=ref("Topic"), Protocol="email", Endpoint="owner@acme.example"
        ),
        "Filter": resource(
            "AWS::Logs::MetricFilter",
            LogGroupName=ref("Logs"),
            FilterPattern="ERROR",
            MetricTransformations=[{"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}],
        ),
        "Alarm": resource(
            "AWS::CloudWatch::Alarm",
            MetricName="m",
            Namespace="n",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[ref("Topic")],
            **tagged,
        ),
        "Domain": resource(
            "AWS::SageMaker::Domain",
            DomainName="acme",
            AuthMode="IAM",
            AppNetworkAccessType="VpcOnly",
            VpcId=ref("Vpc"),
            SubnetIds=[ref("Subnet")],
            KmsKeyId=ref("Key"),
            DefaultUserSettings={
                "ExecutionRole": att("Role", "Arn"),
                "SecurityGroups": [ref("Group")],
                "JupyterLabAppSettings": {"AppLifecycleManagement": idle},
            },
            **tagged,
        ),
        "Ann": resource(
            "AWS::SageMaker::UserProfile",
            DomainId=ref("Domain"),
            UserProfileName="ann",
            UserSettings={"ExecutionRole": att("Role", "Arn")},
            **tagged,
        ),
        "Tracking": resource(
            "AWS::SageMaker::MlflowApp",
            Name="tracking",
            ArtifactStoreUri="s3://acme-data/mlflow",
            RoleArn=att("Role", "Arn"),
            **tagged,
        ),
        "Budget": resource(
            "AWS::Budgets::Budget",
            Budget={"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 2000, "Unit": "USD"}},
            NotificationsWithSubscribers=[
                {
                    "Notification": {
                        "NotificationType": "ACTUAL",
                        "ComparisonOperator": "GREATER_THAN",
                        "Threshold": 80,
                    },
                    "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "lead@acme.example"}],
                }
            ],
            ResourceTags=TAGS,
        ),
        "Monitor": resource(
            "AWS::CE::AnomalyMonitor", MonitorName="all", MonitorType="DIMENSIONAL", MonitorDimension="SERVICE"
        ),
        "Subscription": resource(
            "AWS::CE::AnomalySubscription",
            SubscriptionName="owners",
            MonitorArnList=[ref("Monitor")],
            Frequency="DAILY",
            Subscribers=[{"Type": "EMAIL", "Address": "owner@acme.example"}],
            ThresholdExpression=json.dumps(
                {
                    "Dimensions": {
                        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                        "Values": ["100"],
                    }
                }
            ),
        ),
    }


def test_everything_that_the_initial_stage_declares_is_held(stack: Stack) -> None:
    template = account_template(stack.account)
    stack.create(template)
    found = report(stack)
    assert found.resources == len(template)
    assert [line for line in found.lines() if "accepted" in line] == []
    assert [(item.type, item.property) for item in found.unchecked] == [("AWS::KMS::Key", "PendingWindowInDays")]
    assert set(found.held) == {item["Type"] for item in template.values()}
    assert all(found.held.values())


def test_a_property_that_the_emulator_drops_is_named(stack: Stack) -> None:
    stack.create({"Data": resource("AWS::S3::Bucket", AccelerateConfiguration={"AccelerationStatus": "Enabled"})})
    (item,) = report(stack).unchecked
    assert (item.type, item.property) == ("AWS::S3::Bucket", "AccelerateConfiguration")


def test_a_property_changed_behind_the_template_is_named_with_what_the_api_says(stack: Stack) -> None:
    stack.create({"Logs": resource("AWS::Logs::LogGroup", RetentionInDays=30)})
    stack.client("logs").put_retention_policy(logGroupName=stack.id_of("Logs"), retentionInDays=7)
    (item,) = report(stack).accepted
    assert (item.type, item.property, item.reason) == ("AWS::Logs::LogGroup", "RetentionInDays", "differs")
    assert "7" in item.example


def test_a_resource_deleted_behind_the_template_is_named(stack: Stack) -> None:
    stack.create({"Topic": resource("AWS::SNS::Topic", DisplayName="owners")})
    stack.client("sns").delete_topic(TopicArn=stack.id_of("Topic"))
    (item,) = report(stack).accepted
    assert (item.property, item.reason) == ("DisplayName", "not described")


def test_the_report_follows_an_update(stack: Stack) -> None:
    stack.create({"Role": role(Description="one")})
    stack.update({"Role": role(Description="two", MaxSessionDuration=7200)})
    found = report(stack)
    assert (found.accepted, found.held) == ((), {"AWS::IAM::Role": 3})


def test_hundreds_of_resources_are_read_in_a_few_seconds(stack: Stack) -> None:
    for part in range(4):
        roles = {f"Role{n}": role(Description=f"role {n}", Tags=TAGS) for n in range(50)}
        Stack(stack.aws, stack.account, f"{stack.name}-{part}").create(roles)
    started = time.monotonic()
    found = report(stack)
    assert (found.resources, found.held) == (200, {"AWS::IAM::Role": 600})
    assert time.monotonic() - started < 10
