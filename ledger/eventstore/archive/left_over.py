"""Files that killed runs left in the folders of an archive, and that may hold texts."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from glob import escape, glob

import msgspec

from ledger.errors import (
    ArchiveMissing,
    DamagedArchive,
    DamagedLedger,
    StorageFailure,
)
from ledger.eventstore.archive.files import SEGMENT_ENDING, digest_of, manifest_name
from ledger.eventstore.archive.own_files import is_locked
from ledger.eventstore.archive.records import Archives
from ledger.eventstore.store import EventStore, archive_of, hash_at


def left_over(store: EventStore, *folders: str) -> list[str]:
    """The paths of files that killed runs of a ledger left, by folder.

    A pair of files of this ledger that it does not know is among them. It may be of a copy of the
    ledger, which this one cannot know.

    Args:
        folders: to look in, besides those of the archive.
    """
    return [
        path
        for folder in sorted({*map(os.path.abspath, folders), *_folders_of(store)})
        for path in (*_begun(store, folder), *_unknown(store, folder))
    ]


def in_words(paths: Sequence[str]) -> str:
    """What is said of files that were left, with the command that removes them."""
    return (
        "this ledger does not know these files in the folder of its archive, and they may hold "
        f"texts: {', '.join(paths)}; a killed command left them, or a copy of the ledger has its "
        f"archive there; if there is no such copy, remove them: {shlex.join(['rm', *paths])}"
    )


def remove_begun(store: EventStore, folder: str) -> None:
    """Remove what killed runs only began to write in a folder; nobody can refer to it.

    Raises:
        LockTimeout: another process uses the store for too long.
    """
    if _begun(store, folder):
        with store.transaction(), suppress(OSError):  # what is left is named at the end
            for path in _begun(store, folder):
                os.unlink(path)


def _folders_of(store: EventStore) -> Iterator[str]:
    archive = archive_of(store)
    if archive is not None:
        yield from (os.path.abspath(archive.folder_of(each)) for each in archive.segments())
    if isinstance(store, Archives) and store.archive_folder is not None:
        yield os.path.abspath(store.archive_folder)


def _begun(store: EventStore, folder: str) -> list[str]:
    """Unfinished files, and finished ones without a manifest, which is written last."""
    begin = os.path.join(escape(folder), store.ledger_id[:8])
    unfinished = glob(f"{begin}.new-*")
    alone = [
        path
        for path in _unknown_names(store, folder, glob(f"{begin}-*{SEGMENT_ENDING}"))
        if not os.path.exists(_manifest_of(path))
    ]
    return sorted(path for path in (*unfinished, *alone) if not is_locked(path))


def _unknown(store: EventStore, folder: str) -> list[str]:
    """Pairs of files with events of this ledger, of which it knows nothing."""
    begin = os.path.join(escape(folder), store.ledger_id[:8])
    found = []
    for path in sorted(_unknown_names(store, folder, glob(f"{begin}-*{SEGMENT_ENDING}"))):
        manifest = _manifest_of(path)
        if os.path.exists(manifest) and _is_of(store, manifest) and not is_locked(path):
            found += [path, manifest]
    return found


def _unknown_names(store: EventStore, folder: str, paths: Iterable[str]) -> Iterator[str]:
    archive = archive_of(store)
    segments = archive.segments() if archive else ()
    known, manifests = (
        {each.file for each in segments},
        {each.manifest_sha256 for each in segments},
    )
    for path in paths:
        # A name that was changed in the ledger makes no file of its archive a stranger.
        if os.path.basename(path) not in known and digest_of(_manifest_of(path)) not in manifests:
            yield path


def _manifest_of(path: str) -> str:
    return os.path.join(os.path.dirname(path), manifest_name(os.path.basename(path)))


class _Summary(msgspec.Struct):
    ledger_id: str
    last_position: int
    last_hash: str


def _is_of(store: EventStore, manifest: str) -> bool:
    """Whether a manifest tells of events of this ledger, or of what nobody can say.

    That of a copy that went on differently does not.
    """
    try:
        with open(manifest, "rb") as file:
            told = msgspec.json.decode(file.read(), type=_Summary)
    except (msgspec.MsgspecError, OSError):
        return True
    if told.ledger_id != store.ledger_id:
        return False
    try:
        end = hash_at(store, told.last_position)
    except (ArchiveMissing, DamagedArchive, DamagedLedger, StorageFailure):
        return True
    return end is not None and end.hex() == told.last_hash
