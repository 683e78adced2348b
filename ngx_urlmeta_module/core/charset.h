
/*
 * Which character encoding a document is in, and its conversion to UTF-8.
 *
 * The order is that of the HTML standard's encoding sniffing algorithm: byte
 * order mark, Content-Type's charset, prescan of the first 1024 bytes, a later
 * meta; if nothing is declared: UTF-8 if the bytes are valid, else a guess,
 * else windows-1252.
 */


#ifndef _URLMETA_CHARSET_H_INCLUDED_
#define _URLMETA_CHARSET_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


typedef enum {
    URLMETA_CHARSET_NONE = 0,
    URLMETA_CHARSET_BOM,
    URLMETA_CHARSET_HEADER,
    URLMETA_CHARSET_META,           /* prescan, or a later meta */
    URLMETA_CHARSET_XML,            /* XML declaration */
    URLMETA_CHARSET_GUESS,
    URLMETA_CHARSET_DEFAULT
} urlmeta_charset_from_e;


typedef struct urlmeta_charset_s  urlmeta_charset_t;

/* takes valid UTF-8, whole characters; URLMETA_OK, or ends the conversion */
typedef int (*urlmeta_charset_pt)(void *data, const char *utf8, size_t len);


/*
 * "content_type" is the header's value or NULL.  Output comes in pieces of
 * 16 KB at most, each ending at a character's end, bad bytes as U+FFFD, the
 * byte order mark left out.  NULL if memory ran out.
 */
urlmeta_charset_t *urlmeta_charset_create(const char *content_type,
    urlmeta_charset_pt handler, void *data);

/*
 * The document is XML: byte order mark, Content-Type's charset, the XML
 * declaration, else UTF-8.  Call it before the first bytes.
 */
void urlmeta_charset_xml(urlmeta_charset_t *cs);

/*
 * URLMETA_OK, URLMETA_ERROR, or what the handler returned.  The first 1024
 * bytes are held back for the prescan (3 if the header names an encoding).
 * While the encoding is undecided, input that is pure ASCII flows through;
 * from the first non-ASCII byte on at most 64 KB are held back, and searched
 * for a meta, before it is decided.
 */
int urlmeta_charset_feed(urlmeta_charset_t *cs, const void *data, size_t len);

/* the end of input: decides if nothing was decided, and flushes */
int urlmeta_charset_finish(urlmeta_charset_t *cs);

/*
 * A meta that the parser met after the prescan: "label" as in its charset
 * attribute.  Taken only while nothing better was known and no non-ASCII
 * character was handed out.
 */
void urlmeta_charset_late_meta(urlmeta_charset_t *cs, const char *label,
    size_t len);

/*
 * The encoding's WHATWG name, in lower case ("utf-8"), and how it was found;
 * NULL and URLMETA_CHARSET_NONE while it is undecided.
 */
const char *urlmeta_charset_name(urlmeta_charset_t *cs);
urlmeta_charset_from_e urlmeta_charset_from(urlmeta_charset_t *cs);

void urlmeta_charset_destroy(urlmeta_charset_t *cs);


/*
 * WHATWG "get an encoding": label (white space around it and case do not
 * matter) to the encoding's name in lower case; NULL if there is none.
 */
const char *urlmeta_charset_lookup(const char *label, size_t len);

/* 1 and the charset parameter's value of a Content-Type or a meta's content */
int urlmeta_charset_param(const char *content_type, size_t len,
    const char **label, size_t *label_len);

/*
 * Opens the iconv descriptors that pages ask for most, so that glibc reads
 * its tables before the first page and not during it.  Call it once a process.
 */
void urlmeta_charset_init(void);


#endif /* _URLMETA_CHARSET_H_INCLUDED_ */
