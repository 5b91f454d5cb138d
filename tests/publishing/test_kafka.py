"""Publishing into a real Apache Kafka that is away, slow, refuses, or takes only small messages."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import InvalidOption, NoSuchTarget, PublicationDiverged, TargetFailure
from ledger.exchange.publishing.read_back import published_lines
from ledger.exchange.publishing.targets import parse_target
from tests.publishing.conftest import Books
from tests.support.publishing.following import followed_until_ended
from tests.support.publishing.judging import judged
from tests.support.servers.kafka import KafkaServer

pytestmark = pytest.mark.servers

BOUND = 10
"""Times longer than the timeout is the most that a command may take on a busy machine."""

_names = count(1)


@pytest.fixture
def path(books: Books, tmp_path: Path) -> Path:
    return books.copy(tmp_path)


@pytest.fixture
def topic() -> str:
    return f"books-{next(_names)}"


def published(path: Path, target: str, **how: Any) -> int:
    with Ledger.open(path) as ledger, ledger.publisher(target, **how) as publisher:
        publisher.run()
        return publisher.published


def test_a_topic_is_made_only_when_asked_for_and_discards_nothing(
    path: Path, books: Books, kafka_server: KafkaServer, topic: str
) -> None:
    target = f"kafka://{kafka_server.host}/{topic}"
    for _ in range(2):  # asking for it does not make it
        with pytest.raises(NoSuchTarget, match=f"no topic {topic}"):
            published(path, target)
    with pytest.raises(NoSuchTarget):
        list(published_lines(parse_target(target), timeout=30))
    assert published(path, target, create=True) == len(books.events)
    assert published(path, target, create=True) == 0
    parts = kafka_server.bodies(topic)
    assert len(parts) == 3
    assert judged(books.events, parts)["come again"] == 0


def test_another_history_in_the_topic_is_told(
    path: Path, books: Books, kafka_server: KafkaServer, topic: str, tmp_path: Path
) -> None:
    target = f"kafka://{kafka_server.host}/{topic}"
    backup = books.copy(tmp_path)
    with Ledger.open(path) as ledger:
        ledger.deposit("bank", "1")
    published(path, target, create=True)
    with pytest.raises(PublicationDiverged, match="the log ends at position"):
        published(backup, target)


@pytest.mark.parametrize("partitions", [1, 7])
def test_it_is_read_back_to_the_same_head(
    path: Path, books: Books, kafka_server: KafkaServer, topic: str, partitions: int
) -> None:
    target = f"kafka://{kafka_server.host}/{topic}"
    kafka_server.create(topic, partitions)
    with Ledger.open(path) as ledger:
        ledger.batch(
            [b'{"command":"deposit","account":"bank","amount":"0.01"}'] * 3_000
        )  # more than are held of one partition
        events, head = list(ledger.events(raw=True)), ledger.head()
    published(path, target)
    published(path, target, after=7)
    with Ledger.in_memory(restoring=True) as copy:
        copy.import_events(published_lines(parse_target(target), timeout=30))
        assert copy.head() == head
        assert list(copy.events(raw=True)) == events


def test_following_ends_at_once(path: Path, kafka_server: KafkaServer, topic: str) -> None:
    kafka_server.create(topic, 2)
    for number in (signal.SIGTERM, signal.SIGHUP):
        followed_until_ended(path, f"kafka://{kafka_server.host}/{topic}", number)


def test_a_message_that_is_too_large_is_told_and_nothing_goes_past_it(
    path: Path, kafka_server: KafkaServer, topic: str
) -> None:
    target = f"kafka://{kafka_server.host}/{topic}"
    kafka_server.create(topic, 3, **{"max.message.bytes": "4000"})
    with Ledger.open(path) as ledger:
        for number in range(20):
            ledger.deposit("bank", "1", "long " * 1_000 if number == 9 else "short")
        events = list(ledger.events(raw=True))
    with pytest.raises(TargetFailure, match=r"(?i)size"):
        published(path, target, batch=1_000)
    there = kafka_server.bodies(topic)
    large = next(event.version for event in events if str(event.text).startswith("long"))
    for part in there:
        assert not [body for body in part if b'"subject":"bank"' in body and large < version(body)]
    kafka_server.allow(topic, 100_000)
    published(path, target, batch=1_000)
    judged(events, kafka_server.bodies(topic))


def version(body: bytes) -> int:
    return int(body.partition(b'"version":')[2].partition(b",")[0])


def test_a_broker_that_refuses_is_told(
    path: Path,
    books: Books,
    kafka_server: KafkaServer,
    topic: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = f"kafka://{kafka_server.guarded_host}/{topic}"
    kafka_server.create(topic, 1)
    settings = tmp_path / "kafka.properties"
    begin = "# of the shop\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
    monkeypatch.setenv("LEDGER_KAFKA_CONFIG", str(settings))
    with pytest.raises(InvalidOption, match="cannot be read"):
        published(path, target)
    settings.write_text(f"{begin}no.such.setting=1\n")
    with pytest.raises(InvalidOption, match="cannot be set up"):
        published(path, target)
    settings.write_text(f"{begin}sasl.username=ana\nsasl.password=wrong\n")
    with pytest.raises(TargetFailure, match="does not let us in") as refused:
        published(path, target, timeout=5)
    assert "wrong" not in f"{refused.value.message} {refused.value.advice}"
    with pytest.raises(TargetFailure, match="does not let us in"):
        list(published_lines(parse_target(target), timeout=5))
    settings.write_text(f"{begin}sasl.username=ana\nsasl.password=secret\n")
    assert published(path, target) == len(books.events)


def test_a_broker_that_is_slow_is_told_in_time(
    path: Path, books: Books, kafka_server: KafkaServer, topic: str
) -> None:
    target = f"kafka://{kafka_server.host}/{topic}"
    kafka_server.create(topic, 2)
    with (
        Ledger.open(path) as ledger,
        ledger.publisher(target, batch=5, timeout=2) as publisher,
        stopped(kafka_server),
    ):
        begun = monotonic()
        with pytest.raises(TargetFailure, match="within 2 seconds"):
            publisher.run()
        assert monotonic() - begun < 2 * BOUND
    published(path, target)
    judged(books.events, kafka_server.bodies(topic))


@contextmanager
def stopped(server: KafkaServer) -> Iterator[None]:
    server.send(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send(signal.SIGCONT)


def test_a_broker_that_is_away_is_told_in_time(path: Path) -> None:
    begun = monotonic()
    with pytest.raises(TargetFailure, match=r"no broker answers at 127\.0\.0\.1:1 within 1 second"):
        published(path, "kafka://127.0.0.1:1/books", timeout=1)
    assert monotonic() - begun < BOUND
