
/*
 * The JSON-LD of a page as one list of nodes: arrays and @graph flattened,
 * @id looked up, and the node found that speaks for the page.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jsonld.h"


/* arrays, @graph and mainEntity within each other */
#define URLMETA_JSONLD_MAX_NESTING  8

#define URLMETA_JSONLD_MAX_ID       2048    /* bytes */

/*
 * Values looked at to find the nodes: references to main entities can form
 * cycles through objects that are no nodes, and these can branch.
 */
#define URLMETA_JSONLD_MAX_VISITS   20000


typedef struct {
    json_t                  *node;
    urlmeta_jsonld_class_e   cls;
    unsigned                 main_entity:1;
    unsigned                 nested:1;      /* and in no list of nodes */
    unsigned                 repaired:1;    /* its block was */
} urlmeta_jsonld_node_t;


struct urlmeta_jsonld_s {
    json_t                  *ids;       /* @id to its richest object */
    char                    *page_url;
    size_t                   page_url_len;      /* without the fragment */
    size_t                   visits;
    unsigned                 repaired:1;    /* the block being read */
    size_t                   nnodes;
    urlmeta_jsonld_node_t    nodes[URLMETA_JSONLD_MAX_NODES];
};


static int urlmeta_jsonld_index(urlmeta_jsonld_t *ld, json_t *value,
    unsigned depth);
static void urlmeta_jsonld_flatten(urlmeta_jsonld_t *ld, json_t *value,
    unsigned depth, int main_entity);
static urlmeta_jsonld_node_t *urlmeta_jsonld_node(urlmeta_jsonld_t *ld,
    json_t *value);
static int urlmeta_jsonld_is_untyped(json_t *value);
static size_t urlmeta_jsonld_id(urlmeta_jsonld_t *ld, json_t *node, char *out);
static json_t *urlmeta_jsonld_property(json_t *node, const char *name);
static int urlmeta_jsonld_score(urlmeta_jsonld_t *ld,
    urlmeta_jsonld_node_t *n);
static int urlmeta_jsonld_is_page(urlmeta_jsonld_t *ld, json_t *value);
static int urlmeta_jsonld_is_page_url(urlmeta_jsonld_t *ld, json_t *value);
static size_t urlmeta_jsonld_bare_url(const char **url, size_t len);
static int urlmeta_jsonld_is_empty(json_t *value);


urlmeta_jsonld_t *
urlmeta_jsonld_create(json_t *blocks, const char *page_url)
{
    size_t             i;
    json_t            *block, *value;
    urlmeta_jsonld_t  *ld;

    ld = calloc(1, sizeof(urlmeta_jsonld_t));

    if (ld == NULL) {
        return NULL;
    }

    ld->page_url = strdup(page_url ? page_url : "");
    ld->ids = json_object();

    if (ld->page_url == NULL || ld->ids == NULL) {
        urlmeta_jsonld_destroy(ld);
        return NULL;
    }

    ld->page_url_len = strcspn(ld->page_url, "#");

    /* a reference may come before what it refers to */

    json_array_foreach(blocks, i, block) {
        value = json_object_get(block, "value");

        if (urlmeta_jsonld_index(ld, value, 0) != 0) {
            urlmeta_jsonld_destroy(ld);
            return NULL;
        }
    }

    json_array_foreach(blocks, i, block) {
        value = json_object_get(block, "value");
        ld->repaired = json_is_true(json_object_get(block, "repaired"));

        urlmeta_jsonld_flatten(ld, value, 0, 0);
    }

    return ld;
}


void
urlmeta_jsonld_destroy(urlmeta_jsonld_t *ld)
{
    if (ld == NULL) {
        return;
    }

    json_decref(ld->ids);
    free(ld->page_url);
    free(ld);
}


/* the depth of a value is bounded by urlmeta_jsonld_parse() */

