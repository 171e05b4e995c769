"""The floor: a Flask view that makes the one API call over a pooled connection and returns constant bytes."""

import os

import requests
from flask import Flask, Response

app = Flask(__name__)
session = requests.Session()
session.trust_env = False
session.auth = ("user", "password")
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=100))  # more than there are threads


@app.get("/groups")
def groups() -> Response:
    """Make the call, and return the page."""
    session.get(f"{os.environ['MESSENTE_API_URL']}/phonebook/groups", timeout=20).raise_for_status()
    return Response(b"<!doctype html><title>Groups</title>" + b"x" * 3000, mimetype="text/html")
