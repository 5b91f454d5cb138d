"""Phrases in descriptions and in columns of types that tell which way the money goes."""

from __future__ import annotations

import re
from typing import Final

from ledger.bank_statements.words.plain import plain

_SPENT: Final = """
    withdrawal, withdrawals, atm, cash machine, card payment, card purchase, debit card, purchase,
    pos, direct debit, bill payment, bill pay, standing order, payment to, transfer to, sent to,
    contactless, bank charge, account fee, monthly fee, service fee, service charge, overdraft,
    kartenzahlung, kartenumsatz, lastschrift, basislastschrift, abbuchung, bargeldauszahlung,
    auszahlung, barabhebung, abhebung, geldautomat, einkauf, dauerauftrag, entgelt,
    kontofuhrungsgebuhr, gebuhr, belastung,
    achat, paiement carte, paiement par carte, paiement cb, retrait, prelevement, prlv, cotisation,
    frais bancaires, facture,
    compra, compras, pago con tarjeta, pago tarjeta, retiro, retirada, adeudo, domiciliacion,
    reintegro, saque, levantamento, pagamento de, pagamento com cartao, pagamento efetuado,
    debito direto, pix enviado, transferencia enviada, recibo domiciliado,
    prelievo, prelevamento, pagamento pos, pagamento carta, addebito, addebito diretto, acquisto,
    bonifico a, commissione, imposta di bollo, canone,
    betaalautomaat, geldautomaat, geldopname, incasso, betaalpas, pinbetaling, betaling aan,
    uttag, kortkop, kop, kortbetaling, varekjop, varekob, minibankuttak, uttak, betaling til,
    dankort kob, havning, avtalegiro, autogiro, nosto, korttiosto, pkorttimaksu, otto,
    zakup, platnosc karta, wyplata, wyplata z bankomatu, obciazenie, przelew wychodzacy,
    platba kartou, vyber, vyber z bankomatu, odchozi uhrada, inkaso,
    vasarlas, keszpenzfelvetel, ost, sularaha valjavott, kortelega, pirkinys, pirkums,
    harcama, para cekme, alisveris, покупка, снятие наличных, оплата, списание, tarik tunai,
    pembelian"""

_TO_A_CARD: Final = """
    payment thank you, payment received, payment recvd, payment rec d, thank you for your payment,
    online payment thank, pymt thank you, zahlung erhalten, uberweisung erhalten,
    zahlung besten dank, zahlung danke, paiement recu, paiement merci,
    pago recibido, gracias por su pago, pagamento recebido, pagamento ricevuto,
    pagamento efetuado obrigado, betaling ontvangen, dank voor uw betaling, betalning mottagen,
    inbetalning tack, betaling mottatt, betaling modtaget, suorituksenne"""

_TYPES_OF_SPENDING: Final = """
    sale, sales, purchase, purchases, merchandise, card purchase, retail purchase, cash advance,
    dining, restaurants, groceries, supermarkets, shopping, gasoline, gas automotive,
    kauf, einkauf, achat, achats, compra, compras, acquisto, aankoop, kop, kjop, kob, osto, zakup"""
_TYPES_OF_PAYMENT: Final = """
    payment, payments, payments and credits, payment credit, payments credits, card payment,
    autopay, zahlung, paiement, paiements, pago, pagos, pagamento, pagamenti, betaling, betalning"""


def _listed(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split(",")]


def _somewhere(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, _listed(text)))})\b")


_SPENT_SOMEWHERE: Final = _somewhere(_SPENT)
_TO_A_CARD_SOMEWHERE: Final = _somewhere(_TO_A_CARD)
SPENDING_TYPES: Final = frozenset(_listed(_TYPES_OF_SPENDING))
PAYMENT_TYPES: Final = frozenset(_listed(_TYPES_OF_PAYMENT))


def speaks_of_spending(text: str) -> bool:
    """Whether a description is that of money out: *Withdrawal ATM*, *Kartenzahlung*."""
    return _SPENT_SOMEWHERE.search(plain(text)) is not None


_OF_THANKS: Final = (
    *("thank", "received", "recvd", "rec'd", "pymt", "erhalten", "dank", "reçu", "recu"),
    *("merci", "gracias", "recibid", "recebid", "ricevut", "obrigad"),
    *("ontvangen", "mottag", "mottat", "modtag", "tack", "suoritu"),
)


def may_thank(text: str) -> bool:
    """Whether a text may be one of those of `speaks_of_payment_to_card`: a quick look."""
    small = text.lower()
    return any(stem in small for stem in _OF_THANKS)


def speaks_of_payment_to_card(text: str) -> bool:
    """Whether a card's statement describes a payment to it so: *PAYMENT - THANK YOU*."""
    return _TO_A_CARD_SOMEWHERE.search(plain(text)) is not None
