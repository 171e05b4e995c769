"""The blacklist: numbers that get no messages from any sender."""
