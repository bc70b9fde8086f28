"""The few pages of plain HTML that the service has without its web pages."""

from __future__ import annotations

from html import escape

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; worker-src 'self' blob:; frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} – Tablesmith</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto }}
body {{ padding: 0 1rem }}
pre {{ background: #f3f3f3; padding: 1rem; overflow: auto }}
</style>
</head>
<body>
<h1>{title}</h1>
{content}
</body>
</html>
"""


def page(title: str, content: str) -> str:
    """A page; `content` is HTML."""
    return _PAGE.format(title=escape(title), content=content)
