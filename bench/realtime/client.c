/* The load client: many readers, one publisher, every message counted. One thread, one loop.
 *
 *     client OPTION=VALUE… PHASE…
 *
 * Options: protocol=raw|socketio|nchan|centrifugal ports=P,P… publisher=raw|socketio|nchan|centrifugal|control
 *   publisher_port=P readers=N topics=N size=BYTES pids=PID,PID… (whose CPU and memory is reported)
 *   stallers=EVERY (each EVERYth reader can be told to stop reading)
 *   patience=S (so long nothing comes before what is due counts as missing)
 * Phases run in the order given; each prints one JSON object.
 *   touch=N         N connections come and go, so that what a server makes once is not counted later
 *   handshake       all readers connect, up to HTTP 101
 *   connect         all readers connect and subscribe
 *   recover=K       the same, each asking for the last K publications it had read
 *   drop            all readers go without a word
 *   window=W:S      for S seconds W publications are on their way at any time
 *   rate=R:S        for S seconds R publications a second
 *   publish=K       K publications on each topic, one at a time
 *   hold=S          nothing but answers to pings
 *   stall=R:S       like rate, while the stallers do not read
 *   converge=S      the stallers read again, and come back where they were closed, until they have everything
 *
 * A payload is a JSON object with the moment it was made (`ts`, CLOCK_MONOTONIC in ns) and a number per topic (`seq`).
 * Every reader checks that `seq`, and under the Centrifugal protocol the publication's `offset`, goes up by exactly 1:
 * a jump is a gap, a number met before is a repeat. `missing` deliveries never came at all. CPU is that of the
 * processes in `pids`, all their threads, between two moments at which nothing is on its way.
 */
#define _GNU_SOURCE
#include "frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOPICS 8192
#define AT_ONCE 200        /* connections being opened at a time */
#define OPEN_NS 60000000000ull /* a connect phase may take so long */
#define QUIET_NS 100000000ull
#define STALLER_BYTES 4096 /* receive buffer of a staller: the server shall feel it */

enum protocol { RAW, SOCKETIO, NCHAN, CENTRIFUGAL, CONTROL };
enum stage { GONE, DIALLED, GREETED, ENTERED, READY };

struct conn {
    int fd, topic;
    enum protocol protocol;
    enum stage stage;
    bool publishes, staller, recovers, entered; /* entered: `at` is where it was, and may be recovered from */
    uint64_t seq, offset;
    uint8_t *kept; /* the beginning of a frame */
    size_t kept_size, kept_room;
};

static enum protocol protocol = RAW, publisher_protocol = RAW;
static int ports[16], n_ports, publisher_port;
static int n_readers = 100, n_topics = 1, size = 300, stallers;
static uint64_t patience_ns = 3000000000u; /* without a delivery for so long, the rest is missing */
static pid_t pids[64];
static int n_pids;

static struct conn *readers;
static struct conn *publishers; /* one; under Nchan one for each topic */
static int n_publishers;
static int loop;
static bool greet_only;
static int n_ready, n_gone;
static uint8_t mask[4];

static uint64_t seqs[TOPICS];     /* last published */
static int audience[TOPICS];      /* ready readers whose deliveries are waited for */
static char epochs[TOPICS][64];
static uint64_t published, expected, delivered;
static uint64_t gaps, repeats, unreadable, closed, unsubscribed, recovered, reread, recovered_items;
static int last_close;

static void die(const char *why, ...) {
    va_list args;
    va_start(args, why);
    fprintf(stderr, "client: ");
    vfprintf(stderr, why, args);
    fprintf(stderr, "\n");
    exit(1);
}

/* ---- what the server costs */

static double process_cpu(pid_t pid) {
    clockid_t id;
    struct timespec t;
    if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &t)) return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double server_cpu(void) {
    double sum = 0;
    for (int i = 0; i < n_pids; i++) sum += process_cpu(pids[i]);
    return sum;
}

static long memory_kb(const char *file, const char *field) {
    long sum = 0;
    for (int i = 0; i < n_pids; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/%d/%s", pids[i], file);
        FILE *f = fopen(path, "r");
        if (!f) continue;
        while (fgets(line, sizeof line, f))
            if (!strncmp(line, field, strlen(field))) sum += atol(line + strlen(field));
        fclose(f);
    }
    return sum;
}

