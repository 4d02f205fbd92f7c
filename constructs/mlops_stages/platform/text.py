"""The kinds of text that platform.yaml holds: what each must look like, and the code of the error otherwise."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, LiteralString

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mlops_stages.platform.errors import shown
from mlops_stages.platform.names import (
    FEATURE_GROUP_NAME_LONGEST,
    MODEL_NAME_LONGEST,
    PLATFORM_NAME_LONGEST,
    TEAM_NAME_LONGEST,
)
from mlops_stages.platform.regions import PARTITIONS
from mlops_stages.platform.role_patterns import LEAST_LITERAL, is_too_wide
from mlops_stages.platform.suggest import nearest
from mlops_stages.runtime.decisions.settings import COLUMNS
from mlops_stages.runtime.decisions.settings import PARTITIONS as FOLDERS_OF_DECISIONS


def fault(code: LiteralString, message: str, fix: str) -> PydanticCustomError:
    """A mistake found inside a pydantic validator; it becomes an error with that code, message and fix."""
    return PydanticCustomError(code, "{message}", {"message": message, "fix": fix})


@dataclass(frozen=True)
class Text:
    """What a text must look like. For `Annotated[str, Text(...)]`; `test` may add what a pattern cannot say."""

    code: LiteralString
    noun: str
    rule: str
    pattern: str
    example: str
    test: Callable[[str], None] | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the text, then our check of it."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the text with its pattern, for editors."""
        return {**handler(schema), "pattern": f"^({self.pattern})$", "examples": [self.example]}

    @property
    def advice(self) -> str:
        """What to write."""
        return f"Write {self.rule}, such as {self.example!r}."

    def fits(self, value: str) -> bool:
        """Whether the text looks right."""
        return re.fullmatch(self.pattern, value) is not None

    def check(self, value: str) -> str:
        """The same text, or a fault."""
        if not self.fits(value):
            raise fault(self.code, f"{shown(value)} is not {self.noun}.", self.advice)
        if self.test is not None:
            self.test(value)
        return value


def _is_region(value: str) -> None:
    if value in PARTITIONS:
        return
    near = nearest(value, PARTITIONS)
    fix = f"Write '{near}'." if near else "Write the code of a region, such as 'eu-west-1'."
    raise fault("PLT-202", f"{shown(value)} is no region of AWS.", fix)


def _is_free_platform_name(value: str) -> None:
    if value in RESERVED_PLATFORM_NAMES:
        fix = "Choose another name."
        raise fault("PLT-232", f"{shown(value)} starts names that AWS keeps: {RESERVED_PLATFORM_NAMES[value]}.", fix)


def _is_free_team_name(value: str) -> None:
    if value in RESERVED_TEAM_NAMES:
        raise fault("PLT-210", f"{shown(value)} is reserved: it names what no team owns.", "Choose another name.")


def _is_e_mail(value: str) -> None:
    # Its import costs more than all checks of a small file, so it waits for the first address.
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise fault(
            "PLT-206", f"{shown(value)} is no e-mail address: {error}", "Write one address, such as 'ann@acme.example'."
        ) from None


def _is_bucket_name(value: str) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    fix = "Write the bucket's name, such as 'acme-access-logs'."
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", value):
        raise fault("PLT-216", f"{shown(value)} looks like an IP address; no bucket has such a name.", fix)
    if ".." in value or ".-" in value or "-." in value:
        raise fault("PLT-216", f"{shown(value)} has a dot beside a dot or hyphen; no bucket has such a name.", fix)
    start = next((each for each in _BUCKET_STARTS if value.startswith(each)), None)
    end = next((each for each in _BUCKET_ENDS if value.endswith(each)), None)
    if start or end:
        where = f"starts with {shown(start)}" if start else f"ends in {shown(end)}"
        raise fault("PLT-216", f"{shown(value)} {where}, as no bucket of a customer's may.", fix)


