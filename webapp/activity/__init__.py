"""The record of changes: what was done, by whom, when, and how it ended."""
