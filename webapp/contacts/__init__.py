"""Contacts: who they are, in which groups they are, and what becomes of them."""
