"""Training tables: finding them, what they train, and which of their cells are wrong."""
