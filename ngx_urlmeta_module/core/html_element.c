
/*
 * What each element adds to the page.
 */


#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "html_state.h"
#include "jsonld.h"
#include "url.h"
#include "utf8.h"


static void urlmeta_html_meta_charset(urlmeta_html_t *h,
    const urlmeta_attr_t *charset, const urlmeta_attr_t *http_equiv,
    const urlmeta_attr_t *content);
static void urlmeta_html_pair(urlmeta_html_t *h, json_t *array,
    json_t *name, const urlmeta_attr_t *content);
static json_t *urlmeta_html_json_ld(urlmeta_html_t *h, const char *text,
    size_t len);
static json_t *urlmeta_html_lower(const char *data, size_t len);
static void urlmeta_html_collapse(urlmeta_html_t *h, urlmeta_html_text_t *t,
    const char *text, size_t len);
static json_t *urlmeta_html_collapsed(urlmeta_html_text_t *t);
static int urlmeta_html_is_space(char c);


void
urlmeta_html_root(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    const urlmeta_attr_t  *attr;

    /* a second html tag adds the attributes which the first does not have */

    attr = urlmeta_token_attr(token, "lang");

    /* which means something in XML only, and is the same to who wrote it */

    if (attr == NULL || attr->value_len == 0) {
        attr = urlmeta_token_attr(token, "xml:lang");
    }

    if (attr && attr->value_len
        && json_is_null(json_object_get(h->page, "language")))
    {
        urlmeta_html_set(h, h->page, "language",
                         urlmeta_html_string(attr->value, attr->value_len));
    }

    urlmeta_html_direction(h, token);
}


void
urlmeta_html_direction(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    const urlmeta_attr_t  *attr;

    attr = urlmeta_token_attr(token, "dir");

    if (attr && attr->value_len
        && json_is_null(json_object_get(h->page, "direction")))
    {
        urlmeta_html_set(h, h->page, "direction",
                         urlmeta_html_lower(attr->value, attr->value_len));
    }
}


void
urlmeta_html_base(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    char                  *base, url[URLMETA_URL_TEXT_MAX];
    size_t                 len;
    const urlmeta_attr_t  *href;

    href = urlmeta_token_attr(token, "href");

    if (href == NULL || h->based) {
        return;
    }

    h->based = 1;

    len = urlmeta_url_resolve_link(url, h->url, h->url_len, href->value,
                                   href->value_len);

    /* the first counts even if it is no URL; then it changes nothing */

    if (len == 0) {
        return;
    }

    base = malloc(len);
    if (base == NULL) {
        h->failed = 1;
        return;
    }

    memcpy(base, url, len);

    h->base = base;
    h->base_len = len;
    h->link_before = json_array_size(h->link);
    h->links_before = json_array_size(h->links);
}


void
urlmeta_html_meta(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    json_t                *name, *property;
    const urlmeta_attr_t  *attr, *content, *http_equiv;

    content = urlmeta_token_attr(token, "content");
    http_equiv = urlmeta_token_attr(token, "http-equiv");

    urlmeta_html_meta_charset(h, urlmeta_token_attr(token, "charset"),
                              http_equiv, content);

    if (content == NULL) {
        content = urlmeta_token_attr(token, "value");

        if (content == NULL) {
            return;
        }
    }

    name = NULL;
    property = NULL;

    attr = urlmeta_token_attr(token, "name");

    if (attr && attr->value_len) {
        name = urlmeta_html_lower(attr->value, attr->value_len);
        urlmeta_html_pair(h, h->meta, json_incref(name), content);
    }

    attr = urlmeta_token_attr(token, "property");

    if (attr && attr->value_len) {
        property = urlmeta_html_lower(attr->value, attr->value_len);

        if (!json_equal(name, property)) {
            urlmeta_html_pair(h, h->meta, json_incref(property), content);
        }
    }

    json_decref(name);
    json_decref(property);

    attr = urlmeta_token_attr(token, "itemprop");

    if (attr && attr->value_len) {
        urlmeta_html_pair(h, h->itemprop_meta,
                          urlmeta_html_string(attr->value, attr->value_len),
                          content);
    }

    if (http_equiv && http_equiv->value_len) {
        urlmeta_html_pair(h, h->http_equiv,
                          urlmeta_html_lower(http_equiv->value,
                                             http_equiv->value_len),
                          content);
    }
}


