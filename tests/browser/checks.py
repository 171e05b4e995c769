"""Checks of a rendered page that its HTML alone doesn't allow. Each returns the faults that it finds."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.widths import cut_off, sideways

Check = Callable[[Page], list[str]]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHANNELS = """
const parse = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return {r, g, b, a}; };
const light = ({r, g, b}) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, index) => sum + v * [0.2126, 0.7152, 0.0722][index], 0);
const ratio = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
const ground = node => { for (let at = node; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor); if (colour.a === 1) return colour; }
    return parse("rgb(255, 255, 255)"); };
"""


AXE = Axe().axe_script


def axe(page: Page) -> list[str]:
    """WCAG 2.0 to 2.2, A and AA, and best practice."""
    return _axe(page, {"type": "tag", "values": TAGS})


def axe_colours(page: Page) -> list[str]:
    """The rules of axe that depend on the colour scheme."""
    return _axe(page, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})


def _axe(page: Page, rules: dict[str, Any]) -> list[str]:
    """Run some rules on the page as it is at first: scrolled, its bar of actions covers rows."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    script = """options => axe.run(options).then(results => results.violations)"""
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    page.evaluate("scrollTo(0, 0)")
    violations = page.evaluate(script, options)
    return [f"axe: {each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]


def sideways_with_large_text(page: Page) -> list[str]:
    """Nothing is wider than the window with text of twice the size."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found = [f"with large text, {each}" for each in sideways(page)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def edges(page: Page) -> list[str]:
    """The edges of fields, boxes and secondary buttons have a contrast of 3 to 1 or more."""
    script = f"""() => {{ {CHANNELS}
        const all = document.querySelectorAll('input:not([type=hidden]), select, textarea, .button.secondary');
        return [...all].map(node => {{
            const style = getComputedStyle(node, ['checkbox', 'radio'].includes(node.type) ? '::before' : null);
            return [node.name || node.textContent, ratio(parse(style.borderTopColor), ground(node.parentElement))];
        }}).filter(([name, found]) => found < 3); }}"""
    return [f"the edge of {name!r} has {ratio:.1f}:1" for name, ratio in page.evaluate(script)]


def keyboard(page: Page) -> list[str]:
    """Every element that Tab focuses is visible, not covered, and marked with a contrast of 3 to 1 or more."""
    found = []
    page.evaluate(
        """() => { const top = document.body; top.tabIndex = -1; top.focus(); top.removeAttribute('tabindex'); }"""
    )
    seen = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(f"""() => {{ {CHANNELS}
            const node = document.activeElement; if (!node || node === document.body) return null;
            const box = node.getBoundingClientRect(), style = getComputedStyle(node);
            const outline = parseFloat(style.outlineWidth) > 1 && style.outlineStyle !== 'none'
                ? ratio(parse(style.outlineColor), ground(node.parentElement)) : 0;
            const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
            const shown = [...node.getClientRects()].some(part => node.contains(document.elementFromPoint(
                middle(part.left, part.right, innerWidth), middle(part.top, part.bottom, innerHeight))));
            if (!node.dataset.stop) node.dataset.stop = Math.random();
            return {{id: node.dataset.stop, name: (node.textContent || node.name || node.id).trim().slice(0, 40),
                hidden: box.width < 2 || box.height < 2 || box.right < 0 || box.left > innerWidth
                    || box.bottom < 0 || box.top > innerHeight, shown, outline}}; }}""")
        if stop is None or stop["id"] in seen:
            break
        seen.add(stop["id"])
        if stop["hidden"]:
            found.append(f"{stop['name']!r} has the focus, and is out of sight")
        elif not stop["shown"]:
            found.append(f"{stop['name']!r} has the focus, and is covered")
        if stop["outline"] < 3:
            found.append(f"{stop['name']!r} has a focus mark of {stop['outline']:.1f}:1")
    return found or ([] if seen else ["nothing can be reached by the Tab key"])


def controls(page: Page) -> list[str]:
    """Buttons and fields are 44 pixels high, for fingers; 32 in a wide window with a mouse."""
    script = """() => [...document.querySelectorAll('button, .button, input:not([type=hidden]), select, textarea')]
        .map(node => [node.textContent || node.name, node.getBoundingClientRect().height])
        .filter(([name, height]) => height < (matchMedia('(min-width: 60rem) and (pointer: fine)').matches ? 32 : 43.9))
        """
    return [f"{name.strip()!r} is {height} pixels high" for name, height in page.evaluate(script)]


def link_names(page: Page) -> list[str]:
    """Links with the same text have the same address, or are in rows that differ."""
    script = """() => [...document.querySelectorAll('a[href]')]
        .map(node => [(node.ariaLabel || `${node.textContent} ${node.closest('tbody tr')?.textContent ?? ''}`)
            .replace(/\\s+/g, ' ').trim(), node.href.baseVal ?? node.href])"""
    places: dict[str, set[str]] = {}
    for name, address in page.evaluate(script):
        places.setdefault(name, set()).add(address)
    return [f"links named {name!r} lead to {len(found)} addresses" for name, found in places.items() if len(found) > 1]


def table_headings(page: Page) -> list[str]:
    """A screen reader finds as many cells in each row of a table as there are headings."""
    session = page.context.new_cdp_session(page)
    nodes = {each["nodeId"]: each for each in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    found = []
    for table in nodes.values():
        if _role(table) == "table":
            heads, *rows = [_inside(row, nodes, CELLS) for row in _inside(table, nodes, {"row"})] or [[]]
            found += [
                f"a row of {len(row)} cells below {len(heads)} headings" for row in rows if len(row) != len(heads)
            ]
            found += ["a table has no headings"] * any(_role(cell) != "columnheader" for cell in heads)
    return list(dict.fromkeys(found))


CELLS = {"columnheader", "rowheader", "cell"}


def _inside(node: dict[str, Any], nodes: dict[str, dict[str, Any]], roles: set[str]) -> list[dict[str, Any]]:
    """Find the nearest parts of a node that have one of these roles, also in parts that are ignored."""
    found = []
    for part in (nodes[each] for each in node.get("childIds", ()) if each in nodes):
        found += [part] if _role(part) in roles else _inside(part, nodes, roles)
    return found


def _role(node: dict[str, Any]) -> str:
    return "" if node["ignored"] else str(node["role"]["value"])


CHECKS: tuple[Check, ...] = (
    axe, sideways, sideways_with_large_text, cut_off, edges, keyboard, controls, link_names, table_headings,
)  # fmt: skip
MOUSE_CHECKS = tuple(check for check in CHECKS if check is not keyboard)
"""All but the slowest one."""
COLOUR_CHECKS: tuple[Check, ...] = (axe_colours, edges)
"""Checks that depend on the colour scheme."""


def problems(page: Page, checks: tuple[Check, ...] = CHECKS) -> list[str]:
    """Find all that is wrong with a page, once it is loaded: a test may have waited for one part of it only."""
    page.wait_for_load_state()
    return [problem for check in checks for problem in check(page)]
