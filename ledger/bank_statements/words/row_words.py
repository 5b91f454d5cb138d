"""What banks write in rows that are no entries: words of a state, and of a balance.

All are written as `folded` makes them: small letters without accents and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from ledger.bank_statements.words.plain import plain

State = Literal["pending", "failed", "booked"]
BalanceKind = Literal["opening", "closing", "current", "bare", "total", "turnover"]

_LONGEST: Final = 100
"""Characters; no word of a state or a balance has so many."""


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """A text as names are compared; empty where it is too long for a word of a bank."""
    return plain(text) if len(text) <= _LONGEST else ""


def listed(text: str) -> frozenset[str]:
    """The phrases of a text that separates them by commas."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


# ── states ──────────────────────────────────────────────────────────────────────────────────────

# English; German; French; Spanish; Portuguese; Dutch; Swedish, Norwegian and Danish; Finnish;
# Polish; Italian; Czech.
PENDING: Final = listed("""
    pending, authorised, authorized, authorisation, authorization, reserved, reservation, hold,
    on hold, held, processing, in progress, in process, being processed, uncleared, unposted,
    unbooked, unsettled, not booked, not yet booked, not posted, not yet posted, not cleared,
    not settled, scheduled, planned, upcoming, submitted, awaiting, waiting, queued, initiated,
    expected, provisional, draft, open, pend, pdng,

    vorgemerkt, vormerkung, vorgemerkte buchung, offen, ausstehend, schwebend, in bearbeitung,
    nicht gebucht, noch nicht gebucht, ungebucht, reserviert, reservierung, autorisiert, geplant,
    terminiert, vorlaufig, wartend, nicht verbucht, unverbucht, provisorisch, pendent,

    en attente, en cours, a venir, en cours de traitement, non comptabilise, non comptabilisee,
    a comptabiliser, prevu, prevue, provisoire, en suspens, autorise, autorisee,

    pendiente, en proceso, en curso, retenido, retenida, retencion, autorizado, autorizada,
    reservado, reservada, en espera, programado, programada, no contabilizado, no contabilizada,
    en tramite, por confirmar,

    pendente, em processamento, em processo, em analise, agendado, agendada, cativo, aguardando,
    em aberto, nao lancado, nao lancada, a confirmar, provisorio, previsto, prevista,
    lancamento futuro, lancamentos futuros,

    in behandeling, gereserveerd, reservering, nog niet verwerkt, niet verwerkt, niet geboekt,
    nog niet geboekt, openstaand, gepland, in afwachting, nog te verwerken, geautoriseerd,
    onverwerkt, lopend,

    reserverat, reserverad, preliminar, preliminart, ej bokford, ej bokfort, kommande, vantande,
    vantar, pagaende, skyddat belopp, under behandling, planerad, reservert, reservasjon,
    ikke bokfort, venter, ventende, reserveret, ikke bogfort, afventer, planlagt,

    odottaa, odottava, varaus, katevaraus, varattu, kasittelyssa, kirjaamaton, ei kirjattu,
    vireilla, tuleva, eraantyva,

    oczekujaca, oczekujacy, oczekujace, oczekuje, w toku, w trakcie, w trakcie realizacji,
    w realizacji, do realizacji, blokada, nierozliczona, nierozliczone, zaplanowana,
    niezaksiegowana, niezaksiegowane, rezerwacja,

    in attesa, in corso, in sospeso, sospeso, sospesa, prenotato, prenotata, prenotazione,
    autorizzato, autorizzata, non contabilizzato, non contabilizzata, da contabilizzare,
    in elaborazione, in lavorazione, provvisorio, provvisoria,

    cekajici, ceka, ceka na zpracovani, ve zpracovani, zpracovava se, nezauctovano, nezauctovana,
    rezervace, blokace, blokovano, v prubehu, planovana, planovano""")

