"""Pure functions for text. They import nothing else of the dashboard."""
