"""Checks of a page at many widths, with larger text and more spacing. They return the faults that they find."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

WIDTHS = (320, 390, 640, 683, 768, 860, 1024, 1280, 1920)
"""Pixels: phones, a tablet, half a screen, a screen with the browser's zoom at 150 and 200 per cent, large screens."""

TEXT_WIDTHS = (320, 768, 1024, 1920)
"""Pixels: the widths at which texts of other kinds are tried. Between them, the table's layout changes."""

SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""
"""What WCAG 1.4.12 lets people set."""

AS_IT_IS, LARGEST = "text as it is", "text of twice the size with more space in it"
TEXTS = {
    AS_IT_IS: "",
    "text of twice the size": "html { font-size: 200% }",
    "more space in the text": SPACING,
    LARGEST: "html { font-size: 200% }" + SPACING,
}

CUT_OFF = """() => {
    const words = text => text.trim().replace(/\\s+/g, ' ').slice(0, 40), found = [];
    const boxes = new Map();  // of what is around texts: where it is, unless it is a part of a line
    const box = node => {
        if (!boxes.has(node)) boxes.set(node, ['inline', 'contents'].includes(getComputedStyle(node).display)
            ? null : node.getBoundingClientRect());
        return boxes.get(node);
    };
    const outside = (node, parts) => {
        for (let at = node.parentElement; at !== document.documentElement; at = at.parentElement) {
            const around = box(at);
            for (const part of around ? parts : []) {
                const over = Math.max(around.left - part.left, part.right - around.right);
                const under = Math.max(around.top - part.top, part.bottom - around.bottom);
                if (part.width && (over > 1 || under > part.height / 2))
                    return found.push(`“${words(node.textContent || node.name || '')}” reaches `
                        + `${Math.round(Math.max(over, under))} pixels out of its ${at.localName}.${at.className}`);
            }
        }
    };
    const unseen = '.visually-hidden, .skip-link, option, script, style, details:not([open]) > :not(summary)';
    const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, node =>
        node.nodeType === Node.ELEMENT_NODE && node.matches(unseen)
            ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    while (all.nextNode()) {
        const node = all.currentNode;
        if (node.nodeType === Node.TEXT_NODE) {
            if (!node.data.trim()) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            outside(node, [...range.getClientRects()]);
        } else if (node.matches('input, select, textarea, meter, button, .button, .tag')) {
            outside(node, [...node.getClientRects()]);
        }
        if (node.nodeType === Node.TEXT_NODE || node.matches('input, select, textarea, meter')) continue;
        const style = getComputedStyle(node);
        for (const [side, clips] of [['Width', style.overflowX], ['Height', style.overflowY]]) {
            const wide = node['scroll' + side] - node['client' + side];
            if (clips !== 'visible' && wide > 1)
                found.push(`“${words(node.textContent)}” is cut off: ${wide} pixels of its ${side.toLowerCase()}, `
                    + `in ${node.localName}.${node.className}`);
        }
    }
    return found;
}"""


def sideways(page: Page) -> list[str]:
    """Nothing is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"it scrolls sideways by {wide} pixels"] if wide > 0 else []


def cut_off(page: Page) -> list[str]:
    """No content is cut off by its box, and no text, field or button extends beyond its cell or box."""
    return list(page.evaluate(CUT_OFF))


def at_every_width(page: Page) -> list[str]:
    """Run both checks at all widths and text sizes; the page is resized, not loaded again."""
    page.wait_for_load_state()
    found = []
    for text, style in TEXTS.items():
        with styled(page, style):
            for width in TEXT_WIDTHS if style else WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                found += [f"{width} pixels, {text}: {each}" for each in (*sideways(page), *cut_off(page))]
    return found


@contextmanager
def styled(page: Page, style: str) -> Iterator[None]:
    """Add a style sheet for a while; built by script, since the page's policy lets in no style element."""
    page.evaluate(
        """style => { const sheet = new CSSStyleSheet(); sheet.replaceSync(style);
            document.adoptedStyleSheets.push(sheet); }""",
        style,
    )
    yield
    page.evaluate("document.adoptedStyleSheets.pop()")
