/* What the load client and the floor share: the clock, and RFC 6455 frames as far as both need them. */
#ifndef FRAME_H
#define FRAME_H
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

struct frame {
    int op;
    size_t start, length; /* the payload's place in the bytes given */
    const uint8_t *mask;  /* NULL where the sender does not mask */
};

static inline uint64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Reads one whole frame; 0 where more bytes are needed. The next one begins at start + length. */
static inline int frame_read(const uint8_t *bytes, size_t size, struct frame *f) {
    size_t at = 2;
    if (size < at) return 0;
    f->op = bytes[0] & 15;
    f->length = bytes[1] & 127;
    if (f->length >= 126) {
        int wide = f->length == 126 ? 2 : 8;
        if (size < at + (size_t)wide) return 0;
        f->length = 0;
        for (int i = 0; i < wide; i++) f->length = f->length << 8 | bytes[at++];
    }
    f->mask = NULL;
    if (bytes[1] & 128) {
        f->mask = bytes + at;
        at += 4;
    }
    f->start = at;
    return size >= at && size - at >= f->length;
}

/* Writes a frame's head for a payload of `length` bytes; `mask` NULL for a server. At most 14 bytes. */
static inline size_t frame_head(uint8_t *out, int op, size_t length, const uint8_t *mask) {
    size_t n = 2;
    uint8_t masked = mask ? 128 : 0;
    out[0] = (uint8_t)(0x80 | op);
    if (length < 126) {
        out[1] = (uint8_t)(masked | length);
    } else {
        int wide = length < 65536 ? 2 : 8;
        out[1] = (uint8_t)(masked | (wide == 2 ? 126 : 127));
        for (int i = wide - 1; i >= 0; i--) out[n++] = (uint8_t)(length >> (8 * i));
    }
    if (mask) {
        memcpy(out + n, mask, 4);
        n += 4;
    }
    return n;
}

static inline void frame_mask(uint8_t *payload, size_t length, const uint8_t *mask) {
    for (size_t i = 0; i < length; i++) payload[i] ^= mask[i & 3];
}
#endif
