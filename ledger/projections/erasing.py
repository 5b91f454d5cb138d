"""Projections after an erasure: none of them shows what was erased."""

from __future__ import annotations

from ledger.errors import ProjectionFailed, UnreadableEvent
from ledger.eventstore.store import Erases, EventStore
from ledger.projections.projector import Projector
from ledger.projections.rebuild import rebuild


def remake(store: EventStore, erases: Erases, projector: Projector) -> list[str]:
    """Make the projections anew from a log in which texts were just erased.

    It belongs into the transaction of that. The built-in ones follow the event of the erasure. Of
    somebody's own nobody knows what they hold: those whose class is known here are rebuilt, and the
    others emptied.

    Args:
        erases: the store.

    Returns:
        The names of those that were emptied, and are to be caught up.

    Raises:
        ProjectionFailed: the fold of a built-in one raised.
    """
    for projection in projector.built_in:
        if projector.status(projection).outdated:
            rebuild(store, [projection], workers=1)
        else:
            projector.catch_up(projection)
    begun = set(store.tables.checkpoints())
    for projection in projector.on_demand:
        if projection.name in begun:
            erases.empty_projection(projection.name)
    emptied = begun - {projection.name for projection in projector.projections}
    for projection in projector.own:
        if projection.name not in begun:
            continue
        try:
            # Other processes would still read the texts.
            rebuild(store, [projection], workers=1)
            projector.note_rebuilt([projection.name])
        except (ProjectionFailed, UnreadableEvent):
            emptied.add(projection.name)
    for name in emptied:
        erases.empty_projection(name)
    return sorted(emptied)
