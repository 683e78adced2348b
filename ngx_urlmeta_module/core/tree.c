
/*
 * libxml2: XML documents by its push parser, without a tree.
 *
 * Nothing is loaded, no entity that the document declares is known, and what
 * libxml2 does in quadratic time is bounded before it sees it.
 */


#include <stdlib.h>
#include <string.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "buffer.h"
#include "feed.h"
#include "html.h"
#include "page.h"
#include "tree.h"
#include "tree_cut.h"


/* declarations of a DTD's internal subset; libxml2 keeps them in lists */
#define URLMETA_TREE_MAX_DECLS  256

/*
 * Attributes with a default value, which libxml2 gives to each element of the
 * name: 200 of them made 1 MB of input take 5.5 seconds.
 */
#define URLMETA_TREE_MAX_DEFAULTS  4

#define URLMETA_TREE_MAX_NAME   128     /* with its prefix */

#define URLMETA_TREE_NS_XHTML   "http://www.w3.org/1999/xhtml"
#define URLMETA_TREE_NS_SVG     "http://www.w3.org/2000/svg"
#define URLMETA_TREE_NS_MATHML  "http://www.w3.org/1998/Math/MathML"


typedef enum {
    URLMETA_TREE_NONE = 0,              /* no root element yet */
    URLMETA_TREE_HTML,
    URLMETA_TREE_FEED,
    URLMETA_TREE_SVG,
    URLMETA_TREE_OTHER
} urlmeta_tree_kind_e;


struct urlmeta_tree_s {
    xmlParserCtxtPtr      ctxt;
    char                 *url;
    urlmeta_tree_kind_e   kind;
    urlmeta_extent_e      extent;
    urlmeta_html_t       *html;
    urlmeta_feed_t       *feed;

    urlmeta_tree_cut_t    cut;
    urlmeta_buf_t         held;         /* the beginning of a tag */
    size_t                prolog;

    unsigned              depth;
    unsigned              open_ns;
    unsigned              decls;
    unsigned              defaults;
    unsigned short        ns[URLMETA_TREE_MAX_DEPTH + 1];

    xmlEntity             entity;
    urlmeta_buf_t         entity_text;

    unsigned              details:1;
    unsigned              done:1;
    unsigned              broken:1;
    unsigned              failed:1;     /* out of memory */
};


typedef struct {
    urlmeta_attr_t        list[URLMETA_SCAN_MAX_ATTRS];
    unsigned              n;
    unsigned              truncated:1;
    char                  names[4096];  /* those with a prefix */
} urlmeta_tree_attrs_t;


static int urlmeta_tree_parse(urlmeta_tree_t *t, const char *data, size_t len,
    int end);
static int urlmeta_tree_status(urlmeta_tree_t *t);
static void urlmeta_tree_stop(urlmeta_tree_t *t, int rc);
static void urlmeta_tree_start(void *data, const xmlChar *name,
    const xmlChar *prefix, const xmlChar *uri, int nns, const xmlChar **ns,
    int nattrs, int ndefaulted, const xmlChar **attrs);
static int urlmeta_tree_root(urlmeta_tree_t *t, const char *name,
    const char *uri);
static void urlmeta_tree_attrs(urlmeta_tree_attrs_t *a, const xmlChar **attrs,
    int nattrs);
static void urlmeta_tree_name(urlmeta_token_t *token, const xmlChar *name,
    const xmlChar *prefix, const xmlChar *uri, char *full);
static void urlmeta_tree_end_element(void *data, const xmlChar *name,
    const xmlChar *prefix, const xmlChar *uri);
static void urlmeta_tree_text(void *data, const xmlChar *text, int len);
static xmlEntityPtr urlmeta_tree_entity(void *data, const xmlChar *name);
static xmlEntityPtr urlmeta_tree_parameter(void *data, const xmlChar *name);
static void urlmeta_tree_attribute_decl(void *data, const xmlChar *element,
    const xmlChar *name, int type, int def, const xmlChar *value,
    xmlEnumerationPtr tree);
static void urlmeta_tree_element_decl(void *data, const xmlChar *name,
    int type, xmlElementContentPtr content);
static void urlmeta_tree_entity_decl(void *data, const xmlChar *name, int type,
    const xmlChar *public_id, const xmlChar *system_id, xmlChar *content);
static void urlmeta_tree_decl(urlmeta_tree_t *t);
static void urlmeta_tree_error(void *data, xmlErrorPtr error);