static long rss_kb(void) { return memory_kb("status", "VmRSS:"); }
static long pss_kb(void) { return memory_kb("smaps_rollup", "Pss:"); }

/* ---- how long deliveries take: 64 steps to each doubling of the microseconds */

static uint64_t latencies[2048];

static void note_latency(uint64_t ns) {
    uint64_t us = ns / 1000;
    int step = 0;
    if (us < 64) {
        step = (int)us;
    } else {
        int power = 63 - __builtin_clzll(us);
        step = (power - 5) * 64 + (int)(us >> (power - 6) & 63);
    }
    latencies[step < 2047 ? step : 2047]++;
}

static double latency(double share) {
    uint64_t total = 0, sum = 0;
    for (int i = 0; i < 2048; i++) total += latencies[i];
    for (int i = 0; i < 2048; i++) {
        sum += latencies[i];
        if (total && (double)sum >= share * (double)total)
            return i < 64 ? i : (double)((uint64_t)(64 + i % 64) << (i / 64 - 1));
    }
    return 0;
}

/* ---- as much JSON as is needed */

/* The end of the value at p. */
static const char *skip(const char *p, const char *end) {
    int depth = 0;
    for (; p < end; p++) {
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++)
                if (*p == '\\') p++;
            if (!depth) return p + 1;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            if (!depth) return p;
            if (!--depth) return p + 1;
        } else if (*p == ',' && !depth) {
            return p;
        }
    }
    return end;
}

/* The value of a member of the object at p, or NULL. No blanks are expected between the parts. */
static const char *member(const char *p, const char *end, const char *name) {
    size_t length = strlen(name);
    if (!p || p >= end || *p != '{') return NULL;
    for (p++; p < end && *p == '"';) {
        const char *key = p + 1, *after = skip(p, end);
        if (after >= end || *after != ':') return NULL;
        if ((size_t)(after - 1 - key) == length && !memcmp(key, name, length)) return after + 1;
        p = skip(after + 1, end);
        if (p < end && *p == ',') p++;
    }
    return NULL;
}

static uint64_t number(const char *p, const char *end) {
    uint64_t n = 0;
    for (; p && p < end && *p >= '0' && *p <= '9'; p++) n = n * 10 + (uint64_t)(*p - '0');
    return n;
}

/* ---- connections */

static void watch(struct conn *c, bool on) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(loop, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, c->fd, &e);
}

static void leave(struct conn *c) {
    if (c->stage == GONE) return;
    if (c->stage == READY && !c->publishes) {
        n_ready--;
        if (!c->staller) audience[c->topic]--;
    }
    c->stage = GONE;
    close(c->fd);
    c->kept_size = 0;
    n_gone++;
}

static void put(struct conn *c, const void *data, size_t length) {
    const char *p = data;
    while (length) {
        ssize_t n = send(c->fd, p, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = c->fd, .events = POLLOUT};
            poll(&ready, 1, 100);
            continue;
        }
        if (n < 0) return; /* its end will be read */
        p += n;
        length -= (size_t)n;
    }
}

static size_t framed(uint8_t *out, int op, const char *text, size_t length) {
    size_t head = frame_head(out, op, length, mask);
    memcpy(out + head, text, length);
    frame_mask(out + head, length, mask);
    return head + length;
}

static void say(struct conn *c, int op, const char *text, size_t length) {
    uint8_t out[2048];
    if (length > sizeof out - 14) return;
    put(c, out, framed(out, op, text, length));
}

static void tell(struct conn *c, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(c, TEXT, text, (size_t)n);
}

static void dial(struct conn *c, int port) {
    int one = 1, small = STALLER_BYTES;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) die("no more sockets: %s (ulimit -n)", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (c->staller) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(c->fd, (struct sockaddr *)&there, sizeof there) && errno != EINPROGRESS)
        die("port %d: %s", port, strerror(errno));
    c->stage = DIALLED;
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c}; /* once it can write: the request */
    epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &e);
}

