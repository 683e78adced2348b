
/*
 * The copy of a page's body.
 *
 * Which elements are open is followed here, loosely, as far as it decides
 * what an end tag closes; what is written is nested as it should be whatever
 * the page does.
 */


#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "html_body.h"
#include "html_name.h"
#include "html_summary.h"
#include "tree.h"
#include "utf8.h"


#define URLMETA_HTML_BODY_REACH   64        /* of an end tag, in elements */
#define URLMETA_HTML_BODY_TIMES   16
#define URLMETA_HTML_BODY_LINKED  8         /* rel=author */

/* a picture of fewer pixels a side is none */
#define URLMETA_HTML_BODY_PIXELS  10


#define URLMETA_HTML_BODY_WRITTEN                                             \
    (URLMETA_HTML_BODY_DIV|URLMETA_HTML_BODY_SPAN|URLMETA_HTML_BODY_P)

#define URLMETA_HTML_BODY_INHERITED                                           \
    (URLMETA_HTML_BODY_ARTICLE|URLMETA_HTML_BODY_SKIP                         \
     |URLMETA_HTML_BODY_MUTE|URLMETA_HTML_BODY_TEXT                           \
     |URLMETA_HTML_BODY_UNSAID|URLMETA_HTML_BODY_LINK)


/* elements that mean something by their names alone */

#define URLMETA_HTML_BODY_TAGS                                                \
    (urlmeta_tag_bit(URLMETA_TAG_ARTICLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_HEADER)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_MAIN))

#define URLMETA_HTML_BODY_KINDS                                               \
    (URLMETA_HTML_BODY_ASIDE|URLMETA_HTML_BODY_CONTROL|URLMETA_HTML_BODY_RAW)


typedef struct {
    unsigned long long           key;       /* of the name */
    unsigned                     flags;
} urlmeta_html_body_open_t;


struct urlmeta_html_body_s {
    urlmeta_buf_t                out;
    unsigned                     lacks;
    unsigned                     nelements;
    unsigned                     depth;     /* of what is written */
    unsigned                     nopen;
    unsigned                     p;         /* the p that is open, from 1 on */
    unsigned                     paragraphs;
    unsigned                     images;
    unsigned                     times;
    unsigned                     linked;
    unsigned                     space:1;
    unsigned                     found:1;   /* anything to look at */
    unsigned                     full:1;
    unsigned                     failed:1;  /* out of memory */
    urlmeta_html_summary_t       summary;
    urlmeta_html_body_open_t     open[URLMETA_HTML_BODY_OPEN];
};


static int urlmeta_html_body_copied(unsigned flags);
static int urlmeta_html_body_summed(urlmeta_html_body_t *b, unsigned flags);
static unsigned urlmeta_html_body_flags(urlmeta_html_body_t *b);
static void urlmeta_html_body_push(urlmeta_html_body_t *b,
    unsigned long long key, unsigned flags);
static void urlmeta_html_body_close(urlmeta_html_body_t *b, unsigned n);
static void urlmeta_html_body_end_tag(urlmeta_html_body_t *b, unsigned flags);
static int urlmeta_html_body_prose(urlmeta_html_body_t *b, unsigned flags);
static unsigned urlmeta_html_body_write(urlmeta_html_body_t *b,
    const urlmeta_token_t *token, const urlmeta_html_body_attrs_t *attrs,
    const urlmeta_html_body_name_t *name, urlmeta_tag_e tag, unsigned flags);
static void urlmeta_html_body_item(urlmeta_html_body_t *b,
    const urlmeta_token_t *token, urlmeta_tag_e tag);
static void urlmeta_html_body_image(urlmeta_html_body_t *b,
    const urlmeta_token_t *token, urlmeta_tag_e tag, unsigned flags);
static int urlmeta_html_body_room(urlmeta_html_body_t *b, size_t len);
static void urlmeta_html_body_add(urlmeta_html_body_t *b, const char *str);
static void urlmeta_html_body_attr(urlmeta_html_body_t *b, const char *name,
    const char *value, size_t len);


urlmeta_html_body_t *
urlmeta_html_body_create(unsigned lacks)
{
    urlmeta_html_body_t  *b;

    /* the stack is written before it is read */

    b = malloc(sizeof(urlmeta_html_body_t));

    if (b == NULL) {
        return NULL;
    }

    memset(b, 0, offsetof(urlmeta_html_body_t, open));

    b->lacks = lacks;

    if (urlmeta_buf_add_str(&b->out, "<div>") != URLMETA_OK) {
        free(b);
        return NULL;
    }

    return b;
}


