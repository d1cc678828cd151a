"""A member's rights over their data: erasure, export, and where copies remain."""
