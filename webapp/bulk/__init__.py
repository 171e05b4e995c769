"""Actions on many contacts: those that are ticked in a list, or all that it finds."""
