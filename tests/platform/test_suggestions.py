"""What an error advises when it can guess what was meant."""

from collections.abc import Callable

import pytest

from mlops_stages.platform import PlatformError

Errors = Callable[[str], tuple[PlatformError, ...]]

TEAM = """teams:
  - name: fraud
    cost_center: "2"
    budget: {monthly_usd: 500, notify: [bea@tiny.example]}
    people: {data_scientists: [bea@tiny.example]}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "advice"),
    [
        ("region:", "regin:", "Write `region:`."),
        ("cost_center:", "cost-center:", "Write `cost_center:`."),
        ("cost_center:", "Cost_Center:", "Write `cost_center:`."),
        ("experimentation:", "experiments:", "Write `experimentation:`."),
        ("eu-central-1", "eu-centrall-1", "Write 'eu-central-1'."),
        ("stage: initial", "stage: Initial", "Write initial."),
        ("data_scientists:", "data_scientist:", "Write `data_scientists:`."),
        ("monthly_usd: 500", "monthly_eur: 500", "Write `monthly_usd:`."),
    ],
)
def test_a_misspelling_is_one_error_that_names_the_right_word(
    right: str, wrong: str, advice: str, minimal: str, errors: Errors
) -> None:
    text = minimal + TEAM
    assert right in text
    (error,) = errors(text.replace(right, wrong, 1))
    assert error.fix.startswith(advice)


def test_a_key_of_another_place_is_sent_there(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + TEAM + "notify: [bea@tiny.example]\n")
    assert error.fix.startswith("It belongs at `teams[].budget.notify`.")


def test_a_key_of_the_other_network_is_told_not_to_fit(minimal: str, errors: Errors) -> None:
    network = "network: {vpc_id: vpc-0a1b2c3d, subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e], cidr: 10.0.0.0/16}\n"
    (error,) = errors(minimal + network)
    assert error.path == "network.cidr"
    assert error.fix == "It does not go with the keys beside it. What goes with them: vpc_id, subnet_ids."


def test_a_key_of_another_way_to_sign_in_is_told_not_to_fit(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + "sign_in: {method: identity_center, mfa: true}\n")
    assert (
        error.fix == "It does not go with the keys beside it. What goes with them: method, instance_arn, groups, users."
    )


def test_a_missing_key_comes_with_an_example_and_its_meaning(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal.replace("owner: ann@tiny.example\n", ""))
    assert error.fix == (
        "Add for example `owner: platform@acme.example`. "
        "Who is told about alarms and cost anomalies of the platform as a whole."
    )


def test_a_network_with_host_bits_is_told_the_network(minimal: str, errors: Errors) -> None:
    (error,) = errors(minimal + "network: {cidr: 10.20.30.1/20}\n")
    assert error.fix == "Write '10.20.16.0/20'."
