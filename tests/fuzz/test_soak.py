"""The soak: every kind of case in turn, from a printed seed, until the time is up.

``pytest -m soak tests/fuzz --soak-seconds 600``, and ``--soak-seed N`` to go the same way again.
The run goes on after a finding; all of them are told at its end, each with what leads there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.support.fork_server import ForkServer
from tests.support.fuzz.argument_vectors import check_vector, vectors
from tests.support.fuzz.bank_files import WRITERS, check_damaged, check_written, movements, ways
from tests.support.fuzz.bank_statements import (
    banks,
    check_rules,
    check_statement,
    entries,
    odd_rules,
    statement,
)
from tests.support.fuzz.batches import check_csv_batch, check_json_batch, csv_tables, json_batches
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.corrections import (
    check_batch,
    check_typed,
    correction_batches,
    corrections,
)
from tests.support.fuzz.corrupted_input import check_corrupted_input
from tests.support.fuzz.damaged_files import DamagedFiles
from tests.support.fuzz.edited_exports import HARMFUL, HARMLESS, check_export
from tests.support.fuzz.environments import (
    ASKED,
    check_environment,
    check_text_and_key,
    environments,
    typed_keys,
    typed_texts,
)
from tests.support.fuzz.legacy_logs import check_older, older_logs
from tests.support.fuzz.undamaged_ledgers import make_undamaged_ledgers
from tests.support.soak import Soak

A_TURN = 20
"""Examples of one kind before the next kind has its turn."""

Turn = Callable[[int], None]
"""A run of cases of one kind, from a seed."""


def _examples(check: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> Turn:
    """Cases from Hypothesis, which also makes what it finds as small as it can."""

    def turn(number: int) -> None:
        @seed(number)
        @settings(
            max_examples=A_TURN,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.tuples(*strategies))
        def run(case: tuple[Any, ...]) -> None:
            check(*case)

        run()

    return turn


def _seeds(check: Callable[[int], object], cases: int = A_TURN) -> Turn:
    """Cases that each come from a seed."""

    def turn(number: int) -> None:
        dice = random.Random(number)
        for _ in range(cases):
            case = dice.getrandbits(48)
            try:
                check(case)
            except AssertionError as finding:
                raise AssertionError(f"case {case}: {finding}") from finding

    return turn


def _inputs(runner: CaseRunner, counts: CaseCounts) -> dict[str, Turn]:
    """Turns for every kind of input that a person or a program gives to ledger."""
    runner.clear()
    export = runner.run("export-events").bytes_out
    lines = export.splitlines()
    edits = st.sampled_from([*HARMLESS, *HARMFUL])
    formats = sorted(WRITERS)
    how = st.sampled_from(["--json", "--show-rules", "--dry-run", "--json --dry-run"])
    return {
        "JSON batches": _examples(
            lambda *case: check_json_batch(runner, counts, *case), json_batches, st.booleans()
        ),
        "CSV batches": _examples(
            lambda *case: check_csv_batch(runner, counts, *case),
            csv_tables(),
            st.sampled_from(["\n", "\r\n"]),
            st.booleans(),
            st.booleans(),
        ),
        "argument vectors": _examples(lambda case: check_vector(runner, counts, case), vectors),
        "exports": _examples(
            lambda *case: check_export(runner, counts, lines, *case), edits, st.integers(0, 2**48)
        ),
        "older logs": _examples(lambda case: check_older(runner, counts, case), older_logs()),
        "statements": _examples(
            lambda *case: check_statement(runner, counts, *case), banks, entries
        ),
        "rules": _examples(
            lambda rules, bank, written, how: check_rules(
                runner, counts, rules, statement(bank, written), how
            ),
            odd_rules(),
            banks,
            entries,
            how,
        ),
        "banks' files": _examples(check_written, st.sampled_from(formats), movements, ways),
        "damaged banks' files": _seeds(
            lambda case: check_damaged(formats[case % len(formats)], case)
        ),
        "corrections": _examples(lambda case: check_typed(runner, counts, case), corrections()),
        "batches of corrections": _examples(
            lambda *case: check_batch(runner, counts, *case), correction_batches(), st.booleans()
        ),
        "environments": _examples(
            lambda *case: check_environment(runner, counts, *case),
            environments,
            st.sampled_from(ASKED),
        ),
        "texts and keys": _examples(
            lambda *case: check_text_and_key(runner, counts, *case), typed_texts, typed_keys
        ),
        "corrupted files": _seeds(lambda case: check_corrupted_input(runner, counts, export, case)),
    }


def _go_on(turns: dict[str, Turn], counts: CaseCounts, soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count(soak.seed):
        for kind, turn in turns.items():
            try:
                turn(number)
            except AssertionError as finding:
                counts.findings.append(f"{kind}, seed {number}: {finding}"[:2_000])
            if monotonic() > end:
                return


def _end(soak: Soak, counts: CaseCounts) -> None:
    soak.count(counts.all())
    assert not counts.findings, "\n".join(counts.findings)


@pytest.mark.soak
def test_no_input_harms_a_ledger_soak(runner: CaseRunner, counts: CaseCounts, soak: Soak) -> None:
    _go_on(_inputs(runner, counts), counts, soak)
    _end(soak, counts)


@pytest.mark.soak
def test_no_damage_makes_a_wrong_answer_unnoticed_soak(
    fork_server: ForkServer,
    counts: CaseCounts,
    tmp_path_factory: pytest.TempPathFactory,
    soak: Soak,
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    damaged_files = DamagedFiles(fork_server, folder, make_undamaged_ledgers(folder))
    turns = {
        "damaged files, asked": _seeds(lambda case: damaged_files.check(counts, case), 10),
        "damaged files, verified": _seeds(
            lambda case: damaged_files.check_verify(counts, case), 10
        ),
        "damaged files, written to": _seeds(
            lambda case: damaged_files.check_write(counts, case), 5
        ),
    }
    _go_on(turns, counts, soak)
    _end(soak, counts)
