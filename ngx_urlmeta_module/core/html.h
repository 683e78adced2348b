
/*
 * Tokens to the page: everything the document says about itself, in document
 * order, uninterpreted.  docs/internals.md has the page object's shape.
 */


#ifndef _URLMETA_HTML_H_INCLUDED_
#define _URLMETA_HTML_H_INCLUDED_


#include <jansson.h>

#include "scan.h"
#include "urlmeta.h"


#define URLMETA_HTML_MAX_METAS      2000       /* and link elements, each */
#define URLMETA_HTML_MAX_LINKS      20000
#define URLMETA_HTML_MAX_TITLES     16
#define URLMETA_HTML_MAX_HEADINGS   100
#define URLMETA_HTML_MAX_TEXT       8192       /* bytes of one text */
#define URLMETA_HTML_MAX_JSON_LD    16
#define URLMETA_HTML_MAX_SCRIPT     131072     /* bytes of one block */
#define URLMETA_HTML_MAX_VALUES     12000      /* of all blocks */
#define URLMETA_HTML_MAX_URLS       2097152    /* bytes of resolved references:
                                                  a short one with a long base
                                                  is a long URL */
#define URLMETA_HTML_MAX_OPEN       64         /* nested svg, math, template */


typedef struct urlmeta_html_s  urlmeta_html_t;


/*
 * "url" is the document's own address, which references are resolved against
 * until a base element says otherwise.  "details" keeps the anchors too.
 */
urlmeta_html_t *urlmeta_html_create(const char *url, int details);

/* how much is read; all, unless told before the first bytes */
void urlmeta_html_extent(urlmeta_html_t *h, urlmeta_extent_e extent);

/* a meta that declares an encoding is told to this handler as it is met */
void urlmeta_html_on_charset(urlmeta_html_t *h,
    void (*handler)(void *data, const char *label, size_t len), void *data);

/* valid UTF-8; URLMETA_DONE where the extent ends */
int urlmeta_html_feed(urlmeta_html_t *h, const char *data, size_t len);

/*
 * A token that another parser made (tree.c's, of an XHTML document): the same
 * page comes of it.
 */
int urlmeta_html_token(urlmeta_html_t *h, const urlmeta_token_t *token);

/* 1 if the head has ended, by its tags or by what stands in a body only */
int urlmeta_html_has_head(urlmeta_html_t *h);

/* the page object, a new reference; NULL if memory ran out.  Call it once. */
json_t *urlmeta_html_finish(urlmeta_html_t *h);

void urlmeta_html_destroy(urlmeta_html_t *h);


#endif /* _URLMETA_HTML_H_INCLUDED_ */