static void ask_upgrade(struct conn *c) {
    char path[64], request[512];
    watch(c, false);
    watch(c, true);
    if (c->protocol == CONTROL) {
        c->stage = READY;
        return;
    }
    if (c->protocol == RAW && c->publishes) snprintf(path, sizeof path, "/pub");
    else if (c->protocol == RAW) snprintf(path, sizeof path, "/ws?topic=r%d", c->topic);
    else if (c->protocol == NCHAN) snprintf(path, sizeof path, "/%s/r%d", c->publishes ? "pub" : "sub", c->topic);
    else if (c->protocol == SOCKETIO) snprintf(path, sizeof path, "/socket.io/?EIO=4&transport=websocket");
    else snprintf(path, sizeof path, "/connection/websocket");
    int n = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path);
    put(c, request, (size_t)n);
}

static void ready(struct conn *c) {
    c->stage = READY;
    if (c->publishes) return;
    n_ready++;
    if (!c->staller) audience[c->topic]++;
    if (!c->recovers) c->seq = seqs[c->topic];
}

static void greeted(struct conn *c) {
    c->stage = GREETED;
    if (greet_only || c->protocol == RAW || c->protocol == NCHAN) {
        ready(c);
        return;
    }
    if (c->protocol != CENTRIFUGAL) return;
    if (c->publishes) tell(c, "{\"id\":1,\"connect\":{}}");
    else if (c->recovers)
        tell(c, "{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"r%d\",\"recover\":true,"
                "\"offset\":%lu,\"epoch\":\"%s\"}}", c->topic, c->offset, epochs[c->topic]);
    else
        tell(c, "{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"r%d\"}}", c->topic);
}

/* ---- what comes in */

/* Whether it is one not met before. */
static bool count_step(uint64_t *last, uint64_t now) {
    if (now <= *last) {
        repeats++;
        return false;
    }
    if (now != *last + 1) gaps++;
    *last = now;
    return true;
}

static void take_payload(struct conn *c, const char *p, const char *end, uint64_t now) {
    const char *seq = member(p, end, "seq"), *ts = member(p, end, "ts");
    if (!seq || !ts) {
        unreadable++;
        return;
    }
    if (!count_step(&c->seq, number(seq, end)) || c->staller) return;
    delivered++;
    uint64_t made = number(ts, end);
    note_latency(now > made ? now - made : 0);
}

static void take_publication(struct conn *c, const char *pub, const char *end, uint64_t now, bool live) {
    const char *offset = member(pub, end, "offset"), *data = member(pub, end, "data");
    if (!offset || !data) {
        unreadable++;
        return;
    }
    count_step(&c->offset, number(offset, end));
    if (live) {
        take_payload(c, data, end, now);
    } else {
        const char *seq = member(data, end, "seq");
        if (seq) count_step(&c->seq, number(seq, end));
        else unreadable++;
        recovered_items++;
    }
}

static void take_subscribed(struct conn *c, const char *reply, const char *end) {
    const char *epoch = member(reply, end, "epoch"), *items = member(reply, end, "publications");
    const char *whole = member(reply, end, "recovered");
    if (epoch) snprintf(epochs[c->topic], sizeof epochs[0], "%.*s", (int)(skip(epoch, end) - epoch - 2), epoch + 1);
    uint64_t offset = number(member(reply, end, "offset"), end);
    if (c->recovers && whole && !strncmp(whole, "true", 4)) {
        if (offset != c->offset) unreadable++; /* the reply repeats where the reader was */
        for (const char *p = items ? items + 1 : end; p < end && *p == '{';) {
            const char *next = skip(p, end);
            take_publication(c, p, next, 0, false);
            p = next < end && *next == ',' ? next + 1 : next;
        }
        recovered++;
    } else {
        if (c->recovers) reread++; /* told in so many words: the state has to be read again */
        c->recovers = false;
        c->offset = offset;
    }
    ready(c);
    c->entered = true;
}

static void take_line(struct conn *c, const char *line, const char *end, uint64_t now) {
    const char *push = member(line, end, "push");
    if (push) {
        const char *pub = member(push, end, "pub");
        if (pub) take_publication(c, pub, end, now, true);
        else if (member(push, end, "unsubscribe")) unsubscribed++;
        return;
    }
    if (end - line == 2) {
        say(c, TEXT, "{}", 2);
        return;
    }
    if (member(line, end, "error")) {
        static int shown;
        if (shown++ < 3) fprintf(stderr, "client: %.*s\n", (int)(end - line), line);
        unreadable++;
        return;
    }
    if (c->publishes) {
        if (c->stage != READY) ready(c);
        return;
    }
    const char *subscribe = member(line, end, "subscribe");
    if (subscribe) take_subscribed(c, subscribe, end);
}

