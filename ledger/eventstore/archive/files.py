"""The files of an archive in their folder: found by the names that the store knows, and by no link.

A link is refused: erasing a text would take it out of another file than the one that is read.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from glob import escape, glob
from hashlib import sha256
from typing import BinaryIO, Final

import msgspec

from ledger.errors import ArchiveMissing, DamagedArchive, InvalidOption, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.archive.own_files import OwnFiles
from ledger.eventstore.archive.records import KeptArchive, SegmentPlace, SegmentRecord

SEGMENT_ENDING: Final = ".jsonl.gz"
_MANIFEST_ENDING: Final = ".manifest.json"

_SEGMENT: Final = r"[0-9a-f]{8}-[0-9]{12,19}-[0-9]{12,19}-[0-9a-f]{8}\.jsonl\.gz"


def segment_name(ledger_id: str, first: int, last: int, digits: str) -> str:
    """The name of a segment's file.

    Files of other ledgers, and of copies of this one that went on differently, have other names.

    Args:
        digits: SHA-256 of the file, in hex.
    """
    return f"{ledger_id[:8]}-{first:012}-{last:012}-{digits[:8]}{SEGMENT_ENDING}"


def manifest_name(segment_file: str) -> str:
    """The name of the manifest that is beside a segment's file."""
    return segment_file.removesuffix(SEGMENT_ENDING) + _MANIFEST_ENDING


def places(archive: KeptArchive) -> tuple[SegmentPlace, ...]:
    """Where the segments are looked for, in the order of the log."""
    found = []
    for segment in archive.segments():
        folder = archive.folder_of(segment)
        there = all(
            os.path.isfile(os.path.join(folder, name))
            for name in (segment.file, manifest_name(segment.file))
        )
        found.append(SegmentPlace(segment, os.path.abspath(folder), there))
    return tuple(found)


def open_file(folder: str, record: SegmentRecord, name: str) -> BinaryIO:
    """Open the file of a segment, or its manifest.

    Raises:
        ArchiveMissing: it is not there.
        DamagedArchive: it is a link, or no regular file; or the store names no such file.
        StorageFailure: it cannot be opened.
    """
    if not os.path.isdir(folder):
        raise _missing(folder, record, name)
    if not re.fullmatch(_SEGMENT, record.file, re.ASCII):  # a damaged store may name any file
        raise damaged(folder, record, "no file of an archive has such a name")
    path = os.path.join(folder, name)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise _missing(folder, record, name) from None
        if error.errno == errno.ELOOP:
            raise damaged(folder, record, f"{name} is a link, not the file itself") from None
        raise unreadable(path, error) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise damaged(folder, record, f"{name} is not a regular file")
    return open(handle, "rb")


def _missing(folder: str, record: SegmentRecord, name: str) -> ArchiveMissing:
    if not os.path.exists(os.path.join(folder, record.file)):  # a manifest is looked for first
        name = record.file
    return ArchiveMissing(
        f"{name} is not in {folder!a}, where the archive should be",
        advice="bring it back, or name the folder that has it",
        segment=record.file,
        folder=folder,
        first_position=record.first_position,
        last_position=record.last_position,
    )


def damaged(folder: str, record: SegmentRecord, why: str) -> DamagedArchive:
    """What is said of a segment that is not what the store gave away."""
    return DamagedArchive(
        f"{record.file} in {folder!a} is not as it was archived: {why}",
        advice="put an unchanged copy of it there, or name a folder that has one",
        segment=record.file,
        folder=folder,
        first_position=record.first_position,
        last_position=record.last_position,
    )


def unreadable(path: str, error: OSError) -> StorageFailure:
    """What is said of a file that the disk does not give."""
    return StorageFailure(
        f"{path!a} cannot be read: {error.strerror}", advice="check the path and the disk"
    )


