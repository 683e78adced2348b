
/*
 * Tags and their attributes (the HTML standard, sections 13.2.5.6 to 8 and
 * 13.2.5.32 to 40).
 */


#include <string.h>

#include "scan_find.h"
#include "scan_state.h"


typedef struct {
    unsigned long long  key;
    unsigned char       len;
    unsigned char       tag;
    char                name[16];
} urlmeta_tag_name_t;


/* a name of at most 8 bytes is its own key */

#define urlmeta_scan_tag_key(key, c)                                          \
    (((key) << 8 | (key) >> 56) ^ (unsigned char) (c))


#define URLMETA_SCAN_DATA_TAGS
#include "scan_data.inc"


/* of a name; longer ones take the long way */
#define URLMETA_SCAN_BARE   64

/* what is in them is no markup */
#define URLMETA_SCAN_CONTENT                                                  \
    (urlmeta_tag_bit(URLMETA_TAG_IFRAME)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_NOEMBED)                                   \
     | urlmeta_tag_bit(URLMETA_TAG_NOFRAMES)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_PLAINTEXT)                                 \
     | urlmeta_tag_bit(URLMETA_TAG_SCRIPT)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_STYLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_TEXTAREA)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_TITLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_XMP))


static int urlmeta_scan_tag_bare(urlmeta_scan_t *sc, urlmeta_tag_e tag,
    unsigned long long key, const char *name, size_t len, int end_tag);
static void urlmeta_scan_tag_done(urlmeta_scan_t *sc);
static void urlmeta_scan_switch(urlmeta_scan_t *sc, urlmeta_tag_e tag,
    int end_tag);
static void urlmeta_scan_content(urlmeta_scan_t *sc, urlmeta_tag_e tag);
static urlmeta_tag_e urlmeta_tag_find(unsigned long long key,
    const char *name, size_t len);
static const char *urlmeta_scan_name(urlmeta_scan_t *sc, const char *p,
    const char *end, unsigned mask);
static const char *urlmeta_scan_value(urlmeta_scan_t *sc, const char *p,
    const char *end, char quote);
static const char *urlmeta_scan_unquoted(urlmeta_scan_t *sc, const char *p,
    const char *end);
static void urlmeta_scan_tag_start(urlmeta_scan_t *sc, int end_tag);
static void urlmeta_scan_tag_named(urlmeta_scan_t *sc);
static void urlmeta_scan_attr_start(urlmeta_scan_t *sc);
static void urlmeta_scan_attr_named(urlmeta_scan_t *sc);
static void urlmeta_scan_attr_done(urlmeta_scan_t *sc);


