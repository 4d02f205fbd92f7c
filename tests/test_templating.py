"""Templates leave other programs' braces alone, and say what they lack."""

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from mlops_stages.templating import templates


def test_braces_of_others_stay() -> None:
    text = "[# a note #]\nname: ${{ github.ref }}\n  [% if asks %]\nasks: [[ name | quoted ]]\n  [% endif %]\n"
    assert templates().from_string(text).render(asks=True, name='a "b"') == (
        'name: ${{ github.ref }}\nasks: "a \\"b\\""\n'
    )


def test_what_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        templates().from_string("[[ name ]]").render()


def test_a_template_reaches_nothing_of_python() -> None:
    with pytest.raises(SecurityError):
        templates().from_string("[[ name.__class__.__mro__ ]]").render(name="x")