_BUCKET_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _is_free_feature_name(value: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html
    if value.lower() in _FEATURES_OF_SAGEMAKER:
        fix = "Choose another name."
        raise fault("PLT-224", f"{shown(value)} is a column that SageMaker adds by itself.", fix)


def _is_free_input_name(value: str) -> None:
    if value in COLUMNS_OF_DECISIONS:
        message = f"{shown(value)} is a column that every table of decisions has."
        raise fault("PLT-240", message, "Choose another name, here and in the model's repository.")


COLUMNS_OF_DECISIONS = ("label", *COLUMNS, *FOLDERS_OF_DECISIONS)
"""What a row of decisions has besides the model's inputs, is stored by, or is joined with."""

_FEATURES_OF_SAGEMAKER = ("is_deleted", "write_time", "api_invocation_time")
RESERVED_PLATFORM_NAMES = {
    "amzn": "buckets `amzn-s3-demo-...`",
    "aws": "keys' aliases `alias/aws/...`, log groups `aws/...`",
    "cdk": "roles and buckets `cdk-...` of `cdk bootstrap`",
    "sthree": "buckets `sthree-...`",
}
"""Names with which what we name would begin as AWS alone may.

Sources: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
"""

RESERVED_TEAM_NAMES = ("platform", "shared")


def _says_whose_role_it_is(value: str) -> None:
    if is_too_wide(value):
        fix = f"Write at least {LEAST_LITERAL} characters of the name before `*`, such as 'stacksets-exec-*'."
        raise fault("PLT-231", f"{shown(value)} could be anybody's role.", fix)


def _is_repository_name(value: str) -> None:
    # https://docs.github.com/en/repositories/creating-and-managing-repositories, https://docs.gitlab.com/user/reserved_names/
    if value.lower().endswith(".git"):
        name = value[: -len(".git")]
        fix = f"Write {shown(name)}." if name else "Write the repository's name."
        raise fault("PLT-218", f"{shown(value)} ends in '.git', as a clone URL does and no repository's name.", fix)


# No wildcard, colon or space: a trust policy compares these names with what a token says.
REPOSITORY_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
"""An owner, a group, or a repository's name."""

BRANCH = rf"(?=.{{1,200}}$)(?!.*(\.\.|\.lock(/|$)|\.(/|$))){REPOSITORY_PART}(/{REPOSITORY_PART}){{0,9}}"
"""One branch, without a wildcard."""

_ENVIRONMENT_SIGNS = "_.:/+#()&=@!"
_IN_ENVIRONMENT = rf"A-Za-z0-9À-ÖØ-öø-ÿ{_ENVIRONMENT_SIGNS}\-"
ENVIRONMENT = rf"[{_IN_ENVIRONMENT}]([{_IN_ENVIRONMENT} ]{{0,253}}[{_IN_ENVIRONMENT}])?"
"""One environment of GitHub's, as IAM can compare it with a token.

GitHub takes 255 characters. Left out are `*`, `?` and `$`, which mean something to IAM; `%`, because GitHub writes a
colon as `%3A`, so that two names would become one; quotes, and letters that a trust policy cannot hold.
Source: https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
"""

_PART_RULE = "letters, digits, dots, hyphens and underscores"
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
_HYPHENATED = r"[a-z](?!.*--)[a-z0-9-]{{1,{inner}}}[a-z0-9]"


PlatformName = Annotated[
    str,
    Text(
        code="PLT-201",
        noun="a name for a platform",
        rule=f"2 to {PLATFORM_NAME_LONGEST} of a-z and 0-9, starting with a letter",
        pattern=rf"[a-z][a-z0-9]{{1,{PLATFORM_NAME_LONGEST - 1}}}",
        example="acme",
        test=_is_free_platform_name,
    ),
]
Region = Annotated[
    str,
    Text(
        code="PLT-202",
        noun="the code of an AWS region",
        rule="the code of a region",
        pattern=r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}",
        example="eu-west-1",
        test=_is_region,
    ),
    Field(json_schema_extra={"enum": list(PARTITIONS)}),  # editors complete from it
]
OrganizationId = Annotated[
    str,
    Text(
        "PLT-203",
        "the id of an AWS organization",
        "`o-` and 10 to 32 of a-z and 0-9",
        r"o-[a-z0-9]{10,32}",
        "o-a1b2c3d4e5",
    ),
]
AccountId = Annotated[
    str,
    Text("PLT-204", "an AWS account id", "its 12 digits in quotes", r"[0-9]{12}", "111111111111"),
]
Email = Annotated[
    str,
    Text(
        code="PLT-206",
        noun="an e-mail address that AWS accepts",
        # Cost Explorer takes ASCII only; the rest that mail allows (* ? $ { } / and more) means something to IAM.
        rule="one address of letters, digits and . _ + - = '",
        pattern=r"[A-Za-z0-9._+'=-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
        example="ann@acme.example",
        test=_is_e_mail,
    ),
]
TeamName = Annotated[
    str,
    Text(
        code="PLT-209",
        noun="a name for a team",
        rule=f"3 to {TEAM_NAME_LONGEST} of a-z, 0-9 and single hyphens, starting with a letter",
        pattern=_HYPHENATED.format(inner=TEAM_NAME_LONGEST - 2),
        example="fraud",
        test=_is_free_team_name,
    ),
]
ModelName = Annotated[
    str,
    Text(
        "PLT-211",
        "a name for a model",
        f"3 to {MODEL_NAME_LONGEST} of a-z, 0-9 and single hyphens, starting with a letter",
        _HYPHENATED.format(inner=MODEL_NAME_LONGEST - 2),
        "card-fraud",
    ),
]
CostCenter = Annotated[
    str,
    Text(
        "PLT-212",
        "a cost center that fits a tag",
        "1 to 64 letters, digits, spaces and _ . : / = + - @",
        r"[A-Za-z0-9_.:/=+@-]([A-Za-z0-9 _.:/=+@-]{0,62}[A-Za-z0-9_.:/=+@-])?",
        "4711",
    ),
]
SamlProviderArn = Annotated[
    str,
    Text(
        "PLT-215",
        "the ARN of a SAML provider",
        "the provider's ARN",
        r"arn:aws[a-z-]*:iam::[0-9]{12}:saml-provider/[A-Za-z0-9_.+=,@-]{1,128}",
        "arn:aws:iam::111111111111:saml-provider/corp",
    ),
]
PolicyArn = Annotated[
    str,
    Text(
        "PLT-215",
        "the ARN of an IAM policy",
        "the policy's ARN",
        r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([!-.0-~]+/)*[A-Za-z0-9_.+=,@-]{1,128}",
        "arn:aws:iam::111111111111:policy/corp-boundary",
    ),
]
MonitorArn = Annotated[
    str,
    Text(
        "PLT-215",
        "the ARN of a monitor of cost anomalies",
        "the monitor's ARN",
        r"arn:aws[a-z-]*:ce::[0-9]{12}:anomalymonitor/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "arn:aws:ce::111111111111:anomalymonitor/01234567-89ab-cdef-0123-456789abcdef",
    ),
]
KeyArn = Annotated[
    str,
    Text(
        "PLT-215",
        "the ARN of a key",
        "the key's ARN, not its alias's",
        r"arn:aws[a-z-]*:kms:[a-z0-9-]{6,24}:[0-9]{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})",
        "arn:aws:kms:eu-west-1:444444444444:key/01234567-89ab-cdef-0123-456789abcdef",
    ),
]
BucketName = Annotated[
    str,
    Text(
        code="PLT-216",
        noun="the name of a bucket",
        rule="3 to 63 of a-z, 0-9, dots and hyphens",
        pattern=r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        example="acme-access-logs",
        test=_is_bucket_name,
    ),
]


