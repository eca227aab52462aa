"""Corrections a person makes to the national calendar, and the calendar in force."""
