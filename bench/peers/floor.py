"""The floor: a Flask view that makes the one API call by a pooled requests session, and answers the same bytes."""

import os

import requests
from flask import Flask, Response

API = os.environ["MESSENTE_API_URL"] + "/phonebook/groups"
PAGE = b"<!doctype html><title>Groups</title>" + b"x" * 3000

app = Flask(__name__)
session = requests.Session()
session.trust_env = False
session.auth = ("user", "password")
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=int(os.environ["BENCH_THREADS"])))


@app.get("/groups")
def groups() -> Response:
    """Make the call, and answer."""
    answer = session.get(API, timeout=20)
    answer.raise_for_status()
    return Response(PAGE, mimetype="text/html")
