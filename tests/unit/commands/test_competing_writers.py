"""Several processes write to the same accounts at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ledger import Ledger
from ledger.eventstore.appending import follow_chain
from tests.support.commands import competing_writer

PROCESSES = 4


@contextmanager
def child(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    module = competing_writer.__name__
    program = (
        f"import sys; sys.path[:0] = sys.argv.pop().split('|'); from {module} import main; main()"
    )
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            program,
            *arguments,
            "|".join(sys.path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_processes_that_write_at_once_lose_no_update_and_meet_no_conflict(path: str) -> None:
    with Ledger.open(path) as ledger:
        ledger.open_account("a", "Ana", initial_balance="40", at="2026-01-01T00:00Z")
        ledger.open_account("b", "Bo", initial_balance="40", at="2026-01-01T00:00Z")
    with ExitStack() as stack:
        children = [stack.enter_context(child(path, str(seed))) for seed in range(PROCESSES)]
        for process in children:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        outcomes = [json.loads(process.communicate(timeout=60)[0]) for process in children]
        assert [process.returncode for process in children] == [0] * PROCESSES
    total = {name: sum(outcome[name] for outcome in outcomes) for name in outcomes[0]}
    with Ledger.open(path, create=False) as ledger:
        events = list(follow_chain(ledger.identity, ledger.events()))
        commands = PROCESSES * competing_writer.COMMANDS - total["refused"]
        assert len(events) == 2 + commands + total["sent"]
        held = sum(report.balance.minor_units for report in ledger.balances())
        assert held == 8000 + 100 * (total["deposited"] - total["withdrawn"])
        assert total["deposited"] > 0
        assert total["withdrawn"] > 0
        for account in ("a", "b"):
            found = ledger.agreement(account)
            assert found.holds
            assert found.projection_lag == 0
            assert all(step.after.balance >= 0 for step in ledger.replay(account))


def test_processes_that_make_the_same_ledger_at_once_all_end_up_with_one(path: str) -> None:
    """Each opens the ledger that is not there yet; one of them makes it."""
    program = (
        "import sys; sys.path[:0] = sys.argv[3].split('|'); sys.stdin.readline()\n"
        "from ledger import Ledger\n"
        "with Ledger.open(sys.argv[1]) as ledger:\n"
        "    ledger.open_account(sys.argv[2], 'Ana')\n"
        "    print(ledger.identity.ledger_id)\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, path, f"acc-{number}", "|".join(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for process in children:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    identities = {process.communicate(timeout=60)[0].strip() for process in children}
    with Ledger.open(path, create=False) as ledger:
        assert identities == {ledger.identity.ledger_id}
        assert ledger.account_ids() == [f"acc-{number}" for number in range(PROCESSES)]
