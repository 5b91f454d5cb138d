"""A server that goes away in the middle of a command: nothing half, and a retry is right.

Every command is cut off at each of its steps, before the step reaches the server and after.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.wire import AFTER, BEFORE, Wire

pytestmark = pytest.mark.servers

MOST_STEPS = 60

WRITES = {
    "deposit": (("deposit", "a", "1", "-m", "Gift"), 1),
    "transfer": (("transfer", "a", "b", "1"), 2),
    "backdated": (("withdraw", "b", "1", "--at", "2026-01-02"), 1),
    "open": (("open", "new", "--owner", "Ana"), 1),
}


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("command", WRITES)
def test_a_command_that_is_cut_off_has_done_all_or_nothing_and_can_be_repeated(
    fork_server: ForkServer,
    tmp_path: Path,
    postgresql_url: str,
    postgresql_server: PostgresServer,
    wire: Wire,
    command: str,
    when: str,
) -> None:
    words, events = WRITES[command]
    with Ledger.open(postgresql_url) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="1000", at="2026-01-01")
        before = ledger.head().position
    through = postgresql_url.replace(
        str(postgresql_server.folder).replace("/", "%2F"), str(wire.folder).replace("/", "%2F")
    )

    def run(place: str, *arguments: str) -> Outcome:
        return fork_server.run(*arguments, "--json", cwd=tmp_path, env=environment(tmp_path, place))

    unknown = 0
    for step in range(MOST_STEPS):
        if command == "open":
            words = ("open", f"new-{step}", "--owner", "Ana")
        keyed = (*words, "--idempotency-key", f"key-{step}")
        wire.arm(step, when)
        cut_off = run(through, *keyed)
        if not wire.is_cut:
            before += events
            break
        with Ledger.open(postgresql_url, create=False) as ledger:
            position = ledger.head().position
            assert position in (before, before + events)
        again = run(postgresql_url, *keyed)
        assert again.status == 0, again
        assert again.json["replayed"] is (position != before)
        if cut_off.status == 0:  # all was told, and then it was cut
            assert position == before + events
            assert cut_off.json == {**again.json, "replayed": False}
        else:
            assert (cut_off.status, cut_off.error["code"]) == (1, "storage_failure"), cut_off
            if position != before:
                unknown += 1
                assert "may be there" in cut_off.error["message"]
                assert "nothing was changed" not in cut_off.error["message"]
            assert cut_off.error["hint"]
        before += events
    else:
        raise AssertionError("it never came to its end")
    assert step > 2
    assert unknown == (1 if when == AFTER else 0)
    with Ledger.open(postgresql_url, create=False) as ledger:
        assert ledger.head().position == before
        assert ledger.verify(workers=1).clean
