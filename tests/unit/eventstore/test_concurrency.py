"""Several processes at one stream: every event once, in one order, in one chain."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.eventstore.appending import follow_chain
from ledger.eventstore.store import stream_version
from tests.support.child_process import child
from tests.support.eventstore import contending_writer
from tests.support.eventstore.store_files import made, opened

WRITERS = 4
EACH = 50


@pytest.mark.parametrize("how", ["locked", "exact"])
def test_the_appends_of_several_processes_make_one_gapless_chain(tmp_path: Path, how: str) -> None:
    books = made(tmp_path / "books.db", events=0)
    with ExitStack() as stack:
        contenders = [
            stack.enter_context(child(contending_writer.main, books, how, EACH, writer))
            for writer in range(WRITERS)
        ]
        for contender in contenders:
            assert contender.stdout is not None
            assert contender.stdout.readline() == "ready\n"
        for contender in contenders:
            assert contender.stdin is not None
            contender.stdin.close()
        assert [contender.wait() for contender in contenders] == [0] * WRITERS

    with opened(books) as store:
        events = list(follow_chain(store.ledger_id, store.read_all()))
        assert stream_version(store, "a") == WRITERS * EACH
    assert [event.version for event in events] == list(range(1, WRITERS * EACH + 1))
    amounts = defaultdict(list)
    for event in events:
        writer = json.loads(event.metadata)["writer"]
        amounts[writer].append(json.loads(event.data)["amount"])
    in_order = list(range(1, EACH + 1))
    assert dict(amounts) == {str(writer): in_order for writer in range(WRITERS)}
