"""How fast the dashboard is, beside its peers on the same machine: `make bench` writes RESULTS.md.

Nothing here runs in production, and nothing of the dashboard knows of it: it is measured as it is deployed.
"""
