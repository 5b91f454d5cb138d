"""Archiving, and erasing what is archived, that is broken off: the client killed, the server
stopped at once, or the wire between them cut."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from signal import SIGKILL

import pytest

from ledger import Ledger
from ledger.commands.erasing import Eraser
from ledger.errors import LedgerError, NothingToArchive, StorageFailure
from ledger.eventstore.store import archive_of
from tests.support.archiving import Hook, archive
from tests.support.servers.books import server_content
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import short_folder
from tests.support.servers.wire import AFTER, BEFORE, Wire

pytestmark = pytest.mark.servers

TEXT = "Für die Ärztin"
OTHER = "Für die Köchin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That of the archive."""
    return tmp_path / "archive"


def write(place: str) -> None:
    with Ledger.open(place, snapshot_interval=2) as ledger:
        for account in ("anne", "ben", "till"):
            ledger.open_account(account, TEXT if account == "anne" else OTHER, initial_balance=100)
        for _ in range(2):
            ledger.deposit("anne", "1", TEXT)
            ledger.transfer("anne", "till", "1", TEXT)
            ledger.deposit("ben", "1", OTHER)


def erase(ledger: Ledger, reached: Hook = lambda step: None) -> LedgerError | None:
    """Erase Anne's texts; gives why there may be traces."""
    eraser = Eraser(ledger._store, ledger._repository, ledger._projector, reached)
    return eraser.erase("anne", "asked for it", ledger._run_context()).traces


def archived(ledger: Ledger) -> int:
    """The end of what is archived."""
    known = archive_of(ledger._store)
    return known.position if known else 0


def check_sound(ledger: Ledger, folder: Path) -> None:
    found = ledger.verify(workers=1, archive=str(folder))
    assert (found.findings, found.archive_looked_at) == ((), True)


# ── the wire is cut ───────────────────────────────────────────────────────────────────────────────

COMMIT = ("recorded", 0)
CUTS = (("verified", 1), ("verified", 9), ("verified", 25), COMMIT, ("deleted", 0), ("deleted", 1))
"""Each a step of archiving, and how many round trips come between it and the cut."""


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_what_is_cut_off_was_archived_or_not_and_a_further_run_goes_on(
    postgresql_server: PostgresServer, postgresql_url: str, folder: Path, when: str
) -> None:
    write(postgresql_url)
    short = short_folder()
    here, there = (str(each).replace("/", "%2F") for each in (postgresql_server.folder, short))
    with closing(Wire(short, postgresql_server.folder)) as wire:
        for cut in CUTS:
            with Ledger.open(postgresql_url) as ledger:
                ledger.deposit("ben", "1")
                log, until = list(ledger.events()), ledger.head().recorded_us
                base = archived(ledger)

            def arm(name: str, cut: tuple[str, int] = cut) -> None:
                if name == cut[0]:
                    wire.arm(cut[1], when)

            failure = not_shrunk = ""
            with Ledger.open(postgresql_url.replace(here, there)) as ledger:
                try:
                    not_shrunk = archive(ledger, folder, until, arm).not_shrunk
                except StorageFailure as error:
                    failure = error.message
            assert wire.is_cut, cut
            wire.arm(None)
            with Ledger.open(postgresql_url) as ledger:
                done = archived(ledger) > base
                assert ledger.verify(workers=1).findings == ()
                if cut[0] == "deleted":
                    assert done
                    assert (failure, "was lost" in not_shrunk) == ("", True)
                elif cut == COMMIT:
                    assert done == (when == AFTER)
                    assert "may be there" in failure
                else:
                    assert not done
                    assert "nothing was changed" in failure
                    assert len(os.listdir(folder)) == 2 * len(ledger.book().archive)
                if not done:
                    archive(ledger, folder, until)
                with pytest.raises(NothingToArchive):
                    archive(ledger, folder, until)
                check_sound(ledger, folder)
                assert list(ledger.events())[: len(log)] == log
                assert len(os.listdir(folder)) == 2 * len(ledger.book().archive)
    (short / ".s.PGSQL.5432").unlink()
    short.rmdir()


class Stopped(Exception):
    pass


