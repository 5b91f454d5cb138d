"""What banks call their columns: in lower case, without accents and punctuation."""

from __future__ import annotations

from typing import Final

from ledger.bank_statements.words.money_columns import MONEY

_BY_LANGUAGE: Final[dict[str, dict[str, str]]] = {
    # The better names come first: the booking date is preferred to the value date.
    "date": {
        "English": """
            booking date, booked, booked at, booked on, book date, date booked, posting date,
            posted date, post date, posting dt, date posted, posted, transaction date, trans date,
            txn date, tran date, transactiondate, date of transaction, date, datetime, date time,
            completed date, date completed, date completed utc, finished on, entry date,
            process date, processed date, date processed, effective date""",
        "German": "buchungstag, buchungsdatum, buchung, datum",
        "Dutch": "boekdatum, boekingsdatum, transactiedatum",
        "French": """
            date de comptabilisation, date comptabilisation, date comptable, date d enregistrement,
            date op, date operation, date de l operation, date d operation, date d execution,
            date execution, date de transaction""",
        "Spanish": """
            fecha contable, fecha operacion, fecha de operacion, fecha de la operacion,
            fecha movimiento, fecha de movimiento, fecha, f contable, f operacion""",
        "Portuguese": """
            data lancamento, data de lancamento, data do lancamento, data mov, data movimento,
            data do movimento, data operacao, data da operacao, data da transacao""",
        "Italian": """
            data contabile, data registrazione, data operazione, data dell operazione,
            data movimento""",
        "Polish": "data ksiegowania, data operacji, data transakcji",
        "Portuguese, Italian and Polish": "data",
        "Swedish": """
            bokforingsdag, bokforingsdatum, bokford, bokfort, reskontradatum, transaktionsdatum""",
        "Norwegian": "bokforingsdato, bokfort dato, bokfort, transaksjonsdato",
        "Danish": "bogforingsdato, bogforingsdag, bogfort, bogfort dato",
        "Norwegian and Danish": "dato",
        "Finnish": "kirjauspaiva, kirjauspvm, tapahtumapaiva, paivamaara, pvm",
        "Czech": "datum zauctovani, datum provedeni, datum transakce, datum pohybu",
        "Hungarian": "konyveles datuma, konyvelesi datum, tranzakcio datuma, datum",
        "Romanian": "data inregistrarii, data tranzactiei, data tranzactie",
        "Baltic": "kande kuupaev, kuupaev, datums",
        "Turkish": "muhasebe tarihi, islem tarihi, tarih",
        "Russian": "дата проводки, дата операции, дата",
        "Indonesian": "tanggal transaksi, tanggal, tgl transaksi, tgl",
        "Japanese": "取引日, お取引日, 取引日付, 取扱日, 勘定日, 年月日, 日付, 利用日",
        "Chinese": "记账日期, 記帳日期, 交易日期, 交易日, 日期",
        "English, the value date": "value date, value dt, valuation date, settlement date",
        "German, the value date": "valuta, valutadatum, wertstellung, wertstellungsdatum, wert",
        "Dutch, the value date": "rentedatum",
        "French, the value date": "date valeur, date val, date de valeur, valeur",
        "Spanish, the value date": "fecha valor, fecha de valor, f valor",
        "Portuguese, the value date": "data valor, data de valor",
        "Spanish and Portuguese, the value date": "valor",
        "Italian, the value date": "data valuta",
        "Polish, the value date": "data waluty",
        "Turkish and Russian, the value date": "valor tarihi, дата валютирования, дата платежа",
        "Nordic, the value date": """
            valutadag, valuteringsdag, valuteringsdatum, valutadato, rentedato, rantedatum,
            arvopaiva""",
        "English, begun": "started date, date started, date started utc, created on, created utc",
    },
    **MONEY,
    # Columns of these names give the direction, whatever is in them.
    "direction": {
        "English": """
            direction, debit credit, credit debit, debit or credit, credit or debit,
            debit credit indicator, credit debit indicator, debit credit flag, dr cr, cr dr, d c,
            c d, dc, cd, drcr, crdr, cdi, in out, money in out, sign, d k, k d""",
        "German": "soll haben, s h, sh, sollhaben, soll haben kennzeichen, vorzeichen",
        "Dutch": "af bij, bij af, debet credit, credit debet",
        "French": "sens, debit credit",
        "Spanish and Portuguese": "debe haber, d h, debito credito, credito debito, cargo abono",
        "Italian": "dare avere, segno",
        "Polish": "kierunek, wn ma",
        "Nordic": "inn ut, ut inn, ind ud, debet kredit",
        "Baltic": "deebet kreedit, debetas kreditas, debets kredits",
        "Turkish and Russian": "borc alacak, дебет кредит, приход расход",
        "Indonesian": "debit kredit, debet kredit, db cr",
        "Japanese": "入払区分, 入出金区分",
    },
    # Columns of these names may give it, or other things.
    "type": {
        "English": "transaction type, type, details, txn type, tran type, entry type",
        "German": "typ, umsatztyp, transaktionstyp",
        "Spanish and Portuguese": """
            tipo, tipo de movimiento, tipo movimiento, tipo de movimento, tipo movimento,
            tipo de operacion, tipo de transacao""",
        "French": "type d operation, type operation, type de mouvement",
        "Polish": "typ operacji, typ transakcji",
    },
    "payee": {
        "English": """
            payee, payee name, merchant, merchant name, counterparty name, name, counterparty,
            counter party, beneficiary, partner name, sender recipient""",
        "German": """
            auftraggeber empfanger, auftraggeber begunstigter, beguenstigter zahlungspflichtiger,
            begunstigter zahlungspflichtiger, begunstigter auftraggeber, beguenstigter auftraggeber,
            empfanger zahlungspflichtiger, auftraggeber zahlungsempfanger,
            name zahlungsbeteiligter, zahlungsempfanger, zahlungspflichtiger, empfanger,
            begunstigter, sender empfanger, empfanger 1, empfaenger 1, empfaenger""",
        "Dutch": """
            naam tegenpartij, naam tegenpartij bevat, tegenrekeninghouder, naam omschrijving, naam,
            tegenpartij""",
        "French": """
            tiers, beneficiaire, contrepartie, contrepartie de la transaction,
            nom de la contrepartie""",
        "Spanish and Portuguese": "beneficiario, ordenante, destinatario, contraparte, nome",
        "Polish": "nadawca odbiorca, odbiorca nadawca, dane kontrahenta, kontrahent, odbiorca",
        "Nordic": "namn, navn, mottagare, mottaker, modtager, saaja, saaja maksaja",
        "Czech": "nazev protiuctu, nazev uctu protistrany, protistrana",
        "Hungarian": "partner neve, partner",
        "Baltic": "saaja maksja, saaja maksja nimi, gavejas moketojas, sanemejs maksatajs",
        "Turkish": "karsi taraf, alici gonderen, gonderen alici, alici",
        "Russian": "контрагент, получатель, плательщик",
        "Indonesian": "penerima",
    },
    "memo": {
        "English": """
            description, transaction description, memo, narrative, narration, transaction details,
            transaction narrative, transaction remarks, details, particulars, remarks, label,
            notification text""",
        "German": """
            verwendungszweck, vorgang verwendungszweck, beschreibung, buchungstext,
            buchungsdetails, betreff, text, avisierungstext""",
        "Dutch": "mededelingen, mededeling, omschrijving, omschrijving 1, transactie",
        "French": """
            libelle, libelle operation, libelle de l operation, libelle simplifie, libelles,
            nature de l operation, motif, communication, communications""",
        "Spanish": """
            descripcion, concepto, concepto movimiento, detalle, detalles, movimiento,
            observaciones""",
        "Portuguese": """
            descricao, descritivo, historico, lancamento, movimento, titulo,
            description transaction""",
        "Italian": """
            descrizione completa, descrizione, descrizione operazione, descrizione operazioni,
            causale, descrizione estesa, operazione, dettagli""",
        "Polish": "opis operacji, opis transakcji, opis, tytul operacji, tytul",
        "Nordic": """
            text mottagare, referens, beskrivelse, beskrivning, rubrik, tekst, forklaring,
            meddelande, meddelelse, selite, viesti, transaktion""",
        "Czech": "popis, popis transakce, zprava pro prijemce, poznamka",
        "Hungarian": "kozlemeny, megjegyzes, leiras",
        "Romanian": "descriere, detalii tranzactie, detalii",
        "Baltic": "selgitus, makse selgitus, mokejimo paskirtis, paskirtis, maksajuma merkis",
        "Turkish": "aciklama, islem aciklamasi",
        "Russian": "описание, назначение платежа, описание операции, назначение",
        "Indonesian": "keterangan, deskripsi, uraian",
        "Japanese and Chinese": """
            摘要内容, 摘要, お取引内容, 取引内容, 内容, 交易摘要, 备注, 利用店名""",
        "what may be a number, or says little": """
            payment reference, reference, note, notes, title""",
    },
    "currency": {
        "English": "currency, ccy, currency code, account currency",
        "German": "wahrung, waehrung, buchungswahrung, kontowahrung",
        "Dutch": "munt, muntsoort, devies",
        "French": "devise, devise du compte",
        "Spanish and Portuguese": "divisa, moneda, moeda",
        "Polish": "waluta",
        "Nordic and Italian": "valuta, valutta",
        "Baltic": "valuuta, valiuta",
        "Turkish, Russian and Indonesian": "para birimi, валюта платежа, валюта, mata uang",
        "Czech and Hungarian": "mena, deviza, devizanem, penznem",
        "Japanese and Chinese": "通貨, 币种, 幣別",
    },
    # The number of the account that the statement is of, beyond doubt.
    "own account": {
        "English": "own account, own account number, own iban, statement account",
        "German": "auftragskonto, iban auftragskonto, eigenes konto, konto auftraggeber",
        "Dutch": "iban bban, eigen rekening",
    },
    # Numbers of an account, the own or the other's: what else there is decides.
    "account": {
        "English": """
            account number, account no, account nr, account, account id, acct number, acct no, acct,
            iban""",
        "German": "kontonummer, konto, konto nr",
        "Dutch": "rekening, rekeningnummer",
        "French": "numero de compte, compte, numero du compte",
        "Spanish and Portuguese": "cuenta, numero de cuenta, conta, numero da conta",
        "Italian": "conto, numero conto",
        "Polish": "rachunek, numer rachunku, konto, numer konta",
        "Nordic": "kontonummer, kontonr, tilinumero, tili",
        "Czech": "cislo uctu",
    },
    # The other's account.
    "other account": {
        "English": """
            counterparty account, counterparty account number, counterparty iban, payee account,
            payee account number, partner iban, beneficiary account, to account""",
        "German": """
            gegenkonto, kontonummer iban, iban zahlungsbeteiligter, gegenkonto iban,
            iban gegenkonto, konto empfanger""",
        "Dutch": """
            tegenrekening, tegenrekening iban bban, rekening tegenpartij,
            rekeningnummer tegenpartij""",
        "French": "compte contrepartie, compte partie adverse, compte beneficiaire",
        "Polish": "rachunek kontrahenta, numer rachunku kontrahenta",
        "Czech": "cislo protiuctu, protiucet",
        "Nordic": "motkonto, modkonto, mottagarkonto",
    },
    # Beside one of these, the number of an account is the other's.
    "other party": {
        "any": """
            zahlungspflichtige r, zahlungsempfanger in, bic, bic swift code, swift, glaubiger id,
            glaubiger id, mandatsreferenz, creditor id, mandate reference"""
    },
    "fee": {
        "all": """
            fee, fees, fee amount, transaction fee, total fees, bank fee, charge, charges,
            commission, gebuhr, gebuhren, entgelt, spesen, provision, frais, commissions,
            comision, comisiones, comissao, tarifa, taxa, taxas, kosten, transactiekosten, avgift,
            avgifter, gebyr, gebyrer, kulu, kulut, palvelumaksu, oplata, prowizja, commissione,
            commissioni, spese, poplatek, poplatky,
            komisyon, комиссия, teenustasu""",
    },
    "time": {
        "all": """
            time, transaction time, booking time, time of day, uhrzeit, zeit, buchungszeit, heure,
            heure de l operation, hora, hora de la operacion, hora da transacao, tijd, tijdstip,
            tid, klokkeslett, tidspunkt, klockslag, klokkeslaet, aika, kellonaika, godzina, czas,
            ora, orario, cas, hodina""",
    },
    # The bank's own ids of entries.
    "id": {
        "all": """
            id, transaction id, transaction number, transaction no, transaction reference,
            transaction ref, reference number, reference no, ref number, ref no, reference id,
            fitid, fit id, bank reference, entry reference, unique id, operation id, payment id,
            transaktions id, transaktionsnummer, transaktions nr, buchungsreferenz, bankreferenz,
            buchungs id, buchungsnummer, umsatz id, referenznummer, id de transaction, id
            transaction, identifiant, numero d operation, reference de l operation, id
            transaccion, id de transaccion, numero de operacion, id operacion, referencia
            bancaria, id da transacao, id transacao, identificador, id da operacao, transactie id,
            transactiereferentie, transactienummer, transaktionsid, transaktionsreferens,
            transaksjonsid, arkivref, arkivreferanse, arkiveringsreferanse, arkistointitunnus,
            arkistotunnus, id transakcji, numer transakcji, numer referencyjny, id operacji, id
            transazione, id operazione, codice operazione, cro, id transakce, id pohybu, id
            operace, cislo transakce""",
    },
}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


