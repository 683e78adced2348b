
/*
 * Comments and declarations (the HTML standard, sections 13.2.5.41 to 68).
 *
 * Their text is kept only if everything is wanted.  The four states that start
 * with "comment less-than sign" are left out, since all that they add to
 * COMMENT and the states of its end is a parse error.
 */


#include <string.h>

#include "scan_find.h"
#include "scan_state.h"


static const char *urlmeta_scan_declaration(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_until_gt(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_comment(urlmeta_scan_t *sc, const char *p,
    const char *end);
static void urlmeta_scan_comment_add(urlmeta_scan_t *sc, const char *data);
static void urlmeta_scan_markup_done(urlmeta_scan_t *sc);


const char *
urlmeta_scan_run_markup(urlmeta_scan_t *sc, const char *p, const char *end)
{
    char  c;

    while (p < end) {
        c = *p;

        switch (sc->state) {

        case URLMETA_SCAN_MARKUP_DECLARATION:
            p = urlmeta_scan_declaration(sc, p, end);
            break;

        case URLMETA_SCAN_BOGUS_COMMENT:
        case URLMETA_SCAN_DOCTYPE:
            p = urlmeta_scan_until_gt(sc, p, end);
            break;

        case URLMETA_SCAN_COMMENT:
            p = urlmeta_scan_comment(sc, p, end);
            break;

        case URLMETA_SCAN_COMMENT_START:

            if (c == '-') {
                sc->state = URLMETA_SCAN_COMMENT_START_DASH;
                p++;

            } else if (c == '>') {
                urlmeta_scan_markup_done(sc);
                return p + 1;

            } else {
                sc->state = URLMETA_SCAN_COMMENT;
            }

            break;

        case URLMETA_SCAN_COMMENT_START_DASH:

            if (c == '-') {
                sc->state = URLMETA_SCAN_COMMENT_END;
                p++;

            } else if (c == '>') {
                urlmeta_scan_markup_done(sc);
                return p + 1;

            } else {
                urlmeta_scan_comment_add(sc, "-");
                sc->state = URLMETA_SCAN_COMMENT;
            }

            break;

        case URLMETA_SCAN_COMMENT_END_DASH:

            if (c == '-') {
                sc->state = URLMETA_SCAN_COMMENT_END;
                p++;

            } else {
                urlmeta_scan_comment_add(sc, "-");
                sc->state = URLMETA_SCAN_COMMENT;
            }

            break;

        case URLMETA_SCAN_COMMENT_END:

            if (c == '>') {
                urlmeta_scan_markup_done(sc);
                return p + 1;
            }

            if (c == '!') {
                sc->state = URLMETA_SCAN_COMMENT_END_BANG;
                p++;

            } else if (c == '-') {
                urlmeta_scan_comment_add(sc, "-");
                p++;

            } else {
                urlmeta_scan_comment_add(sc, "--");
                sc->state = URLMETA_SCAN_COMMENT;
            }

            break;

        case URLMETA_SCAN_COMMENT_END_BANG:

            if (c == '>') {
                urlmeta_scan_markup_done(sc);
                return p + 1;
            }

            urlmeta_scan_comment_add(sc, "--!");

            if (c == '-') {
                sc->state = URLMETA_SCAN_COMMENT_END_DASH;
                p++;

            } else {
                sc->state = URLMETA_SCAN_COMMENT;
            }

            break;

        default:
            return p;
        }
    }

    return p;
}


void
urlmeta_scan_markup_finish(urlmeta_scan_t *sc)
{
    if (sc->state == URLMETA_SCAN_MARKUP_DECLARATION) {
        sc->len = 0;
        sc->full = 0;
        urlmeta_scan_add(sc, sc->held, sc->nheld);
        sc->state = URLMETA_SCAN_BOGUS_COMMENT;
    }

    urlmeta_scan_markup_done(sc);
}


/* after "<!": what has been read of "--", "doctype" or "[CDATA[" is held */

static const char *
urlmeta_scan_declaration(urlmeta_scan_t *sc, const char *p, const char *end)
{
    char                   c;
    const char            *keyword;
    urlmeta_scan_state_e   state;

    for ( ;; ) {

        if (p == end) {
            return p;
        }

        c = sc->nheld ? sc->held[0] : *p;

        if (c == '-') {
            keyword = "--";
            state = URLMETA_SCAN_COMMENT_START;

        } else if (c == '[' && sc->foreign) {
            keyword = "[CDATA[";
            state = URLMETA_SCAN_CDATA;

        } else if (c == 'd' || c == 'D') {
            keyword = "doctype";
            state = URLMETA_SCAN_DOCTYPE;

        } else {
            break;
        }

        c = (state == URLMETA_SCAN_DOCTYPE) ? urlmeta_scan_lower(*p) : *p;

        if (c != keyword[sc->nheld]) {
            break;
        }

        sc->held[sc->nheld++] = *p++;

        if (keyword[sc->nheld] == '\0') {
            sc->state = state;
            sc->nheld = 0;
            sc->len = 0;
            sc->full = 0;
            sc->truncated = 0;

            if (state == URLMETA_SCAN_CDATA) {
                sc->content = state;
                sc->brackets = 0;
            }

            return p;
        }
    }

    /* none of a keyword's characters could end the comment */

    sc->len = 0;
    sc->full = 0;
    sc->truncated = 0;

    if (sc->all) {
        urlmeta_scan_add(sc, sc->held, sc->nheld);
    }

    sc->nheld = 0;
    sc->state = URLMETA_SCAN_BOGUS_COMMENT;

    return p;
}


/*
 * A bogus comment, or a doctype: in each of its states, those within quotes
 * too, it ends at ">".
 */

static const char *
urlmeta_scan_until_gt(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *q;

    if (!sc->all) {
        p = urlmeta_scan_find(p, end, '>');

        if (p == end) {
            return p;
        }

        urlmeta_scan_markup_done(sc);
        return p + 1;
    }

    q = urlmeta_scan_find_special(p, end, '>', '>');

    urlmeta_scan_add(sc, p, q - p);

    if (q == end) {
        return q;
    }

    switch (*q) {

    case '\r':
        return urlmeta_scan_add_newline(sc, q, end);

    case '\0':
        urlmeta_scan_add(sc, "\xef\xbf\xbd", 3);
        return q + 1;

    default:
        urlmeta_scan_markup_done(sc);
        return q + 1;
    }
}


static const char *
urlmeta_scan_comment(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *q;

    if (!sc->all) {
        p = urlmeta_scan_find(p, end, '-');

        if (p == end) {
            return p;
        }

        sc->state = URLMETA_SCAN_COMMENT_END_DASH;
        return p + 1;
    }

    q = urlmeta_scan_find_special(p, end, '-', '-');

    urlmeta_scan_add(sc, p, q - p);

    if (q == end) {
        return q;
    }

    switch (*q) {

    case '\r':
        return urlmeta_scan_add_newline(sc, q, end);

    case '\0':
        urlmeta_scan_add(sc, "\xef\xbf\xbd", 3);
        return q + 1;

    default:
        sc->state = URLMETA_SCAN_COMMENT_END_DASH;
        return q + 1;
    }
}


static void
urlmeta_scan_comment_add(urlmeta_scan_t *sc, const char *data)
{
    if (sc->all) {
        urlmeta_scan_add(sc, data, strlen(data));
    }
}


static void
urlmeta_scan_markup_done(urlmeta_scan_t *sc)
{
    char             *p, *last;
    urlmeta_token_t   token;

    if (sc->all) {
        memset(&token, 0, sizeof(urlmeta_token_t));

        token.type = URLMETA_TOKEN_COMMENT;
        token.text = sc->buf;
        token.text_len = urlmeta_scan_trim(sc, 0);
        token.truncated = sc->truncated;

        if (sc->state == URLMETA_SCAN_DOCTYPE) {
            token.type = URLMETA_TOKEN_DOCTYPE;

            p = sc->buf;
            last = p + token.text_len;

            while (p < last && urlmeta_scan_is(*p, URLMETA_SCAN_SPACE)) {
                p++;
            }

            token.name = p;

            while (p < last && !urlmeta_scan_is(*p, URLMETA_SCAN_SPACE)) {
                *p = urlmeta_scan_lower(*p);
                p++;
            }

            token.name_len = p - token.name;
            token.text = p;
            token.text_len = last - p;
        }

        sc->rc = sc->handler(sc->data, &token);
    }

    sc->state = sc->content;
}
