"""Serve the dashboard to a browser, and take pictures of its pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from flask import Flask
from playwright.sync_api import Error, Page
from werkzeug.serving import make_server

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"


@contextmanager
def served(app: Flask, name: str = "127.0.0.1") -> Iterator[str]:
    """Serve the dashboard, under a name of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://{name}:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def picture(page: Page, name: str) -> None:
    """If PICTURES is set, save a picture of the page for people to look at. If it fails, the test doesn't."""
    for _ in range(3 if os.environ.get("PICTURES") else 0):
        with suppress(Error):
            page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
            return
