
/*
 * Content-Encoding: one layer of gzip (RFC 1952) by zlib, streamed.
 */


#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "buffer.h"
#include "decode.h"


#define URLMETA_DECODE_PIECE  16384


typedef enum {
    URLMETA_DECODE_MEMBER = 0,      /* within a member */
    URLMETA_DECODE_BETWEEN,         /* where another one may begin */
    URLMETA_DECODE_REST             /* what follows is dropped */
} urlmeta_decode_state_e;


struct urlmeta_decode_s {
    z_stream                 stream;
    urlmeta_decode_pt        handler;
    void                    *data;
    size_t                   left;
    urlmeta_decode_state_e   state;
    unsigned                 magic:1;   /* the first byte of one was seen */
    unsigned                 more:1;    /* zlib may have more of its input */
    unsigned char            out[URLMETA_DECODE_PIECE];
};


static int urlmeta_decode_member(urlmeta_decode_t *d);
static int urlmeta_decode_between(urlmeta_decode_t *d);


urlmeta_decode_t *
urlmeta_decode_create(urlmeta_decode_pt handler, void *data)
{
    urlmeta_decode_t  *d;

    d = malloc(sizeof(urlmeta_decode_t));

    if (d == NULL) {
        return NULL;
    }

    memset(&d->stream, 0, sizeof(z_stream));

    d->handler = handler;
    d->data = data;
    d->state = URLMETA_DECODE_MEMBER;
    d->left = 0;
    d->magic = 0;
    d->more = 0;

    /* 16: the gzip format and no other */

    if (inflateInit2(&d->stream, MAX_WBITS + 16) != Z_OK) {
        free(d);
        return NULL;
    }

    return d;
}


void
urlmeta_decode_destroy(urlmeta_decode_t *d)
{
    if (d == NULL) {
        return;
    }

    (void) inflateEnd(&d->stream);
    free(d);
}


int
urlmeta_decode_complete(urlmeta_decode_t *d)
{
    return d->state != URLMETA_DECODE_MEMBER;
}


size_t
urlmeta_decode_left(urlmeta_decode_t *d)
{
    return d->left;
}


int
urlmeta_decode_feed(urlmeta_decode_t *d, const void *data, size_t len)
{
    int                   rc;
    size_t                n;
    const unsigned char  *p;

    p = data;
    d->left = len;

    while ((d->left || d->more) && d->state != URLMETA_DECODE_REST) {

        /* zlib counts in unsigned int */

        n = d->left > 0x40000000 ? 0x40000000 : d->left;

        d->stream.next_in = (unsigned char *) p;
        d->stream.avail_in = (uInt) n;

        if (d->state == URLMETA_DECODE_BETWEEN) {
            rc = urlmeta_decode_between(d);

        } else {
            rc = urlmeta_decode_member(d);
        }

        n -= d->stream.avail_in;
        p += n;
        d->left -= n;

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    d->left = 0;

    return URLMETA_OK;
}


/* to the end of the member or of the input, whichever comes first */

static int
urlmeta_decode_member(urlmeta_decode_t *d)
{
    int        rc, status;
    size_t     n;
    z_stream  *z;

    z = &d->stream;

    do {
        z->next_out = d->out;
        z->avail_out = URLMETA_DECODE_PIECE;

        status = inflate(z, Z_NO_FLUSH);

        /* what was decoded before an error is good */

        n = URLMETA_DECODE_PIECE - z->avail_out;

        d->more = (z->avail_out == 0);

        rc = n ? d->handler(d->data, (char *) d->out, n) : URLMETA_OK;

        if (rc != URLMETA_OK && rc != URLMETA_DECODE_PAUSE) {
            return rc;
        }

        switch (status) {

        case Z_OK:
        case Z_BUF_ERROR:       /* no more input */
            break;

        case Z_STREAM_END:
            d->state = URLMETA_DECODE_BETWEEN;
            d->magic = 0;
            d->more = 0;
            return rc;

        case Z_MEM_ERROR:
            return URLMETA_ERROR;

        default:
            return URLMETA_DECODE_BAD;
        }

        if (rc != URLMETA_OK) {
            return rc;
        }

    } while (z->avail_in || z->avail_out == 0);

    return URLMETA_OK;
}


/*
 * A member begins with 0x1f 0x8b; anything else, padding with zeroes above
 * all, is no member and no error, as gzip(1) and browsers have it.
 */

static int
urlmeta_decode_between(urlmeta_decode_t *d)
{
    z_stream       *z;
    unsigned        avail;
    unsigned char  *next, magic;

    z = &d->stream;
    magic = 0x1f;

    if (!d->magic) {

        if (z->next_in[0] != 0x1f) {
            d->state = URLMETA_DECODE_REST;
            return URLMETA_OK;
        }

        d->magic = 1;
        z->next_in++;
        z->avail_in--;

        if (z->avail_in == 0) {
            return URLMETA_OK;
        }
    }

    if (z->next_in[0] != 0x8b) {
        d->state = URLMETA_DECODE_REST;
        return URLMETA_OK;
    }

    /* the first byte may be that of an earlier piece */

    next = z->next_in;
    avail = z->avail_in;

    if (inflateReset(z) != Z_OK) {
        return URLMETA_ERROR;
    }

    z->next_in = &magic;
    z->avail_in = 1;
    d->state = URLMETA_DECODE_MEMBER;

    if (urlmeta_decode_member(d) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    z->next_in = next;
    z->avail_in = avail;

    return URLMETA_OK;
}
