"""Environments, texts and keys of anything, and files spoilt byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.case_counts import Figures
from tests.support.fuzz.case_runner import Bench
from tests.support.fuzz.corrupted_input import check_spoiled
from tests.support.fuzz.environments import (
    ASKED,
    check_surroundings,
    check_text_and_key,
    environments,
    typed_keys,
    typed_texts,
)
from tests.support.fuzz.fixed_examples import short


@short(30)
@given(env=environments, command=st.sampled_from(ASKED))
def test_a_command_does_what_it_always_does_or_refuses_its_environment(
    bench: Bench, figures: Figures, env: dict[str, str], command: tuple[str, ...]
) -> None:
    check_surroundings(bench, figures, env, command)


@short(10)
@given(text=typed_texts, key=typed_keys)
def test_texts_are_kept_as_they_are_and_keys_work_once(
    bench: Bench, figures: Figures, text: str, key: str
) -> None:
    check_text_and_key(bench, figures, text, key)


@pytest.fixture(scope="module")
def export(bench: Bench) -> bytes:
    bench.clear()
    return bench.run("export-events").out


def test_a_spoilt_file_is_refused_or_taken_in(
    bench: Bench, figures: Figures, export: bytes
) -> None:
    for seed in range(60):
        check_spoiled(bench, figures, export, seed)