static void take_socketio(struct conn *c, const char *p, const char *end, uint64_t now) {
    if (end - p == 1 && *p == '2') {
        say(c, TEXT, "3", 1);
    } else if (c->stage == GREETED && *p == '0') {
        say(c, TEXT, "40", 2);
        c->stage = ENTERED;
    } else if (c->stage == ENTERED && end - p >= 2 && !memcmp(p, "40", 2)) {
        if (c->publishes) ready(c);
        else tell(c, "420[\"sub\",\"r%d\"]", c->topic);
    } else if (c->stage == ENTERED && end - p >= 2 && !memcmp(p, "43", 2)) {
        ready(c);
    } else if (c->stage == READY && end - p >= 2 && !memcmp(p, "42", 2)) {
        const char *data = memchr(p, '{', (size_t)(end - p));
        take_payload(c, data ? data : end, end, now);
    }
}

static void take_text(struct conn *c, const char *p, const char *end, uint64_t now) {
    if (c->protocol == SOCKETIO) take_socketio(c, p, end, now);
    else if (c->protocol == CENTRIFUGAL) {
        while (p < end && c->stage != GONE) {
            const char *line_end = memchr(p, '\n', (size_t)(end - p));
            if (!line_end) line_end = end;
            if (line_end > p) take_line(c, p, line_end, now);
            else unreadable++; /* an empty line stops the official clients */
            p = line_end + 1;
        }
    } else if (!c->publishes) take_payload(c, p, end, now);
}

/* How many bytes were used. */
static size_t take_bytes(struct conn *c, const uint8_t *bytes, size_t length, uint64_t now) {
    size_t at = 0;
    if (c->stage == DIALLED) {
        static const char accept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
        if (!end) return 0;
        at = (size_t)(end + 4 - bytes);
        if (memcmp(bytes, "HTTP/1.1 101", 12) || !memmem(bytes, at, accept, sizeof accept - 1))
            die("no upgrade: %.*s", (int)strcspn((const char *)bytes, "\r"), bytes);
        greeted(c);
    }
    struct frame f;
    while (c->stage != GONE && frame_read(bytes + at, length - at, &f)) {
        const char *p = (const char *)bytes + at + f.start;
        at += f.start + f.length;
        if (f.op == PING) say(c, PONG, p, f.length);
        else if (f.op == TEXT) take_text(c, p, p + f.length, now);
        else if (f.op == CLOSE) {
            closed++;
            last_close = f.length >= 2 ? (uint8_t)p[0] << 8 | (uint8_t)p[1] : 0;
            leave(c);
        }
    }
    return at;
}

static void take(struct conn *c) {
    static uint8_t bytes[8 << 20]; /* a full recovery comes in one frame */
    size_t before = c->kept_size;
    if (before > sizeof bytes / 2) die("a frame of more than %zu bytes", before);
    if (before) memcpy(bytes, c->kept, before);
    ssize_t n = recv(c->fd, bytes + before, sizeof bytes - before, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        if (c->publishes) die("the publisher's connection was closed");
        if (c->stage != READY && !c->entered) die("a connection was closed before it was ready");
        closed++;
        leave(c);
        return;
    }
    if (c->protocol == CONTROL) return;
    size_t whole = before + (size_t)n, used = take_bytes(c, bytes, whole, clock_ns());
    if (c->stage == GONE) return;
    c->kept_size = whole - used;
    if (c->kept_size > c->kept_room) {
        c->kept_room = 2 * c->kept_size;
        c->kept = realloc(c->kept, c->kept_room);
    }
    memcpy(c->kept, bytes + used, c->kept_size);
}

static void pump(int timeout_ms) {
    static struct epoll_event events[1024];
    int n = epoll_wait(loop, events, 1024, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if (c->stage == GONE) continue;
        if (c->stage == DIALLED && events[i].events & EPOLLOUT) ask_upgrade(c);
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take(c);
    }
}

