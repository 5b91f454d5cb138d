"""What makes an entry of a statement the same one when it comes again.

An entry is known by its content: its date (with the time of day, where the statement has one), its
signed amount and its description. A bank may well list the same content twice on one day, for two
coffees are two coffees. So the occurrences of a content within a file are counted, and the key of
an entry is its content with the number of its occurrence. Two identical purchases have two keys;
and the same statement again, or another one that overlaps it, has the same keys, so that nothing is
added twice.

Of files that overlap, the one with the most occurrences of a content decides how many of them there
are. That is right whenever one of the files has the whole day: a file from this morning, with half
of today's entries, and one from tomorrow, with all of them, leave neither a duplicate nor a gap.
What cannot be seen is a day cut in two, with identical entries on either side of the cut and no
file that has all of them: they count as one and the same. A bank that changes the words of an
entry, from *pending* to *booked* for example, makes another entry of it, and so does a changed
description template. So import booked entries, and change the template only between statements that
do not overlap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from ledger.bank_statements.entries import Entry

_HEX_DIGITS: Final = 32
"""128 bits, so that two contents never share a hash by chance."""


def content_hash(entry: Entry) -> str:
    """The hash of an entry's content; spaces, case and Unicode's spellings make no difference."""
    words = " ".join(normalize("NFKC", entry.description).casefold().split())
    content = f"{entry.moment.isoformat()}\n{entry.amount}\n{words}"
    return sha256(content.encode()).hexdigest()[:_HEX_DIGITS]


def idempotency_keys(account_id: str, entries: Iterable[Entry]) -> list[str]:
    """The keys of a file's entries: ``import:ACCOUNT:HASH:OCCURRENCE``."""
    seen: Counter[str] = Counter()
    keys = []
    for entry in entries:
        content = content_hash(entry)
        seen[content] += 1
        keys.append(f"import:{account_id}:{content}:{seen[content]}")
    return keys
