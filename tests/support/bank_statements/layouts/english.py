"""Banks of the United States, Canada, the United Kingdom, Ireland, India, Singapore, Australia."""

# ruff: noqa: E501 - lines as banks write them

from __future__ import annotations

from tests.support.bank_statements.layouts import Layout

ENGLISH = {
    "chase": Layout(
        "USD",
        """
Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #
DEBIT,02/14/2025,SHOP,-12.50,DEBIT_CARD,987.50,,
CREDIT,02/13/2025,PAYROLL,1000.00,ACH_CREDIT,1000.00,,
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 PAYROLL
""",
    ),
    "chase card": Layout(
        "USD",
        """
Transaction Date,Post Date,Description,Category,Type,Amount,Memo
02/13/2025,02/14/2025,SHOP,Shopping,Sale,-12.50,
02/15/2025,02/15/2025,Payment Thank You,,Payment,100.00,
""",
        """
2025-02-14 -12.50 SHOP
2025-02-15 100.00 Payment Thank You
""",
    ),
    "bank of america": Layout(
        "USD",
        """
Description,,Summary Amt.
Beginning balance as of 02/01/2025,,"0.00"
Total credits,,"1,850.00"

Date,Description,Amount,Running Bal.
02/01/2025,INITIAL TRANSFER,"1,850.00","1,850.00"
02/14/2025,RENT,"-1,150.00","700.00"
""",
        """
2025-02-01 1850.00 INITIAL TRANSFER
2025-02-14 -1150.00 RENT
""",
    ),
    "capital one card": Layout(
        "USD",
        """
Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit
2025-02-13,2025-02-14,1234,SHOP,Merchandise,12.50,
2025-02-15,2025-02-15,1234,CAPITAL ONE PYMT,Payment/Credit,,100.00
2025-02-16,2025-02-17,5678,CAFE,Dining,4.25,
""",
        """
2025-02-14 -12.50 SHOP
2025-02-15 100.00 CAPITAL ONE PYMT
2025-02-17 -4.25 CAFE
""",
    ),
    "capital one 360": Layout(
        "USD",
        """
Account Number,Transaction Description,Transaction Date,Transaction Type,Transaction Amount,Balance
1234,Withdrawal from SHOP,02/14/25,Debit,12.5,987.5
1234,Deposit from PAYROLL,02/13/25,Credit,1000,1000
""",
        """
2025-02-14 -12.50 Withdrawal from SHOP
2025-02-13 1000.00 Deposit from PAYROLL
""",
    ),
    "amex": Layout(
        "USD",
        """
Date,Description,Card Member,Account #,Amount
02/14/2025,SHOP,ANA SOUZA,-12345,-12.50
02/13/2025,REFUND,ANA SOUZA,-12345,3.00
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 3.00 REFUND
""",
    ),
    "ally": Layout(
        "USD",
        """
Date, Time, Amount, Type, Description
2025-02-14,10:00:00,-12.5,Withdrawal,SHOP
2025-02-13,09:00:00,1000,Deposit,PAYROLL
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 PAYROLL
""",
    ),
    "a credit union": Layout(
        "USD",
        """
Transaction Number,Date,Description,Memo,Amount Debit,Amount Credit,Balance,Check Number,Fees
"1",02/13/2025,"Deposit","PAYROLL",,1000.00,1000.00,,
"2",02/14/2025,"Withdrawal","SHOP",-12.50,,987.50,,
""",
        """
2025-02-13 1000.00 Deposit
2025-02-14 -12.50 Withdrawal
""",
    ),
    "rbc": Layout(
        "CAD",
        """
"Account Type","Account Number","Transaction Date","Cheque Number","Description 1","Description 2","CAD$","USD$"
Chequing,00123-1234567,2/13/2025,,"PAYROLL","",1000.00,,
Chequing,00123-1234567,2/14/2025,,"SHOP","TORONTO",-12.50,,
""",
        """
2025-02-13 1000.00 PAYROLL
2025-02-14 -12.50 SHOP, TORONTO
""",
    ),
    "td canada": Layout(
        "CAD",
        """
Date,Transaction Description,Debit,Credit,Balance
02/13/2025,PAYROLL,,1000.00,1000.00
02/14/2025,SHOP,12.50,,987.50
""",
        """
2025-02-13 1000.00 PAYROLL
2025-02-14 -12.50 SHOP
""",
    ),
    "monzo": Layout(
        "GBP",
        """
Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,Notes and #tags,Address,Receipt,Description,Category split,Money Out,Money In
tx_1,14/02/2025,23:59:10,Card payment,Café,☕,Eating out,-3.40,GBP,-4.10,EUR,,1 Road,,CAFE PARIS,,-3.40,
tx_2,14/02/2025,00:10:00,Faster payment,Ana,,Income,50.00,GBP,50.00,GBP,thanks,,,Ana,,,50.00
""",
        """
2025-02-14 -3.40 Café: CAFE PARIS
2025-02-14 50.00 Ana: Ana
""",
    ),
    "starling": Layout(
        "GBP",
        """
Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes
13/02/2025,Employer,SALARY,FASTER PAYMENT,1000.00,1000.00,INCOME,
14/02/2025,Shop,SHOP LONDON,CONTACTLESS,-12.50,987.50,SHOPPING,
""",
        """
2025-02-13 1000.00 Employer: SALARY
2025-02-14 -12.50 Shop: SHOP LONDON
""",
    ),
    "lloyds": Layout(
        "GBP",
        """
Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance
14/02/2025,DEB,'11-22-33,12345678,SHOP,12.50,,987.50
13/02/2025,FPI,'11-22-33,12345678,SALARY,,1000.00,1000.00
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 SALARY
""",
    ),
    "barclays": Layout(
        "GBP",
        """
Number,Date,Account,Amount,Subcategory,Memo
,14/02/2025,20-00-00 12345678,-12.50,PAYMENT,SHOP
,13/02/2025,20-00-00 12345678,1000.00,FT,SALARY
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 SALARY
""",
    ),
    "hsbc": Layout(
        "GBP",
        """
Date,Type,Description,Paid out,Paid in,Balance
14 Feb 2025,VIS,SHOP,12.50,,987.50
13 Feb 2025,CR,SALARY,,"1,000.00","1,000.00"
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 SALARY
""",
    ),
    "nationwide, without a balance": Layout(
        "GBP",
        """
"Date","Transaction type","Description","Paid out","Paid in"
"14 Feb 2025","Visa purchase","SHOP","£12.50",""
"13 Feb 2025","Bank credit","SALARY","","£1000.00"
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 SALARY
""",
    ),
    "hdfc": Layout(
        "INR",
        """
Date,Narration,Value Dt,Withdrawal Amt.,Deposit Amt.,Chq./Ref.No.,Closing Balance
13/02/25,SALARY,13/02/25,0.00,"1,00,000.00",0001,"1,00,000.00"
14/02/25,UPI-SHOP,14/02/25,250.50,0.00,0002,"99,749.50"
""",
        """
2025-02-13 100000.00 SALARY
2025-02-14 -250.50 UPI-SHOP
""",
    ),
    "icici": Layout(
        "INR",
        """
S No.,Value Date,Transaction Date,Cheque Number,Transaction Remarks,Withdrawal Amount (INR ),Deposit Amount (INR ),Balance (INR )
1,13/02/2025,13/02/2025,-,SALARY,0.00,50000.00,50000.00
2,14/02/2025,14/02/2025,-,UPI/SHOP,250.50,0.00,49749.50
""",
        """
2025-02-13 50000.00 SALARY
2025-02-14 -250.50 UPI/SHOP
""",
    ),
    "a bank with Dr. and Cr.": Layout(
        "INR",
        """
Tran Date,Particulars,Amount,Dr/Cr,Balance
13-02-2025,SALARY,50000.00,Cr.,50000.00
14-02-2025,SHOP,250.50,Dr.,49749.50
""",
        """
2025-02-13 50000.00 SALARY
2025-02-14 -250.50 SHOP
""",
    ),
    "dbs": Layout(
        "SGD",
        """
Account Details For:,Savings 123
Statement as at:,15 Feb 2025

Transaction Date,Reference,Debit Amount,Credit Amount,Transaction Ref1,Transaction Ref2,Transaction Ref3
14 Feb 2025,POS,12.50, ,SHOP,SINGAPORE,
13 Feb 2025,SAL, ,1000.00,SALARY,,
""",
        """
2025-02-14 -12.50 POS
2025-02-13 1000.00 SAL
""",
    ),
    "anz new zealand": Layout(
        "NZD",
        """
Type,Details,Particulars,Code,Reference,Amount,Date,ForeignCurrencyAmount,ConversionCharge
Visa Purchase,4835-****,Shop,,,-12.50,14/02/2025,,
Direct Credit,Employer,Salary,Feb,2025,1000.00,13/02/2025,,
""",
        """
2025-02-14 -12.50 4835-****, Shop
2025-02-13 1000.00 Employer, Salary
""",
    ),
    "westpac": Layout(
        "AUD",
        """
Bank Account,Date,Narrative,Debit Amount,Credit Amount,Balance,Categories,Serial
032000123456,14/02/2025,SHOP,12.50,,987.50,POS,
032000123456,13/02/2025,SALARY,,1000.00,1000.00,DEP,
""",
        """
2025-02-14 -12.50 SHOP
2025-02-13 1000.00 SALARY
""",
    ),
}
