"""What a model's promotions remember."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from mlops_stages.foundation import acknowledge, retain

BACKUP_REASON = (
    "Every change of the last 35 days can be undone (point-in-time recovery), the table outlives its stack, "
    "and what must outlive it is in the ledger. A backup plan would need a vault and a role of its own for it."
)


class ReleasesTable(Construct):
    """A table under a customer-managed key that nobody deletes with its stack, every second of 35 days restorable.

    A few items a release. It has no deletion protection: a first deploy that fails could not be rolled back.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
    """

    def __init__(self, scope: Construct, id: str, *, name: str, key_arn: str) -> None:
        """Create the table.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: the table's name.
            key_arn: of its key.
        """
        super().__init__(scope, id)
        table = dynamodb.CfnTable(
            self,
            "Resource",
            table_name=name,
            attribute_definitions=[
                dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=each, attribute_type="S")
                for each in ("model", "item")
            ],
            key_schema=[
                dynamodb.CfnTable.KeySchemaProperty(attribute_name="model", key_type="HASH"),
                dynamodb.CfnTable.KeySchemaProperty(attribute_name="item", key_type="RANGE"),
            ],
            billing_mode="PAY_PER_REQUEST",
            # No deletion protection: a deploy that fails half-way could not take the table back, nor be done again.
            point_in_time_recovery_specification=dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            ),
            sse_specification=dynamodb.CfnTable.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=key_arn
            ),
        )
        retain(table)
        acknowledge(table, "DynamoDBInBackupPlan", BACKUP_REASON, in_pci=False)
        self.table_name: str = table.ref
        self.resource = table
