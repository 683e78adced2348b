
/*
 * Character references (the HTML standard, sections 13.2.5.72 to 80).
 */


#include <string.h>

#include "scan_state.h"


typedef struct {
    unsigned short  name;                   /* offset of it in the names */
    unsigned char   name_len;               /* with its semicolon, if any */
    unsigned char   text_len;
    char            text[8];
} urlmeta_reference_t;


#define URLMETA_SCAN_DATA_REFERENCES
#include "scan_data.inc"


static const urlmeta_reference_t *urlmeta_reference_find(const char *name,
    size_t len);
static void urlmeta_reference_out(urlmeta_scan_t *sc, const char *data,
    size_t len);
static void urlmeta_reference_literal(urlmeta_scan_t *sc, const char *data,
    size_t len);
static void urlmeta_reference_named(urlmeta_scan_t *sc, int next);
static void urlmeta_reference_number(urlmeta_scan_t *sc);


/* what 0x80 to 0x9f mean: windows-1252, where it has a character */

static const unsigned short  urlmeta_reference_c1[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
    0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178
};


void
urlmeta_scan_reference_start(urlmeta_scan_t *sc)
{
    sc->back = sc->state;
    sc->state = URLMETA_SCAN_REFERENCE;
    sc->nreference = 0;
    sc->code = 0;
}


const char *
urlmeta_scan_run_reference(urlmeta_scan_t *sc, const char *p, const char *end)
{
    char      c;
    unsigned  digit;

    while (p < end) {
        c = *p;

        switch (sc->state) {

        case URLMETA_SCAN_REFERENCE:

            if (urlmeta_scan_is(c, URLMETA_SCAN_ALPHA|URLMETA_SCAN_DIGIT)) {
                sc->state = URLMETA_SCAN_REFERENCE_NAMED;
                break;
            }

            if (c == '#') {
                sc->state = URLMETA_SCAN_REFERENCE_NUMERIC;
                p++;
                break;
            }

            urlmeta_reference_literal(sc, "&", 1);
            return p;

        case URLMETA_SCAN_REFERENCE_NAMED:

            /*
             * No name is longer, so what follows the longest can be neither
             * its semicolon nor matter to a shorter name.
             */

            if (sc->nreference < URLMETA_REFERENCE_MAX
                && urlmeta_scan_is(c, URLMETA_SCAN_ALPHA|URLMETA_SCAN_DIGIT))
            {
                sc->reference[sc->nreference++] = c;
                p++;
                break;
            }

            if (c == ';' && sc->nreference < URLMETA_REFERENCE_MAX) {
                sc->reference[sc->nreference++] = c;
                p++;
            }

            urlmeta_reference_named(sc, c);
            return p;

        case URLMETA_SCAN_REFERENCE_NUMERIC:

            if (c == 'x' || c == 'X') {
                sc->reference[0] = c;
                sc->state = URLMETA_SCAN_REFERENCE_HEX_START;
                p++;
                break;
            }

            if (urlmeta_scan_is(c, URLMETA_SCAN_DIGIT)) {
                sc->state = URLMETA_SCAN_REFERENCE_DECIMAL;
                break;
            }

            urlmeta_reference_literal(sc, "&#", 2);
            return p;

        case URLMETA_SCAN_REFERENCE_HEX_START:

            if (urlmeta_scan_is(c, URLMETA_SCAN_DIGIT)
                || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
            {
                sc->state = URLMETA_SCAN_REFERENCE_HEX;
                break;
            }

            urlmeta_reference_literal(sc, sc->reference[0] == 'x' ? "&#x"
                                                                  : "&#X", 3);
            return p;

        case URLMETA_SCAN_REFERENCE_HEX:
        case URLMETA_SCAN_REFERENCE_DECIMAL:

            if (urlmeta_scan_is(c, URLMETA_SCAN_DIGIT)) {
                digit = c - '0';

            } else if (sc->state == URLMETA_SCAN_REFERENCE_HEX
                       && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            {
                digit = (c | 0x20) - 'a' + 10;

            } else {

                if (c == ';') {
                    p++;
                }

                urlmeta_reference_number(sc);
                return p;
            }

            /* all that is out of range is the same */

            if (sc->code <= 0x10ffff) {
                sc->code = sc->code
                           * (sc->state == URLMETA_SCAN_REFERENCE_HEX ? 16 : 10)
                           + digit;
            }

            p++;
            break;

        default:
            return p;
        }
    }

    return p;
}


void
urlmeta_scan_reference_finish(urlmeta_scan_t *sc)
{
    switch (sc->state) {

    case URLMETA_SCAN_REFERENCE:
        urlmeta_reference_literal(sc, "&", 1);
        break;

    case URLMETA_SCAN_REFERENCE_NAMED:
        urlmeta_reference_named(sc, 0);
        break;

    case URLMETA_SCAN_REFERENCE_NUMERIC:
        urlmeta_reference_literal(sc, "&#", 2);
        break;

    case URLMETA_SCAN_REFERENCE_HEX_START:
        urlmeta_reference_literal(sc, sc->reference[0] == 'x' ? "&#x" : "&#X",
                                  3);
        break;

    default:
        urlmeta_reference_number(sc);
        break;
    }
}


static const urlmeta_reference_t *
urlmeta_reference_find(const char *name, size_t len)
{
    size_t                      i;
    unsigned                    hash, slot;
    const urlmeta_reference_t  *reference;

    /* FNV-1a, as scan_data.py has it */

    hash = 2166136261U;

    for (i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char) name[i]) * 16777619U;
    }

    slot = (hash ^ (hash >> 15)) & 4095;

    while (urlmeta_reference_slots[slot]) {
        reference = &urlmeta_references[urlmeta_reference_slots[slot] - 1];

        if (reference->name_len == len
            && memcmp(&urlmeta_reference_names[reference->name], name, len)
               == 0)
        {
            return reference;
        }

        slot = (slot + 1) & 4095;
    }

    return NULL;
}


