
/*
 * Anchors, and what the standard's tree construction makes of one that is not
 * closed where it should be: the list of active formatting elements and the
 * adoption agency (sections 13.2.4.3 and 13.2.6.4.7), for one anchor.
 *
 * Which elements are open is known from the anchor on only.  An end tag of a
 * block that none of these matches is taken for one of a block around the
 * anchor; that of anything else for one too many.
 */


#include <string.h>

#include "html_anchor.h"
#include "html_state.h"
#include "utf8.h"


/* as often as the adoption agency does */
#define URLMETA_ANCHOR_MAX_CLONES  8


static void urlmeta_anchor_closed_start(urlmeta_html_t *h,
    const urlmeta_token_t *token, const urlmeta_anchor_name_t *name);
static void urlmeta_anchor_closed_end(urlmeta_html_t *h,
    const urlmeta_anchor_name_t *name);
static int urlmeta_anchor_close_p(urlmeta_html_t *h);
static void urlmeta_anchor_close_item(urlmeta_html_t *h, unsigned hash);
static void urlmeta_anchor_close(urlmeta_html_t *h, unsigned hash,
    unsigned kind);
static void urlmeta_anchor_remove(urlmeta_html_t *h, unsigned hash);
static void urlmeta_anchor_push(urlmeta_html_t *h,
    const urlmeta_token_t *token, unsigned kind);
static int urlmeta_anchor_find(urlmeta_html_t *h, unsigned hash,
    unsigned stop);
static int urlmeta_anchor_table(urlmeta_html_t *h);
static void urlmeta_anchor_adopt(urlmeta_html_t *h);
static void urlmeta_anchor_clone(urlmeta_html_t *h);
static void urlmeta_anchor_set_text(urlmeta_html_t *h, size_t from, size_t to);
static void urlmeta_anchor_leave(urlmeta_html_t *h);
static void urlmeta_anchor_drop(urlmeta_html_t *h);


#define URLMETA_ANCHOR_IS_SPECIAL(kind)                                       \
    ((kind) != URLMETA_ANCHOR_ORDINARY && (kind) != URLMETA_ANCHOR_FORMAT)

/* sets of kinds that an end tag does not reach past */

#define urlmeta_anchor_kind(kind)  (1U << URLMETA_ANCHOR_##kind)

#define URLMETA_ANCHOR_SCOPES                                                 \
    (urlmeta_anchor_kind(TABLE) | urlmeta_anchor_kind(CELL)                   \
     | urlmeta_anchor_kind(SCOPE))


void
urlmeta_html_anchor_start(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    const urlmeta_attr_t  *href, *rel;

    if (!h->details) {
        return;
    }

    /* an anchor within one ends it */

    if (h->active) {

        if (h->anchor && !urlmeta_anchor_table(h)) {
            urlmeta_anchor_adopt(h);
        }

        urlmeta_anchor_drop(h);
    }

    href = urlmeta_token_attr(token, "href");

    if (href == NULL) {
        return;
    }

    if (json_array_size(h->links) >= URLMETA_HTML_MAX_LINKS) {
        h->truncated = 1;
        return;
    }

    h->anchor = urlmeta_html_append(h, h->links);

    urlmeta_html_set(h, h->anchor, "href",
                     urlmeta_html_string(href->value, href->value_len));
    urlmeta_html_set(h, h->anchor, "url",
                     urlmeta_html_resolve(h, href->value, href->value_len));
    urlmeta_html_set(h, h->anchor, "text", json_null());

    rel = urlmeta_token_attr(token, "rel");

    if (rel) {
        urlmeta_html_set(h, h->anchor, "rel",
                         urlmeta_html_string(rel->value, rel->value_len));
    }

    h->active = h->anchor;
    h->nested_len = 0;

    urlmeta_html_want(h);
}


void
urlmeta_html_anchor_end(urlmeta_html_t *h)
{
    if (h->active == NULL) {
        return;
    }

    if (h->anchor) {

        /* one of a cell within it is nobody's */

        if (urlmeta_anchor_table(h)) {
            return;
        }

        urlmeta_anchor_adopt(h);
    }

    urlmeta_anchor_drop(h);
}


void
urlmeta_html_anchor_finish(urlmeta_html_t *h)
{
    if (h->active) {
        urlmeta_anchor_drop(h);
    }
}


void
urlmeta_html_anchor_text(urlmeta_html_t *h)
{
    if (h->active && h->anchor == NULL && !h->anchor_raw) {
        urlmeta_anchor_clone(h);
    }
}


/* a start tag other than that of an anchor */

