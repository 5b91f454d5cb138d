"""SQLite's own structures for a VFS and its files, as far as they are needed (``sqlite3.h``)."""

from __future__ import annotations

import ctypes
from typing import Any, Final

POINTER, INT, LONG = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64


class Vfs(ctypes.Structure):
    """``sqlite3_vfs``, as far as it is needed."""

    _fields_ = (
        ("iVersion", INT),
        ("szOsFile", INT),
        ("mxPathname", INT),
        ("pNext", POINTER),
        ("zName", POINTER),
        ("pAppData", POINTER),
        ("xOpen", POINTER),
        ("xDelete", POINTER),
    )


FILE_METHODS: Final[dict[str, Any]] = {
    "xClose": (),
    "xRead": (POINTER, INT, LONG),
    "xWrite": (POINTER, INT, LONG),
    "xTruncate": (LONG,),
    "xSync": (INT,),
    "xFileSize": (POINTER,),
    "xLock": (INT,),
    "xUnlock": (INT,),
    "xCheckReservedLock": (POINTER,),
    "xFileControl": (INT, POINTER),
    "xSectorSize": (),
    "xDeviceCharacteristics": (),
    "xShmMap": (INT, INT, INT, POINTER),
    "xShmLock": (INT, INT, INT),
    "xShmBarrier": (),
    "xShmUnmap": (INT,),
    "xFetch": (LONG, INT, POINTER),
    "xUnfetch": (LONG, POINTER),
}


class Methods(ctypes.Structure):
    """``sqlite3_io_methods``, version 3."""

    _fields_ = (("iVersion", INT), *[(name, POINTER) for name in FILE_METHODS])


class File(ctypes.Structure):
    """``sqlite3_file``."""

    _fields_ = (("pMethods", ctypes.POINTER(Methods)),)
