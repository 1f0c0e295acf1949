"""A small server for the player's tests: our assets, a page to mount the player on, and the API's routes."""

from __future__ import annotations

import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.browser import graphs

ROOT = Path(__file__).parents[2]

REPLIES = {
    "/api/trace": graphs.trace_reply,
    "/api/nudge": graphs.nudge_reply,
    "/api/cell": graphs.cell_reply,
    "/api/practice": graphs.practice_reply,
}

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Player</title>
<style>
  body { margin: 0; background: #fff; font-family: system-ui, sans-serif }
  main { max-width: 1180px; margin: 0 auto; padding: 24px 16px }
  @media (prefers-color-scheme: dark) { body { background: #0e1117; color: #fff } }
</style>
<main></main>
<script type="module">
  import { mount } from "/assets/player/mount.js";
  window.show = (data) => mount(document.querySelector("main"), data);
  window.ready = true;
</script>
</html>
"""


class Handler(SimpleHTTPRequestHandler):
    """Assets as they are, the page at /, and the API's routes."""

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests' output is their own."""

    def do_GET(self) -> None:
        """The page, or a file under assets."""
        if self.path.split("?")[0] == "/":
            self._send(200, PAGE.encode(), "text/html; charset=utf-8")
        elif self.path.startswith("/assets/"):
            super().do_GET()
        else:
            self._send(404, b"", "text/plain")

    def do_POST(self) -> None:
        """The routes of the API."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = REPLIES[self.path]
        try:
            self._send(200, json.dumps(reply(body)).encode(), "application/json")
        except ValueError as error:
            self._send(400, json.dumps({"error": str(error)}).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """Quiet about browsers that hang up."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A closed page drops its connections: no news."""


def serve(port: int = 0) -> Server:
    """A server on a free port, not yet running; `serve_forever` runs it."""
    return Server(("127.0.0.1", port), partial(Handler, directory=str(ROOT)))


if __name__ == "__main__":
    with serve(8765) as server:
        print(f"http://127.0.0.1:{server.server_port}/ serves the player's test page")
        server.serve_forever()
