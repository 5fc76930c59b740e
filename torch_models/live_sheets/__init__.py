"""A trained CNN as a network of live sheets."""
