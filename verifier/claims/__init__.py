"""What a workbook claims, found by identity: no label is read."""
