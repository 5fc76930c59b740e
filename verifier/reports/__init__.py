"""What a verification found, in the forms that people and programs read; nothing here decides anything."""