FAILED: Final = listed("""
    reverted, failed, declined, cancelled, canceled, rejected, refused, voided, void, expired,
    error, denied, aborted, unsuccessful, timed out,

    storniert, abgelehnt, fehlgeschlagen, abgebrochen, zuruckgewiesen, verworfen,
    nicht ausgefuhrt, verfallen, abgelaufen, ruckgangig gemacht, annulliert, geloscht,

    annule, annulee, refuse, refusee, rejete, rejetee, echoue, echouee, echec, expire, expiree,
    non execute, non executee, abandonne, abandonnee,

    cancelado, cancelada, anulado, anulada, rechazado, rechazada, fallido, fallida, revertido,
    revertida, denegado, denegada, caducado, caducada, expirado, expirada, no realizado,
    no realizada,

    rejeitado, rejeitada, recusado, recusada, falhou, falhado, falhada, negado, negada,
    nao autorizado, nao autorizada, nao realizado, nao realizada,

    geannuleerd, geweigerd, mislukt, afgewezen, afgekeurd, teruggedraaid, verlopen, vervallen,

    avbruten, avbrutet, avvisad, avvisat, misslyckad, misslyckades, nekad, nekat, makulerad,
    annullerad, annullerat, avslagen, avvist, avbrutt, kansellert, mislyktes, feilet, afvist,
    annulleret, mislykket, mislykkedes, fejlet, afbrudt,

    peruttu, peruutettu, hylatty, epaonnistui, epaonnistunut, mitatoity, rauennut,

    odrzucona, odrzucony, odrzucone, anulowana, anulowany, anulowane, nieudana, niezrealizowana,
    niezrealizowany, wycofana, odwolana,

    annullato, annullata, rifiutato, rifiutata, respinto, respinta, fallito, fallita, scaduto,
    scaduta, negato, negata, non eseguito, non eseguita,

    zamitnuto, zamitnuta, zruseno, zrusena, stornovano, stornovana, neuspesna, neuspesne,
    odmitnuto, odmitnuta, neprovedeno, neprovedena""")

BOOKED: Final = listed("""
    completed, complete, booked, settled, posted, cleared, processed, executed, done, success,
    successful, succeeded, ok, paid, final, finalised, finalized, confirmed, closed, reconciled,
    refunded, partially refunded, book,

    gebucht, verbucht, ausgefuhrt, abgeschlossen, erledigt, bezahlt, bestatigt, erfolgreich,
    wertgestellt, abgerechnet, berechnet, belastet, gutgeschrieben,

    comptabilise, comptabilisee, effectue, effectuee, execute, executee, termine, terminee,
    traite, traitee, regle, reglee, valide, validee, confirme, confirmee, realise, realisee,
    passe, passee, reussi, reussie,

    completado, completada, contabilizado, contabilizada, liquidado, liquidada, realizado,
    realizada, ejecutado, ejecutada, procesado, procesada, confirmado, confirmada, finalizado,
    finalizada, efectuado, efectuada,

    concluido, concluida, efetuado, efetuada, processado, processada, lancado, lancada,
    executado, executada, completo, efetivado, efetivada,

    verwerkt, geboekt, voltooid, uitgevoerd, afgerond, voldaan, betaald,

    bokford, bokfort, genomford, genomfort, klar, utford, slutford, slutfort, betald,
    gjennomfort, fullfort, utfort, betalt, ferdig, bogfort, gennemfort, udfort, afsluttet,

    kirjattu, toteutunut, toteutettu, valmis, suoritettu, maksettu,

    zaksiegowana, zaksiegowany, zaksiegowano, zaksiegowane, zrealizowana, zrealizowany,
    zrealizowano, zrealizowane, rozliczona, rozliczony, rozliczono, wykonana, wykonany, wykonano,
    zakonczona, zakonczony,

    contabilizzato, contabilizzata, eseguito, eseguita, completato, completata, regolato,
    regolata, confermato, confermata, effettuato, effettuata, addebitato, accreditato,

    zauctovano, zauctovana, provedeno, provedena, dokonceno, dokoncena, vyrizeno, vyrizena,
    zpracovano, zpracovana, uhrazeno""")

_STATES: Final[dict[str, State]] = {
    **dict.fromkeys(PENDING, "pending"),
    **dict.fromkeys(FAILED, "failed"),
    **dict.fromkeys(BOOKED, "booked"),
}
_IN_DOUBT: Final = listed("""
    not, no, non, nicht, nao, ne, pas, niet, ej, inte, ikke, ei, nie, un, partially, partly,
    partial, teilweise, partiellement, parcialmente, gedeeltelijk, delvis, osittain, czesciowo,
    parzialmente, castecne, to be, noch""")
"""Beside one of these, a word of a state may mean another."""

_UNBOOKED: Final = PENDING | FAILED
STATE_COLUMNS: Final = listed("""
    state, status, transaction status, booking status, payment status, transaction state,
    entry status, posting status,
    buchungsstatus, umsatzstatus, zahlungsstatus, transaktionsstatus, status der buchung, zustand,
    statut, etat, statut de l operation, etat de l operation, statut de la transaction,
    estado, estado del movimiento, estado de la operacion, estado da transacao, situacao,
    situacion, estado do movimento, stato, stato operazione, stato del movimento,
    boekingsstatus, tilstand, tila, tilanne, tapahtuman tila, stan, stan transakcji,
    status transakcji, stav, stav transakce, stav platby""")