static void
urlmeta_html_meta_charset(urlmeta_html_t *h, const urlmeta_attr_t *charset,
    const urlmeta_attr_t *http_equiv, const urlmeta_attr_t *content)
{
    size_t       len;
    const char  *label;

    if (h->charset_handler == NULL) {
        return;
    }

    if (charset) {
        label = charset->value;
        len = charset->value_len;

    } else if (http_equiv == NULL || content == NULL
               || !urlmeta_html_is(http_equiv, "content-type")
               || !urlmeta_charset_param(content->value, content->value_len,
                                         &label, &len))
    {
        return;
    }

    h->charset_handler(h->charset_data, label, len);
}


/* takes the reference to "name"; a value that stands for it is marked */

static void
urlmeta_html_pair(urlmeta_html_t *h, json_t *array, json_t *name,
    const urlmeta_attr_t *content)
{
    json_t  *pair;

    if (json_array_size(array) >= URLMETA_HTML_MAX_METAS) {
        h->truncated = 1;
        json_decref(name);
        return;
    }

    pair = urlmeta_html_append(h, array);

    if (pair == NULL) {
        json_decref(name);
        return;
    }

    urlmeta_html_set(h, pair, "name", name);
    urlmeta_html_set(h, pair, "content",
                     urlmeta_html_string(content->value, content->value_len));

    if (content->name_len == sizeof("value") - 1) {
        urlmeta_html_set(h, pair, "attribute", json_string("value"));
    }
}


void
urlmeta_html_link(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    json_t                *link;
    unsigned               i;
    const urlmeta_attr_t  *rel, *href, *attr;

    static const char  *names[] = {
        "type", "sizes", "hreflang", "media", "title", "color", NULL
    };

    rel = urlmeta_token_attr(token, "rel");
    href = urlmeta_token_attr(token, "href");

    if (rel == NULL || href == NULL) {
        return;
    }

    if (json_array_size(h->link) >= URLMETA_HTML_MAX_METAS) {
        h->truncated = 1;
        return;
    }

    link = urlmeta_html_append(h, h->link);

    urlmeta_html_set(h, link, "rel",
                     urlmeta_html_lower(rel->value, rel->value_len));
    urlmeta_html_set(h, link, "href",
                     urlmeta_html_string(href->value, href->value_len));
    urlmeta_html_set(h, link, "url",
                     urlmeta_html_resolve(h, href->value, href->value_len));

    for (i = 0; names[i]; i++) {
        attr = urlmeta_token_attr(token, names[i]);

        if (attr) {
            urlmeta_html_set(h, link, names[i],
                             urlmeta_html_string(attr->value,
                                                 attr->value_len));
        }
    }
}


void
urlmeta_html_raw_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    const urlmeta_attr_t  *type;

    if (tag == URLMETA_TAG_TITLE) {

        if (json_array_size(h->titles) >= URLMETA_HTML_MAX_TITLES) {
            h->truncated = 1;
            return;
        }

    } else {
        h->hidden = 1;

        if (tag == URLMETA_TAG_STYLE) {
            return;
        }

        type = urlmeta_token_attr(token, "type");

        if (type == NULL || !urlmeta_html_is(type, "application/ld+json")) {
            return;
        }

        if (json_array_size(h->json_ld) >= URLMETA_HTML_MAX_JSON_LD) {
            h->truncated = 1;
            return;
        }
    }

    h->raw = tag;
    h->raw_cut = 0;
    urlmeta_buf_reset(&h->raw_text);

    urlmeta_html_want(h);
}


