"""The overview: where the dashboard begins."""
