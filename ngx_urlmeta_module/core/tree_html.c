
/*
 * libxml2: the tree of a body's copy (html_body.h), and what is found in it.
 *
 * The copy is bounded in size, depth, elements and attributes, and it is ours,
 * so that nothing of libxml2's that takes quadratic time is in reach.  It is
 * well-formed, too, so that its parser for XML may read it: that for HTML
 * does not come to an end where memory runs out (2.9.14).
 */


#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "buffer.h"
#include "html_body.h"
#include "tree.h"
#include "utf8.h"


#define URLMETA_TREE_HTML_MAX_DEPTH    (URLMETA_HTML_BODY_DEPTH + 16)

#define URLMETA_TREE_HTML_MAX_TEXT     2048     /* bytes of one */
#define URLMETA_TREE_HTML_MAX_TEXTS    131072   /* of all */
#define URLMETA_TREE_HTML_MAX_VALUES   1000     /* of properties */
#define URLMETA_TREE_HTML_MAX_TYPES    8
#define URLMETA_TREE_HTML_MAX_IMAGES   32
#define URLMETA_TREE_HTML_MAX_DATES    16
#define URLMETA_TREE_HTML_MAX_PEOPLE   16

/* bytes; a shorter paragraph is a caption or a button */
#define URLMETA_TREE_HTML_PARAGRAPH    64
#define URLMETA_TREE_HTML_PARAGRAPHS   3


typedef struct {
    xmlNodePtr      node;               /* the element with itemscope */
    json_t         *item;
} urlmeta_tree_item_t;


typedef struct {
    json_t         *paragraphs;         /* of the page */
    json_t         *images;
    json_t         *microdata;
    json_t         *dates;
    json_t         *people;

    json_t         *loose;              /* properties of no item; borrowed */
    urlmeta_buf_t   text;
    size_t          ntext;              /* bytes of all texts */
    size_t          nvalues;
    unsigned        nitems;
    unsigned        npubdates;          /* which come first */
    unsigned        ndates;             /* these, and those in articles */
    unsigned        depth;
    unsigned        article;            /* elements around, that deep */
    unsigned        failed:1;           /* out of memory */

    urlmeta_tree_item_t   items[URLMETA_TREE_HTML_MAX_DEPTH + 1];
} urlmeta_tree_html_t;


static void urlmeta_tree_html_characters(char *markup, size_t len);
static void urlmeta_tree_html_error(void *data, xmlErrorPtr error);
static void urlmeta_tree_html_walk(urlmeta_tree_html_t *w, xmlNodePtr root);
static void urlmeta_tree_html_enter(urlmeta_tree_html_t *w, xmlNodePtr node);
static void urlmeta_tree_html_leave(urlmeta_tree_html_t *w, xmlNodePtr node);
static void urlmeta_tree_html_date(urlmeta_tree_html_t *w, xmlNodePtr node,
    int pubdate);
static void urlmeta_tree_html_paragraph(urlmeta_tree_html_t *w,
    xmlNodePtr node);
static void urlmeta_tree_html_image(urlmeta_tree_html_t *w, xmlNodePtr node);
static void urlmeta_tree_html_item(urlmeta_tree_html_t *w, xmlNodePtr node);
static json_t *urlmeta_tree_html_new_item(urlmeta_tree_html_t *w,
    xmlNodePtr node);
static json_t *urlmeta_tree_html_value(urlmeta_tree_html_t *w,
    xmlNodePtr node, const char *name, size_t len);
static void urlmeta_tree_html_property(urlmeta_tree_html_t *w, json_t *item,
    const char *name, size_t len, json_t *value);
static int urlmeta_tree_html_text(urlmeta_tree_html_t *w, xmlNodePtr node);
static const char *urlmeta_tree_html_attr(xmlNodePtr node, const char *name);
static int urlmeta_tree_html_is(xmlNodePtr node, const char *name);
static json_t *urlmeta_tree_html_array(urlmeta_tree_html_t *w, json_t *page,
    const char *name);
static json_t *urlmeta_tree_html_string(urlmeta_tree_html_t *w,
    const char *text, size_t len);
static void urlmeta_tree_html_append(urlmeta_tree_html_t *w, json_t *array,
    json_t *value);


