
/*
 * The tokens of a document with their places in its bytes, for those who
 * change it on its way.
 *
 * The bytes are read as they are: in every encoding that ASCII is a part of,
 * and of which "<" and ">" are no part of other characters, markup is where it
 * is in UTF-8.  Those are all encodings of the web but UTF-16 and ISO-2022-JP.
 */


#ifndef _URLMETA_PLACE_H_INCLUDED_
#define _URLMETA_PLACE_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"
#include "scan.h"


typedef struct urlmeta_place_s  urlmeta_place_t;

/*
 * Takes a token, valid during the call only, and its place: a tag's or a
 * comment's is exact; of a text it is the piece that it came of.  The text of
 * script, title and their like is not handed out, and noscript has none of
 * markup, as in a browser that runs scripts.  URLMETA_OK goes on.
 */
typedef int (*urlmeta_place_pt)(void *data, const urlmeta_token_t *token,
    size_t start, size_t end);


urlmeta_place_t *urlmeta_place_create(urlmeta_place_pt handler, void *data);

/* as urlmeta_scan_foreign(), from within the handler */
void urlmeta_place_foreign(urlmeta_place_t *pl, int foreign);

/* URLMETA_OK, or what the handler returned */
int urlmeta_place_feed(urlmeta_place_t *pl, const char *data, size_t len);

/* up to where all that came belongs to tokens that were handed out */
size_t urlmeta_place_settled(urlmeta_place_t *pl);

void urlmeta_place_destroy(urlmeta_place_t *pl);


/* 1 if the encoding, by its WHATWG name, is one that can be read so */
int urlmeta_place_encoding(const char *name);


#endif /* _URLMETA_PLACE_H_INCLUDED_ */
