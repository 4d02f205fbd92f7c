"""What a data job runs on: the account's network, its logs and metrics, and container images."""

from mlops_stages.foundation import Network, Perimeter, Statement
from mlops_stages.foundation.capabilities import attach_jobs_to_network
from mlops_stages.platform import Addresses

LOG_GROUP = "log-group:/aws/sagemaker/ProcessingJobs"
"""SageMaker writes the logs of all processing jobs here; a stream's name starts with the job's."""


def equip_data_jobs(addresses: Addresses, team: str, perimeter: Perimeter, network: Network) -> tuple[Statement, ...]:
    """The statements for the role of a team's processing jobs.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    return (
        *attach_jobs_to_network(perimeter, network),
        Statement(
            sid="WriteTheLogsOfJobs",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[perimeter.arn("logs", LOG_GROUP), perimeter.arn("logs", f"{LOG_GROUP}:*")],
            why="the streams of the one log group of processing jobs",
        ),
        Statement(
            sid="PublishTheMetricsOfJobs",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", f"{addresses.platform}/{team}/*"]}},
            why="PutMetricData takes no resource; the namespace narrows it",
        ),
        Statement(sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], why="takes no resource"),
        Statement(
            sid="PullImagesOfTheTeamAndOfSageMaker",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[
                addresses.image_repository(team, "*"),
                f"arn:{perimeter.partition}:ecr:{perimeter.region}:*:repository/sagemaker-*",
            ],
            why="the team's own images; SageMaker's lie in accounts of AWS, one a region",
        ),
    )
