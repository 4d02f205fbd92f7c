"""Expressions and wildcards on text from outside: what they take, and how long they take."""

import random
import re
import time

import pytest

from mlops_stages import expressions

SLOW_BY_BACKTRACKING = [
    (r"(a+)+$", "a" * 50_000 + "b"),
    (r"(a|a)*b", "a" * 50_000),
    (r"(.*)*=(\d+)", "x=" * 25_000),
    (r"(\w+\s?)*:", "word " * 10_000),
]


@pytest.mark.parametrize(("expression", "text"), SLOW_BY_BACKTRACKING)
def test_no_expression_is_slow(expression: str, text: str) -> None:
    began = time.process_time()
    expressions.compiled(expression).groups_in(text)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "expression", [r"(?=a)b", r"(a)\1", r"(((a{100}){100}){100}){100}", r"\p{L}{1000}" * 100, "(", "\ud800", "a" * 5000]
)
def test_what_cannot_be_judged_in_linear_time_is_refused(expression: str) -> None:
    with pytest.raises(expressions.ExpressionError):
        expressions.compiled(expression)


def test_an_expression_that_compiles_into_much_is_refused_soon() -> None:
    began = time.process_time()
    with pytest.raises(expressions.ExpressionError, match="too large"):
        expressions.compiled(r"(\p{L}{500}){2}" * 50)
    assert time.process_time() - began < 1


def test_the_groups_are_those_of_the_first_part_that_matches() -> None:
    assert expressions.compiled(r"loss=(.*?);").groups_in("epoch 1 loss=0.5; loss=0.4;") == ("0.5",)
    assert expressions.compiled(r"loss=(.*?);").groups_in("epoch 1") is None
    assert expressions.compiled(r"(?P<a>x)|(?P<b>y)").named_groups("y") == {"b": "y"}


def test_half_of_a_character_matches_nothing() -> None:
    anything = expressions.compiled("(?s).*")
    assert not anything.matches("\ud800")
    assert not anything.occurs_in("\udc00 ")
    assert anything.groups_in("\ud800") is None
    assert anything.named_groups("\ud800") is None


def test_wildcards_mean_what_the_same_expression_means() -> None:
    chance = random.Random(15)
    for _ in range(20_000):
        text = "".join(chance.choices("ab*?\n", k=chance.randint(0, 8)))
        pattern = "".join(chance.choices("ab*?\n", k=chance.randint(0, 7)))
        expression = pattern.translate({ord("*"): ".*", ord("?"): ".", ord("\n"): "\n"})
        assert expressions.fits(text, pattern) is bool(re.fullmatch(expression, text, re.DOTALL)), (text, pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 25 + "b",
        "*" + "a" * 1024 + "b*",
        "*" + "a?" * 1000 + "b*",
        "?" * 1000 + "*" * 1000 + "b",
        "*a?" * 600 + "b",
        "*" * 6000 + "b",
    ],
)
def test_no_wildcards_are_slow(pattern: str) -> None:
    began = time.process_time()
    assert not expressions.fits("a" * 4096, pattern)
    assert time.process_time() - began < 0.1
