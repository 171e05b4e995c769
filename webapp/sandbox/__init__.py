"""The Phonebook API as a local server, with sample data: `python -m webapp.sandbox`.

It does what the vendor's document (version 2.1.0) says, and shares no code with the dashboard, so that one mistake
can't be on both sides of the wire.
"""
