"""Who and what an entry of a camt message is about."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.bank_statements.formats.camt_elements import Element, texts
from ledger.bank_statements.formats.joining import described

_NO_REFERENCE = ("NOTPROVIDED", "NONREF", "NOREF")
_SHOWN_NAMES = 3


def reference_of(entry: Element, details: Sequence[Element]) -> str:
    """The bank's own id of an entry, or of its only detail; empty where there is none."""
    found = entry.text_at("AcctSvcrRef", "Refs/AcctSvcrRef")
    if not found and len(details) == 1:
        found = details[0].text_at("Refs/AcctSvcrRef")
    return "" if found.upper() in _NO_REFERENCE else found


def description_of(entry: Element, details: Sequence[Element], amount: int) -> str:
    """Who an entry is from or to, and what for.

    Args:
        details: those that it is to tell of.
        amount: signed; negative for money out.
    """
    comes_in = amount > 0
    if entry.text_at("RvslInd") in ("true", "1"):
        comes_in = not comes_in
    names = list(dict.fromkeys(filter(None, (_name(each, comes_in) for each in details))))
    name = ", ".join(names[:_SHOWN_NAMES])
    if len(names) > _SHOWN_NAMES:
        name += f" and {len(names) - _SHOWN_NAMES} others"
    own = entry.text_at("AddtlNtryInf")
    if len(details) > 1:
        return described(name, own) or _code(entry)
    detail = details[0] if details else None
    purpose = _purpose(detail) if detail is not None else ""
    text = described(name, purpose or own or (_reference(detail) if detail is not None else ""))
    return text or _code(entry)


def _name(detail: Element, comes_in: bool) -> str:
    other = "Dbtr" if comes_in else "Cdtr"
    return detail.text_at(
        *(
            f"RltdPties/{who}/{where}"
            for who in (other, f"Ultmt{other}")
            for where in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
        )
    )


def _purpose(detail: Element) -> str:
    free = " ".join(texts(detail.all("RmtInf/Ustrd")))
    if free:
        return free
    structured = [
        text
        for path in ("CdtrRefInf/Ref", "RfrdDocInf/Nb", "AddtlRmtInf")
        for text in texts(detail.all(f"RmtInf/Strd/{path}"))
    ]
    return " ".join(dict.fromkeys(structured)) or detail.text_at("AddtlTxInf")


def _reference(detail: Element) -> str:
    found = detail.text_at("Refs/EndToEndId")
    return "" if found.upper() in _NO_REFERENCE else found


def _code(entry: Element) -> str:
    """The bank's own code of what an entry is, where nothing else is said of it."""
    return entry.text_at("BkTxCd/Prtry/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
