"""The side building: reads what the house has published and answers questions about it; it never writes to the house."""
