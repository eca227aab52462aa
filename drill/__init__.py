"""Long fault runs: `make drill`. Each file breaks something for real, again and again, and then counts what was lost."""
