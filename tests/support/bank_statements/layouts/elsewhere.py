"""Banks of other countries, and those that are nowhere."""

# ruff: noqa: E501 - lines as banks write them

from __future__ import annotations

from tests.support.bank_statements.layouts import Layout

ELSEWHERE = {
    "ing netherlands": Layout(
        "EUR",
        """
"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij","Bedrag (EUR)","Mutatiesoort","Mededelingen"
"20250214","Albert Heijn 1234","NL00INGB","","BA","Af","23,45","Betaalautomaat","Pasvolgnr: 001"
"20250213","A Souza","NL00INGB","NL01","OV","Bij","1234,00","Overschrijving","Huur; februari"
""",
        """
2025-02-14 -23.45 Albert Heijn 1234: Pasvolgnr: 001
2025-02-13 1234.00 A Souza: Huur; februari
""",
    ),
    "rabobank": Layout(
        "EUR",
        """
"IBAN/BBAN","Munt","BIC","Volgnr","Datum","Rentedatum","Bedrag","Saldo na trn","Tegenrekening IBAN/BBAN","Naam tegenpartij","Omschrijving-1"
"NL00RABO","EUR","RABO","001","2025-02-13","2025-02-13","+1000,00","+1000,00","NL01","Werkgever","Salaris"
"NL00RABO","EUR","RABO","002","2025-02-14","2025-02-14","-12,50","+987,50","NL02","Winkel","Boodschappen"
""",
        """
2025-02-13 1000.00 Werkgever: Salaris
2025-02-14 -12.50 Winkel: Boodschappen
""",
    ),
    "bnp belgium": Layout(
        "EUR",
        """
Numéro de séquence;Date d'exécution;Date valeur;Montant;Devise du compte;CONTREPARTIE DE LA TRANSACTION;Détails;Numéro de compte
2018-0010;13/02/2018;12/02/2018;-25,00;EUR;BOULANGERIE;PAIEMENT;BE00
2018-0011;14/02/2018;14/02/2018;1.500,00;EUR;EMPLOYEUR;SALAIRE;BE00
""",
        """
2018-02-13 -25.00 BOULANGERIE: PAIEMENT
2018-02-14 1500.00 EMPLOYEUR: SALAIRE
""",
    ),
    "kbc": Layout(
        "EUR",
        """
Rekeningnummer;Rubrieknaam;Naam;Munt;Afschriftnummer;Datum;Omschrijving;Valuta;Bedrag;Saldo;credit;debet;rekeningnummer tegenpartij
BE00;Zicht;Ana;EUR;1;14/02/2025;WINKEL;14/02/2025;-12,50;987,50;;-12,50;BE11
BE00;Zicht;Ana;EUR;1;13/02/2025;LOON;13/02/2025;1000,00;1000,00;1000,00;;BE12
""",
        """
2025-02-14 -12.50 Ana: WINKEL
2025-02-13 1000.00 Ana: LOON
""",
    ),
    "boursorama": Layout(
        "EUR",
        """
dateOp;dateVal;label;category;supplierFound;amount;comment;accountNum;accountbalance
2025-02-14;2025-02-14;CARTE CAFE;Sorties;cafe;-3,50;;0001;996,50
2025-02-13;2025-02-13;VIR SALAIRE;Revenus;employeur;1000,00;;0001;1000,00
""",
        """
2025-02-14 -3.50 CARTE CAFE
2025-02-13 1000.00 VIR SALAIRE
""",
    ),
    "credit agricole": Layout(
        "EUR",
        """
Téléchargement du 15/02/2025;
Compte n° 123;
Solde au 15/02/2025 996,50 €

Date;Libellé;Débit euros;Crédit euros;
14/02/2025;CARTE CAFE;3,50;;
13/02/2025;VIREMENT SALAIRE;;1 000,00;
""",
        """
2025-02-14 -3.50 CARTE CAFE
2025-02-13 1000.00 VIREMENT SALAIRE
""",
    ),
    "a spanish bank with a Valor of dates": Layout(
        "EUR",
        """
Fecha;Valor;Concepto;Cargo;Abono;Saldo
14/02/2025;15/02/2025;CAFE;23,85;;100,00
13/02/2025;13/02/2025;NOMINA;;1.486,27;123,85
""",
        """
2025-02-14 -23.85 CAFE
2025-02-13 1486.27 NOMINA
""",
    ),
    "bbva": Layout(
        "EUR",
        """
F.Valor;Fecha;Concepto;Movimiento;Importe;Divisa;Disponible;Divisa;Observaciones
14/02/2025;14/02/2025;Pago con tarjeta;CAFE;-3,50;EUR;996,50;EUR;4000
13/02/2025;13/02/2025;Abono de nomina;EMPRESA;1.000,00;EUR;1.000,00;EUR;
""",
        """
2025-02-14 -3.50 Pago con tarjeta
2025-02-13 1000.00 Abono de nomina
""",
    ),
    "bradesco": Layout(
        "BRL",
        """
Extrato de: Ag: 1 | Conta: 2 | Entre 01/02/2025 e 15/02/2025;

Data;Histórico;Docto.;Crédito (R$);Débito (R$);Saldo (R$);
13/02/2025;SALARIO;1;2.500,00;;2.500,00;
14/02/2025;PIX PADARIA;2;;-123,45;2.376,55;
""",
        """
2025-02-13 2500.00 SALARIO
2025-02-14 -123.45 PIX PADARIA
""",
    ),
    "nubank": Layout(
        "BRL",
        """
Data,Valor,Identificador,Descrição
13/02/2025,2500.00,abc-1,Transferência recebida
14/02/2025,-123.45,abc-2,Compra no débito
""",
        """
2025-02-13 2500.00 Transferência recebida
2025-02-14 -123.45 Compra no débito
""",
    ),
    "intesa": Layout(
        "EUR",
        """
Data contabile;Data valuta;Descrizione;Accrediti;Addebiti;Descrizione estesa
14/02/2025;14/02/2025;PAGAMENTO POS;;-12,50;NEGOZIO
13/02/2025;13/02/2025;STIPENDIO;1.000,00;;AZIENDA
""",
        """
2025-02-14 -12.50 PAGAMENTO POS
2025-02-13 1000.00 STIPENDIO
""",
    ),
    "an italian bank with Dare and Avere": Layout(
        "EUR",
        """
Data;Valuta;Causale;Dare;Avere;Saldo
13/02/2025;13/02/2025;STIPENDIO;;1.000,00;1.000,00
14/02/2025;14/02/2025;POS NEGOZIO;12,50;;987,50
""",
        """
2025-02-13 1000.00 STIPENDIO
2025-02-14 -12.50 POS NEGOZIO
""",
    ),
    "mbank": Layout(
        "PLN",
        """
mBank S.A.;
#Klient;
ANA SOUZA;

#Data operacji;#Data księgowania;#Opis operacji;#Tytuł;#Nadawca/Odbiorca;#Numer konta;#Kwota;#Saldo po operacji;
2025-02-13;2025-02-13;PRZELEW;"Wynagrodzenie";"FIRMA";"12345";2 000,00;2 000,00;
2025-02-14;2025-02-14;ZAKUP;"Sklep";"SKLEP";"";-30,00;1 970,00;
""",
        """
2025-02-13 2000.00 FIRMA: PRZELEW
2025-02-14 -30.00 SKLEP: ZAKUP
""",
    ),
    "nordea sweden": Layout(
        "SEK",
        """
Bokföringsdag;Belopp;Avsändare;Mottagare;Namn;Rubrik;Saldo;Valuta
2025/02/14;-100,00;1234;;ICA;ICA MAXI;1900,00;SEK
2025/02/13;2000,00;;1234;Firma;LÖN;2000,00;SEK
""",
        """
2025-02-14 -100.00 ICA: ICA MAXI
2025-02-13 2000.00 Firma: LÖN
""",
    ),
    "dnb": Layout(
        "NOK",
        """
"Dato";"Forklaring";"Rentedato";"Ut fra konto";"Inn på konto"
"14.02.2025";"Varekjøp REMA";"14.02.2025";"100,00";""
"13.02.2025";"Lønn";"13.02.2025";"";"2.000,00"
""",
        """
2025-02-14 -100.00 Varekjøp REMA
2025-02-13 2000.00 Lønn
""",
    ),
    "danske bank": Layout(
        "DKK",
        """
"Dato";"Tekst";"Beløb";"Saldo";"Status";"Afstemt"
"13.02.2025";"Løn";"2.000,00";"2.000,00";"Udført";"Nej"
"14.02.2025";"Netto";"-100,00";"1.900,00";"Udført";"Nej"
""",
        """
2025-02-13 2000.00 Løn
2025-02-14 -100.00 Netto
""",
    ),
    "op finland": Layout(
        "EUR",
        """
"Kirjauspäivä";"Arvopäivä";"Määrä EUROA";"Laji";"Selitys";"Saaja/Maksaja";"Saajan tilinumero";"Viite";"Viesti"
"2025-02-14";"2025-02-14";"-12,50";"162";"PKORTTIMAKSU";"KAUPPA";"";"";"osto"
"2025-02-13";"2025-02-13";"1000,00";"710";"TILISIIRTO";"FIRMA";"FI00";"";"palkka"
""",
        """
2025-02-14 -12.50 KAUPPA: osto
2025-02-13 1000.00 FIRMA: palkka
""",
    ),
    "fio": Layout(
        "CZK",
        """
"ID pohybu";"Datum";"Objem";"Měna";"Protiúčet";"Název protiúčtu";"Zpráva pro příjemce"
"1";"13.02.2025";"20000,00";"CZK";"123";"Firma";"mzda"
"2";"14.02.2025";"-150,50";"CZK";"";"Obchod";"nákup"
""",
        """
2025-02-13 20000.00 Firma: mzda
2025-02-14 -150.50 Obchod: nákup
""",
    ),
    "a japanese bank": Layout(
        "JPY",
        """
日付,お取引内容,お支払金額,お預り金額,残高
2025/02/13,給与,,285000,285000
2025/02/14,カフェ,580,,284420
""",
        """
2025-02-13 285000 給与
2025-02-14 -580 カフェ
""",
    ),
    "revolut, without fees": Layout(
        "EUR",
        """
Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance
TOPUP,Current,2025-02-10 08:00:00,2025-02-10 08:00:05,Top-Up,500.00,0.00,EUR,COMPLETED,500.00
CARD_PAYMENT,Current,2025-02-11 09:00:00,2025-02-13 03:00:00,Café,-3.50,0.00,EUR,COMPLETED,496.50
""",
        """
2025-02-10 500.00 Top-Up
2025-02-13 -3.50 Café
""",
    ),
    "revolut, one top-up": Layout(
        "EUR",
        """
Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance
TOPUP,Current,2025-02-10 08:00:00,2025-02-10 08:00:05,Top-Up,500.00,0.00,EUR,COMPLETED,500.00
""",
        "2025-02-10 500.00 Top-Up",
    ),
    "wise": Layout(
        "EUR",
        """
"TransferWise ID",Date,Amount,Currency,Description,"Payment Reference","Running Balance","Exchange From","Exchange To","Exchange Rate","Payer Name","Payee Name","Payee Account Number",Merchant,"Total fees"
T-2,14-02-2025,-102.00,EUR,Sent money to Ana,,898.00,,,,,Ana,DE11,,2.00
T-1,13-02-2025,1000.00,EUR,Received money,Lohn,1000.00,,,,Firma,,,,0.00
""",
        """
2025-02-14 -102.00 Ana: Sent money to Ana
2025-02-13 1000.00 Received money
""",
    ),
}
