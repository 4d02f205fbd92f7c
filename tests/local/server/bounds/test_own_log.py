"""The server's own log ends where it would fill the disk."""

import io
import logging

from mlops_stages.local.server.bounds.own_log import UpTo


def test_a_log_that_is_full_says_so_once_and_grows_no_further() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(UpTo(5_000))
    log = logging.getLogger("tests.own_log")
    log.propagate = False
    log.addHandler(handler)
    for number in range(1000):
        try:
            raise ValueError("x" * 100)
        except ValueError:
            log.exception("request %d failed", number)
    said = written.getvalue()
    assert len(said) < 10_000
    assert "request 0 failed" in said
    assert "ValueError: xxx" in said
    assert said.count("The log is full") == 1
