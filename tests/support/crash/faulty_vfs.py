"""A layer between SQLite and the operating system that fails when it is told to.

It is put into SQLite's own VFS table and into the method table of every file that is opened while a
`Disk` is in place. It is not written as a subclass of `apsw.VFS`, because what such a class raises
comes out of the statement even where SQLite goes on without the operation, as it does where a
checkpoint after a commit or at the close fails: the product would be tried with failures that it
never meets. Here SQLite gets an error code, as from a real disk, and makes of it what it always
does.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from random import Random
from typing import Any, Final, NamedTuple

import apsw

from tests.support.crash.disk_contents import DiskContents
from tests.support.crash.sqlite_structures import FILE_METHODS, INT, POINTER, File, Methods, Vfs

CHANGES: Final = frozenset({"write", "truncate", "sync", "open", "delete"})
"""What can change a disk; the rest only asks."""

CODES: Final = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "size": apsw.SQLITE_IOERR_FSTAT,
    "open": apsw.SQLITE_CANTOPEN,
    "delete": apsw.SQLITE_IOERR_DELETE,
    "lock": apsw.SQLITE_IOERR_LOCK,
    "map shared memory": apsw.SQLITE_IOERR_SHMMAP,
    "lock shared memory": apsw.SQLITE_IOERR_SHMLOCK,
}
"""The operations, and how each fails."""


SHARED_MEMORY: Final = frozenset({"map shared memory", "lock shared memory"})

FILES: Final = frozenset(CODES) - SHARED_MEMORY


class Fault(NamedTuple):
    """What goes wrong, and when.

    Attributes:
        at: at the how many-th (from 1) of the operations that count.
        counted: which operations count.
        code: SQLite's error code; None for the operation's own.
        torn: how much of a write still reaches the file.
        lasting: whether all operations that count fail from then on, as on a full disk.
        deadly: whether everything fails from then on, as after a power cut.
    """

    at: int
    counted: frozenset[str] = FILES | {"map shared memory"}
    code: int | None = None
    torn: float = 0.0
    lasting: bool = False
    deadly: bool = False


class Operation(NamedTuple):
    kind: str
    file: str


class Disk:
    """The disk below SQLite while it is in place.

    Args:
        fault: None to only count.
        contents: remembers what was synced; None where nothing is to be lost.

    Attributes:
        operations: those that counted, in order.
        fault_hit: whether the fault has come.
        healthy: set while nothing is to fail, nor to be counted.
    """

    def __init__(self, fault: Fault | None = None, contents: DiskContents | None = None) -> None:
        self.fault = fault
        self.contents = contents
        self.operations: list[Operation] = []
        self.fault_hit = False
        self.healthy = False

    def meet(self, kind: str, path: str) -> int:
        """Count an operation before it is done; gives SQLite's code for it, 0 for success."""
        fault = self.fault
        if self.healthy:
            return 0
        if fault is not None and self.fault_hit and fault.deadly:
            return fault.code or CODES[kind]
        if fault is None or kind in fault.counted:
            self.operations.append(Operation(kind, os.path.basename(path)))
            place = len(self.operations)
            if fault is not None and (place == fault.at or (fault.lasting and self.fault_hit)):
                self.fault_hit = True
                return fault.code or CODES[kind]
        return 0

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Put this disk below SQLite, for the files that are opened in the block."""
        global _disk
        assert _disk is None
        original = _vfs.xOpen, _vfs.xDelete
        _disk = self
        _vfs.xOpen, _vfs.xDelete = _address(_open), _address(_delete)
        try:
            yield
        finally:
            _vfs.xOpen, _vfs.xDelete = original
            _disk = None


class FlakyDisk(Disk):
    """A disk that fails now and then.

    Args:
        dice: decides when.
        chance: how often, from 0 to 1.
    """

    def __init__(self, dice: Random, chance: float) -> None:
        super().__init__()
        self._dice = dice
        self._chance = chance
        self.failures = 0

    def meet(self, kind: str, path: str) -> int:
        if self.healthy or kind in SHARED_MEMORY or self._dice.random() >= self._chance:
            return 0
        self.failures += 1
        return CODES[kind]


_disk: Disk | None = None


def _address(callback: Any) -> int | None:
    return ctypes.cast(callback, POINTER).value


def _systems_vfs() -> Vfs:
    found = POINTER()
    with closing(apsw.Connection(":memory:")) as connection:
        connection.file_control("main", apsw.SQLITE_FCNTL_VFS_POINTER, ctypes.addressof(found))
    assert found.value
    return Vfs.from_address(found.value)


_vfs: Final = _systems_vfs()

_OpenCall = ctypes.CFUNCTYPE(INT, POINTER, POINTER, POINTER, INT, POINTER)
_DeleteCall = ctypes.CFUNCTYPE(INT, POINTER, POINTER, INT)
_system_open: Final = _OpenCall(_vfs.xOpen)
_system_delete: Final = _DeleteCall(_vfs.xDelete)

_paths: dict[int, str] = {}
"""Of the open files, by the address of SQLite's structure."""

