"""A function of the tests or of the product, run in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from tests.support.program import PROJECT


def child(
    program: Callable[..., object], *arguments: object, **environment: str
) -> subprocess.Popen[str]:
    """Start a function of a module, given its arguments as texts.

    Standard input, output and error are pipes. The process ends when the function returns.

    Args:
        environment: variables that it has beside those of this process.
    """
    module, name = program.__module__, program.__name__
    boot = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); from {module} import {name}"
    return subprocess.Popen(
        [sys.executable, "-c", f"{boot}; {name}(*sys.argv[1:])", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    )