void
urlmeta_html_body_destroy(urlmeta_html_body_t *b)
{
    if (b == NULL) {
        return;
    }

    urlmeta_html_summary_free(&b->summary);
    urlmeta_buf_free(&b->out);
    free(b);
}


int
urlmeta_html_body_wants(urlmeta_html_body_t *b)
{
    return !b->full && !b->failed;
}


int
urlmeta_html_body_text_wanted(urlmeta_html_body_t *b)
{
    unsigned  flags;

    flags = urlmeta_html_body_flags(b);

    return urlmeta_html_body_wants(b)
           && (urlmeta_html_body_copied(flags)
               || urlmeta_html_body_summed(b, flags));
}


static int
urlmeta_html_body_copied(unsigned flags)
{
    return (flags & (URLMETA_HTML_BODY_TEXT|URLMETA_HTML_BODY_MUTE))
           == URLMETA_HTML_BODY_TEXT;
}


static int
urlmeta_html_body_summed(urlmeta_html_body_t *b, unsigned flags)
{
    return (b->lacks & URLMETA_HTML_LACKS_DESCRIPTION) && !b->summary.done
           && (flags & (URLMETA_HTML_BODY_SKIP|URLMETA_HTML_BODY_MUTE
                        |URLMETA_HTML_BODY_UNSAID))
              == 0;
}


unsigned long long
urlmeta_html_body_spare(urlmeta_html_body_t *b)
{
    unsigned long long  tags;

    tags = 0;

    if ((b->lacks & URLMETA_HTML_LACKS_IMAGE) == 0) {
        tags |= urlmeta_tag_bit(URLMETA_TAG_IMG);
    }

    if ((b->lacks & URLMETA_HTML_LACKS_DATE) == 0) {
        tags |= urlmeta_tag_bit(URLMETA_TAG_TIME);
    }

    return tags;
}


int
urlmeta_html_body_start(urlmeta_html_body_t *b, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    int                              was;
    unsigned                         flags;
    unsigned long long               key;
    urlmeta_html_body_attrs_t        attrs;
    const urlmeta_html_body_name_t  *name;

    if (!urlmeta_html_body_wants(b) || token->name == NULL) {
        return 0;
    }

    was = urlmeta_html_body_text_wanted(b);
    name = urlmeta_html_body_name(token, &key);

    if (name->flags & URLMETA_HTML_BODY_BLOCK) {
        if (b->summary.block.len) {
            urlmeta_html_summary_break(&b->summary);
        }

        if (b->p) {
            urlmeta_html_body_close(b, b->p - 1);
        }

    } else if (tag == URLMETA_TAG_BR) {
        b->space = 1;
        b->summary.space = 1;
    }

    if ((name->kind & URLMETA_HTML_BODY_ITEM)
        && b->nopen && b->open[b->nopen - 1].key == key)
    {
        urlmeta_html_body_close(b, b->nopen - 1);
    }

    flags = urlmeta_html_body_flags(b);

    if (token->nattrs == 0
        && (name->kind & URLMETA_HTML_BODY_KINDS) == 0
        && (urlmeta_tag_bit(tag) & URLMETA_HTML_BODY_TAGS) == 0
        && (tag != URLMETA_TAG_P || !urlmeta_html_body_prose(b, flags)))
    {
        /* nearly all */

        flags |= name->flags;

    } else {
        urlmeta_html_body_attrs(&attrs, token);

        flags = urlmeta_html_body_region(&attrs, name, tag, flags);
        flags |= urlmeta_html_body_write(b, token, &attrs, name, tag, flags);
    }

    if (tag == URLMETA_TAG_P) {
        flags |= URLMETA_HTML_BODY_PROSE;
    }

    if ((name->kind & URLMETA_HTML_BODY_VOID)
        || b->nopen == URLMETA_HTML_BODY_OPEN)
    {
        /* what is open beyond the bound is as if it were empty */

        urlmeta_html_body_end_tag(b, flags);

    } else {
        urlmeta_html_body_push(b, key, flags);
    }

    return was != urlmeta_html_body_text_wanted(b)
           || !urlmeta_html_body_wants(b);
}


