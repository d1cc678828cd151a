"""Row checks: every value of a canonical table typed, every bad row put in quarantine with its reason."""
