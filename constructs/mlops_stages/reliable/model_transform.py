"""A model that scores by itself, on a schedule, what lies in a bucket: for models without an endpoint."""

import json
from typing import Any

from aws_cdk import Stack, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from mlops_stages.foundation import AlarmTopic, DutyRole, StandardTags, Statement
from mlops_stages.foundation.capabilities import deny_other_volume_keys, encrypt_volumes
from mlops_stages.reliable.capture_store import Capture
from mlops_stages.reliable.release_parameters import ReleaseParameters, refuse_a_second
from mlops_stages.reliable.released_model import hash_of, released_model
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.serving.batch import Batch

RUN, DUE = "<aws.scheduler.execution-id>", "<aws.scheduler.scheduled-time>"
"""What EventBridge Scheduler fills in at each run:
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"""
RETRIES, RETRY_SECONDS = 5, 3600
FAILED = ("Failed", "Stopped")


class ModelTransform(Construct):
    """One model's batch transform in one environment, released by the parameters of its stack as an endpoint is.

    At each time of the schedule, SageMaker scores everything in one place and writes the answers to another, into a
    folder named by the time that the run was due: a run that is tried again writes the same. A release has no canary:
    the next run is the new version's. A job that fails, and one that could not be started, is told to the topic.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html,
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        role_arn: str,
        batch: Batch,
        capture: Capture,
        volume_key_arn: str | None,
        schedule_key_arn: str,
        topic: AlarmTopic,
        runbook: str,
        permissions_boundary_arn: str,
        tags: StandardTags,
    ) -> None:
        """Create parameters, model, schedule, its role, and what tells of failures.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it runs.
            role_arn: of its `ServingRole`, which knows the same batch.
            batch: what is scored, and when.
            capture: where SageMaker notes which objects a run read and wrote; each answer gets an id.
            volume_key_arn: of the key of the instances' volumes; None for instances that encrypt their own.
            schedule_key_arn: of the key that the schedule is kept under; usable through `scheduler`.
            topic: who is told; made with `served.transform_rule_arn`, its key with `events_may_encrypt`.
            runbook: where that person reads what to do.
            permissions_boundary_arn: the most that the schedule's role may ever do.
            tags: of the jobs; the composer tags all else.

        Raises:
            ValueError: `REL-032`, `REL-033`, `REL-039`, `REL-040` for what a part refuses; `REL-041` for no
                network, or a key that does not go with the instances; `REL-037` for a stack that has an endpoint or
                a transform; `REL-038` for a runbook longer than a description takes.
        """
        served.check(id)
        batch.check(id)
        capture.check(id)
        if served.network is None or batch.encrypts_itself != (volume_key_arn is None):
            message = (
                f"REL-041: {id}: give a network, and a key for the volumes of {batch.instance_type}"
                f"{', which encrypt themselves: leave it out' if batch.encrypts_itself else ''}"
            )
            raise ValueError(message)
        told = served.told(id, runbook)
        refuse_a_second(scope, id)
        super().__init__(scope, id)
        release = ReleaseParameters(self, "Release", served=served)
        network = [*served.network.subnet_ids, served.network.workload_security_group_id]
        model = released_model(
            self,
            "Model",
            served=served,
            role_arn=role_arn,
            package_arn=release.package_arn,
            name=f"{release.config_name}-{hash_of(self, [role_arn, network])}",
            condition=release.serving,
        )
        group = scheduler.CfnScheduleGroup(self, "Group", name=served.transform_name)
        role = _schedule_role(self, served, batch, volume_key_arn, schedule_key_arn, permissions_boundary_arn)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=served.transform_name,
            group_name=group.ref,
            description=f"Scores {batch.given.prefix} by model {served.model}",
            schedule_expression=batch.schedule,
            schedule_expression_timezone=batch.time_zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            state="ENABLED",
            kms_key_arn=schedule_key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{served.perimeter.partition}:scheduler:::aws-sdk:sagemaker:createTransformJob",
                role_arn=role.role_arn,
                input=Stack.of(self).to_json_string(transform_job(served, model, batch, capture, volume_key_arn, tags)),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=RETRIES, maximum_event_age_in_seconds=RETRY_SECONDS
                ),
            ),
        )
        schedule.cfn_options.condition = release.serving
        self._tell(served, topic, told)
        # Not on the role: the tags of roles are those that policies may ask for.
        Tags.of(self).add("owner", served.owner, exclude_resource_types=["AWS::IAM::Role"])

    def _tell(self, served: ServedModel, topic: AlarmTopic, told: str) -> None:
        detail = {
            "TransformJobStatus": list(FAILED),
            # Any job with this model of any release, started by hand, too; but not those that test a version, which a
            # promotion tells of, and one of which is to fail.
            "ModelName": [{"prefix": served.config_prefix}],
            "TransformJobName": [{"anything-but": {"prefix": served.tries_prefix}}],
        }
        events.CfnRule(
            self,
            "Failed",
            name=served.transform_name,
            description=f"Failed transform jobs. {told}",
            event_pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Transform Job State Change"],
                "detail": detail,
            },
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Owner",
                    arn=topic.topic_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"job": "$.detail.TransformJobArn", "status": "$.detail.TransformJobStatus"},
                        input_template=f'"<status>: <job>. DescribeTransformJob says why."\n{json.dumps(told)}',
                    ),
                )
            ],
        )
        for name, metric, dimension, value, why in (
            ("Dropped", "InvocationDroppedCount", "ScheduleGroup", served.transform_name, "A run could not be started"),
            ("Untold", "FailedInvocations", "RuleName", served.transform_name, "A failed job could not be told of"),
        ):
            cloudwatch.CfnAlarm(
                self,
                name,
                alarm_name=f"{served.transform_name}-{name.lower()}",
                alarm_description=f"{why}. {told}",
                namespace="AWS/Scheduler" if dimension == "ScheduleGroup" else "AWS/Events",
                metric_name=metric,
                dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=dimension, value=value)],
                statistic="Sum",
                period=300,
                evaluation_periods=1,
                threshold=1,
                comparison_operator="GreaterThanOrEqualToThreshold",
                treat_missing_data="notBreaching",
                alarm_actions=[topic.topic_arn],
            )


def _schedule_role(
    scope: Construct,
    served: ServedModel,
    batch: Batch,
    volume_key_arn: str | None,
    schedule_key_arn: str,
    permissions_boundary_arn: str,
) -> DutyRole:
    group = served.perimeter.arn("scheduler", f"schedule-group/{served.transform_name}")
    return DutyRole(
        scope,
        "Role",
        platform=served.addresses.platform,
        team=served.team,
        # By name, which the role of releases passes it by.
        name=served.schedule_role_name,
        description=f"Starts the transform jobs of model {served.model} in {served.environment}",
        trust=[
            Statement(
                sid="OnlyTheServiceForThisAccount",
                principals={"Service": ["scheduler.amazonaws.com"]},
                actions=["sts:AssumeRole"],
                conditions={**served.perimeter.from_this_account, "ArnEquals": {"aws:SourceArn": group}},
            )
        ],
        statements=start_jobs(served, batch, volume_key_arn, schedule_key_arn),
        permissions_boundary_arn=permissions_boundary_arn,
    )


def start_jobs(
    served: ServedModel, batch: Batch, volume_key_arn: str | None, schedule_key_arn: str
) -> tuple[Statement, ...]:
    """What the schedule does: start jobs of this model, as they are declared."""
    jobs = [served.perimeter.arn("sagemaker", f"transform-job/{served.jobs_prefix}*")]
    models = [served.perimeter.arn("sagemaker", f"model/{served.config_prefix}*")]
    keys = () if volume_key_arn is None else (volume_key_arn,)
    return (
        Statement(
            sid="StartTransformJobs",
            actions=["sagemaker:CreateTransformJob"],
            resources=jobs,
            conditions={
                "ArnLike": {"sagemaker:ModelArn": models},
                "ForAllValues:StringEquals": {"sagemaker:InstanceTypes": [batch.instance_type]},
            },
            why="each run has a job of its own; it runs under its model's role, isolated and in its network",
        ),
        *((deny_other_volume_keys(keys, ["sagemaker:CreateTransformJob"]),) if keys else ()),
        Statement(
            sid="TagTransformJobs",
            actions=["sagemaker:AddTags"],
            resources=jobs,
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            why="each run has a job of its own",
        ),
        *(statement for key in keys for statement in encrypt_volumes(key)),
        Statement(sid="DecryptSchedule", actions=["kms:Decrypt"], resources=[schedule_key_arn]),
    )


def transform_job(
    served: ServedModel,
    model: sagemaker.CfnModel,
    batch: Batch,
    capture: Capture,
    volume_key_arn: str | None,
    tags: StandardTags,
) -> dict[str, Any]:
    """The request that starts a job, as SageMaker's API takes it."""
    volumes = {} if volume_key_arn is None else {"VolumeKmsKeyId": volume_key_arn}
    labels = {
        **tags.extra,
        "team": tags.team,
        "model": tags.model,
        "stage": tags.stage,
        "cost-center": tags.cost_center,
        "data-classification": tags.data_classification,
    }
    return {
        "TransformJobName": f"{served.jobs_prefix}{RUN}",
        "ModelName": model.attr_model_name,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": batch.payload_mb,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{batch.given.uri}/"}},
            "ContentType": batch.content_type,
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"{batch.made.uri}/{DUE}",
            "Accept": batch.content_type,
            "AssembleWith": "Line",
            "KmsKeyId": batch.made.key_arn,
        },
        "TransformResources": {
            "InstanceType": batch.instance_type,
            "InstanceCount": batch.instances,
            **volumes,
        },
        "DataCaptureConfig": {
            "DestinationS3Uri": f"{capture.destination}/{served.endpoint_name}",
            "KmsKeyId": capture.key_arn,
            "GenerateInferenceId": True,
        },
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(labels.items())],
    }
