// Drives the official JavaScript SDK, without a token, against an open gateway: one order a line on stdin, what it saw
// on stdout. argv: module, port.
import { createInterface } from 'node:readline';
const [module, port] = process.argv.slice(2);
const { Centrifuge } = await import(module);
const say = (what, more = {}) => process.stdout.write(JSON.stringify({ what, ...more }) + '\n');
const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
  websocket: WebSocket, minReconnectDelay: 20, maxReconnectDelay: 100,
});
client.on('connected', (c) => say('connected', { client: c.client }));
client.on('connecting', (c) => say('connecting', { code: c.code }));
client.on('disconnected', (c) => say('disconnected', { code: c.code, reason: c.reason }));
client.on('subscribed', (c) => say('given', { channel: c.channel, data: c.data }));
client.on('publication', (c) => say('pub', { channel: c.channel, offset: c.offset, data: c.data }));
const failed = (c) => say('failed', { code: c.code });
const orders = {
  connect: () => client.connect(),
  subscribe({ channel }) {
    const sub = client.newSubscription(channel, { positioned: true, recoverable: true, joinLeave: true });
    sub.on('subscribed', (c) => say('subscribed', { channel, recovered: c.recovered }));
    sub.on('unsubscribed', (c) => say('unsubscribed', { channel, code: c.code }));
    sub.on('publication', (c) => say('pub', { channel, offset: c.offset, data: c.data, by: c.info?.client, tags: c.tags }));
    sub.on('join', (c) => say('join', { channel, client: c.info.client }));
    sub.subscribe();
  },
  publish: ({ channel, data }) => client.publish(channel, data).then(() => say('published'), failed),
  presence: ({ channel }) => client.presence(channel).then((r) => say('presence', { clients: Object.keys(r.clients) }), failed),
  history: ({ channel, ...asked }) =>
    client.history(channel, asked).then((r) => say('history', { offsets: r.publications.map((p) => p.offset), epoch: r.epoch }), failed),
};
createInterface({ input: process.stdin }).on('line', (line) => { const o = JSON.parse(line); orders[o.do](o); }).on('close', () => process.exit(0));
say('up');
