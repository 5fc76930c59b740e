"""The sheets of one step: Explore, with its numbers, and Steps, with its derivation."""