void
urlmeta_html_raw_end(urlmeta_html_t *h)
{
    size_t          len;
    json_t         *item;
    const char     *text;
    urlmeta_tag_e   tag;

    if (!h->raw) {
        return;
    }

    tag = h->raw;
    h->raw = URLMETA_TAG_OTHER;

    text = h->raw_text.data ? h->raw_text.data : "";
    len = h->raw_text.len;

    if (tag == URLMETA_TAG_TITLE) {

        if (h->raw_cut) {
            len = urlmeta_utf8_valid(text, len);
        }

        item = urlmeta_html_string(text, len);

        if (json_array_append_new(h->titles, item) != 0) {
            h->failed = 1;
        }

    } else {

        if (h->raw_cut) {
            item = json_pack("{s:s, s:s}", "text", "", "error",
                             "longer than 131072 bytes");

        } else {
            item = urlmeta_html_json_ld(h, text, len);
        }

        if (json_array_append_new(h->json_ld, item) != 0) {
            h->failed = 1;
        }
    }

    urlmeta_html_want(h);
}


/*
 * The bounds of one block allow sixteen of them to take a hundred bytes for
 * each byte of the page; all together have one of their own.
 */

static json_t *
urlmeta_html_json_ld(urlmeta_html_t *h, const char *text, size_t len)
{
    size_t   n;
    json_t  *block;

    block = urlmeta_jsonld_parse(text, len);
    n = urlmeta_jsonld_values(json_object_get(block, "value"));

    if (n > URLMETA_HTML_MAX_VALUES - h->values) {
        h->truncated = 1;

        (void) json_object_del(block, "value");
        (void) json_object_del(block, "repaired");

        urlmeta_html_set(h, block, "error",
                         json_string("too many values in all of the page"));

    } else {
        h->values += n;
    }

    /* nobody but a card with details shows it */

    if (!h->details) {
        (void) json_object_del(block, "text");
    }

    return block;
}


void
urlmeta_html_heading_start(urlmeta_html_t *h, urlmeta_tag_e tag)
{
    urlmeta_html_heading_end(h);

    if (json_array_size(h->headings) >= URLMETA_HTML_MAX_HEADINGS) {
        return;
    }

    h->heading = urlmeta_html_append(h, h->headings);

    urlmeta_html_set(h, h->heading, "level",
                     json_integer(tag - URLMETA_TAG_H1 + 1));
    urlmeta_html_set(h, h->heading, "text", json_null());

    h->hidden = 0;
    h->heading_text.space = 0;

    urlmeta_html_want(h);
}


void
urlmeta_html_heading_end(urlmeta_html_t *h)
{
    if (h->heading) {
        urlmeta_html_set(h, h->heading, "text",
                         urlmeta_html_collapsed(&h->heading_text));
        h->heading = NULL;

        urlmeta_html_want(h);
    }
}


void
urlmeta_html_text(urlmeta_html_t *h, const char *text, size_t len)
{
    size_t  max, n;

    if (h->templates) {
        return;
    }

    urlmeta_html_anchor_text(h);

    if (h->anchor) {
        urlmeta_html_collapse(h, &h->anchor_text, text, len);
    }

    if (h->heading && !h->hidden) {
        urlmeta_html_collapse(h, &h->heading_text, text, len);
    }

    if (!h->raw || h->raw_cut) {
        return;
    }

    max = (h->raw == URLMETA_TAG_TITLE) ? URLMETA_HTML_MAX_TEXT
                                        : URLMETA_HTML_MAX_SCRIPT;
    n = max - h->raw_text.len;

    if (len > n) {
        len = n;
        h->raw_cut = 1;
        h->truncated = 1;
    }

    if (urlmeta_buf_add(&h->raw_text, text, len) != URLMETA_OK) {
        h->failed = 1;
    }
}


json_t *
urlmeta_html_array(urlmeta_html_t *h, const char *name)
{
    json_t  *array;

    array = json_array();

    urlmeta_html_set(h, h->page, name, array);

    return array;
}


json_t *
urlmeta_html_append(urlmeta_html_t *h, json_t *array)
{
    json_t  *object;

    object = json_object();

    if (json_array_append_new(array, object) != 0) {
        h->failed = 1;
        return NULL;
    }

    return object;
}


void
urlmeta_html_set(urlmeta_html_t *h, json_t *object, const char *name,
    json_t *value)
{
    if (json_object_set_new_nocheck(object, name, value) != 0) {
        h->failed = 1;
    }
}


