"""How wide texts are on a terminal, and how they are put into fewer columns."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ledger.cli.output.text_widths import cut, width_of, wrapped

TEXTS = [
    "one",
    "one two three four five six seven",
    "one  two   three    four",
    "  two spaces before",
    "anextremelylongwordthatdoesnotfit and a short one",
    "a short one and anextremelylongwordthatdoesnotfit",
    "佐藤花子さんの家賃 と 電気代",
    "Zoë wrote 佐藤 花子",
    "e\u0301 combining e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
]


@pytest.mark.parametrize("width", [5, 8, 13, 30])
@pytest.mark.parametrize("text", TEXTS)
def test_words_are_put_on_lines_as_an_independent_program_does(text: str, width: int) -> None:
    lines = Text(text).wrap(Console(width=width), width, overflow="fold")
    assert wrapped(text, width) == [line.plain.rstrip(" ") for line in lines]


@pytest.mark.parametrize("mark", ["…", "..."])
@pytest.mark.parametrize("text", [text for text in TEXTS if width_of(text) > 9])
def test_a_text_that_is_cut_fits_and_says_so(text: str, mark: str) -> None:
    shown = cut(text, 9, mark)
    assert shown.endswith(mark)
    assert cell_len(shown) <= 9
    assert len(shown) > len(mark)
    assert text.startswith(shown.removesuffix(mark))
