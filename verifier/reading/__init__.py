"""Files into sheets of values and formulas; every file is taken for one that may have been made to do harm."""
