"""camt: what moves money in a message, which way, and as how many entries."""

from __future__ import annotations

import pytest

from tests.support.bank_statements.formats import bal, camt, ntry, read_all, read_one, refusal


def detail(amount: str = "", direction: str = "", *, name: str = "", more: str = "") -> str:
    stated = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    sign = f"<CdtDbtInd>{direction}</CdtDbtInd>" if direction else ""
    parties = f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>" if name else ""
    return f"<TxDtls>{stated}{sign}{parties}{more}</TxDtls>"


def details(*each: str) -> str:
    return f"<NtryDtls>{''.join(each)}</NtryDtls>"


def amounts(content: str) -> list[int]:
    return [entry.amount_minor for entry in read_one(content).entries]


def description(more: str, direction: str = "CRDT") -> str:
    return read_one(camt(ntry(direction=direction, more=more))).entries[0].description


@pytest.mark.parametrize("version", range(2, 14))
def test_every_version_is_read(version: int) -> None:
    status = "<Sts>BOOK</Sts>" if version < 7 else "<Sts><Cd>BOOK</Cd></Sts>"
    content = camt(ntry(), version=f"camt.053.001.{version:02}")
    assert amounts(content.replace("<Sts><Cd>BOOK</Cd></Sts>", status)) == [500]


def test_a_reversal_keeps_the_direction_that_it_states() -> None:
    reversal = "<RvslInd>true</RvslInd>"
    content = camt(ntry("1", "CRDT", more=reversal), ntry("2", "DBIT", more=reversal))
    assert amounts(content) == [100, -200]


def test_a_direction_that_is_not_understood_is_refused() -> None:
    for wrong in (ntry(direction="CREDIT"), ntry(direction=""), ntry("-5.00")):
        error = refusal(camt(ntry(), wrong))
        assert error.message.startswith("line 4: the direction (CdtDbtInd)")


@pytest.mark.parametrize(
    ("status", "guessed"), [("PDNG", True), ("FUTR", True), ("INFO", False), ("HOLD", True)]
)
def test_only_booked_entries_move_money(status: str, guessed: bool) -> None:
    statement = read_one(camt(ntry(), ntry(status=status)))
    assert [entry.amount_minor for entry in statement.entries] == [500]
    assert [(each.line, each.guessed) for each in statement.skipped] == [(4, guessed)]


def test_details_that_make_up_their_entry_are_entries() -> None:
    content = camt(
        ntry("5.00", more=details(detail("7.00", "CRDT", name="A"), detail("2.00", "DBIT")))
    )
    assert amounts(content) == [700, -200]


@pytest.mark.parametrize(
    "given",
    [
        [detail("3.00"), detail("1.00")],
        [detail("3.00"), detail()],
        [detail("5.00"), detail("0.00")],
        [detail("3.00"), detail("2.00").replace("EUR", "USD")],
        [detail("5.01")],
    ],
)
def test_details_that_do_not_make_it_up_are_one_entry(given: list[str]) -> None:
    assert amounts(camt(ntry("5.00", more=details(*given)))) == [500]


def test_references_are_the_banks_own() -> None:
    ref = "<AcctSvcrRef>{}</AcctSvcrRef>".format
    split = [detail("3.00"), detail("2.00", more=f"<Refs>{ref('D2')}</Refs>")]
    content = camt(
        ntry(more=ref("A")),
        ntry(more=ref("NONREF")),
        ntry(more=details(detail(more=f"<Refs>{ref('B')}</Refs>"))),
        ntry(more=ref("C") + details(*split)),
    )
    found = [entry.reference for entry in read_one(content).entries]
    assert found == ["A", "", "B", "C/1", "D2"]


def test_a_description_is_the_other_party_and_the_purpose() -> None:
    free = "<RmtInf><Ustrd>Rent of</Ustrd><Ustrd>May</Ustrd></RmtInf>"
    invoice = "<RmtInf><Strd><RfrdDocInf><Nb>R-17</Nb></RfrdDocInf></Strd></RmtInf>"
    refs = "<Refs><EndToEndId>{}</EndToEndId></Refs>".format
    own = "<AddtlNtryInf>Fee</AddtlNtryInf>"
    assert description(details(detail(name="Anna", more=free))) == "Anna: Rent of May"
    assert description(details(detail(name="Anna", more=invoice))) == "Anna: R-17"
    assert description(details(detail(name="Anna")), "DBIT") == ""
    assert description(details(detail(more=refs("E1")))) == "E1"
    assert description(details(detail(more=refs("NOTPROVIDED"))) + own) == "Fee"
    assert description("<BkTxCd><Prtry><Cd>CHRG</Cd></Prtry></BkTxCd>") == "CHRG"


def test_charges_are_not_taken_twice() -> None:
    charges = '<Chrgs><Rcrd><Amt Ccy="EUR">1.00</Amt></Rcrd></Chrgs>'
    assert amounts(camt(ntry(more=charges))) == [500]


def test_balances_have_to_add_up() -> None:
    whole = camt(bal("OPBD", "1.00", "DBIT"), bal("CLBD", "4.00"), bal("CLAV", "9"), ntry())
    statement = read_one(whole)
    assert statement.opening is not None
    assert statement.closing is not None
    assert (statement.opening.amount_minor, statement.closing.amount_minor) == (-100, 400)
    assert str(statement.closing.day) == "2024-01-05"
    error = refusal(camt(bal("PRCD", "1.00"), bal("CLBD", "4.00"), ntry()))
    assert error.exit_status == 2
    assert error.message.startswith("line 4: the statement does not add up: it opens with 1.00 EUR")
    assert error.details["difference"] == "-2.00"


