"""How answers are shown: tables for people, TSV, CSV and JSON for programs."""