const char *
urlmeta_scan_run_tag(urlmeta_scan_t *sc, const char *p, const char *end)
{
    char         c;
    const char  *q;

    while (p < end) {
        c = *p;

        switch (sc->state) {

        case URLMETA_SCAN_TAG_OPEN:

            if (urlmeta_scan_is(c, URLMETA_SCAN_ALPHA)) {
                urlmeta_scan_tag_start(sc, 0);
                break;
            }

            if (c == '/') {
                sc->state = URLMETA_SCAN_END_TAG_OPEN;
                p++;
                break;
            }

            if (c == '!') {
                sc->state = URLMETA_SCAN_MARKUP_DECLARATION;
                sc->nheld = 0;
                return p + 1;
            }

            if (c == '?') {
                sc->state = URLMETA_SCAN_BOGUS_COMMENT;
                sc->len = 0;
                sc->full = 0;
                return p;
            }

            sc->state = sc->content;
            urlmeta_scan_emit_text(sc, "<", 1);
            return p;

        case URLMETA_SCAN_END_TAG_OPEN:

            if (urlmeta_scan_is(c, URLMETA_SCAN_ALPHA)) {
                urlmeta_scan_tag_start(sc, 1);
                break;
            }

            if (c == '>') {
                sc->state = sc->content;
                return p + 1;
            }

            sc->state = URLMETA_SCAN_BOGUS_COMMENT;
            sc->len = 0;
            sc->full = 0;
            return p;

        case URLMETA_SCAN_TAG_NAME:

            p = urlmeta_scan_name(sc, p, end, URLMETA_SCAN_NAME_END);

            if (p == end) {
                return p;
            }

            urlmeta_scan_tag_named(sc);

            if (!sc->keep) {
                q = urlmeta_scan_skip_tag(p, end);

                if (q) {
                    urlmeta_scan_tag_done(sc);
                    return q;
                }
            }

            break;

        case URLMETA_SCAN_BEFORE_ATTR_NAME:

            if (urlmeta_scan_is(c, URLMETA_SCAN_SPACE)) {
                p++;
                break;
            }

            if (c == '>') {
                urlmeta_scan_tag_done(sc);
                return p + 1;
            }

            if (c == '/') {
                sc->state = URLMETA_SCAN_SELF_CLOSING;
                p++;
                break;
            }

            /* an equals sign here is the name's first character */

            urlmeta_scan_attr_start(sc);

            if (c == '=') {
                if (sc->attr) {
                    urlmeta_scan_add(sc, "=", 1);
                }

                p++;
            }

            break;

        case URLMETA_SCAN_SELF_CLOSING:

            if (c == '>') {
                sc->self_closing = 1;
                urlmeta_scan_tag_done(sc);
                return p + 1;
            }

            sc->state = URLMETA_SCAN_BEFORE_ATTR_NAME;
            break;

        case URLMETA_SCAN_ATTR_NAME:

            p = urlmeta_scan_name(sc, p, end,
                                  URLMETA_SCAN_NAME_END|URLMETA_SCAN_EQUALS);

            if (p < end) {
                urlmeta_scan_attr_named(sc);
            }

            break;

        case URLMETA_SCAN_AFTER_ATTR_NAME:

            if (urlmeta_scan_is(c, URLMETA_SCAN_SPACE)) {
                p++;
                break;
            }

            if (c == '=') {
                sc->state = URLMETA_SCAN_BEFORE_ATTR_VALUE;
                p++;
                break;
            }

            urlmeta_scan_attr_done(sc);
            break;

        case URLMETA_SCAN_BEFORE_ATTR_VALUE:

            if (urlmeta_scan_is(c, URLMETA_SCAN_SPACE)) {
                p++;
                break;
            }

            if (c == '"') {
                sc->state = URLMETA_SCAN_ATTR_VALUE_DOUBLE;
                p++;
                break;
            }

            if (c == '\'') {
                sc->state = URLMETA_SCAN_ATTR_VALUE_SINGLE;
                p++;
                break;
            }

            if (c == '>') {
                urlmeta_scan_attr_done(sc);
                break;
            }

            sc->state = URLMETA_SCAN_ATTR_VALUE_UNQUOTED;
            break;

        case URLMETA_SCAN_ATTR_VALUE_DOUBLE:
            p = urlmeta_scan_value(sc, p, end, '"');
            break;

        case URLMETA_SCAN_ATTR_VALUE_SINGLE:
            p = urlmeta_scan_value(sc, p, end, '\'');
            break;

        case URLMETA_SCAN_ATTR_VALUE_UNQUOTED:
            p = urlmeta_scan_unquoted(sc, p, end);
            break;

        default:
            return p;
        }
    }

    return p;
}


const char *
urlmeta_scan_tag(urlmeta_scan_t *sc, const char *p, const char *end)
{
    int                  end_tag;
    const char          *q, *name, *after;
    urlmeta_tag_e        tag;
    unsigned long long   key;

    q = p + 1;
    end_tag = 0;

    if (q < end && *q == '/') {
        end_tag = 1;
        q++;
    }

    if (q == end || !urlmeta_scan_is(*q, URLMETA_SCAN_ALPHA)) {
        sc->state = URLMETA_SCAN_TAG_OPEN;
        return p + 1;
    }

    name = q;
    key = 0;

    do {
        key = urlmeta_scan_tag_key(key, urlmeta_scan_lower(*q));
        q++;
    } while (q < end && !urlmeta_scan_is(*q, URLMETA_SCAN_NAME_END));

    if (q == end) {
        sc->state = URLMETA_SCAN_TAG_OPEN;
        return p + 1;
    }

    tag = urlmeta_tag_find(key, name, q - name);

    after = NULL;

    if (!urlmeta_scan_wanted(sc, tag)) {
        after = urlmeta_scan_skip_tag(q, end);

        if (after) {
            urlmeta_scan_switch(sc, tag, end_tag);
            return after;
        }

    /* most have no attributes that anybody asks for */

    } else if (*q == '>') {
        after = q + 1;

    } else if (end_tag) {
        after = urlmeta_scan_skip_tag(q, end);

    } else if (urlmeta_scan_is_spare(sc, tag)) {
        after = urlmeta_scan_skip_spare(sc, tag, q, end);
    }

    if (after && urlmeta_scan_tag_bare(sc, tag, key, name, q - name, end_tag))
    {
        return after;
    }

    sc->state = URLMETA_SCAN_TAG_OPEN;

    return p + 1;
}


