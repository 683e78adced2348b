
/*
 * The title of a PDF file (ISO 32000-1): of the document information
 * dictionary, where that stands uncompressed in the file's beginning.
 */


#include <string.h>

#include "media_image.h"
#include "utf8.h"


#define URLMETA_PDF_MAX_TITLE  1024     /* bytes of the string */

/* the entries of the dictionary are looked for that far around the title */
#define URLMETA_PDF_AROUND     1024

#define URLMETA_PDF_MAX_LOOKS  256      /* bookmarks have titles too */


static int urlmeta_pdf_is_info(const char *data, size_t len, size_t pos);
static int urlmeta_pdf_find(const char *data, size_t len, const char *word);
static size_t urlmeta_pdf_literal(const char *p, size_t len, char *out);
static size_t urlmeta_pdf_hex(const char *p, size_t len, char *out);
static int urlmeta_pdf_digit(char c);
static int urlmeta_pdf_utf8(urlmeta_buf_t *title, const char *text,
    size_t len);


int
urlmeta_pdf_title(urlmeta_buf_t *title, const char *data, size_t len)
{
    char         text[URLMETA_PDF_MAX_TITLE];
    size_t       n;
    unsigned     looks;
    const char  *p, *last;

    p = data;
    last = data + len;
    looks = 0;

    urlmeta_buf_reset(title);

    for ( ;; ) {
        p = memchr(p, '/', (size_t) (last - p));

        if (p == NULL || last - p < 9) {
            return URLMETA_OK;
        }

        if (memcmp(p, "/Title", 6) != 0) {
            p++;
            continue;
        }

        p += 6;

        if (++looks > URLMETA_PDF_MAX_LOOKS) {
            return URLMETA_OK;
        }

        if (!urlmeta_pdf_is_info(data, len, (size_t) (p - data))) {
            continue;
        }

        while (p < last && (*p == ' ' || *p == '\r' || *p == '\n')) {
            p++;
        }

        n = 0;

        if (p < last && *p == '(') {
            n = urlmeta_pdf_literal(p + 1, (size_t) (last - p - 1), text);

        } else if (p < last && *p == '<') {
            n = urlmeta_pdf_hex(p + 1, (size_t) (last - p - 1), text);
        }

        if (n) {
            return urlmeta_pdf_utf8(title, text, n);
        }
    }
}


/* an object of its own, with an entry that only that dictionary has */

static int
urlmeta_pdf_is_info(const char *data, size_t len, size_t pos)
{
    size_t  first, last;

    first = pos > URLMETA_PDF_AROUND ? pos - URLMETA_PDF_AROUND : 0;
    last = len - pos > URLMETA_PDF_AROUND ? pos + URLMETA_PDF_AROUND : len;

    while (pos > first) {

        if (len - pos >= 4 && memcmp(data + pos, " obj", 4) == 0) {
            break;
        }

        pos--;
    }

    if (pos == first) {
        return 0;
    }

    for (first = pos; pos < last; pos++) {

        if (data[pos] == 'e' && last - pos >= 6
            && memcmp(data + pos, "endobj", 6) == 0)
        {
            break;
        }
    }

    return urlmeta_pdf_find(data + first, pos - first, "/Producer")
           || urlmeta_pdf_find(data + first, pos - first, "/CreationDate")
           || urlmeta_pdf_find(data + first, pos - first, "/Creator");
}


static int
urlmeta_pdf_find(const char *data, size_t len, const char *word)
{
    size_t       n;
    const char  *p, *last;

    n = strlen(word);
    last = data + len;

    for (p = data; (size_t) (last - p) >= n; p++) {
        p = memchr(p, '/', (size_t) (last - p));

        if (p == NULL || (size_t) (last - p) < n) {
            return 0;
        }

        if (memcmp(p, word, n) == 0) {
            return 1;
        }
    }

    return 0;
}


/* section 7.3.4.2; the length of what it means, 0 if it does not end */

static size_t
urlmeta_pdf_literal(const char *p, size_t len, char *out)
{
    char      c;
    size_t    i, n;
    unsigned  depth, code, digits;

    depth = 1;
    n = 0;

    for (i = 0; i < len; i++) {
        c = p[i];

        if (c == '(') {
            depth++;

        } else if (c == ')') {

            if (--depth == 0) {
                return n;
            }

        } else if (c == '\\' && i + 1 < len) {
            c = p[++i];

            switch (c) {

            case 'n':
            case 'r':
            case 't':
            case 'b':
            case 'f':
                c = ' ';
                break;

            case '\r':

                if (i + 1 < len && p[i + 1] == '\n') {
                    i++;
                }

                continue;

            case '\n':
                continue;

            default:

                if (c < '0' || c > '7') {
                    break;
                }

                code = 0;

                for (digits = 0;
                     digits < 3 && i < len && p[i] >= '0' && p[i] <= '7';
                     digits++, i++)
                {
                    code = code * 8 + (unsigned) (p[i] - '0');
                }

                i--;
                c = (char) code;
            }
        }

        if (n == URLMETA_PDF_MAX_TITLE) {
            return 0;
        }

        out[n++] = c;
    }

    return 0;
}


static size_t
urlmeta_pdf_hex(const char *p, size_t len, char *out)
{
    int       digit, high;
    size_t    i, n;

    high = -1;
    n = 0;

    for (i = 0; i < len; i++) {

        if (p[i] == '>') {
            return n;
        }

        digit = urlmeta_pdf_digit(p[i]);

        if (digit < 0) {

            if (p[i] == ' ' || p[i] == '\r' || p[i] == '\n') {
                continue;
            }

            /* "<<": a dictionary, or nothing that is known here */

            return 0;
        }

        if (high < 0) {
            high = digit;
            continue;
        }

        if (n == URLMETA_PDF_MAX_TITLE) {
            return 0;
        }

        out[n++] = (char) (high << 4 | digit);
        high = -1;
    }

    return 0;
}


static int
urlmeta_pdf_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        return (c | 0x20) - 'a' + 10;
    }

    return -1;
}


/*
 * UTF-16BE or UTF-8 with a byte order mark, else PDFDocEncoding, which is
 * Latin-1 but for characters that a title seldom has.
 */

static int
urlmeta_pdf_utf8(urlmeta_buf_t *title, const char *text, size_t len)
{
    size_t               i;
    unsigned long        cp, low;
    const unsigned char  *p;

    p = (const unsigned char *) text;

    if (len >= 2 && p[0] == 0xfe && p[1] == 0xff) {

        for (i = 2; i + 1 < len; i += 2) {
            cp = (unsigned long) p[i] << 8 | p[i + 1];

            if (cp >= 0xd800 && cp < 0xdc00 && i + 3 < len) {
                low = (unsigned long) p[i + 2] << 8 | p[i + 3];

                if (low >= 0xdc00 && low < 0xe000) {
                    cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
                    i += 2;
                }
            }

            if (cp && urlmeta_buf_add_utf8(title, cp) != URLMETA_OK) {
                return URLMETA_ERROR;
            }
        }

        return URLMETA_OK;
    }

    if (len >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
        return urlmeta_utf8_add(title, text + 3, len - 3);
    }

    for (i = 0; i < len; i++) {

        if (p[i] && urlmeta_buf_add_utf8(title, p[i]) != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}
