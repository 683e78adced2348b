
/*
 * The scanner's frame, and the states of a document's text (the HTML standard,
 * sections 13.2.5.1 to 5, 13.2.5.9 to 31 and 13.2.5.69 to 71).
 */


#include <stdlib.h>
#include <string.h>

#include "scan_find.h"
#include "scan_state.h"


static const char *urlmeta_scan_run_text(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_data(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_raw(urlmeta_scan_t *sc, const char *p,
    const char *end);
static int urlmeta_scan_raw_markup(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_raw_less_than(urlmeta_scan_t *sc,
    const char *p);
static const char *urlmeta_scan_raw_end_tag_name(urlmeta_scan_t *sc,
    const char *p);
static const char *urlmeta_scan_double_escape(urlmeta_scan_t *sc,
    const char *p, const char *end);
static const char *urlmeta_scan_plaintext(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_cdata(urlmeta_scan_t *sc, const char *p,
    const char *end);
static const char *urlmeta_scan_newline(urlmeta_scan_t *sc, const char *p,
    const char *end);
static void urlmeta_scan_held(urlmeta_scan_t *sc);


#define S  URLMETA_SCAN_SPACE
#define A  URLMETA_SCAN_ALPHA
#define D  URLMETA_SCAN_DIGIT

const unsigned char  urlmeta_scan_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, S, S, 0, S, S, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, URLMETA_SCAN_SLASH,
    D, D, D, D, D, D, D, D, D, D, 0, 0,
        0, URLMETA_SCAN_EQUALS, URLMETA_SCAN_GT, 0,
    0, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, 0, 0, 0, 0, 0,
    0, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, 0, 0, 0, 0, 0
};

#undef S
#undef A
#undef D


urlmeta_scan_t *
urlmeta_scan_create(urlmeta_token_pt handler, void *data)
{
    urlmeta_scan_t  *sc;

    /* but for what is written before it is read */

    sc = malloc(sizeof(urlmeta_scan_t));
    if (sc == NULL) {
        return NULL;
    }

    memset(sc, 0, offsetof(urlmeta_scan_t, hashes));

    sc->handler = handler;
    sc->data = data;

    return sc;
}


void
urlmeta_scan_want(urlmeta_scan_t *sc, unsigned long long tags, int text)
{
    sc->tags = tags;
    sc->text = (text != 0);
    sc->all = 0;
}


void
urlmeta_scan_spare_attrs(urlmeta_scan_t *sc, const char *letters,
    urlmeta_scan_asked_pt asked)
{
    sc->asked = asked;
    sc->spare_letters = 0;

    for ( /* void */ ; *letters; letters++) {
        sc->spare_letters |= 1U << (*letters & 0x1f);
    }
}


void
urlmeta_scan_spare(urlmeta_scan_t *sc, unsigned long long tags)
{
    sc->spare = tags;
}


void
urlmeta_scan_want_all(urlmeta_scan_t *sc)
{
    sc->tags = ~0ULL;
    sc->text = 1;
    sc->all = 1;
}


void
urlmeta_scan_foreign(urlmeta_scan_t *sc, int foreign)
{
    sc->foreign = (foreign != 0);
}


int
urlmeta_scan_is_between(urlmeta_scan_t *sc)
{
    return sc->state == sc->content;
}


int
urlmeta_scan_is_raw(urlmeta_scan_t *sc)
{
    return sc->content != URLMETA_SCAN_DATA;
}


int
urlmeta_scan_feed(urlmeta_scan_t *sc, const char *data, size_t len)
{
    const char  *p, *end;

    if (len == 0) {
        return sc->rc;
    }

    p = data;
    end = data + len;

    if (sc->cr) {
        sc->cr = 0;

        if (*p == '\n') {
            p++;
        }
    }

    while (p < end && sc->rc == URLMETA_OK) {

        if (urlmeta_scan_is_text(sc->state)) {
            p = urlmeta_scan_run_text(sc, p, end);

        } else if (urlmeta_scan_is_tag(sc->state)) {
            p = urlmeta_scan_run_tag(sc, p, end);

        } else if (urlmeta_scan_is_markup(sc->state)) {
            p = urlmeta_scan_run_markup(sc, p, end);

        } else {
            p = urlmeta_scan_run_reference(sc, p, end);
        }
    }

    return sc->rc;
}


int
urlmeta_scan_finish(urlmeta_scan_t *sc)
{
    if (sc->rc != URLMETA_OK) {
        return sc->rc;
    }

    if (!urlmeta_scan_is_markup(sc->state)) {
        urlmeta_scan_reference_finish(sc);
    }

    if (sc->rc != URLMETA_OK) {
        return sc->rc;
    }

    switch (sc->state) {

    case URLMETA_SCAN_RAW_LESS_THAN:
    case URLMETA_SCAN_RAW_END_TAG_OPEN:
    case URLMETA_SCAN_RAW_END_TAG_NAME:
        urlmeta_scan_held(sc);
        break;

    case URLMETA_SCAN_CDATA:
        urlmeta_scan_emit_text(sc, "]]", sc->brackets);
        break;

    case URLMETA_SCAN_TAG_OPEN:
        urlmeta_scan_emit_text(sc, "<", 1);
        break;

    case URLMETA_SCAN_END_TAG_OPEN:
        urlmeta_scan_emit_text(sc, "</", 2);
        break;

    default:

        /* a tag that has no end is none */

        if (!urlmeta_scan_is_tag(sc->state)) {
            urlmeta_scan_markup_finish(sc);
        }

        break;
    }

    sc->state = sc->content;

    return sc->rc;
}


void
urlmeta_scan_destroy(urlmeta_scan_t *sc)
{
    free(sc);
}


void
urlmeta_scan_emit_text(urlmeta_scan_t *sc, const char *text, size_t len)
{
    urlmeta_token_t  token;

    if (!sc->text || len == 0 || sc->rc != URLMETA_OK) {
        return;
    }

    memset(&token, 0, sizeof(urlmeta_token_t));

    token.type = URLMETA_TOKEN_TEXT;
    token.text = text;
    token.text_len = len;

    sc->rc = sc->handler(sc->data, &token);
}


void
urlmeta_scan_add(urlmeta_scan_t *sc, const char *data, size_t len)
{
    if (sc->full) {
        return;
    }

    if (len > URLMETA_SCAN_MAX_TAG - sc->len) {
        len = URLMETA_SCAN_MAX_TAG - sc->len;
        sc->full = 1;
        sc->truncated = 1;
    }

    memcpy(sc->buf + sc->len, data, len);
    sc->len += len;
}


const char *
urlmeta_scan_add_newline(urlmeta_scan_t *sc, const char *p, const char *end)
{
    urlmeta_scan_add(sc, "\n", 1);

    if (++p == end) {
        sc->cr = 1;

    } else if (*p == '\n') {
        p++;
    }

    return p;
}


size_t
urlmeta_scan_trim(urlmeta_scan_t *sc, size_t from)
{
    size_t         i, need;
    unsigned char  c;

    if (!sc->full) {
        return sc->len;
    }

    for (i = sc->len; i > from && sc->len - i < 4; i--) {
        c = (unsigned char) sc->buf[i - 1];

        if (c < 0x80) {
            break;
        }

        if (c >= 0xc0) {
            need = (c >= 0xf0) ? 4 : (c >= 0xe0) ? 3 : 2;

            if (sc->len - (i - 1) < need) {
                sc->len = i - 1;
            }

            break;
        }
    }

    return sc->len;
}


static const char *
urlmeta_scan_run_text(urlmeta_scan_t *sc, const char *p, const char *end)
{
    while (p < end && sc->rc == URLMETA_OK) {

        switch (sc->state) {

        case URLMETA_SCAN_DATA:
            p = urlmeta_scan_data(sc, p, end);
            break;

        case URLMETA_SCAN_RCDATA:
        case URLMETA_SCAN_RAWTEXT:
        case URLMETA_SCAN_SCRIPT:
        case URLMETA_SCAN_SCRIPT_ESCAPED:
        case URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPED:
            p = urlmeta_scan_raw(sc, p, end);
            break;

        case URLMETA_SCAN_PLAINTEXT:
            p = urlmeta_scan_plaintext(sc, p, end);
            break;

        case URLMETA_SCAN_CDATA:
            p = urlmeta_scan_cdata(sc, p, end);
            break;

        case URLMETA_SCAN_RAW_LESS_THAN:
            p = urlmeta_scan_raw_less_than(sc, p);
            break;

        case URLMETA_SCAN_RAW_END_TAG_OPEN:

            if (urlmeta_scan_is(*p, URLMETA_SCAN_ALPHA)) {
                sc->state = URLMETA_SCAN_RAW_END_TAG_NAME;

            } else {
                urlmeta_scan_held(sc);
            }

            break;

        case URLMETA_SCAN_RAW_END_TAG_NAME:
            p = urlmeta_scan_raw_end_tag_name(sc, p);
            break;

        case URLMETA_SCAN_SCRIPT_ESCAPE_START:

            if (*p == '-') {
                sc->state = URLMETA_SCAN_SCRIPT_ESCAPE_START_DASH;
                urlmeta_scan_emit_text(sc, "-", 1);
                p++;

            } else {
                sc->state = sc->content;
            }

            break;

        case URLMETA_SCAN_SCRIPT_ESCAPE_START_DASH:

            if (*p == '-') {
                sc->content = URLMETA_SCAN_SCRIPT_ESCAPED;
                sc->dashes = 2;
                urlmeta_scan_emit_text(sc, "-", 1);
                p++;
            }

            sc->state = sc->content;
            break;

        case URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPE:
            p = urlmeta_scan_double_escape(sc, p, end);
            break;

        default:
            return p;
        }
    }

    return p;
}


static const char *
urlmeta_scan_data(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *start;

    start = p;

    while (p < end) {

        if (!sc->text) {
            p = urlmeta_scan_find(p, end, '<');

        } else {
            p = urlmeta_scan_find_special(p, end, '<', '&');

            if (p < end && *p == '\0') {

                /* the tree builder's matter */

                p++;
                continue;
            }

            urlmeta_scan_emit_text(sc, start, p - start);

            if (sc->rc != URLMETA_OK) {
                return p;
            }

            if (p == end) {
                return p;
            }

            if (*p == '&') {
                urlmeta_scan_reference_start(sc);
                return p + 1;
            }

            if (*p == '\r') {
                p = urlmeta_scan_newline(sc, p, end);
                start = p;

                if (sc->rc != URLMETA_OK) {
                    return p;
                }

                continue;
            }
        }

        if (p == end) {
            return p;
        }

        p = urlmeta_scan_tag(sc, p, end);

        if (sc->state != URLMETA_SCAN_DATA || sc->rc != URLMETA_OK) {
            return p;
        }

        start = p;
    }

    urlmeta_scan_emit_text(sc, start, p - start);

    return p;
}


/* RCDATA, RAWTEXT, script data with its escaped and double escaped states */

static const char *
urlmeta_scan_raw(urlmeta_scan_t *sc, const char *p, const char *end)
{
    int          escaped;
    char         extra;
    const char  *start;

    start = p;

    escaped = (sc->content >= URLMETA_SCAN_SCRIPT_ESCAPED);
    extra = escaped ? '-' : sc->content == URLMETA_SCAN_RCDATA ? '&' : '<';

    while (p < end) {

        if (sc->dashes) {

            if (*p == '>' && sc->dashes == 2) {
                sc->dashes = 0;
                sc->content = URLMETA_SCAN_SCRIPT;
                sc->state = URLMETA_SCAN_SCRIPT;
                break;
            }

            if (*p != '-') {
                sc->dashes = 0;
            }
        }

        if (sc->text || escaped) {
            p = urlmeta_scan_find_special(p, end, '<', extra);

        } else {
            p = urlmeta_scan_find(p, end, '<');
        }

        if (p == end) {
            break;
        }

        switch (*p) {

        case '<':

            if (!urlmeta_scan_raw_markup(sc, p, end)) {
                sc->dashes = 0;
                p++;
                break;
            }

            sc->dashes = 0;
            sc->held[0] = '<';
            sc->nheld = 1;
            sc->state = URLMETA_SCAN_RAW_LESS_THAN;

            urlmeta_scan_emit_text(sc, start, p - start);

            return p + 1;

        case '-':

            if (sc->dashes < 2) {
                sc->dashes++;
            }

            p++;
            break;

        case '&':

            /* only if text is wanted is it looked for */

            urlmeta_scan_emit_text(sc, start, p - start);
            urlmeta_scan_reference_start(sc);

            return p + 1;

        case '\r':

            urlmeta_scan_emit_text(sc, start, p - start);
            p = urlmeta_scan_newline(sc, p, end);
            start = p;
            break;

        default: /* NUL */

            urlmeta_scan_emit_text(sc, start, p - start);
            urlmeta_scan_emit_text(sc, "\xef\xbf\xbd", 3);
            start = ++p;
            break;
        }

        if (sc->rc != URLMETA_OK) {
            return p;
        }
    }

    urlmeta_scan_emit_text(sc, start, p - start);

    return p;
}


/* may the "<" at "p" be more than text?  If the chunk does not say: yes. */

static int
urlmeta_scan_raw_markup(urlmeta_scan_t *sc, const char *p, const char *end)
{
    unsigned  i;

    if (++p == end) {
        return 1;
    }

    if (*p == '/') {

        if (sc->content == URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPED) {
            return 1;
        }

        for (i = 0; i < sc->nclose; i++) {

            if (++p == end) {
                return 1;
            }

            if (urlmeta_scan_lower(*p) != sc->close[i]) {
                return 0;
            }
        }

        return 1;
    }

    switch (sc->content) {

    case URLMETA_SCAN_SCRIPT:
        return *p == '!';

    case URLMETA_SCAN_SCRIPT_ESCAPED:
        return urlmeta_scan_is(*p, URLMETA_SCAN_ALPHA);

    default:
        return 0;
    }
}


static const char *
urlmeta_scan_raw_less_than(urlmeta_scan_t *sc, const char *p)
{
    if (*p == '/' && sc->content != URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPED) {
        sc->held[sc->nheld++] = '/';
        sc->state = URLMETA_SCAN_RAW_END_TAG_OPEN;

        return p + 1;
    }

    urlmeta_scan_held(sc);

    if (sc->content == URLMETA_SCAN_SCRIPT && *p == '!') {
        sc->state = URLMETA_SCAN_SCRIPT_ESCAPE_START;
        urlmeta_scan_emit_text(sc, "!", 1);

        return p + 1;
    }

    if (sc->content == URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPED && *p == '/') {
        sc->state = URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPE;
        urlmeta_scan_emit_text(sc, "/", 1);

        return p + 1;
    }

    if (sc->content == URLMETA_SCAN_SCRIPT_ESCAPED
        && urlmeta_scan_is(*p, URLMETA_SCAN_ALPHA))
    {
        sc->state = URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPE;
    }

    return p;
}


static const char *
urlmeta_scan_raw_end_tag_name(urlmeta_scan_t *sc, const char *p)
{
    unsigned  i;

    i = sc->nheld - 2;

    if (i < sc->nclose) {

        if (urlmeta_scan_lower(*p) == sc->close[i]) {
            sc->held[sc->nheld++] = *p;
            return p + 1;
        }

    } else if (sc->nclose && urlmeta_scan_is(*p, URLMETA_SCAN_NAME_END)) {
        urlmeta_scan_tag_end_raw(sc);
        return p;
    }

    urlmeta_scan_held(sc);

    return p;
}


/*
 * "script data double escape start" and "end": a name that is "script" changes
 * from one state to the other, and all of it is text.
 */

static const char *
urlmeta_scan_double_escape(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *start;

    for (start = p; p < end; p++) {

        if (urlmeta_scan_is(*p, URLMETA_SCAN_ALPHA)) {

            /* nheld counts the letters, as far as they are script's */

            if (sc->nheld < 6
                && urlmeta_scan_lower(*p) == "script"[sc->nheld])
            {
                sc->nheld++;

            } else {
                sc->nheld = 7;
            }

            continue;
        }

        if (urlmeta_scan_is(*p, URLMETA_SCAN_NAME_END) && sc->nheld == 6) {
            sc->content = (sc->content == URLMETA_SCAN_SCRIPT_ESCAPED)
                          ? URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPED
                          : URLMETA_SCAN_SCRIPT_ESCAPED;
        }

        sc->nheld = 0;
        sc->state = sc->content;
        break;
    }

    urlmeta_scan_emit_text(sc, start, p - start);

    return p;
}


static const char *
urlmeta_scan_plaintext(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *start;

    if (!sc->text) {
        return end;
    }

    start = p;
    p = urlmeta_scan_find_special(p, end, '\r', '\r');

    urlmeta_scan_emit_text(sc, start, p - start);

    if (p == end) {
        return p;
    }

    if (*p == '\r') {
        return urlmeta_scan_newline(sc, p, end);
    }

    urlmeta_scan_emit_text(sc, "\xef\xbf\xbd", 3);

    return p + 1;
}


static const char *
urlmeta_scan_cdata(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *start;

    if (sc->brackets) {

        if (*p == ']') {

            if (sc->brackets == 2) {
                urlmeta_scan_emit_text(sc, "]", 1);

            } else {
                sc->brackets = 2;
            }

            return p + 1;
        }

        if (*p == '>' && sc->brackets == 2) {
            sc->brackets = 0;
            sc->content = URLMETA_SCAN_DATA;
            sc->state = URLMETA_SCAN_DATA;

            return p + 1;
        }

        urlmeta_scan_emit_text(sc, "]]", sc->brackets);
        sc->brackets = 0;

        if (sc->rc != URLMETA_OK) {
            return p;
        }
    }

    start = p;

    for ( ;; ) {
        p = urlmeta_scan_find_special(p, end, ']', ']');

        if (p == end || *p != '\0') {
            break;
        }

        p++;
    }

    urlmeta_scan_emit_text(sc, start, p - start);

    if (p == end) {
        return p;
    }

    if (*p == '\r') {
        return urlmeta_scan_newline(sc, p, end);
    }

    sc->brackets = 1;

    return p + 1;
}


/*
 * "p" at a CR, which is an LF in text; before an LF it is nothing, and that LF
 * begins the next piece.
 */

static const char *
urlmeta_scan_newline(urlmeta_scan_t *sc, const char *p, const char *end)
{
    if (++p < end && *p == '\n') {
        return p;
    }

    sc->cr = (p == end);

    urlmeta_scan_emit_text(sc, "\n", 1);

    return p;
}


static void
urlmeta_scan_held(urlmeta_scan_t *sc)
{
    urlmeta_scan_emit_text(sc, sc->held, sc->nheld);

    sc->nheld = 0;
    sc->state = sc->content;
}
