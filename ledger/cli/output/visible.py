"""Making stored text safe to show: see `ledger.visible`."""

from ledger.visible import unbroken, visible

__all__ = ["unbroken", "visible"]
