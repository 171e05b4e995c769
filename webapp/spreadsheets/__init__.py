"""Files for spreadsheets. This package doesn't import Flask."""
