"""A small application with a fault of each kind that a scanner of web applications should find. Only for a loopback."""

import sqlite3
from pathlib import Path

from flask import Flask, Response, redirect, request

said: list[str] = []

PAGE = """<!doctype html><title>Bad</title>
<a href="/search?q=x">search</a> <a href="/groups?id=1">group</a> <a href="/go?to=/search">go</a>
<a href="/read?name=README.md">read</a> <a href="/said">said</a>
<form action="/said" method="post"><input name="text" value="x"><button>Say</button></form>
"""

FAULTS = {
    "Reflected Cross Site Scripting",
    "Stored Cross Site Scripting",
    "SQL Injection",
    "Open Redirect",
    "Path Traversal",
    "Cross Site Request Forgery",
    "Content Security Policy Configuration",
    "Clickjacking Protection",
    "MIME Type Confusion",
    "HTTP Strict Transport Security (HSTS)",
    "HttpOnly Flag cookie",
    "Secure Flag cookie",
}
"""What they are called by wapiti."""


def create_app() -> Flask:
    """Make it."""
    app = Flask(__name__)
    app.add_url_rule("/", "index", index)
    app.add_url_rule("/search", "search", lambda: f"<h1>Found nothing of {request.args.get('q', '')}</h1>")
    app.add_url_rule("/groups", "groups", groups)
    app.add_url_rule("/go", "go", lambda: redirect(request.args.get("to", "/")))
    app.add_url_rule("/read", "read", lambda: Path("/", request.args.get("name", "")).read_text())
    app.add_url_rule("/said", "said", say, methods=["GET", "POST"])
    return app


def index() -> Response:
    answer = Response(PAGE, mimetype="text/html")
    answer.set_cookie("who", "me")
    return answer


def groups() -> Response:
    connection = sqlite3.connect(":memory:")
    try:
        rows = connection.execute("SELECT " + request.args.get("id", "1")).fetchall()
    except sqlite3.Error as error:
        return Response(f"sqlite3.OperationalError: {error}", status=500)
    return Response(str(rows))


def say() -> Response:
    if request.method == "POST":
        said.append(request.form.get("text", ""))
    return Response("<h1>Said</h1>" + "".join(f"<p>{each}</p>" for each in said), mimetype="text/html")