int
urlmeta_html_body_end(urlmeta_html_body_t *b, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    int                              was;
    unsigned                         i, last, stop;
    unsigned long long               key;
    const urlmeta_html_body_name_t  *name;

    if (!urlmeta_html_body_wants(b) || token->name == NULL) {
        return 0;
    }

    was = urlmeta_html_body_text_wanted(b);
    name = urlmeta_html_body_name(token, &key);

    stop = (name->flags & URLMETA_HTML_BODY_BLOCK) ? URLMETA_HTML_BODY_TABLE
                                                   : URLMETA_HTML_BODY_BLOCK;

    if (name->kind & URLMETA_HTML_BODY_ITEM || tag == URLMETA_TAG_BODY
        || (name->flags & URLMETA_HTML_BODY_TABLE))
    {
        stop = 0;
    }

    /* each end tag may look at as many elements, whether it has one or not */

    last = b->nopen > URLMETA_HTML_BODY_REACH
           ? b->nopen - URLMETA_HTML_BODY_REACH : 0;

    for (i = b->nopen; i > last; i--) {

        if (b->open[i - 1].key == key) {
            urlmeta_html_body_close(b, i - 1);
            break;
        }

        if (b->open[i - 1].flags & stop) {
            break;
        }
    }

    return was != urlmeta_html_body_text_wanted(b)
           || !urlmeta_html_body_wants(b);
}


void
urlmeta_html_body_text(urlmeta_html_body_t *b, const char *text, size_t len)
{
    int          fits;
    size_t       n;
    char         escaped[8];
    unsigned     flags;
    const char  *p, *last, *word;

    flags = urlmeta_html_body_flags(b);

    if (!urlmeta_html_body_wants(b)) {
        return;
    }

    if (urlmeta_html_body_summed(b, flags)) {
        urlmeta_html_summary_text(&b->summary, text, len,
                                  flags & URLMETA_HTML_BODY_LINK);
    }

    if (!urlmeta_html_body_copied(flags)) {
        return;
    }

    /* a text that does not reach the bound is not taken word by word */

    fits = (b->out.len + 6 * len < URLMETA_HTML_BODY_MAX);

    p = text;
    last = text + len;

    while (p < last) {

        if (urlmeta_html_body_is_control(*p)) {
            b->space |= urlmeta_html_is_white(*p);
            p++;
            continue;
        }

        if (b->space) {
            b->space = 0;

            if (!urlmeta_html_body_room(b, 1)
                || urlmeta_buf_add(&b->out, " ", 1) != URLMETA_OK)
            {
                return;
            }
        }

        word = p;

        while (p < last) {

            if (urlmeta_html_body_is_plain(*p)) {
                p++;
                continue;
            }

            if (!fits || *p != ' ' || last - p < 2
                || !urlmeta_html_body_is_plain(p[1]))
            {
                break;
            }

            p += 2;
        }

        n = (size_t) (p - word);

        if (n) {

            if (!urlmeta_html_body_room(b, n)) {
                return;
            }

            if (urlmeta_buf_add(&b->out, word, n) != URLMETA_OK) {
                b->failed = 1;
                return;
            }

            continue;
        }

        n = urlmeta_html_body_escape(escaped, *p++);

        if (!urlmeta_html_body_room(b, n)) {
            return;
        }

        if (urlmeta_buf_add(&b->out, escaped, n) != URLMETA_OK) {
            b->failed = 1;
            return;
        }
    }
}


int
urlmeta_html_body_found(urlmeta_html_body_t *b)
{
    return b->found || (b->lacks & URLMETA_HTML_LACKS_DESCRIPTION);
}


