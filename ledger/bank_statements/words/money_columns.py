"""What banks call their columns of amounts and balances, as `column_names` has them."""

from __future__ import annotations

from typing import Final

MONEY: Final[dict[str, dict[str, str]]] = {
    "amount": {
        "English": """
            amount, transaction amount, booking amount, amt, txn amount, tran amount,
            credit debit amount, debit credit amount""",
        "German": "betrag, umsatz, buchungsbetrag, transaktionsbetrag",
        "Dutch": "bedrag, transactiebedrag",
        "French": "montant, montant de l operation, montant operation",
        "Spanish": "importe, monto, cantidad",
        "Portuguese": "montante, importancia, quantia",
        "Italian": "importo, importo operazione",
        "Polish": "kwota, kwota operacji, kwota transakcji",
        "Nordic": "belopp, belop, belob, maara, maara euroa, summa",
        "Czech": "castka, objem, castka v mene uctu",
        "Hungarian": "osszeg",
        "Romanian and Lithuanian": "suma",
        "Turkish": "tutar, islem tutari",
        "Russian": "сумма платежа, сумма операции, сумма",
        "Indonesian": "jumlah, nominal",
        "Japanese and Chinese": "金額, 取引金額, 金额, 交易金额, 交易金額",
        "Spanish and Portuguese": "valor",
        "English, and before and after a fee": "value, net, gross, net amount, gross amount",
        "German, before and after a fee": "netto, brutto",
    },
    "debit": {
        "English": """
            debit, debits, debit amount, debit amt, debit value, debit dr, dr, dr amount, paid out,
            money out, withdrawal, withdrawals, withdrawal amount, withdrawal amt, withdrawal dr,
            withdrawals dr, amount out, amount debit, amount debited, outflow, out,
            purchases, purchase, charges, payments, payment""",
        "German": """
            soll, sollbetrag, lastschrift, lastschriften, belastung, belastungen, ausgang, ausgange,
            ausgabe, ausgaben, auszahlung, auszahlungen""",
        "Dutch": "af, debet, uitgaven, bedrag af",
        "French": "debit, sortie, sorties, montant debit, depense, depenses, retrait, retraits",
        "Spanish": """
            cargo, cargos, monto cargo, monto cargos, importe cargo, debe,
            debito, debitos, retiro, retiros, salida, salidas, gasto, gastos,
            egreso, egresos""",
        "Portuguese": "debito, debitos, saida, saidas, despesa, despesas",
        "Italian": "dare, uscita, uscite, addebito, addebiti",
        "Polish": "obciazenie, obciazenia, wydatki, wyplata, wyplaty",
        "Nordic": """
            ut, ud, uttag, utbetaling, udbetaling, ut fra konto, ut av konto, ut konto, debet""",
        "Czech": "vydaj, vydaje, odchozi",
        "Hungarian": "terheles",
        "Turkish": "borc",
        "Russian": "расход, списание, дебет",
        "Japanese": """
            お支払金額, 支払金額, お支払い金額, 支払い金額, お引出し, お引出金額,
            引出金額, 出金, 出金額, 出金金額""",
        "Chinese": "支出, 支出金额, 支出金額",
    },
    "credit": {
        "English": """
            credit, credits, credit amount, credit amt, credit value, credit cr, cr, cr amount,
            paid in, money in, deposit, deposits, deposit amount, deposit amt, deposit cr,
            deposits cr, amount in, amount credit, amount credited, inflow, in, receipts,
            receipt""",
        "German": """
            haben, habenbetrag, gutschrift, gutschriften, eingang, eingange, einnahme, einnahmen,
            einzahlung, einzahlungen""",
        "Dutch": "bij, credit, inkomsten, bedrag bij",
        "French": "credit, entree, entrees, montant credit, recette, recettes, depot, depots",
        "Spanish": """
            abono, abonos, monto abono, monto abonos, importe abono, haber, ingreso,
            ingresos, credito, creditos, deposito, depositos,
            entrada, entradas""",
        "Portuguese": "credito, creditos, entrada, entradas, receita, receitas",
        "Italian": "avere, entrata, entrate, accredito, accrediti",
        "Polish": "uznanie, uznania, wplywy, wplata, wplaty",
        "Nordic": "inn, ind, insattning, innbetaling, indbetaling, inn pa konto, inn konto, kredit",
        "Czech": "prijem, prijmy, prichozi",
        "Hungarian": "jovairas",
        "Turkish": "alacak",
        "Russian": "приход, зачисление, кредит",
        "Japanese": """
            預かり金額, お預り金額, 預り金額, お預かり金額, お預入れ, お預入金額,
            預入金額, 入金, 入金額, 入金金額""",
        "Chinese": "收入, 收入金额, 收入金額, 存入, 存入金额",
        "English, of cards": "payments",
    },
    "balance": {
        "English": """
            balance, running balance, running bal, account balance, closing balance, ledger balance,
            balance after, balance after transaction, book balance, new balance, bal""",
        "German": "saldo, kontostand, saldo nach buchung, neuer saldo, neuer kontostand",
        "Dutch": """
            endsaldo, saldo na mutatie, saldo na trn, saldo na boeking, nieuw saldo,
            resulterend saldo""",
        "French": "solde, solde apres operation, nouveau solde, solde comptable",
        "Spanish and Portuguese": """
            saldo contable, saldo tras operacion, saldo contabilistico, saldo apos lancamento""",
        "Italian": "saldo contabile, saldo finale",
        "Polish": "saldo po operacji, saldo po transakcji, saldo koncowe",
        "Nordic": "bokfort saldo, bogfort saldo, saldo efter",
        "Czech": "zustatek, zustatek po transakci",
        "Hungarian": "egyenleg, konyvelt egyenleg",
        "Romanian": "sold, sold contabil",
        "Baltic": "jaak, likutis, atlikums",
        "Turkish": "bakiye, guncel bakiye",
        "Russian": "остаток, баланс",
        "Japanese and Chinese": "残高, 差引残高, 余额, 账户余额, 餘額, 結餘",
        "such as need not follow from the entries": """
            available balance, verfugbarer saldo, solde disponible, saldo disponible,
            saldo disponivel, saldo disponibile""",
    },
}
