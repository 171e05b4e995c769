"""The checks of a page are able to fail: each finds its own fault, planted in a page that has no other."""

import pytest
from playwright.sync_api import Page

from tests.browser import checks

GOOD = """<!doctype html><html lang="en"><head><title>Good</title><style>
a, button, input { display: inline-block; min-height: 44px; border: 2px solid black; background: white; color: black }
:focus { outline: 3px solid black }</style></head>
<body><main><h1>Good</h1><label for="a">Name</label> <input id="a" name="a"> <a href="/one">One</a>
<button class="button quiet">Go</button></main></body></html>"""

FAULTS = {
    "axe": ("<label for", "<label data-for", "axe: label"),
    "sideways": ("</main>", "<p style='width: 3000px'>wide</p></main>", "it scrolls sideways by"),
    "sideways_with_large_text": ("</main>", "<p style='width: 45rem'>wide</p></main>", "with large text, it scrolls"),
    "edges": ('name="a"', 'name="a" style="border-color: #ccc"', "the edge of 'a' has 1.6:1"),
    "keyboard": (":focus { outline: 3px solid black }", ":focus { outline: 0 }", "'One' has a focus mark of 0.0:1"),
    "keyboard-unseen": (
        "<a href",
        "<a style='position: absolute; left: -99px' href",
        "'One' has the focus, and is out",
    ),
    "controls": ('name="a"', 'name="a" style="min-height: 0; height: 30px"', "'a' is 3"),
    "link_names": ("</main>", '<a href="/two">One</a></main>', "links named 'One' lead to 2 addresses"),
}


def found(page: Page, html: str) -> list[str]:
    page.set_viewport_size({"width": 1000, "height": 700})
    page.goto("about:blank")
    page.set_content(html)
    page.evaluate("document.head.insertAdjacentHTML('beforeend', '<base href=\"http://dashboard.example/\">')")
    return checks.problems(page)


def test_a_good_page_has_nothing_wrong(page: Page) -> None:
    assert found(page, GOOD) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(page: Page, fault: str) -> None:
    old, new, words = FAULTS[fault]
    assert old in GOOD
    assert any(words in each for each in found(page, GOOD.replace(old, new)))
