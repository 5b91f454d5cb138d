"""Projections: tables that a fold keeps up with the log; they can be dropped and made again."""