void
urlmeta_html_anchor_inner_start(urlmeta_html_t *h,
    const urlmeta_token_t *token, urlmeta_tag_e tag)
{
    const urlmeta_anchor_name_t  *name;

    if (h->active == NULL) {

        /* of the blocks that end a p these come anyway */

        if (tag >= URLMETA_TAG_H1 && tag <= URLMETA_TAG_H6) {
            h->in_p = 0;

        } else if (tag == URLMETA_TAG_P) {
            h->in_p = 1;
        }

        return;
    }

    name = urlmeta_anchor_name(token);

    if (h->anchor == NULL) {
        urlmeta_anchor_closed_start(h, token, name);
        return;
    }

    switch (name->kind) {

    case URLMETA_ANCHOR_ITEM:
        urlmeta_anchor_close_item(h, urlmeta_anchor_hash(token->name,
                                                         token->name_len));
        /* fall through */

    case URLMETA_ANCHOR_BLOCK:
    case URLMETA_ANCHOR_RULE:
    case URLMETA_ANCHOR_TABLE:

        if (tag >= URLMETA_TAG_H1 && tag <= URLMETA_TAG_H6 && h->nested_len
            && h->nested[h->nested_len - 1].hash
               == urlmeta_anchor_hash("h1", 2))
        {
            h->nested_len--;
        }

        if (urlmeta_anchor_close_p(h)) {

            /* that p was around the anchor, which is closed with it */

            h->in_p = (tag == URLMETA_TAG_P);
            h->tables = (name->kind == URLMETA_ANCHOR_TABLE);
            return;
        }

        break;

    case URLMETA_ANCHOR_CELL:

        if (!urlmeta_anchor_table(h)) {

            /* the cell that the anchor is in ends, and the anchor for good */

            urlmeta_anchor_drop(h);
            return;
        }

        urlmeta_anchor_close(h, 0, URLMETA_ANCHOR_CELL);
        break;

    case URLMETA_ANCHOR_VOID:
    case URLMETA_ANCHOR_SILENT:
        return;

    case URLMETA_ANCHOR_RAW:
        h->anchor_raw = 1;
        return;

    default:
        break;
    }

    if (name->kind != URLMETA_ANCHOR_RULE) {
        urlmeta_anchor_push(h, token, name->kind);
    }
}


/* while the anchor is closed, and comes back with the next text */

static void
urlmeta_anchor_closed_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    const urlmeta_anchor_name_t *name)
{
    switch (name->kind) {

    case URLMETA_ANCHOR_BLOCK:
    case URLMETA_ANCHOR_ITEM:
    case URLMETA_ANCHOR_RULE:
        h->in_p = (strcmp(name->name, "p") == 0);
        return;

    case URLMETA_ANCHOR_TABLE:
        h->in_p = 0;
        h->tables++;
        return;

    case URLMETA_ANCHOR_CELL:

        if (h->tables == 0) {
            urlmeta_anchor_drop(h);
        }

        return;

    case URLMETA_ANCHOR_RAW:
        h->anchor_raw = 1;
        return;

    case URLMETA_ANCHOR_SILENT:
        return;

    default:
        break;
    }

    urlmeta_anchor_clone(h);

    if (h->anchor && name->kind != URLMETA_ANCHOR_VOID) {
        urlmeta_anchor_push(h, token, name->kind);
    }
}


void
urlmeta_html_anchor_inner_end(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    int                           i;
    unsigned                      hash;
    const urlmeta_anchor_name_t  *name;

    if (h->active == NULL) {

        if (tag == URLMETA_TAG_P) {
            h->in_p = 0;
        }

        return;
    }

    name = urlmeta_anchor_name(token);

    if (name->kind == URLMETA_ANCHOR_RAW) {
        h->anchor_raw = 0;
        return;
    }

    if (h->anchor == NULL) {
        urlmeta_anchor_closed_end(h, name);
        return;
    }

    hash = urlmeta_anchor_hash(token->name, token->name_len);

    switch (name->kind) {

    case URLMETA_ANCHOR_ORDINARY:
        i = urlmeta_anchor_find(h, hash, ~urlmeta_anchor_kind(FORMAT)
                                         & ~urlmeta_anchor_kind(ORDINARY));

        if (i >= 0) {
            h->nested_len = i;
        }

        return;

    case URLMETA_ANCHOR_FORMAT:
        urlmeta_anchor_remove(h, hash);
        return;

    case URLMETA_ANCHOR_CELL:
    case URLMETA_ANCHOR_TABLE:

        if (!urlmeta_anchor_table(h)) {
            urlmeta_anchor_drop(h);
            return;
        }

        urlmeta_anchor_close(h, 0, name->kind);
        return;

    case URLMETA_ANCHOR_BLOCK:

        if (tag == URLMETA_TAG_P) {
            (void) urlmeta_anchor_close_p(h);
            return;
        }

        if (tag == URLMETA_TAG_FORM) {
            urlmeta_anchor_remove(h, hash);
            return;
        }

        break;

    case URLMETA_ANCHOR_ITEM:
        break;

    case URLMETA_ANCHOR_SCOPE:
    case URLMETA_ANCHOR_SPECIAL:
        i = urlmeta_anchor_find(h, hash, 0);

        if (i >= 0) {
            h->nested_len = i;
        }

        return;

    default:
        return;
    }

    urlmeta_anchor_close(h, hash, name->kind);
}


