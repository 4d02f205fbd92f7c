"""What one pattern takes in of another."""

import time

import pytest

from mlops_stages.review.permissions.patterns import arn_takes_in, takes_in

TOKEN = "\x02AWS::S3::Bucket:A.Arn\x03"


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "", True),
        ("", "*", False),
        ("a*c", "abbc", True),
        ("a*c", "a*b*c", True),
        ("a?c", "a*c", False),
        ("a*c", "a?c", True),
        ("?", "?", True),
        ("*?", "*", False),
        ("a", "a*", False),
        ("*", TOKEN, True),
        (f"{TOKEN}/*", f"{TOKEN}/a", True),
        ("?" * len(TOKEN), TOKEN, False),
        ("?" * 15, "${aws:username}", False),
    ],
)
def test_a_pattern_takes_in_what_all_fits_it(wide: str, narrow: str, *, expected: bool) -> None:
    assert takes_in(wide, narrow) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "arn:aws:s3:::a", True),
        ("arn:aws:s3:::*", "arn:aws:s3:::a:b", True),
        ("arn:aws:s3:*:a", "arn:aws:s3:::b:a", False),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::111111111111:role/a/b", True),
        (f"{TOKEN}/*", f"{TOKEN}/a:b:c:d:e:f:g", False),
        (f"{TOKEN}/*", f"{TOKEN}/a", True),
    ],
)
def test_a_wildcard_of_an_arn_stays_in_its_part(wide: str, narrow: str, *, expected: bool) -> None:
    assert arn_takes_in(wide, narrow) is expected


def test_a_hostile_pattern_takes_time_by_its_length_alone() -> None:
    began = time.process_time()
    assert not takes_in("*a" * 500 + "b", "a" * 1000)
    assert time.process_time() - began < 5
