"""What must agree across the file."""

from collections.abc import Callable

import pytest

from mlops_stages.platform import Platform, PlatformError, Purpose, Stage

Errors = Callable[[str], tuple[PlatformError, ...]]
Read = Callable[[str], Platform]


def team(name: str, people: str = "{data_scientists: [bea@tiny.example]}", more: str = "") -> str:
    return (
        f'  - name: {name}\n    cost_center: "2"\n    budget: {{monthly_usd: 5, notify: [bea@tiny.example]}}\n'
        f"    people: {people}\n{more}"
    )


def with_accounts(minimal: str, stage: Stage, purposes: list[Purpose]) -> str:
    named = "".join(f'  {purpose}: "012345678901"\n' for purpose in purposes)
    return minimal.replace('  experimentation: "012345678901"\n', named).replace("initial", stage)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_needs_its_own_accounts_and_those_below(stage: Stage, minimal: str, errors: Errors, read: Read) -> None:
    needed = [purpose for purpose in Purpose if stage.includes(purpose.stage)]
    assert read(with_accounts(minimal, stage, needed)).stage == stage
    for missing in needed:
        rest = [purpose for purpose in Purpose if purpose is not missing]
        assert [(error.code, error.path) for error in errors(with_accounts(minimal, stage, rest))] == [
            ("PLT-301", f"accounts.{missing}")
        ]


def test_the_purposes_of_each_stage_are_those_of_the_design() -> None:
    by_stage = {stage: [purpose.value for purpose in Purpose if purpose.stage is stage] for stage in Stage}
    assert by_stage == {
        Stage.INITIAL: ["experimentation"],
        Stage.REPEATABLE: ["development", "tooling", "data"],
        Stage.RELIABLE: ["staging", "production"],
        Stage.SCALABLE: ["governance"],
    }


def test_accounts_may_be_named_ahead(minimal: str, read: Read) -> None:
    assert read(with_accounts(minimal, Stage.INITIAL, list(Purpose))).account(Purpose.GOVERNANCE) == "012345678901"


def test_a_team_may_be_at_or_below_its_platform_but_not_above(minimal: str, read: Read, errors: Errors) -> None:
    text = with_accounts(minimal, Stage.REPEATABLE, list(Purpose)) + "teams:\n"
    for stage in (Stage.INITIAL, Stage.REPEATABLE):
        assert read(text + team("fraud", more=f"    stage: {stage}\n")).teams[0].stage is stage
    (error,) = errors(text + team("fraud", more="    stage: reliable\n"))
    assert (error.code, error.path) == ("PLT-302", "teams[0].stage")


def test_a_person_may_be_in_two_teams(minimal: str, read: Read) -> None:
    assert len(read(minimal + "teams:\n" + team("fraud") + team("pricing")).teams) == 2


def test_a_person_may_not_have_two_roles_in_one_team(minimal: str, errors: Errors) -> None:
    people = "{data_scientists: [bea@tiny.example], ml_engineers: [BEA@tiny.example]}"
    (error,) = errors(minimal + "teams:\n" + team("fraud", people))
    assert (error.code, error.path) == ("PLT-305", "teams[0].people.ml_engineers[0]")
    assert "teams[0].people.data_scientists[0]" in error.message


def test_an_engineer_of_the_platform_may_not_audit_it(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + "  auditors: [ann@tiny.example]\n")
    assert (error.code, error.path) == ("PLT-305", "people.auditors[0]")


def test_people_who_get_the_same_short_name_are_told_a_way_out_that_works(
    minimal: str, errors: Errors, read: Read
) -> None:
    (error,) = errors(minimal + "teams:\n" + team("fraud", "{data_scientists: [a.b@x.example, a_b@x.example]}"))
    assert (error.code, error.path) == ("PLT-306", "teams[0].people.data_scientists[1]")
    assert "'a_b+2@x.example'" in error.fix
    read(minimal + "teams:\n" + team("fraud", "{data_scientists: [a.b@x.example, a_b+2@x.example]}"))


def test_a_team_named_within_another_is_refused(minimal: str, errors: Errors, read: Read) -> None:
    (error,) = errors(minimal + "teams:\n" + team("fraud-eu") + team("fraud"))
    assert (error.code, error.path) == ("PLT-307", "teams[0].name")
    assert error.fix == "Choose another name, such as 'eu-fraud'."
    assert len(read(minimal + "teams:\n" + team("eu-fraud") + team("fraud") + team("fraudulent")).teams) == 3


@pytest.mark.parametrize("name", ["platform-eu", "shared-data"])
def test_a_team_named_within_a_reserved_name_is_refused(name: str, minimal: str, errors: Errors) -> None:
    assert told(errors(minimal + "teams:\n" + team(name))) == [("PLT-307", "teams[0].name")]


