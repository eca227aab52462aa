"""Files by content: a blob is its SHA-256, stored once, streamed in and out."""
