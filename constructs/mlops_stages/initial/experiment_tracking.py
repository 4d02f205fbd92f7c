"""What was tried, with which data and parameters, and how well it did: MLflow on SageMaker."""

from collections.abc import Sequence

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import Perimeter, RetainedBucket, ServiceRole, Statement, retain
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.foundation.retained_bucket import READ, WRITE

ARTIFACT_PREFIX = "mlflow"
USE = ("sagemaker:CallMlflowAppApi", "sagemaker:CreatePresignedMlflowAppUrl", "sagemaker:DescribeMlflowApp")


class ExperimentTracking(Construct):
    """A serverless MLflow app for one team, its artifacts in the team's bucket.

    One app a team, because one IAM action covers an app's whole API: whoever may read one run of an app may delete
    all. An app has no running costs of its own. Models are not registered from here: that is the next stage's
    pipelines' work.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowApp.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        name: str,
        bucket: RetainedBucket,
        earlier_buckets: Sequence[RetainedBucket] = (),
        permissions_boundary_arn: str,
    ) -> None:
        """Create the app.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account.
            name: the app's name in Studio.
            bucket: takes the artifacts of new experiments, under `mlflow/`.
            earlier_buckets: may have taken those of earlier experiments, which stay where they are.
            permissions_boundary_arn: for the role that the app writes artifacts with.
        """
        super().__init__(scope, id)
        buckets = [bucket, *earlier_buckets]
        role = ServiceRole(
            self,
            "Role",
            perimeter=perimeter,
            service="sagemaker.amazonaws.com",
            description=f"MLflow app {name}: reads and writes its artifacts",
            permissions_boundary_arn=permissions_boundary_arn,
            # AWS's page shows a trust without conditions; another says that the source is any of the account's. Nobody
            # may pass the role but the deployment.
            # https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server-iam.html
            trust_conditions={"ArnLike": {"aws:SourceArn": perimeter.arn("sagemaker", "*")}},
            service_hides_its_source=True,
            statements=[
                Statement(
                    sid="ListTheBucket",
                    actions=[action for action in READ if not action.startswith("s3:GetObject")],
                    resources=[each.bucket_arn for each in buckets],
                ),
                Statement(
                    sid="ReadAndWriteArtifacts",
                    actions=[*(action for action in READ if action.startswith("s3:GetObject")), *WRITE],
                    resources=[f"{each.bucket_arn}/{ARTIFACT_PREFIX}/*" for each in buckets],
                    why="the app's own prefix in the team's buckets: an experiment keeps the place that it began with",
                ),
                Statement(
                    sid="UseTheBucketsKey",
                    actions=ENCRYPT_AND_DECRYPT,
                    resources=[each.encryption_key.key_arn for each in buckets],
                ),
            ],
        )
        app = sagemaker.CfnMlflowApp(
            self,
            "Resource",
            name=name,
            artifact_store_uri=f"s3://{bucket.bucket_name}/{ARTIFACT_PREFIX}",
            role_arn=role.role_arn,
            model_registration_mode="AutoModelRegistrationDisabled",
        )
        # It holds the runs and their metrics; only the artifacts lie in the bucket.
        retain(app)
        app.node.add_dependency(bucket.policy)
        self.app_arn: str = app.attr_arn

    def use(self) -> tuple[Statement, ...]:
        """The statement for a policy whose roles record and read experiments."""
        return (Statement(sid="RecordExperimentsOfTheTeam", actions=USE, resources=[self.app_arn]),)
