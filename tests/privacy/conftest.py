"""The ledger on both engines, as the exchange's own tests have it."""

from __future__ import annotations

from tests.exchange.conftest import ledger_url, postgres_server

__all__ = ["ledger_url", "postgres_server"]