/* Until the server has nothing left to do: what a phase costs shall not be counted in the next. */
static void settle(void) {
    uint64_t end = clock_ns() + 50 * QUIET_NS;
    double cpu = server_cpu();
    for (;;) {
        uint64_t until = clock_ns() + QUIET_NS;
        while (clock_ns() < until) pump(10);
        double now = server_cpu();
        if (now - cpu < 0.002 || clock_ns() > end) return;
        cpu = now;
    }
}

/* ---- publishing */

static uint8_t *outgoing; /* to the one publisher; under Nchan each goes at once */
static size_t outgoing_size, outgoing_room;

static size_t payload(char *out, int topic) {
    static const char pad[] = "the window seat if it comes free, otherwise the bar; a child's chair; somebody is late";
    int n = sprintf(out, "{\"seq\":%lu,\"ts\":%lu,\"topic\":\"r%d\",\"ops\":[{\"kind\":\"table\",\"id\":17,\"status\":"
                         "\"seated\",\"covers\":4,\"party\":\"%08lx\",\"since\":1795262400}],\"note\":\"",
                    ++seqs[topic], clock_ns(), topic, published * 2654435761u & 0xffffffffu);
    while (n < size - 2) {
        int more = size - 2 - n;
        if (more > (int)sizeof pad - 1) more = (int)sizeof pad - 1;
        memcpy(out + n, pad, (size_t)more);
        n += more;
    }
    memcpy(out + n, "\"}", 2);
    return (size_t)n + 2;
}

static void publish(int topic) {
    static char text[70000];
    int head = 0, tail = 0;
    if (publisher_protocol == CENTRIFUGAL)
        head = sprintf(text, "{\"id\":%lu,\"publish\":{\"channel\":\"r%d\",\"data\":", published + 2, topic);
    else if (publisher_protocol == SOCKETIO) head = sprintf(text, "42[\"pub\",\"r%d\",", topic);
    else if (publisher_protocol != NCHAN) head = sprintf(text, "r%d\n", topic);
    size_t length = (size_t)head + payload(text + head, topic);
    if (publisher_protocol == CENTRIFUGAL) tail = sprintf(text + length, "}}");
    else if (publisher_protocol == SOCKETIO) tail = sprintf(text + length, "]");
    length += (size_t)tail;
    published++;
    expected += (uint64_t)audience[topic];
    if (outgoing_size + length + 14 > outgoing_room) {
        outgoing_room = 2 * (outgoing_size + length + 14);
        outgoing = realloc(outgoing, outgoing_room);
    }
    if (publisher_protocol == CONTROL) { /* length, then text */
        uint32_t n = htonl((uint32_t)length);
        memcpy(outgoing + outgoing_size, &n, 4);
        memcpy(outgoing + outgoing_size + 4, text, length);
        outgoing_size += 4 + length;
    } else {
        outgoing_size += framed(outgoing + outgoing_size, TEXT, text, length);
    }
    if (publisher_protocol == NCHAN) {
        put(&publishers[topic], outgoing, outgoing_size);
        outgoing_size = 0;
    }
}

static void send_published(void) {
    if (outgoing_size) put(&publishers[0], outgoing, outgoing_size);
    outgoing_size = 0;
}

static void open_publishers(void) {
    n_publishers = publisher_protocol == NCHAN ? n_topics : 1;
    publishers = calloc((size_t)n_publishers, sizeof *publishers);
    uint64_t end = clock_ns() + OPEN_NS;
    for (int i = 0; i < n_publishers; i++) {
        struct conn *c = &publishers[i];
        c->topic = i;
        c->protocol = publisher_protocol;
        c->publishes = true;
        dial(c, publisher_port);
        while (c->stage != READY && clock_ns() < end) pump(10);
        if (c->stage != READY) die("the publisher could not connect");
    }
}

/* ---- phases */

static const char *separator = "";
static void print(const char *name, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("%s\"%s\":", separator, name);
    vprintf(format, args);
    va_end(args);
    separator = ",";
}

static struct {
    uint64_t at, published, delivered, gaps, repeats, unreadable, closed, unsubscribed, recovered, reread, items;
    double cpu, own;
} begun;

static void begin(void) {
    memset(latencies, 0, sizeof latencies);
    begun.published = published, begun.delivered = delivered, begun.gaps = gaps, begun.repeats = repeats;
    begun.unreadable = unreadable, begun.closed = closed, begun.unsubscribed = unsubscribed;
    begun.recovered = recovered, begun.reread = reread, begun.items = recovered_items;
    begun.own = process_cpu(getpid());
    begun.cpu = server_cpu();
    begun.at = clock_ns();
}

