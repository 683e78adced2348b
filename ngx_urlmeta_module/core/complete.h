
/*
 * The metadata that a page lacks, and where it belongs.
 *
 * Bytes are looked at as they pass; none are kept here.
 */


#ifndef _URLMETA_COMPLETE_H_INCLUDED_
#define _URLMETA_COMPLETE_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


#define URLMETA_COMPLETE_MAX_HEAD  1048576   /* bytes of a head */
#define URLMETA_COMPLETE_MAX_HELD  262144    /* of these that have to wait */
#define URLMETA_COMPLETE_MAX_MORE  16384     /* of a body without text */


typedef struct urlmeta_complete_s  urlmeta_complete_t;


/*
 * "url" is the page's own address, "content_type" and "link" are the headers'
 * values or NULL.  NULL if memory ran out.
 */
urlmeta_complete_t *urlmeta_complete_create(const char *url,
    const char *content_type, const char *link);

/*
 * The next bytes of the page.  URLMETA_OK: more are needed; URLMETA_DONE: it
 * is decided; URLMETA_ERROR.
 */
int urlmeta_complete_feed(urlmeta_complete_t *c, const char *data, size_t len);

/* the page's end; the same */
int urlmeta_complete_finish(urlmeta_complete_t *c);

/*
 * How many bytes, from the page's first one on, may go out as they came.  Once
 * it is decided what follows does, after the text of urlmeta_complete_text().
 */
size_t urlmeta_complete_passed(urlmeta_complete_t *c);

/*
 * What is to be inserted, added to "out", in ASCII: nothing if there is
 * nothing to add, or no place for it.  Call it once, when it is decided.
 * URLMETA_OK or URLMETA_ERROR.
 */
int urlmeta_complete_text(urlmeta_complete_t *c, urlmeta_buf_t *out);

void urlmeta_complete_destroy(urlmeta_complete_t *c);


#endif /* _URLMETA_COMPLETE_H_INCLUDED_ */
