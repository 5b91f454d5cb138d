"""The long form: every kind of case in turn, from a printed seed, until the time is up.

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

from tests.support.fork_server import Nursery
from tests.support.fuzz.argument_vectors import check_vector, vectors
from tests.support.fuzz.bank_statements import (
    banks,
    check_rules,
    check_statement,
    entries,
    odd_rules,
    statement,
)
from tests.support.fuzz.batches import check_csv_batch, check_json_batch, csv_tables, json_batches
from tests.support.fuzz.case_counts import Figures
from tests.support.fuzz.case_runner import Bench
from tests.support.fuzz.corrupted_input import check_spoiled
from tests.support.fuzz.damaged_files import Ward
from tests.support.fuzz.edited_exports import HARMFUL, HARMLESS, check_export
from tests.support.fuzz.environments import (
    ASKED,
    check_surroundings,
    check_text_and_key,
    environments,
    typed_keys,
    typed_texts,
)
from tests.support.fuzz.ledgers_to_damage import make_specimens
from tests.support.fuzz.legacy_logs import check_older, older_logs
from tests.support.soak import Soak

A_TURN = 20
"""Examples of one kind before the next kind has its turn."""

Turn = Callable[[int], None]
"""A run of cases of one kind, from a seed."""


def _examples(check: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> Turn:
    """Cases from Hypothesis; it also makes what it finds as small as it can."""

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
    """Cases that come from a seed each."""

    def turn(number: int) -> None:
        dice = random.Random(number)
        for _ in range(cases):
            case = dice.getrandbits(48)
            try:
                check(case)
            except AssertionError as finding:
                raise AssertionError(f"case {case}: {finding}") from finding

    return turn


def _inputs(bench: Bench, figures: Figures) -> dict[str, Turn]:
    """The turns of everything that a person or a program gives to ledger."""
    bench.clear()
    export = bench.run("export-events").out
    lines = export.splitlines()
    ways = st.sampled_from([*HARMLESS, *HARMFUL])
    how = st.sampled_from(["--json", "--show-rules", "--dry-run", "--json --dry-run"])
    return {
        "JSON batches": _examples(
            lambda *case: check_json_batch(bench, figures, *case), json_batches, st.booleans()
        ),
        "CSV batches": _examples(
            lambda *case: check_csv_batch(bench, figures, *case),
            csv_tables(),
            st.sampled_from(["\n", "\r\n"]),
            st.booleans(),
            st.booleans(),
        ),
        "argument vectors": _examples(lambda case: check_vector(bench, figures, case), vectors),
        "exports": _examples(
            lambda *case: check_export(bench, figures, lines, *case), ways, st.integers(0, 2**48)
        ),
        "older logs": _examples(lambda case: check_older(bench, figures, case), older_logs()),
        "statements": _examples(
            lambda *case: check_statement(bench, figures, *case), banks, entries
        ),
        "rules": _examples(
            lambda rules, bank, written, how: check_rules(
                bench, figures, rules, statement(bank, written), how
            ),
            odd_rules(),
            banks,
            entries,
            how,
        ),
        "environments": _examples(
            lambda *case: check_surroundings(bench, figures, *case),
            environments,
            st.sampled_from(ASKED),
        ),
        "texts and keys": _examples(
            lambda *case: check_text_and_key(bench, figures, *case), typed_texts, typed_keys
        ),
        "spoilt files": _seeds(lambda case: check_spoiled(bench, figures, export, case)),
    }


def _go_on(turns: dict[str, Turn], figures: Figures, soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count(soak.seed):
        for kind, turn in turns.items():
            try:
                turn(number)
            except AssertionError as finding:
                figures.findings.append(f"{kind}, seed {number}: {finding}"[:2_000])
            if monotonic() > end:
                return


def _end(soak: Soak, figures: Figures) -> None:
    soak.count(figures.all())
    assert not figures.findings, "\n".join(figures.findings)


@pytest.mark.soak
def test_no_input_harms_a_ledger_for_long(bench: Bench, figures: Figures, soak: Soak) -> None:
    _go_on(_inputs(bench, figures), figures, soak)
    _end(soak, figures)


@pytest.mark.soak
def test_no_damage_makes_a_wrong_answer_unnoticed_for_long(
    nursery: Nursery, figures: Figures, tmp_path_factory: pytest.TempPathFactory, soak: Soak
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    ward = Ward(nursery, folder, make_specimens(folder))
    turns = {
        "damaged files, asked": _seeds(lambda case: ward.check(figures, case), 10),
        "damaged files, verified": _seeds(lambda case: ward.check_verify(figures, case), 10),
        "damaged files, written to": _seeds(lambda case: ward.check_write(figures, case), 5),
    }
    _go_on(turns, figures, soak)
    _end(soak, figures)
