
/*
 * The encodings of more than one byte a character, as glibc reads them and,
 * where that differs, the Encoding Standard.
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "encoding_state.h"
#include "utf8.h"


/* characters that a decoder remembers */
#define URLMETA_DECODER_BITS     12
#define URLMETA_DECODER_PAIRS    (1U << URLMETA_DECODER_BITS)

/* bytes that are read in another way after one that is none of these */
#define URLMETA_DECODER_STRETCH  64


/* two bytes of Big5 and what they are */

typedef struct {
    unsigned short             bytes;
    unsigned short             cp;
} urlmeta_big5_t;


static int urlmeta_decoder_pairs(urlmeta_decoder_t *d, const char *p,
    size_t len, size_t *used);
static int urlmeta_decoder_learn(urlmeta_decoder_t *d, const char *p,
    urlmeta_decoder_pair_t *pair, size_t *used);
static void urlmeta_decoder_known(urlmeta_decoder_pair_t *pair, const char *p,
    unsigned cp);
static unsigned urlmeta_decoder_scalar(const char *text, size_t len);
static int urlmeta_decoder_convert(urlmeta_decoder_t *d, const char *p,
    size_t len, size_t *used);
static int urlmeta_decoder_big5(urlmeta_decoder_t *d, const char *p,
    size_t len, size_t *used);
static size_t urlmeta_decoder_big5_find(const char *p, size_t len,
    unsigned *cp);
static size_t urlmeta_decoder_bad(urlmeta_decoder_t *d, const char *p,
    size_t len);


#include "encoding_data.inc"


int
urlmeta_decoder_iconv(urlmeta_decoder_t *d, const char *p, const char *last)
{
    int     rc;
    char    joint[2 * URLMETA_DECODER_CARRY];
    size_t  n, len, used, carried;

    while (d->ncarry && p < last) {

        /* the character that was cut, together with what follows it */

        carried = d->ncarry;
        n = (size_t) (last - p);

        if (n > URLMETA_DECODER_CARRY) {
            n = URLMETA_DECODER_CARRY;
        }

        memcpy(joint, d->carry, carried);
        memcpy(joint + carried, p, n);
        len = carried + n;

        rc = urlmeta_decoder_big5(d, joint, len, &used);

        if (rc != URLMETA_OK) {
            return rc;
        }

        if (used >= carried) {
            p += used - carried;
            d->ncarry = 0;
            break;
        }

        /* still incomplete: all there is fits, as "used" sees to */

        d->ncarry = len - used;
        memmove(d->carry, joint + used, d->ncarry);
        p += n;
    }

    while (p < last) {

        /* what is not known is read as far as it may reach */

        rc = urlmeta_decoder_pairs(d, p, (size_t) (last - p), &used);

        if (rc != URLMETA_OK) {
            return rc;
        }

        p += used;
        n = (size_t) (last - p);

        if (n == 0) {
            return URLMETA_OK;
        }

        if (!d->wide && n > URLMETA_DECODER_STRETCH) {
            n = URLMETA_DECODER_STRETCH;
        }

        rc = urlmeta_decoder_big5(d, p, n, &used);

        if (rc != URLMETA_OK) {
            return rc;
        }

        p += used;

        if (n - used == (size_t) (last - p)) {
            d->ncarry = (size_t) (last - p);
            memcpy(d->carry, p, d->ncarry);

            return URLMETA_OK;
        }
    }

    return URLMETA_OK;
}


/*
 * Pages repeat their characters: those of two bytes are asked for once, which
 * takes as long as a hundred.  "used" stops before what is something else.
 */