urlmeta_tree_t *
urlmeta_tree_create(const char *url, int details)
{
    xmlSAXHandler    sax;
    urlmeta_tree_t  *t;

    t = calloc(1, sizeof(urlmeta_tree_t));

    if (t == NULL) {
        return NULL;
    }

    t->details = details != 0;
    t->url = strdup(url);

    memset(&sax, 0, sizeof(xmlSAXHandler));

    sax.initialized = XML_SAX2_MAGIC;
    sax.startElementNs = urlmeta_tree_start;
    sax.endElementNs = urlmeta_tree_end_element;
    sax.characters = urlmeta_tree_text;
    sax.ignorableWhitespace = urlmeta_tree_text;
    sax.cdataBlock = urlmeta_tree_text;
    sax.getEntity = urlmeta_tree_entity;
    sax.getParameterEntity = urlmeta_tree_parameter;
    sax.attributeDecl = urlmeta_tree_attribute_decl;
    sax.elementDecl = urlmeta_tree_element_decl;
    sax.entityDecl = urlmeta_tree_entity_decl;
    sax.serror = urlmeta_tree_error;

    t->ctxt = xmlCreatePushParserCtxt(&sax, t, NULL, 0, NULL);

    if (t->url == NULL || t->ctxt == NULL) {
        urlmeta_tree_destroy(t);
        return NULL;
    }

    /*
     * Without XML_PARSE_NOENT libxml2 hands out a "&" of an attribute as
     * "&#38;".  No entity but urlmeta_tree_entity()'s is ever substituted.
     */

    (void) xmlCtxtUseOptions(t->ctxt, XML_PARSE_NONET|XML_PARSE_NOENT
                                      |XML_PARSE_NOERROR|XML_PARSE_NOWARNING
                                      |XML_PARSE_IGNORE_ENC);

    /* what looks like the beginning of UTF-16 is UTF-8 all the same */

    (void) xmlSwitchEncoding(t->ctxt, XML_CHAR_ENCODING_UTF8);

    return t;
}


void
urlmeta_tree_destroy(urlmeta_tree_t *t)
{
    if (t == NULL) {
        return;
    }

    if (t->ctxt) {

        /* libxml2 makes one for the entities that a DTD declares */

        if (t->ctxt->myDoc) {
            xmlFreeDoc(t->ctxt->myDoc);
            t->ctxt->myDoc = NULL;
        }

        xmlFreeParserCtxt(t->ctxt);
    }

    urlmeta_html_destroy(t->html);
    urlmeta_feed_destroy(t->feed);
    urlmeta_buf_free(&t->held);
    urlmeta_buf_free(&t->entity_text);
    free(t->url);
    free(t);
}


