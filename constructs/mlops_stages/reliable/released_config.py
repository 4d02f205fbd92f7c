"""What a release makes anew each time: the model and the configuration of an endpoint."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, CfnCondition, Fn
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import acknowledge, retain
from mlops_stages.reliable.capture_store import Capture
from mlops_stages.reliable.release_parameters import ReleaseParameters
from mlops_stages.reliable.released_model import hash_of, released_model
from mlops_stages.reliable.served_model import SHADOW_VARIANT, VARIANT, ServedModel
from mlops_stages.serving.capacity import Instances, Serverless
from mlops_stages.serving.challenger import Challenger
from mlops_stages.serving.rollout import TrafficShift

NO_KEY_RULE = "SageMakerEndpointConfigurationKMSKeyConfigured"
ENCRYPTS_ITSELF = (
    "Instances of this type have local storage, which the machine encrypts by itself. SageMaker takes no key for them: "
    "a configuration that names one cannot be created."
)


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """What runs the model's versions; the same for each of them.

    Attributes:
        role_arn: what SageMaker becomes.
        capacity: what they run on.
        volume_key_arn: of the key of the instances' volumes; None where there is none.
        capture: where decisions are kept; None where they are not.
        challenger: whether and how another version answers in the shadow.
        detailed_observability: whether SageMaker asks the containers for their own metrics.
    """

    role_arn: str
    capacity: Instances | Serverless
    volume_key_arn: str | None
    capture: Capture | None
    challenger: Challenger | None
    detailed_observability: bool

    def check(self, where: str, served: ServedModel, *, all_at_once: bool) -> None:
        """Refuse what its parts refuse, and what does not go with the capacity.

        Raises:
            ValueError: `REL-025` to `REL-028`, `REL-033`, `REL-035`; `REL-036` for what does not go with the capacity.
        """
        for part in (self.capacity, self.capture, self.challenger):
            if part is not None:
                part.check(where)
        capacity, key = self.capacity, self.volume_key_arn
        if isinstance(capacity, Serverless):
            wrong = {
                "a network": served.network is not None,
                "a key for volumes": key is not None,
                "data capture": self.capture is not None,
                "a challenger": self.challenger is not None,
                "detailed observability": self.detailed_observability,
                "a rollout in steps": not all_at_once,
            }
            capacity.refuse_beside(where, wrong)
            return
        itself = capacity.encrypt_themselves
        wrong = {
            "no network": served.network is None,
            "no data capture": self.capture is None,
            "no key for volumes": key is None and not itself,
            f"a key for the volumes of {capacity.type}, which encrypt themselves": key is not None and itself,
        }
        fix = "give an endpoint on instances what is missing, and leave out what SageMaker refuses"
        found = [what for what, is_so in wrong.items() if is_so]
        if found:
            message = f"REL-036: {where}: {', '.join(found)}; {fix}"
            raise ValueError(message)


class ReleasedConfig(Construct):
    """The model, made from its package, and the configuration: kept when the next release replaces them.

    Their name is `ConfigName` and a hash of everything that the template says about them and about the rollout: a
    change of the template makes new ones under a new name, as CloudFormation cannot replace what keeps its name.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-endpointconfig.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        hosting: Hosting,
        release: ReleaseParameters,
        shift: TrafficShift,
    ) -> None:
        """Create them, and the challenger's model where there may be one.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            hosting: what runs it.
            release: the parameters that name the version.
            shift: how traffic goes over; part of the name, so that another rollout is deployed as another version is.
        """
        super().__init__(scope, id)
        self._served, self._hosting = served, hosting
        self.name: str = f"{release.config_name}-{self._hash(shift)}"
        """The configuration's name, and the model's."""
        model = self._model("Model", release.package_arn, self.name, release.serving)
        self.config = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            endpoint_config_name=self.name,
            production_variants=[_variant(model.attr_model_name, hosting.capacity)],
            shadow_production_variants=self._shadow(release),
            kms_key_id=hosting.volume_key_arn,
            data_capture_config=None if hosting.capture is None else _data_capture(hosting.capture),
            metrics_config=None
            if isinstance(hosting.capacity, Serverless)
            else sagemaker.CfnEndpointConfig.MetricsConfigProperty(
                enable_detailed_observability=hosting.detailed_observability, enable_enhanced_metrics=False
            ),
        )
        self.config.cfn_options.condition = release.serving
        retain(self.config)
        if hosting.volume_key_arn is None:
            capacity = hosting.capacity
            why = capacity.unprotected_because if isinstance(capacity, Serverless) else ENCRYPTS_ITSELF
            acknowledge(self.config, NO_KEY_RULE, why)

    def _hash(self, shift: TrafficShift) -> str:
        network, hosting = self._served.network, self._hosting
        capture, rival = hosting.capture, hosting.challenger
        said = [
            hosting.role_arn,
            None if network is None else [*network.subnet_ids, network.workload_security_group_id],
            _size(hosting.capacity),
            hosting.volume_key_arn,
            None if capture is None else [capture.destination, capture.key_arn, capture.percent],
            None if capture is None else [list(capture.csv_types), list(capture.json_types)],
            None if rival is None else [rival.percent, rival.instances],
            hosting.detailed_observability,
            [shift.kind, shift.size, shift.wait_seconds, shift.termination_wait_seconds, shift.timeout_seconds],
        ]
        return hash_of(self, said)

    def _model(self, id: str, package_arn: str, name: str, condition: CfnCondition) -> sagemaker.CfnModel:
        return released_model(
            self,
            id,
            served=self._served,
            role_arn=self._hosting.role_arn,
            package_arn=package_arn,
            name=name,
            condition=condition,
        )

    def _shadow(self, release: ReleaseParameters) -> Any:  # noqa: ANN401 - a token, which the CDK's types do not have
        """The challenger, where a release names one."""
        challenger, capacity = self._hosting.challenger, self._hosting.capacity
        if challenger is None or release.shadow is None or isinstance(capacity, Serverless):
            return None
        model = self._model("ShadowModel", release.shadow.package_arn, f"{self.name}-s", release.shadow.condition)
        variant = {
            "VariantName": SHADOW_VARIANT,
            "ModelName": model.attr_model_name,
            "InstanceType": capacity.type,
            "InitialInstanceCount": challenger.instances,
            "InitialVariantWeight": challenger.percent / 100,
            "EnableSSMAccess": False,
        }
        return Fn.condition_if(release.shadow.condition.logical_id, [variant], Aws.NO_VALUE)


