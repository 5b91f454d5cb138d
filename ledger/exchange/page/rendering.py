"""From what a page says to HTML. What it is made with is an extra: see `ledger.exchange.page`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from ledger.digit_groups import grouped

_PIECES: Final = 200
"""Of text, are written at once."""


def render(*, group_digits: bool, **content: Any) -> Iterator[str]:
    """The page, piece by piece. All that is in the content is text, and is escaped.

    Args:
        group_digits: whether amounts are shown as 1 234 567.89.
    """
    style = Markup(_read("page.css"))  # noqa: S704 - our own
    pieces = _template(group_digits).stream(style=style, **content)
    pieces.enable_buffering(_PIECES)
    return pieces


@cache
def _template(group_digits: bool) -> Template:
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["digits"] = grouped if group_digits else str
    return environment.get_template("page.html.jinja")


def _read(name: str) -> str:
    return files("ledger.exchange.page").joinpath(name).read_text("utf-8")
