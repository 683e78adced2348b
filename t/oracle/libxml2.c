
/*
 * libxml2 LIST: where libxml2's HTML parser reports no error for a document,
 * its tree has the same metas, link elements and anchors as our page.
 *
 * What the parser of 2.9 does not know is not compared: elements of HTML 5,
 * which it calls invalid but reads well, are no errors here, what stands in a
 * template, or in an element whose content is text, is left out of its tree,
 * which has elements there, and an anchor that the standard opens again, in
 * the block after the one that it stood in, counts once.
 */


#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "charset.h"
#include "driver.h"


typedef struct {
    json_t         *meta;
    json_t         *link;
    json_t         *links;
} found_t;


static int keep(void *data, const char *utf8, size_t len);
static void count_error(void *data, xmlErrorPtr error);
static htmlDocPtr parse(driver_doc_t *doc);
static char *attribute(xmlNode *node, const char *name);
static void add(json_t *array, const char *first, const char *second);
static void lower(char *text);
static void add_meta(found_t *found, xmlNode *node);
static void walk(found_t *found, xmlNode *node);
static json_t *pairs(json_t *page, const char *array, const char *first,
    const char *second);
static json_t *runs(json_t *list);
static int same(const char *name, const char *what, json_t *ours,
    json_t *theirs);
static int compare(driver_doc_t *doc, htmlDocPtr tree);


static int  errors, unknown;


static int
keep(void *data, const char *utf8, size_t len)
{
    return urlmeta_buf_add(data, utf8, len);
}


static void
count_error(void *data, xmlErrorPtr error)
{
    if (error->code == XML_HTML_UNKNOWN_TAG) {
        unknown++;

    } else {
        errors++;
    }
}


static htmlDocPtr
parse(driver_doc_t *doc)
{
    htmlDocPtr           tree;
    urlmeta_buf_t        utf8;
    htmlParserCtxtPtr    ctxt;
    urlmeta_charset_t   *cs;

    memset(&utf8, 0, sizeof(urlmeta_buf_t));

    cs = urlmeta_charset_create(*doc->type ? doc->type : NULL, keep, &utf8);

    if (cs == NULL || urlmeta_charset_feed(cs, doc->data, doc->len)
        || urlmeta_charset_finish(cs) || utf8.len == 0)
    {
        urlmeta_charset_destroy(cs);
        urlmeta_buf_free(&utf8);
        return NULL;
    }

    urlmeta_charset_destroy(cs);

    errors = 0;
    unknown = 0;
    tree = NULL;
    ctxt = htmlNewParserCtxt();

    if (ctxt) {
        tree = htmlCtxtReadMemory(ctxt, utf8.data, utf8.len, NULL, "UTF-8",
                                  HTML_PARSE_NONET|HTML_PARSE_IGNORE_ENC
                                  |HTML_PARSE_COMPACT);
        htmlFreeParserCtxt(ctxt);
    }

    urlmeta_buf_free(&utf8);

    return tree;
}


/* line ends as the standard's preprocessing leaves them, libxml2 does not */

static char *
attribute(xmlNode *node, const char *name)
{
    char  *value, *from, *to;

    value = (char *) xmlGetNoNsProp(node, (const xmlChar *) name);

    if (value == NULL) {
        return NULL;
    }

    for (from = value, to = value; *from; from++) {

        if (*from == '\r') {
            *to++ = '\n';
            from += (from[1] == '\n');

        } else {
            *to++ = *from;
        }
    }

    *to = '\0';

    return value;
}


static void
add(json_t *array, const char *first, const char *second)
{
    json_array_append_new(array, json_pack("[s, s]", first, second));
}


static void
lower(char *text)
{
    for ( /* void */ ; *text; text++) {

        if (*text >= 'A' && *text <= 'Z') {
            *text |= 0x20;
        }
    }
}


static void
add_meta(found_t *found, xmlNode *node)
{
    char  *name, *property, *content;

    name = attribute(node, "name");
    property = attribute(node, "property");
    content = attribute(node, "content");

    if (content == NULL) {
        content = attribute(node, "value");
    }

    if (content && name && *name) {
        lower(name);
        add(found->meta, name, content);
    }

    if (content && property && *property) {
        lower(property);

        if (name == NULL || strcmp(name, property) != 0) {
            add(found->meta, property, content);
        }
    }

    xmlFree(name);
    xmlFree(property);
    xmlFree(content);
}


