"""Access to the dashboard: sign-in, sessions and roles."""