int
urlmeta_tree_html(json_t *page, char *markup, size_t len)
{
    xmlDocPtr            doc;
    xmlParserCtxtPtr     ctxt;
    urlmeta_tree_html_t  w;

    ctxt = xmlNewParserCtxt();

    if (ctxt == NULL) {
        return URLMETA_ERROR;
    }

    ctxt->sax->serror = urlmeta_tree_html_error;

    urlmeta_tree_html_characters(markup, len);

    doc = xmlCtxtReadMemory(ctxt, markup, (int) len, NULL, "UTF-8",
                            XML_PARSE_RECOVER|XML_PARSE_NONET
                            |XML_PARSE_NOERROR|XML_PARSE_NOWARNING
                            |XML_PARSE_COMPACT|XML_PARSE_IGNORE_ENC);

    w.failed = (doc == NULL || ctxt->errNo == XML_ERR_NO_MEMORY);

    xmlFreeParserCtxt(ctxt);

    if (w.failed) {
        xmlFreeDoc(doc);
        return URLMETA_ERROR;
    }

    memset(&w, 0, sizeof(urlmeta_tree_html_t));

    w.paragraphs = urlmeta_tree_html_array(&w, page, "paragraphs");
    w.images = urlmeta_tree_html_array(&w, page, "body_images");
    w.microdata = urlmeta_tree_html_array(&w, page, "microdata");
    w.dates = urlmeta_tree_html_array(&w, page, "times");
    w.people = urlmeta_tree_html_array(&w, page, "author_links");

    if (!w.failed) {
        urlmeta_tree_html_walk(&w, (xmlNodePtr) doc);
    }

    while (w.nitems) {
        json_decref(w.items[--w.nitems].item);
    }

    urlmeta_buf_free(&w.text);
    xmlFreeDoc(doc);

    return w.failed ? URLMETA_ERROR : URLMETA_OK;
}


/*
 * U+FFFE and U+FFFF are characters of HTML but not of libxml2, which spends a
 * message on each.
 */

static void
urlmeta_tree_html_characters(char *markup, size_t len)
{
    char  *p, *last;

    p = markup;
    last = p + len;

    while (last - p >= 3) {
        p = memchr(p, 0xef, (size_t) (last - p) - 2);

        if (p == NULL) {
            return;
        }

        if ((unsigned char) p[1] == 0xbf && (unsigned char) p[2] >= 0xbe) {
            p[2] = (char) 0xbd;
        }

        p++;
    }
}


/* takes libxml2's messages, which it would print otherwise */

static void
urlmeta_tree_html_error(void *data, xmlErrorPtr error)
{
}


static void
urlmeta_tree_html_walk(urlmeta_tree_html_t *w, xmlNodePtr root)
{
    xmlNodePtr  node;

    node = root->children;

    while (node && !w->failed) {
        w->depth++;
        urlmeta_tree_html_enter(w, node);

        if (node->type == XML_ELEMENT_NODE && node->children
            && w->depth < URLMETA_TREE_HTML_MAX_DEPTH)
        {
            node = node->children;
            continue;
        }

        for ( ;; ) {
            urlmeta_tree_html_leave(w, node);
            w->depth--;

            if (node->next) {
                node = node->next;
                break;
            }

            node = node->parent;

            if (node == NULL || node == root) {
                return;
            }
        }
    }
}


static void
urlmeta_tree_html_enter(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    const char  *kind;

    if (node->type != XML_ELEMENT_NODE) {
        return;
    }

    if (urlmeta_tree_html_is(node, "p")) {
        urlmeta_tree_html_paragraph(w, node);
        return;
    }

    if (urlmeta_tree_html_is(node, "img")) {
        urlmeta_tree_html_image(w, node);
        return;
    }

    if (node->properties == NULL) {
        return;
    }

    kind = urlmeta_tree_html_attr(node, "class");

    if (kind && strcmp(kind, "article") == 0) {
        w->article++;

    } else if (kind && (strcmp(kind, "time") == 0
                        || strcmp(kind, "pubdate") == 0))
    {
        urlmeta_tree_html_date(w, node, *kind == 'p');

    } else if (kind && strcmp(kind, "author") == 0
               && json_array_size(w->people) < URLMETA_TREE_HTML_MAX_PEOPLE
               && urlmeta_tree_html_text(w, node))
    {
        urlmeta_tree_html_append(w, w->people,
                                 urlmeta_tree_html_string(w, w->text.data,
                                                          w->text.len));
    }

    if (urlmeta_tree_html_attr(node, "itemprop")
        || urlmeta_tree_html_attr(node, "itemscope"))
    {
        urlmeta_tree_html_item(w, node);
    }
}


