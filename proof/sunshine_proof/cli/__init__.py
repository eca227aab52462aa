"""Programs of their own, for those who check or witness: these read files and speak to networks, the rest does not."""
