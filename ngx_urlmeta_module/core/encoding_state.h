
/*
 * The inside of a decoder: what encoding.c and encoding_iconv.c share, and
 * nobody else.
 */


#ifndef _URLMETA_ENCODING_STATE_H_INCLUDED_
#define _URLMETA_ENCODING_STATE_H_INCLUDED_


#include <iconv.h>

#include "encoding.h"


/* longer than any character of any encoding that iconv reads here */
#define URLMETA_DECODER_CARRY  8


/* a character of two bytes and what it is */

typedef struct {
    uint16_t                   bytes;
    uint16_t                   cp;
} urlmeta_decoder_pair_t;


struct urlmeta_decoder_s {
    const urlmeta_encoding_t  *encoding;
    urlmeta_decoder_pt         handler;
    void                      *data;
    iconv_t                    cd;
    urlmeta_decoder_pair_t    *pairs;       /* that were met, or NULL */
    size_t                     ncarry;      /* of a character cut by a piece */
    size_t                     nout;
    unsigned                   high;        /* surrogate that waits */
    unsigned                   replaced:1;
    unsigned                   wide:1;      /* not to be read in pairs */
    unsigned                   katakana:1;  /* some are of one byte */
    char                       carry[URLMETA_DECODER_CARRY];
    char                       out[URLMETA_ENCODING_PIECE];
};


/* encoding_iconv.c */
int urlmeta_decoder_iconv(urlmeta_decoder_t *d, const char *p,
    const char *last);


/* encoding.c: valid UTF-8 to the handler, in pieces */
int urlmeta_decoder_text(urlmeta_decoder_t *d, const char *p, size_t len);

/* encoding.c: a character, which may wait for more of them */
int urlmeta_decoder_char(urlmeta_decoder_t *d, unsigned cp);

int urlmeta_decoder_flush(urlmeta_decoder_t *d);


#endif /* _URLMETA_ENCODING_STATE_H_INCLUDED_ */
