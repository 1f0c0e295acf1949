"""The files that the browser loads, with an address that changes when they change.

`/assets/player/mount.js` is always checked again by the browser. `/assets/@4f2a…/player/mount.js` is the
same file under an address that holds a fingerprint of all our files, so the browser may keep it for good
and asks for nothing when a person comes back.
"""

import gzip
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "assets"
SERVED = ("player", "app", "vendor")
# What the pages of trained models load besides.
BENCH = tuple(f"app/{name}.js" for name in ("bench", "buttons", "moments", "pad", "typing", "views"))
TEXT = {  # spelt out, since on some machines the system's own table makes a script plain text
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
FOR_GOOD = "public, max-age=31536000, immutable"


def address() -> str:
    """The folder of the assets, from the app's root: `assets/@4f2a…/`."""
    return f"assets/@{_fingerprint(_newest_change())}/"


def _newest_change() -> int:
    """When a file of ours last changed, in nanoseconds: a developer's edit shows at the next page load."""
    folders = [FOLDER / "player", FOLDER / "app"]
    return max(
        (entry.stat().st_mtime_ns for f in folders if f.is_dir() for entry in os.scandir(f)), default=0
    )


def modules() -> list[str]:
    """The JavaScript that every page with a player needs, as paths in the folder."""
    return _paths("app/*.js", "player/*.js", "vendor/*/*.mjs", but=("app/embed.js", *BENCH))


def _paths(*patterns: str, but: Collection[str] = ()) -> list[str]:
    found = [path.relative_to(FOLDER).as_posix() for pattern in patterns for path in FOLDER.glob(pattern)]
    return sorted(path for path in found if path not in but)


@lru_cache(maxsize=2)
def _fingerprint(_changed: int) -> str:
    digest = hashlib.sha256()
    for folder in SERVED:
        for file in sorted((FOLDER / folder).rglob("*")):
            if file.is_file():
                digest.update(file.relative_to(FOLDER).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class Assets(StaticFiles):
    """The static files under /assets, with the caching that their address allows."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def get_path(self, scope: Scope) -> str:
        """The file's path, without the fingerprint if the address has one."""
        path = super().get_path(scope)
        return path.partition(os.sep)[2] if path.startswith("@") else path

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; kept for good if its address holds the fingerprint of today's files."""
        kept = f"/{address()}" in scope["path"]
        if kept and Path(path).suffix in TEXT:
            full_path, stat = self.lookup_path(path)
            if stat is not None:
                return packed(full_path, stat.st_mtime_ns).response(Headers(scope=scope))
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_GOOD if kept else "no-cache"
        return response


@dataclass(frozen=True)
class Packed:
    """A text file in memory, as it is and compressed: opening a page asks for dozens at once."""

    body: bytes
    zipped: bytes
    media_type: str

    def response(self, request: Headers) -> Response:
        """The answer to a request with these headers."""
        zipped = "gzip" in request.get("accept-encoding", "")
        headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(self.zipped if zipped else self.body, 200, headers, self.media_type)


@lru_cache(maxsize=256)
def packed(path: str, _changed: int) -> Packed:
    """The file at `path`, read and compressed once."""
    body = Path(path).read_bytes()
    return Packed(body, gzip.compress(body, 6), TEXT[Path(path).suffix])
