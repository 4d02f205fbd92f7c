"""One model's versions in the platform's registry: who may register, read and approve, and what must be told."""

from collections.abc import Mapping, Sequence

from aws_cdk import Tags
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.condition_keys import spellings
from mlops_stages.foundation import Perimeter, Statement, policy_document, retain, title_case
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.sharing import only, refuse_unnamed_readers, roots

ORIGIN = (
    "code-sha256",
    "commit",
    "dataset-manifest",
    "dataset-manifest-sha256",
    "evaluation",
    "evaluation-sha256",
    "execution",
    "image-digest",
    "model-sha256",
)
"""The keys of CustomerMetadataProperties without which no version is registered, and that nobody changes."""
MADE_BY = ("author", "started-by")
"""The keys that say who wrote the commit and who started the run: who decides about a version must not be either, so
nobody changes them. A version without them is registered, and never promoted."""
PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
"""The values of ModelApprovalStatus."""
REGISTER = ("sagemaker:CreateModelPackage",)
READ = ("sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages")
DECIDE = ("sagemaker:UpdateModelPackage",)
SERVE = ("sagemaker:CreateModel",)
"""What it takes to make a model of a version, besides the permission to make a model."""

_METADATA = "sagemaker:CustomerMetadataProperties"
_REMOVED = "sagemaker:CustomerMetadataPropertiesToRemove"
_STATUS = "sagemaker:ModelApprovalStatus"
_STAGES = spellings("sagemaker:ModelLifeCycle/Stage")
_STAGE_STATUSES = spellings("sagemaker:ModelLifeCycle/StageStatus")
"""A request that gives a life cycle gives its stage: the API demands both parts of it."""


def registers_pending_with_origin() -> dict[str, dict[str, str]]:
    """The conditions of a registration: not approved, in no life cycle, its origin and its digests named.

    For the identity policy of whoever registers, too: in one account that alone decides.
    """
    return {
        "StringEquals": {_STATUS: PENDING},
        "Null": {**{f"{_METADATA}/{key}": "false" for key in ORIGIN}, **dict.fromkeys(_STAGES, "true")},
    }


def decides_only(statuses: Sequence[str] = (APPROVED, REJECTED)) -> dict[str, dict[str, str | list[str]]]:
    """The conditions of a decision: approved or rejected, with the origin and the digests left as they are.

    IAM has no key for the other fields of UpdateModelPackage, such as another image: whoever reads a package compares
    it with its digests, and `RegistryWatch` tells its owner of such an update.
    """
    unchanged: dict[str, str | list[str]] = {f"{_METADATA}/{key}": "true" for key in (*ORIGIN, *MADE_BY)}
    kept = dict.fromkeys((_REMOVED, *_STAGES), "true")
    return {"StringEquals": {_STATUS: list(statuses)}, "Null": {**unchanged, **kept}}


PRODUCTION, STAGING = "Production", "Staging"
"""The values of ModelLifeCycle's Stage."""
RELEASED, NOT_RELEASED, RESTORED, REQUESTED = "Approved", "Rejected", "Restored", "Requested"
"""The values of its StageStatus: the second approval and its refusal; the way back; a version for staging again."""
MOVES: Mapping[str, tuple[str, ...]] = {
    PRODUCTION: (RELEASED, NOT_RELEASED, RESTORED),
    STAGING: (REQUESTED,),
}
"""Where a version may be moved along its life cycle, by whom it is released."""


def moves_only() -> tuple[Mapping[str, Mapping[str, str | list[str]]], ...]:
    """The conditions of a move along the life cycle, all else left as it is: one for each stage.

    For Allow statements, beside `without_a_move` to deny: alone, they let pass what gives no life cycle. As for a
    decision, IAM has no key for the other fields.
    """
    unchanged: dict[str, str | list[str]] = {f"{_METADATA}/{key}": "true" for key in (*ORIGIN, *MADE_BY)}
    kept = {**unchanged, _REMOVED: "true", _STATUS: "true"}
    return tuple(
        {
            "StringEqualsIfExists": {
                **dict.fromkeys(_STAGES, stage),
                **{status: list(statuses) for status in _STAGE_STATUSES},
            },
            "Null": kept,
        }
        for stage, statuses in MOVES.items()
    )


def without_a_move() -> tuple[Mapping[str, Mapping[str, str]], ...]:
    """The conditions of what gives no stage, and of what gives no status, by whichever spelling AWS supplies."""
    return tuple({"Null": dict.fromkeys(keys, "true")} for keys in (_STAGES, _STAGE_STATUSES))


