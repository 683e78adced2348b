
/*
 * Texts of a card: what a page states, made fit to be shown.
 */


#include <string.h>

#include "card_text.h"
#include "utf8.h"


#define URLMETA_TEXT_INVALID  0xfffd


typedef enum {
    URLMETA_TEXT_SHOWN = 0,
    URLMETA_TEXT_SPACE,
    URLMETA_TEXT_MARK,
    URLMETA_TEXT_JOINER,            /* U+200C, U+200D: kept, but not seen */
    URLMETA_TEXT_REMOVED
} urlmeta_text_class_e;


typedef struct {
    unsigned            first;
    unsigned            last;
} urlmeta_text_range_t;


typedef struct {
    const char         *name;
    unsigned            cp;
} urlmeta_text_reference_t;


typedef struct {
    urlmeta_buf_t      *out;
    size_t              start;      /* where our text begins in "out" */
    size_t              limit;
    size_t              count;      /* code points added */
    size_t              word;       /* where the last word ended, or 0 */
    size_t              word_count;
    size_t              marks;
    unsigned            space:1;    /* white space waits for what follows */
    unsigned            seen:1;
    unsigned            full:1;
} urlmeta_text_t;


static size_t urlmeta_text_plain(const char *p, const char *last, size_t max);
static int urlmeta_text_add(urlmeta_text_t *t, unsigned cp);
static int urlmeta_text_class(unsigned cp);
static int urlmeta_text_in(const urlmeta_text_range_t *ranges, size_t n,
    unsigned cp);
static void urlmeta_text_cut(urlmeta_text_t *t, int cls);
static size_t urlmeta_text_reference(const char *p, const char *last,
    unsigned *cp);
static int urlmeta_text_reference_kept(unsigned cp);
static size_t urlmeta_text_decode(const char *p, const char *last,
    unsigned *cp);
static int urlmeta_text_is_placeholder(const char *text, size_t len);


static const urlmeta_text_range_t  urlmeta_text_marks[] = {
#include "card_mark_data.inc"
};


/*
 * Removed beyond the Basic Latin and Latin-1 controls: the bidi controls turn
 * a text around ("Trojan Source"), zero width characters and tag characters
 * hide text in it.  Noncharacters are tested apart.
 */

static const urlmeta_text_range_t  urlmeta_text_removed[] = {
    { 0x0000, 0x0008 },
    { 0x000e, 0x001f },
    { 0x007f, 0x009f },
    { 0x061c, 0x061c },
    { 0x200b, 0x200b },
    { 0x200e, 0x200f },
    { 0x202a, 0x202e },
    { 0x2060, 0x206f },
    { 0xfdd0, 0xfdef },
    { 0xfeff, 0xfeff },
    { 0xfff9, 0xfffb },
    { 0xe0000, 0xe007f }
};


static const urlmeta_text_range_t  urlmeta_text_spaces[] = {
    { 0x0009, 0x000d },
    { 0x0020, 0x0020 },
    { 0x00a0, 0x00a0 },
    { 0x1680, 0x1680 },
    { 0x2000, 0x200a },
    { 0x2028, 0x2029 },
    { 0x202f, 0x202f },
    { 0x205f, 0x205f },
    { 0x3000, 0x3000 }
};


/* scripts written from right to left, by their blocks */

static const urlmeta_text_range_t  urlmeta_text_rtl[] = {
    { 0x0590, 0x08ff },
    { 0xfb1d, 0xfdff },
    { 0xfe70, 0xfeff },
    { 0x10800, 0x10fff },
    { 0x1e800, 0x1efff }
};


/*
 * The character references that are decoded a second time: what sites escape
 * twice by mistake and what cannot make markup.
 */