int
urlmeta_html_body_finish(urlmeta_html_body_t *b, json_t *page, unsigned lacks)
{
    size_t  len;

    if ((lacks & URLMETA_HTML_LACKS_DESCRIPTION)
        && urlmeta_html_summary_finish(&b->summary, page) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (!b->found || lacks == 0) {
        return b->failed ? URLMETA_ERROR : URLMETA_OK;
    }

    /* a text that was cut, at the bound or by the end of the page */

    len = urlmeta_utf8_valid(b->out.data, b->out.len);

    while (b->out.len > len) {
        b->out.data[--b->out.len] = '\0';
    }

    urlmeta_html_body_close(b, 0);
    urlmeta_html_body_add(b, "</div>");

    if (b->failed) {
        return URLMETA_ERROR;
    }

    return urlmeta_tree_html(page, b->out.data, b->out.len);
}


static unsigned
urlmeta_html_body_flags(urlmeta_html_body_t *b)
{
    return b->nopen ? b->open[b->nopen - 1].flags
                      & URLMETA_HTML_BODY_INHERITED : 0;
}


static void
urlmeta_html_body_push(urlmeta_html_body_t *b, unsigned long long key,
    unsigned flags)
{
    urlmeta_html_body_open_t  *open;

    open = &b->open[b->nopen++];

    open->key = key;
    open->flags = flags;

    if (flags & URLMETA_HTML_BODY_PROSE) {
        b->p = b->nopen;
    }
}


/* closes until "n" are open */

static void
urlmeta_html_body_close(urlmeta_html_body_t *b, unsigned n)
{
    unsigned  flags;

    while (b->nopen > n) {
        flags = b->open[b->nopen - 1].flags;

        urlmeta_html_body_end_tag(b, flags);

        if (flags & URLMETA_HTML_BODY_BLOCK) {
            b->space = 1;

            if (b->summary.block.len) {
                urlmeta_html_summary_break(&b->summary);
            }
        }

        if (b->p == b->nopen) {
            b->p = 0;
        }

        b->nopen--;
    }
}


static void
urlmeta_html_body_end_tag(urlmeta_html_body_t *b, unsigned flags)
{
    if (flags & URLMETA_HTML_BODY_WRITTEN) {
        b->depth--;
        urlmeta_html_body_add(b, (flags & URLMETA_HTML_BODY_DIV) ? "</div>"
                                 : (flags & URLMETA_HTML_BODY_P) ? "</p>"
                                 : "</span>");
    }
}


/* may a paragraph in such a place be the description? */

static int
urlmeta_html_body_prose(urlmeta_html_body_t *b, unsigned flags)
{
    return (b->lacks & URLMETA_HTML_LACKS_DESCRIPTION)
           && (flags & (URLMETA_HTML_BODY_ARTICLE|URLMETA_HTML_BODY_SKIP))
              == URLMETA_HTML_BODY_ARTICLE
           && b->paragraphs < URLMETA_HTML_BODY_PARAGRAPHS;
}


/* the element as far as it matters; the flags that come of it */

static unsigned
urlmeta_html_body_write(urlmeta_html_body_t *b, const urlmeta_token_t *token,
    const urlmeta_html_body_attrs_t *attrs,
    const urlmeta_html_body_name_t *name, urlmeta_tag_e tag, unsigned flags)
{
    int                    item, div;
    unsigned               written;
    const char            *kind;
    const urlmeta_attr_t  *attr;

    /* properties that no chain shows, and are long */

    static const char *const  unshown[] = {
        "articlebody", "reviewbody", "text", "comment", "recipeinstructions",
        NULL
    };

    if (tag == URLMETA_TAG_IMG || tag == URLMETA_TAG_VIDEO) {
        urlmeta_html_body_image(b, token, tag, flags);
    }

    if ((name->kind & URLMETA_HTML_BODY_CONTROL) && b->p
        && urlmeta_html_body_room(b, 8))
    {
        b->nelements++;
        urlmeta_html_body_add(b, "<input/>");
    }

    item = (attrs->itemprop || attrs->itemscope);
    kind = NULL;
    attr = NULL;
    written = 0;

    if (tag == URLMETA_TAG_TIME && (b->lacks & URLMETA_HTML_LACKS_DATE)
        && b->times < URLMETA_HTML_BODY_TIMES
        && (flags & URLMETA_HTML_BODY_SKIP) == 0)
    {
        attr = urlmeta_token_attr(token, "datetime");

        if (attr) {
            kind = urlmeta_token_attr(token, "pubdate") ? "pubdate" : "time";
            b->times++;
        }

    } else if (tag == URLMETA_TAG_A
               && (b->lacks & URLMETA_HTML_LACKS_AUTHOR)
               && b->linked < URLMETA_HTML_BODY_LINKED
               && urlmeta_html_body_has(attrs->rel, urlmeta_html_body_author))
    {
        kind = "author";
        written = URLMETA_HTML_BODY_TEXT;
        b->linked++;

    } else if ((flags & ~urlmeta_html_body_flags(b))
               & URLMETA_HTML_BODY_ARTICLE)
    {
        kind = "article";
    }

    if (tag == URLMETA_TAG_P && !item && urlmeta_html_body_prose(b, flags)) {
        if (!urlmeta_html_body_room(b, 7)
            || b->depth >= URLMETA_HTML_BODY_DEPTH)
        {
            return 0;
        }

        b->paragraphs++;
        b->found = 1;
        b->depth++;
        b->nelements++;
        urlmeta_html_body_add(b, "<p>");

        return URLMETA_HTML_BODY_P|URLMETA_HTML_BODY_TEXT;
    }

    if ((kind == NULL && !item) || b->depth >= URLMETA_HTML_BODY_DEPTH) {
        return 0;
    }

    if (!urlmeta_html_body_room(b, 6 * URLMETA_HTML_BODY_VALUE)) {
        return 0;
    }

    div = (flags & URLMETA_HTML_BODY_BLOCK) != 0
          && (name->kind & URLMETA_HTML_BODY_VOID) == 0;

    b->depth++;
    b->nelements++;
    b->found |= (item || attr || written);

    urlmeta_html_body_add(b, div ? "<div" : "<span");

    if (kind) {
        urlmeta_html_body_attr(b, "class", kind, strlen(kind));
    }

    if (attr) {
        urlmeta_html_body_attr(b, "title", attr->value, attr->value_len);
    }

    if (item) {
        urlmeta_html_body_item(b, token, tag);

        if (attrs->itemscope == NULL
            && !urlmeta_html_body_has(attrs->itemprop, unshown))
        {
            written = URLMETA_HTML_BODY_TEXT;
        }
    }

    urlmeta_html_body_add(b, ">");

    return written | (div ? URLMETA_HTML_BODY_DIV : URLMETA_HTML_BODY_SPAN);
}


/*
 * The value of an item's property, by the HTML standard's section 5.2.4, but
 * for an anchor, whose text is kept too: pages mark the name in it.
 */

static void
urlmeta_html_body_item(urlmeta_html_body_t *b, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    size_t                 i, len;
    const char            *value;
    const urlmeta_attr_t  *attr;

    static const char *const  dates[] = {
        "datepublished", "datemodified", NULL
    };

    static const char  *copied[] = { "itemprop", "itemtype", "itemid", NULL };

    static const struct {
        const char            *name;
        const char            *attr;
    } values[] = {
        { "area", "href" },
        { "audio", "src" },
        { "data", "value" },
        { "embed", "src" },
        { "iframe", "src" },
        { "link", "href" },
        { "meter", "value" },
        { "object", "data" },
        { "source", "src" },
        { "time", "datetime" },
        { "track", "src" },
        { "video", "src" },
        { NULL, NULL }
    };

    for (i = 0; copied[i]; i++) {
        attr = urlmeta_token_attr(token, copied[i]);

        if (attr) {
            urlmeta_html_body_attr(b, copied[i], attr->value,
                                   attr->value_len);
        }
    }

    if (urlmeta_token_attr(token, "itemscope")) {
        urlmeta_html_body_add(b, " itemscope=\"\"");
    }

    attr = urlmeta_token_attr(token, "content");

    for (i = 0; attr == NULL && values[i].name; i++) {

        if (strlen(values[i].name) == token->name_len
            && memcmp(values[i].name, token->name, token->name_len) == 0)
        {
            attr = urlmeta_token_attr(token, values[i].attr);
        }
    }

    /* a date in words has another form beside it, by older conventions */

    if (attr == NULL
        && urlmeta_html_body_has(urlmeta_token_attr(token, "itemprop"), dates))
    {
        attr = urlmeta_token_attr(token, "datetime");
        attr = attr ? attr : urlmeta_token_attr(token, "title");
    }

    if (attr) {
        urlmeta_html_body_attr(b, "content", attr->value, attr->value_len);

    } else if (tag == URLMETA_TAG_IMG) {
        value = urlmeta_html_image_src(token, &len);

        if (value) {
            urlmeta_html_body_attr(b, "content", value, len);
        }

    } else if (tag == URLMETA_TAG_A) {
        attr = urlmeta_token_attr(token, "href");

        if (attr) {
            urlmeta_html_body_attr(b, "href", attr->value, attr->value_len);
        }
    }
}


static void
urlmeta_html_body_image(urlmeta_html_body_t *b, const urlmeta_token_t *token,
    urlmeta_tag_e tag, unsigned flags)
{
    char                   number[16];
    size_t                 len;
    unsigned               width, height;
    const char            *src;
    const urlmeta_attr_t  *attr;

    if ((b->lacks & URLMETA_HTML_LACKS_IMAGE) == 0
        || b->images == URLMETA_HTML_BODY_IMAGES
        || (flags & URLMETA_HTML_BODY_SKIP))
    {
        return;
    }

    width = 0;
    height = 0;

    if (tag == URLMETA_TAG_VIDEO) {
        attr = urlmeta_token_attr(token, "poster");

        if (attr == NULL) {
            return;
        }

        src = attr->value;
        len = attr->value_len;

    } else {
        width = urlmeta_html_image_pixels(token, "width");
        height = urlmeta_html_image_pixels(token, "height");

        if ((width && width <= URLMETA_HTML_BODY_PIXELS)
            || (height && height <= URLMETA_HTML_BODY_PIXELS)
            || ((flags & URLMETA_HTML_BODY_ARTICLE) == 0
                && (width == 0 || height == 0)))
        {
            return;
        }

        src = urlmeta_html_image_src(token, &len);
    }

    if (src == NULL || !urlmeta_html_image_is_picture(src, len)
        || !urlmeta_html_body_room(b, 3 * URLMETA_HTML_BODY_VALUE))
    {
        return;
    }

    b->found = 1;
    b->images++;
    b->nelements++;

    urlmeta_html_body_add(b, "<img");
    urlmeta_html_body_attr(b, "src", src, len);

    if (tag == URLMETA_TAG_VIDEO) {
        urlmeta_html_body_add(b, " class=\"poster\"");

    } else if (flags & URLMETA_HTML_BODY_ARTICLE) {
        urlmeta_html_body_add(b, " class=\"article\"");
    }

    if (width) {
        (void) snprintf(number, sizeof(number), "%u", width);
        urlmeta_html_body_attr(b, "width", number, strlen(number));
    }

    if (height) {
        (void) snprintf(number, sizeof(number), "%u", height);
        urlmeta_html_body_attr(b, "height", number, strlen(number));
    }

    attr = urlmeta_token_attr(token, "alt");

    if (attr && attr->value_len && tag == URLMETA_TAG_IMG) {
        urlmeta_html_body_attr(b, "alt", attr->value, attr->value_len);
    }

    urlmeta_html_body_add(b, "/>");
}


/* what is open at the bound is closed at the end */

static int
urlmeta_html_body_room(urlmeta_html_body_t *b, size_t len)
{
    if (b->out.len + len > URLMETA_HTML_BODY_MAX
        || b->nelements >= URLMETA_HTML_BODY_ELEMENTS)
    {
        b->full = 1;
        return 0;
    }

    return 1;
}


static void
urlmeta_html_body_add(urlmeta_html_body_t *b, const char *str)
{
    if (urlmeta_buf_add_str(&b->out, str) != URLMETA_OK) {
        b->failed = 1;
    }
}


static void
urlmeta_html_body_attr(urlmeta_html_body_t *b, const char *name,
    const char *value, size_t len)
{
    size_t  i, n, used;
    char    out[URLMETA_HTML_BODY_VALUE + 8];

    if (len > URLMETA_HTML_BODY_VALUE) {
        len = urlmeta_utf8_valid(value, URLMETA_HTML_BODY_VALUE);
    }

    urlmeta_html_body_add(b, " ");
    urlmeta_html_body_add(b, name);
    urlmeta_html_body_add(b, "=\"");

    for (i = 0, used = 0; i < len; i++) {

        if (urlmeta_html_body_is_control(value[i])
            && !urlmeta_html_is_white(value[i]))
        {
            continue;
        }

        n = urlmeta_html_body_escape(out + used, value[i]);
        used += n;

        if (used >= URLMETA_HTML_BODY_VALUE) {

            if (urlmeta_buf_add(&b->out, out, used) != URLMETA_OK) {
                b->failed = 1;
            }

            used = 0;
        }
    }

    if (urlmeta_buf_add(&b->out, out, used) != URLMETA_OK
        || urlmeta_buf_add(&b->out, "\"", 1) != URLMETA_OK)
    {
        b->failed = 1;
    }
}
