"""What is acknowledged is in the file that the path leads to; else nothing is acknowledged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import LedgerMoved
from tests.support import program
from tests.support.program import environment

Move = Callable[[Path], None]


def removed(path: Path) -> None:
    path.unlink()


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def replaced_by_another_ledger(path: Path) -> None:
    with Ledger.open(path.with_name("other.db")) as ledger:
        ledger.open_account("a", "Another")
    path.rename(path.with_name("elsewhere.db"))
    path.with_name("other.db").rename(path)


def replaced_by_a_copy(path: Path) -> None:
    """As a program does that synchronises folders: the same bytes, in another file."""
    shutil.copy(path, path.with_name("copy.db"))
    path.with_name("copy.db").replace(path)


def folder_renamed(path: Path) -> None:
    path.parent.rename(path.parent.with_name("renamed"))


def link_turned(path: Path) -> None:
    """The path was a link from the beginning, and leads to another ledger now."""
    with Ledger.open(path.with_name("other.db")) as ledger:
        ledger.open_account("a", "Another")
    path.unlink()
    path.symlink_to("other.db")


MOVES = [
    removed,
    moved,
    replaced_by_another_ledger,
    replaced_by_a_copy,
    folder_renamed,
    link_turned,
]


MOVED_TO = {
    moved: "folder/elsewhere.db",
    replaced_by_another_ledger: "folder/elsewhere.db",
    folder_renamed: "renamed/books.db",
    link_turned: "folder/real.db",
}
"""Where the file is after a move; after the others it has no name any more."""


@pytest.fixture
def place(books: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The ledger in a folder of its own, by the path that it is used by."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = Path(shutil.move(books, folder / "books.db"))
    if "link_turned" in request.node.name:
        path.rename(folder / "real.db")
        path.symlink_to("real.db")
    return path


@pytest.mark.parametrize("move", MOVES)
def test_nothing_is_written_to_a_file_that_the_path_does_not_lead_to(
    place: Path, tmp_path: Path, move: Move
) -> None:
    with Ledger.open(place, create=False) as ledger:
        move(place)
        with pytest.raises(LedgerMoved, match=r"while it was in use; nothing was changed"):
            ledger.deposit("a", "1000")
        assert str(ledger.balance("a").balance) == "125.75 USD"
    assert deposits_of_1000(tmp_path) == []


@pytest.mark.parametrize("move", [moved, replaced_by_another_ledger])
def test_a_batch_whose_ledger_goes_away_fails(place: Path, tmp_path: Path, move: Move) -> None:
    line = '{"command": "deposit", "account": "a", "amount": "1000"}\n'
    (tmp_path / "lines.jsonl").write_text(line * 20_000)
    process = program.start("batch", "lines.jsonl", env=environment(tmp_path, place), cwd=tmp_path)
    try:
        wait_for_the_lock(place)
        move(place)
    finally:
        ended = program.end(process)
    assert (ended.status, ended.out) == (1, "")
    assert "while it was in use; nothing was changed" in ended.err
    assert "hint: see what is there now, then repeat the command: ledger book" in ended.err
    assert deposits_of_1000(tmp_path) == []


@pytest.mark.parametrize("move", MOVES)
def test_what_is_committed_as_the_file_goes_away_is_not_acknowledged(
    place: Path, tmp_path: Path, move: Move
) -> None:
    """And it is in the file alone, so it cannot be taken for writes to what is at the path now."""
    with Ledger.open(place, create=False) as ledger:
        connection = ledger._source.store._session.connection  # type: ignore[attr-defined]

        def move_now() -> bool:
            connection.set_commit_hook(None)
            move(place)
            return False

        connection.set_commit_hook(move_now)
        with pytest.raises(LedgerMoved, match="what was written is in the file that was there"):
            ledger.deposit("a", "1000")
        logs = [path for path in tmp_path.rglob("*-wal") if path.stat().st_size]
        assert logs == []
        with pytest.raises(LedgerMoved):
            ledger.deposit("a", "1000")
    written = [MOVED_TO[move]] if move in MOVED_TO else []
    assert [str(path.relative_to(tmp_path)) for path in deposits_of_1000(tmp_path)] == written


def test_a_ledger_that_goes_away_after_the_last_command_is_told_at_the_end(place: Path) -> None:
    ledger = Ledger.open(place, create=False)
    ledger.deposit("a", "1000")
    moved(place)
    with pytest.raises(LedgerMoved):
        ledger.close()


def test_a_question_to_a_ledger_that_went_away_is_answered(place: Path) -> None:
    with Ledger.open(place, create=False) as ledger:
        moved(place)
        assert str(ledger.balance("a").balance) == "125.75 USD"


@pytest.mark.parametrize("move", MOVES)
def test_following_ends_where_the_ledger_goes_away(place: Path, tmp_path: Path, move: Move) -> None:
    process = program.start("events", "--follow", "--json", env=environment(tmp_path, place))
    assert process.stdout
    for _ in range(15):
        process.stdout.readline()
    move(place)
    ended = program.end(process)
    assert ended.status == 1, ended
    assert "while it was in use" in ended.err


def deposits_of_1000(folder: Path) -> list[Path]:
    """The ledgers below a folder that have such a deposit; all of them are whole."""
    found = []
    for path in sorted(folder.rglob("*.db")):
        if path.is_symlink():
            continue
        with Ledger.open(path, create=False) as ledger:
            assert ledger.verify().clean
            if any('"amount":100000' in event.data for event in ledger.events(raw=True)):
                found.append(path)
    return found


def wait_for_the_lock(path: Path) -> None:
    for _ in range(1_000):
        with Ledger.open(path, create=False, lock_timeout=0.01) as ledger:
            try:
                with ledger._source.store.transaction():
                    pass
            except Exception:  # noqa: BLE001 - the lock is held
                return
    raise AssertionError("the batch never began")


@pytest.fixture(autouse=True)
def _back_in_place(tmp_path: Path) -> Iterator[None]:
    yield
    os.chdir("/")
