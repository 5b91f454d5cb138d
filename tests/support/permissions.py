"""Running a command as a user whom file permissions bind.

The superuser reads and writes whatever the modes say, and tests may run as the superuser: in a
container they mostly do. So the command is started without the two capabilities that override
modes; for everybody else it is just started.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

BOUND = (sys.executable, "-I", "-S", __file__)
"""What to put before a command."""

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAP_FOWNER = 3
_CAPABILITY_VERSION_3 = 0x20080522


def run_bound(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with its output captured."""
    return subprocess.run(
        [*BOUND, *command],
        capture_output=True,
        text=True,
        env=None if env is None else dict(env),
        cwd=cwd,
        timeout=60,
        check=False,
    )


def be_bound() -> None:
    """Have this process bound by file permissions at once, whoever it belongs to."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; and the same of the rest
    left = ~(1 << _CAP_DAC_OVERRIDE | 1 << _CAP_DAC_READ_SEARCH | 1 << _CAP_FOWNER)
    if libc.capget(header, sets) == 0:
        sets[0] &= left
        sets[1] &= left
        if libc.capset(header, sets) == 0:
            return
    raise OSError(ctypes.get_errno(), "a capability cannot be dropped")


def _give_up_overriding_modes() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _CAP_FOWNER):
        # It leaves the bounding set now, and the permitted set when the command is executed.
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "a capability cannot be dropped")


if __name__ == "__main__":
    if os.geteuid() == 0:
        _give_up_overriding_modes()
    os.execvp(sys.argv[1], sys.argv[1:])