def _is_of_aws(value: str) -> None:
    if ".vpce." in value:
        message = f"{shown(value)} is an endpoint service of somebody's account: a way out of the network."
        raise fault("PLT-331", message, "Name a service of AWS.")


EndpointService = Annotated[
    str,
    Text(
        "PLT-331",
        "the name of a VPC endpoint service of AWS",
        "its name as EC2 lists it",
        r"(aws|com\.amazonaws)(\.[a-z0-9-]{1,40}){2,5}",
        "aws.sagemaker.eu-west-1.experiments",
        test=_is_of_aws,
    ),
]
InstanceType = Annotated[
    str,
    Text(
        "PLT-217",
        "a SageMaker instance type",
        "the type with `ml.` in front",
        r"ml\.[a-z0-9-]{1,12}\.[a-z0-9-]{1,12}",
        "ml.m5.large",
    ),
]
RepositoryName = Annotated[
    str,
    Text(
        "PLT-218",
        "the name of a repository",
        f"1 to 100 {_PART_RULE}",
        REPOSITORY_PART,
        "fraud-model",
        test=_is_repository_name,
    ),
]
RepositoryOwner = Annotated[
    str,
    Text(
        "PLT-218",
        "the owner of a repository",
        f"1 to 100 {_PART_RULE}; for a group within a group of GitLab with slashes between",
        rf"{REPOSITORY_PART}(/{REPOSITORY_PART}){{0,9}}",
        "acme",
    ),
]
BootstrapQualifier = Annotated[
    str,
    Text(
        "PLT-230",
        "a qualifier of `cdk bootstrap`",
        "1 to 10 of a-z and 0-9",
        "[a-z0-9]{1,10}",  # it is part of a bucket's name
        "corpqual",
    ),
]
RolePattern = Annotated[
    str,
    Text(
        code="PLT-231",
        noun="the name of a role",
        rule="the name, with its path if it has one; a `*` at the end stands for what follows",
        pattern=r"(?=.{1,96}$)([A-Za-z0-9_+=,.@-]+/){0,8}[A-Za-z0-9_+=,.@-]+\*?",
        example="stacksets-exec-*",
        test=_says_whose_role_it_is,
    ),
]
RootId = Annotated[
    str,
    Text(
        "PLT-220", "the id of an organization's root", "`r-` and 4 to 32 of a-z and 0-9", "r-[a-z0-9]{4,32}", "r-a1b2"
    ),
]
InstanceArn = Annotated[
    str,
    Text(
        "PLT-215",
        "the ARN of an instance of Identity Center",
        "the instance's ARN",
        r"arn:aws[a-z-]*:sso:::instance/(sso)?ins-[a-zA-Z0-9.-]{16}",
        "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    ),
]
GroupId = Annotated[
    str,
    Text(
        "PLT-221",
        "the id of a group in Identity Center",
        "the group's id",
        r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}",
        "01234567-89ab-cdef-0123-456789abcdef",
    ),
]
UserId = Annotated[
    str,
    Text(
        "PLT-332",
        "the id of a user in Identity Center",
        "the user's id",
        r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}",
        "01234567-89ab-cdef-0123-456789abcdef",
    ),
]
DefinitionPath = Annotated[
    str,
    Text(
        "PLT-222",
        "the path of a pipeline definition from this file's folder",
        "a path that goes down from this file's folder and ends in .json",
        rf"({_SEGMENT}/){{0,9}}{_SEGMENT}\.json",
        "pipelines/card-fraud.json",
    ),
]
FeatureGroupName = Annotated[
    str,
    Text(
        "PLT-223",
        "a name for a feature group",
        f"3 to {FEATURE_GROUP_NAME_LONGEST} of a-z, 0-9 and single hyphens, starting with a letter",
        _HYPHENATED.format(inner=FEATURE_GROUP_NAME_LONGEST - 2),
        "card-history",
    ),
]
FeatureName = Annotated[
    str,
    Text(
        "PLT-224",
        "a name for a feature",
        "1 to 64 letters, digits, and between them hyphens and underscores",
        r"[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?",
        "departure_delay",
        test=_is_free_feature_name,
    ),
]
InputName = Annotated[
    str,
    Text(
        "PLT-240",
        "the name of an input",
        "1 to 63 of a-z, 0-9 and underscores, a letter first",
        r"[a-z][a-z0-9_]{0,62}",
        "departure_hour",
        test=_is_free_input_name,
    ),
]
BranchName = Annotated[
    str,
    Text(
        "PLT-225",
        "the name of one branch",
        f"1 to 200 {_PART_RULE}, with slashes between",
        BRANCH,
        "main",
    ),
]
GitHubNumber = Annotated[
    str,
    Text("PLT-226", "a number of GitHub's", "its digits in quotes", "[1-9][0-9]{0,19}", "1234567"),
]
EnvironmentName = Annotated[
    str,
    Text(
        "PLT-225",
        "the name of one environment that a trust policy can hold",
        f"1 to 255 letters, digits, inner spaces and {' '.join(_ENVIRONMENT_SIGNS)} -",
        ENVIRONMENT,
        "production",
    ),
]
