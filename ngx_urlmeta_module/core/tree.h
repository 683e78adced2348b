
/*
 * libxml2: XML documents by its push parser.  No network, no entity loading,
 * bounded depth and size.  XHTML becomes the same page as HTML would; a feed
 * (RSS, RDF, Atom) becomes a page of the kind "feed".
 */


#ifndef _URLMETA_TREE_H_INCLUDED_
#define _URLMETA_TREE_H_INCLUDED_


#include <jansson.h>

#include "urlmeta.h"


/* below libxml2's own bound of 256 */
#define URLMETA_TREE_MAX_DEPTH   250

/* bytes before the root element, which libxml2 may read again and again */
#define URLMETA_TREE_MAX_PROLOG  65536

/* declared on open elements; libxml2 searches them one by one */
#define URLMETA_TREE_MAX_NS      256


typedef struct urlmeta_tree_s  urlmeta_tree_t;


/* NULL if memory ran out */
urlmeta_tree_t *urlmeta_tree_create(const char *url, int details);

/*
 * Valid UTF-8, cut anywhere between characters, whatever the XML declaration
 * says.  URLMETA_OK; URLMETA_DONE if nothing that follows can matter: the
 * document is broken, or a feed's items begin; URLMETA_ERROR.
 */
int urlmeta_tree_feed(urlmeta_tree_t *t, const char *data, size_t len);

/* the end of input */
int urlmeta_tree_end(urlmeta_tree_t *t);

/*
 * 1 if the document is not well-formed, or beyond our bounds, and no feed: a
 * reader of HTML may get more out of it.
 */
int urlmeta_tree_broken(urlmeta_tree_t *t);

/*
 * The page object, a new reference; what stood before the first error of a
 * document that is not well-formed.  NULL if memory ran out.  Call it once.
 */
json_t *urlmeta_tree_finish(urlmeta_tree_t *t);

void urlmeta_tree_destroy(urlmeta_tree_t *t);


/* of a document that turns out to be HTML; before the first bytes */
void urlmeta_tree_extent(urlmeta_tree_t *t, urlmeta_extent_e extent);

/* 1 if what came so far is worth a card: a head, or a feed's channel */
int urlmeta_tree_has_head(urlmeta_tree_t *t);


/*
 * tree_html.c: what a body's copy of markup (html_body.h) holds is set in the
 * page: paragraphs, body_images, microdata, times, author_links.  The markup
 * may be changed.  URLMETA_OK or URLMETA_ERROR.
 */
int urlmeta_tree_html(json_t *page, char *markup, size_t len);


/* once a process, before the first parser; never cleaned up: other users of
   libxml2 in the process would lose their state */
void urlmeta_tree_init(void);


#endif /* _URLMETA_TREE_H_INCLUDED_ */
