"""The Phonebook API as a local server, with sample data: `python -m webapp.sandbox`.

It follows Messente's API documentation (version 2.1.0). It shares no code with the dashboard, so that a mistake in one
shows up in tests with the other.
"""