/* a tag that is in this piece as a whole; 0 if its name needs more care */

static int
urlmeta_scan_tag_bare(urlmeta_scan_t *sc, urlmeta_tag_e tag,
    unsigned long long key, const char *name, size_t len, int end_tag)
{
    size_t            i;
    urlmeta_token_t   token;

    if (len > URLMETA_SCAN_BARE) {
        return 0;
    }

    for (i = 0; i < len; i++) {

        if (name[i] == '\0') {
            return 0;
        }

        sc->buf[i] = urlmeta_scan_lower(name[i]);
    }

    memset(&token, 0, sizeof(urlmeta_token_t));

    token.type = end_tag ? URLMETA_TOKEN_END : URLMETA_TOKEN_START;
    token.tag = tag;
    token.name = sc->buf;
    token.name_len = len;
    token.name_key = key;
    token.attrs = sc->attrs;

    sc->rc = sc->handler(sc->data, &token);

    urlmeta_scan_switch(sc, tag, end_tag);

    return 1;
}


void
urlmeta_scan_tag_end_raw(urlmeta_scan_t *sc)
{
    urlmeta_scan_tag_start(sc, 1);
    urlmeta_scan_add(sc, sc->close, sc->nclose);
    urlmeta_scan_tag_named(sc);

    sc->nheld = 0;
}


static void
urlmeta_scan_tag_done(urlmeta_scan_t *sc)
{
    urlmeta_token_t  token;

    sc->state = sc->content;

    if (urlmeta_scan_wanted(sc, sc->tag)) {
        memset(&token, 0, sizeof(urlmeta_token_t));

        token.type = sc->end_tag ? URLMETA_TOKEN_END : URLMETA_TOKEN_START;
        token.tag = sc->tag;
        token.name = sc->buf;
        token.name_len = sc->name_len;
        token.name_key = sc->key;
        token.attrs = sc->attrs;
        token.nattrs = sc->nattrs;

        /* an end tag's slash is read over or not, as the pieces come */

        token.self_closing = sc->self_closing && !sc->end_tag;
        token.truncated = sc->truncated;

        sc->rc = sc->handler(sc->data, &token);
    }

    urlmeta_scan_switch(sc, sc->tag, sc->end_tag);
}


/* the handler comes first: it says whether the tag stands in foreign content */

static void
urlmeta_scan_switch(urlmeta_scan_t *sc, urlmeta_tag_e tag, int end_tag)
{
    sc->content = URLMETA_SCAN_DATA;
    sc->state = URLMETA_SCAN_DATA;

    if (!end_tag && !sc->foreign
        && (urlmeta_tag_bit(tag) & URLMETA_SCAN_CONTENT))
    {
        urlmeta_scan_content(sc, tag);
    }
}


