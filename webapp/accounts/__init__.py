"""Who may use the dashboard: accounts, sign-in, sessions, roles."""
