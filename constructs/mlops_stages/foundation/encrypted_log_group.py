"""A CloudWatch log group under a customer-managed key, and the statement that its key needs."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from mlops_stages.foundation.customer_managed_key import CustomerManagedKey
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.retain import retain
from mlops_stages.foundation.statement import Statement


def logs_may_encrypt(perimeter: Perimeter) -> tuple[Statement, Statement]:
    """The key policy's statements that let CloudWatch Logs encrypt the log groups of this account, and nothing else.

    Looking a key up has no encryption context, so it is apart; whether Logs says for which account it acts is its own.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    logs = {"Service": [f"logs.{perimeter.region}.amazonaws.com"]}
    return (
        Statement(
            sid="CloudWatchLogsEncryptsLogGroupsOfThisAccount",
            principals=logs,
            actions=[
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": perimeter.arn("logs", "log-group:*")}},
        ),
        Statement(
            sid="CloudWatchLogsDescribesTheKey",
            principals=logs,
            actions=["kms:DescribeKey"],
            conditions={"StringEqualsIfExists": {"aws:SourceAccount": perimeter.account}},
        ),
    )


class EncryptedLogGroup(Construct):
    """A log group that outlives its stack.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
    """

    def __init__(self, scope: Construct, id: str, *, key: CustomerManagedKey, keep_days: int = 365) -> None:
        """Create the group.

        Args:
            scope: the parent.
            id: the construct's id in it.
            key: its policy must hold `logs_may_encrypt`.
            keep_days: days that an event is kept; one of the numbers that CloudWatch Logs offers.
        """
        super().__init__(scope, id)
        group = logs.CfnLogGroup(self, "Resource", kms_key_id=key.key_arn, retention_in_days=keep_days)
        retain(group)
        self.log_group_name: str = group.ref
        self.log_group_arn: str = group.attr_arn
        """With `:*` at its end, as IAM wants it."""