@pytest.mark.parametrize(
    ("listed", "place"),
    [
        ("studio: {instance_types: [ml.m5.large, ml.m5.large]}\n", "studio.instance_types[1]"),
        (
            "network: {vpc_id: vpc-0a1b2c3d, subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3d]}\n",
            "network.subnet_ids[1]",
        ),
        (
            f"teams:\n{team('fraud', more='    data: {classifications: [public, public]}')}\n",
            "teams[0].data.classifications[1]",
        ),
        (
            f"teams:\n{team('fraud').replace('notify: [', 'thresholds_percent: [50, 50], notify: [')}",
            "teams[0].budget.thresholds_percent[1]",
        ),
        (
            f"teams:\n{team('fraud').replace('notify: [', 'notify: [Bea@tiny.example, ')}",
            "teams[0].budget.notify[1]",
        ),
    ],
)
def test_nothing_is_listed_twice(listed: str, place: str, minimal: str, errors: Errors) -> None:
    assert told(errors(minimal + listed)) == [("PLT-308", place)]


@pytest.mark.parametrize("metric", ["auc", "accuracy", "f1", "precision", "recall", "r2"])
def test_a_metric_that_should_be_high_has_a_minimum(metric: str, minimal: str, errors: Errors) -> None:
    assert told_of_quality(f"{{metric: {metric}, minimum: 0.5}}", minimal, errors) == []
    assert told_of_quality(f"{{metric: {metric}, maximum: 0.5}}", minimal, errors) == [("PLT-310", ".maximum")]
    assert told_of_quality(f"{{metric: {metric}}}", minimal, errors) == [("PLT-310", "")]
    assert told_of_quality(f"{{metric: {metric}, minimum: 1.5}}", minimal, errors) == [("PLT-105", ".minimum")]
    both = f"{{metric: {metric}, minimum: 0.5, maximum: 0.6}}"
    assert told_of_quality(both, minimal, errors) == [("PLT-310", ".maximum")]


@pytest.mark.parametrize("metric", ["rmse", "mae", "log_loss"])
def test_a_metric_that_should_be_low_has_a_maximum(metric: str, minimal: str, errors: Errors) -> None:
    assert told_of_quality(f"{{metric: {metric}, maximum: 12.5}}", minimal, errors) == []
    assert told_of_quality(f"{{metric: {metric}, minimum: 0.5}}", minimal, errors) == [("PLT-310", ".minimum")]
    assert told_of_quality(f"{{metric: {metric}}}", minimal, errors) == [("PLT-310", "")]
    assert told_of_quality(f"{{metric: {metric}, maximum: 0}}", minimal, errors) == [("PLT-105", ".maximum")]
    both = f"{{metric: {metric}, minimum: 0.5, maximum: 0.6}}"
    assert told_of_quality(both, minimal, errors) == [("PLT-310", ".minimum")]


def test_only_r2_may_be_negative(minimal: str, errors: Errors) -> None:
    assert told_of_quality("{metric: r2, minimum: -0.5}", minimal, errors) == []
    assert told_of_quality("{metric: auc, minimum: -0.5}", minimal, errors) == [("PLT-310", ".minimum")]
    assert told_of_quality("{metric: auc, minimum: 0}", minimal, errors) == []


def told(found: tuple[PlatformError, ...]) -> list[tuple[str, str]]:
    """Code and path of each error."""
    return [(error.code, error.path) for error in found]


def told_of_quality(quality: str, minimal: str, errors: Errors) -> list[tuple[str, str]]:
    """Code and path of each error, the path after that of the quality itself."""
    model = f"{{name: card, owner: bea@tiny.example, data_classification: public, quality: {quality}}}"
    found = told(errors(minimal + "teams:\n" + team("fraud", more=f"    models: [{model}]\n")))
    return [(code, path.removeprefix("teams[0].models[0].quality")) for code, path in found]


def test_rules_are_told_beside_mistakes_of_single_fields(minimal: str, errors: Errors) -> None:
    text = minimal.replace("eu-central-1", "nowhere").replace("initial", "repeatable")
    assert told(errors(text + "teams:\n" + team("fraud") + team("fraud"))) == [
        ("PLT-202", "region"),
        ("PLT-301", "accounts.data"),
        ("PLT-301", "accounts.development"),
        ("PLT-301", "accounts.tooling"),
        ("PLT-303", "teams[1].name"),
    ]


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.31.0.0/20", "192.168.4.0/24", "100.64.0.0/16"])
def test_a_private_network_is_accepted(cidr: str, minimal: str, errors: Errors) -> None:
    assert errors(f"{minimal}network: {{cidr: {cidr}}}\n") == ()


@pytest.mark.parametrize(
    "cidr", ["8.8.0.0/16", "172.32.0.0/16", "10.0.0.0/15", "10.0.0.0/25", "172.17.0.0/16", "999.0.0.0/16", "10.0.0.0"]
)
def test_a_network_that_is_public_wrong_sized_or_taken_is_refused(cidr: str, minimal: str, errors: Errors) -> None:
    assert told(errors(f"{minimal}network: {{cidr: {cidr}}}\n")) == [("PLT-213", "network.cidr")]


