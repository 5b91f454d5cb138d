"""Measurements. They are run by hand, print what they saw, and assert nothing about time."""
