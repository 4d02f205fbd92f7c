"""Where people run their queries on one model's tables: Athena's workgroup, which decides how."""

from aws_cdk import aws_athena as athena
from constructs import Construct

from mlops_stages.reliable.served_model import ServedModel

MOST_BYTES = 50_000_000_000
"""That a query may read: a quarter of a dollar, by Athena's price of a terabyte."""
ENGINE = "Athena engine version 3"
"""Named, since the types of the tables are what this one reads Parquet as."""


class QueryWorkGroup(Construct):
    """A workgroup whose settings hold for each query in it, whatever its client says.

    Athena itself keeps results, for 24 hours and under the key of the decisions: no bucket holds copies of rows, and
    nobody needs to write anywhere. Figures of queries go to CloudWatch.

    Sources: https://docs.aws.amazon.com/athena/latest/ug/managed-results.html,
    https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
    """

    def __init__(self, scope: Construct, id: str, *, served: ServedModel, key_arn: str) -> None:
        """Create the workgroup.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            key_arn: of the key of the decisions, which lets Athena use it for this workgroup (`query_results`).
        """
        super().__init__(scope, id)
        athena.CfnWorkGroup(
            self,
            "Resource",
            name=served.addresses.queries_name(served.model, served.environment),
            description=f"Queries on what model {served.model} decided in {served.environment}",
            state="ENABLED",
            # Else a workgroup in which anybody saved a query stays, and its stack with it.
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                requester_pays_enabled=False,
                bytes_scanned_cutoff_per_query=MOST_BYTES,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(selected_engine_version=ENGINE),
                managed_query_results_configuration=athena.CfnWorkGroup.ManagedQueryResultsConfigurationProperty(
                    enabled=True,
                    encryption_configuration=athena.CfnWorkGroup.ManagedStorageEncryptionConfigurationProperty(
                        kms_key=key_arn
                    ),
                ),
            ),
        )
