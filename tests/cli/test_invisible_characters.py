"""What cannot be seen: escaped for people, but where writing needs it; programs get it as it is."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from ledger.visible import visible
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Run

HIDDEN = [
    *(0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D),
    *(0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x206A, 0x206F, 0x2800, 0x3164),
    *(0xFE00, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0x1D173, 0x1BCA0),
    *(0xE0001, 0xE0020, 0xE0041, 0xE007F, 0xE0100, 0xE01EF),
]


@pytest.mark.parametrize("code", HIDDEN, ids=hex)
@pytest.mark.parametrize(("before", "after"), [("An", "a"), ("", "Ana"), ("佐藤", "")])
def test_what_cannot_be_seen_is_escaped(code: int, before: str, after: str) -> None:
    escape = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    assert visible(f"{before}{chr(code)}{after}") == f"{before}{escape}{after}"


WRITTEN = {
    "Persian": "می\u200cخواهم",
    "Hindi": "क्\u200dष",
    "Malayalam, at the end of a word": "അവന\u0d4d\u200d പറഞ്ഞു",
    "Sinhala": "ශ්\u200dරී",
    "Mongolian": "\u182d\u180b\u1820",
    "a family": "👨\u200d👩\u200d👧",
    "an astronaut": "👩🏽\u200d🚀",
    "a flag": "🏳\ufe0f\u200d🌈",
    "a rower": "🚣\u200d♀\ufe0f",
    "a heart": "❤\ufe0f ✈\ufe0e",
    "a keycap": "1\ufe0f\u20e3",
    "signs that are seen": "\u0600\u0661 Zoë 佐藤 a\u00a0b e\u0301",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_what_writing_needs_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("علی\u200c", r"علی\u200c"),
        ("\u200cعلی", r"\u200cعلی"),
        ("ك\u200d\u200dك", r"ك\u200d\u200dك"),
        ("A\u094d\u200c", "A\u094d" r"\u200c"),
        ("👨\u200d", r"👨\u200d"),
        ("👨\u200dA", r"👨\u200dA"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f" r"\ufe0f"),
        ("1\ufe0f", r"1\ufe0f"),
        ("🏴\U000e0067\U000e007f", r"🏴\U000e0067\U000e007f"),
        ("é\u200b\n\u202e", r"é\u200b\n\u202e"),
    ],
)
def test_what_stands_where_nothing_needs_it_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


OWNER = "An\u200ba \U000e0041🚣\u200d♀\ufe0f"
SHOWN = r"An\u200ba \U000e0041" "🚣\u200d♀\ufe0f"


@pytest.fixture
def look_alike(run: Run, small_books: Path) -> Path:
    """The small ledger with an owner and a description that hold more than is seen."""
    assert run("open", "twin", "--owner", OWNER).status == 0
    assert run("deposit", "twin", "1", "-m", OWNER).status == 0
    return small_books


@pytest.mark.usefixtures("look_alike")
@pytest.mark.parametrize("command", ["accounts", "history twin", "events", "replay twin --step"])
def test_tables_show_it(environ: dict[str, str], tmp_path: Path, command: str) -> None:
    shown = run_on_terminal(
        [PROGRAM, *command.split()], env={**environ, "NO_COLOR": "1"}, cwd=tmp_path, columns=200
    )
    assert SHOWN in shown.text
    assert OWNER not in shown.text


@pytest.mark.usefixtures("look_alike")
def test_programs_get_it_as_it_is_stored(run: Run) -> None:
    *_, row = csv.DictReader(io.StringIO(run("accounts", "--format", "csv").out))
    *_, line = run("accounts", "--format", "plain").out.splitlines()
    *_, document = json.loads(run("accounts", "--json").out)
    assert (row["owner"], line.split("\t")[1], document["owner"]) == (OWNER, OWNER, OWNER)


@pytest.mark.usefixtures("small_books")
def test_messages_show_it_and_their_commands_work_as_printed(run: Run) -> None:
    done = run("deposit", "acc-0\u200b01", "1")
    assert done.status != 0
    assert "\u200b" not in done.err