static void report(const char *phase, uint64_t took) {
    double cpu = server_cpu() - begun.cpu, own = process_cpu(getpid()) - begun.own;
    separator = "";
    printf("{");
    print("phase", "\"%s\"", phase);
    print("seconds", "%.6f", (double)took / 1e9);
    print("cpu", "%.6f", cpu);
    print("client_cpu", "%.6f", own);
    print("ready", "%d", n_ready);
    print("rss_kb", "%ld", rss_kb());
    print("pss_kb", "%ld", pss_kb());
    print("published", "%lu", published - begun.published);
    print("deliveries", "%lu", delivered - begun.delivered);
    print("missing", "%lu", expected - delivered);
    print("gaps", "%lu", gaps - begun.gaps);
    print("repeats", "%lu", repeats - begun.repeats);
    print("unreadable", "%lu", unreadable - begun.unreadable);
    print("closed", "%lu", closed - begun.closed);
    print("close_code", "%d", last_close);
    print("unsubscribed", "%lu", unsubscribed - begun.unsubscribed);
    print("recovered", "%lu", recovered - begun.recovered);
    print("reread", "%lu", reread - begun.reread);
    print("recovered_items", "%lu", recovered_items - begun.items);
    print("p50_us", "%.0f", latency(0.50));
    print("p99_us", "%.0f", latency(0.99));
    print("p999_us", "%.0f", latency(0.999));
    expected = delivered; /* what is missing is said once */
}

static void done(void) {
    printf("}\n");
    fflush(stdout);
}

static void drain(void) {
    uint64_t seen = delivered, since = clock_ns();
    while (delivered < expected) {
        pump(10);
        if (delivered != seen) seen = delivered, since = clock_ns();
        else if (clock_ns() - since > patience_ns) return;
    }
}

static void let_in(int count) {
    uint64_t end = clock_ns() + OPEN_NS;
    int dialled = 0, gone = n_gone;
    while (n_ready < count && clock_ns() < end) {
        while (dialled < count && dialled - n_ready < AT_ONCE) {
            struct conn *c = &readers[dialled];
            dial(c, ports[dialled % n_ports]);
            dialled++;
        }
        pump(10);
        if (n_gone > gone) die("%d connections closed while all were being opened, code %d", n_gone - gone, last_close);
    }
    if (n_ready < count) die("only %d of %d connections became ready", n_ready, count);
}

static void all_leave(void) {
    for (int i = 0; i < n_readers; i++) leave(&readers[i]);
    settle();
}

static void closed_loop(uint64_t window, double seconds) {
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9), seen = delivered, since = clock_ns();
    uint64_t room = window * (uint64_t)(n_ready / n_topics), each = (uint64_t)(n_ready / n_topics);
    for (int topic = 0;;) {
        uint64_t now = clock_ns();
        if (now > end) break;
        while (expected - delivered + each <= room) {
            publish(topic);
            topic = (topic + 1) % n_topics;
        }
        send_published();
        pump(10);
        if (delivered != seen) seen = delivered, since = now;
        else if (now - since > patience_ns) return;
    }
    drain();
}

static void open_loop(double rate, double seconds) {
    uint64_t start = clock_ns(), step = (uint64_t)(1e9 / rate), next = start;
    uint64_t end = start + (uint64_t)(seconds * 1e9);
    for (int topic = 0; next < end;) {
        uint64_t now = clock_ns();
        for (; next <= now && next < end; next += step) {
            publish(topic);
            topic = (topic + 1) % n_topics;
        }
        send_published();
        pump(next > now ? (int)((next - now) / 1000000) : 0);
    }
    drain();
}

static void phase_load(const char *name, double amount, double seconds, bool steady) {
    double warm = seconds < 1 ? seconds / 4 : 0.25;
    if (steady) open_loop(amount, warm);
    else closed_loop((uint64_t)amount, warm);
    begin();
    if (steady) open_loop(amount, seconds);
    else closed_loop((uint64_t)amount, seconds);
    report(name, clock_ns() - begun.at);
    done();
}