def test_what_is_known_of_the_archive_is_as_before_where_its_transaction_is_undone(
    postgresql_url: str, folder: Path
) -> None:
    write(postgresql_url)
    known = list[int]()
    with Ledger.open(postgresql_url) as ledger:
        log, until = list(ledger.events()), ledger.head().recorded_us

        def stop(name: str) -> None:
            if name == "recorded":
                known.append(archived(ledger))
                raise Stopped

        with suppress(Stopped):
            archive(ledger, folder, until, stop)
        assert (archived(ledger), known) == (0, [len(log)])
        assert list(ledger.events()) == log
        assert os.listdir(folder) == []
        archive(ledger, folder, until)
        assert archived(ledger) == len(log)
        check_sound(ledger, folder)


# ── erasing what is archived ──────────────────────────────────────────────────────────────────────

TEXTS = 7
BEFORE_THE_COMMIT = ("segment written", "manifest written", "verified", "recorded")
STEPS = (BEFORE_THE_COMMIT, ("erased",), ("removed",))
"""At each of which it is broken off, those of one ledger one after the other."""


def texts_on_the_disk(server: PostgresServer, folder: Path) -> dict[str, int]:
    """How often the texts stand in the files of the tables, and of the archive."""
    with server.connect() as admin:
        admin.execute("CHECKPOINT")
        database = "SELECT oid::text FROM pg_database WHERE datname = current_database()"
        ((number,),) = admin.execute(database).fetchall()
    found = {TEXT: 0, OTHER: 0}
    for place in (server.data / "base" / number, folder):
        for file in (each for each in place.rglob("*") if each.is_file()):
            content = file.read_bytes()
            if file.suffix == ".gz":
                content = gzip.decompress(content)
            for text in found:
                found[text] += content.count(text.encode())
    return found


def texts_of(ledger: Ledger, account: str) -> int:
    """How many of the account's entries have the text."""
    return sum(each.description == TEXT for each in ledger.history(account).entries)


def kill(server: PostgresServer, place: str, step: str) -> None:
    """Have the client killed at a step."""
    process = os.fork()
    if not process:
        with Ledger.open(place) as ledger:
            erase(ledger, lambda name: os.kill(os.getpid(), SIGKILL) if name == step else None)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)


def stop(server: PostgresServer, place: str, step: str) -> None:
    """Have the server stopped at once at a step, and started again."""
    with Ledger.open(place) as ledger, suppress(LedgerError):
        erase(ledger, lambda name: server.crash() if name == step else None)
    assert not server.answers()
    server.start()


@pytest.mark.parametrize("broken_off", [kill, stop])
def test_an_erasure_of_what_is_archived_that_is_broken_off_can_be_repeated(
    own_postgresql: PostgresServer,
    folder: Path,
    tmp_path: Path,
    broken_off: Callable[[PostgresServer, str, str], None],
) -> None:
    for number, steps in enumerate(STEPS):
        schema, files = f"books_{number}", folder / str(number)
        place = own_postgresql.url(schema)
        write(place)
        with Ledger.open(place) as ledger:
            until = ledger.head().recorded_us
            for _ in range(3):  # so that statistics have it as a common value
                ledger.deposit("anne", "1", TEXT)
            archive(ledger, files, until)
            assert any(entry.description == TEXT for entry in ledger.find())
            kept = ledger.history("ben").entries
        with own_postgresql.connect() as admin:
            for table in server_content(place):  # as the server does it now and then
                admin.execute(f"ANALYZE {schema}.{table}")
        for step in steps:
            broken_off(own_postgresql, place, step)
            with Ledger.open(place) as ledger:
                assert ledger.verify(workers=1).findings == ()
                assert texts_of(ledger, "anne") == (TEXTS if steps == BEFORE_THE_COMMIT else 0)
        with Ledger.open(place) as ledger:
            assert erase(ledger) is None
            check_sound(ledger, files)
            assert texts_of(ledger, "anne") == 0
            assert ledger.history("ben").entries == kept
        assert len(os.listdir(files)) == 2, steps
        left = texts_on_the_disk(own_postgresql, files)
        assert left[TEXT] == 0, steps
        assert left[OTHER] > 0
        with own_postgresql.connect() as admin:
            admin.execute(f"DROP SCHEMA {schema} CASCADE")
