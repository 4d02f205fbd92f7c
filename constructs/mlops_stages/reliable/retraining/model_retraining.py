"""What looks once a day whether a model is to be trained again, and what becomes of the version."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Tags
from constructs import Construct

from mlops_stages.foundation import (
    CodeLocation,
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    LambdaFunction,
    Perimeter,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.reliable.metric_alarm import HOUR, tell_when
from mlops_stages.reliable.promotion import Promotion
from mlops_stages.reliable.retraining.statements import retrain
from mlops_stages.reliable.scheduled_function import call_on_schedule, private_queue
from mlops_stages.runtime.monitor_runs.days import HOURS_KNOWN, RUNS_AT
from mlops_stages.runtime.promotion.settings import VARIABLE as PROMOTION
from mlops_stages.runtime.retraining.settings import VARIABLE, Settings

HANDLER = "mlops_stages.runtime.retraining.function.handler"
SECONDS, MEMORY_MB = 300, 512
EVERY_DAY = f"cron({RUNS_AT.minute} {RUNS_AT.hour + 1} * * ? *)"
"""An hour after the monitors: by then what they found of the day is there, even if they had to run twice."""


@dataclass(frozen=True, kw_only=True)
class RetrainingTerms:
    """What is declared about a model's retraining.

    Attributes:
        every_days: after how many days the next run starts at the latest; None where only a wrong model starts one.
        cool_down_days: for how many days after a run none starts.
        most_a_year: runs in 365 days at most.
    """

    every_days: int | None
    cool_down_days: int
    most_a_year: int


class ModelRetraining(Construct):
    """A function that trains a model again where it is wrong or where it is time, and follows what becomes of that.

    Each day it reads what production's monitors found. It starts the model's own pipeline, by a role in the
    development account: with the code of the version that serves, the newest data before the judged days, and the
    requests of production. A candidate that is not better on these is rejected, with the figure; one that is better
    is told to the owner, whose approval starts its promotion. It approves nothing.

    The role `PLATFORM-MODEL.retrain` reads no request, no decision and no row of data.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/run-pipeline.html
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
        terms: RetrainingTerms,
        classifications: Sequence[DataClassification],
        promotion: Promotion,
        key: CustomerManagedKey,
        code: CodeLocation,
        permissions_boundary_arn: str,
    ) -> None:
        """Create function, role, queue, schedule and alarm.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account.
            addresses: the platform's names.
            team: whose model it is.
            model: the model's name.
            terms: when it is trained again.
            classifications: of the team's data, those that the model may read; at least one.
            promotion: the model's, whose table, topic and ledger it uses.
            key: of table, topic, queue, logs and schedule: the promotion's, usable through `SERVICES`, too.
            code: where `promotion.CODE` was placed in this stack.
            permissions_boundary_arn: the most that its roles may ever do; it must have `retraining_actions`.

        Raises:
            ValueError: `REL-082` without data that the model may read, or for a number of days or runs below 1.
        """
        numbers = (terms.cool_down_days, terms.most_a_year, 1 if terms.every_days is None else terms.every_days)
        if not classifications or min(numbers) < 1:
            message = (
                f"REL-082: {id}: model {model} is trained again on {len(classifications)} classifications of data, by "
                f"{terms}; give at least one, and days and runs of at least 1"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        name = addresses.retraining_name(model)
        failed = private_queue(self, "Failed", name=f"{name}-failed", key_arn=key.key_arn)
        logs = EncryptedLogGroup(self, "Logs", key=key)
        role_name = addresses.retrain_role(team, model).rpartition("/")[2]
        portions = dict(
            retrain(
                addresses,
                team,
                model,
                topic_arns=promotion.told_by,
                failed_arn=failed.attr_arn,
                key_arn=key.key_arn,
            )
        )
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=role_name,
            description=f"Has candidates of model {model} trained, and rejects those that are not better",
            trust=[trust_in_lambda(perimeter)],
            statements=portions.pop("Policy"),
            further={
                **portions,
                "Functions": run_functions(perimeter, [name], log_group_arn=logs.log_group_arn, key_arn=key.key_arn),
            },
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
        told = Settings(
            function=name,
            role=role_name,
            pipeline=addresses.pipeline_name(team, model),
            start_role=addresses.start_retraining_role(team, model),
            bucket=addresses.challenges_bucket(team),
            data=tuple(addresses.data_bucket(team, each) for each in sorted(set(classifications))),
            every_days=terms.every_days,
            cool_down_days=terms.cool_down_days,
            most_a_year=terms.most_a_year,
        )
        function = LambdaFunction(
            self,
            "Function",
            name=name,
            description=f"Retraining of model {model}: whether it is due, and what becomes of it",
            code=code,
            handler=HANDLER,
            role_arn=role.role_arn,
            log_group=logs,
            key_arn=key.key_arn,
            environment={PROMOTION: promotion.told.to_json(), VARIABLE: told.to_json()},
            dead_letter_queue_arn=failed.attr_arn,
            timeout_seconds=SECONDS,
            memory_mb=MEMORY_MB,
        )
        function.resource.node.add_dependency(promotion.table.resource)
        call_on_schedule(
            self,
            perimeter=perimeter,
            function=function,
            failed_arn=failed.attr_arn,
            key_arn=key.key_arn,
            expression=EVERY_DAY,
            what=f"Looks whether model {model} is to be trained again",
            permissions_boundary_arn=permissions_boundary_arn,
        )
        tell_when(
            self,
            "NotLooked",
            name=f"{name}-failed",
            why=f"Whether model {team}/{model} is to be trained again could not be looked at, three times; the log of "
            f"{name} says why, and the next day's look tries again.",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed.attr_queue_name},
            tells=promotion.topic_arn,
            statistic="Maximum",
        )
        tell_when(
            self,
            "Silent",
            name=f"{name}-silent",
            why=f"Nothing has looked for {HOURS_KNOWN} hours whether model {team}/{model} is to be trained again: the "
            f"schedule {name} is disabled or gone, or cannot call the function. Deploy the team's stack again.",
            metric=("AWS/Lambda", "Invocations"),
            dimensions={"FunctionName": name},
            tells=promotion.topic_arn,
            # A new alarm knows nothing either, which is no change, so that nobody is told before the first look is due.
            tells_when_unknown=True,
            comparison="LessThanThreshold",
            period=HOUR,
            of=HOURS_KNOWN,
            missing="missing",
        )
        Tags.of(self).add("model", model)