static void phase_connect(const char *name, int back) {
    for (int i = 0; i < n_readers; i++) {
        struct conn *c = &readers[i];
        c->recovers = back > 0;
        if (back > 0) {
            if (!c->entered || c->offset < (uint64_t)back) die("nothing to recover from");
            c->offset -= (uint64_t)back;
            c->seq -= (uint64_t)back;
        }
    }
    settle();
    long rss = rss_kb(), pss = pss_kb();
    begin();
    let_in(n_readers);
    uint64_t took = clock_ns() - begun.at;
    settle(); /* what a server does for a reader after it said yes is part of the price */
    report(name, took);
    print("rss_kb_before", "%ld", rss);
    print("pss_kb_before", "%ld", pss);
    done();
}

static void phase_publish(int count) {
    begin();
    for (int i = 0; i < count; i++) {
        for (int topic = 0; topic < n_topics; topic++) publish(topic);
        send_published();
        drain();
    }
    report("publish", clock_ns() - begun.at);
    done();
}

static void phase_hold(double seconds) {
    settle();
    begin();
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9);
    while (clock_ns() < end) pump(50);
    report("hold", clock_ns() - begun.at);
    done();
}

/* What the kernel holds for the stallers at the server's end: sent and not taken, with its own overhead. */
static long kernel_kb(void) {
    static bool stalls[65536];
    static char answer[1 << 16];
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 of;
    } ask = {
        .head = {sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0},
        .of = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1),
               .idiag_states = ~0u},
    };
    memset(stalls, 0, sizeof stalls);
    for (int i = 0; i < n_readers; i++) {
        struct sockaddr_in own;
        socklen_t size = sizeof own;
        if (readers[i].staller && readers[i].stage != GONE && !getsockname(readers[i].fd, (struct sockaddr *)&own, &size))
            stalls[ntohs(own.sin_port)] = true;
    }
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
    long bytes = 0;
    bool more = fd >= 0 && send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask;
    while (more) {
        ssize_t n = recv(fd, answer, sizeof answer, 0);
        struct nlmsghdr *h = (struct nlmsghdr *)answer;
        more = n > 0;
        for (; n > 0 && NLMSG_OK(h, (size_t)n); h = NLMSG_NEXT(h, n)) {
            if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
                more = false;
                break;
            }
            struct inet_diag_msg *m = NLMSG_DATA(h);
            int left = (int)h->nlmsg_len - (int)NLMSG_LENGTH(sizeof *m);
            if (!stalls[ntohs(m->id.idiag_dport)]) continue;
            for (struct rtattr *a = (struct rtattr *)(m + 1); RTA_OK(a, left); a = RTA_NEXT(a, left))
                if (a->rta_type == INET_DIAG_SKMEMINFO) {
                    uint32_t *held = RTA_DATA(a);
                    bytes += held[SK_MEMINFO_WMEM_QUEUED] + held[SK_MEMINFO_RMEM_ALLOC];
                }
        }
    }
    if (fd >= 0) close(fd);
    return bytes / 1024;
}

static void phase_stall(double rate, double seconds) {
    settle();
    long rss = rss_kb(), most = rss, kernel = kernel_kb(), kernel_most = kernel;
    for (int i = 0; i < n_readers; i++)
        if (readers[i].staller) watch(&readers[i], false);
    begin();
    for (double left = seconds; left > 0; left -= 0.1) { /* the server may free what it held when it closes them */
        open_loop(rate, left < 0.1 ? left : 0.1);
        long now = rss_kb(), kernel_now = kernel_kb();
        if (now > most) most = now;
        if (kernel_now > kernel_most) kernel_most = kernel_now;
    }
    report("stall", clock_ns() - begun.at);
    print("rss_kb_before", "%ld", rss);
    print("rss_kb_most", "%ld", most);
    print("kernel_kb", "%ld", kernel_most - kernel);
    done();
}