static void
walk(found_t *found, xmlNode *node)
{
    char      *href, *rel;
    size_t     i;
    xmlNode   *child;

    static const char  *skipped[] = {
        "iframe", "noembed", "noframes", "script", "style", "template",
        "textarea", "title", "xmp"
    };

    for (child = node->children; child; child = child->next) {

        if (child->type != XML_ELEMENT_NODE) {
            continue;
        }

        for (i = 0; i < sizeof(skipped) / sizeof(char *); i++) {

            if (strcmp((const char *) child->name, skipped[i]) == 0) {
                break;
            }
        }

        if (i < sizeof(skipped) / sizeof(char *)) {
            continue;
        }

        href = attribute(child, "href");

        if (strcmp((const char *) child->name, "meta") == 0) {
            add_meta(found, child);

        } else if (strcmp((const char *) child->name, "link") == 0) {
            rel = attribute(child, "rel");

            if (rel && href) {
                lower(rel);
                add(found->link, rel, href);
            }

            xmlFree(rel);

        } else if (strcmp((const char *) child->name, "a") == 0 && href) {
            add(found->links, "", href);
        }

        xmlFree(href);
        walk(found, child);
    }
}


static json_t *
pairs(json_t *page, const char *array, const char *first, const char *second)
{
    size_t       i;
    json_t      *list, *item;
    const char  *a, *b;

    list = json_array();

    json_array_foreach(json_object_get(page, array), i, item) {
        a = first ? json_string_value(json_object_get(item, first)) : "";
        b = json_string_value(json_object_get(item, second));
        add(list, a, b);
    }

    return list;
}


/* equal neighbors as one; takes the list */

static json_t *
runs(json_t *list)
{
    size_t   i;
    json_t  *item, *shorter, *last;

    last = NULL;
    shorter = json_array();

    json_array_foreach(list, i, item) {

        if (!json_equal(item, last)) {
            json_array_append(shorter, item);
        }

        last = item;
    }

    json_decref(list);

    return shorter;
}


static int
same(const char *name, const char *what, json_t *ours, json_t *theirs)
{
    size_t   i, n;
    json_t  *a, *b;

    if (json_equal(ours, theirs)) {
        json_decref(ours);
        return 1;
    }

    printf("differs: %s: %zu %s, libxml2 has %zu\n", name,
           json_array_size(ours), what, json_array_size(theirs));

    n = json_array_size(ours) > json_array_size(theirs)
        ? json_array_size(ours) : json_array_size(theirs);

    for (i = 0; i < n; i++) {
        a = json_array_get(ours, i);
        b = json_array_get(theirs, i);

        if (!json_equal(a, b)) {
            printf("# ours:   ");
            json_dumpf(a ? a : json_null(), stdout, JSON_ENCODE_ANY);
            printf("\n# theirs: ");
            json_dumpf(b ? b : json_null(), stdout, JSON_ENCODE_ANY);
            printf("\n");
            break;
        }
    }

    json_decref(ours);

    return 0;
}


static int
compare(driver_doc_t *doc, htmlDocPtr tree)
{
    int       good;
    json_t   *page;
    found_t   found;

    found.meta = json_array();
    found.link = json_array();
    found.links = json_array();

    if (tree->children) {
        walk(&found, (xmlNode *) tree);
    }

    found.links = runs(found.links);
    page = driver_page(doc, 1, DRIVER_SLICE);

    good = same(doc->name, "metas", pairs(page, "meta", "name", "content"),
                found.meta)
           & same(doc->name, "links", pairs(page, "link", "rel", "href"),
                  found.link)
           & same(doc->name, "anchors",
                  runs(pairs(page, "links", NULL, "href")),
                  found.links);

    json_decref(page);
    json_decref(found.meta);
    json_decref(found.link);
    json_decref(found.links);

    return good;
}


int
main(int argc, char *argv[])
{
    size_t          i, compared, equal, plain, bytes;
    htmlDocPtr      tree;
    driver_list_t   list;

    if (argc != 2) {
        fprintf(stderr, "usage: libxml2 LIST\n");
        return 2;
    }

    urlmeta_init();
    driver_load(&list, argv[1]);

    xmlSetStructuredErrorFunc(NULL, count_error);

    compared = 0;
    equal = 0;
    plain = 0;
    bytes = 0;

    for (i = 0; i < list.ndocs; i++) {

        if (urlmeta_media_type(*list.docs[i].type ? list.docs[i].type : NULL)
            != URLMETA_MEDIA_HTML)
        {
            continue;
        }

        tree = parse(&list.docs[i]);

        if (tree && errors == 0) {
            compared++;
            plain += (unknown == 0);
            bytes += list.docs[i].len;
            equal += compare(&list.docs[i], tree);
        }

        xmlFreeDoc(tree);
    }

    printf("compared: %zu of %zu, %zu KB, %zu of them of HTML 4's elements "
           "only; the same: %zu\n",
           compared, list.ndocs, bytes / 1024, plain, equal);

    driver_unload(&list);

    return compared == equal ? 0 : 1;
}
