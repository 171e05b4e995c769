"""Files that LibreOffice writes, in each format that it shares with the dashboard."""

import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from webapp.spreadsheets.reader import read_table
from webapp.spreadsheets.table import ReadOptions, Row

pytestmark = pytest.mark.long

NAMESPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}"'
    for short, long in {
        "office": "office:1.0",
        "table": "table:1.0",
        "text": "text:1.0",
        "style": "style:1.0",
        "number": "datastyle:1.0",
        "of": "of:1.2",
    }.items()
)
DATE_STYLE = """<office:automatic-styles>
<number:date-style style:name="N1"><number:year number:style="long"/><number:text>-</number:text><number:month
 number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style>
<style:style style:name="date" style:family="table-cell" style:data-style-name="N1"/></office:automatic-styles>"""

EXPECTED = [
    Row(1, ["Number", "First name", "Title", "Since", "Member", "Company", "Code"]),
    Row(4, ["37255551234", "Õnne", "=HYPERLINK(1)", "2026-05-01", "TRUE", "Näidis OÜ", "0.5"]),
    Row(5, ["+37255551235", "Анна", "1.10", "", "", "a;b", ""]),
    Row(6, ["+37255551236", "Žanna Ķēniņš", "", "", "", "two\nlines", ""]),
]


def text(value: str) -> str:
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def value(kind: str, attributes: str) -> str:
    return f'<table:table-cell office:value-type="{kind}" {attributes}/>'


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def table(name: str, *parts: str) -> str:
    return f'<table:table table:name="{name}">{"".join(parts)}</table:table>'


def source() -> str:
    """Return a flat OpenDocument spreadsheet, in which the second and third column and two rows are hidden."""
    formula = 'table:formula="of:=&quot;Näidis&quot;&amp;&quot; OÜ&quot;"'
    staff = table(
        "Töötajad",
        '<table:table-column/><table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>',
        '<table:table-column table:number-columns-repeated="4"/>',
        row(*map(text, EXPECTED[0].cells)),
        row("<table:table-cell/>", attributes='table:number-rows-repeated="2"'),
        row(
            value("float", 'office:value="37255551234"'),
            text("Õnne"),
            text("=HYPERLINK(1)"),
            value("date", 'table:style-name="date" office:date-value="2026-05-01"'),
            value("boolean", 'office:boolean-value="true"'),
            value("string", formula),
            value("float", 'office:value="0.5"'),
            attributes='table:visibility="filter"',
        ),
        row(*map(text, ["'+37255551235", "Анна", "1.10", "", "", "a;b"]), attributes='table:visibility="collapse"'),
        row(*map(text, EXPECTED[3].cells[:6])),
    )
    sheets = table("Empty", row("<table:table-cell/>")) + staff + table("Клиенты", row(text("+37255551237")))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {NAMESPACES} office:version="1.3" '
        f'office:mimetype="application/vnd.oasis.opendocument.spreadsheet">{DATE_STYLE}'
        f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document>"
    )


def convert(folder: Path, form: str) -> None:
    (folder / "list.fods").write_text(source(), "utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    files = ["--outdir", str(folder), str(folder / "list.fods")]
    command = ["soffice", profile, "--headless", "--convert-to", form, *files]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods"])
def test_workbooks(form: str, tmp_path: Path) -> None:
    convert(tmp_path, form)
    result = read_table((tmp_path / f"list.{form}").read_bytes(), ReadOptions())
    assert result.rows == EXPECTED
    assert result.sheets == ["Töötajad", "Клиенты"]
    assert (result.hidden_rows, result.hidden_columns) == (2, 2)


@pytest.mark.parametrize(("charset", "encoding"), [("76", "utf-8"), ("65535", "utf-16-le")])
def test_text(charset: str, encoding: str, tmp_path: Path) -> None:
    convert(tmp_path, f"csv:Text - txt - csv (StarCalc):59,34,{charset},1,,0,false,true,false,false,false,-1")
    result = read_table((tmp_path / "list-Töötajad.csv").read_bytes(), ReadOptions())
    assert result.rows == EXPECTED
    assert (result.encoding, result.delimiter, result.question) == (encoding, ";", None)