def _size(capacity: Instances | Serverless) -> list[str | int | None]:
    if isinstance(capacity, Serverless):
        return [capacity.memory_mb, capacity.max_concurrency, capacity.provisioned_concurrency]
    return [capacity.type, capacity.first]


def _variant(
    model_name: str, capacity: Instances | Serverless
) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
    if isinstance(capacity, Serverless):
        return sagemaker.CfnEndpointConfig.ProductionVariantProperty(
            variant_name=VARIANT,
            model_name=model_name,
            initial_variant_weight=1,
            serverless_config=sagemaker.CfnEndpointConfig.ServerlessConfigProperty(
                memory_size_in_mb=capacity.memory_mb,
                max_concurrency=capacity.max_concurrency,
                provisioned_concurrency=capacity.provisioned_concurrency,
            ),
        )
    return sagemaker.CfnEndpointConfig.ProductionVariantProperty(
        variant_name=VARIANT,
        model_name=model_name,
        instance_type=capacity.type,
        initial_instance_count=capacity.first,
        initial_variant_weight=1,
        enable_ssm_access=False,
    )


def _data_capture(capture: Capture) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
    return sagemaker.CfnEndpointConfig.DataCaptureConfigProperty(
        enable_capture=True,
        initial_sampling_percentage=capture.percent,
        destination_s3_uri=capture.destination,
        kms_key_id=capture.key_arn,
        capture_options=[
            sagemaker.CfnEndpointConfig.CaptureOptionProperty(capture_mode=mode) for mode in ("Input", "Output")
        ],
        capture_content_type_header=sagemaker.CfnEndpointConfig.CaptureContentTypeHeaderProperty(
            csv_content_types=list(capture.csv_types), json_content_types=list(capture.json_types)
        ),
    )