static void
urlmeta_anchor_closed_end(urlmeta_html_t *h, const urlmeta_anchor_name_t *name)
{
    switch (name->kind) {

    case URLMETA_ANCHOR_BLOCK:
    case URLMETA_ANCHOR_ITEM:
        h->in_p = 0;
        return;

    case URLMETA_ANCHOR_TABLE:

        if (h->tables) {
            h->tables--;
            return;
        }

        /* fall through */

    case URLMETA_ANCHOR_CELL:

        if (h->tables == 0) {
            urlmeta_anchor_drop(h);
        }

        return;

    default:
        return;
    }
}


/* returns 1 if the p was around the anchor */

static int
urlmeta_anchor_close_p(urlmeta_html_t *h)
{
    int       i;
    unsigned  p;

    p = urlmeta_anchor_hash("p", 1);
    i = urlmeta_anchor_find(h, p, URLMETA_ANCHOR_SCOPES
                                  | urlmeta_anchor_kind(SPECIAL));

    if (i >= 0) {
        h->nested_len = i;
        return 0;
    }

    if (!h->in_p || i == -2) {
        return 0;
    }

    h->in_p = 0;
    urlmeta_anchor_leave(h);

    return 1;
}


/* an item ends the one before it, but for lists between the two */

static void
urlmeta_anchor_close_item(urlmeta_html_t *h, unsigned hash)
{
    size_t    i;
    unsigned  li, div, p, kind;

    li = urlmeta_anchor_hash("li", 2);
    div = urlmeta_anchor_hash("div", 3);
    p = urlmeta_anchor_hash("p", 1);

    for (i = h->nested_len; i > 0; i--) {
        kind = h->nested[i - 1].kind;

        if (kind == URLMETA_ANCHOR_ITEM
            && (h->nested[i - 1].hash == li) == (hash == li))
        {
            h->nested_len = i - 1;
            return;
        }

        if (URLMETA_ANCHOR_IS_SPECIAL(kind) && h->nested[i - 1].hash != div
            && h->nested[i - 1].hash != p)
        {
            return;
        }
    }
}


/*
 * The end of a block, an item, or with no hash of what is in a table or of the
 * table itself.
 */

static void
urlmeta_anchor_close(urlmeta_html_t *h, unsigned hash, unsigned kind)
{
    int  i;

    if (hash == 0) {

        for (i = (int) h->nested_len - 1; i >= 0; i--) {

            if (h->nested[i].kind == URLMETA_ANCHOR_TABLE) {
                h->nested_len = (kind == URLMETA_ANCHOR_TABLE) ? i : i + 1;
                return;
            }
        }

        return;
    }

    i = urlmeta_anchor_find(h, hash, URLMETA_ANCHOR_SCOPES);

    if (i >= 0) {
        h->nested_len = i;

    } else if (i == -1) {
        h->in_p = 0;
        urlmeta_anchor_leave(h);
    }
}


/* the end of an element that blocks in it survive */

static void
urlmeta_anchor_remove(urlmeta_html_t *h, unsigned hash)
{
    int     i;
    size_t  k;

    i = urlmeta_anchor_find(h, hash, URLMETA_ANCHOR_SCOPES);

    if (i < 0) {
        return;
    }

    for (k = i + 1; k < h->nested_len; k++) {

        if (URLMETA_ANCHOR_IS_SPECIAL(h->nested[k].kind)) {
            h->nested[i].hash = 0;
            h->nested[i].kind = URLMETA_ANCHOR_ORDINARY;
            return;
        }
    }

    h->nested_len = i;
}


static void
urlmeta_anchor_push(urlmeta_html_t *h, const urlmeta_token_t *token,
    unsigned kind)
{
    if (h->nested_len == URLMETA_HTML_MAX_NESTED) {
        return;
    }

    h->nested[h->nested_len].hash = urlmeta_anchor_hash(token->name,
                                                        token->name_len);
    h->nested[h->nested_len].kind = kind;
    h->nested[h->nested_len].start = h->anchor_text.buf.len;
    h->nested_len++;
}


