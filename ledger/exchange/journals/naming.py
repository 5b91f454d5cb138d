"""What a journal says of itself, and what has another name in it."""

from __future__ import annotations

from ledger.exchange.exports import Extract
from ledger.exchange.journals.names import Names


def heading(part: Extract) -> str:
    """What the journal is of, in a line."""
    book, zone = part.book, part.zone
    named = f"{book.name}: " if book.name else ""
    ends = [
        f" {word} {zone.show(end)}"
        for word, end in (("from", part.from_us), ("to", part.to_us))
        if end is not None
    ]
    test = " (TEST)" if book.test is not None else ""
    return f"{named}ledger {book.ledger_id}{test}{''.join(ends)}, times in {zone.current}"


def names_note(names: Names, program: str) -> tuple[str, ...]:
    """Says how many accounts and categories have another name than their own, and how so; known
    once all was read."""
    return (*_accounts_note(names, program), *_categories_note(names, program))


def _accounts_note(names: Names, program: str) -> tuple[str, ...]:
    if names.changed is None:
        return ()
    account_id, name = names.changed
    if names.changes == 1:
        return (
            f"{program} does not take the id {account_id}, which is called {name} there; the id "
            "stands beside the name",
        )
    return (
        f"{program} does not take the ids of {names.changes} accounts, such as {account_id}, which "
        f"is called {name} there; the id stands beside each name",
    )


def _categories_note(names: Names, program: str) -> tuple[str, ...]:
    changed = names.changed_categories
    if not changed:
        return ()
    category, name = next(iter(changed.items()))
    if len(changed) == 1:
        return (
            f"the category {category} is called {name} in {program}; the category stands beside "
            "the name",
        )
    return (
        f"{len(changed)} categories have other names in {program}, such as {category}, which is "
        f"called {name} there; the category stands beside each name",
    )
