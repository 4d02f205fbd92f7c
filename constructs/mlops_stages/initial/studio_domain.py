"""SageMaker Studio for an account, inside its network."""

from typing import Literal

from aws_cdk import Token
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Network, Perimeter, ServiceRole, retain

FEWEST_IDLE_MINUTES = 60
MOST_IDLE_MINUTES = 525_600
MOST_SPACE_GIGABYTES = 100


class StudioDomain(Construct):
    """A Studio domain without direct internet access, its volumes under a key of ours, its idle apps shut down.

    The domain's default role can do nothing: whoever works has a profile with a role of their own. Nobody can keep an
    idle app longer than the platform allows, and the name of the profile is the source identity of every call.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        name: str,
        network: Network,
        key: CustomerManagedKey,
        permissions_boundary_arn: str,
        sign_in: Literal["IAM", "SSO"] = "IAM",
        idle_shutdown_minutes: int = FEWEST_IDLE_MINUTES,
    ) -> None:
        """Create the domain.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account.
            name: the domain's name.
            network: where apps run.
            key: encrypts home directories and volumes.
            permissions_boundary_arn: for the domain's default role.
            sign_in: `SSO` for IAM Identity Center.
            idle_shutdown_minutes: minutes after which an idle app is shut down, 60 to 525600.

        Raises:
            ValueError: `INI-020` for minutes that SageMaker does not take.
        """
        known = not Token.is_unresolved(idle_shutdown_minutes)
        if known and not FEWEST_IDLE_MINUTES <= idle_shutdown_minutes <= MOST_IDLE_MINUTES:
            message = (
                f"INI-020: {id}: idle shutdown after {idle_shutdown_minutes} minutes; "
                f"SageMaker takes {FEWEST_IDLE_MINUTES} to {MOST_IDLE_MINUTES}"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        nobody = ServiceRole(
            self,
            "Nobody",
            perimeter=perimeter,
            service="sagemaker.amazonaws.com",
            description="Studio's default role: it may do nothing, so that people work under their own",
            permissions_boundary_arn=permissions_boundary_arn,
        )
        idle = sagemaker.CfnDomain.AppLifecycleManagementProperty(
            idle_settings=sagemaker.CfnDomain.IdleSettingsProperty(
                lifecycle_management="ENABLED",
                idle_timeout_in_minutes=idle_shutdown_minutes,
                min_idle_timeout_in_minutes=FEWEST_IDLE_MINUTES,
                max_idle_timeout_in_minutes=idle_shutdown_minutes,
            )
        )
        laboratory = sagemaker.CfnDomain.JupyterLabAppSettingsProperty(app_lifecycle_management=idle)
        storage = sagemaker.CfnDomain.DefaultSpaceStorageSettingsProperty(
            default_ebs_storage_settings=sagemaker.CfnDomain.DefaultEbsStorageSettingsProperty(
                default_ebs_volume_size_in_gb=5, maximum_ebs_volume_size_in_gb=MOST_SPACE_GIGABYTES
            )
        )
        domain = sagemaker.CfnDomain(
            self,
            "Resource",
            domain_name=name,
            auth_mode=sign_in,
            app_network_access_type="VpcOnly",
            vpc_id=network.vpc_id,
            subnet_ids=list(network.subnet_ids),
            kms_key_id=key.key_arn,
            tag_propagation="ENABLED",
            domain_settings=sagemaker.CfnDomain.DomainSettingsProperty(
                execution_role_identity_config="USER_PROFILE_NAME",
                docker_settings=sagemaker.CfnDomain.DockerSettingsProperty(enable_docker_access="DISABLED"),
            ),
            default_user_settings=sagemaker.CfnDomain.UserSettingsProperty(
                execution_role=nobody.role_arn,
                security_groups=[network.workload_security_group_id],
                studio_web_portal="ENABLED",
                default_landing_uri="studio::",
                jupyter_lab_app_settings=laboratory,
                code_editor_app_settings=sagemaker.CfnDomain.CodeEditorAppSettingsProperty(
                    app_lifecycle_management=idle
                ),
                sharing_settings=sagemaker.CfnDomain.SharingSettingsProperty(notebook_output_option="Disabled"),
                space_storage_settings=storage,
            ),
            default_space_settings=sagemaker.CfnDomain.DefaultSpaceSettingsProperty(
                execution_role=nobody.role_arn,
                security_groups=[network.workload_security_group_id],
                jupyter_lab_app_settings=laboratory,
                space_storage_settings=storage,
            ),
        )
        retain(domain)
        self.domain_id: str = domain.attr_domain_id
        self.domain_arn: str = domain.attr_domain_arn
        self.application_arn: str | None = domain.attr_single_sign_on_application_arn if sign_in == "SSO" else None
        """The domain's application in Identity Center, which opens it."""
