"""What to do where a package is missing that only some commands need."""

from __future__ import annotations

import sys

from ledger.cli.environment import Environment
from ledger.cli.retyped import quoted
from ledger.errors import LedgerError


def missing_package(_: Environment, error: LedgerError) -> str:
    """How to install it for this very program."""
    return f"install it: {quoted(sys.executable)} -m pip install {error.details['package']}"