static void
urlmeta_reference_out(urlmeta_scan_t *sc, const char *data, size_t len)
{
    if (urlmeta_scan_is_text(sc->back)) {
        urlmeta_scan_emit_text(sc, data, len);

    } else if (sc->attr) {
        urlmeta_scan_add(sc, data, len);
    }
}


static void
urlmeta_reference_literal(urlmeta_scan_t *sc, const char *data, size_t len)
{
    urlmeta_reference_out(sc, data, len);

    sc->state = sc->back;
}


/* "next" is the character after the name, or 0 at the end of input */

static void
urlmeta_reference_named(urlmeta_scan_t *sc, int next)
{
    size_t                      len, n;
    const urlmeta_reference_t  *reference;

    n = sc->nreference;
    reference = NULL;
    len = n;

    if (sc->reference[n - 1] == ';') {
        reference = urlmeta_reference_find(sc->reference, n);
    }

    if (reference == NULL) {

        /* the longest of those that need no semicolon */

        len = n < URLMETA_REFERENCE_MAX_LEGACY ? n
                                               : URLMETA_REFERENCE_MAX_LEGACY;

        for ( /* void */ ; len > 1; len--) {
            reference = urlmeta_reference_find(sc->reference, len);

            if (reference) {
                break;
            }
        }

        if (reference && !urlmeta_scan_is_text(sc->back)) {

            /* in an attribute "&copy=" and "&copyx" are a query's */

            if (len < n) {
                next = sc->reference[len];
            }

            if (next == '='
                || urlmeta_scan_is(next,
                                   URLMETA_SCAN_ALPHA|URLMETA_SCAN_DIGIT))
            {
                reference = NULL;
            }
        }
    }

    if (reference) {
        urlmeta_reference_out(sc, reference->text, reference->text_len);

    } else {
        urlmeta_reference_out(sc, "&", 1);
        len = 0;
    }

    urlmeta_reference_literal(sc, sc->reference + len, n - len);
}


static void
urlmeta_reference_number(urlmeta_scan_t *sc)
{
    char           utf8[4];
    size_t         len;
    unsigned long  code;

    code = sc->code;

    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        code = 0xfffd;

    } else if (code >= 0x80 && code <= 0x9f) {
        code = urlmeta_reference_c1[code - 0x80];
    }

    if (code < 0x80) {
        utf8[0] = (char) code;
        len = 1;

    } else if (code < 0x800) {
        utf8[0] = (char) (0xc0 | code >> 6);
        utf8[1] = (char) (0x80 | (code & 0x3f));
        len = 2;

    } else if (code < 0x10000) {
        utf8[0] = (char) (0xe0 | code >> 12);
        utf8[1] = (char) (0x80 | (code >> 6 & 0x3f));
        utf8[2] = (char) (0x80 | (code & 0x3f));
        len = 3;

    } else {
        utf8[0] = (char) (0xf0 | code >> 18);
        utf8[1] = (char) (0x80 | (code >> 12 & 0x3f));
        utf8[2] = (char) (0x80 | (code >> 6 & 0x3f));
        utf8[3] = (char) (0x80 | (code & 0x3f));
        len = 4;
    }

    urlmeta_reference_literal(sc, utf8, len);
}