@pytest.mark.parametrize(
    "email",
    ["ann", "ann@", "@x.example", "ann@x", "a b@x.example", "ann@x..example", "ann@-x.example", "ann@x.example.",
     ".ann@x.example", "ann@localhost", "ann@127.0.0.1", "Ann <ann@x.example>", "ann@x.example,bob@x.example",
     "a*@x.example", "a$b@x.example", "${a}@x.example", "a?b@x.example", "a/b@x.example", "x" * 65 + "@x.example"],
)  # fmt: skip
def test_an_address_that_aws_or_a_policy_would_misread_is_refused(email: str, minimal: str, errors: Errors) -> None:
    found = errors(minimal.replace("owner: ann@tiny.example", f'owner: "{email}"'))
    assert told(found) == [("PLT-206", "owner")]


def test_an_address_is_never_looked_up(minimal: str, errors: Errors, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert errors(minimal.replace("ann@tiny.example", "ann@no-such-domain-anywhere.example")) == ()


@pytest.mark.parametrize("key", ["team", "Model", "STAGE", "cost-center", "Data-Classification", "aws:x", "AWS:x"])
def test_tags_of_ours_and_of_aws_are_refused_whatever_their_capitals(key: str, minimal: str, errors: Errors) -> None:
    ((code, path),) = told(errors(f'{minimal}tags: {{"{key}": x}}\n'))
    assert (code, path.replace("'", "")) == ("PLT-207", f"tags.{key}")


def test_a_boundary_from_aws_itself_is_accepted(minimal: str, errors: Errors) -> None:
    assert errors(minimal + "permissions_boundary_arn: arn:aws:iam::aws:policy/PowerUserAccess\n") == ()


def test_a_saml_provider_of_an_account_unknown_here_is_refused(minimal: str, errors: Errors) -> None:
    text = minimal + "sign_in: {method: saml, provider_arn: arn:aws:iam::999999999999:saml-provider/corp}\n"
    (error,) = errors(text)
    assert (error.code, error.path) == ("PLT-313", "sign_in.provider_arn")


MONITOR = "arn:aws:ce::012345678901:anomalymonitor/01234567-89ab-cdef-0123-456789abcdef"
ELSEWHERE = 'sign_in: {method: iam, account: "999999999999"}\n'


def test_people_from_another_account_need_the_organization_that_narrows_the_trust(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + ELSEWHERE)
    assert (error.code, error.path, error.line) == ("PLT-314", "sign_in.account", 11)
    assert errors(minimal + ELSEWHERE + "organization_id: o-a1b2c3d4e5\n") == ()


def test_people_of_the_experimentation_account_itself_need_no_organization(minimal: str, errors: Errors) -> None:
    assert errors(minimal + ELSEWHERE.replace("999999999999", "012345678901")) == ()


def test_a_misspelt_organization_is_told_once(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + ELSEWHERE + "organisation_id: o-a1b2c3d4e5\n")
    assert (error.code, error.path) == ("PLT-101", "organisation_id")


def test_a_monitor_of_the_experimentation_account_is_accepted(minimal: str, errors: Errors) -> None:
    assert errors(minimal + f"cost_anomalies: {{monitor_arn: {MONITOR}}}\n") == ()


def test_a_monitor_of_an_account_that_has_another_purpose_is_refused(minimal: str, errors: Errors) -> None:
    text = minimal.replace("accounts:\n", 'accounts:\n  data: "111111111111"\n')
    (error,) = errors(text + f"cost_anomalies: {{monitor_arn: {MONITOR.replace('012345678901', '111111111111')}}}\n")
    assert (error.code, error.path) == ("PLT-315", "cost_anomalies.monitor_arn")


@pytest.mark.parametrize("text", ["arn:aws:ce::012345678901:anomalysubscription/x", "arn:aws:ce:eu-west-1:0:x", "x"])
def test_what_is_no_monitor_is_refused(text: str, minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + f'cost_anomalies: {{monitor_arn: "{text}"}}\n')
    assert (error.code, error.path) == ("PLT-215", "cost_anomalies.monitor_arn")


@pytest.mark.parametrize("name", ["aws", "amzn", "sthree", "cdk"])
def test_a_name_with_which_awss_own_names_begin_is_refused(name: str, minimal: str, errors: Errors) -> None:
    text = minimal.replace("name: tiny", f"name: {name}")
    assert [(error.code, error.path) for error in errors(text)] == [("PLT-232", "name")]


def test_a_name_that_only_begins_like_awss_is_taken(minimal: str, errors: Errors) -> None:
    assert errors(minimal.replace("name: tiny", "name: awsome")) == ()
