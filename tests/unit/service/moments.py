"""Kept until the bank tests have moved."""

from tests.support.clock import Clock, utc

__all__ = ["Clock", "utc"]