static void
urlmeta_tree_html_leave(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    const char  *kind;

    if (w->nitems && w->items[w->nitems - 1].node == node) {
        json_decref(w->items[--w->nitems].item);
    }

    if (node->type != XML_ELEMENT_NODE || node->properties == NULL
        || urlmeta_tree_html_is(node, "img"))
    {
        return;
    }

    kind = urlmeta_tree_html_attr(node, "class");

    if (kind && strcmp(kind, "article") == 0) {
        w->article--;
    }
}


/*
 * What is said to be the date of publication comes first, then an article's
 * own, then those around it.
 */

static void
urlmeta_tree_html_date(urlmeta_tree_html_t *w, xmlNodePtr node, int pubdate)
{
    size_t       i;
    json_t      *value;
    const char  *date;

    date = urlmeta_tree_html_attr(node, "title");

    if (date == NULL
        || json_array_size(w->dates) >= URLMETA_TREE_HTML_MAX_DATES)
    {
        return;
    }

    i = json_array_size(w->dates);

    if (pubdate) {
        i = w->npubdates++;
        w->ndates++;

    } else if (w->article) {
        i = w->ndates++;
    }

    value = urlmeta_tree_html_string(w, date, strlen(date));

    if (json_array_insert_new(w->dates, i, value) != 0) {
        w->failed = 1;
    }
}


/* prose has no control of a form in it */

static void
urlmeta_tree_html_paragraph(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    xmlNodePtr  child;

    if (json_array_size(w->paragraphs) >= URLMETA_TREE_HTML_PARAGRAPHS) {
        return;
    }

    for (child = node->children; child; child = child->next) {

        if (urlmeta_tree_html_is(child, "input")) {
            return;
        }
    }

    if (urlmeta_tree_html_text(w, node)
        && w->text.len > URLMETA_TREE_HTML_PARAGRAPH)
    {
        urlmeta_tree_html_append(w, w->paragraphs,
                                 urlmeta_tree_html_string(w, w->text.data,
                                                          w->text.len));
    }
}


static void
urlmeta_tree_html_image(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    int          article, poster;
    json_t      *image;
    unsigned     i;
    const char  *value;

    static const char  *sides[] = { "width", "height" };

    value = urlmeta_tree_html_attr(node, "src");

    if (value == NULL
        || json_array_size(w->images) >= URLMETA_TREE_HTML_MAX_IMAGES)
    {
        return;
    }

    image = json_object();

    urlmeta_tree_html_append(w, w->images, image);

    if (w->failed) {
        return;
    }

    (void) json_object_set_new(image, "src",
                               urlmeta_tree_html_string(w, value,
                                                        strlen(value)));

    for (i = 0; i < 2; i++) {
        value = urlmeta_tree_html_attr(node, sides[i]);

        (void) json_object_set_new(image, sides[i],
                                   value ? json_integer(atoi(value))
                                         : json_null());
    }

    value = urlmeta_tree_html_attr(node, "alt");

    (void) json_object_set_new(image, "alt",
                               value ? urlmeta_tree_html_string(w, value,
                                                                strlen(value))
                                     : json_null());

    value = urlmeta_tree_html_attr(node, "class");
    article = value && strcmp(value, "article") == 0;
    poster = value && strcmp(value, "poster") == 0;

    (void) json_object_set_new(image, "place",
                               json_string(poster ? "poster"
                                           : article ? "article" : "page"));

    if (json_object_size(image) != 5) {
        w->failed = 1;
    }
}


