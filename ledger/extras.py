"""Packages that only some uses need, so that they are extras of the distribution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import MissingPackage


@contextmanager
def needs(package: str, extra: str) -> Iterator[None]:
    """Say what to install, where an import fails for want of a package.

    Args:
        package: the name of its distribution.
        extra: of ours, which brings it.

    Raises:
        MissingPackage: it is not installed.
    """
    try:
        yield
    except ImportError as error:  # or a part of it that it cannot do without
        if (error.name or "").partition(".")[0] == "ledger":
            raise
        raise MissingPackage(
            f"the package {package} is not installed",
            advice=f"install it, or ledger with its extra [{extra}]",
            package=package,
        ) from error
