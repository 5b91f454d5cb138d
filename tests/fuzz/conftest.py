"""The folder and ledger that cases run on: one for each worker of pytest."""

from __future__ import annotations

import pytest

from tests.support.fork_server import ForkServer
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner, make_starting_ledger


@pytest.fixture(scope="session")
def runner(fork_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> CaseRunner:
    folder = tmp_path_factory.mktemp("fuzz")
    return CaseRunner(fork_server, folder, make_starting_ledger(folder))


@pytest.fixture
def counts() -> CaseCounts:
    return CaseCounts()