static void
urlmeta_scan_content(urlmeta_scan_t *sc, urlmeta_tag_e tag)
{
    size_t                     len;
    const char                *name;
    urlmeta_scan_state_e       content;

    name = NULL;
    len = 0;

    switch (tag) {

    case URLMETA_TAG_TITLE:
        content = URLMETA_SCAN_RCDATA;
        name = "title";
        len = 5;
        break;

    case URLMETA_TAG_TEXTAREA:
        content = URLMETA_SCAN_RCDATA;
        name = "textarea";
        len = 8;
        break;

    case URLMETA_TAG_STYLE:
        content = URLMETA_SCAN_RAWTEXT;
        name = "style";
        len = 5;
        break;

    case URLMETA_TAG_XMP:
        content = URLMETA_SCAN_RAWTEXT;
        name = "xmp";
        len = 3;
        break;

    case URLMETA_TAG_IFRAME:
        content = URLMETA_SCAN_RAWTEXT;
        name = "iframe";
        len = 6;
        break;

    case URLMETA_TAG_NOEMBED:
        content = URLMETA_SCAN_RAWTEXT;
        name = "noembed";
        len = 7;
        break;

    case URLMETA_TAG_NOFRAMES:
        content = URLMETA_SCAN_RAWTEXT;
        name = "noframes";
        len = 8;
        break;

    case URLMETA_TAG_SCRIPT:
        content = URLMETA_SCAN_SCRIPT;
        name = "script";
        len = 6;
        break;

    default: /* URLMETA_TAG_PLAINTEXT */
        content = URLMETA_SCAN_PLAINTEXT;
        break;
    }

    if (name) {
        memcpy(sc->close, name, len);
        sc->nclose = (unsigned) len;
        sc->dashes = 0;
    }

    sc->content = content;
    sc->state = content;
}


urlmeta_tag_e
urlmeta_tag(const char *name, size_t len)
{
    return urlmeta_tag_find(urlmeta_tag_key(name, len), name, len);
}


unsigned long long
urlmeta_tag_key(const char *name, size_t len)
{
    size_t              i;
    unsigned long long  key;

    key = 0;

    for (i = 0; i < len; i++) {
        key = urlmeta_scan_tag_key(key, urlmeta_scan_lower(name[i]));
    }

    return key;
}


const urlmeta_attr_t *
urlmeta_token_attr(const urlmeta_token_t *token, const char *name)
{
    size_t    len;
    unsigned  i;

    len = strlen(name);

    for (i = 0; i < token->nattrs; i++) {
        if (token->attrs[i].name_len == len
            && memcmp(token->attrs[i].name, name, len) == 0)
        {
            return &token->attrs[i];
        }
    }

    return NULL;
}


static urlmeta_tag_e
urlmeta_tag_find(unsigned long long key, const char *name, size_t len)
{
    size_t                     i;
    const urlmeta_tag_name_t  *tn;

    tn = &urlmeta_tag_names[urlmeta_tag_slots[(key * URLMETA_TAG_FACTOR)
                                              >> 55]];

    if (tn->key != key || tn->len != len) {
        return URLMETA_TAG_OTHER;
    }

    for (i = 0; len > 8 && i < len; i++) {
        if (urlmeta_scan_lower(name[i]) != tn->name[i]) {
            return URLMETA_TAG_OTHER;
        }
    }

    return tn->tag;
}


/* adds a name as far as it goes; returns where a character of "mask" stands */

static const char *
urlmeta_scan_name(urlmeta_scan_t *sc, const char *p, const char *end,
    unsigned mask)
{
    char         c, *dst;
    const char  *q;

    for (q = p; q < end && !urlmeta_scan_is(*q, mask); q++) { /* void */ }

    if (sc->state != URLMETA_SCAN_TAG_NAME && !sc->attr) {
        return q;
    }

    if (!sc->full && (size_t) (q - p) <= URLMETA_SCAN_MAX_TAG - sc->len) {

        for (dst = sc->buf + sc->len; p < q && *p; p++) {
            *dst++ = urlmeta_scan_lower(*p);
        }

        sc->len = (size_t) (dst - sc->buf);
    }

    for ( /* void */ ; p < q; p++) {
        c = urlmeta_scan_lower(*p);

        if (c == '\0') {
            urlmeta_scan_add(sc, "\xef\xbf\xbd", 3);

        } else {
            urlmeta_scan_add(sc, &c, 1);
        }
    }

    return q;
}


static const char *
urlmeta_scan_value(urlmeta_scan_t *sc, const char *p, const char *end,
    char quote)
{
    const char  *q;

    if (!sc->attr) {
        p = urlmeta_scan_find(p, end, quote);

        if (p == end) {
            return p;
        }

        urlmeta_scan_attr_done(sc);
        return p + 1;
    }

    q = urlmeta_scan_find_special(p, end, quote, '&');

    urlmeta_scan_add(sc, p, q - p);

    if (q == end) {
        return q;
    }

    switch (*q) {

    case '&':
        urlmeta_scan_reference_start(sc);

        return urlmeta_scan_run_reference(sc, q + 1, end);

    case '\r':
        return urlmeta_scan_add_newline(sc, q, end);

    case '\0':
        urlmeta_scan_add(sc, "\xef\xbf\xbd", 3);
        return q + 1;

    default:
        urlmeta_scan_attr_done(sc);
        return q + 1;
    }
}


