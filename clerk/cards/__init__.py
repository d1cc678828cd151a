"""Card codes: what is printed on a card, and its QR picture."""
