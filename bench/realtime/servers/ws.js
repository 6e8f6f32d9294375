// Node `ws`: node ws.js PORT. GET /ws?topic=rN reads, text `rN\n<payload>` on GET /pub publishes.
'use strict';
const { WebSocketServer, WebSocket } = require('ws');

const topics = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false, backlog: 4096 });

function readers(topic) {
  let found = topics.get(topic);
  if (!found) topics.set(topic, (found = new Set()));
  return found;
}

server.on('connection', (socket, request) => {
  socket.on('error', () => {});
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/pub') {
    socket.on('message', (message) => {
      const end = message.indexOf(10);
      const payload = message.subarray(end + 1);
      for (const reader of readers(message.toString('latin1', 0, end))) {
        if (reader.readyState === WebSocket.OPEN) reader.send(payload, { binary: false });
      }
    });
    return;
  }
  const mine = readers(searchParams.get('topic'));
  mine.add(socket);
  socket.on('close', () => mine.delete(socket));
});
