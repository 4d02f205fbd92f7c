"""What runs on a later Python and not on every 3.11 is found on the one that runs the tests."""

import ast

from tests.conftest import ROOT

FOLDERS = ("bench", "constructs", "docs", "release", "stacks")


def of_3_11_4(source: str) -> list[int]:
    """The lines that give an archive's `filter`: Debian 12 has Python 3.11.2, whose archives take none.

    https://docs.python.org/3/library/tarfile.html#extraction-filters
    """
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("extract", "extractall", "unpack_archive")
        and any(keyword.arg == "filter" for keyword in node.keywords)
    ]


def test_no_archive_is_given_a_filter() -> None:
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in sources if of_3_11_4(path.read_text("utf-8"))] == []
    assert len(sources) > len(FOLDERS)


def test_a_filter_is_found() -> None:
    assert of_3_11_4("\nopened.extractall(folder, filter='data')") == [2]