json_t *
urlmeta_html_string(const char *data, size_t len)
{
    json_t         *string;
    urlmeta_buf_t   b;

    /* by a check that is quicker than jansson's */

    if (urlmeta_utf8_valid(data, len) == len) {
        return json_stringn_nocheck(data, len);
    }

    /* a caller's bytes */

    string = NULL;

    memset(&b, 0, sizeof(urlmeta_buf_t));

    if (urlmeta_utf8_add(&b, data, len) == URLMETA_OK && b.data) {
        string = json_stringn_nocheck(b.data, b.len);
    }

    urlmeta_buf_free(&b);

    return string;
}


static json_t *
urlmeta_html_lower(const char *data, size_t len)
{
    char    *lower;
    json_t  *string;
    size_t   i;

    lower = malloc(len + 1);
    if (lower == NULL) {
        return NULL;
    }

    for (i = 0; i < len; i++) {
        lower[i] = (char) (data[i] >= 'A' && data[i] <= 'Z' ? data[i] | 0x20
                                                            : data[i]);
    }

    string = urlmeta_html_string(lower, len);
    free(lower);

    return string;
}


json_t *
urlmeta_html_resolve(urlmeta_html_t *h, const char *ref, size_t len)
{
    char    url[URLMETA_URL_TEXT_MAX];
    size_t  n;

    if (h->resolved >= URLMETA_HTML_MAX_URLS) {
        h->truncated = 1;
        return json_null();
    }

    n = urlmeta_url_resolve_link(url, h->base, h->base_len, ref, len);

    if (n == 0) {
        return json_null();
    }

    h->resolved += n;

    return urlmeta_html_string(url, n);
}


void
urlmeta_html_resolve_again(urlmeta_html_t *h, json_t *array, size_t n)
{
    size_t   i;
    json_t  *item, *href;

    for (i = 0; i < n; i++) {
        item = json_array_get(array, i);
        href = json_object_get(item, "href");

        urlmeta_html_set(h, item, "url",
                         urlmeta_html_resolve(h, json_string_value(href),
                                              json_string_length(href)));
    }
}


static void
urlmeta_html_collapse(urlmeta_html_t *h, urlmeta_html_text_t *t,
    const char *text, size_t len)
{
    size_t       n, room, space;
    const char  *p, *last, *word;

    p = text;
    last = text + len;

    while (p < last && !t->cut) {

        /* a zero is dropped where text is, not in raw text */

        if (urlmeta_html_is_space(*p) || *p == '\0') {
            t->space |= (*p != '\0');
            p++;
            continue;
        }

        word = p;

        while (p < last && !urlmeta_html_is_space(*p) && *p != '\0') {
            p++;
        }

        space = (t->space && t->buf.len);
        t->space = 0;

        n = p - word;
        room = URLMETA_HTML_MAX_TEXT - t->buf.len;

        if (n + space > room) {
            t->cut = 1;
            h->truncated = 1;

            if (room <= space) {
                return;
            }

            n = room - space;
        }

        if (urlmeta_buf_add(&t->buf, " ", space) != URLMETA_OK
            || urlmeta_buf_add(&t->buf, word, n) != URLMETA_OK)
        {
            h->failed = 1;
            return;
        }
    }
}


/* the text, which begins anew */

static json_t *
urlmeta_html_collapsed(urlmeta_html_text_t *t)
{
    size_t       len;
    json_t      *string;
    const char  *data;

    data = t->buf.data ? t->buf.data : "";
    len = t->buf.len;

    if (t->cut) {
        len = urlmeta_utf8_valid(data, len);
    }

    string = urlmeta_html_string(data, len);

    urlmeta_buf_reset(&t->buf);
    t->space = 0;
    t->cut = 0;

    return string;
}


int
urlmeta_html_is(const urlmeta_attr_t *attr, const char *word)
{
    char         c;
    const char  *p, *last;

    p = attr->value;
    last = p + attr->value_len;

    while (p < last && urlmeta_html_is_space(*p)) {
        p++;
    }

    for ( /* void */ ; *word; word++, p++) {

        if (p == last) {
            return 0;
        }

        c = (char) (*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);

        if (c != *word) {
            return 0;
        }
    }

    while (p < last && urlmeta_html_is_space(*p)) {
        p++;
    }

    return p == last || *p == ';';
}


static int
urlmeta_html_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
