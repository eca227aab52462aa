"""`evidence/1`: what a stranger needs to check one tender, in one file, and the checks themselves."""
