
/*
 * A growable byte buffer, the one string builder of the core.
 */


#ifndef _URLMETA_BUFFER_H_INCLUDED_
#define _URLMETA_BUFFER_H_INCLUDED_


#include <stddef.h>


#define URLMETA_OK      0
#define URLMETA_ERROR  -1       /* out of memory, and nothing else */
#define URLMETA_DONE   -2       /* no more input is wanted */


typedef struct {
    char    *data;              /* malloc()ed, zero terminated; NULL if empty */
    size_t   len;               /* without the terminating zero */
    size_t   size;              /* allocated */
} urlmeta_buf_t;


/*
 * A buffer starts as all zeroes.  Each function that adds returns URLMETA_OK
 * or, when memory ran out, URLMETA_ERROR with the buffer as it was.
 */

/* makes room for "len" more bytes and the terminating zero */
int urlmeta_buf_reserve(urlmeta_buf_t *b, size_t len);

int urlmeta_buf_add(urlmeta_buf_t *b, const void *data, size_t len);
int urlmeta_buf_add_str(urlmeta_buf_t *b, const char *str);
int urlmeta_buf_add_char(urlmeta_buf_t *b, char ch);

/* adds a Unicode scalar value as UTF-8; anything else becomes U+FFFD */
int urlmeta_buf_add_utf8(urlmeta_buf_t *b, unsigned long cp);

int urlmeta_buf_printf(urlmeta_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* empties the buffer and keeps its memory */
void urlmeta_buf_reset(urlmeta_buf_t *b);

/* gives the memory back */
void urlmeta_buf_free(urlmeta_buf_t *b);


#endif /* _URLMETA_BUFFER_H_INCLUDED_ */
