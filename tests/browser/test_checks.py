"""The checks can fail: each finds a fault that was planted in a page without others."""

import pytest
from playwright.sync_api import Page

from tests.browser import checks, widths

GOOD = """<!doctype html><html lang="en"><head><title>Good</title><style>
a, button, input { display: inline-block; min-height: 44px; border: 2px solid black; background: white; color: black }
:focus { outline: 3px solid black }</style></head>
<body><main><h1>Good</h1><label for="a">Name</label> <input id="a" name="a"> <a href="/one">One</a>
<button class="button quiet">Go</button></main></body></html>"""

TABLE = "<table><thead><tr><th>Name<th>Number<tbody><tr><th>Mari<td>1</table>"

FAULTS = {
    "axe": ("<label for", "<label data-for", "axe: label"),
    "sideways": ("</main>", "<p style='width: 3000px'>wide</p></main>", "it scrolls sideways by"),
    "sideways_with_large_text": ("</main>", "<p style='width: 45rem'>wide</p></main>", "with large text, it scrolls"),
    "cut_off": (
        "</main>",
        "<div style='overflow: hidden; width: 4em'><p style='width: 6em'>wide</p></div></main>",
        "“wide” is cut off: ",
    ),
    "edges": ('name="a"', 'name="a" style="border-color: #ccc"', "the edge of 'a' has 1.6:1"),
    "edges-of-a-box": (
        "</main>",
        "<style>.b::before { border: 2px solid #ccc; content: '' }</style><input type=checkbox name=b class=b></main>",
        "the edge of 'b' has 1.6:1",
    ),
    "keyboard": (":focus { outline: 3px solid black }", ":focus { outline: 0 }", "'One' has a focus mark of 0.0:1"),
    "keyboard-unseen": (
        "<a href",
        "<a style='position: absolute; left: -99px' href",
        "'One' has the focus, and is out",
    ),
    "keyboard-covered": (
        "</main>",
        "<p style='position: fixed; inset: 0; background: white'>bar</p></main>",
        "'Go' has the focus, and is covered",
    ),
    "controls": ('name="a"', 'name="a" style="min-height: 0; height: 20px"', "'a' is 2"),
    "link_names": ("</main>", '<a href="/two">One</a></main>', "links named 'One' lead to 2 addresses"),
    "table_headings": ("</main>", f"{TABLE.replace('<th>', '<th hidden>', 1)}</main>", "a row of 2 cells below 1 head"),
    "table_headings-unseen": ("</main>", f"{TABLE.replace('<thead>', '<thead hidden>')}</main>", "has no headings"),
}


def found(page: Page, html: str) -> list[str]:
    page.set_viewport_size({"width": 1000, "height": 700})
    page.goto("about:blank")
    page.set_content(html)
    page.evaluate("document.head.insertAdjacentHTML('beforeend', '<base href=\"http://dashboard.example/\">')")
    return checks.problems(page)


def test_a_good_page_has_no_faults(page: Page) -> None:
    assert found(page, GOOD) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(page: Page, fault: str) -> None:
    old, new, words = FAULTS[fault]
    assert old in GOOD
    assert any(words in each for each in found(page, GOOD.replace(old, new)))


def found_at_every_width(page: Page, html: str) -> list[str]:
    page.set_content(html)
    return widths.at_every_width(page)


def test_a_good_page_passes_at_any_width(page: Page) -> None:
    assert found_at_every_width(page, GOOD) == []


@pytest.mark.parametrize(
    ("planted", "words", "where"),
    [
        ("<p style='min-width: 700px'>wide</p>", "it scrolls sideways", "683 pixels, text as it is"),
        ("<p style='width: 38rem'>wide</p>", "it scrolls sideways", "1024 pixels, text of twice the size"),
        ("<p style='white-space: nowrap'>" + "i " * 42, "it scrolls sideways", "320 pixels, more space in the text"),
        ("<p style='white-space: nowrap; overflow: hidden'>" + "i " * 42, "is cut off", "320 pixels, more space"),
        ("<p style='height: 3em; overflow: hidden'>" + "many words " * 6, "is cut off", "320 pixels, more space"),
        ("<p style='height: 1em'>" + "many words " * 9, "reaches", "390 pixels, text as it is"),
        ("<table style='table-layout: fixed; width: 100%'><td>12345678901234567890<td>1", "reaches", "320 pixels"),
        ("<div style='width: 50%'><button style='width: 20em'>Go</button></div>", "reaches", "390 pixels"),
    ],
    ids=["window", "large-text", "spacing", "line", "height", "lines", "cell", "button"],
)  # fmt: skip
def test_a_fault_at_one_width_is_found(page: Page, planted: str, words: str, where: str) -> None:
    """And at no larger width."""
    wrong = found_at_every_width(page, GOOD.replace("</main>", f"{planted}</main>"))
    assert any(words in each and each.startswith(where) for each in wrong), wrong
    assert not any(each.startswith("1920 pixels, text as it is") for each in wrong)
