"""The overview: the dashboard's first page."""
