
/*
 * The decoders of the Encoding Standard.
 */


#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "encoding.h"
#include "encoding_state.h"
#include "utf8.h"


/* shorter runs of valid text are gathered, longer ones passed through */
#define URLMETA_DECODER_RUN    1024

#define URLMETA_ENCODING_MAX_LABEL  32


typedef struct {
    const char                *label;
    int                        encoding;    /* index */
} urlmeta_encoding_label_t;


static int urlmeta_encoding_compare(const void *key, const void *label);
static int urlmeta_decoder_utf8(urlmeta_decoder_t *d, const char *p,
    const char *last);
static int urlmeta_decoder_single(urlmeta_decoder_t *d, const char *p,
    const char *last);
static int urlmeta_decoder_utf16(urlmeta_decoder_t *d, const char *p,
    const char *last);
static int urlmeta_decoder_unit(urlmeta_decoder_t *d, unsigned unit);


#include "charset_data.inc"


#define URLMETA_ENCODING_MAX                                                  \
    (sizeof(urlmeta_encodings) / sizeof(urlmeta_encodings[0]))

#define URLMETA_ENCODING_LABELS                                               \
    (sizeof(urlmeta_encoding_labels) / sizeof(urlmeta_encoding_labels[0]))


const urlmeta_encoding_t *
urlmeta_encoding_lookup(const char *label, size_t len)
{
    char                             key[URLMETA_ENCODING_MAX_LABEL];
    size_t                           i;
    const urlmeta_encoding_label_t  *found;

    while (len && memchr("\t\n\f\r ", label[0], 5)) {
        label++;
        len--;
    }

    while (len && memchr("\t\n\f\r ", label[len - 1], 5)) {
        len--;
    }

    if (len == 0 || len >= sizeof(key)) {
        return NULL;
    }

    for (i = 0; i < len; i++) {
        key[i] = label[i];

        if (key[i] >= 'A' && key[i] <= 'Z') {
            key[i] |= 0x20;
        }

        if (key[i] == '\0') {
            return NULL;
        }
    }

    key[len] = '\0';

    found = bsearch(key, urlmeta_encoding_labels, URLMETA_ENCODING_LABELS,
                    sizeof(urlmeta_encoding_label_t),
                    urlmeta_encoding_compare);

    return found ? &urlmeta_encodings[found->encoding] : NULL;
}


static int
urlmeta_encoding_compare(const void *key, const void *label)
{
    return strcmp(key, ((const urlmeta_encoding_label_t *) label)->label);
}


const urlmeta_encoding_t *
urlmeta_encoding_lookup_meta(const char *label, size_t len)
{
    const urlmeta_encoding_t  *e;

    e = urlmeta_encoding_lookup(label, len);

    if (e == NULL) {
        return NULL;
    }

    switch (e->kind) {

    case URLMETA_ENCODING_UTF16BE:
    case URLMETA_ENCODING_UTF16LE:
        return urlmeta_encoding_lookup("utf-8", 5);

    case URLMETA_ENCODING_USER_DEFINED:
        return urlmeta_encoding_lookup("windows-1252", 12);

    default:
        return e;
    }
}


urlmeta_decoder_t *
urlmeta_decoder_create(const urlmeta_encoding_t *e, urlmeta_decoder_pt handler,
    void *data)
{
    urlmeta_decoder_t  *d;

    d = malloc(sizeof(urlmeta_decoder_t));

    if (d == NULL) {
        return NULL;
    }

    d->encoding = e;
    d->handler = handler;
    d->data = data;
    d->cd = (iconv_t) -1;
    d->ncarry = 0;
    d->nout = 0;
    d->high = 0;
    d->replaced = 0;
    d->pairs = NULL;
    d->wide = 0;
    d->katakana = 0;

    if (e->kind != URLMETA_ENCODING_ICONV) {
        return d;
    }

    d->cd = iconv_open("UTF-8", e->iconv);

    if (d->cd != (iconv_t) -1) {
        return d;
    }

    if (errno != EINVAL) {
        free(d);
        return NULL;
    }

    /*
     * A system without this part of glibc's gconv modules: its ASCII is read
     * and the rest is U+FFFD.
     */

    d->encoding = urlmeta_encoding_lookup("utf-8", 5);

    return d;
}


void
urlmeta_decoder_destroy(urlmeta_decoder_t *d)
{
    if (d == NULL) {
        return;
    }

    if (d->cd != (iconv_t) -1) {
        (void) iconv_close(d->cd);
    }

    free(d->pairs);
    free(d);
}


