"""The history store: every checked table a shop ever delivered, merged, below `<home>/books`."""
