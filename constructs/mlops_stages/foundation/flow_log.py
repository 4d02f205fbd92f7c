"""The record of every connection in a VPC."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from mlops_stages.foundation.customer_managed_key import CustomerManagedKey
from mlops_stages.foundation.encrypted_log_group import EncryptedLogGroup
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.service_role import ServiceRole
from mlops_stages.foundation.statement import Statement


class FlowLog(Construct):
    """All traffic of a VPC, accepted and rejected, in an encrypted log group.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        vpc_id: str,
        key: CustomerManagedKey,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the log of the VPC `vpc_id`, under `key`."""
        super().__init__(scope, id)
        group = EncryptedLogGroup(self, "Group", key=key)
        role = ServiceRole(
            self,
            "Role",
            perimeter=perimeter,
            service="vpc-flow-logs.amazonaws.com",
            description="Writes the VPC's flow logs",
            permissions_boundary_arn=permissions_boundary_arn,
            trust_conditions={"ArnLike": {"aws:SourceArn": perimeter.arn("ec2", "vpc-flow-log/*")}},
            statements=[
                Statement(
                    sid="WriteTheFlowLog",
                    actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    resources=[group.log_group_arn],
                )
            ],
        )
        ec2.CfnFlowLog(
            self,
            "Resource",
            resource_type="VPC",
            resource_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
            max_aggregation_interval=60,
        )
