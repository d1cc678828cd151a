"""Exports of Square: customers, catalog, item sales, transactions."""
