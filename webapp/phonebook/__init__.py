"""Messente's Phonebook API as Python. Knows no Flask, and nothing of the rest of the dashboard."""

from webapp.phonebook.client import PhonebookClient
from webapp.phonebook.models import Contact, Group, Rows
from webapp.phonebook.transport import Transport

__all__ = ["Contact", "Group", "PhonebookClient", "Rows", "Transport"]
