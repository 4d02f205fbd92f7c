"""The owner of a model is told of every change of its versions in the registry."""

from constructs import Construct

from mlops_stages.foundation import AlarmTopic, EventNotice, Perimeter
from mlops_stages.foundation.event_notice import calls_of
from mlops_stages.platform import Addresses

UPDATES = (
    "DeleteModelPackage",
    "DeleteModelPackageGroup",
    "DeleteModelPackageGroupPolicy",
    "PutModelPackageGroupPolicy",
    "UpdateModelPackage",
)
"""The calls that change what is registered; a registration is the pipeline's."""
VERSION_FIELDS = ("modelPackageArn", "modelPackageName", "modelPackageGroupName")
"""Where such a request names what it changes, as CloudTrail spells it."""


class RegistryWatch(Construct):
    """A topic for the owner of a model, and the rule that tells it of each update of a version, refused ones too.

    Decisions are told like all else: a rule for what is more than a decision would have to list the fields of the call,
    and miss the next one that AWS adds. What an update says stands in the notice.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html
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
        key_arn: str,
        account_topic_arn: str,
    ) -> None:
        """Create the topic and the rule.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account.
            addresses: the platform's names.
            team: whose model it is.
            model: the model's name.
            owner: e-mail address of who answers for it.
            key_arn: of the account's key of alarms, which lets alarms and rules publish.
            account_topic_arn: the account's topic of alarms: its owner is told too, as who approves may be the owner.
        """
        super().__init__(scope, id)
        group, versions = addresses.package_group(team, model), addresses.packages(team, model).removesuffix("*")
        name = f"{addresses.platform}-{model}-registry"  # a model's name is unique in its platform
        topic = AlarmTopic(
            self,
            "Owner",
            perimeter=perimeter,
            key_arn=key_arn,
            owners=[owner],
            rule_arns=[perimeter.arn("events", f"rule/{name}")],
        )
        of_the_model = {
            "modelPackageArn": [{"prefix": versions}],
            "modelPackageName": [{"prefix": versions}],
            "modelPackageGroupName": [addresses.package_group_name(team, model), group],
        }
        EventNotice(
            self,
            "Updates",
            name=name,
            pattern=calls_of(
                "sagemaker",
                UPDATES,
                **{"$or": [{"requestParameters": {field: of_the_model[field]}} for field in VERSION_FIELDS]},
            ),
            why=f"Versions of model {model} were changed in the registry, or it was refused. If the request is more "
            "than an approval or a rejection, don't use the version, and ask who made it.",
            topic_arns=[topic.topic_arn, account_topic_arn],
            failures_to=account_topic_arn,
        )
