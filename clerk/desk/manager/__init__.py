"""What the manager sees: nights, audit, requests of members, prep list and scorecard."""
