"""A book's times do not depend on the machine's zone, nor on the zones that it has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

QUESTIONS = """
from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone

NOW = 1_772_366_400_000_000
book = BookZone([(None, "Europe/Berlin"), (NOW, "America/Sao_Paulo")])
for text in ("2018-11-04", "today", "yesterday", "2026-02", "2026-03-29T02:30", "2025-10-26T02:30",
             "2025-10-26", "1890-01-01", "9999-12-31", "0001-01-01", "2026-07-01T12:00", "soon"):
    for read in (book.moment, book.period_start, book.period_end):
        try:
            instant = read(text, now=NOW)
            print(instant, book.show(instant), book.show_short(instant), book.day_of(instant))
        except InvalidTime as error:
            print(error.message, error.advice)
"""


def answers(**environment: str) -> str:
    kept = {name: text for name, text in os.environ.items() if name not in ("TZ", "PYTHONTZPATH")}
    done = subprocess.run(
        [sys.executable, "-c", QUESTIONS],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "UTC0"},
        {"TZ": "Asia/Tokyo"},
        {"TZ": "Mars/Phobos"},
        {"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"},
        {"TZ": ""},
        {"TZ": "Asia/Tokyo", "PYTHONTZPATH": "/nowhere"},
        {"PYTHONTZPATH": "", "LC_ALL": "C"},
    ],
)
def test_the_same_question_gives_the_same_answer(environment: dict[str, str]) -> None:
    here = answers()
    assert len(here.splitlines()) == 36
    assert answers(**environment) == here


def test_a_plain_command_does_not_load_the_zones() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, ledger.cli.app, ledger.times.book_zone as b;"
            "b.BookZone.of('UTC').show(0);"
            "print({'zoneinfo', 'tzlocal', 'tzdata', 'calendar'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
