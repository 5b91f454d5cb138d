"""Which account ids and texts are allowed, and why.

An account id is typed in shells, stands in TSV and URLs, and names things in scripts. So it is made
of ASCII letters, digits and ``. _ : -`` only, which need no quoting anywhere and leave no room for
look-alikes; it starts with a letter or a digit, so that it is never taken for an option (``-rf``)
or a path (``../x``); and it has at most 128 characters.

Owners and descriptions are for people: any Unicode text of one or more lines is kept exactly as
given. Refused is only what cannot be kept or shown faithfully: NUL, and what is not Unicode.
"""

from __future__ import annotations

from typing import Final

from ledger.errors import InvalidAccountId, InvalidText

MAX_ID_LENGTH: Final = 128
MAX_OWNER_LENGTH: Final = 1_000
MAX_NAME_LENGTH: Final = 200
MAX_TEXT_LENGTH: Final = 10_000
MAX_KEY_LENGTH: Final = 255

_ID_CHARACTERS: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
)


def check_account_id(account_id: str) -> str:
    """Give the id back, or refuse it.

    Raises:
        InvalidAccountId: it is empty, too long, or has a character outside the alphabet above.
    """
    error = _id_error(account_id)
    if error:
        raise InvalidAccountId(
            f"{_shortened(account_id)!a} cannot be an account id: {error}",
            advice="use letters, digits and . _ : - (at most 128), starting with a letter or digit",
        )
    return account_id


def is_id(given: object) -> bool:
    """Whether an account or a transfer can have such an id."""
    return not _id_error(given)


def check_transfer_id(transfer_id: str) -> str:
    """Give the id of a transfer back, or refuse it: it is typed and shown as an account's is.

    Raises:
        InvalidText: no account could have it either.
    """
    error = _id_error(transfer_id)
    if error:
        raise InvalidText(
            f"{_shortened(transfer_id)!a} cannot be the id of a transfer: {error}",
            advice="use letters, digits and . _ : - (at most 128), starting with a letter or digit",
            field="the transfer id",
        )
    return transfer_id


def _shortened(given: object) -> object:
    text = str(given)
    return given if len(text) <= 40 else text[:37] + "..."


def _id_error(given: object) -> str:
    if not isinstance(given, str):
        return "it is not a text"
    if not given:
        return "it is empty"
    if len(given) > MAX_ID_LENGTH:
        return f"it has {len(given)} characters, and {MAX_ID_LENGTH} are the most"
    if not _ID_CHARACTERS.issuperset(given):
        return f"it holds {next(mark for mark in given if mark not in _ID_CHARACTERS)!a}"
    if not given[0].isalnum():
        return f"it starts with {given[0]!r}"
    return ""


def check_owner(owner: str) -> str:
    """Give the owner's name back, or refuse it.

    Raises:
        InvalidText: it is blank, over 1,000 characters, holds NUL, or is not valid Unicode.
    """
    if not owner.strip():
        raise InvalidText(
            "the owner's name is empty",
            advice='name somebody, such as "Ana Souza"',
            field="the owner's name",
        )
    return _checked(owner, "the owner's name", MAX_OWNER_LENGTH)


def check_name(name: str) -> str:
    """Give a book's name back, or refuse it.

    Raises:
        InvalidText: it has over 200 characters, is not one line, or is not valid Unicode.
    """
    checked = _checked(name, "the name", MAX_NAME_LENGTH)
    if not checked.isprintable():
        raise InvalidText(
            "the name is not one line of visible characters",
            advice="write it in one line",
            field="the name",
        )
    return checked


def check_text(text: str, what: str = "the description") -> str:
    """Give a free text back, or refuse it.

    Raises:
        InvalidText: it has over 10,000 characters, holds NUL, or is not valid Unicode.
    """
    if len(text) <= MAX_TEXT_LENGTH and text.isascii() and "\0" not in text:
        return text  # nearly all of them, and asked of every command
    return _checked(text, what, MAX_TEXT_LENGTH)


def check_needed_reason(reason: str, advice: str) -> str:
    """Give a reason back that must be given, or refuse it.

    Args:
        advice: what to say in it.

    Raises:
        InvalidText: it is blank, or cannot be kept.
    """
    if not reason.strip():
        raise InvalidText("the reason is empty", advice=advice, field="the reason")
    return check_text(reason, "the reason")


def check_key(key: str) -> str:
    """Give an idempotency key back, or refuse it.

    Raises:
        InvalidText: it is blank, over 255 characters, holds NUL, or is not valid Unicode.
    """
    if not key.strip():
        raise InvalidText(
            "the idempotency key is empty",
            advice="give a key, or leave it out",
            field="the idempotency key",
        )
    return _checked(key, "the idempotency key", MAX_KEY_LENGTH)


def _checked(text: str, what: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidText(
            f"{what} has {len(text)} characters, and {limit} are the most",
            advice="shorten it",
            field=what,
        )
    if "\0" in text:
        raise InvalidText(f"{what} holds a NUL character", advice="leave it out", field=what)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidText(
                f"{what} is not valid UTF-8",
                advice="check the terminal's or the file's encoding",
                field=what,
            ) from None
    return text
