"""Publishing into a real NATS server that is away, full, slow, refuses, or is used by others."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import (
    InvalidLine,
    InvalidOption,
    NoSuchTarget,
    PublicationDiverged,
    TargetFailure,
)
from ledger.exchange.publishing.nats_subjects import subject, takes
from ledger.exchange.publishing.read_back import published_lines
from ledger.exchange.publishing.targets import parse_target
from tests.publishing.conftest import Books
from tests.support.publishing.following import followed_until_ended
from tests.support.publishing.judging import judged
from tests.support.publishing.rounds import filled
from tests.support.servers.nats import NatsServer
from tests.support.servers.run import Run

BOUND = 10
"""Times longer than the timeout is the most that a command may take on a busy machine."""

_names = count(1)


@pytest.fixture
def path(books: Books, tmp_path: Path) -> Path:
    return books.copy(tmp_path)


@pytest.fixture
def stream() -> str:
    return f"BOOKS{next(_names)}"


def published(path: Path, target: str, **how: Any) -> tuple[int, list[str]]:
    with Ledger.open(path) as ledger, ledger.publisher(target, **how) as publisher:
        publisher.run()
        return publisher.published, publisher.notes


def added(server: NatsServer, name: str, **config: Any) -> None:
    from nats.js.api import StreamConfig

    settings = StreamConfig(**{"name": name, "subjects": [f"{name}.>"], **config})
    server.ask(lambda jetstream: jetstream.add_stream(settings))


def test_a_stream_is_made_only_when_asked_for_and_discards_nothing(
    path: Path, books: Books, nats_server: NatsServer, stream: str
) -> None:
    target = f"nats://{nats_server.host}/{stream}"
    with pytest.raises(NoSuchTarget, match=f"no stream {stream}"):
        published(path, target)
    with pytest.raises(NoSuchTarget):
        list(published_lines(parse_target(target), timeout=30))
    added(nats_server, f"{stream}-2")
    with pytest.raises(InvalidLine, match="nothing was published"):
        list(published_lines(parse_target(f"{target}-2"), timeout=30))
    done, notes = published(path, target, create=True)
    assert (done, len(notes)) == (len(books.events), 1)
    assert published(path, target, create=True) == (0, [])
    info = nats_server.ask(lambda jetstream: jetstream.stream_info(stream))
    assert (info.config.discard, info.config.storage) == ("new", "file")
    assert judged(books.events, [nats_server.bodies(stream)])["come again"] == 0


def test_it_is_read_back_to_the_same_head(
    path: Path, books: Books, nats_server: NatsServer, stream: str
) -> None:
    target = f"nats://{nats_server.host}/{stream}"
    published(path, target, create=True, batch=10)
    published(path, target, after=7)
    with Ledger.in_memory(restoring=True) as copy, Ledger.open(path) as ledger:
        copy.import_events(published_lines(parse_target(target), timeout=30))
        assert copy.head() == ledger.head()
        assert list(copy.events(raw=True)) == books.events


def test_following_ends_at_once(path: Path, nats_server: NatsServer, stream: str) -> None:
    added(nats_server, stream)
    followed_until_ended(path, f"nats://{nats_server.host}/{stream}", signal.SIGTERM)


def test_others_may_write_into_the_stream_meanwhile(
    path: Path, books: Books, nats_server: NatsServer, stream: str, tmp_path: Path
) -> None:
    target = f"nats://{nats_server.host}/{stream}"
    added(nats_server, stream)
    other = tmp_path / "other.db"
    events = filled(other)
    with (
        Ledger.open(path) as one,
        Ledger.open(other) as two,
        one.publisher(target, batch=7) as first,
        two.publisher(target, batch=5) as second,
    ):
        while first.step() | second.step():
            pass
    bodies = nats_server.bodies(stream)
    for each in (books.events, events):
        ids = {event.event_id for event in each}
        judged(each, [[body for body in bodies if json.loads(body)["id"] in ids]])


def test_a_stream_that_is_full_is_told_and_gone_on_with_later(
    path: Path, books: Books, nats_server: NatsServer, stream: str
) -> None:
    from nats.js.api import DiscardPolicy, StreamConfig

    target = f"nats://{nats_server.host}/{stream}"
    added(nats_server, stream, max_bytes=9_000, discard=DiscardPolicy.NEW)
    begun = monotonic()
    with pytest.raises(TargetFailure, match="maximum bytes exceeded") as refused:
        published(path, target, timeout=30)
    assert refused.value.exit_status == 1
    assert monotonic() - begun < 30
    there = nats_server.bodies(stream)
    with Ledger.open(path) as ledger:
        (status,) = ledger.publications()
    assert 0 < status.checkpoint == len(there) < len(books.events)
    roomy = StreamConfig(name=stream, subjects=[f"{stream}.>"], discard=DiscardPolicy.NEW)
    nats_server.ask(lambda jetstream: jetstream.update_stream(roomy))
    assert published(path, target)[0] == len(books.events) - len(there)
    judged(books.events, [nats_server.bodies(stream)])


def test_nothing_goes_past_a_message_that_is_refused(
    path: Path, nats_server: NatsServer, stream: str
) -> None:
    from nats.js.api import StreamConfig

    target = f"nats://{nats_server.host}/{stream}"
    added(nats_server, stream, max_msg_size=3_000)
    with Ledger.open(path) as ledger:
        for number in range(20):
            ledger.deposit("bank", "1", "long " * 1_000 if number == 9 else "short")
        events = list(ledger.events(raw=True))
    with pytest.raises(TargetFailure, match=r"(?i)size"):
        published(path, target)
    large = next(event.position for event in events if str(event.text).startswith("long"))
    assert len(nats_server.bodies(stream)) == large - 1
    roomy = StreamConfig(name=stream, subjects=[f"{stream}.>"])
    nats_server.ask(lambda jetstream: jetstream.update_stream(roomy))
    published(path, target)
    judged(events, [nats_server.bodies(stream)])


def test_a_stream_that_is_taken_away_meanwhile_is_told(
    path: Path, nats_server: NatsServer, stream: str
) -> None:
    target = f"nats://{nats_server.host}/{stream}"
    added(nats_server, stream)
    with Ledger.open(path) as ledger, ledger.publisher(target, batch=5, timeout=1) as publisher:
        publisher.step()
        nats_server.ask(lambda jetstream: jetstream.delete_stream(stream))
        with pytest.raises(NoSuchTarget):
            publisher.run()


def test_a_stream_that_forgets_is_told(path: Path, nats_server: NatsServer, stream: str) -> None:
    added(nats_server, stream, max_msgs=3)
    assert "discards events" in published(path, f"nats://{nats_server.host}/{stream}")[1][0]


def test_a_stream_of_other_subjects_is_refused(
    path: Path, nats_server: NatsServer, stream: str
) -> None:
    added(nats_server, stream, subjects=[f"other.{stream}.>"])
    with pytest.raises(InvalidOption, match="does not take the subjects"):
        published(path, f"nats://{nats_server.host}/{stream}")


def test_another_history_in_the_stream_is_told(
    path: Path, books: Books, nats_server: NatsServer, stream: str, tmp_path: Path
) -> None:
    target = f"nats://{nats_server.host}/{stream}"
    backup = books.copy(tmp_path)
    with Ledger.open(path) as ledger:
        ledger.deposit("bank", "1")
    published(path, target, create=True)
    with pytest.raises(PublicationDiverged, match="the log ends at position"):
        published(backup, target)


@pytest.fixture
def own_server(run_of_tests: Run) -> Iterator[NatsServer]:
    server = NatsServer(
        run_of_tests,
        f"own-nats-{os.getpid()}",
        'authorization { user: "ana", password: "secret" }',
        "max_payload: 2000",
    )
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_a_server_that_refuses_is_slow_or_away_is_told_in_time(
    path: Path, books: Books, own_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"nats://{own_server.host}/BOOKS"
    with pytest.raises(TargetFailure, match="does not let us in"):
        published(path, target, create=True)
    monkeypatch.setenv("NATS_USER", "ana")
    monkeypatch.setenv("NATS_PASSWORD", "wrong")
    with pytest.raises(TargetFailure, match="does not let us in") as refused:
        published(path, target, create=True)
    assert "wrong" not in f"{refused.value.message} {refused.value.advice}"
    monkeypatch.setenv("NATS_PASSWORD", "secret")
    with Ledger.open(path) as ledger:
        assert ledger.publications() == []
    with (
        Ledger.open(path) as ledger,
        ledger.publisher(target, create=True, batch=5, timeout=1) as publisher,
    ):
        publisher.step()
        own_server.send(signal.SIGSTOP)
        begun = monotonic()
        with pytest.raises(TargetFailure, match=r"did not answer within 1 second"):
            publisher.run()
        assert monotonic() - begun < BOUND
        own_server.send(signal.SIGCONT)
        publisher.run()
        judged(books.events, [own_server.bodies("BOOKS", user="ana", password="secret")])
        ledger.deposit("bank", "1", "long " * 400)
        with pytest.raises(TargetFailure, match=r"(?i)payload"):
            publisher.run()
    own_server.kill()
    begun = monotonic()
    with pytest.raises(TargetFailure, match=r"can be reached at .*: Connection refused"):
        published(path, target, timeout=1)
    assert monotonic() - begun < BOUND


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("bank", "bank"),
        ("club:till", "club.till"),
        ("a.b", "a%2Eb"),
        ("$book", "%24book"),
        ("a b*c>d", "a%20b%2Ac%3Ed"),
        ("a::b", "a.%.b"),
        (":", "%.%"),
        ("%", "%25"),
        ("é", "%C3%A9"),
    ],
)
def test_any_account_has_a_subject_of_its_own(account: str, told: str) -> None:
    assert subject("S", "id", account) == f"S.id.{told}"
    assert takes("S.id.>", subject("S", "id", account))


def test_a_long_account_has_a_short_subject() -> None:
    assert len(subject("S", "id", "é" * 1_000)) < 100


@pytest.mark.parametrize(
    ("pattern", "is_taken"),
    [(">", True), ("S.>", True), ("S.*.>", True), ("S.*.a", True), ("S.*", False), ("T.>", False)],
)
def test_what_a_stream_takes(pattern: str, is_taken: bool) -> None:
    assert takes(pattern, "S.id.a") is is_taken
