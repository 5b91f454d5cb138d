"""A money ledger on event sourcing, embedded in one SQLite file.

::

    from ledger import Ledger

    with Ledger.open("books.db") as ledger:
        ledger.open_account("acc-001", owner="Ana Souza")
        ledger.deposit("acc-001", "50.00", description="Paycheck")
        print(ledger.balance("acc-001").balance)

The public names are `Ledger`, `Money`, `LedgerError`, the bases `Projection` and `StreamProjection`
for projections of your own, and the module `ledger.errors`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; an import of `typing` would take milliseconds
if TYPE_CHECKING:
    from ledger.domain.money import Money
    from ledger.errors import LedgerError
    from ledger.ledger import Ledger
    from ledger.projections.projection import Projection, StreamProjection

__version__ = "0.2.0.dev0"

__all__ = [
    "Ledger",
    "LedgerError",
    "Money",
    "Projection",
    "StreamProjection",
    "__version__",
]


def __getattr__(name: str) -> object:
    # Imported when asked for: the command line would pay for what it may not need.
    if name == "Ledger":
        from ledger.ledger import Ledger

        return Ledger
    if name == "Money":
        from ledger.domain.money import Money

        return Money
    if name == "LedgerError":
        from ledger.errors import LedgerError

        return LedgerError
    if name in ("Projection", "StreamProjection"):
        from ledger.projections import projection

        return getattr(projection, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
