"""What the dashboard is measured beside."""
