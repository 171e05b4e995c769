"""A client for Messente's Phonebook API. It imports neither Flask nor the rest of the dashboard."""

from webapp.phonebook.client import PhonebookClient
from webapp.phonebook.models import Contact, Group, Rows
from webapp.phonebook.pace import Pace
from webapp.phonebook.transport import Transport

__all__ = ["Contact", "Group", "Pace", "PhonebookClient", "Rows", "Transport"]