static const char *
urlmeta_scan_unquoted(urlmeta_scan_t *sc, const char *p, const char *end)
{
    const char  *q;

    for (q = p; q < end; q++) {

        if (urlmeta_scan_is(*q, URLMETA_SCAN_SPACE|URLMETA_SCAN_GT)) {
            break;
        }

        if (sc->attr && (*q == '&' || *q == '\0')) {
            break;
        }
    }

    if (sc->attr) {
        urlmeta_scan_add(sc, p, q - p);
    }

    if (q == end) {
        return q;
    }

    if (*q == '&') {
        urlmeta_scan_reference_start(sc);
        return urlmeta_scan_run_reference(sc, q + 1, end);
    }

    if (*q == '\0') {
        urlmeta_scan_add(sc, "\xef\xbf\xbd", 3);
        return q + 1;
    }

    urlmeta_scan_attr_done(sc);

    return q;
}


static void
urlmeta_scan_tag_start(urlmeta_scan_t *sc, int end_tag)
{
    sc->state = URLMETA_SCAN_TAG_NAME;
    sc->end_tag = end_tag;
    sc->self_closing = 0;
    sc->truncated = 0;
    sc->full = 0;
    sc->attr = 0;
    sc->keep = 0;
    sc->nattrs = 0;
    sc->len = 0;
}


static void
urlmeta_scan_tag_named(urlmeta_scan_t *sc)
{
    sc->name_len = urlmeta_scan_trim(sc, 0);
    sc->key = urlmeta_tag_key(sc->buf, sc->name_len);
    sc->tag = urlmeta_tag_find(sc->key, sc->buf, sc->name_len);
    sc->keep = (!sc->end_tag && urlmeta_scan_wanted(sc, sc->tag));
    sc->state = URLMETA_SCAN_BEFORE_ATTR_NAME;
}


static void
urlmeta_scan_attr_start(urlmeta_scan_t *sc)
{
    sc->state = URLMETA_SCAN_ATTR_NAME;
    sc->attr = 0;

    if (!sc->keep) {
        return;
    }

    if (sc->full || sc->nattrs == URLMETA_SCAN_MAX_ATTRS) {
        sc->truncated = 1;
        return;
    }

    sc->attr = 1;
    sc->mark = sc->len;
}


static void
urlmeta_scan_attr_named(urlmeta_scan_t *sc)
{
    size_t           len, n;
    unsigned         i, hash;
    urlmeta_attr_t  *attr;

    sc->state = URLMETA_SCAN_AFTER_ATTR_NAME;

    if (!sc->attr) {
        return;
    }

    /*
     * FNV-1a: a tag may have 64 attributes in 200 bytes, and a page nothing
     * but such tags.
     */

    len = sc->len - sc->mark;
    hash = 2166136261U;

    for (n = sc->mark; n < sc->len; n++) {
        hash = (hash ^ (unsigned char) sc->buf[n]) * 16777619U;
    }

    for (i = 0; i < sc->nattrs; i++) {
        if (sc->hashes[i] == hash
            && sc->attrs[i].name_len == len
            && memcmp(sc->attrs[i].name, sc->buf + sc->mark, len) == 0)
        {
            break;
        }
    }

    if (sc->full || i < sc->nattrs) {
        sc->len = sc->mark;
        sc->attr = 0;
        return;
    }

    sc->hashes[sc->nattrs] = hash;
    attr = &sc->attrs[sc->nattrs++];

    attr->name = sc->buf + sc->mark;
    attr->name_len = len;
    attr->value = sc->buf + sc->len;
    attr->value_len = 0;

    sc->mark = sc->len;
}


static void
urlmeta_scan_attr_done(urlmeta_scan_t *sc)
{
    sc->state = URLMETA_SCAN_BEFORE_ATTR_NAME;

    if (sc->attr) {
        sc->attrs[sc->nattrs - 1].value_len = urlmeta_scan_trim(sc, sc->mark)
                                              - sc->mark;
        sc->attr = 0;
    }
}
