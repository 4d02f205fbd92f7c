"""SageMaker inside our network, under our keys, on machines that were agreed on."""

from mlops_stages.condition_keys import in_both_spellings
from mlops_stages.instance_types import WITH_VOLUMES_OF_THEIR_OWN
from mlops_stages.repeatable.guardrails.denial import Denial, Guarded

NO_INSTANCE = "system"
"""What SageMaker calls the machine of an app that runs on its own."""

_NO_VOLUME_KEY = in_both_spellings({"sagemaker:VolumeKmsKey": "true"})


def machine_learning(guarded: Guarded) -> tuple[Denial, ...]:
    """No job or model outside the VPC, no volume in the clear, no instance type but the approved."""
    return (
        Denial(
            sid="DenyJobsOutsideNetwork",
            actions=[
                "sagemaker:Create*JobDefinition",
                "sagemaker:CreateAutoMLJob*",
                "sagemaker:CreateCluster",
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateModel",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
            ],
            conditions={"Null": {"sagemaker:VpcSubnets": "true"}},
            why="any of them; a transform job or an endpoint runs in the network of its model",
        ),
        Denial(
            sid="VolumesOnlyUnderKeys",
            actions=[
                "sagemaker:CreateEndpointConfig",
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:CreateTransformJob",
            ],
            conditions={
                "Null": _NO_VOLUME_KEY,
                "ForAnyValue:StringNotLike": {"sagemaker:InstanceTypes": list(WITH_VOLUMES_OF_THEIR_OWN)},
            },
            why="any of them, but on machines that encrypt their own volume and take no key; serverless has none",
        ),
        Denial(
            sid="OtherStorageOnlyUnderKeys",
            actions=[
                "sagemaker:CreateAutoMLJob*",
                "sagemaker:CreateDomain",
                "sagemaker:CreateNotebookInstance",
            ],
            conditions={"Null": _NO_VOLUME_KEY},
            why="any of them: these take a key whatever they run on",
        ),
        Denial(
            sid="OnlyApprovedInstanceTypes",
            actions=["sagemaker:Create*", "sagemaker:Update*"],
            conditions={
                "ForAnyValue:StringNotEquals": {
                    "sagemaker:InstanceTypes": [*guarded.instance_types, NO_INSTANCE],
                }
            },
            why="whatever starts a machine says of which type",
        ),
    )


def studio_in_our_network() -> tuple[Denial, ...]:
    """Where people explore: no notebook with a way to the internet or with root, no Studio outside the network."""
    return (
        Denial(
            sid="NotebooksOnlyInANetworkOfOurs",
            actions=["sagemaker:CreateNotebookInstance"],
            conditions={"Null": {"sagemaker:VpcSubnets": "true"}},
            why="any notebook instance",
        ),
        Denial(
            sid="NotebooksHaveNoInternet",
            actions=["sagemaker:CreateNotebookInstance"],
            conditions={"StringNotEquals": {"sagemaker:DirectInternetAccess": "Disabled"}},
            why="any notebook instance; left out, it means a way to the internet",
        ),
        Denial(
            sid="NotebooksStartWithoutRoot",
            actions=["sagemaker:CreateNotebookInstance"],
            conditions={"StringNotEquals": {"sagemaker:RootAccess": "Disabled"}},
            why="any notebook instance; left out, it means root",
        ),
        Denial(
            sid="NotebooksGetNoRootLater",
            actions=["sagemaker:UpdateNotebookInstance"],
            conditions={"StringEquals": {"sagemaker:RootAccess": "Enabled"}},
            why="any notebook instance",
        ),
        Denial(
            sid="DenyStudioOutsideVpc",
            actions=["sagemaker:CreateDomain"],
            conditions={"StringNotEquals": {"sagemaker:AppNetworkAccessType": "VpcOnly"}},
            why="any domain; left out, it means a way to the internet",
        ),
        Denial(
            sid="DenyStudioLeavingVpc",
            actions=["sagemaker:UpdateDomain"],
            conditions={"StringEquals": {"sagemaker:AppNetworkAccessType": "PublicInternetOnly"}},
            why="any domain",
        ),
    )


def no_notebooks() -> tuple[Denial, ...]:
    """Where pipelines train and models serve, nobody works by hand: no notebook, no Studio."""
    return (
        Denial(
            sid="NobodyWorksInNotebooksHere",
            actions=[
                "sagemaker:CreateApp",
                "sagemaker:CreateDomain",
                "sagemaker:CreateNotebookInstance",
                "sagemaker:CreatePresignedDomainUrl",
                "sagemaker:CreatePresignedNotebookInstanceUrl",
                "sagemaker:CreateSpace",
                "sagemaker:CreateUserProfile",
                "sagemaker:StartNotebookInstance",
            ],
            why="models come from a commit by way of a pipeline, never from a notebook",
        ),
    )
