"""What the house costs: each file one question, with its baseline measured in the same run."""
