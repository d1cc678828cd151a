"""Row checks: every value of a canonical table typed, every bad row set aside with its reason."""