static void phase_converge(double seconds) {
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9);
    int behind = 1, back = 0, count = 0;
    begin();
    for (int i = 0; i < n_readers; i++)
        if (readers[i].staller && readers[i].stage != GONE) watch(&readers[i], true);
    while (behind && clock_ns() < end) {
        pump(10);
        behind = count = 0;
        for (int i = 0; i < n_readers; i++) {
            struct conn *c = &readers[i];
            if (!c->staller) continue;
            count++;
            if (c->stage == GONE) {
                if (c->protocol != CENTRIFUGAL) continue; /* it cannot ask for what it missed: behind for good */
                c->recovers = true;
                dial(c, ports[i % n_ports]);
                back++;
            }
            if (c->stage != READY || c->seq != seqs[c->topic]) behind++;
        }
    }
    for (int i = 0; i < n_readers; i++)
        if (readers[i].staller && readers[i].stage == GONE) behind++;
    report("converge", clock_ns() - begun.at);
    print("stallers", "%d", count);
    print("came_back", "%d", back);
    print("behind", "%d", behind);
    done();
}

static void phase_touch(int count) {
    if (count > n_readers) count = n_readers;
    let_in(count);
    begin();
    all_leave();
    report("touch", clock_ns() - begun.at);
    done();
}

static void run(char *phase) {
    char name[64];
    snprintf(name, sizeof name, "%s", phase);
    char *value = strchr(phase, '=');
    double first = 0, second = 0;
    if (value) {
        *value++ = 0;
        sscanf(value, "%lf:%lf", &first, &second);
    }
    if (!strcmp(phase, "touch")) phase_touch((int)first);
    else if (!strcmp(phase, "handshake")) {
        greet_only = true;
        phase_connect(name, 0);
        greet_only = false;
    } else if (!strcmp(phase, "connect")) phase_connect(name, 0);
    else if (!strcmp(phase, "recover")) phase_connect(name, (int)first);
    else if (!strcmp(phase, "drop")) all_leave();
    else if (!strcmp(phase, "window")) phase_load(name, first, second, false);
    else if (!strcmp(phase, "rate")) phase_load(name, first, second, true);
    else if (!strcmp(phase, "publish")) phase_publish((int)first);
    else if (!strcmp(phase, "hold")) phase_hold(first);
    else if (!strcmp(phase, "stall")) phase_stall(first, second);
    else if (!strcmp(phase, "converge")) phase_converge(first);
    else die("no phase %s", phase);
}

static enum protocol protocol_of(const char *name) {
    static const char *const names[] = {"raw", "socketio", "nchan", "centrifugal", "control"};
    for (int i = 0; i < 5; i++)
        if (!strcmp(name, names[i])) return (enum protocol)i;
    die("no protocol %s", name);
    return RAW;
}

static bool option(const char *word) {
    const char *value = strchr(word, '=');
    if (!value) return false;
    size_t n = (size_t)(value++ - word);
#define IS(name) (n == sizeof name - 1 && !memcmp(word, name, n))
    if (IS("protocol")) protocol = protocol_of(value);
    else if (IS("publisher")) publisher_protocol = protocol_of(value);
    else if (IS("publisher_port")) publisher_port = atoi(value);
    else if (IS("readers")) n_readers = atoi(value);
    else if (IS("topics")) n_topics = atoi(value);
    else if (IS("size")) size = atoi(value);
    else if (IS("stallers")) stallers = atoi(value);
    else if (IS("patience")) patience_ns = (uint64_t)(atof(value) * 1e9);
    else if (IS("ports"))
        for (const char *p = value; p && n_ports < 16; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
            ports[n_ports++] = atoi(p);
    else if (IS("pids"))
        for (const char *p = value; p && *p && n_pids < 64; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
            pids[n_pids++] = atoi(p);
    else return false;
    return true;
}

int main(int argc, char **argv) {
    int at = 1;
    while (at < argc && option(argv[at])) at++;
    if (!n_ports || n_topics < 1 || n_topics > TOPICS || size < 250 || size > 65000)
        die("ports=, topics= (at most %d) and size= (250 to 65000) are needed", TOPICS);
    if (!publisher_port) publisher_port = ports[0];
    getrandom(mask, sizeof mask, 0);
    loop = epoll_create1(0);
    readers = calloc((size_t)n_readers, sizeof *readers);
    for (int i = 0; i < n_readers; i++) {
        readers[i].protocol = protocol;
        readers[i].topic = i / n_ports % n_topics; /* each port has readers of each topic */
        readers[i].staller = stallers && i % stallers == 0;
    }
    open_publishers();
    for (; at < argc; at++) run(argv[at]);
    return 0;
}
