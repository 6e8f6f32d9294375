// Drives the official JavaScript SDK against a gateway; the test tells it what to do on stdin, it tells what it saw on
// stdout, one JSON object a line. argv: module, port, token.
import { createInterface } from 'node:readline';
const [module, port, token] = process.argv.slice(2);
const { Centrifuge } = await import(module);
const say = (what, more = {}) => process.stdout.write(JSON.stringify({ what, ...more }) + '\n');
const state = { position: null, asked: 0, tokens: 0 };
const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
  websocket: WebSocket, token, minReconnectDelay: 20, maxReconnectDelay: 100, maxServerPingDelay: 3000,
  getToken: async () => { state.tokens += 1; say('getToken'); return 'user:ann'; },
});
client.on('connected', (c) => say('connected', { client: c.client }));
client.on('connecting', (c) => say('connecting', { code: c.code, reason: c.reason }));
client.on('disconnected', (c) => say('disconnected', { code: c.code, reason: c.reason }));
client.on('error', (c) => say('error', { code: c.error.code }));
client.on('subscribed', (c) => say('given', { channel: c.channel, recovered: c.recovered, at: c.streamPosition }));
client.on('unsubscribed', (c) => say('taken', { channel: c.channel }));
client.on('publication', (c) => say('pub', { channel: c.channel, offset: c.offset, data: c.data }));
client.on('join', (c) => say('join', { user: c.info.user }));
const subs = {};
const orders = {
  connect: () => client.connect(),
  disconnect: () => client.disconnect(),
  subscribe({ channel, state: withState, lives }) {
    const options = { positioned: true, recoverable: true, joinLeave: true, minResubscribeDelay: 20, maxResubscribeDelay: 100 };
    if (withState) options.getState = async () => { state.asked += 1; say('getState'); return state.position; };
    if (lives) options.getToken = async () => { say('subToken'); return lives.length > 1 ? lives.shift() : lives[0]; };
    const sub = (subs[channel] = client.newSubscription(channel, options));
    sub.on('subscribed', (c) => say('subscribed', { channel, recovered: c.recovered, wasRecovering: c.wasRecovering, at: c.streamPosition }));
    sub.on('subscribing', (c) => say('subscribing', { channel, code: c.code }));
    sub.on('unsubscribed', (c) => say('unsubscribed', { channel, code: c.code, reason: c.reason }));
    sub.on('publication', (c) => say('pub', { channel, offset: c.offset, data: c.data, by: c.info?.user, seat: c.info?.chanInfo?.seat }));
    sub.on('join', (c) => say('join', { user: c.info.user, seat: c.info.chanInfo?.seat }));
    sub.on('leave', (c) => say('leave', { user: c.info.user }));
    sub.on('error', (c) => say('subError', { code: c.error.code }));
    sub.subscribe();
  },
  unsubscribe: ({ channel }) => subs[channel].unsubscribe(),
  position: ({ offset, epoch }) => { state.position = { offset, epoch }; say('noted'); },
  rpc: ({ method, data }) => client.rpc(method, data).then((r) => say('rpc', { data: r.data }), (e) => say('rpcError', { code: e.code })),
  publish: ({ channel, data }) => client.publish(channel, data).then(() => say('published'), (e) => say('publishError', { code: e.code })),
  presence: ({ channel }) => client.presence(channel).then((r) => say('presence', { clients: r.clients })),
  stats: ({ channel }) => client.presenceStats(channel).then((r) => say('stats', r)),
  history: ({ channel, limit, reverse, since }) => client.history(channel, { limit, reverse, since }).then(
    (r) => say('history', { n: r.publications.length, offset: r.offset, epoch: r.epoch, offsets: r.publications.map((p) => p.offset) }),
    (e) => say('historyError', { code: e.code })),
  exit: () => process.exit(0),
};
createInterface({ input: process.stdin }).on('line', (line) => { const o = JSON.parse(line); orders[o.do](o); }).on('close', () => process.exit(0));
say('up');
