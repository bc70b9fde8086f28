"""Pictures of every page in light, in dark and on a phone, for `docs/pages.md`.

    python docs/screenshots.py [FOLDER]

Starts a service of its own and a headless Chromium, and needs nothing else of this machine.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).with_name("images")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1360, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1360, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
TABLES = (
    ("churn", 20_000),
    ("house_prices", 5_000),
    ("patients", 8_000),
    ("credit_default", 20_000),
)
PATIENCE = 60_000
QUALITY = 0.86
expect.set_options(timeout=PATIENCE)


@contextmanager
def service() -> Iterator[str]:
    """A service of its own on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="tablesmith-pictures-") as data:
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
        settings = {"TABLESMITH_DATA_DIR": data, "TABLESMITH_LOG_LEVEL": "error"}
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings})
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_ready(address)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(address: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    sys.exit("the service did not get ready")


def make_tables(address: str) -> list[str]:
    """Finished jobs for the list; their ids, the newest last."""
    made = []
    for name, rows in TABLES:
        text = (ROOT / "examples" / f"{name}.yaml").read_text(encoding="utf-8")
        body = {"schema_yaml": text, "name": name, "n_samples": rows, "seed": 7}
        body |= {"verify": True, "formats": ["csv", "parquet"]}
        answer = httpx.post(
            f"{address}/v1/jobs", json=body, headers={"Prefer": "wait=30"}, timeout=90
        )
        made.append(answer.json()["id"])
    return made


def run_again(address: str, job: str) -> str:
    """The same table with another seed."""
    answer = httpx.post(f"{address}/v1/jobs/{job}/rerun", headers={"Prefer": "wait=30"}, timeout=90)
    again = str(answer.json()["id"])
    while httpx.get(f"{address}/v1/jobs/{again}").json()["status"] in {"queued", "running"}:
        time.sleep(0.2)
    return again


def learn(address: str) -> tuple[str, str]:
    """A real table, uploaded and learned; the ids of the source and of what was learned."""
    content = (ROOT / "tests" / "data" / "sources" / "telco.csv").read_bytes()
    headers = {"Content-Type": "text/csv"}
    place = f"{address}/v1/sources?name=telco.csv"
    source = str(httpx.post(place, content=content, headers=headers).json()["id"])
    while httpx.get(f"{address}/v1/sources/{source}").json()["status"] == "reading":
        time.sleep(0.2)
    body = {"kind": "train", "source": source, "seed": 7}
    job = httpx.post(f"{address}/v1/jobs", json=body, timeout=90).json()
    while job["status"] in {"queued", "running"}:
        time.sleep(0.5)
        job = httpx.get(f"{address}/v1/jobs/{job['id']}").json()
    return source, str(job["result"]["details"]["synthesizer"])


def setup(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Example").click()
    page.get_by_label("Example", exact=True).select_option("credit_default")
    expect(page.get_by_text("Loaded:")).to_be_visible()


def columns(page: Page) -> None:
    setup(page)
    page.get_by_role("button", name="Define the columns").click()
    expect(page.get_by_text("No faults")).to_be_visible()
    line = page.get_by_role("group", name="Column Debt Ratio")
    line.get_by_label("Column", exact=True).focus()
    page.get_by_role("group", name="Dial").get_by_text("AUC").click()
    expect(page.get_by_text("Expected of the best possible model")).to_be_visible()
    expect(page.get_by_text("No faults")).to_be_visible()
    settle(page)
    page.evaluate("scrollTo(0, 0)")


def rules(page: Page) -> None:
    columns(page)
    page.get_by_role("heading", name="Distributions").scroll_into_view_if_needed()
    page.locator(".tree summary").first.click()
    page.evaluate(
        "scrollTo(0, document.querySelector('[aria-label=Distributions]').offsetTop - 80)"
    )


def family(page: Page) -> None:
    """Several tables, the one with the target chosen."""
    page.goto("/")
    page.get_by_role("button", name="Example").click()
    page.get_by_label("Example", exact=True).select_option("shop")
    expect(page.get_by_text("Loaded:")).to_be_visible()
    page.get_by_role("button", name="Define the columns").click()
    expect(page.get_by_text("No faults")).to_be_visible()
    page.get_by_role("button", name="orders").click()
    settle(page)
    page.evaluate(
        "scrollTo(0, document.querySelector('[aria-label=\"Tables and keys\"]').offsetTop - 80)"
    )


def at(place: str) -> Callable[[Page], None]:
    def visit(page: Page) -> None:
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settle(page)

    return visit


def settle(page: Page) -> None:
    """Nothing on the way any more, and charts drawn."""
    page.wait_for_function("window.did_handshake")
    page.evaluate("new Promise(done => setTimeout(done, 700))")


def job(place: str, heading: str = "") -> Callable[[Page], None]:
    def visit(page: Page) -> None:
        page.goto(place)
        expect(page.get_by_role("heading", name="Rules")).to_be_visible()
        settle(page)
        if heading:
            page.evaluate(
                f"scrollTo(0, document.querySelector('[aria-label=\"{heading}\"]').offsetTop - 80)"
            )

    return visit


def write_webp(page: Page, file: Path) -> None:
    """The page as it is seen; Chromium itself turns the picture into WebP."""
    picture = base64.b64encode(page.screenshot()).decode()
    painter = page.context.new_page()
    painter.goto("about:blank")
    data = painter.evaluate(TO_WEBP, [f"data:image/png;base64,{picture}", QUALITY])
    painter.close()
    file.write_bytes(base64.b64decode(data.partition(",")[2]))
    sys.stdout.write(f"{file.name}: {file.stat().st_size / 1000:.0f} kB\n")


TO_WEBP = """async ([address, quality]) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', quality);
}"""


def take(browser: Browser, address: str, folder: Path) -> None:
    made = make_tables(address)
    source, synthesizer = learn(address)
    pages = {
        "setup": setup,
        "columns": columns,
        "rules": rules,
        "family": family,
        "job": job(f"/jobs/{made[-1]}"),
        "model": job(f"/jobs/{made[-1]}", "ROC curve"),
        "tables": at("/jobs"),
        "compare": at(f"/compare?left={made[-1]}&right={run_again(address, made[-1])}"),
        "source": at(f"/sources/{source}"),
        "synthesizer": at(f"/synthesizers/{synthesizer}"),
        "connections": at("/connections"),
        "keys": at("/keys"),
        "sign-in": at("/sign-in"),
    }
    for look, options in LOOKS.items():
        context = browser.new_context(base_url=address, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        for name, visit in pages.items():
            visit(page)
            write_webp(page, folder / f"{name}-{look}.webp")
        context.close()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=switches)
        take(browser, address, folder)
        browser.close()


if __name__ == "__main__":
    main()