static int
urlmeta_decoder_pairs(urlmeta_decoder_t *d, const char *p, size_t len,
    size_t *used)
{
    int                      rc;
    size_t                   n;
    unsigned                 bytes;
    const char              *start, *last;
    urlmeta_decoder_pair_t  *pair;

    *used = 0;

    if (d->pairs == NULL && !d->wide) {

        /* the one with a state */

        if (strcmp(d->encoding->iconv, "ISO-2022-JP") != 0) {
            d->pairs = calloc(URLMETA_DECODER_PAIRS,
                              sizeof(urlmeta_decoder_pair_t));

            if (d->pairs == NULL) {
                return URLMETA_ERROR;
            }

            d->katakana = (strcmp(d->encoding->iconv, "CP932") == 0);

        } else {
            d->wide = 1;
        }
    }

    start = p;
    last = p + len;

    while (p < last && !d->wide) {

        if ((unsigned char) *p < 0x80) {
            n = urlmeta_utf8_ascii(p, (size_t) (last - p));
            rc = urlmeta_decoder_text(d, p, n);

            if (rc != URLMETA_OK) {
                return rc;
            }

            p += n;
            continue;
        }

        if (d->katakana && (unsigned char) *p >= 0xa1
            && (unsigned char) *p <= 0xdf)
        {
            /* of one byte, the only ones that are */

            rc = urlmeta_decoder_char(d, 0xff61 + (unsigned char) *p - 0xa1);

            if (rc != URLMETA_OK) {
                return rc;
            }

            p++;
            continue;
        }

        if (last - p < 2) {
            break;
        }

        bytes = (unsigned) (unsigned char) p[0] << 8 | (unsigned char) p[1];
        pair = &d->pairs[(bytes * 2654435761U) >> (32 - URLMETA_DECODER_BITS)];

        if (pair->bytes == bytes) {
            rc = urlmeta_decoder_char(d, pair->cp);
            n = 2;

        } else {
            rc = urlmeta_decoder_learn(d, p, pair, &n);
        }

        if (rc != URLMETA_OK) {
            return rc;
        }

        if (n == 0) {
            break;
        }

        p += n;
    }

    *used = (size_t) (p - start);

    return URLMETA_OK;
}


/*
 * The two bytes at p: as many as were read, which is all of them if they are
 * one character, and none if they are not for this.
 */

