"""Places where a ledger file does not lie well: network disks, and folders that are synchronised.

Several processes share a file by its locks and its memory, which machines cannot do (SQLite, "How
To Corrupt An SQLite Database File", §2.1). A program that synchronises folders copies a file while
it is written to, without what lies beside it, and keeps two where two machines have written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from glob import escape, glob
from typing import Final

from ledger.eventstore.records import Observation

_MOUNTS: Final = "/proc/self/mounts"

_OF_A_NETWORK: Final = re.compile(
    r"nfs4?|cifs|smb\w*|ncpfs|afs|9p|ceph|glusterfs|lustre|ocfs2|gfs2?|davfs"
    r"|fuse\.(sshfs|s3fs|rclone|gcsfuse|davfs2?|glusterfs|cephfs|gvfsd-fuse)"
).fullmatch

_SYNCHRONISED: Final = re.compile(
    r"dropbox.*|onedrive.*|google ?drive|my drive|icloud ?drive|mobile documents|nextcloud.*"
    r"|owncloud.*|pcloud ?drive|mega ?sync|syncthing|seafile|box ?sync|tresorit|proton ?drive",
    re.IGNORECASE,
).fullmatch
"""Names that such programs give their folders."""

_MARKS: Final = (".stfolder", ".dropbox", ".nextcloudsync.log", ".owncloudsync.log", ".sync")
"""What they leave in them."""


def misplacement(path: str, real: str) -> Iterator[Observation]:
    """What is to be said about where a ledger lies, and about copies that lie beside it.

    Args:
        path: as it was named.
        real: without links.
    """
    network = network_disk(real)
    if network:
        yield Observation(
            "network_disk",
            f"{path} is on a network disk ({network}), where two machines that write to it can "
            "damage it",
            "keep it on a disk of the machine that writes to it; others can have backups",
            harmless=True,
        )
    folder = _synchronised_folder(real)
    if folder:
        yield Observation(
            "synchronised_folder",
            f"{path} is in the folder {folder}, which seems to be synchronised: what is written on "
            "two machines, or copied while it is written, can be lost",
            "keep it elsewhere, and put backups there",
            harmless=True,
        )
    for copy in _conflicted_copies(real):
        yield Observation(
            "conflicted_copy",
            f"{copy} seems to be a copy that a program kept since two machines have written",
            f"compare both: either may have what the other lacks; {path} is the one used here",
            harmless=True,
        )


def network_disk(real: str, mounts: str = _MOUNTS) -> str:
    """The kind of network disk that a file is on; empty where it is on none, or nobody knows.

    Args:
        mounts: path of the table of what is mounted where.
    """
    kind, longest = "", ""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as table:
            for line in table:
                _, place, name, *_ = line.split(" ")
                place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)
                inside = real == place or real.startswith(place.rstrip("/") + "/")
                if inside and len(place) >= len(longest):
                    kind, longest = name, place
    except (OSError, ValueError):
        return ""
    return kind if _OF_A_NETWORK(kind) else ""


def _synchronised_folder(real: str) -> str:
    folder = os.path.dirname(real)
    while folder != os.path.dirname(folder):
        marked = any(os.path.lexists(os.path.join(folder, mark)) for mark in _MARKS)
        if marked or _SYNCHRONISED(os.path.basename(folder)):
            return folder
        folder = os.path.dirname(folder)
    return ""


def _conflicted_copies(real: str) -> list[str]:
    stem, _ = os.path.splitext(real)
    return sorted(
        found
        for found in glob(f"{escape(stem)}*")
        if "conflict" in os.path.basename(found)[len(os.path.basename(stem)) :].lower()
    )
