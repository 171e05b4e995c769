"""Functions about text. They know nothing of the rest of the dashboard."""