/* the index; -1 if it is not in the anchor, -2 if it is out of reach */

static int
urlmeta_anchor_find(urlmeta_html_t *h, unsigned hash, unsigned stop)
{
    int  i;

    for (i = (int) h->nested_len - 1; i >= 0; i--) {

        if (h->nested[i].hash == hash) {
            return i;
        }

        if (stop & (1U << h->nested[i].kind)) {
            return -2;
        }
    }

    return -1;
}


/* is a table, or what shields its content as well, open in the anchor? */

static int
urlmeta_anchor_table(urlmeta_html_t *h)
{
    size_t  i;

    for (i = 0; i < h->nested_len; i++) {

        if (h->nested[i].kind == URLMETA_ANCHOR_TABLE
            || h->nested[i].kind == URLMETA_ANCHOR_SCOPE)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * The adoption agency: the anchor ends before the first block that is open in
 * it, and what the block holds gets an anchor of its own, and so on inward.
 */

static void
urlmeta_anchor_adopt(urlmeta_html_t *h)
{
    size_t    i, from, last;
    unsigned  n;

    n = 0;
    from = 0;
    last = h->anchor_text.buf.len;

    for (i = 0; i < h->nested_len; i++) {

        if (!URLMETA_ANCHOR_IS_SPECIAL(h->nested[i].kind)) {
            continue;
        }

        if (n++ == URLMETA_ANCHOR_MAX_CLONES) {
            break;
        }

        urlmeta_anchor_set_text(h, from, h->nested[i].start);

        from = h->nested[i].start;
        h->anchor = NULL;
        urlmeta_anchor_clone(h);

        if (h->anchor == NULL) {
            return;
        }
    }

    urlmeta_anchor_set_text(h, from, last);

    h->anchor = NULL;
}


/* the same anchor once more */

static void
urlmeta_anchor_clone(urlmeta_html_t *h)
{
    size_t   i;
    json_t  *value;

    static const char  *names[] = { "href", "url", "text", "rel", NULL };

    if (h->tables || h->anchor_raw) {
        return;
    }

    if (json_array_size(h->links) >= URLMETA_HTML_MAX_LINKS) {
        h->truncated = 1;
        urlmeta_anchor_drop(h);
        return;
    }

    h->anchor = urlmeta_html_append(h, h->links);

    for (i = 0; names[i]; i++) {
        value = json_object_get(h->active, names[i]);

        if (value) {
            urlmeta_html_set(h, h->anchor, names[i], json_incref(value));
        }
    }
}


static void
urlmeta_anchor_set_text(urlmeta_html_t *h, size_t from, size_t to)
{
    size_t       len;
    const char  *text;

    text = h->anchor_text.buf.data ? h->anchor_text.buf.data : "";

    if (from < to && text[from] == ' ') {
        from++;
    }

    len = to - from;

    if (h->anchor_text.cut) {
        len = urlmeta_utf8_valid(text + from, len);
    }

    urlmeta_html_set(h, h->anchor, "text",
                     urlmeta_html_string(text + from, len));
}


/* the anchor is closed, and still one of the active formatting elements */

static void
urlmeta_anchor_leave(urlmeta_html_t *h)
{
    urlmeta_anchor_set_text(h, 0, h->anchor_text.buf.len);

    urlmeta_buf_reset(&h->anchor_text.buf);
    h->anchor_text.space = 0;
    h->anchor_text.cut = 0;

    h->anchor = NULL;
    h->nested_len = 0;
    h->tables = 0;
}


/* the anchor is closed for good */

static void
urlmeta_anchor_drop(urlmeta_html_t *h)
{
    size_t  i;

    if (h->anchor) {
        urlmeta_anchor_set_text(h, 0, h->anchor_text.buf.len);
    }

    /* a p that was begun in it may still be open */

    for (i = 0; i < h->nested_len; i++) {

        if (URLMETA_ANCHOR_IS_SPECIAL(h->nested[i].kind)) {
            h->in_p = (h->nested[i].hash == urlmeta_anchor_hash("p", 1));
        }
    }

    urlmeta_buf_reset(&h->anchor_text.buf);
    h->anchor_text.space = 0;
    h->anchor_text.cut = 0;

    h->anchor = NULL;
    h->active = NULL;
    h->nested_len = 0;
    h->tables = 0;
    h->anchor_raw = 0;

    urlmeta_html_want(h);
}
