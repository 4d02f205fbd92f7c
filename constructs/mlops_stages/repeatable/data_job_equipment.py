"""What a data job runs on: the account's network, its logs and metrics, and container images."""

from mlops_stages.foundation import Network, Perimeter, Statement
from mlops_stages.foundation.capabilities import attach_jobs_to_network, pull_images, write_logs_of_jobs
from mlops_stages.foundation.sagemaker_registries import images_of_sagemaker
from mlops_stages.platform import Addresses

LOG_GROUP = "log-group:/aws/sagemaker/ProcessingJobs"
"""SageMaker writes the logs of all processing jobs here; a stream's name starts with the job's."""


def equip_data_jobs(addresses: Addresses, team: str, perimeter: Perimeter, network: Network) -> tuple[Statement, ...]:
    """The statements for the role of a team's processing jobs.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    return (
        *attach_jobs_to_network(perimeter, network),
        *write_logs_of_jobs(perimeter, ["ProcessingJobs"], [f"ProcessingJobs:log-stream:{team}-*"]),
        Statement(
            sid="PublishTheMetricsOfJobs",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", f"{addresses.platform}/{team}/*"]}},
            why="PutMetricData takes no resource; the namespace narrows it",
        ),
        Statement(sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], why="takes no resource"),
        *pull_images(
            "PullImagesOfTheTeamAndOfSageMaker",
            [addresses.image_repository(team, "*"), *images_of_sagemaker(perimeter)],
        ),
    )
