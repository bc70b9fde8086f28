"""Addresses that NiceGUI itself answers."""

from __future__ import annotations

from nicegui import __version__

FILES = "/_nicegui"
SOCKETS = "/_nicegui_ws"
# A script that the browser would learn of last.
LATE_SCRIPT = f"{FILES}/{__version__}/static/dompurify.mjs"
