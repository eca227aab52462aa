"""The transparency log: storage and sequence. Its mathematics is in sunshine_proof."""
