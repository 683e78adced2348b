
/*
 * What the first bytes of a picture or a PDF file say of it: width and height,
 * a title.
 */


#ifndef _URLMETA_MEDIA_IMAGE_H_INCLUDED_
#define _URLMETA_MEDIA_IMAGE_H_INCLUDED_


#include <jansson.h>

#include "buffer.h"


/* bytes that are looked at; a JPEG has its size behind its thumbnail */
#define URLMETA_IMAGE_MAX  65536


/* begins as all zeroes */

typedef struct {
    urlmeta_buf_t   buf;
    const char     *type;       /* static; NULL while it is not known */
    size_t          need;       /* bytes to have before looking again */
    size_t          pos;        /* of the next segment of a JPEG */
    unsigned long   width;      /* 0 while it is not known */
    unsigned long   height;
    urlmeta_buf_t   title;
    unsigned        done:1;
} urlmeta_image_t;


/* URLMETA_OK; URLMETA_DONE if nothing that follows can matter; or ERROR */
int urlmeta_image_feed(urlmeta_image_t *im, const char *data, size_t len);

/*
 * Sets what is known in the page: type, width, height; a title.  URLMETA_OK
 * or URLMETA_ERROR.
 */
int urlmeta_image_set(urlmeta_image_t *im, json_t *page);

void urlmeta_image_free(urlmeta_image_t *im);


/* media_pdf.c: the title of a PDF file, if it is plain to see; UTF-8 */
int urlmeta_pdf_title(urlmeta_buf_t *title, const char *data, size_t len);


#endif /* _URLMETA_MEDIA_IMAGE_H_INCLUDED_ */
