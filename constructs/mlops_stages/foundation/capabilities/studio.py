"""Work in Studio."""

from mlops_stages.foundation.capabilities.account import PERSON, TEAM, Account
from mlops_stages.foundation.capabilities.jobs import MADE, follow_jobs
from mlops_stages.foundation.capabilities.seeing import list_studio
from mlops_stages.foundation.statement import Statement


def use_studio(account: Account) -> tuple[Statement, ...]:
    """Open one's own Studio, run private spaces in it, and follow the jobs of one's team."""
    own_spaces = account.sagemaker(f"space/*/{TEAM}-{PERSON}-*")
    own_apps = account.sagemaker(f"app/*/{TEAM}-{PERSON}-*/*")
    owned = {"sagemaker:OwnerUserProfileArn": account.sagemaker(f"user-profile/*/{TEAM}-{PERSON}")[0]}
    private = {
        "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
        "ArnLike": owned,
        "ForAllValues:StringEquals": account.allowed_instances,
    }
    return (
        Statement(
            sid="OpenOnesOwnStudio",
            actions=["sagemaker:CreatePresignedDomainUrl"],
            resources=account.sagemaker(f"user-profile/*/{TEAM}-{PERSON}"),
            why="the caller's own profile, in whichever domain of the account",
        ),
        Statement(
            sid="SeeStudio",
            actions=[
                "sagemaker:DescribeApp",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeUserProfile",
                "sagemaker:ListTags",
            ],
            resources=account.sagemaker("*"),
            why="how apps and profiles are set is no secret inside the account",
        ),
        list_studio(),
        *follow_jobs(account),
        Statement(
            sid="RunPrivateSpacesOfOnesOwn",
            actions=["sagemaker:CreateApp", "sagemaker:CreateSpace", "sagemaker:UpdateSpace"],
            resources=[*own_spaces, *own_apps],
            conditions=private,
            why="a shared space would run everybody's code under one role",
        ),
        Statement(
            sid="EndOnesOwnSpaces",
            actions=["sagemaker:DeleteApp", "sagemaker:DeleteSpace"],
            resources=[*own_spaces, *own_apps],
            conditions={"ArnLike": owned},
            why="the caller's own; the owner is asked for too, as ann-lee's spaces are named like ann's, and longer",
        ),
        Statement(
            sid="TagWhatOneCreates",
            actions=["sagemaker:AddTags"],
            resources=account.sagemaker(f"space/*/{TEAM}-*", f"app/*/{TEAM}-*/*", *(f"{k}/{TEAM}-*" for k in MADE)),
            conditions={
                "Null": {"sagemaker:TaggingAction": "false"},
                "StringEqualsIfExists": {"aws:RequestTag/team": TEAM},
            },
            why="tags are set while creating, never changed afterwards, and none puts the costs on another team",
        ),
    )


def lead_team(account: Account) -> tuple[Statement, ...]:
    """Clean up after one's team: end the spaces of those who left them running."""
    return (
        Statement(
            sid="EndSpacesOfOnesTeam",
            actions=["sagemaker:DeleteApp", "sagemaker:DeleteSpace"],
            resources=account.sagemaker(f"space/*/{TEAM}-*", f"app/*/{TEAM}-*/*"),
            why="spaces and apps whose names start with the caller's team",
        ),
    )
