"""Memberships: add contacts to a group and remove them from it."""
