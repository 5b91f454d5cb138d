"""Some of the cases with the installed command, in a process of its own, and on a terminal.

What the fork server cannot show: the interpreter's own beginning and end, and a terminal's width.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cli.terminal import run_on_terminal
from tests.support.file_content import content
from tests.support.fuzz.argument_vectors import Vector, assert_log_goes_on, vectors
from tests.support.fuzz.byte_mutations import corrupt
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit
from tests.support.fuzz.fixed_examples import fixed_examples
from tests.support.program import PROGRAM, SAMPLE_DATA, Outcome, run

LINES = (SAMPLE_DATA / "club_year.jsonl").read_bytes().splitlines()


def really(runner: CaseRunner, *arguments: str, stdin: bytes = b"") -> Outcome:
    return run(*arguments, env=runner.env, cwd=runner.cwd, stdin=stdin)


@fixed_examples(8)
@given(vector=vectors)
def test_the_installed_command_answers_as_in_the_fork_server(
    runner: CaseRunner, vector: Vector
) -> None:
    answers = []
    for way in (runner.run, lambda *arguments: really(runner, *arguments)):
        runner.clear()
        outcome = way(*vector.arguments)
        check_exit(outcome, bad_disk=True)
        answers.append((outcome.status, content(runner.books).keys()))
    assert answers[0] == answers[1], vector


NEVER_FROM_A_KEYBOARD = {"batch", "import", "import-events"}
"""They would wait for somebody to type the file."""

without_files = vectors.filter(lambda vector: not NEVER_FROM_A_KEYBOARD & set(vector.arguments))


@fixed_examples(6)
@given(vector=without_files, columns=st.sampled_from([1, 20, 80, 300]))
def test_no_command_line_ends_badly_on_a_terminal(
    runner: CaseRunner, vector: Vector, columns: int
) -> None:
    runner.clear()
    before = content(runner.books)
    shown = run_on_terminal(
        [PROGRAM, *vector.arguments],
        env=runner.env,
        cwd=runner.cwd,
        columns=columns,
        started=True,
    )
    assert shown.status in {0, 1, 2, 3, 4, 5, 6}, shown
    assert "Traceback" not in shown.text, shown
    assert "unexpected failure" not in " ".join(shown.text.split()), shown
    assert_log_goes_on(before, content(runner.books))


@pytest.mark.parametrize("seed", range(3))
def test_the_installed_command_accepts_a_corrupted_batch_or_refuses_it(
    runner: CaseRunner, seed: int
) -> None:
    runner.clear()
    before = content(runner.books)
    outcome = really(
        runner, "batch", "-", stdin=corrupt(b"\n".join(LINES[:9]), random.Random(seed))
    )
    check_exit(outcome)
    assert (content(runner.books) == before) == (outcome.status != 0)
