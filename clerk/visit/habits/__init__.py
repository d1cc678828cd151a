"""What one member buys again and again, how they take it, and when it is due."""
