"""A share of the cases on the installed command, in a process of its own, and on a terminal.

What the nursery cannot show: the interpreter's own beginning and end, and a terminal's width.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import PROGRAM
from tests.support.cli.terminal import run_on_terminal
from tests.support.fork_server import Outcome
from tests.support.fuzz.argument_vectors import Vector, assert_log_goes_on, vectors
from tests.support.fuzz.byte_mutations import spoil
from tests.support.fuzz.case_runner import Bench
from tests.support.fuzz.exit_contract import check_manners
from tests.support.fuzz.fixed_examples import short
from tests.support.fuzz.stored_events import content

LINES = (Path(__file__).parents[2] / "sample_data" / "club_year.jsonl").read_bytes().splitlines()


def really(bench: Bench, *arguments: str, stdin: bytes = b"") -> Outcome:
    done = subprocess.run(
        [PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        env=bench.env,
        cwd=bench.cwd,
        timeout=60,
        check=False,
    )
    err = done.stderr.decode("utf-8", "surrogateescape")
    return Outcome(arguments, done.returncode, done.stdout, err)


@short(8)
@given(vector=vectors)
def test_the_installed_command_answers_as_the_nursery_does(bench: Bench, vector: Vector) -> None:
    answers = []
    for run in (bench.run, lambda *arguments: really(bench, *arguments)):
        bench.clear()
        outcome = run(*vector.arguments)
        check_manners(outcome, bad_disk=True)
        answers.append((outcome.status, content(bench.books).keys()))
    assert answers[0] == answers[1], vector


NEVER_FROM_A_KEYBOARD = {"batch", "import", "import-events"}
"""They would wait for somebody to type the file."""

without_files = vectors.filter(lambda vector: not NEVER_FROM_A_KEYBOARD & set(vector.arguments))


@short(6)
@given(vector=without_files, columns=st.sampled_from([1, 20, 80, 300]))
def test_no_command_line_ends_badly_on_a_terminal(
    bench: Bench, vector: Vector, columns: int
) -> None:
    bench.clear()
    before = content(bench.books)
    shown = run_on_terminal(
        [PROGRAM, *vector.arguments], env=bench.env, cwd=bench.cwd, columns=columns
    )
    assert shown.status in {0, 1, 2, 3, 4, 5, 6}, shown
    assert "Traceback" not in shown.text, shown
    assert "unexpected" not in shown.text, shown
    assert_log_goes_on(before, content(bench.books))


@pytest.mark.parametrize("seed", range(3))
def test_the_installed_command_takes_a_spoilt_batch_or_refuses_it(bench: Bench, seed: int) -> None:
    bench.clear()
    before = content(bench.books)
    outcome = really(bench, "batch", "-", stdin=spoil(b"\n".join(LINES[:9]), random.Random(seed)))
    check_manners(outcome)
    assert (content(bench.books) == before) == (outcome.status != 0)