static void
urlmeta_tree_html_item(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    size_t       len;
    json_t      *parent, *item, *value;
    const char  *names;

    names = urlmeta_tree_html_attr(node, "itemprop");
    item = NULL;

    parent = w->nitems ? w->items[w->nitems - 1].item : NULL;

    if (urlmeta_tree_html_attr(node, "itemscope")) {
        item = urlmeta_tree_html_new_item(w, node);

        if (item == NULL) {
            return;
        }

        if (names == NULL || parent == NULL) {

            /* an item of its own */

            value = json_pack("{s:O}", "value", item);
            urlmeta_tree_html_append(w, w->microdata, value);
        }

        w->items[w->nitems].node = node;
        w->items[w->nitems].item = item;
        w->nitems++;
    }

    if (names == NULL || (item && parent == NULL)) {
        return;
    }

    if (parent == NULL) {

        if (w->loose == NULL) {
            w->loose = json_object();
            value = json_pack("{s:o}", "value", w->loose);
            urlmeta_tree_html_append(w, w->microdata, value);

            if (w->failed) {
                return;
            }
        }

        parent = w->loose;
    }

    while (*names && !w->failed) {
        names += strspn(names, " \t\r\n\f");
        len = strcspn(names, " \t\r\n\f");

        if (len == 0) {
            break;
        }

        value = item ? json_incref(item)
                     : urlmeta_tree_html_value(w, node, names, len);

        if (value) {
            urlmeta_tree_html_property(w, parent, names, len, value);
        }

        names += len;
    }
}


/* NULL at a bound, or if memory ran out */

static json_t *
urlmeta_tree_html_new_item(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    size_t       len, n;
    json_t      *item, *types;
    const char  *type, *name;

    if (w->nvalues >= URLMETA_TREE_HTML_MAX_VALUES
        || w->nitems > URLMETA_TREE_HTML_MAX_DEPTH)
    {
        return NULL;
    }

    w->nvalues++;

    item = json_object();
    types = json_array();
    type = urlmeta_tree_html_attr(node, "itemtype");

    while (type && *type && types
           && json_array_size(types) < URLMETA_TREE_HTML_MAX_TYPES)
    {
        type += strspn(type, " \t\r\n\f");
        len = strcspn(type, " \t\r\n\f");

        if (len == 0) {
            break;
        }

        /* schema.org's, and those of vocabularies that came before it */

        for (name = type + len, n = 0;
             n < len && name[-1] != '/' && name[-1] != '#';
             n++, name--)
        { /* void */ }

        if (n) {
            urlmeta_tree_html_append(w, types,
                                     urlmeta_tree_html_string(w, name, n));
        }

        type += len;
    }

    if (item == NULL || types == NULL) {
        w->failed = 1;

    } else if (json_array_size(types)
               && json_object_set(item, "@type", types) != 0)
    {
        w->failed = 1;
    }

    json_decref(types);

    type = urlmeta_tree_html_attr(node, "itemid");

    if (type && *type && !w->failed
        && json_object_set_new(item, "@id",
                               urlmeta_tree_html_string(w, type,
                                                        strlen(type)))
           != 0)
    {
        w->failed = 1;
    }

    if (w->failed) {
        json_decref(item);
        return NULL;
    }

    return item;
}


/* of a property that is no item; NULL if there is nothing to say */

static json_t *
urlmeta_tree_html_value(urlmeta_tree_html_t *w, xmlNodePtr node,
    const char *name, size_t len)
{
    size_t       i;
    const char  *content;

    /* whose values are addresses: an anchor's is where it leads to */

    static const char  *urls[] = {
        "url", "image", "logo", "thumbnailUrl", "contentUrl", "contentURL",
        "embedURL", "embedUrl", "mainEntityOfPage", "sameAs", "thumbnail",
        "photo", "significantLink", "license", NULL
    };

    if (w->nvalues >= URLMETA_TREE_HTML_MAX_VALUES) {
        return NULL;
    }

    w->nvalues++;

    content = urlmeta_tree_html_attr(node, "content");

    if (content == NULL) {
        content = urlmeta_tree_html_attr(node, "href");

        for (i = 0; content && urls[i]; i++) {

            if (strlen(urls[i]) == len && memcmp(urls[i], name, len) == 0) {
                break;
            }
        }

        if (content && urls[i] == NULL) {
            content = NULL;
        }
    }

    if (content) {

        if (*content == '\0') {
            return NULL;
        }

        return urlmeta_tree_html_string(w, content, strlen(content));
    }

    if (!urlmeta_tree_html_text(w, node)) {
        return NULL;
    }

    return urlmeta_tree_html_string(w, w->text.data, w->text.len);
}


