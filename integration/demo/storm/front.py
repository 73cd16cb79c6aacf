"""The front of the shops, in a process of its own: carries bytes between the app and the shops, and may be killed at any moment.

What a shop holds is not here, for Shopify loses nothing when a connection to it breaks.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

HOST = "127.0.0.1"


async def serve(pairs: list[tuple[int, int]]) -> None:
    """From each public port to the shop behind it, until standard input ends, that is until the starter dies."""
    for public, inner in pairs:
        await asyncio.start_server(lambda r, w, inner=inner: carry(r, w, inner), HOST, public)  # type: ignore[misc]
    print("serving", flush=True)  # noqa: T201 - the starter waits for it
    await asyncio.to_thread(sys.stdin.buffer.read)


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inner: int) -> None:
    try:
        behind_reader, behind_writer = await asyncio.open_connection(HOST, inner)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(65_536):
            target.write(piece)
            await target.drain()
    target.close()


if __name__ == "__main__":
    asyncio.run(serve([(int(public), int(inner)) for public, inner in (pair.split(":") for pair in sys.argv[1:])]))