static int
urlmeta_jsonld_index(urlmeta_jsonld_t *ld, json_t *value, unsigned depth)
{
    char         id[URLMETA_JSONLD_MAX_ID + 1];
    size_t       i;
    json_t      *item, *known;
    const char  *key;

    if (depth > URLMETA_JSONLD_MAX_DEPTH) {
        return 0;
    }

    if (json_is_array(value)) {

        json_array_foreach(value, i, item) {

            if ((json_is_object(item) || json_is_array(item))
                && urlmeta_jsonld_index(ld, item, depth + 1) != 0)
            {
                return -1;
            }
        }

        return 0;
    }

    if (!json_is_object(value)) {
        return 0;
    }

    if (json_object_size(value) > 1 && urlmeta_jsonld_id(ld, value, id)) {

        /*
         * Plugins of one site describe the same thing in several blocks; the
         * description that says most is the one to refer to.
         */

        known = json_object_get(ld->ids, id);

        if (known == NULL
            ? json_object_size(ld->ids) < URLMETA_JSONLD_MAX_IDS
            : json_object_size(known) < json_object_size(value))
        {
            if (json_object_set(ld->ids, id, value) != 0) {
                return -1;
            }
        }
    }

    json_object_foreach(value, key, item) {

        if ((json_is_object(item) || json_is_array(item))
            && urlmeta_jsonld_index(ld, item, depth + 1) != 0)
        {
            return -1;
        }
    }

    return 0;
}


static void
urlmeta_jsonld_flatten(urlmeta_jsonld_t *ld, json_t *value, unsigned depth,
    int main_entity)
{
    size_t                  i;
    json_t                 *item;
    urlmeta_jsonld_node_t  *n;

    if (depth > URLMETA_JSONLD_MAX_NESTING
        || ld->visits == URLMETA_JSONLD_MAX_VISITS)
    {
        return;
    }

    ld->visits++;

    if (json_is_array(value)) {

        json_array_foreach(value, i, item) {
            urlmeta_jsonld_flatten(ld, item, depth + 1, main_entity);
        }

        return;
    }

    if (!json_is_object(value) || ld->nnodes == URLMETA_JSONLD_MAX_NODES) {
        return;
    }

    if (main_entity) {

        /* which is often a reference to another node of the graph */

        value = urlmeta_jsonld_resolve(ld, value);

        if (!json_is_object(value)) {
            return;
        }
    }

    n = urlmeta_jsonld_node(ld, value);

    if (n) {

        if (main_entity) {
            n->main_entity = 1;

        } else {
            n->nested = 0;
        }

        return;
    }

    /* without a type it is the page's own description of itself */

    if (json_object_get(value, "@type") || urlmeta_jsonld_is_untyped(value)) {
        n = &ld->nodes[ld->nnodes++];

        n->node = value;
        n->cls = json_object_get(value, "@type") ? urlmeta_jsonld_class(value)
                                                 : URLMETA_JSONLD_WEBPAGE;
        n->main_entity = main_entity;
        n->nested = main_entity;
        n->repaired = ld->repaired;
    }

    urlmeta_jsonld_flatten(ld, json_object_get(value, "@graph"), depth + 1, 0);

    item = urlmeta_jsonld_property(value, "mainEntity");

    /* a list of entities, as the questions of an FAQPage, is no main one */

    if (json_is_array(item) && json_array_size(item) == 1) {
        item = json_array_get(item, 0);
    }

    if (json_is_object(item) && !urlmeta_jsonld_is(value, "FAQPage")) {
        urlmeta_jsonld_flatten(ld, item, depth + 1, 1);
    }
}


static urlmeta_jsonld_node_t *
urlmeta_jsonld_node(urlmeta_jsonld_t *ld, json_t *value)
{
    size_t  i;

    for (i = 0; i < ld->nnodes; i++) {

        if (ld->nodes[i].node == value) {
            return &ld->nodes[i];
        }
    }

    return NULL;
}


static int
urlmeta_jsonld_is_untyped(json_t *value)
{
    return json_object_get(value, "@context")
           && json_object_get(value, "@graph") == NULL
           && (json_object_get(value, "headline")
               || json_object_get(value, "name")
               || json_object_get(value, "description"));
}


