
/*
 * Content-Encoding: one layer of gzip (RFC 1952) by zlib, streamed.
 * libcurl's own decoding stays off: it counts no decoded bytes and decodes
 * what was never asked for.
 */


#ifndef _URLMETA_DECODE_H_INCLUDED_
#define _URLMETA_DECODE_H_INCLUDED_


#include <stddef.h>


#define URLMETA_DECODE_BAD    -3  /* not gzip, or damaged */
#define URLMETA_DECODE_PAUSE  -4  /* the handler's: it took the piece, and wants
                                     the next one later */


typedef struct urlmeta_decode_s  urlmeta_decode_t;

/*
 * Takes a piece of decoded bytes, 16 KB at most.  URLMETA_OK goes on; any
 * other value ends the decoding and is returned by urlmeta_decode_feed().
 */
typedef int (*urlmeta_decode_pt)(void *data, const char *piece, size_t len);


/* NULL if memory ran out */
urlmeta_decode_t *urlmeta_decode_create(urlmeta_decode_pt handler, void *data);

/*
 * URLMETA_OK, URLMETA_ERROR, URLMETA_DECODE_BAD, or what the handler returned.
 * After URLMETA_DECODE_PAUSE it has to be called with what was left of its
 * input, even if that is nothing.  Members after the first are decoded too
 * (RFC 1952 section 2.2); bytes after the last member that begin none are
 * dropped.
 */
int urlmeta_decode_feed(urlmeta_decode_t *d, const void *data, size_t len);

/* how many bytes of the last input, at its end, were not read */
size_t urlmeta_decode_left(urlmeta_decode_t *d);

/* 1 if the stream stands at the end of a gzip member, so nothing is missing */
int urlmeta_decode_complete(urlmeta_decode_t *d);

void urlmeta_decode_destroy(urlmeta_decode_t *d);


#endif /* _URLMETA_DECODE_H_INCLUDED_ */