def test_days_of_one_account_are_one_statement_in_their_order() -> None:
    one = camt(bal("OPBD", "0"), bal("CLBD", "5"), ntry())
    other = camt(bal("OPBD", "5"), bal("CLBD", "11"), ntry("6"))
    inner = other[other.index("<Acct>") : other.index("</Stmt>")]
    content = one.replace("<Stmt>", f"<Stmt>{inner}</Stmt><Stmt>")
    assert amounts(content) == [500, 600]
    error = refusal(content.replace(">6<", ">7<"))
    assert "does not add up" in error.message


def test_a_statement_that_is_missing_between_two_is_told() -> None:
    one = camt(bal("OPBD", "0"), bal("CLBD", "5"), ntry())
    other = camt(bal("OPBD", "6"), bal("CLBD", "11"), ntry())
    inner = other[other.index("<Acct>") : other.index("</Stmt>")]
    statement = read_one(one.replace("</Stmt>", f"</Stmt><Stmt>{inner}</Stmt>"))
    assert [entry.amount_minor for entry in statement.entries] == [500, 500]
    assert "one may be missing between them" in statement.notes[0]


def test_a_report_of_the_day_is_read_with_a_note() -> None:
    content = camt(
        bal("CLBD", "9"),
        ntry(),
        ntry(status="PDNG"),
        message="BkToCstmrAcctRpt",
        version="camt.052.001.02",
    )
    statement = read_one(content)
    assert [entry.amount_minor for entry in statement.entries] == [500]
    assert statement.skipped[0].guessed
    assert "come again in the statement (camt.053)" in statement.notes[0]


def test_a_notification_and_other_messages_are_named() -> None:
    error = refusal(camt(ntry(), message="BkToCstmrDbtCdtNtfctn", version="camt.054.001.08"))
    assert "is a notification (camt.054.001.08)" in error.message
    error = refusal(camt(message="CstmrCdtTrfInitn", version="pain.001.001.09"))
    assert error.message.endswith("another message of ISO 20022: pain.001.001.09")


def test_amounts_are_exact_in_the_accounts_currency() -> None:
    assert amounts(camt(ntry("1.000"), ntry("0.50000"))) == [100, 50]
    for wrong in ("1.005", "1e3", "", "9" * 25):
        assert refusal(camt(ntry(wrong))).details["line"] == 3
    error = refusal(camt(ntry(), ntry(currency="USD")))
    assert (error.code, error.details["line"]) == ("currency_mismatch", 4)
    assert refusal(camt(ntry()), "USD").code == "currency_mismatch"


@pytest.mark.parametrize(
    "date", ["<Dt>2024-02-30</Dt>", "<Dt>05.01.2024</Dt>", "<DtTm>2024-01-05T25:00</DtTm>", ""]
)
def test_what_is_no_date_is_refused_with_its_line(date: str) -> None:
    content = camt(ntry(), ntry().replace("<Dt>2024-01-05</Dt>", date))
    assert refusal(content).details["line"] == 4


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_any_encoding_that_the_file_names_is_read(encoding: str) -> None:
    content = camt(ntry(more="<AddtlNtryInf>Gebühr</AddtlNtryInf>"))
    name = {"utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(encoding, "utf-16")
    content = content.replace('"1.0"?', f'"1.0" encoding="{name}"?')
    assert read_one(content.encode(encoding)).entries[0].description == "Gebühr"


BOMB = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
DOCUMENT_TYPES = {
    "a billion laughs": f'<!DOCTYPE Document [<!ENTITY l0 "ha">{BOMB}]>',
    "a file": '<!DOCTYPE Document [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>',
    "the network": '<!DOCTYPE Document [<!ENTITY l9 SYSTEM "http://127.0.0.1:9/x">]>',
    "a parameter": '<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    "a document type elsewhere": '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">',
}


@pytest.mark.parametrize("declared", DOCUMENT_TYPES.values(), ids=DOCUMENT_TYPES)
def test_entities_are_neither_expanded_nor_fetched(declared: str) -> None:
    content = camt(ntry(more="<AddtlNtryInf>&l9;</AddtlNtryInf>"))
    error = refusal(content.replace("?>\n", f"?>\n{declared}\n"))
    assert "has a document type or entities of its own" in error.message
    assert error.details["line"] == 2


def test_an_entity_that_nobody_declared_is_refused() -> None:
    error = refusal(camt(ntry(more="<AddtlNtryInf>&l9;</AddtlNtryInf>")))
    assert error.message == "line 3: the file is cut off or damaged: undefined entity"


def test_elements_that_are_too_deep_are_refused() -> None:
    assert "too deep" in refusal(camt(ntry(more="<A>" * 200_000))).message


def test_accounts_are_kept_apart() -> None:
    one = camt(ntry())
    inner = one[one.index("<Acct>") : one.index("</Stmt>")].replace("DE1", "DE2")
    content = one.replace("</Stmt>", f"</Stmt><Stmt>{inner.replace('EUR', 'JPY')}</Stmt>")
    statements = read_all(content)
    found = [
        (each.account_number, each.currency, each.entries[0].amount_minor) for each in statements
    ]
    assert found == [("DE1", "EUR", 500), ("DE2", "JPY", 5)]


def test_an_entry_with_more_elements_than_any_has_is_refused_before_it_fills_the_memory() -> None:
    batch = details(*([detail("0.01", "CRDT", name="A")] * 3_000))
    assert len(read_one(camt(ntry("30.00", more=batch))).entries) == 3_000
    error = refusal(camt(ntry(more="<x/>" * 1_000_001)))
    assert error.message.startswith("line 3: there are over 1,000,000 elements in the <Ntry> of")