int
urlmeta_decoder_feed(urlmeta_decoder_t *d, const char *data, size_t len)
{
    int          rc;
    const char  *last;

    if (len == 0) {
        return URLMETA_OK;
    }

    last = data + len;

    switch (d->encoding->kind) {

    case URLMETA_ENCODING_UTF8:
        rc = urlmeta_decoder_utf8(d, data, last);
        break;

    case URLMETA_ENCODING_SINGLE:
    case URLMETA_ENCODING_USER_DEFINED:
        rc = urlmeta_decoder_single(d, data, last);
        break;

    case URLMETA_ENCODING_UTF16BE:
    case URLMETA_ENCODING_UTF16LE:
        rc = urlmeta_decoder_utf16(d, data, last);
        break;

    case URLMETA_ENCODING_ICONV:
        rc = urlmeta_decoder_iconv(d, data, last);
        break;

    default: /* URLMETA_ENCODING_REPLACEMENT */

        /*
         * Encodings in which ASCII bytes can mean something else: the whole
         * text is one error.
         */

        rc = URLMETA_OK;

        if (!d->replaced) {
            d->replaced = 1;
            rc = urlmeta_decoder_char(d, 0xfffd);
        }
    }

    if (rc != URLMETA_OK) {
        return rc;
    }

    return urlmeta_decoder_flush(d);
}


int
urlmeta_decoder_finish(urlmeta_decoder_t *d)
{
    int      rc;
    char    *out;
    size_t   left;

    rc = urlmeta_decoder_flush(d);

    if (rc != URLMETA_OK) {
        return rc;
    }

    if (d->cd != (iconv_t) -1) {

        /* a character that waits for one that could combine with it */

        out = d->out;
        left = sizeof(d->out);

        (void) iconv(d->cd, NULL, NULL, &out, &left);

        d->nout = (size_t) (out - d->out);
    }

    if (d->ncarry || d->high) {
        d->ncarry = 0;
        d->high = 0;

        rc = urlmeta_decoder_char(d, 0xfffd);
    }

    if (rc != URLMETA_OK) {
        return rc;
    }

    return urlmeta_decoder_flush(d);
}


static int
urlmeta_decoder_utf8(urlmeta_decoder_t *d, const char *p, const char *last)
{
    int     rc;
    size_t  n;

    while (d->ncarry && p < last) {
        d->carry[d->ncarry++] = *p++;

        if (urlmeta_utf8_valid(d->carry, d->ncarry)) {
            n = d->ncarry;
            d->ncarry = 0;

            rc = urlmeta_decoder_text(d, d->carry, n);

            if (rc != URLMETA_OK) {
                return rc;
            }

        } else if (urlmeta_utf8_bad(d->carry, d->ncarry)) {

            /* the new byte is what did not fit, and may begin another one */

            p--;
            d->ncarry = 0;

            rc = urlmeta_decoder_char(d, 0xfffd);

            if (rc != URLMETA_OK) {
                return rc;
            }
        }
    }

    while (p < last) {
        n = urlmeta_utf8_valid(p, (size_t) (last - p));

        if (n) {
            rc = urlmeta_decoder_text(d, p, n);

            if (rc != URLMETA_OK) {
                return rc;
            }

            p += n;

            if (p == last) {
                break;
            }
        }

        n = urlmeta_utf8_bad(p, (size_t) (last - p));

        if (n == 0) {
            d->ncarry = (size_t) (last - p);
            memcpy(d->carry, p, d->ncarry);

            break;
        }

        rc = urlmeta_decoder_char(d, 0xfffd);

        if (rc != URLMETA_OK) {
            return rc;
        }

        p += n;
    }

    return URLMETA_OK;
}


static int
urlmeta_decoder_single(urlmeta_decoder_t *d, const char *p, const char *last)
{
    int              rc;
    size_t           n;
    unsigned         byte, cp;
    const uint16_t  *table;

    table = d->encoding->table;

    while (p < last) {
        n = urlmeta_utf8_ascii(p, (size_t) (last - p));

        rc = urlmeta_decoder_text(d, p, n);

        if (rc != URLMETA_OK) {
            return rc;
        }

        for (p += n; p < last && (unsigned char) *p >= 0x80; p++) {
            byte = (unsigned char) *p;
            cp = table ? table[byte - 0x80] : 0xf780 + byte - 0x80;

            rc = urlmeta_decoder_char(d, cp ? cp : 0xfffd);

            if (rc != URLMETA_OK) {
                return rc;
            }
        }
    }

    return URLMETA_OK;
}


