"""Banks of Germany, Austria and Switzerland."""

# ruff: noqa: E501 - lines as banks write them

from __future__ import annotations

from tests.support.bank_statements.layouts import Layout

GERMAN = {
    "deutsche bank": Layout(
        "EUR",
        """
Umsätze Persönliches Konto;;;Kundennummer: 100 1234567

01.02.2024 - 29.02.2024
Letzter Kontostand;;;;1.000,00;EUR
Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;BIC;Fremde Gebühren;Betrag;Anzahl der Schecks;Soll;Haben;Währung
29.02.2024;29.02.2024;SEPA-Lastschrift;Versicherung;Beitrag;DE1;X;;;;-54,00;;EUR
28.02.2024;28.02.2024;SEPA-Gutschrift;Firma;Lohn;DE1;X;;;;;2.100,00;EUR
Kontostand;29.02.2024;;;3.046,00;EUR
""",
        """
2024-02-29 -54.00 Versicherung: Beitrag
2024-02-28 2100.00 Firma: Lohn
""",
    ),
    "volksbank, with a name for the last column": Layout(
        "EUR",
        """
Volksbank Musterstadt;;;;;;
Buchungstag;Valuta;Auftraggeber/Zahlungsempfänger;Empfänger/Zahlungspflichtiger;Konto-Nr.;IBAN;Vorgang/Verwendungszweck;Währung;Umsatz;S/H
18.06.2019;18.06.2019;Ana;Laden;;DE1;Einkauf;EUR;18,45;S
17.06.2019;17.06.2019;Ana;Firma;;DE1;Lohn;EUR;1.612,00;H
""",
        """
2019-06-18 -18.45 Laden: Einkauf
2019-06-17 1612.00 Firma: Lohn
""",
    ),
    "volksbank, new": Layout(
        "EUR",
        """
Bezeichnung Auftragskonto;IBAN Auftragskonto;BIC Auftragskonto;Bankname Auftragskonto;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;BIC (SWIFT-Code) Zahlungsbeteiligter;Buchungstext;Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung;Bemerkung;Gekennzeichneter Umsatz
Giro;DE00;GENO;Volksbank;14.02.2025;14.02.2025;Laden;DE11;AAAA;Basislastschrift;Einkauf;-18,45;EUR;981,55;;
Giro;DE00;GENO;Volksbank;13.02.2025;13.02.2025;Firma;DE12;BBBB;Gutschrift;Lohn;1000,00;EUR;1000,00;;
""",
        """
2025-02-14 -18.45 Laden: Einkauf
2025-02-13 1000.00 Firma: Lohn
""",
    ),
    "sparkasse": Layout(
        "EUR",
        """
"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Beguenstigter/Zahlungspflichtiger";"Kontonummer";"BLZ";"Betrag";"Waehrung";"Info"
"DE00";"16.12.25";"16.12.25";"KARTENZAHLUNG";"Einkauf";"TANKSTELLE";"DE12";"XXXX";"-100,00";"EUR";"Umsatz gebucht"
"DE00";"15.12.25";"15.12.25";"GUTSCHR";"Gehalt";"Firma";"DE11";"XXXX";"1.250,00";"EUR";"Umsatz gebucht"
""",
        """
2025-12-16 -100.00 TANKSTELLE: Einkauf
2025-12-15 1250.00 Firma: Gehalt
""",
    ),
    "dkb": Layout(
        "EUR",
        """
"Girokonto";"DE00120300000000000000"
"Kontostand vom 17.01.2026:";"3.001,01 €"
""
"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";"Umsatztyp";"IBAN";"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"
"17.01.26";"17.01.26";"Gebucht";"Ana";"Tanke";"VISA Debitkartenumsatz";"Ausgang";"DE2";"-50,00";"";"";""
"16.01.26";"16.01.26";"Gebucht";"Firma X";"Ana";"Lohn";"Eingang";"DE1";"3.000,00";"";"";""
""",
        """
2026-01-17 -50.00 VISA Debitkartenumsatz
2026-01-16 3000.00 Lohn
""",
    ),
    "comdirect": Layout(
        "EUR",
        """
"Umsätze Girokonto";"Zeitraum: 30 Tage";
"Neuer Kontostand";"1.914,05 EUR";

"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";
"17.08.2021";"18.08.2021";"Lastschrift / Belastung";"STADTWERKE";"-85,95";
"16.08.2021";"16.08.2021";"Übertrag / Überweisung";"Lohn";"1.200,00";

"Alter Kontostand";"2.000,00 EUR";
""",
        """
2021-08-17 -85.95 STADTWERKE
2021-08-16 1200.00 Lohn
""",
    ),
    "n26": Layout(
        "EUR",
        """
"Date","Payee","Account number","Transaction type","Payment reference","Amount (EUR)","Amount (Foreign Currency)","Type Foreign Currency","Exchange Rate"
"2025-02-13","Firma","DE11","Income","Lohn","1500.0","","",""
"2025-02-14","Shop","","MasterCard Payment","","-12.5","-13.2","USD","1.056"
"2025-02-15","Ana","DE12","Outgoing Transfer","Miete","-700.0","","",""
""",
        """
2025-02-13 1500.00 Firma: Lohn
2025-02-14 -12.50 Shop
2025-02-15 -700.00 Ana: Miete
""",
    ),
    "n26, new": Layout(
        "EUR",
        """
"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)","Original Amount","Original Currency","Exchange Rate"
2025-02-13,2025-02-13,Firma,DE11,Credit Transfer,Lohn,Main,1500.00,,,
2025-02-14,2025-02-13,Shop,,Presentment,,Main,-12.50,13.20,USD,1.056
""",
        """
2025-02-13 1500.00 Firma: Lohn
2025-02-14 -12.50 Shop
""",
    ),
    "ing": Layout(
        "EUR",
        """
Umsatzanzeige;Datei erstellt am: 15.02.2025 10:00

IBAN;DE00 5001
Kontoname;Girokonto
Saldo;1.481,55;EUR

Buchung;Wertstellungsdatum;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung
14.02.2025;14.02.2025;Laden;Lastschrift;Einkauf;1.481,55;EUR;-18,45;EUR
13.02.2025;13.02.2025;Firma;Gutschrift;Lohn;1.500,00;EUR;1.500,00;EUR
""",
        """
2025-02-14 -18.45 Laden: Einkauf
2025-02-13 1500.00 Firma: Lohn
""",
    ),
    "commerzbank": Layout(
        "EUR",
        """
Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;IBAN Kontoinhaber;Kategorie
14.02.2025;14.02.2025;Lastschrift;Stadtwerke Abschlag;-85,95;EUR;DE00;
13.02.2025;13.02.2025;Gutschrift;Firma Lohn;1.200,00;EUR;DE00;
""",
        """
2025-02-14 -85.95 Stadtwerke Abschlag
2025-02-13 1200.00 Firma Lohn
""",
    ),
    "ubs": Layout(
        "CHF",
        """
Abschlussdatum;Buchungsdatum;Valutadatum;Währung;Belastung;Gutschrift;Einzelbetrag;Saldo;Transaktions-Nr.;Beschreibung1;Beschreibung2
2025-02-14;2025-02-14;2025-02-14;CHF;-25.50;;;1174.50;101;Coop;Einkauf
2025-02-13;2025-02-13;2025-02-13;CHF;;1200.00;;1200.00;100;Firma AG;Lohn
""",
        """
2025-02-14 -25.50 Coop, Einkauf
2025-02-13 1200.00 Firma AG, Lohn
""",
    ),
    "postfinance": Layout(
        "CHF",
        """
Datum von:;01.02.2025
Konto:;CH00
Währung:;CHF
Buchungsdatum;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Valuta;Saldo in CHF
14.02.2025;KAUF COOP;;-25.50;14.02.2025;1174.50
13.02.2025;LOHN FIRMA;1200.00;;13.02.2025;1200.00
""",
        """
2025-02-14 -25.50 KAUF COOP
2025-02-13 1200.00 LOHN FIRMA
""",
    ),
}
