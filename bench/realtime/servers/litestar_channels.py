"""Litestar's channels plugin, in memory, on uvicorn: python litestar_channels.py PORT. As in ws.js."""

import sys

import uvicorn
from litestar import Litestar, WebSocket, websocket
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend
from litestar.exceptions import WebSocketDisconnect

channels = ChannelsPlugin(backend=MemoryChannelsBackend(), arbitrary_channels_allowed=True)


@websocket("/ws")
async def read(socket: WebSocket) -> None:
    await socket.accept()
    topic = socket.query_params["topic"]
    async with channels.start_subscription([topic]) as subscriber, subscriber.run_in_background(socket.send_text):
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            pass


@websocket("/pub")
async def publish(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            topic, _, payload = (await socket.receive_text()).partition("\n")
            channels.publish(payload, topic)
    except WebSocketDisconnect:
        pass


app = Litestar([read, publish], plugins=[channels])
uvicorn.run(
    app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="websockets",
    ws_per_message_deflate=False, log_level="warning", backlog=4096,
)  # fmt: skip
