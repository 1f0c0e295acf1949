"""The HTTP routes beside Streamlit's own: the player's edits, its files, embedding, and health.

Every answer of the API is a pure function of its request, so any replica can give it and all visitors
share one cache. Wrong input gets 4xx and {"error": sentence}; our own faults get 500 and a sentence, and
the traceback goes to the log.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from ui import assets, embed, lesson_payload, requests
from ui.cache import SizedCache
from ui.errors import BadRequest, NotFound

LARGEST_BODY = 256 * 1024
LOG = logging.getLogger("gradwalk")

# Computing is bound by the processor: more threads would only make each other wait, and files wait too.
COMPUTING = CapacityLimiter(4)
KEPT: SizedCache[bytes] = SizedCache(limit=64 * 1024 * 1024)


def routes(base: str = "") -> list[BaseRoute]:
    """Gradwalk's routes, under the path `base` ("" or "/gradwalk")."""
    base = f"/{base.strip('/')}" if base.strip("/") else ""
    return [
        Route(f"{base}/healthz", healthz),
        Route(f"{base}/api/trace", _api("trace", requests.trace_payload), methods=["POST"]),
        Route(f"{base}/api/nudge", _api("nudge", requests.nudge_payload), methods=["POST"]),
        Route(f"{base}/api/cell", _api("cell", requests.origin_payload), methods=["POST"]),
        Route(f"{base}/api/practice", _api("practice", lesson_payload.practice_payload), methods=["POST"]),
        Route(f"{base}/api/{{rest:path}}", unknown_api, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        Route(f"{base}/embed/{{lesson}}", embedded),
        Mount(f"{base}/assets", app=assets.Assets()),
    ]


async def healthz(_request: Request) -> Response:
    """200 once the app can answer: the lessons are imported before the server listens."""
    return JSONResponse({"status": "ok"})


async def unknown_api(request: Request) -> Response:
    """A sentence for an address or a method that the API does not have."""
    if request.path_params["rest"] in ("trace", "nudge", "cell", "practice"):
        return _refusal(405, f"{request.url.path} answers POST only, with a JSON body.", {"Allow": "POST"})
    known = "api/trace, api/nudge, api/cell and api/practice"
    return _refusal(404, f"There is no {request.url.path}: the API has {known}.")


async def embedded(request: Request) -> Response:
    """The player alone, for slides and course pages."""
    lesson = request.path_params["lesson"]
    query = dict(request.query_params)

    def page() -> bytes:
        return embed.page(lesson, query).encode()

    key = f"embed {assets.address()} {json.dumps([lesson, query], sort_keys=True)}"
    try:
        html = await to_thread.run_sync(KEPT.get, key, page, limiter=COMPUTING)
    except BadRequest as wrong:
        return HTMLResponse(embed.error_page(str(wrong)), status_code=_status(wrong))
    except Exception:
        LOG.exception("embed/%s failed", lesson)
        return HTMLResponse(embed.error_page(OUR_FAULT), status_code=500)
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


OUR_FAULT = "Gradwalk failed at this: the fault is ours, not yours. It has been logged; try other values."


def _api(name: str, compute: Callable[[Any], dict[str, Any]]) -> Callable[[Request], Any]:
    """An endpoint that reads a JSON body, computes in a thread, and answers in JSON."""

    async def endpoint(request: Request) -> Response:
        try:
            body = parse(await _read(request))
            key = f"{name} {json.dumps(body, sort_keys=True)}"
            reply = await to_thread.run_sync(
                KEPT.get, key, lambda: requests.encode(compute(body)), limiter=COMPUTING
            )
        except BadRequest as wrong:
            return _refusal(_status(wrong), str(wrong), at=wrong.at)
        except Exception:
            LOG.exception("api/%s failed", name)
            return _refusal(500, OUR_FAULT)
        return Response(reply, media_type="application/json", headers={"Cache-Control": "no-store"})

    return endpoint


class TooLarge(BadRequest):
    """A body over the limit."""


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TooLarge(
                f"The request is too large: at most {LARGEST_BODY // 1024} KB; send fewer numbers."
            )
    return bytes(body)


def parse(text: bytes) -> Any:
    """The JSON value in `text`. Raises BadRequest for anything else, NaN and Infinity included."""

    def refuse(constant: str) -> None:
        raise BadRequest(
            f"The request holds {constant}, which is no number to compute with; send a finite one."
        )

    try:
        return json.loads(text, parse_constant=refuse)
    except BadRequest:
        raise
    except RecursionError:
        raise BadRequest("The request's lists are nested too deep; a matrix is a list of lists.") from None
    except ValueError as wrong:
        raise BadRequest(f"The request is not valid JSON ({wrong}); send a JSON object.") from None


def _status(wrong: BadRequest) -> int:
    if isinstance(wrong, TooLarge):
        return 413
    return 404 if isinstance(wrong, NotFound) else 400


def _refusal(
    status: int, sentence: str, headers: dict[str, str] | None = None, at: tuple[int, ...] | None = None
) -> Response:
    place = {} if at is None else {"at": list(at)}
    # Not JSONResponse: a sentence may quote half a surrogate pair, which UTF-8 cannot hold and \\u can.
    reply = json.dumps({"error": sentence, **place})
    return Response(reply, status, headers, media_type="application/json")
