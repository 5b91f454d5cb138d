"""Doctor names the places where a ledger can be damaged by a second machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.eventstore.opening import inspect_location
from ledger.eventstore.sqlite.shared_folders import network_disk

MOUNTS = r"""
/dev/vda / ext4 rw,relatime 0 0
server:/export /srv/club\040books nfs4 rw,vers=4.2 0 0
/dev/vdb /srv/club\040books/local ext4 rw 0 0
//nas/share /mnt/nas cifs rw 0 0
anna@host: /home/ana/far fuse.sshfs rw 0 0
""".lstrip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ana/books.db", ""),
        ("/srv/club books/books.db", "nfs4"),
        ("/srv/club books/local/books.db", ""),
        ("/srv/club booksellers/books.db", ""),
        ("/mnt/nas/2026/books.db", "cifs"),
        ("/home/ana/far/books.db", "fuse.sshfs"),
    ],
)
def test_a_network_disk_is_known_by_what_is_mounted_there(
    tmp_path: Path, path: str, kind: str
) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    assert network_disk(path, str(tmp_path / "mounts")) == kind


def test_where_nobody_knows_what_is_mounted_nothing_is_said(tmp_path: Path) -> None:
    assert network_disk("/books.db", str(tmp_path / "none")) == ""
    (tmp_path / "mounts").write_text("nonsense\n")
    assert network_disk("/books.db", str(tmp_path / "mounts")) == ""


@pytest.mark.parametrize(
    ("folder", "mark"),
    [
        ("Dropbox (Personal)", ""),
        ("OneDrive - Club", ""),
        ("Nextcloud", ""),
        ("books", ".stfolder"),
    ],
)
def test_a_synchronised_folder_is_named(books: Path, folder: str, mark: str) -> None:
    place = books.parent / folder / "2026"
    place.mkdir(parents=True)
    if mark:
        (place.parent / mark).mkdir()
    found = inspect_location(str(books.rename(place / "books.db")))
    assert [each.code for each in found] == ["synchronised_folder"]
    assert str(place.parent) in found[0].message


@pytest.mark.parametrize(
    "name",
    [
        "books (Ana's conflicted copy 2026-11-28).db",
        "books.sync-conflict-20261128-101010-ABCDEFG.db",
        "books (conflicted copy 2026-11-28 101010).db",
        "books.db-wal (conflicted copy)",
    ],
)
def test_a_conflicted_copy_is_named(books: Path, name: str) -> None:
    (books.parent / name).touch()
    (books.parent / "other conflict.db").touch()
    found = inspect_location(str(books))
    assert [each.code for each in found] == ["conflicted_copy"]
    assert name in found[0].message
