
/*
 * The tokens of a document with their places in its bytes.
 *
 * The scanner is fed in pieces that end before a "<" and after a ">", which is
 * where tokens begin and end: a token that is handed out while a piece is fed
 * ends with it, and began at the "<" that was met between two tokens.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "place.h"


struct urlmeta_place_s {
    urlmeta_scan_t    *scan;
    urlmeta_place_pt   handler;
    void              *data;

    size_t             offset;      /* of the piece that is being fed */
    size_t             end;         /* of it */
    size_t             mark;        /* the "<" of the token being read */
    size_t             settled;

    unsigned           bom;         /* bytes of one that were met */
    unsigned           match;       /* bytes of "</noscript" */
    unsigned           begun:1;
    unsigned           noscript:1;
};


static int urlmeta_place_token(void *data, const urlmeta_token_t *token);
static int urlmeta_place_piece(urlmeta_place_t *pl, const char *data,
    size_t len);
static const char *urlmeta_place_begin(urlmeta_place_t *pl, const char *p,
    const char *end, int *rc);
static const char *urlmeta_place_end(urlmeta_place_t *pl, const char *p,
    const char *end);
static const char *urlmeta_place_noscript(urlmeta_place_t *pl, const char *p,
    const char *end, int *rc);


static const char  urlmeta_place_bom[] = "\xef\xbb\xbf";
static const char  urlmeta_place_close[] = "</noscript";


urlmeta_place_t *
urlmeta_place_create(urlmeta_place_pt handler, void *data)
{
    urlmeta_place_t  *pl;

    pl = calloc(1, sizeof(urlmeta_place_t));
    if (pl == NULL) {
        return NULL;
    }

    pl->scan = urlmeta_scan_create(urlmeta_place_token, pl);

    if (pl->scan == NULL) {
        free(pl);
        return NULL;
    }

    urlmeta_scan_want_all(pl->scan);

    pl->handler = handler;
    pl->data = data;

    return pl;
}


void
urlmeta_place_destroy(urlmeta_place_t *pl)
{
    if (pl == NULL) {
        return;
    }

    urlmeta_scan_destroy(pl->scan);
    free(pl);
}


void
urlmeta_place_foreign(urlmeta_place_t *pl, int foreign)
{
    urlmeta_scan_foreign(pl->scan, foreign);
}


size_t
urlmeta_place_settled(urlmeta_place_t *pl)
{
    return pl->settled;
}


int
urlmeta_place_feed(urlmeta_place_t *pl, const char *data, size_t len)
{
    int          rc;
    const char  *p, *q, *end;

    rc = URLMETA_OK;
    end = data + len;
    p = data;

    if (!pl->begun) {
        p = urlmeta_place_begin(pl, p, end, &rc);
    }

    while (p < end && rc == URLMETA_OK) {

        if (pl->noscript) {
            p = urlmeta_place_noscript(pl, p, end, &rc);
            continue;
        }

        q = urlmeta_place_end(pl, p, end);
        rc = urlmeta_place_piece(pl, p, q - p);
        p = q;
    }

    return rc;
}


/* a byte order mark is no text */

static const char *
urlmeta_place_begin(urlmeta_place_t *pl, const char *p, const char *end,
    int *rc)
{
    while (p < end && pl->bom < 3 && *p == urlmeta_place_bom[pl->bom]) {
        pl->bom++;
        p++;
    }

    if (p == end && pl->bom < 3) {
        return p;
    }

    pl->begun = 1;

    if (pl->bom == 3) {
        pl->offset = 3;
        pl->settled = 3;

    } else if (pl->bom) {
        *rc = urlmeta_place_piece(pl, urlmeta_place_bom, pl->bom);
    }

    return p;
}


static const char *
urlmeta_place_end(urlmeta_place_t *pl, const char *p, const char *end)
{
    const char  *q;

    if (urlmeta_scan_is_between(pl->scan)) {

        if (*p != '<') {
            q = memchr(p, '<', end - p);
            return q ? q : end;
        }

        pl->mark = pl->offset;
    }

    /* a "<" within a token may be one of text that came before it */

    for (q = p; q < end; q++) {

        if (*q == '>') {
            return q + 1;
        }

        if (*q == '<' && q != p) {
            return q;
        }
    }

    return end;
}


static int
urlmeta_place_piece(urlmeta_place_t *pl, const char *data, size_t len)
{
    int  rc;

    pl->end = pl->offset + len;

    rc = urlmeta_scan_feed(pl->scan, data, len);

    pl->offset = pl->end;

    if (urlmeta_scan_is_between(pl->scan)) {
        pl->settled = pl->offset;
    }

    return rc;
}


static int
urlmeta_place_token(void *data, const urlmeta_token_t *token)
{
    urlmeta_place_t  *pl = data;

    if (token->type == URLMETA_TOKEN_TEXT) {

        if (urlmeta_scan_is_raw(pl->scan)) {
            return URLMETA_OK;
        }

        return pl->handler(pl->data, token, pl->offset, pl->end);
    }

    if (token->type == URLMETA_TOKEN_START
        && token->tag == URLMETA_TAG_NOSCRIPT)
    {
        pl->noscript = 1;
        pl->match = 0;
    }

    return pl->handler(pl->data, token, pl->mark, pl->end);
}


/* its content up to the end tag, whatever that stands in */

static const char *
urlmeta_place_noscript(urlmeta_place_t *pl, const char *p, const char *end,
    int *rc)
{
    size_t  len;

    len = sizeof(urlmeta_place_close) - 1;

    for ( /* void */ ; p < end; p++) {

        if (pl->match == len) {

            if (strchr("\t\n\f\r />", *p) && *p != '\0') {

                pl->noscript = 0;
                pl->mark = pl->offset - len;
                pl->offset = pl->mark;

                *rc = urlmeta_place_piece(pl, urlmeta_place_close, len);

                return p;
            }

            pl->match = 0;
        }

        if (strncasecmp(p, urlmeta_place_close + pl->match, 1) == 0) {
            pl->match++;

        } else {
            pl->match = (*p == '<');
        }

        pl->offset++;
    }

    /* what may be the end tag's beginning is not settled */

    pl->settled = pl->offset - pl->match;

    return p;
}


int
urlmeta_place_encoding(const char *name)
{
    return strncmp(name, "utf-16", 6) != 0
           && strcmp(name, "iso-2022-jp") != 0
           && strcmp(name, "replacement") != 0;
}
