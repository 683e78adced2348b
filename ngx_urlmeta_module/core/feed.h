
/*
 * What an RSS (0.9x, 1.0, 2.0) or Atom document says about itself: the elements
 * of its channel to a page of the kind "feed".
 */


#ifndef _URLMETA_FEED_H_INCLUDED_
#define _URLMETA_FEED_H_INCLUDED_


#include <jansson.h>

#include "scan.h"


typedef struct urlmeta_feed_s  urlmeta_feed_t;


/* 1 if a document with this root element is a feed; "ns" may be NULL */
int urlmeta_feed_is_root(const char *name, const char *ns);

/* NULL if memory ran out */
urlmeta_feed_t *urlmeta_feed_create(const char *url);

/*
 * An element begins: its local name, namespace or NULL, depth (the root's is
 * 1) and attributes.  URLMETA_OK; URLMETA_DONE at the first item, with which
 * the feed's own description ends; URLMETA_ERROR.
 */
int urlmeta_feed_start(urlmeta_feed_t *f, const char *name, const char *ns,
    unsigned depth, const urlmeta_attr_t *attrs, unsigned nattrs);

int urlmeta_feed_text(urlmeta_feed_t *f, const char *text, size_t len);
int urlmeta_feed_end(urlmeta_feed_t *f, unsigned depth);

/* the page object, a new reference; NULL if memory ran out.  Call it once. */
json_t *urlmeta_feed_finish(urlmeta_feed_t *f);

void urlmeta_feed_destroy(urlmeta_feed_t *f);


#endif /* _URLMETA_FEED_H_INCLUDED_ */
