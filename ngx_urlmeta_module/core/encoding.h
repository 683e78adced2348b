
/*
 * The encodings of the Encoding Standard: labels, what a document declares,
 * a guess where it declares nothing, and the decoders.
 */


#ifndef _URLMETA_ENCODING_H_INCLUDED_
#define _URLMETA_ENCODING_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* pieces of decoded text are this long at most */
#define URLMETA_ENCODING_PIECE  16384


typedef enum {
    URLMETA_ENCODING_UTF8 = 0,
    URLMETA_ENCODING_SINGLE,            /* one byte a character: a table */
    URLMETA_ENCODING_ICONV,
    URLMETA_ENCODING_UTF16BE,
    URLMETA_ENCODING_UTF16LE,
    URLMETA_ENCODING_USER_DEFINED,
    URLMETA_ENCODING_REPLACEMENT
} urlmeta_encoding_e;


typedef struct {
    const char          *name;          /* WHATWG, in lower case */
    urlmeta_encoding_e   kind;
    const char          *iconv;         /* glibc's name */
    const uint16_t      *table;         /* of the bytes from 0x80; 0: none */
} urlmeta_encoding_t;


typedef struct urlmeta_decoder_s  urlmeta_decoder_t;

typedef int (*urlmeta_decoder_pt)(void *data, const char *utf8, size_t len);


/* "get an encoding"; NULL if there is none of that label */
const urlmeta_encoding_t *urlmeta_encoding_lookup(const char *label,
    size_t len);

/* of a label within the document: what claims UTF-16 and could be read is not
   UTF-16 */
const urlmeta_encoding_t *urlmeta_encoding_lookup_meta(const char *label,
    size_t len);

/*
 * The HTML standard's prescan for a meta (section 13.2.3.2), and its XML
 * declaration; NULL if there is none in these bytes.
 */
const urlmeta_encoding_t *urlmeta_encoding_prescan(const char *data,
    size_t len);
const urlmeta_encoding_t *urlmeta_encoding_xml(const char *data, size_t len);

/*
 * The encoding of text that declares none and is not UTF-8, or NULL if nothing
 * speaks clearly for another one than windows-1252.
 */
const urlmeta_encoding_t *urlmeta_encoding_guess(const char *data, size_t len);


/* NULL if memory ran out */
urlmeta_decoder_t *urlmeta_decoder_create(const urlmeta_encoding_t *e,
    urlmeta_decoder_pt handler, void *data);

/* URLMETA_OK, URLMETA_ERROR, or what the handler returned */
int urlmeta_decoder_feed(urlmeta_decoder_t *d, const char *data, size_t len);
int urlmeta_decoder_finish(urlmeta_decoder_t *d);

void urlmeta_decoder_destroy(urlmeta_decoder_t *d);

/* once a process: has glibc load its modules */
void urlmeta_encoding_init(void);


#endif /* _URLMETA_ENCODING_H_INCLUDED_ */
