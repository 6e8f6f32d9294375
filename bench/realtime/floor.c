/* The floor: the least a websocket server on this kernel can spend on a delivery.
 *
 *     floor PORT each|joined
 *
 * GET /ws?topic=rN reads a topic; what comes in on GET /pub as `rN\n<payload>` goes to all its readers. The frame is
 * built once. `each` makes one system call per reader and publication; `joined` writes the publications that arrived
 * in one turn of the loop together. No state, no history, no pings, no bound on what a slow reader is owed: a floor.
 */
#define _GNU_SOURCE
#include "frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOPICS 8192
#define FILES 65536

struct bytes {
    uint8_t *at;
    size_t size, room;
};

struct conn {
    int fd, topic, place; /* place among the topic's readers */
    int open, publishes;
    struct bytes in, owed;
};

struct topic {
    struct conn **readers;
    int count, room;
    struct bytes frames; /* of this turn */
};

static struct topic topics[TOPICS];
static int waiting[TOPICS], n_waiting; /* topics with frames of this turn */
static int loop, joined;

static void *grown(void *old, size_t size) {
    void *new = realloc(old, size);
    if (!new) {
        perror("floor");
        exit(1);
    }
    return new;
}

static void append(struct bytes *b, const void *more, size_t size) {
    if (b->size + size > b->room) {
        b->room = (b->size + size) * 2;
        b->at = grown(b->at, b->room);
    }
    memcpy(b->at + b->size, more, size);
    b->size += size;
}

static void forget(struct bytes *b, size_t size) {
    b->size -= size;
    if (b->size) {
        memmove(b->at, b->at + size, b->size);
    } else if (b->room) {
        free(b->at);
        b->at = NULL;
        b->room = 0;
    }
}

/* SHA-1 (RFC 3174) of at most 119 bytes, and base64: the handshake's answer needs them. */
static uint32_t turned(uint32_t x, int by) { return x << by | x >> (32 - by); }

static void sha1(const uint8_t *text, size_t size, uint8_t digest[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t padded[128] = {0};
    size_t blocks = size + 9 > 64 ? 2 : 1;
    memcpy(padded, text, size);
    padded[size] = 0x80;
    for (int i = 0; i < 8; i++) padded[blocks * 64 - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
    for (size_t block = 0; block < blocks; block++) {
        const uint8_t *p = padded + 64 * block;
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++, p += 4) w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | p[2] << 8 | p[3];
        for (int i = 16; i < 80; i++) w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5A827999
                       : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                       : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                : (b ^ c ^ d) + 0xCA62C1D6;
            uint32_t next = turned(a, 5) + f + e + w[i];
            e = d, d = c, c = turned(b, 30), b = a, a = next;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t *text, int size, char *out) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < size; i += 3) {
        int left = size - i;
        uint32_t v = (uint32_t)text[i] << 16 | (left > 1 ? text[i + 1] << 8 : 0) | (left > 2 ? text[i + 2] : 0);
        *out++ = letters[v >> 18];
        *out++ = letters[v >> 12 & 63];
        *out++ = left > 1 ? letters[v >> 6 & 63] : '=';
        *out++ = left > 2 ? letters[v & 63] : '=';
    }
    *out = 0;
}

static void listen_for(struct conn *c, int writable) {
    struct epoll_event e = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(loop, EPOLL_CTL_MOD, c->fd, &e);
}

static void leave(struct conn *c) {
    if (c->open && !c->publishes) {
        struct topic *t = &topics[c->topic];
        struct conn *last = t->readers[--t->count];
        t->readers[c->place] = last;
        last->place = c->place;
    }
    close(c->fd);
    free(c->in.at);
    free(c->owed.at);
    free(c);
}

static void give(struct conn *c, const uint8_t *data, size_t size) {
    size_t sent = 0;
    if (!c->owed.size) {
        ssize_t n = send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n == (ssize_t)size) return;
        sent = n > 0 ? (size_t)n : 0;
        listen_for(c, 1);
    }
    append(&c->owed, data + sent, size - sent);
}

static void pay(struct conn *c) {
    ssize_t n = send(c->fd, c->owed.at, c->owed.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) forget(&c->owed, (size_t)n);
    if (!c->owed.size) listen_for(c, 0);
}

static void give_all(int topic) {
    struct topic *t = &topics[topic];
    for (int i = 0; i < t->count; i++) give(t->readers[i], t->frames.at, t->frames.size);
    t->frames.size = 0;
}