/* takes the reference to "value"; the second of a name makes an array */

static void
urlmeta_tree_html_property(urlmeta_tree_html_t *w, json_t *item,
    const char *name, size_t len, json_t *value)
{
    char     key[64];
    json_t  *known, *array;

    if (len >= sizeof(key)) {
        json_decref(value);
        return;
    }

    memcpy(key, name, len);
    key[len] = '\0';

    /* schema.org spelled its names so once: embedURL */

    if (len > 3 && memcmp(key + len - 3, "URL", 3) == 0) {
        memcpy(key + len - 3, "Url", 3);
    }

    known = json_object_get(item, key);

    if (known == NULL) {

        if (json_object_set_new(item, key, value) != 0) {
            w->failed = 1;
        }

        return;
    }

    if (!json_is_array(known)) {
        array = json_array();

        if (json_array_append(array, known) != 0
            || json_object_set_new(item, key, array) != 0)
        {
            json_decref(value);
            w->failed = 1;
            return;
        }

        known = array;
    }

    urlmeta_tree_html_append(w, known, value);
}


/* into w->text: what an element says, with white space at its ends cut */

static int
urlmeta_tree_html_text(urlmeta_tree_html_t *w, xmlNodePtr node)
{
    size_t       len;
    xmlNodePtr   n;
    const char  *text;

    urlmeta_buf_reset(&w->text);

    if (w->ntext >= URLMETA_TREE_HTML_MAX_TEXTS) {
        return 0;
    }

    n = node->children;

    while (n && w->text.len < URLMETA_TREE_HTML_MAX_TEXT) {

        if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
            && n->content)
        {
            text = (const char *) n->content;
            len = strlen(text);

            if (w->text.len == 0) {

                while (len && *text == ' ') {
                    text++;
                    len--;
                }
            }

            if (len > URLMETA_TREE_HTML_MAX_TEXT - w->text.len) {
                len = urlmeta_utf8_valid(text, URLMETA_TREE_HTML_MAX_TEXT
                                               - w->text.len);

                if (len == 0) {
                    break;
                }
            }

            if (urlmeta_buf_add(&w->text, text, len) != URLMETA_OK) {
                w->failed = 1;
                return 0;
            }

        } else if (n->type == XML_ELEMENT_NODE && n->children) {
            n = n->children;
            continue;
        }

        while (n && n != node && n->next == NULL) {
            n = n->parent;
        }

        n = (n == NULL || n == node) ? NULL : n->next;
    }

    while (w->text.len && w->text.data[w->text.len - 1] == ' ') {
        w->text.data[--w->text.len] = '\0';
    }

    w->ntext += w->text.len;

    return w->text.len != 0;
}


/* the value, which is in the tree; "" if it is empty */

static const char *
urlmeta_tree_html_attr(xmlNodePtr node, const char *name)
{
    xmlAttrPtr  attr;

    for (attr = node->properties; attr; attr = attr->next) {

        if (strcmp((const char *) attr->name, name) == 0) {

            if (attr->children && attr->children->content) {
                return (const char *) attr->children->content;
            }

            return "";
        }
    }

    return NULL;
}


static int
urlmeta_tree_html_is(xmlNodePtr node, const char *name)
{
    return node->type == XML_ELEMENT_NODE
           && strcmp((const char *) node->name, name) == 0;
}


static json_t *
urlmeta_tree_html_array(urlmeta_tree_html_t *w, json_t *page,
    const char *name)
{
    json_t  *array;

    array = json_array();

    if (json_object_set_new(page, name, array) != 0) {
        w->failed = 1;
        return NULL;
    }

    return array;
}


static json_t *
urlmeta_tree_html_string(urlmeta_tree_html_t *w, const char *text, size_t len)
{
    json_t  *string;

    /* libxml2 hands out what it was given, which is valid */

    string = json_stringn(text, urlmeta_utf8_valid(text, len));

    if (string == NULL) {
        w->failed = 1;
    }

    return string;
}


static void
urlmeta_tree_html_append(urlmeta_tree_html_t *w, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        w->failed = 1;
    }
}
