"""Every kind of page, and the stylesheet, by the Nu HTML checker."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.accounts.conftest import EDITOR, JAAN, MARI, sign_in
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "build" / "vnu"


def checker() -> list[str]:
    """Install the checker, and return its command."""
    for program in ("npm", "java"):
        assert shutil.which(program), f"{program} is needed for this test"
    TOOL.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "vnu-jar@26"]
    subprocess.run(install, cwd=TOOL, check=True, capture_output=True, timeout=300)
    return [
        "java",
        "-jar",
        str(TOOL / "node_modules/vnu-jar/build/dist/vnu.jar"),
        "--also-check-css",
        "--no-langdetect",  # lists of names are in no language, and are taken for any
        "--format",
        "json",
        "--stdout",
    ]


def pages(user: PageClient, phonebook: PhonebookState) -> list[Page]:
    """Open every kind of page."""
    found = [user.get(path) for path in ("/groups", "/activity", "/help", "/no-such-page", "/styleguide")]
    for number in range(60):
        phonebook.add(f"Group <{number}> & “more”", contacts=number % 2, created="2024-05-03T12:00:00Z")
    group = phonebook.add("Staff", contacts=2)
    found += [user.get(path) for path in ("/groups", "/groups?sort=-contacts&page=2", "/groups?q=xyz", "/groups/new")]
    found.append(user.get("/groups/new").submit("Create group", name=""))
    found.append(user.get("/groups/new").submit("Create group", name="staff"))
    page = user.get(f"/groups/{group}/rename")
    found += [page, page.submit("Rename group", name="Crew"), page.submit("Rename group", name="Other")]
    page = user.get(f"/groups/{group}/delete")
    phonebook.fill(group, 1)
    found += [page, page.submit("Delete group"), user.get("/activity"), user.get("/activity?q=crew&kind=rename")]
    found += [user.get(f"/groups/{group}/orphans{query}") for query in ("", "?q=xyz")]
    phonebook.instead_path["/v1/phonebook/contacts"] = ("500 Internal Server Error", b"")
    found += [user.get(f"/groups/{group}/{each}") for each in ("delete", "orphans")]
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    return [*found, user.get("/groups")]


def contact_pages(user: PageClient, phonebook: PhonebookState) -> list[Page]:
    """Open every kind of page about contacts."""
    found = [user.get(path) for path in ("/contacts", "/contacts/leaving", "/contacts/new")]
    group = phonebook.add("Staff & <b>", contacts=60)
    for number in ("+37255550001", "+37255550002"):
        phonebook.add_contact(number, firstName="Mari <i>", company='"Näidis" & Co', custom="x")
        phonebook.blacklist(number)
    mari = "/contacts/+37255550001"
    paths = ["/contacts", "/contacts?q=xyz", f"/contacts?group={group}&page=2", "/contacts?group=none", mari]
    paths += [f"{mari}/edit", f"{mari}/delete", "/contacts/+37299", "/contacts/leaving", f"/groups/{group}"]
    paths += [f"/groups/{group}/add", f"/groups/{group}/add-numbers"]
    found += [user.get(path) for path in paths]
    found.append(user.get("/contacts/new").submit("Create contact", number="+37255550001"))
    found.append(user.get("/contacts/new").submit("Create contact", number="x", email="x"))
    page = user.get(f"{mari}/edit")
    phonebook.change_contact("+37255550001", firstName="Liis")
    found += [page.submit("Save changes", first_name="Anna"), page.submit("Save changes", title="Dr")]
    found += [user.get("/contacts/leaving").submit("Put in group"), user.get(f"{mari}/groups").submit("Save groups")]
    found.append(user.get("/contacts/leaving").submit("Put in group", number=["+37255550001"]))
    found.append(found[-1].submit("Put in group", group=str(group)))
    found.append(user.get(f"/groups/{group}?in={group}&tick=page").submit("Remove from group"))
    found.append(found[-2].submit("Put in group"))
    found.append(user.get(f"{mari}/groups").submit("Save groups", group=[]))
    found.append(user.get(f"{mari}/delete").submit("Delete contact"))
    return found


@pytest.mark.long
def test_every_page_is_good_html(app: Flask, settings: Settings, phonebook: PhonebookState, tmp_path: Path) -> None:
    user = PageClient(app.test_client())
    found = contact_pages(user, phonebook) + pages(user, phonebook)
    closed = create_app(replace(settings, users=(MARI, JAAN)))
    user = PageClient(closed.test_client())
    found += [user.get("/sign-in"), sign_in(user, password="wrong"), user.post("/groups/new", data={"name": "x"})]
    found += [sign_in(user, password=EDITOR, path="/sign-in?next=/account"), user.get("/help").submit("Sign out")]
    closed.extensions["store"].close()
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, page in enumerate(found):
        (folder / f"{number:02}.html").write_bytes(page.response.get_data())
    style = (ROOT / "static" / "style.css").read_text()
    # The checker does not know container queries yet: their rules are checked as if the window were the container.
    style = style.replace("@container", "@media").replace("container-type: inline-size;", "")
    (folder / "style.css").write_text(style)
    (folder / "planted.html").write_text("<!doctype html><title>x</title><p><div></p>")
    command = [*checker(), *map(str, sorted(folder.iterdir()))]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    messages = [message for message in json.loads(ran.stdout)["messages"] if "url" in message]
    planted = [message for message in messages if message["url"].endswith("planted.html")]
    others = {f"{Path(message['url']).name}: {message['message']}" for message in messages if message not in planted}
    print(f"{len(found)} pages and the stylesheet checked")
    assert planted, "the checker finds what is wrong"
    assert sorted(others) == []
