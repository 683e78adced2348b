
/*
 * The elements of a page that stand for cards:
 *
 *     <a data-preview href="...">...</a>
 *     <oembed url="..."></oembed>
 *
 * Bytes are looked at as they pass; none are kept here.
 */


#ifndef _URLMETA_INLINE_H_INCLUDED_
#define _URLMETA_INLINE_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


#define URLMETA_INLINE_MAX_ELEMENT  16384    /* bytes, with its content */
#define URLMETA_INLINE_MAX_NESTED   32       /* levels in it */


typedef struct urlmeta_inline_s  urlmeta_inline_t;


/*
 * One that is complete: its place in the page, and the address of what it
 * shows, absolute, of http or https, zero terminated; valid up to the next
 * call of urlmeta_inline_feed().
 */

typedef struct {
    size_t             start;
    size_t             end;
    const char        *url;
} urlmeta_inline_element_t;


/* "url" is the page's own address; NULL if memory ran out */
urlmeta_inline_t *urlmeta_inline_create(const char *url, size_t max);

/*
 * The next bytes of the page, up to the end of an element at most; "fed" says
 * how many.  URLMETA_OK: all of them; URLMETA_DONE: there is an element;
 * URLMETA_ERROR.
 */
int urlmeta_inline_feed(urlmeta_inline_t *il, const char *data, size_t len,
    size_t *fed, urlmeta_inline_element_t *element);

/* the page's end: URLMETA_OK, or URLMETA_DONE with an element */
int urlmeta_inline_finish(urlmeta_inline_t *il,
    urlmeta_inline_element_t *element);

/* how many bytes, from the page's first one on, are part of no element */
size_t urlmeta_inline_passed(urlmeta_inline_t *il);

/* 1 if no element can come any more */
int urlmeta_inline_ended(urlmeta_inline_t *il);

void urlmeta_inline_destroy(urlmeta_inline_t *il);


/*
 * A fragment as it can be put into a page of any encoding that can have one:
 * URLMETA_OK, URLMETA_ERROR, or URLMETA_DONE if it is no UTF-8.
 */
int urlmeta_inline_fragment(const char *html, size_t len, urlmeta_buf_t *out);


#endif /* _URLMETA_INLINE_H_INCLUDED_ */
