"""Exports of Shopify: customers, products, inventory, orders."""