_tables: dict[int, Methods] = {}
"""Our method tables, by the address of the one that each stands before; kept for ever."""

_callbacks: list[Any] = []
"""Kept for ever, since SQLite holds their addresses."""


def _opened(vfs: int, name: int | None, file: int, flags: int, flags_out: int | None) -> int:
    path = ctypes.string_at(name).decode() if name else ""
    disk = _disk
    if disk is not None and (code := disk.meet("open", path)):
        return code
    if disk is not None and disk.contents is not None:
        disk.contents.before_opening(path)
    result: int = _system_open(vfs, name, file, flags, flags_out)
    if result == apsw.SQLITE_OK:
        opened = File.from_address(file)
        _paths[file] = path
        opened.pMethods = ctypes.pointer(_table(opened.pMethods))
        if disk is not None and disk.contents is not None:
            disk.contents.opened(path)
    return result


def _deleted(vfs: int, name: int, sync_folder: int) -> int:
    path = ctypes.string_at(name).decode()
    disk = _disk
    if disk is not None and (code := disk.meet("delete", path)):
        return code
    result: int = _system_delete(vfs, name, sync_folder)
    if result == apsw.SQLITE_OK and disk is not None and disk.contents is not None:
        disk.contents.deleted(path, for_good=bool(sync_folder))
    return result


_open: Final = _OpenCall(_opened)
_delete: Final = _DeleteCall(_deleted)


def _table(original: Any) -> Methods:
    """The methods of a kind of file, with ours before those that can fail."""
    address = ctypes.addressof(original.contents)
    table = _tables.get(address)
    if table is None:
        table = Methods.from_buffer_copy(original.contents)
        for name, wrap in _WRAPPERS.items():
            signature = ctypes.CFUNCTYPE(INT, POINTER, *FILE_METHODS[name])
            if getattr(table, name) is None:  # logs have no shared memory of their own
                continue
            callback = signature(wrap(signature(getattr(table, name))))
            _callbacks.append(callback)
            setattr(table, name, _address(callback))
        _tables[address] = table
    return table


def _simple(kind: str) -> Callable[[Any], Any]:
    """Wraps a method that succeeds or fails, and leaves nothing to remember."""

    def wrap(original: Any) -> Any:
        def method(file: int, *arguments: Any) -> int:
            if _disk is not None and (code := _disk.meet(kind, _paths[file])):
                return code
            result: int = original(file, *arguments)
            return result

        return method

    return wrap


def _locking_memory(original: Any) -> Any:
    def lock(file: int, first: int, count: int, flags: int) -> int:
        takes = flags & apsw.SQLITE_SHM_LOCK  # to let go of one cannot fail
        if takes and _disk is not None and (code := _disk.meet("lock shared memory", _paths[file])):
            return code
        result: int = original(file, first, count, flags)
        return result

    return lock


def _writing(original: Any) -> Any:
    def write(file: int, data: int, size: int, offset: int) -> int:
        disk, code, path = _disk, 0, _paths[file]
        if disk is not None:
            dead = disk.fault_hit
            code = disk.meet("write", path)
            if code and (dead or disk.fault is None or not disk.fault.torn):
                return code
            if code and disk.fault is not None:
                size = int(size * disk.fault.torn)
            if disk.contents is not None:
                disk.contents.written(path, offset, ctypes.string_at(data, size))
        result: int = original(file, data, size, offset)
        return code or result

    return write


def _truncating(original: Any) -> Any:
    def truncate(file: int, size: int) -> int:
        if _disk is not None:
            if code := _disk.meet("truncate", _paths[file]):
                return code
            if _disk.contents is not None:
                _disk.contents.truncated(_paths[file], size)
        result: int = original(file, size)
        return result

    return truncate


def _syncing(original: Any) -> Any:
    def sync(file: int, flags: int) -> int:
        if _disk is not None:
            if code := _disk.meet("sync", _paths[file]):
                return code
            if _disk.contents is not None:
                _disk.contents.synced(_paths[file])
            return (
                apsw.SQLITE_OK
            )  # no test has to wait for the disk: `DiskContents` knows what is safe
        result: int = original(file, flags)
        return result

    return sync


def _closing(original: Any) -> Any:
    def close(file: int) -> int:
        _paths.pop(file)
        result: int = original(file)
        return result

    return close


_WRAPPERS: Final[dict[str, Callable[[Any], Any]]] = {
    "xClose": _closing,
    "xRead": _simple("read"),
    "xWrite": _writing,
    "xTruncate": _truncating,
    "xSync": _syncing,
    "xFileSize": _simple("size"),
    "xLock": _simple("lock"),
    "xShmMap": _simple("map shared memory"),
    "xShmLock": _locking_memory,
}
