"""The benchmark: `make bench` measures the dashboard beside its peers and writes RESULTS.md."""
