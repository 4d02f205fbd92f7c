"""One model's promotion: what its approvals set in motion."""

from collections.abc import Sequence

from aws_cdk import Tags
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from mlops_stages.foundation import (
    AlarmTopic,
    CodeLocation,
    CustomerManagedKey,
    DutyRole,
    EncryptedLogGroup,
    LambdaFunction,
    Perimeter,
    ServiceRole,
    Statement,
    alarms_may_encrypt,
    events_may_encrypt,
    functions_may_encrypt,
    logs_may_encrypt,
    retain,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.platform import Addresses
from mlops_stages.reliable.promotion.code import REQUEST, TASK
from mlops_stages.reliable.promotion.event_patterns import decisions, untold_ends
from mlops_stages.reliable.promotion.failed_events import FailedEvents
from mlops_stages.reliable.promotion.one_approval import OneApproval
from mlops_stages.reliable.promotion.releases_table import ReleasesTable
from mlops_stages.reliable.promotion.statements import ENVIRONMENTS, promote, run_machine
from mlops_stages.reliable.promotion.states import definition
from mlops_stages.runtime.promotion import settings as runtime

LOG_DAYS = 365
RETRIES, RETRY_HOURS = 24, 6
"""Of an event that does not reach its function, or that the function fails at."""
NOT_ASYNCHRONOUS = "The state machine calls it and waits for its answer; a failure is a state, which tells the owner."


def promotions_may_encrypt(perimeter: Perimeter) -> tuple[Statement, ...]:
    """What the policy of the promotions' key must hold, beside its use through `SERVICES`.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    return (
        *logs_may_encrypt(perimeter),
        alarms_may_encrypt(perimeter),
        events_may_encrypt(),
        *functions_may_encrypt(perimeter),
        Statement(
            sid="MachinesEncryptTheirHistory",
            principals={"AWS": [perimeter.root]},
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:states:stateMachineArn": perimeter.arn("states", "stateMachine:*")
                },
                "StringEquals": {"kms:CallerAccount": perimeter.account},
            },
        ),
        Statement(
            sid="LogsOfMachinesAreDelivered",
            principals={"Service": ["delivery.logs.amazonaws.com"]},
            actions=["kms:Decrypt"],
            conditions={
                **perimeter.from_this_account,
                "ArnLike": {"aws:SourceArn": perimeter.arn("logs", "*")},
            },
        ),
    )


class Promotion(Construct):
    """From the registry's event of an approval to production, and back: a state machine, its functions, what they keep.

    An approval starts an execution: staging by a change set, tests that call the endpoint, the wait for a second
    person, production by a change set, verified by the configuration that the endpoint names. Every failure, every
    execution that ends otherwise, and every event that no function could take is told to the model's owner.

    The role `PLATFORM-MODEL.promote`, which all functions share, makes nothing in the accounts that the model serves
    in: it becomes the `.deploy-ENVIRONMENT` there.

    Sources: https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
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
        promise: runtime.Promise,
        longest_minutes: int,
        has_endpoint: bool = True,
        inputs: Sequence[tuple[str, str]] = (),
        key: CustomerManagedKey,
        code: CodeLocation,
        permissions_boundary_arn: str,
        chat_topic_arn: str | None = None,
        one_approval: OneApproval | None = None,
    ) -> None:
        """Create it.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account.
            addresses: the platform's names, staging's and production's accounts among them.
            team: whose model it is.
            model: the model's name.
            owner: e-mail address of who answers for it, and is told.
            promise: what staging's tests compare with.
            longest_minutes: after which a deployment that has not ended is given up; above what its rollout takes.
            has_endpoint: whether callers ask it; else it scores on a schedule, and is tested by transform jobs.
            inputs: name and type of each field of a request, in order; a version that takes others is refused. Without
                any, no version is compared.
            key: of table, queue, topic, logs and history; made with `via` `SERVICES` and `promotions_may_encrypt`.
            code: where `CODE` was placed in this stack.
            permissions_boundary_arn: the most that its roles may ever do; it must have `promotion_actions`.
            chat_topic_arn: of the `ChatChannel` that shows what its owner is told, under the same key; none without.
            one_approval: lets versions of the model's `ModelRetraining` go on without a second approval; every version
                takes two without.

        Raises:
            ValueError: `REL-070` for a deployment's time out of its bounds, or a platform without an account for
                staging or production; `REL-083` for one approval where there must be two.
        """
        if not 30 <= longest_minutes <= 12 * 60 or addresses.staging is None or addresses.production is None:
            message = (
                f"REL-070: {id}: {longest_minutes} minutes for a deployment; give 30 to 720, and addresses with the "
                "accounts of staging and production"
            )
            raise ValueError(message)
        if one_approval is not None:
            one_approval.check(id, has_endpoint=has_endpoint)
        super().__init__(scope, id)
        self._perimeter, self._addresses, self._team, self._model = perimeter, addresses, team, model
        self._inputs, self._key, self._code = inputs, key, code
        names = {
            "request": addresses.request_function_name(model),
            "task": f"{addresses.platform}-{model}-promotion-task",
            "test": f"{addresses.platform}-{model}-promotion-test",
        }
        rules = {each: f"{addresses.platform}-{model}-{each}" for each in ("decisions", "promotion-ended")}
        rule_arns = [perimeter.arn("events", f"rule/{name}") for name in rules.values()]
        topic = AlarmTopic(
            self, "Owner", perimeter=perimeter, key_arn=key.key_arn, owners=[owner], rule_arns=[rule_arns[1]]
        )
        self.topic_arn: str = topic.topic_arn
        self.told_by: tuple[str, ...] = (topic.topic_arn, *(() if chat_topic_arn is None else (chat_topic_arn,)))
        """The topics by which the owner is told, and the channel shows it."""
        self._one_approval = None if one_approval is None else self._tell_approvers(one_approval)
        others = () if self._one_approval is None else (self._one_approval.topic,)
        failed = FailedEvents(
            self,
            "Failed",
            name=f"{addresses.platform}-{model}-promotion-failed",
            key_arn=key.key_arn,
            rule_arns=rule_arns,
            topic_arn=topic.topic_arn,
            why=f"A decision about model {team}/{model} could not be handled, or an end of its promotion not be told: "
            f"it lies in the queue {addresses.platform}-{model}-promotion-failed. The log of {names['request']} says "
            "why; decide again once that is fixed.",
        )
        self.table = ReleasesTable(self, "Table", name=addresses.releases_table_name(model), key_arn=key.key_arn)
        self._logs = EncryptedLogGroup(self, "FunctionLogs", key=key)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=addresses.promote_role(team, model).rpartition("/")[2],
            description=f"Promotes versions of model {model}",
            trust=[trust_in_lambda(perimeter)],
            statements=promote(
                addresses,
                team,
                model,
                key_arn=key.key_arn,
                topic_arns=[*self.told_by, *others],
                queue_arn=failed.queue_arn,
                reads_runs=self._one_approval is not None,
            ),
            further={
                "Functions": run_functions(
                    perimeter,
                    list(names.values()),
                    log_group_arn=self._logs.log_group_arn,
                    key_arn=key.key_arn,
                )
            },
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
        self.told: runtime.Settings = self._told(
            owner, chat_topic_arn, promise, longest_minutes, has_endpoint=has_endpoint
        )
        """What its functions are told."""
        environment = {runtime.VARIABLE: self.told.to_json()}
        request = self._function("Request", names["request"], REQUEST, environment, failed, seconds=120)
        task = self._function("Task", names["task"], TASK, environment, None, seconds=600, memory_mb=1024)
        test = self._function("Test", names["test"], TASK, environment, None, seconds=900, memory_mb=1769)
        for each in (request, task, test):
            each.resource.node.add_dependency(self.table.resource)
        self.machine = self._machine(task, test, permissions_boundary_arn)
        self._begin(rules["decisions"], request, failed)
        self._tell_of_ends(rules["promotion-ended"], topic, failed)
        Tags.of(self).add("model", model)

    def _tell_approvers(self, one_approval: OneApproval) -> runtime.OneApproval:
        """A topic of theirs, which tells of nothing but releases without the second approval."""
        topic = AlarmTopic(
            self,
            "Approvers",
            perimeter=self._perimeter,
            key_arn=self._key.key_arn,
            owners=sorted(set(one_approval.approvers)),
        )
        return runtime.OneApproval(
            risk=one_approval.risk,
            starter=self._addresses.retraining_name(self._model),
            pipeline_role=self._addresses.pipeline_role_name(self._model),
            topic=topic.topic_arn,
        )

    def _told(
        self,
        owner: str,
        chat_topic_arn: str | None,
        promise: runtime.Promise,
        longest_minutes: int,
        *,
        has_endpoint: bool,
    ) -> runtime.Settings:
        addresses, team, model = self._addresses, self._team, self._model
        suffix = "amazonaws.com.cn" if addresses.partition == "aws-cn" else "amazonaws.com"
        places = {
            name: runtime.Environment(
                name=name,
                stack=addresses.model_stack_name(model, name),
                endpoint=addresses.endpoint_name(team, model, name),
                deploy_role=addresses.deploy_role(team, model, name),
                cloudformation_role=addresses.cloudformation_role(team, model, name),
                schedule=None if has_endpoint else addresses.transform_name(model, name),
            )
            for name in ENVIRONMENTS
        }
        return runtime.Settings(
            platform=addresses.platform,
            team=team,
            model=model,
            owner=owner,
            partition=addresses.partition,
            region=addresses.region,
            account=addresses.tooling,
            group=addresses.package_group_name(team, model),
            table=addresses.releases_table_name(model),
            machine=addresses.promotion(model),
            topic=self.topic_arn,
            ledger_queue=f"https://sqs.{addresses.region}.{suffix}/{addresses.ledger_account}/"
            f"{addresses.ledger_queue_name(team, model)}",
            artifacts=addresses.artifacts_bucket(team),
            images=addresses.image_uri(team, model),
            image_repository=addresses.image_repository_name(team, model),
            approve_role=addresses.model_role_name(model, "approve"),
            release_role=addresses.model_role_name(model, "release"),
            staging=places["staging"],
            production=places["production"],
            promise=promise,
            longest_minutes=longest_minutes,
            inputs_sha256=runtime.inputs_sha256(self._inputs) if self._inputs else None,
            chat_topic="" if chat_topic_arn is None else chat_topic_arn,
            one_approval=self._one_approval,
        )

    def _function(
        self,
        id: str,
        name: str,
        handler: str,
        environment: dict[str, str],
        failed: FailedEvents | None,
        *,
        seconds: int,
        memory_mb: int = 256,
    ) -> LambdaFunction:
        return LambdaFunction(
            self,
            id,
            name=name,
            description=f"Promotion of model {self._model}: {id.lower()}",
            code=self._code,
            handler=handler,
            role_arn=self.role_arn,
            log_group=self._logs,
            key_arn=self._key.key_arn,
            environment=environment,
            dead_letter_queue_arn=None if failed is None else failed.queue_arn,
            never_called_asynchronously=NOT_ASYNCHRONOUS if failed is None else None,
            timeout_seconds=seconds,
            memory_mb=memory_mb,
        )

    def _machine(
        self, task: LambdaFunction, test: LambdaFunction, permissions_boundary_arn: str
    ) -> stepfunctions.CfnStateMachine:
        perimeter, addresses, model = self._perimeter, self._addresses, self._model
        name = addresses.promotion_name(model)
        functions = [perimeter.arn("lambda", f"function:{each.name}") for each in (task, test)]
        # Logs of this name need no policy of their own for each group.
        log_group = logs.CfnLogGroup(
            self,
            "MachineLogs",
            log_group_name=f"/aws/vendedlogs/states/{name}",
            kms_key_id=self._key.key_arn,
            retention_in_days=LOG_DAYS,
        )
        retain(log_group)
        role = ServiceRole(
            self,
            "MachineRole",
            perimeter=perimeter,
            service="states.amazonaws.com",
            description=f"The state machine of model {model}'s promotion",
            permissions_boundary_arn=permissions_boundary_arn,
            statements=run_machine(addresses, model, functions=functions, key_arn=self._key.key_arn),
            trust_conditions={"ArnEquals": {"aws:SourceArn": addresses.promotion(model)}},
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=name,
            state_machine_type="STANDARD",
            role_arn=role.role_arn,
            definition_string=definition(
                partition=perimeter.partition,
                task_arn=functions[0],
                test_arn=functions[1],
                one_approval=None if self._one_approval is None else self._one_approval.risk,
            ),
            logging_configuration=stepfunctions.CfnStateMachine.LoggingConfigurationProperty(
                level="ALL",
                # Without data: a waiting state's input has its token.
                include_execution_data=False,
                destinations=[
                    stepfunctions.CfnStateMachine.LogDestinationProperty(
                        cloud_watch_logs_log_group=stepfunctions.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                            log_group_arn=log_group.attr_arn
                        )
                    )
                ],
            ),
            tracing_configuration=stepfunctions.CfnStateMachine.TracingConfigurationProperty(enabled=True),
            encryption_configuration=stepfunctions.CfnStateMachine.EncryptionConfigurationProperty(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=self._key.key_arn, kms_data_key_reuse_period_seconds=300
            ),
        )
        machine.node.add_dependency(task.resource, test.resource)
        return machine

    def _begin(self, name: str, request: LambdaFunction, failed: FailedEvents) -> None:
        addresses = self._addresses
        arn = self._perimeter.arn("lambda", f"function:{request.name}")
        rule = events.CfnRule(
            self,
            "Decisions",
            name=name,
            description=f"Versions of model {self._model} that were registered or decided about, and by which call",
            event_pattern=decisions(addresses, self._team, self._model),
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Request",
                    arn=arn,
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_retry_attempts=RETRIES, maximum_event_age_in_seconds=RETRY_HOURS * 3600
                    ),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=failed.queue_arn),
                )
            ],
        )
        rule.node.add_dependency(request.resource)
        lambda_.CfnPermission(
            self,
            "DecisionsCallIt",
            action="lambda:InvokeFunction",
            function_name=request.function_arn,
            principal="events.amazonaws.com",
            source_account=self._perimeter.account,
            source_arn=self._perimeter.arn("events", f"rule/{name}"),
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "Retries",
            function_name=request.resource.ref,
            qualifier="$LATEST",
            maximum_event_age_in_seconds=RETRY_HOURS * 3600,
            maximum_retry_attempts=2,
        )

    def _tell_of_ends(self, name: str, topic: AlarmTopic, failed: FailedEvents) -> None:
        """Tell of executions that ended otherwise than by telling themselves."""
        events.CfnRule(
            self,
            "Ended",
            name=name,
            description=f"Promotions of model {self._model} that ended without telling",
            event_pattern=untold_ends(self._addresses.promotion(self._model)),
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Owner",
                    arn=topic.topic_arn,
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_retry_attempts=RETRIES, maximum_event_age_in_seconds=RETRY_HOURS * 3600
                    ),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=failed.queue_arn),
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"execution": "$.detail.executionArn", "status": "$.detail.status"},
                        input_template="\n".join(
                            (
                                f'"A promotion of model {self._team}/{self._model} ended: <status>."',
                                '"Execution: <execution>. Its history says why."',
                                f'"What runs where: mlops-stages releases {self._team}/{self._model}"',
                            )
                        ),
                    ),
                )
            ],
        )
