"""A ledger as a page: one file that can be shown on any screen, and printed.

What the page says, how it is drawn, and how it looks are apart from each other: `summary`,
`statements` and `locks`; `drawing`; and ``page.html.jinja`` with ``page.css``.
"""

from __future__ import annotations

from ledger.exchange.exports import Exported, Extract, Out
from ledger.exchange.page.locks import locked_words, locks_of
from ledger.exchange.page.period import period_notes, period_of
from ledger.exchange.page.statements import Sections
from ledger.exchange.page.summary import summary_of
from ledger.exchange.page.wording import to_the_minute, zone_words
from ledger.extras import needs
from ledger.visible import visible

with needs("jinja2", "html"):
    from ledger.exchange.page.rendering import render


def write(part: Extract, out: Out) -> Exported:
    """Write the page of an extract, one statement after the other."""
    summary = summary_of(part)
    sections = Sections(part, summary.by_account)
    test = part.book.test
    for text in render(
        group_digits=part.group_digits,
        title=visible(part.book.name) or "Accounts",
        period=period_of(part),
        accounts=", ".join(map(visible, part.accounts)),
        test="" if test is None else f"clock {visible(test.clock)}, seed {visible(test.seed)}",
        summary=summary,
        sections=sections,
        locked=locked_words(part),
        locks=locks_of(part),
        head=part.head,
        ledger_id=part.book.ledger_id,
        zone=zone_words(part.zone),
        made=to_the_minute(part.zone, part.made_us),
    ):
        out.write(text)
    return Exported(
        entries=sections.entries,
        accounts=sections.accounts,
        head=part.head,
        from_us=part.from_us,
        to_us=part.to_us,
        notes=() if sections.accounts else period_notes(part),
    )
