"""Pages for people: where to begin, Swagger UI and ReDoc. Nothing on them needs a network."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse

from app.api.dependencies import Root
from app.api.pages import POLICY, page

ASSETS = "/docs-assets"
# The badge of a validator on the network is switched off.
SWAGGER = {"validatorUrl": None, "tryItOutEnabled": True, "displayRequestDuration": True}

router = APIRouter(include_in_schema=False)


def install_docs(app: FastAPI) -> None:
    """Serve the pages and the scripts they need."""
    static = files("fastapi_offline").joinpath("static")
    app.mount(ASSETS, StaticFiles(directory=str(static)), name="docs-assets")
    app.include_router(router)


@router.get("/docs")
async def swagger_ui(request: Request, root: Root) -> HTMLResponse:
    answer = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{request.app.title} – Swagger UI",
        swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{root}{ASSETS}/favicon.png",
        swagger_ui_parameters=SWAGGER,
    )
    return _guarded(answer)


@router.get("/redoc")
async def redoc(request: Request, root: Root) -> HTMLResponse:
    answer = get_redoc_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{request.app.title} – ReDoc",
        redoc_js_url=f"{root}{ASSETS}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{ASSETS}/favicon.png",
        with_google_fonts=False,
    )
    return _guarded(answer)


@router.get("/")
async def index(request: Request, root: Root) -> HTMLResponse:
    base = escape(str(request.base_url).rstrip("/"))
    return _guarded(HTMLResponse(page("Tablesmith", _INDEX.format(root=escape(root), base=base))))


def _guarded(answer: HTMLResponse) -> HTMLResponse:
    """With a policy that keeps the page from loading anything from elsewhere."""
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


_INDEX = """<p>Synthetic tables whose declared facts hold: post a definition, download the data.</p>
<ul>
<li><a href="{root}/docs">Try the API (Swagger UI)</a></li>
<li><a href="{root}/redoc">Read the API (ReDoc)</a></li>
<li><a href="{root}/openapi.json">OpenAPI 3.1 description</a></li>
<li><a href="{root}/problems">What each problem means</a></li>
<li><a href="{root}/healthz">Alive</a>, <a href="{root}/readyz">ready</a>,
<a href="{root}/metrics">metrics</a></li>
</ul>
<pre>curl -sS {base}/v1/jobs -H 'Content-Type: application/yaml' -H 'Prefer: wait=10' \\
  --data-binary @- &lt;&lt;'YAML'
n_samples: 1000
features:
  age: {{type: int, distribution: {{normal: {{mean: 40, std: 12}}}}, min: 18, max: 99}}
  plan: {{type: category, cats: {{Gold: 0.2, Silver: 0.8}}}}
YAML
curl -OJ {base}/v1/jobs/ID/result?format=csv</pre>
"""
