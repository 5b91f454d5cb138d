"""Arbitrary environments, texts and keys, and files with corrupted bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.corrupted_input import check_corrupted_input
from tests.support.fuzz.environments import (
    ASKED,
    check_environment,
    check_text_and_key,
    environments,
    typed_keys,
    typed_texts,
)
from tests.support.fuzz.fixed_examples import fixed_examples


@fixed_examples(30)
@given(env=environments, command=st.sampled_from(ASKED))
def test_a_command_does_what_it_always_does_or_refuses_its_environment(
    runner: CaseRunner, counts: CaseCounts, env: dict[str, str], command: tuple[str, ...]
) -> None:
    check_environment(runner, counts, env, command)


@fixed_examples(10)
@given(text=typed_texts, key=typed_keys)
def test_texts_are_kept_as_they_are_and_keys_work_once(
    runner: CaseRunner, counts: CaseCounts, text: str, key: str
) -> None:
    check_text_and_key(runner, counts, text, key)


@pytest.fixture(scope="module")
def export(runner: CaseRunner) -> bytes:
    runner.clear()
    return runner.run("export-events").bytes_out


def test_a_corrupted_file_is_refused_or_accepted(
    runner: CaseRunner, counts: CaseCounts, export: bytes
) -> None:
    for seed in range(60):
        check_corrupted_input(runner, counts, export, seed)
