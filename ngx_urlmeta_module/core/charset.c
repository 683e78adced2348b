
/*
 * Which character encoding a document is in, decided as late as it must be and
 * as early as it can.
 */


#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "encoding.h"
#include "utf8.h"


#define URLMETA_CHARSET_PRESCAN  1024
#define URLMETA_CHARSET_BOM_MAX  3
#define URLMETA_CHARSET_HOLD     65536


typedef enum {
    URLMETA_CHARSET_START = 0,      /* holds back what the prescan reads */
    URLMETA_CHARSET_ASCII,          /* undecided, and it does not matter yet */
    URLMETA_CHARSET_HELD,           /* undecided, and it does */
    URLMETA_CHARSET_DECODE
} urlmeta_charset_state_e;


struct urlmeta_charset_s {
    urlmeta_charset_pt          handler;
    void                       *data;

    urlmeta_charset_state_e     state;
    urlmeta_charset_from_e      from;

    const urlmeta_encoding_t   *header;
    const urlmeta_encoding_t   *encoding;
    urlmeta_decoder_t          *decoder;

    urlmeta_buf_t               held;
    size_t                      search;     /* length to search a meta at */
    unsigned                    xml:1;
};


static int urlmeta_charset_declared(urlmeta_charset_t *cs);
static int urlmeta_charset_start(urlmeta_charset_t *cs, const char *p,
    size_t len);
static size_t urlmeta_charset_bom(urlmeta_charset_t *cs, const char *p,
    size_t len);
static int urlmeta_charset_push(urlmeta_charset_t *cs, const char *p,
    size_t len);
static int urlmeta_charset_ascii(urlmeta_charset_t *cs, const char **p,
    const char *last);
static int urlmeta_charset_hold(urlmeta_charset_t *cs, const char **p,
    const char *last);
static int urlmeta_charset_release(urlmeta_charset_t *cs);
static void urlmeta_charset_guess(urlmeta_charset_t *cs, int whole);
static int urlmeta_charset_decode(urlmeta_charset_t *cs, const char *p,
    size_t len);


urlmeta_charset_t *
urlmeta_charset_create(const char *content_type, urlmeta_charset_pt handler,
    void *data)
{
    size_t              len;
    const char         *label;
    urlmeta_charset_t  *cs;

    cs = calloc(1, sizeof(urlmeta_charset_t));

    if (cs == NULL) {
        return NULL;
    }

    cs->handler = handler;
    cs->data = data;

    if (content_type
        && urlmeta_charset_param(content_type, strlen(content_type), &label,
                                 &len))
    {
        cs->header = urlmeta_encoding_lookup(label, len);
    }

    return cs;
}


void
urlmeta_charset_destroy(urlmeta_charset_t *cs)
{
    if (cs == NULL) {
        return;
    }

    urlmeta_decoder_destroy(cs->decoder);
    urlmeta_buf_free(&cs->held);
    free(cs);
}


void
urlmeta_charset_xml(urlmeta_charset_t *cs)
{
    cs->xml = 1;
}


