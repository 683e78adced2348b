
/*
 * gzip, in whatever pieces it comes.
 */


#include <zlib.h>

#include "tap.h"
#include "buffer.h"
#include "decode.h"


typedef struct {
    urlmeta_buf_t   out;
    size_t          total;
    size_t          limit;
    int             pause;      /* after each piece */
    int             pauses;
    int             bad;
} sink_t;


static int take(void *data, const char *piece, size_t len);
static void gzip(urlmeta_buf_t *b, const char *data, size_t len, int bits);
static int feed(sink_t *s, const void *data, size_t len, size_t step,
    int *complete);


int
main(void)
{
    int            rc, complete, good;
    char          *zeroes;
    size_t         i, n;
    sink_t         s;
    urlmeta_buf_t  b, one;

    static size_t  steps[] = { 1, 2, 13, 1 << 20 };

    memset(&s, 0, sizeof(s));
    memset(&b, 0, sizeof(b));
    memset(&one, 0, sizeof(one));

    s.limit = 1 << 30;

    gzip(&one, "hello, world", 12, MAX_WBITS + 16);

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        rc = feed(&s, one.data, one.len, steps[i], &complete);
        ok(rc == URLMETA_OK && complete && s.out.len == 12
           && memcmp(s.out.data, "hello, world", 12) == 0,
           "a member in pieces of %zu", steps[i]);

        rc = feed(&s, one.data, one.len - 1, steps[i], &complete);
        ok(rc == URLMETA_OK && !complete, "one that misses a byte");

        /* two members, then padding */

        urlmeta_buf_reset(&b);
        urlmeta_buf_add(&b, one.data, one.len);
        gzip(&b, "", 0, MAX_WBITS + 16);
        gzip(&b, " again", 6, MAX_WBITS + 16);
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        ok(rc == URLMETA_OK && complete && s.out.len == 18
           && memcmp(s.out.data, "hello, world again", 18) == 0,
           "members");

        rc = feed(&s, b.data, b.len - 3, steps[i], &complete);
        ok(rc == URLMETA_OK && !complete, "the last of which is cut");

        urlmeta_buf_add(&b, "\0\0\0junk\x1f\x8b", 9);
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        ok(rc == URLMETA_OK && complete && s.out.len == 18,
           "junk behind members");

        urlmeta_buf_reset(&b);
        urlmeta_buf_add(&b, one.data, one.len);
        urlmeta_buf_add(&b, "\x1f!", 2);
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        ok(rc == URLMETA_OK && complete && s.out.len == 12,
           "junk that begins as a member does");

        urlmeta_buf_reset(&b);
        urlmeta_buf_add(&b, one.data, one.len);
        urlmeta_buf_add(&b, "\x1f\x8b\xff\xff\xff\xff\xff\xff", 8);
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        is_int(rc, URLMETA_DECODE_BAD, "a damaged second member");

        urlmeta_buf_reset(&b);
        urlmeta_buf_add(&b, one.data, one.len);
        b.data[one.len - 6] ^= 1;
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        is_int(rc, URLMETA_DECODE_BAD, "a wrong checksum");

        rc = feed(&s, "<html>", 6, steps[i], &complete);
        is_int(rc, URLMETA_DECODE_BAD, "no gzip at all");

        urlmeta_buf_reset(&b);
        gzip(&b, "hello", 5, MAX_WBITS);
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        is_int(rc, URLMETA_DECODE_BAD, "zlib's format is not gzip's");
    }

    rc = feed(&s, "", 0, 1, &complete);
    ok(rc == URLMETA_OK && !complete, "nothing is not complete");

    /* a bomb: 64 MB in 64 KB, of which the handler takes one */

    n = 64 << 20;
    zeroes = calloc(1, n);

    urlmeta_buf_reset(&b);
    gzip(&b, zeroes, n, MAX_WBITS + 16);

    s.limit = 1 << 20;
    rc = feed(&s, b.data, b.len, 16384, &complete);
    ok(rc == URLMETA_DONE, "the handler ends it");
    ok(s.total >= s.limit && s.total <= s.limit + 16384 && !s.bad,
       "without decoding more than a piece beyond");

    /* with a pause after each piece */

    s.pause = 1;
    s.pauses = 0;
    rc = feed(&s, b.data, b.len, 16384, &complete);
    ok(rc == URLMETA_DONE && !s.bad && s.pauses == (int) (s.limit / 16384),
       "a bomb with pauses: %d", s.pauses);

    s.limit = n + 1;
    s.pauses = 0;
    rc = feed(&s, b.data, b.len, b.len, &complete);
    ok(rc == URLMETA_OK && complete && s.total == n && !s.bad
       && s.pauses >= (int) (n / 16384),
       "all of it, in one feed and %d pauses", s.pauses);

    s.pause = 0;
    free(zeroes);

    /* a million bytes that do not compress */

    n = 1 << 20;
    urlmeta_buf_reset(&one);
    urlmeta_buf_reserve(&one, n);

    for (i = 0; i < n; i++) {
        one.data[i] = (char) (i * i * 2654435761U >> 24);
    }

    urlmeta_buf_reset(&b);
    gzip(&b, one.data, n, MAX_WBITS + 16);

    s.limit = 1 << 30;
    rc = feed(&s, b.data, b.len, 4096, &complete);
    good = s.out.len == n && memcmp(s.out.data, one.data, n) == 0;
    ok(rc == URLMETA_OK && complete && good && !s.bad, "a megabyte");

    /* members and junk, with pauses, and one that is damaged */

    s.pause = 1;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        urlmeta_buf_reset(&b);
        gzip(&b, one.data, n, MAX_WBITS + 16);
        gzip(&b, "", 0, MAX_WBITS + 16);
        gzip(&b, "hello", 5, MAX_WBITS + 16);
        urlmeta_buf_add(&b, "\0\0", 2);
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        good = s.out.len == n + 5 && memcmp(s.out.data, one.data, n) == 0
               && memcmp(s.out.data + n, "hello", 5) == 0;
        ok(rc == URLMETA_OK && complete && good && !s.bad,
           "members with pauses, in pieces of %zu", steps[i]);

        b.data[b.len - 9] ^= 1;
        rc = feed(&s, b.data, b.len, steps[i], &complete);
        is_int(rc, URLMETA_DECODE_BAD, "a wrong checksum after a pause");
    }

    urlmeta_buf_free(&s.out);
    urlmeta_buf_free(&b);
    urlmeta_buf_free(&one);

    return done_testing();
}


