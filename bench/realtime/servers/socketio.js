// Socket.IO, websocket transport only: node socketio.js PORT. Events: sub(topic, ack), pub(topic, data) → d(data).
'use strict';
const { createServer } = require('http');
const { Server } = require('socket.io');

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
io.on('connection', (socket) => {
  socket.on('sub', (topic, ack) => {
    socket.join(topic);
    if (ack) ack();
  });
  socket.on('pub', (topic, data) => io.to(topic).emit('d', data));
});
http.listen(Number(process.argv[2]), '127.0.0.1', 4096);
