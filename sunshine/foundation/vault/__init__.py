"""Certificates, signatures, people's keyrings and the log's key. The mathematics is in `sunshine_proof`."""
