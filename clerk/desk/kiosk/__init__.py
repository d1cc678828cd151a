"""What the member's own screen does: opening it, showing what is remembered, changing it."""