static void publish(const uint8_t *text, size_t size) {
    const uint8_t *end = memchr(text, '\n', size);
    int topic = end ? atoi((const char *)text + 1) : -1;
    if (topic < 0 || topic >= TOPICS) return;
    size_t length = size - (size_t)(end + 1 - text);
    uint8_t head[14];
    if (joined && !topics[topic].frames.size) waiting[n_waiting++] = topic;
    append(&topics[topic].frames, head, frame_head(head, TEXT, length, NULL));
    append(&topics[topic].frames, end + 1, length);
    if (!joined) give_all(topic);
}

/* The request's length once it is answered, 0 while it is incomplete, -1 for one that is none of ours. */
static ssize_t shake_hands(struct conn *c, const char *request, size_t size) {
    static const char name[] = "sec-websocket-key: ";
    const char *end = memmem(request, size, "\r\n\r\n", 4);
    if (!end) return size > 8192 ? -1 : 0;
    char head[8200], key[100], accept[32], answer[200];
    size_t length = (size_t)(end + 4 - request);
    memcpy(head, request, length);
    head[length] = 0;
    const char *found = strcasestr(head, name);
    const char *topic = strstr(head, "topic=r");
    if (!found || sscanf(found + sizeof name - 1, "%40[^\r]", key) != 1) return -1;
    strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    uint8_t digest[20];
    sha1((uint8_t *)key, strlen(key), digest);
    base64(digest, 20, accept);
    c->publishes = !strncmp(head, "GET /pub", 8);
    c->topic = topic ? atoi(topic + 7) : 0;
    if (c->topic < 0 || c->topic >= TOPICS) return -1;
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    send(c->fd, answer, (size_t)n, MSG_NOSIGNAL);
    c->open = 1;
    if (!c->publishes) {
        struct topic *t = &topics[c->topic];
        if (t->count == t->room) {
            t->room = t->room ? 2 * t->room : 16;
            t->readers = grown(t->readers, (size_t)t->room * sizeof *t->readers);
        }
        c->place = t->count;
        t->readers[t->count++] = c;
    }
    return (ssize_t)length;
}

static void take(struct conn *c) {
    static uint8_t text[1 << 18];
    ssize_t n = recv(c->fd, text, sizeof text, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        leave(c);
        return;
    }
    uint8_t *all = text;
    size_t size = (size_t)n, at = 0;
    int kept = c->in.size > 0;
    if (kept) {
        append(&c->in, text, size);
        all = c->in.at;
        size = c->in.size;
    }
    if (!c->open) {
        ssize_t length = shake_hands(c, (char *)all, size);
        if (length < 0) {
            leave(c);
            return;
        }
        at = (size_t)length;
    }
    struct frame f;
    while (c->open && frame_read(all + at, size - at, &f)) {
        uint8_t *payload = all + at + f.start;
        if (f.mask) frame_mask(payload, f.length, f.mask);
        if (f.op == CLOSE) {
            leave(c);
            return;
        }
        if (f.op == TEXT && c->publishes) publish(payload, f.length);
        at += f.start + f.length;
    }
    if (kept) {
        forget(&c->in, at);
    } else if (at < size) {
        append(&c->in, all + at, size - at);
    }
}

static void take_calls(int listening) {
    int fd, one = 1;
    while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct conn *c = calloc(1, sizeof *c);
        c->fd = fd;
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e);
    }
}

int main(int argc, char **argv) {
    if (argc != 3 || (strcmp(argv[2], "each") && strcmp(argv[2], "joined"))) {
        fprintf(stderr, "floor PORT each|joined\n");
        return 2;
    }
    joined = !strcmp(argv[2], "joined");
    int one = 1, listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening, (struct sockaddr *)&here, sizeof here) || listen(listening, 4096)) {
        perror("floor");
        return 1;
    }
    loop = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, ready[1024];
    epoll_ctl(loop, EPOLL_CTL_ADD, listening, &e);
    for (;;) {
        int n = epoll_wait(loop, ready, 1024, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = ready[i].data.ptr;
            if (!c) {
                take_calls(listening);
                continue;
            }
            if (ready[i].events & EPOLLOUT) pay(c);
            if (ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take(c);
        }
        for (int i = 0; i < n_waiting; i++) give_all(waiting[i]);
        n_waiting = 0;
    }
}
