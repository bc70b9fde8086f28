"""The page as plain HTML, which the browser shows while the scripts of the page still load.

It looks like the page that is about to take its place and does nothing: it cannot be clicked, is
not read out, and is gone in the moment in which the page itself is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from app.ui.parts.choices import BytesFile, TextFile
from app.ui.parts.field import Field
from app.ui.parts.upload import Upload
from app.ui.toolkit.elements import Element, Html, children, text_of

EMPTY = frozenset({"img", "input"})
# Taken away before anything else is drawn; colours are those that the page will have.
SCRIPT = """<script>{
  const look = document.getElementById("skeleton");
  const dark = DARK ?? matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.add(dark ? "body--dark" : "body--light");
  new MutationObserver((_, watch) => {
    if (!document.querySelector("#app > *")) return;
    look.remove();
    watch.disconnect();
  }).observe(document.body, { childList: true, subtree: true });
}</script>"""


def skeleton(elements: Iterable[Element], *, dark: bool | None) -> str:
    """Elements with all that is in them; `dark` is None where the browser's own wish decides."""
    drawn = "".join(map(_drawn, elements))
    wish = {None: "null", True: "true", False: "false"}[dark]
    return (
        f'<div id="skeleton" class="nicegui-content" aria-hidden="true" inert>{drawn}</div>'
        f"{SCRIPT.replace('DARK', wish)}"
    )


def _drawn(element: Element) -> str:
    if isinstance(element, Field):
        return _field(element)
    if isinstance(element, BytesFile | TextFile):
        return _open("label", ["button", "button--plain", "pick"], {}) + _text(element) + "</label>"
    if isinstance(element, Upload):
        return _upload(element)
    if isinstance(element, Html):
        tag, inner = str(element.props.get("tag", "div")), str(element.content)
    elif element.tag[:2] in {"q-", "ni"}:
        return ""
    else:
        tag, inner = element.tag, escape(text_of(element))
    opened = _open(tag, element.classes, dict(_attributes(element)))
    if tag in EMPTY:
        return opened
    return f"{opened}{inner}{''.join(map(_drawn, children(element)))}</{tag}>"


def _open(tag: str, classes: Iterable[str], attributes: dict[str, str]) -> str:
    named = {"class": " ".join(classes), **attributes}
    written = "".join(f' {key}="{escape(value)}"' for key, value in named.items() if value)
    return f"<{tag}{written}>"


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    """What the look depends on. Names and roles are for those who are not shown this."""
    for key in ("src", "width", "height", "type", "disabled", "checked", "aria-pressed",
                "aria-current", "href"):  # fmt: skip
        value = element.props.get(key)
        if value is not None and value is not False:
            yield key, "true" if value is True else str(value)
    if element.style:
        yield "style", ";".join(f"{key}:{value}" for key, value in element.style.items())


def _text(element: Element) -> str:
    return escape(str(element.props.get("label", "")))


def _upload(upload: Upload) -> str:
    said, hint = (escape(str(upload.props[key])) for key in ("said", "hint"))
    return (
        f'<div class="drop"><p class="drop__said">{said}</p>'
        f'<label class="button button--primary pick">{_text(upload)}</label>'
        f'<p class="quiet small">{hint}</p></div>'
    )


def _field(field: Field) -> str:
    """A field as its script draws it, with what can be seen of it."""
    shape = "field field--bare" if field.props.get("bare") else "field"
    own = [*shape.split(), *field.classes]
    hint = field.props.get("hint")
    said = f'<p class="field__hint">{escape(str(hint))}</p>' if hint else ""
    opened = _open("div", own, {"style": f"--letters:{field.letters}"})
    label = f'<label class="field__label">{_text(field)}</label>'
    return f"{opened}{label}{_control(field)}{said}</div>"


def _control(field: Field) -> str:
    props, value = field.props, str(field.value or "")
    rest = {"disabled": "true"} if props.get("disabled") else {}
    kind = props["kind"]
    if kind == "choice":
        shown = dict(props["options"]).get(value, value)
        return f"{_open('select', (), rest)}<option>{escape(str(shown))}</option></select>"
    if kind == "area":
        rest["rows"] = str(props.get("rows", 2))
        return f"{_open('textarea', (), {**rest, 'readonly': 'true'})}{escape(value)}</textarea>"
    rest["type"] = {"range": "range", "secret": "password"}.get(kind, "text")
    rest |= {"value": value, "placeholder": str(props.get("placeholder", "")), "readonly": "true"}
    return _open("input", (), rest)
