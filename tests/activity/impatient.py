"""The dashboard with pages that take no longer than two seconds, after which what a crash left is known for that."""

from dataclasses import replace

from flask import Flask

import webapp

PAGE_DEADLINE = 2.0


def create_app() -> Flask:
    return webapp.create_app(replace(webapp.read_settings(), page_deadline=PAGE_DEADLINE))
