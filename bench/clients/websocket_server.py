"""The server that ``websocket.py`` talks to: it gives texts back in capitals, and bytes as they are."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve


async def answer(connection: ServerConnection) -> None:
    async for message in connection:
        if message == "bye":
            await connection.close(1000, "goodbye")
            return
        await connection.send(message.upper() if isinstance(message, str) else message)


async def main() -> None:
    async with serve(answer, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
