"""Send pages without most of the indentation of their templates, which is several kilobytes of a long page."""

import re

from jinja2.ext import Extension

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class LittleIndentation(Extension):
    """Indents the lines of templates by one space. None would join words: the line break after a block is removed."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the template with less indentation, before it is compiled."""
        return _INDENTATION.sub(" ", source)
