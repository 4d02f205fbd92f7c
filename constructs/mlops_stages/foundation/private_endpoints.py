"""The VPC endpoints through which isolated work reaches AWS."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.sagemaker_registries import registries_of
from mlops_stages.foundation.statement import Statement, policy_document
from mlops_stages.foundation.workload_security_group import HTTPS


@dataclass(frozen=True, kw_only=True)
class InterfaceEndpoint:
    """An interface endpoint, and the IAM prefix of the actions that go through it.

    `foreign_resources` holds where the service's resources belong to AWS's own accounts, such as the images of
    SageMaker. `for_any_of` names the actions that need this endpoint, where not every action of the prefix does.
    """

    id: str
    service: str
    prefix: str
    foreign_resources: bool = False
    for_any_of: tuple[str, ...] = ()


# Documented for tracking servers; AWS's client calls an app at mlflow.sagemaker.REGION.app.aws, for which AWS's pages
# name no service: https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-interface-endpoint.html
TRACKING = InterfaceEndpoint(
    id="SageMakerTracking",
    service="aws.sagemaker.{region}.experiments",
    prefix="sagemaker",
    for_any_of=("sagemaker:CallMlflowAppApi", "sagemaker:CreateApp"),
)

# https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html, mlflow-private-link.html and
# feature-store-security.html
INTERFACE_ENDPOINTS = (
    InterfaceEndpoint(id="SageMakerApi", service="com.amazonaws.{region}.sagemaker.api", prefix="sagemaker"),
    InterfaceEndpoint(
        id="SageMakerRuntime",
        service="com.amazonaws.{region}.sagemaker.runtime",
        prefix="sagemaker",
        for_any_of=("sagemaker:CreateApp", "sagemaker:InvokeEndpoint"),  # Studio asks for it, too
    ),
    TRACKING,
    InterfaceEndpoint(
        id="SageMakerFeatures",
        service="com.amazonaws.{region}.sagemaker.featurestore-runtime",
        prefix="sagemaker",
        for_any_of=("sagemaker:GetRecord", "sagemaker:PutRecord"),
    ),
    InterfaceEndpoint(id="Sts", service="com.amazonaws.{region}.sts", prefix="sts"),
    InterfaceEndpoint(id="Logs", service="com.amazonaws.{region}.logs", prefix="logs"),
    InterfaceEndpoint(id="Monitoring", service="com.amazonaws.{region}.monitoring", prefix="cloudwatch"),
    InterfaceEndpoint(id="Kms", service="com.amazonaws.{region}.kms", prefix="kms"),
    InterfaceEndpoint(id="Ec2", service="com.amazonaws.{region}.ec2", prefix="ec2"),
    InterfaceEndpoint(id="Glue", service="com.amazonaws.{region}.glue", prefix="glue"),
    InterfaceEndpoint(id="EcrApi", service="com.amazonaws.{region}.ecr.api", prefix="ecr", foreign_resources=True),
    InterfaceEndpoint(id="EcrImages", service="com.amazonaws.{region}.ecr.dkr", prefix="ecr", foreign_resources=True),
)


ON_NO_RESOURCE = frozenset({"ecr:GetAuthorizationToken"})
"""Actions on nothing, of which the policy of an endpoint for foreign resources asks who calls, and no more."""


class PrivateEndpoints(Construct):
    """Interface endpoints behind one security group, and the gateway to S3, each with a policy.

    An endpoint lets through only the given actions, of this account's principals on resources of the platform's
    accounts, and of AWS's own services; one for which no action is given is not created.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc_id: str,
        cidr: str,
        subnet_ids: Sequence[str],
        route_table_ids: Sequence[str],
        perimeter: Perimeter,
        actions: Sequence[str],
        tracking_service: str | None = None,
    ) -> None:
        """Create the endpoints.

        Args:
            scope: the parent.
            id: the construct's id in it.
            vpc_id: the VPC.
            cidr: its IPv4 range, from which the interface endpoints are reached.
            subnet_ids: where the interface endpoints get an address.
            route_table_ids: which the gateway to S3 is added to.
            perimeter: the account whose principals pass, and the accounts whose resources do.
            actions: the IAM actions that pass.
            tracking_service: the service of MLflow apps, where it is not the one of tracking servers.

        Raises:
            ValueError: `FND-023` for a `tracking_service` where no action uses MLflow.
        """
        if tracking_service is not None and set(TRACKING.for_any_of).isdisjoint(actions):
            message = f"FND-023: {id}: {tracking_service} is for MLflow, which none of the actions uses; leave it out"
            raise ValueError(message)
        super().__init__(scope, id)
        self._perimeter = perimeter
        region = perimeter.region
        group = self._group(vpc_id, cidr)
        for endpoint in INTERFACE_ENDPOINTS:
            allowed = [action for action in actions if action.startswith(f"{endpoint.prefix}:")]
            needed = not endpoint.for_any_of or not set(endpoint.for_any_of).isdisjoint(actions)
            if allowed and needed:
                ec2.CfnVPCEndpoint(
                    self,
                    endpoint.id,
                    vpc_id=vpc_id,
                    service_name=tracking_service
                    if tracking_service is not None and endpoint is TRACKING
                    else endpoint.service.replace("{region}", region),
                    vpc_endpoint_type="Interface",
                    private_dns_enabled=True,
                    subnet_ids=list(subnet_ids),
                    security_group_ids=[group],
                    policy_document=policy_document(
                        [*self._pass(allowed, foreign=endpoint.foreign_resources), _aws_services(allowed)]
                    ),
                )
        s3_actions = [action for action in actions if action.startswith("s3:")]
        # Reads alone: whoever owns a CloudFormation wait condition elsewhere is given an address to write to.
        reads = [action for action in s3_actions if action.startswith(("s3:Get", "s3:List"))]
        if s3_actions:
            ec2.CfnVPCEndpoint(
                self,
                "S3",
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{region}.s3",
                vpc_endpoint_type="Gateway",
                route_table_ids=list(route_table_ids),
                policy_document=policy_document([*self._pass(s3_actions), _aws_services(reads), self._image_layers()]),
            )

    def _group(self, vpc_id: str, cidr: str) -> str:
        group = ec2.CfnSecurityGroup(
            self,
            "Group",
            group_description="Interface endpoints: HTTPS from inside the VPC, nothing out",
            vpc_id=vpc_id,
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp", from_port=HTTPS, to_port=HTTPS, cidr_ip=cidr, description="HTTPS from the VPC"
                )
            ],
            # A rule that matches nothing: where a group has no rule, EC2 adds one that lets everything out.
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="icmp", from_port=252, to_port=86, cidr_ip="255.255.255.255/32", description="nothing"
                )
            ],
        )
        return group.attr_group_id

    def _pass(self, actions: Sequence[str], *, foreign: bool = False) -> tuple[Statement, ...]:
        ours, registries = self._perimeter.principals_of_the_account, registries_of(self._perimeter.region)
        on_nothing = [action for action in actions if action in ON_NO_RESOURCE]
        passes = Statement(
            sid="OurPrincipalsOnOurResources",
            principals="*",
            actions=[action for action in actions if action not in ON_NO_RESOURCE],
            conditions={
                "StringEquals": {
                    **ours,
                    **self._perimeter.resources_of_the_platform(*(registries if foreign else ())),
                }
            },
            why="no data leaves for a bucket that is not the platform's, even with credentials of another account of "
            "the organization; the images of SageMaker lie in registries of AWS's accounts",
        )
        signs_in = Statement(
            sid="OurPrincipalsSignIn",
            principals="*",
            actions=on_nothing,
            conditions={"StringEquals": ours},
            why="takes no resource, so AWS may tell no account of one",
        )
        return tuple(statement for statement in (passes, signs_in) if statement.actions)

    def _image_layers(self) -> Statement:
        where = self._perimeter
        return Statement(
            sid="LayersOfImagesLieInBucketsOfEcr",
            principals="*",
            actions=["s3:GetObject"],
            resources=[f"arn:{where.partition}:s3:::prod-{where.region}-starport-layer-bucket/*"],
            why="https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
        )


def _aws_services(actions: Sequence[str]) -> Statement:
    return Statement(
        sid="AllowAwsServices",
        principals="*",
        actions=actions,
        conditions={"Bool": {"aws:PrincipalIsAWSService": "true"}},
        why="what runs in the VPC for us may call as a service, or with an address that a service signed: "
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html",
    )
