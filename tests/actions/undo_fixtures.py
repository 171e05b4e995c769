"""A group of three, whose deletion is undone."""

from uuid import UUID

from tests.page_client import PageClient

MEMBERS = ["+37255551234", "+37255551235", "+37255551236"]
FAILS = "503 Service Unavailable", b""


def delete_group(user: PageClient, group: UUID) -> None:
    user.get(f"/groups/{group}/delete").submit("Delete group")