static int
urlmeta_decoder_utf16(urlmeta_decoder_t *d, const char *p, const char *last)
{
    int            rc;
    unsigned       unit;
    unsigned char  first, second;

    while (p < last) {

        if (d->ncarry == 0) {
            d->carry[d->ncarry++] = *p++;
            continue;
        }

        first = (unsigned char) d->carry[0];
        second = (unsigned char) *p++;
        d->ncarry = 0;

        if (d->encoding->kind == URLMETA_ENCODING_UTF16BE) {
            unit = (unsigned) first << 8 | second;

        } else {
            unit = (unsigned) second << 8 | first;
        }

        rc = urlmeta_decoder_unit(d, unit);

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    return URLMETA_OK;
}


static int
urlmeta_decoder_unit(urlmeta_decoder_t *d, unsigned unit)
{
    int       rc;
    unsigned  high;

    high = d->high;
    d->high = 0;

    if (high) {

        if (unit >= 0xdc00 && unit <= 0xdfff) {
            return urlmeta_decoder_char(d, 0x10000 + ((high - 0xd800) << 10)
                                           + (unit - 0xdc00));
        }

        rc = urlmeta_decoder_char(d, 0xfffd);

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    if (unit >= 0xd800 && unit <= 0xdbff) {
        d->high = unit;

        return URLMETA_OK;
    }

    if (unit >= 0xdc00 && unit <= 0xdfff) {
        unit = 0xfffd;
    }

    return urlmeta_decoder_char(d, unit);
}


/* valid UTF-8 to the handler, in pieces */

int
urlmeta_decoder_text(urlmeta_decoder_t *d, const char *p, size_t len)
{
    int     rc;
    size_t  n;

    if (len <= sizeof(d->out) - d->nout && len < URLMETA_DECODER_RUN) {
        memcpy(d->out + d->nout, p, len);
        d->nout += len;

        return URLMETA_OK;
    }

    rc = urlmeta_decoder_flush(d);

    while (len && rc == URLMETA_OK) {
        n = len;

        if (n > URLMETA_ENCODING_PIECE) {
            n = URLMETA_ENCODING_PIECE;

            while (((unsigned char) p[n] & 0xc0) == 0x80) {
                n--;
            }
        }

        rc = d->handler(d->data, p, n);

        p += n;
        len -= n;
    }

    return rc;
}


int
urlmeta_decoder_char(urlmeta_decoder_t *d, unsigned cp)
{
    int    rc;
    char  *out;

    if (sizeof(d->out) - d->nout < 4) {
        rc = urlmeta_decoder_flush(d);

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    out = d->out + d->nout;

    if (cp < 0x80) {
        *out++ = (char) cp;

    } else if (cp < 0x800) {
        *out++ = (char) (0xc0 | cp >> 6);
        *out++ = (char) (0x80 | (cp & 0x3f));

    } else if (cp < 0x10000) {
        *out++ = (char) (0xe0 | cp >> 12);
        *out++ = (char) (0x80 | (cp >> 6 & 0x3f));
        *out++ = (char) (0x80 | (cp & 0x3f));

    } else {
        *out++ = (char) (0xf0 | cp >> 18);
        *out++ = (char) (0x80 | (cp >> 12 & 0x3f));
        *out++ = (char) (0x80 | (cp >> 6 & 0x3f));
        *out++ = (char) (0x80 | (cp & 0x3f));
    }

    d->nout = (size_t) (out - d->out);

    return URLMETA_OK;
}


int
urlmeta_decoder_flush(urlmeta_decoder_t *d)
{
    size_t  n;

    if (d->nout == 0) {
        return URLMETA_OK;
    }

    n = d->nout;
    d->nout = 0;

    return d->handler(d->data, d->out, n);
}


/*
 * glibc reads a module from disk at the first iconv_open() and drops it some
 * time after the last iconv_close(), so one descriptor of each stays open.
 */

void
urlmeta_encoding_init(void)
{
    size_t          i;

    static iconv_t  kept[URLMETA_ENCODING_MAX];

    for (i = 0; i < URLMETA_ENCODING_MAX; i++) {

        if (urlmeta_encodings[i].iconv == NULL || kept[i] != NULL) {
            continue;
        }

        kept[i] = iconv_open("UTF-8", urlmeta_encodings[i].iconv);
    }
}