int
urlmeta_charset_feed(urlmeta_charset_t *cs, const void *data, size_t len)
{
    int          rc;
    size_t       n, need;
    const char  *p;

    p = data;

    if (cs->state != URLMETA_CHARSET_START) {
        return urlmeta_charset_push(cs, p, len);
    }

    need = cs->header ? URLMETA_CHARSET_BOM_MAX : URLMETA_CHARSET_PRESCAN;

    if (cs->held.len == 0 && len >= need) {
        return urlmeta_charset_start(cs, p, len);
    }

    n = need - cs->held.len;

    if (n > len) {
        n = len;
    }

    if (urlmeta_buf_add(&cs->held, p, n) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    if (cs->held.len < need && !urlmeta_charset_declared(cs)) {
        return URLMETA_OK;
    }

    rc = urlmeta_charset_release(cs);

    if (rc != URLMETA_OK) {
        return rc;
    }

    return urlmeta_charset_push(cs, p + n, len - n);
}


int
urlmeta_charset_finish(urlmeta_charset_t *cs)
{
    int  rc;

    if (cs->state == URLMETA_CHARSET_START) {
        rc = urlmeta_charset_release(cs);

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    if (cs->state == URLMETA_CHARSET_HELD) {
        urlmeta_charset_guess(cs, 1);

        rc = urlmeta_charset_release(cs);

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    if (cs->encoding == NULL) {

        /* nothing but ASCII, which is valid UTF-8 */

        cs->encoding = urlmeta_encoding_lookup("utf-8", 5);
        cs->from = URLMETA_CHARSET_GUESS;
    }

    return cs->decoder ? urlmeta_decoder_finish(cs->decoder) : URLMETA_OK;
}


void
urlmeta_charset_late_meta(urlmeta_charset_t *cs, const char *label, size_t len)
{
    if (cs->state != URLMETA_CHARSET_ASCII || cs->encoding) {
        return;
    }

    cs->encoding = urlmeta_encoding_lookup_meta(label, len);

    if (cs->encoding) {
        cs->from = URLMETA_CHARSET_META;
    }
}


const char *
urlmeta_charset_name(urlmeta_charset_t *cs)
{
    return cs->encoding ? cs->encoding->name : NULL;
}


urlmeta_charset_from_e
urlmeta_charset_from(urlmeta_charset_t *cs)
{
    return cs->from;
}


const char *
urlmeta_charset_lookup(const char *label, size_t len)
{
    const urlmeta_encoding_t  *e;

    e = urlmeta_encoding_lookup(label, len);

    return e ? e->name : NULL;
}


void
urlmeta_charset_init(void)
{
    urlmeta_encoding_init();
}


/*
 * A server may send a short head and think for a while.  The prescan finds in
 * the beginning of the bytes what it finds in all of them, or nothing.
 */

static int
urlmeta_charset_declared(urlmeta_charset_t *cs)
{
    if (cs->header || cs->xml || cs->held.len < URLMETA_CHARSET_BOM_MAX) {
        return 0;
    }

    return urlmeta_encoding_prescan(cs->held.data, cs->held.len) != NULL;
}


/* the first bytes, as many as the prescan wants but for a short document */

static int
urlmeta_charset_start(urlmeta_charset_t *cs, const char *p, size_t len)
{
    size_t  n;

    cs->state = URLMETA_CHARSET_ASCII;

    n = urlmeta_charset_bom(cs, p, len);

    if (n) {
        return urlmeta_charset_push(cs, p + n, len - n);
    }

    if (cs->header) {
        cs->encoding = cs->header;
        cs->from = URLMETA_CHARSET_HEADER;

        return urlmeta_charset_push(cs, p, len);
    }

    n = len < URLMETA_CHARSET_PRESCAN ? len : URLMETA_CHARSET_PRESCAN;

    if (!cs->xml) {
        cs->encoding = urlmeta_encoding_prescan(p, n);
        cs->from = URLMETA_CHARSET_META;
    }

    if (cs->encoding == NULL) {
        cs->encoding = urlmeta_encoding_xml(p, n);
        cs->from = URLMETA_CHARSET_XML;
    }

    if (cs->encoding == NULL && cs->xml) {
        cs->encoding = urlmeta_encoding_lookup("utf-8", 5);
        cs->from = URLMETA_CHARSET_DEFAULT;
    }

    if (cs->encoding == NULL) {
        cs->from = URLMETA_CHARSET_NONE;
    }

    return urlmeta_charset_push(cs, p, len);
}


static size_t
urlmeta_charset_bom(urlmeta_charset_t *cs, const char *p, size_t len)
{
    size_t       n;
    const char  *name;

    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        name = "utf-8";
        n = 3;

    } else if (len >= 2 && memcmp(p, "\xfe\xff", 2) == 0) {
        name = "utf-16be";
        n = 2;

    } else if (len >= 2 && memcmp(p, "\xff\xfe", 2) == 0) {
        name = "utf-16le";
        n = 2;

    } else {
        return 0;
    }

    cs->encoding = urlmeta_encoding_lookup(name, strlen(name));
    cs->from = URLMETA_CHARSET_BOM;

    return n;
}


static int
urlmeta_charset_push(urlmeta_charset_t *cs, const char *p, size_t len)
{
    int          rc;
    const char  *last;

    last = p + len;

    while (p < last) {

        switch (cs->state) {

        case URLMETA_CHARSET_ASCII:

            /* the handler may have been told of a meta in the last piece */

            if (cs->encoding) {
                cs->state = URLMETA_CHARSET_DECODE;
                continue;
            }

            rc = urlmeta_charset_ascii(cs, &p, last);
            break;

        case URLMETA_CHARSET_HELD:
            rc = urlmeta_charset_hold(cs, &p, last);
            break;

        default:
            return urlmeta_charset_decode(cs, p, (size_t) (last - p));
        }

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    return URLMETA_OK;
}


static int
urlmeta_charset_ascii(urlmeta_charset_t *cs, const char **p, const char *last)
{
    size_t       n;
    const char  *start, *escape;

    start = *p;
    n = (size_t) (last - start);

    if (n > URLMETA_ENCODING_PIECE) {
        n = URLMETA_ENCODING_PIECE;
    }

    n = urlmeta_utf8_ascii(start, n);

    /* ISO-2022-JP is seven bits wide */

    escape = memchr(start, '\033', n);

    if (escape) {
        n = (size_t) (escape - start);
    }

    if (n == 0) {
        cs->state = URLMETA_CHARSET_HELD;
        cs->search = URLMETA_CHARSET_PRESCAN;

        return URLMETA_OK;
    }

    *p += n;

    return cs->handler(cs->data, start, n);
}


static int
urlmeta_charset_hold(urlmeta_charset_t *cs, const char **p, const char *last)
{
    size_t  n;

    n = (size_t) (last - *p);

    if (n > URLMETA_CHARSET_HOLD - cs->held.len) {
        n = URLMETA_CHARSET_HOLD - cs->held.len;
    }

    if (urlmeta_buf_add(&cs->held, *p, n) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    *p += n;

    /* searching at doubled lengths only keeps small pieces linear */

    if (cs->held.len < cs->search) {
        return URLMETA_OK;
    }

    while (cs->search <= cs->held.len) {
        cs->search *= 2;
    }

    if (cs->held.len == URLMETA_CHARSET_HOLD) {
        urlmeta_charset_guess(cs, 0);

    } else {
        cs->encoding = urlmeta_encoding_prescan(cs->held.data, cs->held.len);
        cs->from = cs->encoding ? URLMETA_CHARSET_META : URLMETA_CHARSET_NONE;
    }

    return cs->encoding ? urlmeta_charset_release(cs) : URLMETA_OK;
}


/* what was held back goes its way */

static int
urlmeta_charset_release(urlmeta_charset_t *cs)
{
    int            rc;
    urlmeta_buf_t  held;

    held = cs->held;
    memset(&cs->held, 0, sizeof(urlmeta_buf_t));

    if (cs->state == URLMETA_CHARSET_START) {
        rc = urlmeta_charset_start(cs, held.data ? held.data : "", held.len);

    } else {
        cs->state = URLMETA_CHARSET_DECODE;
        rc = urlmeta_charset_push(cs, held.data, held.len);
    }

    urlmeta_buf_free(&held);

    return rc;
}


static void
urlmeta_charset_guess(urlmeta_charset_t *cs, int whole)
{
    size_t       n, len;
    const char  *p;

    p = cs->held.data;
    len = cs->held.len;

    cs->encoding = urlmeta_encoding_prescan(p, len);

    if (cs->encoding) {
        cs->from = URLMETA_CHARSET_META;
        return;
    }

    n = urlmeta_utf8_valid(p, len);

    /* a character that is cut is no error if more is to come */

    if (n < len && !whole && urlmeta_utf8_bad(p + n, len - n) == 0) {
        n = len;
    }

    if (n == len && memchr(p, '\033', n) == NULL) {
        cs->encoding = urlmeta_encoding_lookup("utf-8", 5);
        cs->from = URLMETA_CHARSET_GUESS;
        return;
    }

    cs->encoding = urlmeta_encoding_guess(p, len);
    cs->from = URLMETA_CHARSET_GUESS;

    if (cs->encoding == NULL && n == len) {
        cs->encoding = urlmeta_encoding_lookup("utf-8", 5);
    }

    if (cs->encoding == NULL) {
        cs->encoding = urlmeta_encoding_lookup("windows-1252", 12);
        cs->from = URLMETA_CHARSET_DEFAULT;
    }
}


static int
urlmeta_charset_decode(urlmeta_charset_t *cs, const char *p, size_t len)
{
    if (cs->decoder == NULL) {
        cs->decoder = urlmeta_decoder_create(cs->encoding, cs->handler,
                                             cs->data);

        if (cs->decoder == NULL) {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_decoder_feed(cs->decoder, p, len);
}