class ModelPackageGroup(Construct):
    """A model's group in the registry, with a policy by account.

    The model's own pipeline in the development account registers, pending approval; in staging and production the
    roles of the model's releases, and those that deploy stacks, make models of its versions, and the role that judges
    it looks them up; nobody else may do anything. A version without its origin and the digests of model, image,
    evaluation and code is refused to everybody, and so is a change of them later. Along its life cycle a version is
    moved by the model's `release` role alone, where there is one, and by nobody else. Deleting the stack keeps the
    group.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html,
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        model: str,
        owner: str,
        readers: Sequence[str],
        deployers: Sequence[str] = (),
        is_released: bool = False,
        is_compared: bool = False,
        is_retrained: bool = False,
    ) -> None:
        """Create the group.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            team: whose model it is.
            model: the model's name.
            owner: e-mail address of who answers for it; the group's tag `owner`.
            readers: ids of the accounts that run models.
            deployers: ARNs of the roles that deploy stacks there: a stack that changes how a model serves makes a
                model of its version anew.
            is_released: whether the model has a role that releases its versions, `reliable.ReleaserRole`.
            is_compared: whether a role in production, that of `reliable.ModelMonitor`, looks versions up.
            is_retrained: whether that role also lists them, to judge those that wait for approval.

        Raises:
            ValueError: `REP-038` for readers that the addresses name neither staging nor production.
        """
        refuse_unnamed_readers(id, addresses, readers)
        super().__init__(scope, id)
        group = sagemaker.CfnModelPackageGroup(
            self,
            "Resource",
            model_package_group_name=addresses.package_group_name(team, model),
            # No description: changing one replaces the group, which its fixed name would not allow.
            model_package_group_policy=policy_document(
                _policy(
                    perimeter,
                    addresses,
                    team,
                    model,
                    readers,
                    deployers,
                    is_released=is_released,
                    is_compared=is_compared,
                    is_retrained=is_retrained,
                )
            ),
        )
        retain(group)
        Tags.of(group).add("owner", owner)
        self.group_arn: str = group.attr_model_package_group_arn


def _policy(
    perimeter: Perimeter,
    addresses: Addresses,
    team: str,
    model: str,
    readers: Sequence[str],
    deployers: Sequence[str],
    *,
    is_released: bool = False,
    is_compared: bool = False,
    is_retrained: bool = False,
) -> list[Statement]:
    both = [addresses.package_group(team, model), addresses.packages(team, model)]
    pipeline = only(perimeter, [addresses.pipeline_role(team, model)])
    development = roots(perimeter, [addresses.development])
    registration = registers_pending_with_origin()
    equals = {**pipeline.get("StringEquals", {}), **registration["StringEquals"]}
    statements = [
        Statement(
            sid="ThePipelineRegistersWithOriginAndPending",
            principals=development,
            actions=REGISTER,
            resources=both,
            conditions={**pipeline, **registration, "StringEquals": equals},
            why="the versions of this group",
        ),
        Statement(
            sid="ThePipelineReads",
            principals=development,
            actions=READ,
            resources=both,
            conditions=pipeline,
            why="the versions of this group",
        ),
    ]
    if readers:
        environments = addresses.environments_in(readers)
        releases = [addresses.cloudformation_role(team, model, environment) for environment in environments]
        statements.append(
            Statement(
                sid="ReleasesMakeModels",
                principals=roots(perimeter, readers),
                actions=[*SERVE, "sagemaker:DescribeModelPackage"],
                resources=[addresses.packages(team, model)],
                conditions=only(perimeter, [*releases, *deployers]),
                why="the versions of this group",
            )
        )
    judging = [
        ("WhoJudgesLooksVersionsUp", "sagemaker:DescribeModelPackage", both[1:], is_compared),
        ("WhoJudgesListsVersions", "sagemaker:ListModelPackages", both, is_retrained),
    ]
    statements += [
        Statement(
            sid=sid,
            principals=roots(perimeter, [addresses.account_of("production")]),
            actions=[action],
            resources=resources,
            conditions=only(perimeter, [addresses.monitor_role(team, model, "production")]),
            why="the versions of this group",
        )
        for sid, action, resources, is_asked in judging
        if is_asked
    ]
    everybody = roots(perimeter, [perimeter.account, addresses.development, *readers])
    releaser = addresses.model_role(addresses.tooling, team, model, "release") if is_released else None
    return [*statements, *_refusals(everybody, both, releaser)]


def _refusals(everybody: dict[str, list[str]], both: Sequence[str], releaser: str | None) -> list[Statement]:
    """What no identity policy can allow, an administrator's neither."""
    _, packages = both
    refusals = [
        Statement(
            sid="RefuseRegistrationAsApproved",
            effect="Deny",
            principals=everybody,
            actions=REGISTER,
            resources=both,
            conditions={"StringNotEquals": {_STATUS: PENDING}},
            why="the versions of this group",
        ),
        Statement(
            sid="RefuseForgettingTheOrigin",
            effect="Deny",
            principals=everybody,
            actions=DECIDE,
            resources=[packages],
            conditions={"ForAnyValue:StringEquals": {_REMOVED: [*ORIGIN, *MADE_BY]}},
            why="the versions of this group",
        ),
    ]
    for number, stage in enumerate(_STAGES, start=1):
        moving = {"Null": {stage: "false"}}
        refusals.append(
            Statement(
                sid=f"DenyLifeCycleStage{number}",
                effect="Deny",
                principals=everybody,
                actions=[*REGISTER, *DECIDE] if releaser is None else REGISTER,
                resources=both,
                conditions=moving,
                why="the versions of this group",
            )
        )
        if releaser is not None:
            refusals.append(
                Statement(
                    sid=f"DenyLifeCycleStageToOthers{number}",
                    effect="Deny",
                    principals=everybody,
                    actions=DECIDE,
                    resources=[packages],
                    conditions={**moving, "ArnNotEquals": {"aws:PrincipalArn": releaser}},
                    why="the versions of this group",
                )
            )
    for key in (*ORIGIN, *MADE_BY):
        name = title_case(key)
        if key in ORIGIN:
            refusals.append(
                Statement(
                    sid=f"RefuseRegistrationWithout{name}",
                    effect="Deny",
                    principals=everybody,
                    actions=REGISTER,
                    resources=both,
                    conditions={"Null": {f"{_METADATA}/{key}": "true"}},
                    why="the versions of this group",
                )
            )
        refusals.append(
            Statement(
                sid=f"RefuseAnother{name}",
                effect="Deny",
                principals=everybody,
                actions=DECIDE,
                resources=[packages],
                conditions={"Null": {f"{_METADATA}/{key}": "false"}},
                why="the versions of this group",
            )
        )
    return refusals
