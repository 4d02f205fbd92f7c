"""A Lambda function in Python, and what its role must be able to do."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge
from mlops_stages.foundation.encrypted_log_group import EncryptedLogGroup
from mlops_stages.foundation.function_code import CodeLocation
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement

RUNTIME = "python3.14"
"""The newest of Lambda's for Python."""
ARCHITECTURE = "arm64"
"""A fifth cheaper than x86_64 for the same time."""
LONGEST_NAME = 64
MOST_SECONDS = 900

NO_VPC_REASON = (
    "The function speaks to AWS's own APIs alone, by its role. In a VPC without internet it would need an endpoint for "
    "each of them, and reach nothing that it cannot reach now."
)
NO_RESERVATION_REASON = (
    "A new account may run 10 functions at once, and Lambda lets none of these be reserved: the deploy would fail "
    "(docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."
)


def trust_in_lambda(perimeter: Perimeter) -> Statement:
    """Lambda, acting for the perimeter's account where it says for whom it acts."""
    return Statement(
        sid="LambdaForThisAccount",
        principals={"Service": ["lambda.amazonaws.com"]},
        actions=["sts:AssumeRole"],
        conditions={"StringEqualsIfExists": {"aws:SourceAccount": perimeter.account}},
    )


def functions_may_encrypt(perimeter: Perimeter) -> tuple[Statement, ...]:
    """The key policy's statements for the environments of this account's functions.

    Who deploys a function encrypts through Lambda, which keeps a grant; a function's role decrypts for that function.
    Identity policies must allow it, too.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    through = {"kms:ViaService": f"lambda.{perimeter.region}.amazonaws.com", "kms:CallerAccount": perimeter.account}
    whose = {"kms:EncryptionContext:aws:lambda:FunctionArn": perimeter.arn("lambda", "function:*")}
    return (
        Statement(
            sid="DeploysEncryptEnvironmentsThroughLambda",
            principals={"AWS": [perimeter.root]},
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            conditions={"StringEquals": through},
        ),
        Statement(
            sid="LambdaHoldsGrantsForEnvironments",
            principals={"AWS": [perimeter.root]},
            actions=["kms:CreateGrant"],
            conditions={"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        Statement(
            sid="RolesOfFunctionsReadTheirEnvironment",
            principals={"AWS": [perimeter.root]},
            actions=["kms:Decrypt"],
            conditions={"ArnLike": whose, "StringEquals": {"kms:CallerAccount": perimeter.account}},
        ),
    )


def run_functions(perimeter: Perimeter, names: Sequence[str], *, log_group_arn: str, key_arn: str) -> list[Statement]:
    """What the role of functions must be able to do before their code does anything.

    Args:
        perimeter: the functions' account.
        names: of the functions.
        log_group_arn: of the group that they log to, as `EncryptedLogGroup.log_group_arn` has it.
        key_arn: of the key that their environment is under; its policy must hold `functions_may_encrypt`.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    arns = [perimeter.arn("lambda", f"function:{name}") for name in names]
    return [
        Statement(
            sid="WriteLogsOfTheFunctions",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group_arn],
            why="a stream is named by Lambda, one for each process of the function",
        ),
        Statement(
            sid="ReadTheEnvironmentOfTheFunctions",
            actions=["kms:Decrypt"],
            resources=[key_arn],
            conditions={
                "StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": arns[0] if len(arns) == 1 else arns}
            },
        ),
    ]


class LambdaFunction(Construct):
    """A function on the newest Python, on arm64, whose logs and environment are under a customer-managed key.

    It is outside of any VPC, since it calls AWS's APIs alone, and reserves no concurrency. Its logs are JSON.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        code: CodeLocation,
        handler: str,
        role_arn: str,
        log_group: EncryptedLogGroup,
        key_arn: str,
        environment: Mapping[str, str],
        dead_letter_queue_arn: str | None = None,
        never_called_asynchronously: str | None = None,
        timeout_seconds: int = 30,
        memory_mb: int = 256,
        ephemeral_mb: int | None = None,
        layer_arns: Sequence[str] = (),
    ) -> None:
        """Create the function.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: what alarms, logs and other accounts know it by.
            description: what it is for.
            code: `FunctionCode.placed`.
            handler: `FOLDER.MODULE.FUNCTION` in that code.
            role_arn: of a role that trusts `trust_in_lambda` and may do what `run_functions` says.
            log_group: where it logs to; functions of one role may share it.
            key_arn: of the key that its environment is under.
            environment: what it is told; nothing secret, since whoever may see the function reads it.
            dead_letter_queue_arn: where an event goes that failed every time; the role must be able to send there.
            never_called_asynchronously: why there need be no such queue, for a function that no service calls so.
            timeout_seconds: after which a call is ended, at most 900.
            memory_mb: memory in MiB; processor time is in proportion to it.
            ephemeral_mb: of `/tmp`, in MiB, where Lambda's 512 are too few.
            layer_arns: of `FunctionLayer.layer_arn`.

        Raises:
            ValueError: `FND-095` for a name over Lambda's length or a time over its limit; `FND-096` unless either a
                queue for what failed is given or the reason why none is needed.
        """
        if len(name) > LONGEST_NAME or not 0 < timeout_seconds <= MOST_SECONDS:
            message = (
                f"FND-095: {id}: give function {name} at most {LONGEST_NAME} characters and 1 to {MOST_SECONDS} seconds"
            )
            raise ValueError(message)
        if (dead_letter_queue_arn is None) == (never_called_asynchronously is None):
            message = f"FND-096: {id}: give a dead-letter queue, or say why nothing calls {name} asynchronously"
            raise ValueError(message)
        super().__init__(scope, id)
        self.resource = lambda_.CfnFunction(
            self,
            "Resource",
            function_name=name,
            description=description,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            code=lambda_.CfnFunction.CodeProperty(s3_bucket=code.bucket, s3_key=code.key),
            handler=handler,
            role=role_arn,
            timeout=timeout_seconds,
            memory_size=memory_mb,
            ephemeral_storage=(
                None if ephemeral_mb is None else lambda_.CfnFunction.EphemeralStorageProperty(size=ephemeral_mb)
            ),
            layers=list(layer_arns) or None,
            kms_key_arn=key_arn,
            environment=lambda_.CfnFunction.EnvironmentProperty(variables=dict(environment)) if environment else None,
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(
                log_format="JSON", log_group=log_group.log_group_name
            ),
            dead_letter_config=(
                None
                if dead_letter_queue_arn is None
                else lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=dead_letter_queue_arn)
            ),
        )
        """What must exist before something calls it: depend on it."""
        acknowledge(self.resource, "LambdaInsideVPC", NO_VPC_REASON)
        acknowledge(self.resource, "LambdaConcurrency", NO_RESERVATION_REASON, in_pci=False)
        if never_called_asynchronously is not None:
            acknowledge(self.resource, "LambdaDLQ", never_called_asynchronously, in_pci=False)
        self.name = name
        self.function_arn: str = self.resource.attr_arn