static const urlmeta_text_reference_t  urlmeta_text_references[] = {
    { "amp", '&' }, { "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xa0 },
    { "Agrave", 0xc0 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 },
    { "Atilde", 0xc3 }, { "Auml", 0xc4 }, { "Aring", 0xc5 },
    { "AElig", 0xc6 }, { "Ccedil", 0xc7 }, { "Egrave", 0xc8 },
    { "Eacute", 0xc9 }, { "Ecirc", 0xca }, { "Euml", 0xcb },
    { "Igrave", 0xcc }, { "Iacute", 0xcd }, { "Icirc", 0xce },
    { "Iuml", 0xcf }, { "ETH", 0xd0 }, { "Ntilde", 0xd1 },
    { "Ograve", 0xd2 }, { "Oacute", 0xd3 }, { "Ocirc", 0xd4 },
    { "Otilde", 0xd5 }, { "Ouml", 0xd6 }, { "Oslash", 0xd8 },
    { "Ugrave", 0xd9 }, { "Uacute", 0xda }, { "Ucirc", 0xdb },
    { "Uuml", 0xdc }, { "Yacute", 0xdd }, { "THORN", 0xde },
    { "szlig", 0xdf }, { "agrave", 0xe0 }, { "aacute", 0xe1 },
    { "acirc", 0xe2 }, { "atilde", 0xe3 }, { "auml", 0xe4 },
    { "aring", 0xe5 }, { "aelig", 0xe6 }, { "ccedil", 0xe7 },
    { "egrave", 0xe8 }, { "eacute", 0xe9 }, { "ecirc", 0xea },
    { "euml", 0xeb }, { "igrave", 0xec }, { "iacute", 0xed },
    { "icirc", 0xee }, { "iuml", 0xef }, { "eth", 0xf0 },
    { "ntilde", 0xf1 }, { "ograve", 0xf2 }, { "oacute", 0xf3 },
    { "ocirc", 0xf4 }, { "otilde", 0xf5 }, { "ouml", 0xf6 },
    { "oslash", 0xf8 }, { "ugrave", 0xf9 }, { "uacute", 0xfa },
    { "ucirc", 0xfb }, { "uuml", 0xfc }, { "yacute", 0xfd },
    { "thorn", 0xfe }, { "yuml", 0xff }, { "Abreve", 0x102 },
    { "abreve", 0x103 }, { "Aogon", 0x104 }, { "aogon", 0x105 },
    { "Cacute", 0x106 }, { "cacute", 0x107 }, { "Ccaron", 0x10c },
    { "ccaron", 0x10d }, { "Dcaron", 0x10e }, { "dcaron", 0x10f },
    { "Eogon", 0x118 }, { "eogon", 0x119 }, { "Ecaron", 0x11a },
    { "ecaron", 0x11b }, { "Gbreve", 0x11e }, { "gbreve", 0x11f },
    { "Idot", 0x130 }, { "inodot", 0x131 }, { "Lstrok", 0x141 },
    { "lstrok", 0x142 }, { "Nacute", 0x143 }, { "nacute", 0x144 },
    { "Ncaron", 0x147 }, { "ncaron", 0x148 }, { "Odblac", 0x150 },
    { "odblac", 0x151 }, { "OElig", 0x152 }, { "oelig", 0x153 },
    { "Rcaron", 0x158 }, { "rcaron", 0x159 }, { "Sacute", 0x15a },
    { "sacute", 0x15b }, { "Scedil", 0x15e }, { "scedil", 0x15f },
    { "Scaron", 0x160 }, { "scaron", 0x161 }, { "Tcedil", 0x162 },
    { "tcedil", 0x163 }, { "Tcaron", 0x164 }, { "tcaron", 0x165 },
    { "Uring", 0x16e }, { "uring", 0x16f }, { "Udblac", 0x170 },
    { "udblac", 0x171 }, { "Yuml", 0x178 }, { "Zacute", 0x179 },
    { "zacute", 0x17a }, { "Zdot", 0x17b }, { "zdot", 0x17c },
    { "Zcaron", 0x17d }, { "zcaron", 0x17e }
};


#define urlmeta_text_n(array)  (sizeof(array) / sizeof(array[0]))


int
urlmeta_text_clean(urlmeta_buf_t *out, const char *text, size_t len,
    size_t limit)
{
    size_t           n;
    unsigned         cp;
    const char      *p, *last;
    urlmeta_text_t   t;

    memset(&t, 0, sizeof(t));

    t.out = out;
    t.start = out->len;
    t.limit = limit;

    p = text;
    last = text + len;

    while (p < last && !t.full) {
        n = 0;

        if (!t.space) {
            n = urlmeta_text_plain(p, last, t.limit - t.count);
        }

        if (n) {

            if (urlmeta_buf_add(out, p, n) != URLMETA_OK) {
                goto failed;
            }

            t.count += n;
            t.marks = 0;
            t.seen = 1;
            p += n;

            continue;
        }

        if (*p == '&') {
            n = urlmeta_text_reference(p, last, &cp);
        }

        if (n == 0) {
            n = urlmeta_text_decode(p, last, &cp);
        }

        p += n;

        if (urlmeta_text_add(&t, cp) != URLMETA_OK) {
            goto failed;
        }
    }

    if (!t.seen
        || urlmeta_text_is_placeholder(out->data + t.start,
                                       out->len - t.start))
    {
        if (out->data != NULL) {
            out->len = t.start;
            out->data[out->len] = '\0';
        }
    }

    return URLMETA_OK;

failed:

    if (out->data != NULL) {
        out->len = t.start;
        out->data[out->len] = '\0';
    }

    return URLMETA_ERROR;
}


/* how many characters at "p" are shown as they are, up to "max" */

static size_t
urlmeta_text_plain(const char *p, const char *last, size_t max)
{
    size_t  n;

    if ((size_t) (last - p) < max) {
        max = (size_t) (last - p);
    }

    for (n = 0; n < max; n++) {
        if ((unsigned char) p[n] <= ' ' || (unsigned char) p[n] >= 0x7f
            || p[n] == '&')
        {
            break;
        }
    }

    return n;
}


static int
urlmeta_text_add(urlmeta_text_t *t, unsigned cp)
{
    int  cls;

    cls = urlmeta_text_class(cp);

    switch (cls) {

    case URLMETA_TEXT_REMOVED:
        return URLMETA_OK;

    case URLMETA_TEXT_SPACE:
        t->space = (t->count != 0);
        return URLMETA_OK;

    case URLMETA_TEXT_MARK:
        if (!t->space && t->marks == URLMETA_TEXT_MAX_MARKS) {
            return URLMETA_OK;
        }

        break;

    default:
        break;
    }

    if (t->space) {
        t->word = t->out->len;
        t->word_count = t->count;

        if (t->count + 1 >= t->limit) {
            t->full = 1;
            return URLMETA_OK;
        }

        if (urlmeta_buf_add_char(t->out, ' ') != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        t->count++;
        t->space = 0;
        t->marks = 0;
    }

    if (t->count == t->limit) {
        urlmeta_text_cut(t, cls);
        t->full = 1;
        return URLMETA_OK;
    }

    /* a joiner between marks does not begin a new base */

    if (cls == URLMETA_TEXT_MARK) {
        t->marks++;

    } else if (cls == URLMETA_TEXT_SHOWN) {
        t->marks = 0;
        t->seen = 1;
    }

    t->count++;

    return urlmeta_buf_add_utf8(t->out, cp);
}


static int
urlmeta_text_class(unsigned cp)
{
    if (cp > 0x20 && cp < 0x7f) {
        return URLMETA_TEXT_SHOWN;
    }

    if (urlmeta_text_in(urlmeta_text_spaces,
                        urlmeta_text_n(urlmeta_text_spaces), cp))
    {
        return URLMETA_TEXT_SPACE;
    }

    if (cp == 0x200c || cp == 0x200d) {
        return URLMETA_TEXT_JOINER;
    }

    if ((cp & 0xfffe) == 0xfffe
        || urlmeta_text_in(urlmeta_text_removed,
                           urlmeta_text_n(urlmeta_text_removed), cp))
    {
        return URLMETA_TEXT_REMOVED;
    }

    if (cp >= 0x300
        && urlmeta_text_in(urlmeta_text_marks,
                           urlmeta_text_n(urlmeta_text_marks), cp))
    {
        return URLMETA_TEXT_MARK;
    }

    return URLMETA_TEXT_SHOWN;
}


static int
urlmeta_text_in(const urlmeta_text_range_t *ranges, size_t n, unsigned cp)
{
    size_t  low, high, middle;

    low = 0;
    high = n;

    while (low < high) {
        middle = (low + high) / 2;

        if (cp > ranges[middle].last) {
            low = middle + 1;

        } else if (cp < ranges[middle].first) {
            high = middle;

        } else {
            return 1;
        }
    }

    return 0;
}


/*
 * The text is full and a character of class "cls" would follow without white
 * space: back to the last word if that loses no more than a quarter, else to
 * where no character is torn from its marks.
 */

static void
urlmeta_text_cut(urlmeta_text_t *t, int cls)
{
    size_t          len, steps;
    unsigned        cp;
    urlmeta_buf_t  *out;

    out = t->out;

    if (t->word != 0 && t->word_count >= t->limit - t->limit / 4) {
        out->len = t->word;
        out->data[out->len] = '\0';
        return;
    }

    len = out->len;

    for (steps = 0; steps < 2 * URLMETA_TEXT_MAX_MARKS; steps++) {

        if (cls != URLMETA_TEXT_MARK && cls != URLMETA_TEXT_JOINER) {
            break;
        }

        do {
            len--;
        } while (len > t->start && (out->data[len] & 0xc0) == 0x80);

        if (len == t->start) {
            return;
        }

        (void) urlmeta_text_decode(out->data + len, out->data + out->len, &cp);
        cls = urlmeta_text_class(cp);
    }

    while (len > t->start && out->data[len - 1] == ' ') {
        len--;
    }

    out->len = len;
    out->data[out->len] = '\0';
}


/* the length of the reference at "p", or 0 if it is not to be decoded */

static size_t
urlmeta_text_reference(const char *p, const char *last, unsigned *cp)
{
    int          digit;
    char         ch;
    size_t       i, n;
    unsigned     base, value;
    const char  *name;

    name = p + 1;

    if (last - name > 10) {
        last = name + 10;
    }

    n = 0;

    while (name + n < last && name[n] != ';') {
        n++;
    }

    if (n == 0 || name + n == last) {
        return 0;
    }

    if (name[0] != '#') {
        for (i = 0; i < urlmeta_text_n(urlmeta_text_references); i++) {
            if (strncmp(urlmeta_text_references[i].name, name, n) == 0
                && urlmeta_text_references[i].name[n] == '\0')
            {
                *cp = urlmeta_text_references[i].cp;
                return n + 2;
            }
        }

        return 0;
    }

    base = 10;
    i = 1;

    if (i < n && (name[i] | 0x20) == 'x') {
        base = 16;
        i++;
    }

    if (i == n) {
        return 0;
    }

    value = 0;

    for ( /* void */ ; i < n; i++) {
        ch = name[i];

        if (ch >= '0' && ch <= '9') {
            digit = ch - '0';

        } else if (base == 16 && (ch | 0x20) >= 'a' && (ch | 0x20) <= 'f') {
            digit = (ch | 0x20) - 'a' + 10;

        } else {
            return 0;
        }

        /* at most eight digits: no overflow */
        value = value * base + (unsigned) digit;
    }

    if (!urlmeta_text_reference_kept(value)) {
        return 0;
    }

    *cp = value;

    return n + 2;
}


static int
urlmeta_text_reference_kept(unsigned cp)
{
    switch (cp) {

    case '"':
    case '&':
    case '\'':
    case 0xa0:
        return 1;

    case 0xd7:
    case 0xf7:
        return 0;

    default:
        return (cp >= 0xc0 && cp <= 0x24f) || (cp >= 0x1e00 && cp <= 0x1eff);
    }
}


/* one code point of any bytes; what is no UTF-8 gives U+FFFD */

static size_t
urlmeta_text_decode(const char *p, const char *last, unsigned *cp)
{
    size_t                n, i, len;
    const unsigned char  *u;

    u = (const unsigned char *) p;
    len = (size_t) (last - p);

    if (u[0] < 0x80) {
        *cp = u[0];
        return 1;
    }

    n = (u[0] < 0xe0) ? 2 : (u[0] < 0xf0) ? 3 : 4;

    if (n > len || urlmeta_utf8_valid(p, n) != n) {
        *cp = URLMETA_TEXT_INVALID;
        n = urlmeta_utf8_bad(p, len);
        return n ? n : len;
    }

    *cp = u[0] & (0x7fu >> n);

    for (i = 1; i < n; i++) {
        *cp = (*cp << 6) | (u[i] & 0x3f);
    }

    return n;
}


/* what a template leaves where it had no value */

static int
urlmeta_text_is_placeholder(const char *text, size_t len)
{
    char    ch;
    size_t  i;

    if ((len == 4 && memcmp(text, "null", 4) == 0)
        || (len == 9 && memcmp(text, "undefined", 9) == 0))
    {
        return 1;
    }

    if (len < 5 || memcmp(text, "{{", 2) != 0
        || memcmp(text + len - 2, "}}", 2) != 0)
    {
        return 0;
    }

    text += 2;
    len -= 4;

    if (len != 0 && text[0] == ' ') {
        text++;
        len--;
    }

    if (len != 0 && text[len - 1] == ' ') {
        len--;
    }

    for (i = 0; i < len; i++) {
        ch = text[i];

        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
              || ch == '_' || ch == '$' || (i && ch >= '0' && ch <= '9')))
        {
            return 0;
        }
    }

    return len != 0;
}