int
urlmeta_jsonld_is_repaired(urlmeta_jsonld_t *ld, json_t *node)
{
    urlmeta_jsonld_node_t  *n;

    n = urlmeta_jsonld_node(ld, node);

    return n != NULL && n->repaired;
}


int
urlmeta_jsonld_is_nested(urlmeta_jsonld_t *ld, json_t *node)
{
    urlmeta_jsonld_node_t  *n;

    n = urlmeta_jsonld_node(ld, node);

    return n != NULL && n->nested;
}


/*
 * The @id of a node, with a mere fragment made one of the page.  Returns 0 if
 * there is none that can be looked up.
 */

static size_t
urlmeta_jsonld_id(urlmeta_jsonld_t *ld, json_t *node, char *out)
{
    size_t       len;
    json_t      *id;
    const char  *s;

    id = json_object_get(node, "@id");
    s = json_string_value(id);
    len = json_string_length(id);

    if (len == 0 || len != strlen(s)) {
        return 0;
    }

    if (s[0] == '#') {

        if (len + ld->page_url_len > URLMETA_JSONLD_MAX_ID) {
            return 0;
        }

        memcpy(out, ld->page_url, ld->page_url_len);
        memcpy(out + ld->page_url_len, s, len + 1);

        return ld->page_url_len + len;
    }

    if (len > URLMETA_JSONLD_MAX_ID) {
        return 0;
    }

    memcpy(out, s, len + 1);

    return len;
}


json_t *
urlmeta_jsonld_main(urlmeta_jsonld_t *ld, urlmeta_jsonld_class_e *cls)
{
    int                     score, best;
    size_t                  i;
    urlmeta_jsonld_node_t  *n, *found;

    best = 0;
    found = NULL;

    for (i = 0; i < ld->nnodes; i++) {
        n = &ld->nodes[i];
        score = urlmeta_jsonld_score(ld, n);

        if (score > best) {
            best = score;
            found = n;
        }
    }

    if (cls) {
        *cls = found ? found->cls : URLMETA_JSONLD_NONE;
    }

    return found ? found->node : NULL;
}


json_t *
urlmeta_jsonld_find(urlmeta_jsonld_t *ld, urlmeta_jsonld_class_e cls)
{
    size_t  i;

    for (i = 0; i < ld->nnodes; i++) {

        if (ld->nodes[i].cls == cls) {
            return ld->nodes[i].node;
        }
    }

    return NULL;
}


json_t *
urlmeta_jsonld_get(urlmeta_jsonld_t *ld, json_t *node, const char *name)
{
    json_t  *value;

    value = urlmeta_jsonld_resolve(ld, urlmeta_jsonld_property(node, name));

    return urlmeta_jsonld_is_empty(value) ? NULL : value;
}


json_t *
urlmeta_jsonld_resolve(urlmeta_jsonld_t *ld, json_t *value)
{
    char     id[URLMETA_JSONLD_MAX_ID + 1];
    json_t  *inner, *target;

    if (!json_is_object(value)) {
        return value;
    }

    inner = json_object_get(value, "@value");

    if (inner) {
        return inner;
    }

    inner = json_object_get(value, "@list");

    if (inner == NULL) {
        inner = json_object_get(value, "@set");
    }

    if (inner) {
        return inner;
    }

    /* {"@id"} or {"@type", "@id"}: nothing is said here */

    if (json_object_size(value)
        > (json_object_get(value, "@type") ? 2U : 1U)
        || urlmeta_jsonld_id(ld, value, id) == 0)
    {
        return value;
    }

    target = json_object_get(ld->ids, id);

    return target ? target : value;
}


