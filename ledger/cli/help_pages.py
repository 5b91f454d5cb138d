"""A page of Markdown as it is read on a terminal."""

from __future__ import annotations

import re
from io import StringIO
from shutil import get_terminal_size
from typing import ClassVar, Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

_WIDEST: Final = 100
"""Columns; longer lines are hard to read."""

_STYLES: Final = Theme(
    {
        "markdown.code": "cyan",
        "markdown.item.bullet": "none",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)
_FENCED: Final = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_PADDING: Final = re.compile(r"(?:\x1b\[[\d;]*m| )+$", re.MULTILINE)
_LINK_TO_A_PAGE: Final = re.compile(r"\[([^]]+)\]\((?!https?:)[^)]*\)")


class _PlainHeading(Heading):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.text.plain, "bold")
        if self.tag == "h1":
            yield Text("─" * len(self.text), "dim")


class _IndentedCode(CodeBlock):
    """Each line as it is, however long, so that it can be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.plain.rstrip().splitlines():
            bold = console.get_style("bold") if line.startswith("$ ") else None
            yield Segment(f"    {line}", bold)
            yield Segment.line()


class _AlignedTable(TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                table.show_edge = False
                yield table


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _PlainHeading,
        "fence": _IndentedCode,
        "table_open": _AlignedTable,
    }


def for_reading(markdown: str, *, coloured: bool) -> str:
    """The text as a person reads it, with what is beside the point left out.

    Args:
        coloured: whether escape sequences may make headings bold.
    """
    parts = _FENCED.split(markdown)
    parts[::2] = [_LINK_TO_A_PAGE.sub(r"\1", part) for part in parts[::2]]
    console = Console(
        file=StringIO(),
        width=min(get_terminal_size().columns, _WIDEST),
        force_terminal=coloured,
        color_system="standard" if coloured else None,
        legacy_windows=False,
        theme=_STYLES,
    )
    with console.capture() as shown:
        console.print(_Page("".join(parts), hyperlinks=False), crop=False)
    return _PADDING.sub(lambda padding: padding[0].replace(" ", ""), shown.get())
