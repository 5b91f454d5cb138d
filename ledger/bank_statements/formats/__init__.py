"""Statements in formats of their own: OFX and QFX, camt, MT940 and MT942, QIF.

A file is known by its content (`recognising`), whatever its name; all that is not one of these goes
on to be read as a table. Each format has a module that turns the file into statements, and one or
two that know how its text is built. None of them guesses: what a standard says is taken, and what
contradicts it, or the file itself, is refused with the line.
"""