def state_in(text: str) -> State | None:
    """The state that a cell of a column of states names; None for one that is not known."""
    phrase = folded(text)
    state = _STATES.get(phrase)
    words = phrase.split()
    if state is not None or _IN_DOUBT.intersection(words) or len(words) > 3:
        return state
    states = {_STATES[word] for word in words if word in _STATES}
    return states.pop() if len(states) == 1 else None


_YES: Final = listed("yes, y, true, 1, x, ja, j, oui, o, si, s, sim, tak, kylla, ano, da, wahr")
_NO: Final = listed("no, n, false, 0, nein, non, nao, nej, nei, nee, nie, ei, ne, falsch")
_OPPOSITE: Final[dict[State, State]] = {
    "pending": "booked",
    "failed": "booked",
    "booked": "pending",
}


def states_by_name(column: str, texts: Iterable[str]) -> dict[str, State] | None:
    """The state that each text means below a name such as *Pending*: ``yes`` or ``no``.

    None where the name is no state, or a text is neither.
    """
    state = state_in(column)
    if state is None:
        return None
    said = {text: folded(text) for text in texts}
    if not all(word in _YES or word in _NO for word in said.values()):
        return None
    return {text: state if word in _YES else _OPPOSITE[state] for text, word in said.items()}


def is_unbooked(text: str) -> bool:
    """Whether a cell is nothing but a word for a row that is not booked, or never will be."""
    return folded(text) in _UNBOOKED


_PENDING_SOMEWHERE: Final = re.compile(
    r"\b(?:pending|vorgemerkt|vormerkung|pendiente|pendente|reserverat|reservert|reserveret)\b",
    re.IGNORECASE,
)


def speaks_of_pending(text: str) -> bool:
    """Whether a description speaks of an entry that is not booked, in any way."""
    return _PENDING_SOMEWHERE.search(text) is not None


# ── balances ────────────────────────────────────────────────────────────────────────────────────

_OPENING: Final = listed("""
    opening balance, beginning balance, starting balance, start balance, initial balance,
    previous balance, prior balance, old balance, balance brought forward, brought forward,
    balance b f, balance bf, b f, balance b d, balance brought fwd,
    balance fwd, balance b fwd, balance forward, last statement balance,
    anfangssaldo, anfangsbestand, anfangskontostand, alter saldo, alter kontostand,
    letzter kontostand, letzter saldo, saldovortrag, eroffnungssaldo, startsaldo, kontostand alt,
    ancien solde, solde precedent, solde initial, solde anterieur, solde d ouverture,
    solde de depart, report a nouveau, solde reporte, ancien solde crediteur, ancien solde debiteur,
    saldo anterior, saldo inicial, saldo previo, saldo de apertura, saldo de abertura, saldo ant,
    beginsaldo, vorig saldo, oud saldo, openingssaldo,
    ingaende saldo, ingaende balans, inngaende saldo, inngaende balanse, primosaldo, saldo primo,
    indgaende saldo, alkusaldo, edellinen saldo,
    saldo poczatkowe, poprzednie saldo, saldo poprzednie, saldo otwarcia,
    saldo iniziale, saldo precedente, saldo di apertura, saldo contabile iniziale,
    saldo iniziale contabile,
    pocatecni zustatek, pocatecni stav, predchozi zustatek,
    algsaldo, algjaak, pradinis likutis, likutis pradziai, sakuma atlikums, sakuma saldo,
    sold initial, sold precedent, devreden bakiye, acilis bakiyesi, входящии остаток,
    начальныи остаток, saldo awal""")
_CLOSING: Final = listed("""
    closing balance, ending balance, end balance, final balance, new balance,
    balance carried forward, carried forward, balance c f, balance cf, c f, balance c d,
    statement balance,
    endsaldo, schlusssaldo, schlussaldo, neuer saldo, neuer kontostand, abschlusssaldo, endbestand,
    schlussbestand, endkontostand, kontostand neu,
    nouveau solde, solde final, solde de cloture, solde de fin, nouveau solde crediteur,
    nouveau solde debiteur,
    saldo final, saldo de cierre, nuevo saldo, saldo de fecho, novo saldo,
    eindsaldo, nieuw saldo, slotsaldo,
    utgaende saldo, utgaende balans, utgaende balanse, sluttsaldo, ultimosaldo, saldo ultimo,
    slutsaldo, ny saldo, udgaende saldo, loppusaldo, uusi saldo,
    saldo koncowe, saldo zamkniecia, nowe saldo,
    saldo finale, nuovo saldo, saldo di chiusura, saldo contabile finale, saldo finale contabile,
    konecny zustatek, konecny stav, novy zustatek,
    loppsaldo, loppjaak, galutinis likutis, likutis pabaigai, beigu atlikums, beigu saldo,
    sold final, kapanis bakiyesi, исходящии остаток, конечныи остаток, saldo akhir""")