static int
take(void *data, const char *piece, size_t len)
{
    sink_t  *s = data;

    if (len == 0 || len > 16384) {
        s->bad = 1;
    }

    s->total += len;

    urlmeta_buf_add(&s->out, piece, len);

    if (s->total > s->limit) {
        return URLMETA_DONE;
    }

    s->pauses += s->pause;

    return s->pause ? URLMETA_DECODE_PAUSE : URLMETA_OK;
}


static void
gzip(urlmeta_buf_t *b, const char *data, size_t len, int bits)
{
    size_t    bound;
    z_stream  z;

    memset(&z, 0, sizeof(z));

    deflateInit2(&z, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY);

    bound = deflateBound(&z, len);
    urlmeta_buf_reserve(b, bound);

    z.next_in = (unsigned char *) data;
    z.avail_in = (uInt) len;
    z.next_out = (unsigned char *) b->data + b->len;
    z.avail_out = (uInt) bound;

    deflate(&z, Z_FINISH);

    b->len += z.total_out;

    deflateEnd(&z);
}


static int
feed(sink_t *s, const void *data, size_t len, size_t step, int *complete)
{
    int                rc;
    char              *piece, *rest;
    size_t             i, n, size, left;
    urlmeta_decode_t  *d;

    urlmeta_buf_reset(&s->out);
    s->total = 0;
    rc = URLMETA_OK;

    d = urlmeta_decode_create(take, s);

    for (i = 0; i < len && rc == URLMETA_OK; i += size) {
        size = len - i < step ? len - i : step;
        n = size;
        piece = malloc(n);
        memcpy(piece, (const char *) data + i, n);

        rc = urlmeta_decode_feed(d, piece, n);

        /* what is left may be elsewhere, and nothing beyond it */

        while (rc == URLMETA_DECODE_PAUSE) {
            left = urlmeta_decode_left(d);
            rest = malloc(left);
            memcpy(rest, piece + n - left, left);
            free(piece);
            piece = rest;
            n = left;

            rc = urlmeta_decode_feed(d, piece, n);
        }

        free(piece);
    }

    *complete = urlmeta_decode_complete(d);
    urlmeta_decode_destroy(d);

    return rc;
}
