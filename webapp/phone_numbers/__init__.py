"""Parsing of phone numbers as people write them, and validation by numbering plans. It doesn't import Flask."""