static json_t *
urlmeta_jsonld_property(json_t *node, const char *name)
{
    char     full[128];
    size_t   i, len, n;
    json_t  *value;

    static const char  *prefixes[] = {
        "schema:",
        "http://schema.org/",
        "https://schema.org/",
        NULL
    };

    value = json_object_get(node, name);

    if (value != NULL || !json_is_object(node)) {
        return value;
    }

    len = strlen(name) + 1;

    for (i = 0; value == NULL && prefixes[i]; i++) {
        n = strlen(prefixes[i]);

        if (n + len > sizeof(full)) {
            break;
        }

        memcpy(full, prefixes[i], n);
        memcpy(full + n, name, len);

        value = json_object_get(node, full);
    }

    return value;
}


/* 0 for what does not speak for the page */

static int
urlmeta_jsonld_score(urlmeta_jsonld_t *ld, urlmeta_jsonld_node_t *n)
{
    int      score;
    json_t  *page;

    switch (n->cls) {

    case URLMETA_JSONLD_NONE:
        return 0;

    case URLMETA_JSONLD_PERSON:
        if (n->main_entity || urlmeta_jsonld_is(n->node, "ProfilePage")) {
            break;
        }

        return 0;

    case URLMETA_JSONLD_ORGANIZATION:
    case URLMETA_JSONLD_WEBSITE:
        if (n->main_entity) {
            break;
        }

        return 0;

    default:
        break;
    }

    /* classes are ten apart, so that a match moves a node by one */

    score = 10 * (URLMETA_JSONLD_WEBSITE + 10 - n->cls);

    page = urlmeta_jsonld_property(n->node, "mainEntityOfPage");

    if (urlmeta_jsonld_is_page(ld, page)
        || urlmeta_jsonld_is_page(ld, urlmeta_jsonld_property(n->node, "url"))
        || urlmeta_jsonld_is_page(ld, json_object_get(n->node, "@id")))
    {
        score += 14;

    } else if (page) {
        score += 2;
    }

    if (n->main_entity) {
        score += 12;
    }

    /* fragments of a description, as a rating alone, are of little use */

    if (urlmeta_jsonld_is_empty(urlmeta_jsonld_property(n->node, "headline"))
        && urlmeta_jsonld_is_empty(urlmeta_jsonld_property(n->node, "name")))
    {
        score -= 25;
    }

    return score;
}


/* is the value (a string, or an object with @id or url) the page's address? */

static int
urlmeta_jsonld_is_page(urlmeta_jsonld_t *ld, json_t *value)
{
    if (json_is_array(value)) {
        value = json_array_get(value, 0);
    }

    if (json_is_object(value)) {
        return urlmeta_jsonld_is_page_url(ld, json_object_get(value, "@id"))
               || urlmeta_jsonld_is_page_url(ld,
                                             json_object_get(value, "url"));
    }

    return urlmeta_jsonld_is_page_url(ld, value);
}


static int
urlmeta_jsonld_is_page_url(urlmeta_jsonld_t *ld, json_t *value)
{
    size_t       len, page_len;
    const char  *url, *page;

    url = json_string_value(value);

    if (url == NULL) {
        return 0;
    }

    page = ld->page_url;
    page_len = urlmeta_jsonld_bare_url(&page, ld->page_url_len);
    len = urlmeta_jsonld_bare_url(&url, json_string_length(value));

    return len && len == page_len && memcmp(url, page, len) == 0;
}


/*
 * What two spellings of one address share: without scheme, www., fragment and
 * the slash at the end.
 */

static size_t
urlmeta_jsonld_bare_url(const char **url, size_t len)
{
    const char  *p, *last, *fragment;

    p = *url;
    last = p + len;

    if (len > 8 && strncasecmp(p, "https://", 8) == 0) {
        p += 8;

    } else if (len > 7 && strncasecmp(p, "http://", 7) == 0) {
        p += 7;
    }

    if (last - p > 4 && strncasecmp(p, "www.", 4) == 0) {
        p += 4;
    }

    fragment = memchr(p, '#', (size_t) (last - p));

    if (fragment) {
        last = fragment;
    }

    if (last > p && last[-1] == '/') {
        last--;
    }

    *url = p;

    return (size_t) (last - p);
}


static int
urlmeta_jsonld_is_empty(json_t *value)
{
    return value == NULL || json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0);
}
