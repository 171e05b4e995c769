"""The checks of every page can fail: they find each planted fault."""

import pytest
from bs4 import BeautifulSoup

from tests.page_client import problems

GOOD = """<html><head><title>Groups – Team</title></head><body><h1>Groups</h1><a href="#q">Search</a>
<form action="/groups" method="get"><label for="q">Search</label><input id="q" name="q"></form>
<form action="/groups/new" method="post"><input type="hidden" name="csrf_token" value="t"></form></body></html>"""

FAULTS = {
    "no h1": ("<h1>Groups</h1>", ""),
    "two h1": ("<h1>Groups</h1>", "<h1>Groups</h1><h1>Groups</h1>"),
    "empty h1": ("<h1>Groups</h1>", "<h1></h1>"),
    "markup in the title": ("<title>Groups", "<title><bdi>Groups</bdi>"),
    "another title": ("<title>Groups", "<title>Create"),
    "an id twice": ('<a href="#q">', '<a href="#q" id="q">'),
    "a label for nothing": ('for="q"', 'for="p"'),
    "a field without label": ('<label for="q">Search</label>', ""),
    "a description that is not there": ('id="q"', 'id="q" aria-describedby="hint"'),
    "an error that nobody hears of": ('id="q"', 'id="q" aria-invalid="true"'),
    "a link to a place that is not there": ('"#q"', '"#p"'),
    "a link to nowhere": ('href="#q"', 'href=""'),
    "a link without words": (">Search</a>", "></a>"),
    "a script": ("</body>", "<script>1</script></body>"),
    "a script in a link": ('href="#q"', 'href="javascript:1"'),
    "a script in an attribute": ("<h1>", '<h1 onclick="1">'),
    "two that ask for the focus": ("<h1>", "<h1 tabindex='-1' autofocus><b tabindex='-1' autofocus></b>"),
    "an inline style": ("<h1>", '<h1 style="color: red">'),
    "a style sheet in the page": ("</head>", "<style></style></head>"),
    "a form without action": ('action="/groups" ', ""),
    "a form without method": (' method="get"', ""),
    "a form without token": ('name="csrf_token"', 'name="token"'),
    "a form with an empty token": ('value="t"', 'value=""'),
}


def test_a_good_page_passes() -> None:
    assert problems(BeautifulSoup(GOOD, "html.parser")) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    good, bad = FAULTS[fault]
    assert good in GOOD
    assert problems(BeautifulSoup(GOOD.replace(good, bad), "html.parser"))
