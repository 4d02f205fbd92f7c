"""SageMaker's instance types: which have storage of their own."""

from mlops_stages.expressions import fits

WITH_VOLUMES_OF_THEIR_OWN = ("ml.*d*.*", "ml.g5.*", "ml.g6*", "ml.g7e*", "ml.p5*", "ml.p6*", "ml.trn*")
"""Instance types with local storage, which the machine itself encrypts: SageMaker refuses a volume key for them.

A `d` in a family says so, wherever it stands: m5d, g4dn, p4de, dl1.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
"""


def encrypts_itself(instance_type: str) -> bool:
    """Whether an instance type has local storage, which the machine encrypts: SageMaker takes no key for it.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-endpointconfig.html
    """
    return any(fits(instance_type, pattern) for pattern in WITH_VOLUMES_OF_THEIR_OWN)
