"""What a release takes, as statements: change sets on one stack, and what CloudFormation makes of them.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from mlops_stages.foundation import Statement
from mlops_stages.foundation.capabilities import deny_other_volume_keys
from mlops_stages.reliable.capture_store import CAPTURE, Capture
from mlops_stages.reliable.endpoint_scaling import DIMENSION, NAMESPACE
from mlops_stages.reliable.served_model import VARIANT, ServedModel
from mlops_stages.repeatable.artifact_store import WRITE_OBJECTS
from mlops_stages.repeatable.model_package_group import SERVE
from mlops_stages.serving.batch import TRIED_IN, TRIED_OUT, Batch
from mlops_stages.serving.capacity import Instances, Serverless

SCALING_ROLE = "sagemaker.application-autoscaling.amazonaws.com"
"""The service whose role scales endpoints; AWS makes the role with the first endpoint that scales."""
CONFIGURE = ("sagemaker:CreateEndpointConfig",)


def shift_by_change_sets(served: ServedModel) -> tuple[Statement, ...]:
    """Make, look at and execute change sets on the model's own stack, which CloudFormation executes under one role."""
    addresses, environment = served.addresses, served.environment
    role = served.cloudformation_role
    stack = served.perimeter.arn("cloudformation", f"stack/{addresses.model_stack_name(served.model, environment)}/*")
    return (
        Statement(
            sid="ProposeChangesOfTheModelsStack",
            actions=["cloudformation:CreateChangeSet"],
            resources=[stack],
            conditions={"ArnEquals": {"cloudformation:RoleArn": role}},
            why="AWS chooses the id at a stack's end; without a role, the caller's own rights would hold",
        ),
        Statement(
            sid="ChangeTheModelsStack",
            actions=[
                "cloudformation:DeleteChangeSet",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStacks",
                "cloudformation:ExecuteChangeSet",
            ],
            resources=[stack],
            why="AWS chooses the id at a stack's end",
        ),
        Statement(
            sid="HandCloudFormationItsRole",
            actions=["iam:PassRole"],
            resources=[role],
            conditions={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
    )


def verify_endpoint(served: ServedModel) -> tuple[Statement, ...]:
    """See which configuration serves, and what its alarms say."""
    return (
        Statement(
            sid="SeeWhatServes",
            actions=["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"],
            resources=[_endpoint(served), _configs(served)],
            why="each version has a configuration of its own",
        ),
        Statement(
            sid="SeeAlarmsOfTheModel",
            actions=["cloudwatch:DescribeAlarms"],
            resources=_alarms(served),
            why="each version has alarms of its own, whose names start with the model's and the version's",
        ),
    )


def call_endpoint(served: ServedModel) -> tuple[Statement, ...]:
    """Call the endpoint, to test what it answers."""
    return (Statement(sid="CallTheEndpoint", actions=["sagemaker:InvokeEndpoint"], resources=[_endpoint(served)]),)


def read_decisions(served: ServedModel, capture: Capture) -> tuple[Statement, ...]:
    """Read what the model was asked and what it answered, of this endpoint alone."""
    own = f"{CAPTURE}/{served.endpoint_name}"
    return (
        Statement(
            sid="ReadDecisionsOfTheModel",
            actions=["s3:GetObject"],
            resources=[f"{capture.bucket_arn}/{own}/*"],
            why="SageMaker makes a folder an hour there",
        ),
        Statement(
            sid="ListDecisionsOfTheModel",
            actions=["s3:ListBucket"],
            resources=[capture.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [f"{own}/*"]}},
        ),
        Statement(
            sid="DecryptDecisions",
            actions=["kms:Decrypt"],
            resources=[capture.key_arn],
            conditions=_through(served, "s3"),
        ),
    )


def verify_schedule(served: ServedModel, schedule_key_arn: str) -> tuple[Statement, ...]:
    """See which version the next run is made with."""
    name = served.transform_name
    return (
        Statement(
            sid="SeeTheSchedule",
            actions=["scheduler:GetSchedule"],
            resources=[served.perimeter.arn("scheduler", f"schedule/{name}/{name}")],
        ),
        Statement(
            sid="DecryptTheSchedule",
            actions=["kms:Decrypt"],
            resources=[schedule_key_arn],
            conditions=_through(served, "scheduler"),
        ),
        Statement(
            sid="SeeModels",
            actions=["sagemaker:DescribeModel"],
            resources=[_models(served)],
            why="each version has a name of its own",
        ),
    )


def try_batch(served: ServedModel, batch: Batch, volume_key_arn: str | None) -> tuple[Statement, ...]:
    """Put records beside the model's answers, score them by a job of its own, and read what came of them."""
    partition = served.perimeter.partition
    jobs = [served.perimeter.arn("sagemaker", f"transform-job/{served.tries_prefix}*")]
    tried = batch.tried
    return (
        Statement(
            sid="TryTransformJobs",
            actions=["sagemaker:CreateTransformJob"],
            resources=jobs,
            conditions={
                "ArnLike": {"sagemaker:ModelArn": [_models(served)]},
                "ForAllValues:StringEquals": {"sagemaker:InstanceTypes": [batch.instance_type]},
            },
            why="each try has a job of its own; it runs under its model's role, isolated and in its network",
        ),
        *(
            ()
            if volume_key_arn is None
            else (
                deny_other_volume_keys([volume_key_arn], ["sagemaker:CreateTransformJob"]),
                *_lend_volume_key(volume_key_arn),
            )
        ),
        Statement(
            sid="FollowTransformJobs",
            actions=["sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"],
            resources=jobs,
            why="each try has a job of its own",
        ),
        Statement(
            sid="TagTransformJobs",
            actions=["sagemaker:AddTags"],
            resources=jobs,
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            why="each try has a job of its own; tags come with it, and are never changed",
        ),
        Statement(
            sid="GiveRecordsToTry",
            actions=WRITE_OBJECTS,
            resources=[tried.below(TRIED_IN).objects(partition)],
            why="each try has a prefix of its own there",
        ),
        Statement(
            sid="ReadWhatCameOfIt",
            actions=["s3:GetObject"],
            resources=[tried.below(TRIED_OUT).objects(partition)],
            why="each try has a prefix of its own there",
        ),
        Statement(
            sid="ListWhatCameOfIt",
            actions=["s3:ListBucket"],
            resources=[tried.bucket_arn(partition)],
            conditions={"StringLike": {"s3:prefix": [f"{tried.below(TRIED_OUT).prefix}/*"]}},
        ),
        Statement(
            sid="EncryptWhatIsTried",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[tried.key_arn],
            conditions=_through(served, "s3"),
        ),
    )


def make_model(served: ServedModel) -> tuple[Statement, ...]:
    """Make models of the versions that the registry has of this one: isolated, in the network, under its role."""
    network = served.network
    isolated = (
        None
        if network is None
        else {
            "Null": {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"},
            "ForAllValues:StringEquals": {
                "sagemaker:VpcSubnets": list(network.subnet_ids),
                "sagemaker:VpcSecurityGroupIds": [network.workload_security_group_id],
            },
            "Bool": {"sagemaker:NetworkIsolation": "true"},
        }
    )
    packages = served.addresses.packages(served.team, served.model)
    return (
        Statement(
            sid="MakeModelsOfTheModel" if network is None else "MakeModelsOnlyIsolated",
            actions=["sagemaker:CreateModel"],
            resources=[_models(served)],
            conditions=isolated,
            why="each version has a name of its own",
        ),
        Statement(
            sid="MakeModelsOfItsVersions",
            actions=[*SERVE, "sagemaker:DescribeModelPackage"],
            resources=[packages],
            why="the versions of the one model",
        ),
        Statement(
            sid="SeeAndDropModels",
            actions=["sagemaker:DeleteModel", "sagemaker:DescribeModel"],
            resources=[_models(served)],
            why="each version has a name of its own; what a failed release has made is deleted",
        ),
        Statement(
            sid="HandModelsTheirRole",
            actions=["iam:PassRole"],
            resources=[served.serve_role],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    )


def make_endpoint(
    served: ServedModel, capacity: Instances | Serverless, volume_key_arn: str | None
) -> tuple[Statement, ...]:
    """Make configurations, the endpoint and its alarms, and let it scale where it does."""
    endpoint, configs, models = _endpoint(served), _configs(served), _models(served)
    scaling = _let_it_scale(served) if isinstance(capacity, Instances) and capacity.scales else ()
    return (
        *_configure(served, capacity, volume_key_arn),
        Statement(
            sid="SeeAndDropConfigurations",
            actions=["sagemaker:DeleteEndpointConfig", "sagemaker:DescribeEndpointConfig"],
            resources=[configs],
            why="each version has a name of its own; what a failed release has made is deleted",
        ),
        Statement(
            sid="ServeByTheEndpoint",
            actions=["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
            resources=[endpoint, configs],
            why="each version has a configuration of its own",
        ),
        Statement(
            sid="SeeAndDropTheEndpoint",
            actions=["sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint"],
            resources=[endpoint],
        ),
        _tag(served, [models, configs, endpoint]),
        Statement(
            sid="MakeAlarmsThatTellTheOwner",
            actions=["cloudwatch:PutMetricAlarm"],
            resources=_alarms(served),
            conditions={"ForAllValues:StringLike": {"cloudwatch:AlarmActions": [_topics(served), served.notices_arn]}},
            why="each version has alarms of its own, whose names start with the model's and the version's",
        ),
        Statement(
            sid="KeepAlarmsOfTheModel",
            actions=[
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:TagResource",
            ],
            resources=_alarms(served),
            why="each version has alarms of its own, whose names start with the model's and the version's",
        ),
        *scaling,
    )


def make_transform(served: ServedModel, schedule_key_arn: str) -> tuple[Statement, ...]:
    """Make and change the schedule by which the model scores."""
    name = served.transform_name
    return (
        _tag(served, [_models(served)]),
        Statement(
            sid="KeepTheSchedule",
            actions=[
                "scheduler:CreateSchedule",
                "scheduler:DeleteSchedule",
                "scheduler:GetSchedule",
                "scheduler:UpdateSchedule",
            ],
            resources=[served.perimeter.arn("scheduler", f"schedule/{name}/{name}")],
        ),
        Statement(
            sid="HandTheScheduleItsRole",
            actions=["iam:PassRole"],
            resources=[served.schedule_role],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
        Statement(
            sid="EncryptTheSchedule",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            resources=[schedule_key_arn],
            conditions=_through(served, "scheduler"),
        ),
    )


def _configure(
    served: ServedModel, capacity: Instances | Serverless, volume_key_arn: str | None
) -> tuple[Statement, ...]:
    if isinstance(capacity, Serverless):
        conditions = {"Null": {"sagemaker:ServerlessMaxConcurrency": "false"}}
    else:
        conditions = {
            "Null": {"sagemaker:InstanceTypes": "false"},
            "ForAllValues:StringEquals": {"sagemaker:InstanceTypes": [capacity.type]},
        }
    keys = () if volume_key_arn is None else (deny_other_volume_keys([volume_key_arn], CONFIGURE),)
    return (
        Statement(
            sid="ConfigureTheEndpoint",
            actions=CONFIGURE,
            resources=[_configs(served)],
            conditions=conditions,
            why="each version has a configuration of its own",
        ),
        *keys,
        *(() if volume_key_arn is None else _lend_volume_key(volume_key_arn)),
    )


def _lend_volume_key(key_arn: str) -> tuple[Statement, ...]:
    return (
        Statement(sid="LookUpTheKeyOfVolumes", actions=["kms:DescribeKey"], resources=[key_arn]),
        Statement(
            sid="LendVolumesTheirKey",
            actions=["kms:CreateGrant"],
            resources=[key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def _tag(served: ServedModel, resources: list[str]) -> Statement:
    return Statement(
        sid="TagWhatIsMade",
        actions=["sagemaker:AddTags"],
        resources=resources,
        conditions={"Null": {"sagemaker:TaggingAction": "false"}},
        why=f"the names of model {served.model}; tags come with what is made, and are never changed",
    )


def _let_it_scale(served: ServedModel) -> tuple[Statement, ...]:
    """Application Auto Scaling asks whoever registers a target for what it will do itself, under its own role.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
    """
    perimeter = served.perimeter
    dimension = {
        "application-autoscaling:service-namespace": NAMESPACE,
        "application-autoscaling:scalable-dimension": DIMENSION,
    }
    tracking = f"alarm:TargetTracking-endpoint/{served.endpoint_name}/variant/{VARIANT}-*"
    return (
        Statement(
            sid="LetTheEndpointScale",
            actions=[
                "application-autoscaling:DeleteScalingPolicy",
                "application-autoscaling:DeregisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
                "application-autoscaling:RegisterScalableTarget",
            ],
            resources=[perimeter.arn("application-autoscaling", "scalable-target/*")],
            conditions={"StringEquals": dimension},
            why="AWS chooses a target's id; the endpoint's own permissions are asked for below",
        ),
        Statement(
            sid="SeeHowEndpointsScale",
            actions=[
                "application-autoscaling:DescribeScalableTargets",
                "application-autoscaling:DescribeScalingPolicies",
                "application-autoscaling:DescribeScheduledActions",
            ],
            why="these actions take no resource",
        ),
        Statement(
            sid="SeeTagsOfTargets",
            actions=["application-autoscaling:ListTagsForResource"],
            resources=[perimeter.arn("application-autoscaling", "scalable-target/*")],
            why="AWS chooses a target's id",
        ),
        Statement(
            sid="ScaleTheEndpoint",
            actions=["sagemaker:UpdateEndpointWeightsAndCapacities"],
            resources=[_endpoint(served)],
        ),
        Statement(
            sid="KeepAlarmsOfScaling",
            actions=["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
            resources=[perimeter.arn("cloudwatch", tracking)],
            why="Application Auto Scaling chooses what follows the endpoint in their names",
        ),
        Statement(
            sid="MakeTheRoleOfScaling",
            actions=["iam:CreateServiceLinkedRole"],
            resources=[perimeter.global_arn("iam", f"role/aws-service-role/{SCALING_ROLE}/*")],
            conditions={"StringEquals": {"iam:AWSServiceName": SCALING_ROLE}},
            why="AWS chooses its name and its rights; it is there after the first endpoint that scales",
        ),
    )


def _models(served: ServedModel) -> str:
    return served.perimeter.arn("sagemaker", f"model/{served.config_prefix}*")


def _configs(served: ServedModel) -> str:
    return served.perimeter.arn("sagemaker", f"endpoint-config/{served.config_prefix}*")


def _endpoint(served: ServedModel) -> str:
    return served.perimeter.arn("sagemaker", f"endpoint/{served.endpoint_name}")


def _alarms(served: ServedModel) -> list[str]:
    return [
        served.perimeter.arn("cloudwatch", f"alarm:{prefix}*")
        for prefix in (served.config_prefix, f"{served.endpoint_name}-")
    ]


def _topics(served: ServedModel) -> str:
    """The topics that the model's stack makes, by the name that CloudFormation gives them."""
    return served.perimeter.arn("sns", f"{served.addresses.model_stack_name(served.model, served.environment)}-*")


def _through(served: ServedModel, service: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{served.perimeter.region}.amazonaws.com"}}