int
urlmeta_text_unescape_percent(urlmeta_buf_t *out, const char *text, size_t len)
{
    int     c, n;
    char    ch;
    size_t  i, k;

    if (urlmeta_buf_reserve(out, len) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    for (i = 0; i < len; i++) {
        ch = text[i];

        if (ch == '%' && len - i > 2) {
            n = 0;

            for (k = 1; k <= 2; k++) {
                c = (unsigned char) text[i + k];

                if (c >= '0' && c <= '9') {
                    n = n * 16 + (c - '0');

                } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
                    n = n * 16 + ((c | 0x20) - 'a' + 10);

                } else {
                    n = -1;
                    break;
                }
            }

            if (n >= 0) {
                ch = (char) n;
                i += 2;
            }
        }

        out->data[out->len++] = ch;
    }

    out->data[out->len] = '\0';

    return URLMETA_OK;
}


int
urlmeta_text_direction(const char *text, size_t len)
{
    size_t       n;
    unsigned     cp;
    const char  *last;

    last = text + len;

    while (text < last) {
        n = urlmeta_text_decode(text, last, &cp);
        text += n;

        if ((cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z')) {
            return 'l';
        }

        if (cp < 0xc0 || cp == 0xd7 || cp == 0xf7
            || urlmeta_text_class(cp) != URLMETA_TEXT_SHOWN)
        {
            continue;
        }

        if (urlmeta_text_in(urlmeta_text_rtl,
                            urlmeta_text_n(urlmeta_text_rtl), cp))
        {
            /* Arabic and extended Arabic digits and punctuation are weak */

            if ((cp >= 0x600 && cp <= 0x60f) || (cp >= 0x660 && cp <= 0x66d)
                || (cp >= 0x6f0 && cp <= 0x6f9))
            {
                continue;
            }

            return 'r';
        }

        /* punctuation, symbols and emoji say nothing */

        if ((cp >= 0x2000 && cp <= 0x2bff) || (cp >= 0x3000 && cp <= 0x303f)
            || (cp >= 0xfe00 && cp <= 0xfe6f)
            || (cp >= 0xff00 && cp <= 0xff20)
            || (cp >= 0x1f000 && cp <= 0x1faff) || cp == 0xfffd)
        {
            continue;
        }

        return 'l';
    }

    return 0;
}


size_t
urlmeta_text_length(const char *text, size_t len)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            n++;
        }
    }

    return n;
}
