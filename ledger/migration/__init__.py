"""Ledgers of older file formats, which can be read for ever."""
