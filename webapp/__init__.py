"""The Phonebook dashboard."""
