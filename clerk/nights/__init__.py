"""The night of a machine: files taken in, a pack built, data exchanged, and the report about it."""