int
urlmeta_tree_feed(urlmeta_tree_t *t, const char *data, size_t len)
{
    int     rc;
    size_t  whole;

    rc = urlmeta_tree_status(t);

    if (rc != URLMETA_OK || len == 0) {
        return rc;
    }

    if (urlmeta_tree_cut(&t->cut, data, len, &whole) != 0) {
        t->broken = 1;
        return URLMETA_DONE;
    }

    if (whole) {

        if (t->held.len) {

            if (urlmeta_buf_add(&t->held, data, whole) != URLMETA_OK) {
                return URLMETA_ERROR;
            }

            rc = urlmeta_tree_parse(t, t->held.data, t->held.len, 0);
            urlmeta_buf_reset(&t->held);

        } else {
            rc = urlmeta_tree_parse(t, data, whole, 0);
        }

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    if (whole < len) {
        return urlmeta_buf_add(&t->held, data + whole, len - whole);
    }

    return URLMETA_OK;
}


int
urlmeta_tree_end(urlmeta_tree_t *t)
{
    int  rc;

    rc = urlmeta_tree_status(t);

    if (rc != URLMETA_OK) {
        return rc;
    }

    return urlmeta_tree_parse(t, t->held.data ? t->held.data : "",
                              t->held.len, 1);
}


static int
urlmeta_tree_parse(urlmeta_tree_t *t, const char *data, size_t len, int end)
{
    size_t  n;

    do {
        /* a piece that libxml2 counts in an int, and finds line ends in */

        n = len > 65536 ? 65536 : len;

        (void) xmlParseChunk(t->ctxt, data, (int) n, end && n == len);

        if (t->ctxt->errNo == XML_ERR_NO_MEMORY) {
            t->failed = 1;
        }

        if (!t->done && !t->ctxt->wellFormed) {
            t->broken = 1;
        }

        if (t->kind == URLMETA_TREE_NONE) {
            t->prolog += n;

            if (t->prolog > URLMETA_TREE_MAX_PROLOG) {
                t->broken = 1;
            }
        }

        data += n;
        len -= n;

    } while (len && !t->failed && !t->broken && !t->done);

    return urlmeta_tree_status(t);
}


static int
urlmeta_tree_status(urlmeta_tree_t *t)
{
    if (t->failed) {
        return URLMETA_ERROR;
    }

    return t->broken || t->done ? URLMETA_DONE : URLMETA_OK;
}


void
urlmeta_tree_extent(urlmeta_tree_t *t, urlmeta_extent_e extent)
{
    t->extent = extent;
}


int
urlmeta_tree_has_head(urlmeta_tree_t *t)
{
    switch (t->kind) {

    case URLMETA_TREE_HTML:
        return t->done || urlmeta_html_has_head(t->html);

    case URLMETA_TREE_NONE:
        return 0;

    default:

        /* of a feed its items are not read */

        return t->done;
    }
}


int
urlmeta_tree_broken(urlmeta_tree_t *t)
{
    return t->broken && (t->kind == URLMETA_TREE_NONE
                         || t->kind == URLMETA_TREE_HTML);
}


json_t *
urlmeta_tree_finish(urlmeta_tree_t *t)
{
    json_t  *page;

    switch (t->kind) {

    case URLMETA_TREE_HTML:
        page = urlmeta_html_finish(t->html);
        break;

    case URLMETA_TREE_FEED:
        page = urlmeta_feed_finish(t->feed);
        break;

    case URLMETA_TREE_SVG:
        page = urlmeta_page_create("image", t->url);
        break;

    default:
        page = urlmeta_page_create("xml", t->url);
    }

    return t->failed ? (json_decref(page), NULL) : page;
}


/* ends the parsing from within a handler of the parser */

static void
urlmeta_tree_stop(urlmeta_tree_t *t, int rc)
{
    if (rc == URLMETA_OK) {
        return;
    }

    if (rc == URLMETA_ERROR) {
        t->failed = 1;

    } else {
        t->done = 1;
    }

    xmlStopParser(t->ctxt);
}


static void
urlmeta_tree_start(void *data, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int nns, const xmlChar **ns, int nattrs,
    int ndefaulted, const xmlChar **attrs)
{
    urlmeta_tree_t        *t = data;

    int                    rc;
    char                   full[URLMETA_TREE_MAX_NAME];
    urlmeta_token_t        token;
    urlmeta_tree_attrs_t   a;

    if (t->failed || t->broken || t->done) {
        return;
    }

    t->depth++;
    t->open_ns += (unsigned) nns;

    if (t->depth > URLMETA_TREE_MAX_DEPTH
        || t->open_ns > URLMETA_TREE_MAX_NS)
    {
        t->broken = 1;
        xmlStopParser(t->ctxt);
        return;
    }

    t->ns[t->depth] = (unsigned short) nns;

    if (t->depth == 1) {
        rc = urlmeta_tree_root(t, (const char *) name, (const char *) uri);

        if (rc != URLMETA_OK) {
            urlmeta_tree_stop(t, rc);
            return;
        }
    }

    /* the attributes that a DTD gives are left out: no DTD is read at all */

    urlmeta_tree_attrs(&a, attrs, nattrs - ndefaulted);

    if (t->feed) {
        rc = urlmeta_feed_start(t->feed, (const char *) name,
                                (const char *) uri, t->depth, a.list, a.n);

    } else {
        memset(&token, 0, sizeof(urlmeta_token_t));

        token.type = URLMETA_TOKEN_START;
        token.attrs = a.list;
        token.nattrs = a.n;
        token.truncated = a.truncated;

        urlmeta_tree_name(&token, name, prefix, uri, full);

        rc = urlmeta_html_token(t->html, &token);
    }

    urlmeta_tree_stop(t, rc);
}


static int
urlmeta_tree_root(urlmeta_tree_t *t, const char *name, const char *uri)
{
    if (urlmeta_feed_is_root(name, uri)) {
        t->kind = URLMETA_TREE_FEED;
        t->feed = urlmeta_feed_create(t->url);

        return t->feed ? URLMETA_OK : URLMETA_ERROR;
    }

    if (strcmp(name, "html") == 0
        && (uri == NULL || strcmp(uri, URLMETA_TREE_NS_XHTML) == 0))
    {
        t->kind = URLMETA_TREE_HTML;
        t->html = urlmeta_html_create(t->url, t->details);

        if (t->html == NULL) {
            return URLMETA_ERROR;
        }

        urlmeta_html_extent(t->html, t->extent);

        return URLMETA_OK;
    }

    if (strcmp(name, "svg") == 0) {
        t->kind = URLMETA_TREE_SVG;

    } else {
        t->kind = URLMETA_TREE_OTHER;
    }

    return URLMETA_DONE;
}


/* (name, prefix, namespace, begin and end of the value) each */

static void
urlmeta_tree_attrs(urlmeta_tree_attrs_t *a, const xmlChar **attrs, int nattrs)
{
    int              i;
    char            *p;
    size_t           size, len, prefix_len;
    urlmeta_attr_t  *attr;

    a->n = 0;
    a->truncated = 0;

    p = a->names;
    size = 0;

    for (i = 0; i < nattrs; i++, attrs += 5) {

        if (a->n == URLMETA_SCAN_MAX_ATTRS) {
            a->truncated = 1;
            break;
        }

        attr = &a->list[a->n];

        attr->name = (const char *) attrs[0];
        attr->name_len = strlen(attr->name);
        attr->value = (const char *) attrs[3];
        attr->value_len = (size_t) (attrs[4] - attrs[3]);

        size += attr->name_len + attr->value_len;

        if (size > URLMETA_SCAN_MAX_TAG) {
            a->truncated = 1;
            break;
        }

        if (attrs[1]) {
            prefix_len = strlen((const char *) attrs[1]);
            len = prefix_len + 1 + attr->name_len;

            if (len > (size_t) (a->names + sizeof(a->names) - p)) {
                a->truncated = 1;
                break;
            }

            memcpy(p, attrs[1], prefix_len);
            p[prefix_len] = ':';
            memcpy(p + prefix_len + 1, attr->name, attr->name_len);

            attr->name = p;
            attr->name_len = len;
            p += len;
        }

        a->n++;
    }
}


/* what is in a namespace that HTML does not know keeps its prefix */

static void
urlmeta_tree_name(urlmeta_token_t *token, const xmlChar *name,
    const xmlChar *prefix, const xmlChar *uri, char *full)
{
    size_t  len, prefix_len;

    token->name = (const char *) name;
    token->name_len = strlen(token->name);

    if (uri == NULL
        || strcmp((const char *) uri, URLMETA_TREE_NS_XHTML) == 0
        || strcmp((const char *) uri, URLMETA_TREE_NS_SVG) == 0
        || strcmp((const char *) uri, URLMETA_TREE_NS_MATHML) == 0)
    {
        token->tag = urlmeta_tag(token->name, token->name_len);
        return;
    }

    prefix_len = prefix ? strlen((const char *) prefix) : 0;
    len = prefix_len + 1 + token->name_len;

    if (len > URLMETA_TREE_MAX_NAME) {
        token->name = ":";
        token->name_len = 1;
        return;
    }

    if (prefix_len) {
        memcpy(full, prefix, prefix_len);
    }

    full[prefix_len] = ':';
    memcpy(full + prefix_len + 1, token->name, token->name_len);

    token->name = full;
    token->name_len = len;
}


static void
urlmeta_tree_end_element(void *data, const xmlChar *name,
    const xmlChar *prefix, const xmlChar *uri)
{
    urlmeta_tree_t   *t = data;

    int               rc;
    char              full[URLMETA_TREE_MAX_NAME];
    urlmeta_token_t   token;

    if (t->failed || t->broken || t->done || t->depth == 0) {
        return;
    }

    if (t->feed) {
        rc = urlmeta_feed_end(t->feed, t->depth);

    } else {
        memset(&token, 0, sizeof(urlmeta_token_t));

        token.type = URLMETA_TOKEN_END;

        urlmeta_tree_name(&token, name, prefix, uri, full);

        rc = urlmeta_html_token(t->html, &token);
    }

    t->open_ns -= t->ns[t->depth];
    t->depth--;

    urlmeta_tree_stop(t, rc);
}


static void
urlmeta_tree_text(void *data, const xmlChar *text, int len)
{
    urlmeta_tree_t   *t = data;

    int               rc;
    urlmeta_token_t   token;

    if (t->failed || t->broken || t->done || len <= 0) {
        return;
    }

    if (t->feed) {
        rc = urlmeta_feed_text(t->feed, (const char *) text, (size_t) len);

    } else if (t->html) {
        memset(&token, 0, sizeof(urlmeta_token_t));

        token.type = URLMETA_TOKEN_TEXT;
        token.text = (const char *) text;
        token.text_len = (size_t) len;

        rc = urlmeta_html_token(t->html, &token);

    } else {
        rc = URLMETA_OK;
    }

    urlmeta_tree_stop(t, rc);
}


/*
 * Every general entity but the five of XML, which libxml2 knows itself: the
 * names of XHTML 1.0 mean their characters, whether a DTD says so or not, and
 * any other is left as it stands.  Nothing here holds a reference or markup,
 * so there is nothing to expand.
 */

static xmlEntityPtr
urlmeta_tree_entity(void *data, const xmlChar *name)
{
    urlmeta_tree_t             *t = data;

    int                         rc;
    xmlEntityPtr                e;
    const htmlEntityDesc       *desc;

    /* within a DTD libxml2 would hang what it declares on ours */

    if (t->ctxt->inSubset) {
        return NULL;
    }

    urlmeta_buf_reset(&t->entity_text);

    e = &t->entity;
    memset(e, 0, sizeof(xmlEntity));

    e->type = XML_ENTITY_DECL;
    e->name = name;

    if (t->ctxt->instate == XML_PARSER_ATTRIBUTE_VALUE) {

        /* of a predefined one libxml2 takes the first byte here */

        e->etype = XML_INTERNAL_GENERAL_ENTITY;

    } else {
        e->etype = XML_INTERNAL_PREDEFINED_ENTITY;
    }

    desc = htmlEntityLookup(name);

    if (desc) {
        rc = urlmeta_buf_add_utf8(&t->entity_text, desc->value);

    } else if (e->etype == XML_INTERNAL_PREDEFINED_ENTITY) {
        rc = urlmeta_buf_printf(&t->entity_text, "&%s;", (const char *) name);

    } else {
        rc = urlmeta_buf_printf(&t->entity_text, "&#38;%s;",
                                (const char *) name);
    }

    if (rc != URLMETA_OK) {
        t->failed = 1;
        return NULL;
    }

    e->content = (xmlChar *) t->entity_text.data;
    e->orig = e->content;
    e->length = (int) t->entity_text.len;

    return e;
}


/*
 * A parameter entity that is none is passed over with a warning; one that is
 * not known would end the document.
 */

static xmlEntityPtr
urlmeta_tree_parameter(void *data, const xmlChar *name)
{
    urlmeta_tree_t  *t = data;

    memset(&t->entity, 0, sizeof(xmlEntity));

    t->entity.type = XML_ENTITY_DECL;
    t->entity.etype = XML_INTERNAL_GENERAL_ENTITY;
    t->entity.name = name;
    t->entity.content = (xmlChar *) "";
    t->entity.orig = t->entity.content;

    return &t->entity;
}


static void
urlmeta_tree_attribute_decl(void *data, const xmlChar *element,
    const xmlChar *name, int type, int def, const xmlChar *value,
    xmlEnumerationPtr tree)
{
    urlmeta_tree_t  *t = data;

    xmlFreeEnumeration(tree);

    if (value && ++t->defaults > URLMETA_TREE_MAX_DEFAULTS) {
        t->decls = URLMETA_TREE_MAX_DECLS;
    }

    urlmeta_tree_decl(t);
}


static void
urlmeta_tree_element_decl(void *data, const xmlChar *name, int type,
    xmlElementContentPtr content)
{
    urlmeta_tree_decl(data);
}


static void
urlmeta_tree_entity_decl(void *data, const xmlChar *name, int type,
    const xmlChar *public_id, const xmlChar *system_id, xmlChar *content)
{
    urlmeta_tree_decl(data);
}


static void
urlmeta_tree_decl(urlmeta_tree_t *t)
{
    if (++t->decls > URLMETA_TREE_MAX_DECLS) {
        t->broken = 1;
        xmlStopParser(t->ctxt);
    }
}


/* takes libxml2's messages, which it would print otherwise */

static void
urlmeta_tree_error(void *data, xmlErrorPtr error)
{
}


void
urlmeta_tree_init(void)
{
    xmlInitParser();
}
