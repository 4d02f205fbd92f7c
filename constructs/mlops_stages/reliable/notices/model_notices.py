"""What tells a model's owner of its alarms, and others where nobody acknowledges them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from mlops_stages import runtime
from mlops_stages.foundation import (
    AlarmTopic,
    CodeLocation,
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    FunctionCode,
    LambdaFunction,
    ServiceRole,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.reliable.metric_alarm import tell_when
from mlops_stages.reliable.notices.chat_channel import SlackChannel
from mlops_stages.reliable.notices.statements import notify
from mlops_stages.reliable.scheduled_function import call, private_queue
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.notices.settings import VARIABLE, Settings

_RUNTIME = Path(str(runtime.__file__)).parent
_FOLDERS = ("decisions", "labels", "ledger", "monitor_runs", "monitors", "notices")
CODE = FunctionCode(
    paths=[*(_RUNTIME / folder for folder in _FOLDERS), _RUNTIME / "causes.py", _RUNTIME / "chat.py"],
    under="mlops_stages/runtime",
    distributions=["aws-lambda-powertools", "jmespath", "typing-extensions"],
)
HANDLER = "mlops_stages.runtime.notices.function.handler"
SECONDS = 60
_ALARMS = "lambda.alarms.cloudwatch.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Who is told of an alarm that nobody has acknowledged, and which channel shows it.

    Attributes:
        minutes: how long there is to acknowledge it.
        others: e-mail addresses, at least one.
        channel: the chat channel that shows what is told; None without.
    """

    minutes: int
    others: Sequence[str]
    channel: SlackChannel | None = None


class ModelNotices(Construct):
    """A function that CloudWatch's alarms of one model call, and the topics by which it tells people.

    What it cannot tell lies in a queue, and an alarm of its own, which calls nothing but the owner's topic, says so.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        runbook: str,
        escalation: Escalation,
        bucket_name: str,
        data_key: CustomerManagedKey,
        key: CustomerManagedKey,
        code: CodeLocation,
        log_group: EncryptedLogGroup,
        permissions_boundary_arn: str,
        chat_topic_arn: str | None = None,
    ) -> None:
        """Create function, topics, queue, schedules' group and the alarm on itself.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves; its owner is told first.
            runbook: the page that notices name.
            escalation: who is told next, and when.
            bucket_name: of the store of decisions, where figures are and what is told is kept.
            data_key: of that store.
            key: of topics, queue, logs, schedules and environment; made with `functions_may_encrypt` and
                `alarms_may_encrypt`, usable through `scheduler`, `sns` and `sqs`.
            code: where `CODE` was placed in this stack.
            log_group: where the function logs to; a team's may share it.
            permissions_boundary_arn: the most that its roles may ever do.
            chat_topic_arn: of the `ChatChannel` that shows what is told, under the same key; none without.

        Raises:
            ValueError: `REL-038` for a runbook longer than a description takes; `FND-060` without anybody who is told
                next.
        """
        told = served.told(id, runbook)
        name, perimeter = served.notices_name, served.perimeter
        super().__init__(scope, id)
        owner = AlarmTopic(self, "Owner", perimeter=perimeter, key_arn=key.key_arn, owners=[served.owner])
        others = AlarmTopic(self, "Others", perimeter=perimeter, key_arn=key.key_arn, owners=escalation.others)
        topics = (owner.topic_arn, others.topic_arn)
        failed = private_queue(self, "Failed", name=f"{name}-failed", key_arn=key.key_arn)
        group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        schedule_role = ServiceRole(
            self,
            "ScheduleRole",
            perimeter=perimeter,
            service="scheduler.amazonaws.com",
            description=f"Calls the function {name}",
            permissions_boundary_arn=permissions_boundary_arn,
            statements=call(served.notices_arn, failed.attr_arn, key.key_arn),
            trust_conditions={"ArnEquals": {"aws:SourceArn": perimeter.arn("scheduler", f"schedule-group/{name}")}},
        )
        role = DutyRole(
            self,
            "Role",
            platform=served.addresses.platform,
            team=served.team,
            name=served.addresses.model_role_name(served.model, served.addresses.notify_duty(served.environment)),
            description=f"Tells of the alarms of model {served.model} in {served.environment}",
            trust=[trust_in_lambda(perimeter)],
            statements=[
                *run_functions(perimeter, [name], log_group_arn=log_group.log_group_arn, key_arn=key.key_arn),
                *notify(
                    served,
                    bucket_name=bucket_name,
                    data_key_arn=data_key.key_arn,
                    topic_arns=[*topics, *([] if chat_topic_arn is None else [chat_topic_arn])],
                    schedule_role_arn=schedule_role.role_arn,
                    failed_arn=failed.attr_arn,
                    key_arn=key.key_arn,
                ),
            ],
            permissions_boundary_arn=permissions_boundary_arn,
        )
        settings = Settings(
            model=f"{served.team}/{served.model}",
            environment=served.environment,
            endpoint=served.endpoint_name,
            bucket=bucket_name,
            prefixes=served.alarms_begin_with,
            told=told,
            runbook=runbook,
            owner=served.owner,
            owner_topic=owner.topic_arn,
            others=", ".join(escalation.others),
            others_topic=others.topic_arn,
            minutes=escalation.minutes,
            group=group.ref,
            schedule_role=schedule_role.role_arn,
            failed_queue=failed.attr_arn,
            key=key.key_arn,
            chat_topic="" if chat_topic_arn is None else chat_topic_arn,
        )
        function = LambdaFunction(
            self,
            "Function",
            name=name,
            description=f"Tells of the alarms of model {served.model}",
            code=code,
            handler=HANDLER,
            role_arn=role.role_arn,
            log_group=log_group,
            key_arn=key.key_arn,
            environment={VARIABLE: settings.to_json()},
            dead_letter_queue_arn=failed.attr_arn,
            timeout_seconds=SECONDS,
        )
        for number, begin in enumerate(served.alarms_begin_with, 1):
            lambda_.CfnPermission(
                self,
                f"Alarms{number}",
                action="lambda:InvokeFunction",
                function_name=function.function_arn,
                principal=_ALARMS,
                source_account=perimeter.account,
                source_arn=perimeter.arn("cloudwatch", f"alarm:{begin}*"),
            )
        self.function_arn: str = function.function_arn
        """What alarms name as their action."""
        self.role_arn: str = role.role_arn
        self.owner_topic_arn: str = owner.topic_arn
        """What tells the model's owner without the function."""
        self._name, self._told = name, told
        self.alarm_name: str = str(self._tell_of_itself(failed.attr_queue_name).alarm_name)
        """Of the alarm on itself."""

    def _tell_of_itself(self, failed_name: str) -> cloudwatch.CfnAlarm:
        return tell_when(
            self,
            "NotTold",
            name=f"{self._name}-failed",
            why=f"An alarm of the model could not be told: `mlops-stages model` shows which are open, and the log of "
            f"{self._name} says why. {self._told}",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            dimensions={"QueueName": failed_name},
            tells=self.owner_topic_arn,
            statistic="Maximum",
        )