AMOUNT_WORDS: Final = _set("""
    amount betrag umsatz bedrag montant importe importo kwota belopp belop belob castka""")
"""A name with one of them may be that of an amount."""
BALANCE_WORDS: Final = _set("""
    balance bal saldo kontostand solde zustatek egyenleg""")
NOT_AN_ENTRY: Final = _set("""
    fee fees tax vat balance rate points rewards reward cashback tip minimum limit interest
    charges gebuhr gebuhren steuer mwst saldo kurs kosten frais taxe solde tarifa comision
    iva""")
"""A name with one of them is not that of an entry's amount."""
FOREIGN: Final = _set("""
    original orig foreign fremdwahrung fremd ursprung ursprungsbetrag ursprungswahrung
    auslandsbetrag ausland origine devise divisa origen instructed""")
"""A name with one of them is that of an amount in another currency than the account's."""
EARLIER: Final = _set("""
    opening previous initial beginning starting start before anterior inicial alter voor
    avant""")
"""A name with one of them is that of a balance before the entry."""
SPENDING: Final = _set("""
    charge charges purchase purchases spending spent expense expenses cost debit ausgabe
    ausgaben depense depenses gasto gastos""")
"""Unsigned amounts in a column whose name has one of them may well be money out."""
CODES: Final = _set("""
    code codes kod koodi kodas kods codigo codice key schlussel buchungsschlussel textschlussel gvc
    geschaftsvorfallcode transaktionscode boekingscode""")
"""A name with one of them may be that of a bank's numbers for kinds of entries."""


def _names(by_language: dict[str, str]) -> tuple[str, ...]:
    names = (name for text in by_language.values() for name in text.split(","))
    return tuple(dict.fromkeys(" ".join(name.split()) for name in names))


NAMES: Final = {role: _names(by_language) for role, by_language in _BY_LANGUAGE.items()}
"""By role, the better ones first."""