def make_folder(folder: str) -> None:
    """Make the folder of an archive, and those that it is in, for their owner alone, where there
    are none.

    Raises:
        InvalidOption: it is none, or what it would be in is none.
        StorageFailure: it cannot be made.
    """
    above = os.path.dirname(os.path.abspath(folder))
    if not os.path.lexists(above):
        make_folder(above)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise _no_folder(folder) from None
    except NotADirectoryError:
        raise _no_folder(above) from None
    except OSError as error:
        raise StorageFailure(
            f"the folder {folder!a} cannot be made: {error.strerror}",
            advice="name a folder that you may write to",
        ) from None
    else:
        sync_folder(above)


def _no_folder(path: str) -> InvalidOption:
    return InvalidOption(f"{path!a} is not a folder", advice="name a folder for the archive")


def put(folder: str, ledger_id: str, content: Callable[[BinaryIO], str], own: OwnFiles) -> str:
    """Write a file of the archive: whole, on the disk, and for its owner alone, or not at all.

    Args:
        ledger_id: of the ledger whose it is.
        content: writes it, and gives the name that it is to have.
        own: the files of the run.

    Raises:
        StorageFailure: it cannot be written.
    """
    temporary = standing.temporary_name(os.path.join(folder, ledger_id[:8]))
    try:
        file = own.open(temporary)
        name = content(file)
        file.flush()
        os.fsync(file.fileno())
        own.put(file, os.path.join(folder, name))
        sync_folder(folder)
        return name
    except OSError as error:
        raise StorageFailure(
            f"the archive in {folder!a} cannot be written: {error.strerror}",
            advice="make room, or check the disk and who may write to the folder",
        ) from None
    finally:
        standing.remove(temporary)


def sync_folder(folder: str) -> None:
    """Make new names survive a power cut, where the system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        pass


def remove_all_but(folder: str, ledger_id: str, record: SegmentRecord) -> None:
    """Remove what else holds the events of a segment, with texts that it may not have any more.

    A copy of the ledger that went on differently may have a segment of the same positions there,
    which stays: it ends with another hash.

    Raises:
        StorageFailure: something cannot be removed.
    """
    begin = f"{ledger_id[:8]}-{record.first_position:012}-{record.last_position:012}-"
    try:
        for manifest in glob(os.path.join(escape(folder), f"{escape(begin)}*{_MANIFEST_ENDING}")):
            name = os.path.basename(manifest).removesuffix(_MANIFEST_ENDING) + SEGMENT_ENDING
            # A name that was changed in the ledger makes its own file none that is to go.
            is_own = name == record.file or digest_of(manifest) == record.manifest_sha256
            if not is_own and _last_hash(manifest) in ("", record.hash.hex()):
                remove(folder, name)
        for path in glob(os.path.join(escape(folder), f"{escape(begin)}*{SEGMENT_ENDING}")):
            name = os.path.basename(path)
            manifest = os.path.join(folder, manifest_name(name))
            if name != record.file and not os.path.exists(manifest):
                remove(folder, name)  # manifests are written last: a killed run has left it
    except OSError as error:
        raise StorageFailure(
            f"a file of the archive in {folder!a} cannot be removed: {error.strerror}",
            advice="see who may write to the folder, then try again",
        ) from None


def is_there(folder: str, name: str) -> bool:
    """Whether the file of a segment is there with its manifest."""
    return all(os.path.exists(os.path.join(folder, each)) for each in (name, manifest_name(name)))


def remove(folder: str, name: str) -> None:
    """Remove the file of a segment and its manifest, as far as they are there.

    Raises:
        OSError: one of them cannot be removed.
    """
    for each in (name, manifest_name(name)):  # first what has texts
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, each))
    sync_folder(folder)


def digest_of(path: str) -> bytes:
    """The SHA-256 of a manifest; empty where it cannot be read."""
    with suppress(OSError), open(path, "rb") as file:
        return sha256(file.read()).digest()
    return b""


class _Ending(msgspec.Struct):
    last_hash: str


def _last_hash(manifest: str) -> str:
    """The hash that the segment of a manifest ends with; empty where it does not say that."""
    try:
        with open(manifest, "rb") as file:
            return msgspec.json.decode(file.read(), type=_Ending).last_hash
    except msgspec.MsgspecError:
        return ""
