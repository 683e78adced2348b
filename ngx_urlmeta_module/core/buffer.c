
/*
 * A growable byte buffer, the one string builder of the core.
 */


#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"


#define URLMETA_BUF_MIN  256


int
urlmeta_buf_reserve(urlmeta_buf_t *b, size_t len)
{
    char    *data;
    size_t   need, size;

    if (len >= SIZE_MAX - b->len) {
        return URLMETA_ERROR;
    }

    need = b->len + len + 1;

    if (need <= b->size) {
        return URLMETA_OK;
    }

    /* doubling keeps a text that is added byte by byte linear */

    size = b->size > SIZE_MAX / 2 ? need : b->size * 2;

    if (size < need) {
        size = need;
    }

    if (size < URLMETA_BUF_MIN) {
        size = URLMETA_BUF_MIN;
    }

    data = realloc(b->data, size);

    if (data == NULL) {
        return URLMETA_ERROR;
    }

    b->data = data;
    b->size = size;
    b->data[b->len] = '\0';

    return URLMETA_OK;
}


int
urlmeta_buf_add(urlmeta_buf_t *b, const void *data, size_t len)
{
    if (urlmeta_buf_reserve(b, len) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    if (len) {
        memcpy(b->data + b->len, data, len);
    }

    b->len += len;
    b->data[b->len] = '\0';

    return URLMETA_OK;
}


int
urlmeta_buf_add_str(urlmeta_buf_t *b, const char *str)
{
    return urlmeta_buf_add(b, str, strlen(str));
}


int
urlmeta_buf_add_char(urlmeta_buf_t *b, char ch)
{
    if (b->size < 2 || b->len > b->size - 2) {

        if (urlmeta_buf_reserve(b, 1) != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    b->data[b->len++] = ch;
    b->data[b->len] = '\0';

    return URLMETA_OK;
}


int
urlmeta_buf_add_utf8(urlmeta_buf_t *b, unsigned long cp)
{
    char    utf8[4];
    size_t  len;

    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
        cp = 0xfffd;
    }

    if (cp < 0x80) {
        utf8[0] = (char) cp;
        len = 1;

    } else if (cp < 0x800) {
        utf8[0] = (char) (0xc0 | cp >> 6);
        utf8[1] = (char) (0x80 | (cp & 0x3f));
        len = 2;

    } else if (cp < 0x10000) {
        utf8[0] = (char) (0xe0 | cp >> 12);
        utf8[1] = (char) (0x80 | (cp >> 6 & 0x3f));
        utf8[2] = (char) (0x80 | (cp & 0x3f));
        len = 3;

    } else {
        utf8[0] = (char) (0xf0 | cp >> 18);
        utf8[1] = (char) (0x80 | (cp >> 12 & 0x3f));
        utf8[2] = (char) (0x80 | (cp >> 6 & 0x3f));
        utf8[3] = (char) (0x80 | (cp & 0x3f));
        len = 4;
    }

    return urlmeta_buf_add(b, utf8, len);
}


int
urlmeta_buf_printf(urlmeta_buf_t *b, const char *fmt, ...)
{
    int      n;
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0 || urlmeta_buf_reserve(b, (size_t) n) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    va_start(args, fmt);
    (void) vsnprintf(b->data + b->len, (size_t) n + 1, fmt, args);
    va_end(args);

    b->len += (size_t) n;

    return URLMETA_OK;
}


void
urlmeta_buf_reset(urlmeta_buf_t *b)
{
    b->len = 0;

    if (b->data) {
        b->data[0] = '\0';
    }
}


void
urlmeta_buf_free(urlmeta_buf_t *b)
{
    free(b->data);

    b->data = NULL;
    b->len = 0;
    b->size = 0;
}