_CURRENT: Final = listed("""
    current balance, available balance, account balance, running balance, daily balance,
    ledger balance, end of day balance,
    kontostand, aktueller kontostand, tagessaldo, aktueller saldo, kontosaldo, zwischensaldo,
    saldo actual, saldo disponible, saldo contable, saldo do dia, saldo diario, saldo atual,
    saldo disponivel, saldo contabilistico, saldo em conta, saldo em conta corrente, saldo parcial,
    saldo total, saldo total disponivel, saldo total disponivel dia, saldo final do dia, saldo dia,
    solde actuel, solde du jour, solde intermediaire, solde du compte, solde comptable,
    solde disponible, solde crediteur, solde debiteur,
    saldo attuale, saldo contabile, saldo disponibile, saldo del conto, huidig saldo, actueel saldo,
    nuvarande saldo, tilin saldo, saldo biezace, saldo dostepne, aktualni zustatek""")
_BARE: Final = listed("balance, saldo, solde, zustatek, bal")
"""Also what a payment for the rest of a debt is called."""
_TOTAL: Final = listed("""
    total, totals, subtotal, grand total, sum, summe, gesamt, gesamtsumme, zwischensumme,
    umsatzsumme, totaux, total general, total geral, totale, totali, totaal, totais, totales, suma,
    celkem, razem, yhteensa, summa, sammanlagt, totalt, i alt""")
"""Also the names of shops and filling stations."""

_TURNOVER: Final = listed("""
    turnover, turnovers, kaive, kaibed, apyvarta, apgrozijums, apgrozijumi, obroty, umsatze gesamt,
    обороты, обороты за период""")
"""What all entries of a day or a file come to."""

_BALANCES: Final[dict[str, BalanceKind]] = {
    **dict.fromkeys(_TOTAL, "total"),
    **dict.fromkeys(_TURNOVER, "turnover"),
    **dict.fromkeys(_BARE, "bare"),
    **dict.fromkeys(_CURRENT, "current"),
    **dict.fromkeys(_CLOSING, "closing"),
    **dict.fromkeys(_OPENING, "opening"),
}
_JOINED: Final = {phrase.replace(" ", ""): kind for phrase, kind in _BALANCES.items()}
_BEFORE_A_DATE: Final = listed("""
    vom, am, per, zum, au, al, a, em, as, of, at, on, op, pr, den, dne, ke, na, dzien, le, del, de,
    eur, usd, gbp, chf, brl, sek, nok, dkk, pln, czk, in, en""")


def balance_in(text: str) -> BalanceKind | None:
    """What kind of balance a cell names, if it says nothing else but its date."""
    words = folded(text).split()
    while words:
        spaced_out = all(len(word) == 1 for word in words)
        kind = _JOINED.get("".join(words)) if spaced_out else _BALANCES.get(" ".join(words))
        if kind is not None:
            return kind
        last = words.pop()
        if last not in _BEFORE_A_DATE and not last.isdigit():
            return None
    return None


_SUMS: Final = (_TOTAL | _BARE | {"kontostand", "kontosaldo"}) - {"sum", "bal"}


def begins_as_balance(text: str) -> bool:
    """Whether a text begins with a word for a balance or a total, and may go on in any way."""
    return folded(text).partition(" ")[0] in _SUMS


_FIRST_WORDS: Final = frozenset(phrase.split()[0] for phrase in (*_BALANCES, *_UNBOOKED))


def may_begin(text: str) -> bool:
    """Whether a text may be a phrase of these; of most cells in a statement this tells enough."""
    if text.startswith(("#", "*")):
        text = text.lstrip("#* ")
    return text[:1].isalpha() and _is_first_word(text[:_LONGEST].partition(" ")[0])


@lru_cache(maxsize=10_000)
def _is_first_word(text: str) -> bool:
    first = folded(text).partition(" ")[0]
    return first in _FIRST_WORDS or len(first) == 1
