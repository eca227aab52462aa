"""Formats and formulas a stranger needs to check a tender: one file, one format or one formula."""
