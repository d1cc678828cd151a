"""What is shown while the journal cannot be read: nothing that a withdrawal hides."""
