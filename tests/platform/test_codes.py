"""The codes of errors are a promise: none vanishes, and none changes its meaning."""

import re

from mlops_stages.platform.codes import CODES

MEANINGS = {
    "PLT-001": "There is no such file.",
    "PLT-002": "The file cannot be read.",
    "PLT-003": "The file is too large.",
    "PLT-004": "The file is not UTF-8 text.",
    "PLT-005": "The file is empty.",
    "PLT-006": "The file is not YAML.",
    "PLT-007": "The file holds several documents.",
    "PLT-008": "A key is written twice in one map.",
    "PLT-009": "An alias or merge (`*name`, `<<`) is used.",
    "PLT-010": "A tag or directive (`!name`, `%YAML`) is used.",
    "PLT-011": "Lists or maps are nested too deeply.",
    "PLT-012": "A text holds a character that does not print.",
    "PLT-013": "The top of the file is not a map.",
    "PLT-014": "A key is not plain text.",
    "PLT-015": "A key or list item has no value.",
    "PLT-101": "The key is unknown here.",
    "PLT-102": "A key is missing.",
    "PLT-103": "The value is of the wrong kind.",
    "PLT-104": "A text has no quotes, so YAML reads it as something else.",
    "PLT-105": "The number is out of range.",
    "PLT-106": "The list is too short or too long.",
    "PLT-107": "The value is not one of the allowed words.",
    "PLT-108": "The number is not finite.",
    "PLT-201": "The platform's name does not fit.",
    "PLT-202": "There is no such AWS region.",
    "PLT-203": "This is no organization id.",
    "PLT-204": "This is no AWS account id.",
    "PLT-205": "There is no such purpose of an account.",
    "PLT-206": "This is no e-mail address that AWS accepts.",
    "PLT-207": "The tag key is ours or AWS's.",
    "PLT-208": "The tag's key or value does not fit.",
    "PLT-209": "The team's name does not fit.",
    "PLT-210": "The team's name is reserved.",
    "PLT-211": "The model's name does not fit.",
    "PLT-212": "The cost center does not fit.",
    "PLT-213": "This is no private network range.",
    "PLT-214": "This is no id of a VPC or subnet.",
    "PLT-215": "The ARN does not fit.",
    "PLT-216": "This is no bucket name.",
    "PLT-217": "This is no SageMaker instance type.",
    "PLT-218": "The repository's owner or name does not fit.",
    "PLT-219": "This is no length of time from 15 minutes to 30 days.",
    "PLT-220": "This is no id of an organization's root.",
    "PLT-221": "This is no id of a group in Identity Center.",
    "PLT-222": "The path of a pipeline definition does not fit.",
    "PLT-223": "The feature group's name does not fit.",
    "PLT-224": "The feature's name does not fit.",
    "PLT-225": "The branch or environment is not the name of one.",
    "PLT-226": "This is not a number of GitHub's.",
    "PLT-230": "This is no qualifier of `cdk bootstrap`.",
    "PLT-231": "The name of an exempt role does not fit.",
    "PLT-232": "The platform's name is one that AWS keeps for itself.",
    "PLT-301": "The stage needs an account that is not named.",
    "PLT-302": "A team's stage is above the platform's.",
    "PLT-303": "Two teams have the same name.",
    "PLT-304": "Two models have the same name.",
    "PLT-305": "A person is listed twice in one place.",
    "PLT-306": "Two people get the same short name.",
    "PLT-307": "A team's name starts with another team's and a hyphen.",
    "PLT-308": "An item is listed twice.",
    "PLT-309": "The team has no people.",
    "PLT-310": "The quality bound does not fit its metric.",
    "PLT-311": "Two tag keys differ only in capitals.",
    "PLT-312": "The ARN is of another part of AWS than the region.",
    "PLT-313": "The ARN is of an account that the platform does not name.",
    "PLT-314": "People sign in from another account, and no organization is named.",
    "PLT-315": "The cost monitor is of another account than it watches.",
    "PLT-316": "Accounts work together, and no organization is named.",
    "PLT-317": "Something is declared that its stage does not deploy.",
    "PLT-318": "The allowed regions do not fit the platform's own.",
    "PLT-319": "The instance of Identity Center is not named.",
    "PLT-320": "Two feature groups or features have the same name.",
    "PLT-321": "The record identifier or event time does not fit.",
    "PLT-322": "The team has no data of the feature group's classification.",
    "PLT-323": "Two teams name the same repository.",
    "PLT-324": "The repository does not fit its provider.",
    "PLT-325": "The management account has another purpose too.",
    "PLT-326": "Permission sets need guardrails, and none are declared.",
    "PLT-327": "A repository is where the platform lets no CI in.",
    "PLT-330": "The availability zones do not fit.",
    "PLT-331": "The endpoint service of MLflow does not fit.",
    "PLT-332": "This is no id of a user in Identity Center.",
    "PLT-333": "A person is in two teams of one Studio domain.",
    "PLT-334": "The users of Identity Center do not fit the people.",
    "PLT-340": "The CDK's context has another bootstrap qualifier.",
    "PLT-341": "A role of the platform could have the name of an exempt role.",
    "PLT-342": "The names of exempt roles are too long together.",
    "PLT-343": "An OIDC provider exists for a host that is not a code host.",
    "PLT-344": "The catalog's key does not fit its setting.",
    "PLT-401": "This version cannot deploy the platform's stage yet.",
    "PLT-402": "This version cannot deploy the team's stage yet.",
    "PLT-403": "The region lacks what the stage needs.",
    "PLT-501": "A GitHub repository is named without its numbers.",
    "PLT-502": "People are not assigned to Studio in Identity Center.",
    "PLT-503": "A model's `sla`, `drift` or `rollout` acts from a later stage.",
}


def test_no_code_vanishes_or_changes_its_meaning() -> None:
    assert {code: cause.meaning for code, cause in CODES.items()} == MEANINGS


def test_codes_are_in_order_and_well_formed() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch(r"PLT-[0-9]{3}", code) for code in CODES)


def test_each_code_has_a_cause_and_a_fix_of_one_line() -> None:
    for cause in CODES.values():
        for text in (cause.meaning, cause.fix):
            assert text.endswith(".")
            assert "\n" not in text
            assert len(text) < 100