static int
urlmeta_decoder_learn(urlmeta_decoder_t *d, const char *p,
    urlmeta_decoder_pair_t *pair, size_t *used)
{
    int       rc, big5;
    char     *in, *out;
    size_t    n, left, room;
    unsigned  cp;

    *used = 0;

    /* of which CP949 complains when it has stepped over it */

    if (memcmp(p, "\xa2\xe8", 2) == 0) {
        return URLMETA_OK;
    }

    big5 = (strcmp(d->encoding->iconv, "BIG5-HKSCS") == 0);

    if (big5 && urlmeta_decoder_big5_find(p, 2, &cp) == 0) {
        urlmeta_decoder_known(pair, p, cp);
        *used = 2;

        return urlmeta_decoder_char(d, cp);
    }

    if (sizeof(d->out) - d->nout < 2 * URLMETA_DECODER_CARRY) {
        rc = urlmeta_decoder_flush(d);

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    in = (char *) p;
    left = 2;
    out = d->out + d->nout;
    room = sizeof(d->out) - d->nout;

    (void) iconv(d->cd, &in, &left, &out, &room);

    *used = 2 - left;
    n = (size_t) (out - d->out) - d->nout;
    out = d->out + d->nout;
    d->nout += n;

    if (left == 0) {
        cp = urlmeta_decoder_scalar(out, n);

        if (cp) {
            urlmeta_decoder_known(pair, p, cp);
            return URLMETA_OK;
        }
    }

    /* one of Hong Kong's may wait for another that combines with it */

    d->wide = big5;

    return URLMETA_OK;
}


static void
urlmeta_decoder_known(urlmeta_decoder_pair_t *pair, const char *p, unsigned cp)
{
    pair->bytes = (uint16_t) ((unsigned char) p[0] << 8
                              | (unsigned char) p[1]);
    pair->cp = (uint16_t) cp;
}


/* the code point if all of the text is one, of the first plane; else 0 */

static unsigned
urlmeta_decoder_scalar(const char *text, size_t len)
{
    const unsigned char  *p;

    p = (const unsigned char *) text;

    if (len == 2 && p[0] >= 0xc0) {
        return (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }

    if (len == 3 && p[0] >= 0xe0) {
        return (p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }

    return 0;
}


/*
 * Converts all but the beginning of a character at the end, which is less than
 * URLMETA_DECODER_CARRY bytes long.  The characters of Big5 that iconv does not
 * know, or knows as others than the Encoding Standard, are taken out first.
 */

static int
urlmeta_decoder_big5(urlmeta_decoder_t *d, const char *p, size_t len,
    size_t *used)
{
    int          rc;
    size_t       n;
    unsigned     cp;
    const char  *begin, *last;

    if (strcmp(d->encoding->iconv, "BIG5-HKSCS") != 0) {
        return urlmeta_decoder_convert(d, p, len, used);
    }

    begin = p;
    last = p + len;

    for ( ;; ) {
        n = urlmeta_decoder_big5_find(p, (size_t) (last - p), &cp);

        rc = urlmeta_decoder_convert(d, p, n, used);

        if (rc != URLMETA_OK || n == (size_t) (last - p)) {
            *used += (size_t) (p - begin);
            return rc;
        }

        /* what stands before a whole character is whole itself */

        if (*used != n) {
            rc = urlmeta_decoder_char(d, 0xfffd);

            if (rc != URLMETA_OK) {
                return rc;
            }
        }

        rc = urlmeta_decoder_char(d, cp);

        if (rc != URLMETA_OK) {
            return rc;
        }

        p += n + 2;
    }
}


/* the offset of the first of them, or the length */

static size_t
urlmeta_decoder_big5_find(const char *p, size_t len, unsigned *cp)
{
    size_t    i, low, high, middle;
    unsigned  bytes;

    *cp = 0xfffd;

    for (i = 0; i + 1 < len; i++) {
        bytes = (unsigned char) p[i];

        if (bytes < 0x81 || bytes == 0xff) {
            continue;
        }

        bytes = bytes << 8 | (unsigned char) p[i + 1];
        low = 0;
        high = sizeof(urlmeta_big5) / sizeof(urlmeta_big5[0]);

        while (low < high) {
            middle = (low + high) / 2;

            if (urlmeta_big5[middle].bytes == bytes) {
                *cp = urlmeta_big5[middle].cp;
                return i;
            }

            if (urlmeta_big5[middle].bytes < bytes) {
                low = middle + 1;

            } else {
                high = middle;
            }
        }

        /* a trail byte that cannot be one is read on its own if it is ASCII */

        bytes &= 0xff;

        if (bytes >= 0x80 || (bytes >= 0x40 && bytes != 0x7f)) {
            i++;
        }
    }

    return len;
}


static int
urlmeta_decoder_convert(urlmeta_decoder_t *d, const char *p, size_t len,
    size_t *used)
{
    int      rc;
    char    *in, *out;
    size_t   n, left, room;

    in = (char *) p;
    left = len;

    while (left) {
        out = d->out + d->nout;
        room = sizeof(d->out) - d->nout;

        n = iconv(d->cd, &in, &left, &out, &room);

        d->nout = (size_t) (out - d->out);

        if (n != (size_t) -1) {
            break;
        }

        if (errno == E2BIG) {
            rc = urlmeta_decoder_flush(d);

            if (rc != URLMETA_OK) {
                return rc;
            }

            continue;
        }

        if (errno == EINVAL && left < URLMETA_DECODER_CARRY) {
            break;
        }

        /*
         * glibc's CP949 complains of 0xA2E8 (and of that alone) when it has
         * already stepped over it.
         */

        if (in - p >= 2 && memcmp(in - 2, "\xa2\xe8", 2) == 0
            && strcmp(d->encoding->iconv, "CP949") == 0)
        {
            rc = urlmeta_decoder_char(d, 0xfffd);

            if (rc != URLMETA_OK) {
                return rc;
            }

            p = in;
            continue;
        }

        n = urlmeta_decoder_bad(d, in, left);

        if (n == 0) {
            break;
        }

        /* the Encoding Standard's decoders of GBK and gb18030 know the euro
           sign of Microsoft's code page 936 */

        rc = urlmeta_decoder_char(d, *in == '\x80'
                                     && strcmp(d->encoding->iconv, "GB18030")
                                        == 0 ? 0x20ac : 0xfffd);

        if (rc != URLMETA_OK) {
            return rc;
        }

        in += n;
        left -= n;
    }

    *used = len - left;

    return URLMETA_OK;
}


/*
 * How many bytes become one U+FFFD: a lead byte takes a trail byte with it
 * unless that is ASCII, which could be markup.  0 if the trail byte is yet to
 * come.
 */

static size_t
urlmeta_decoder_bad(urlmeta_decoder_t *d, const char *p, size_t len)
{
    unsigned char  lead;

    lead = (unsigned char) p[0];

    if (lead <= 0x80 || lead == 0xff
        || strcmp(d->encoding->iconv, "ISO-2022-JP") == 0)
    {
        return 1;
    }

    if (strcmp(d->encoding->iconv, "CP932") == 0
        && (lead == 0xa0 || lead >= 0xfd))
    {
        return 1;
    }

    if (len == 1) {
        return 0;
    }

    return (unsigned char) p[1] < 0x80 ? 1 : 2;
}
