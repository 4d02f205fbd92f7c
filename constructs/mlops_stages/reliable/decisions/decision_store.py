"""Where a team's decisions are kept as rows, as long as the law may ask for them."""

from collections.abc import Collection, Mapping, Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket, Statement, title_case
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.runtime.decisions.hours import FOLDERS, LOCKED_DAYS, MANIFESTS, QUARANTINE
from mlops_stages.runtime.labels.source import LABELS
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.notices.incidents import NOTICES

KEEP_DAYS: Mapping[DataClassification, int] = {
    DataClassification.PUBLIC: 1825,
    DataClassification.INTERNAL: 1825,
    DataClassification.CONFIDENTIAL: 730,
    DataClassification.RESTRICTED: LOCKED_DAYS,
}
"""How long a decision is kept, by how sensitive it is: what is captured of it goes earlier."""
NONCURRENT_DAYS = 1
"""A file that late decisions have replaced says nothing that its successor does not; its lock keeps it longer."""


class DecisionStore(Construct):
    """A team's decisions of one classification in one environment: a bucket under the key of what was captured.

    Each model's functions write into that model's folders, each into its own. People write that they take care of an
    alarm, and nobody writes anything else. Nobody deletes: a version is locked for half a year (Object Lock, compliance
    mode), and goes by its age afterwards.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        models: Sequence[str],
        environment: str,
        classification: DataClassification,
        key: CustomerManagedKey,
        access_log_bucket: s3.IBucket,
        monitored: Collection[str] = (),
        keep_days: int | None = None,
    ) -> None:
        """Create the bucket.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account that the models serve in.
            addresses: the platform's names.
            team: whose models they are.
            models: names of the models whose decisions are read, at least one.
            environment: such as `production`.
            classification: how sensitive the decisions are; it decides how long they are kept.
            key: of the captures of that classification, `CaptureStore.key`.
            access_log_bucket: where S3 writes who asked for what.
            monitored: those of the models whose monitors keep labels and figures beside the decisions.
            keep_days: days that a decision is kept, where the classification is not to decide.

        Raises:
            ValueError: `REL-080` without a model, with one twice, or for fewer days than the lock has.
        """
        days = KEEP_DAYS[classification] if keep_days is None else keep_days
        if not models or len({*models}) < len(models) or days < LOCKED_DAYS:
            message = (
                f"REL-080: {id}: models {', '.join(models)}, kept {days} days; name at least one, each once, and keep "
                f"{LOCKED_DAYS} days or more"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        self.keep_days: int = days
        """Days that a decision is kept."""
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            lifecycle=Lifecycle(current_days=days, noncurrent_days=NONCURRENT_DAYS),
            locked_days=LOCKED_DAYS,
            statements=_written_by_functions(perimeter, addresses, team, models, monitored, environment),
        )


def parts_of(bucket_arn: str, endpoint: str) -> list[str]:
    """The objects of one endpoint in a store that its reader of decisions writes."""
    return _in(bucket_arn, FOLDERS, endpoint)


def monitored_parts_of(bucket_arn: str, endpoint: str) -> list[str]:
    """The objects of one endpoint in a store that its monitors write: labels, and what runs find."""
    folders = (LABELS, f"{MANIFESTS}/{LABELS}", f"{QUARANTINE}/{LABELS}", MONITORS, f"{MANIFESTS}/{MONITORS}")
    return _in(bucket_arn, folders, endpoint)


def noticed_parts_of(bucket_arn: str, endpoint: str) -> list[str]:
    """The objects of one endpoint in a store that say what was told of its alarms, and who has acknowledged them."""
    return _in(bucket_arn, [NOTICES], endpoint)


def _in(bucket_arn: str, folders: Sequence[str], endpoint: str) -> list[str]:
    return [f"{bucket_arn}/{folder}/endpoint={endpoint}/*" for folder in folders]


def _written_by_functions(
    perimeter: Perimeter,
    addresses: Addresses,
    team: str,
    models: Sequence[str],
    monitored: Collection[str],
    environment: str,
) -> list[Statement]:
    """Refuse to everybody to write but by the functions of the model whose part it is, each its own; and to delete."""

    def role(model: str, duty: str) -> str:
        return addresses.model_role(perimeter.account, team, model, duty)

    readers = {model: role(model, addresses.read_decisions_duty(environment)) for model in models}
    notices = {model: role(model, addresses.notify_duty(environment)) for model in models}
    monitors = {model: role(model, addresses.monitor_duty(environment)) for model in models if model in monitored}
    people = {model: role(model, addresses.see_duty(environment)) for model in models}

    def refuse(sid: str, resources: Sequence[str], writers: Sequence[str]) -> Statement:
        return Statement(
            sid=sid,
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=resources,
            conditions={"ArnNotEquals": {"aws:PrincipalArn": list(writers)}},
        )

    return [
        *(
            # Numbered: "card-1" and "card1" read alike without their hyphens.
            refuse(
                f"DenyOtherWritersOf{title_case(model)}{number}",
                parts_of("{bucket}", addresses.endpoint_name(team, model, environment)),
                [reader],
            )
            for number, (model, reader) in enumerate(readers.items(), 1)
        ),
        *(
            refuse(
                f"DenyOtherMonitorsOf{title_case(model)}{number}",
                monitored_parts_of("{bucket}", addresses.endpoint_name(team, model, environment)),
                [monitor],
            )
            for number, (model, monitor) in enumerate(monitors.items(), 1)
        ),
        *(
            # Which of the two writes what, their own policies say.
            refuse(
                f"DenyOtherNoticesOf{title_case(model)}{number}",
                noticed_parts_of("{bucket}", addresses.endpoint_name(team, model, environment)),
                [notices[model], people[model]],
            )
            for number, model in enumerate(models, 1)
        ),
        refuse(
            "DenyOtherWriters",
            ["{bucket}/*"],
            [*readers.values(), *monitors.values(), *notices.values(), *people.values()],
        ),
        Statement(
            sid="DenyDeletion",
            effect="Deny",
            principals="*",
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=["{bucket}/*"],
        ),
    ]
