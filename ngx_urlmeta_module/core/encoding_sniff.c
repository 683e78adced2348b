
/*
 * What encoding a document declares, by the HTML standard's prescan (section
 * 13.2.3.2), and a guess where it declares none.
 */


#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>
#include <uchardet/uchardet.h>

#include "charset.h"
#include "encoding.h"


/* fewer non-ASCII bytes say too little */
#define URLMETA_SNIFF_MIN_BYTES  8

/* uchardet reads some 10 MB a second, which bounds the time of a guess */
#define URLMETA_SNIFF_SAMPLE     4096


/* space, tab, line feed, form feed and carriage return: a bit of each */
#define URLMETA_SNIFF_SPACES     0x100003600ULL


typedef struct {
    const char  *pos;
    const char  *last;
} urlmeta_sniff_t;


typedef struct {
    const char  *name;
    size_t       name_len;
    const char  *value;
    size_t       value_len;
} urlmeta_sniff_attr_t;


static const char *urlmeta_sniff_comment(const char *p, const char *last);
static int urlmeta_sniff_meta(urlmeta_sniff_t *s,
    const urlmeta_encoding_t **found);
static int urlmeta_sniff_attr(urlmeta_sniff_t *s, urlmeta_sniff_attr_t *attr);
static int urlmeta_sniff_value(urlmeta_sniff_t *s, urlmeta_sniff_attr_t *attr);
static int urlmeta_sniff_attr_is(const urlmeta_sniff_attr_t *attr,
    const char *name);
static int urlmeta_sniff_is_space(char ch);
static int urlmeta_sniff_is_alpha(char ch);
static const urlmeta_encoding_t *urlmeta_sniff_name(const char *name);
static int urlmeta_sniff_foreign(const urlmeta_encoding_t *e, const char *p,
    size_t len);
static int urlmeta_sniff_decodes(const urlmeta_encoding_t *e, const char *p,
    size_t len);


const urlmeta_encoding_t *
urlmeta_encoding_prescan(const char *data, size_t len)
{
    const char                *p, *last;
    urlmeta_sniff_t            s;
    urlmeta_sniff_attr_t       attr;
    const urlmeta_encoding_t  *found;

    p = data;
    last = data + len;

    for ( ;; ) {
        p = memchr(p, '<', (size_t) (last - p));

        if (p == NULL || last - p < 2) {
            return NULL;
        }

        if (last - p >= 4 && memcmp(p, "<!--", 4) == 0) {
            p = urlmeta_sniff_comment(p + 2, last);

            if (p == NULL) {
                return NULL;
            }

            continue;
        }

        if (last - p >= 6 && (p[1] | 0x20) == 'm'
            && strncasecmp(p, "<meta", 5) == 0
            && (urlmeta_sniff_is_space(p[5]) || p[5] == '/'))
        {
            s.pos = p + 5;
            s.last = last;

            if (urlmeta_sniff_meta(&s, &found) != 0) {
                return NULL;
            }

            if (found) {
                return found;
            }

            p = s.pos;
            continue;
        }

        if (urlmeta_sniff_is_alpha(p[1])
            || (p[1] == '/' && last - p >= 3 && urlmeta_sniff_is_alpha(p[2])))
        {
            while (p < last && !urlmeta_sniff_is_space(*p) && *p != '>') {
                p++;
            }

            s.pos = p;
            s.last = last;

            while (urlmeta_sniff_attr(&s, &attr) > 0) {
                /* void */
            }

            p = s.pos;
            continue;
        }

        if (p[1] == '!' || p[1] == '/' || p[1] == '?') {
            p = memchr(p, '>', (size_t) (last - p));

            if (p == NULL) {
                return NULL;
            }
        }

        p++;
    }
}


/* behind the comment whose dashes begin at p, which may be those of its end */

static const char *
urlmeta_sniff_comment(const char *p, const char *last)
{
    for ( ;; ) {
        p = memchr(p, '-', (size_t) (last - p));

        if (p == NULL || last - p < 3) {
            return NULL;
        }

        if (p[1] == '-' && p[2] == '>') {
            return p + 3;
        }

        p++;
    }
}


/* 0, with what was found or NULL; -1 at the end of the bytes */

static int
urlmeta_sniff_meta(urlmeta_sniff_t *s, const urlmeta_encoding_t **found)
{
    int                        rc, charset, content, pragma, got_pragma;
    int                        need_pragma;
    size_t                     len;
    const char                *label;
    urlmeta_sniff_attr_t       attr;
    const urlmeta_encoding_t  *e;

    e = NULL;
    *found = NULL;

    charset = 0;
    content = 0;
    pragma = 0;
    got_pragma = 0;
    need_pragma = -1;

    for ( ;; ) {
        rc = urlmeta_sniff_attr(s, &attr);

        if (rc < 0) {
            return -1;
        }

        if (rc == 0) {
            break;
        }

        /* the first attribute of a name counts */

        if (!pragma && urlmeta_sniff_attr_is(&attr, "http-equiv")) {
            pragma = 1;
            got_pragma = attr.value_len == 12
                         && strncasecmp(attr.value, "content-type", 12) == 0;

        } else if (!content && urlmeta_sniff_attr_is(&attr, "content")) {
            content = 1;

            if (e == NULL
                && urlmeta_charset_param(attr.value, attr.value_len, &label,
                                         &len))
            {
                e = urlmeta_encoding_lookup_meta(label, len);

                if (e) {
                    need_pragma = 1;
                }
            }

        } else if (!charset && urlmeta_sniff_attr_is(&attr, "charset")) {
            charset = 1;
            e = urlmeta_encoding_lookup_meta(attr.value, attr.value_len);
            need_pragma = 0;
        }
    }

    if (need_pragma == 0 || (need_pragma == 1 && got_pragma)) {
        *found = e;
    }

    return 0;
}


/* "get an attribute": 1, 0 if there is none, -1 at the end of the bytes */

static int
urlmeta_sniff_attr(urlmeta_sniff_t *s, urlmeta_sniff_attr_t *attr)
{
    const char  *p, *last;

    p = s->pos;
    last = s->last;

    while (p < last && (urlmeta_sniff_is_space(*p) || *p == '/')) {
        p++;
    }

    s->pos = p;

    if (p == last) {
        return -1;
    }

    if (*p == '>') {
        return 0;
    }

    attr->name = p;
    attr->value = p;
    attr->value_len = 0;

    /* an equals sign at the beginning belongs to the name */

    for (p++; p < last && *p != '='; p++) {

        if (urlmeta_sniff_is_space(*p) || *p == '/' || *p == '>') {
            break;
        }
    }

    attr->name_len = (size_t) (p - attr->name);

    while (p < last && urlmeta_sniff_is_space(*p)) {
        p++;
    }

    s->pos = p;

    if (p == last) {
        return -1;
    }

    if (*p != '=') {
        return 1;
    }

    s->pos++;

    return urlmeta_sniff_value(s, attr);
}


static int
urlmeta_sniff_value(urlmeta_sniff_t *s, urlmeta_sniff_attr_t *attr)
{
    const char  *p, *end, *last;

    p = s->pos;
    last = s->last;

    while (p < last && urlmeta_sniff_is_space(*p)) {
        p++;
    }

    s->pos = last;

    if (p == last) {
        return -1;
    }

    if (*p == '"' || *p == '\'') {
        end = memchr(p + 1, *p, (size_t) (last - p - 1));

        if (end == NULL) {
            return -1;
        }

        attr->value = p + 1;
        attr->value_len = (size_t) (end - p - 1);
        s->pos = end + 1;

        return 1;
    }

    for (end = p; end < last; end++) {

        if (urlmeta_sniff_is_space(*end) || *end == '>') {
            break;
        }
    }

    if (end == last) {
        return -1;
    }

    attr->value = p;
    attr->value_len = (size_t) (end - p);
    s->pos = end;

    return 1;
}


static int
urlmeta_sniff_attr_is(const urlmeta_sniff_attr_t *attr, const char *name)
{
    return attr->name_len == strlen(name)
           && strncasecmp(attr->name, name, attr->name_len) == 0;
}


static int
urlmeta_sniff_is_space(char ch)
{
    return (unsigned char) ch <= ' ' && (URLMETA_SNIFF_SPACES >> ch & 1);
}


static int
urlmeta_sniff_is_alpha(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}


const urlmeta_encoding_t *
urlmeta_encoding_xml(const char *data, size_t len)
{
    char         quote;
    const char  *p, *end, *last;

    if (len >= 6 && memcmp(data, "<\0?\0x\0", 6) == 0) {
        return urlmeta_encoding_lookup("utf-16le", 8);
    }

    if (len >= 6 && memcmp(data, "\0<\0?\0x", 6) == 0) {
        return urlmeta_encoding_lookup("utf-16be", 8);
    }

    if (len < 5 || memcmp(data, "<?xml", 5) != 0) {
        return NULL;
    }

    last = memchr(data, '>', len);

    if (last == NULL) {
        return NULL;
    }

    for (p = data + 5; /* void */ ; p++) {

        if (last - p < 8) {
            return NULL;
        }

        if (memcmp(p, "encoding", 8) == 0) {
            break;
        }
    }

    for (p += 8; p < last && (unsigned char) *p <= 0x20; p++) {
        /* void */
    }

    if (p == last || *p != '=') {
        return NULL;
    }

    for (p++; p < last && (unsigned char) *p <= 0x20; p++) {
        /* void */
    }

    if (p == last || (*p != '"' && *p != '\'')) {
        return NULL;
    }

    quote = *p++;

    for (end = p; end < last && *end != quote; end++) {

        if ((unsigned char) *end <= 0x20) {
            return NULL;
        }
    }

    if (end == last) {
        return NULL;
    }

    return urlmeta_encoding_lookup_meta(p, (size_t) (end - p));
}


/*
 * "extracting a character encoding from a meta element", which serves for
 * Content-Type as well.
 */

int
urlmeta_charset_param(const char *content_type, size_t len,
    const char **label, size_t *label_len)
{
    const char  *p, *end, *last;

    p = content_type;
    last = p + len;

    for ( ;; ) {

        while (last - p >= 7
               && ((*p | 0x20) != 'c' || strncasecmp(p, "charset", 7) != 0))
        {
            p++;
        }

        if (last - p < 7) {
            return 0;
        }

        for (p += 7; p < last && urlmeta_sniff_is_space(*p); p++) {
            /* void */
        }

        if (p < last && *p == '=') {
            break;
        }
    }

    for (p++; p < last && urlmeta_sniff_is_space(*p); p++) {
        /* void */
    }

    if (p == last) {
        return 0;
    }

    if (*p == '"' || *p == '\'') {
        end = memchr(p + 1, *p, (size_t) (last - p - 1));

        if (end == NULL) {
            return 0;
        }

        *label = p + 1;
        *label_len = (size_t) (end - p - 1);

        return 1;
    }

    for (end = p; end < last; end++) {

        if (urlmeta_sniff_is_space(*end) || *end == ';') {
            break;
        }
    }

    *label = p;
    *label_len = (size_t) (end - p);

    return 1;
}


const urlmeta_encoding_t *
urlmeta_encoding_guess(const char *data, size_t len)
{
    uchardet_t                 ud;
    const char                *p, *last;
    const urlmeta_encoding_t  *e;

    /* what comes before the first non-ASCII byte says nothing */

    p = data;
    last = data + len;

    while (p < last && (unsigned char) *p < 0x80 && *p != '\033') {
        p++;
    }

    len = (size_t) (last - p);

    if (len > URLMETA_SNIFF_SAMPLE) {
        len = URLMETA_SNIFF_SAMPLE;
    }

    ud = uchardet_new();

    if (ud == NULL) {
        return NULL;
    }

    e = NULL;

    if (uchardet_handle_data(ud, p, len) == 0) {
        uchardet_data_end(ud);
        e = urlmeta_sniff_name(uchardet_get_charset(ud));
    }

    uchardet_delete(ud);

    if (e == NULL
        || !urlmeta_sniff_foreign(e, p, len)
        || !urlmeta_sniff_decodes(e, p, len))
    {
        return NULL;
    }

    return e;
}


/* uchardet's name to an encoding of a script that windows-1252 cannot write */

static const urlmeta_encoding_t *
urlmeta_sniff_name(const char *name)
{
    size_t                     i;
    const urlmeta_encoding_t  *e;

    static const char         *scripts[] = {
        "windows-1251", "koi8-r", "iso-8859-5", "ibm866", "x-mac-cyrillic",
        "windows-1253", "iso-8859-7",
        "windows-1255", "iso-8859-8",
        "windows-1256", "iso-8859-6",
        "windows-874",
        NULL
    };

    if (strcasecmp(name, "UHC") == 0) {
        name = "euc-kr";

    } else if (strcasecmp(name, "MAC-CYRILLIC") == 0) {
        name = "x-mac-cyrillic";
    }

    e = urlmeta_encoding_lookup(name, strlen(name));

    if (e == NULL || e->kind == URLMETA_ENCODING_ICONV) {
        return e;
    }

    for (i = 0; scripts[i]; i++) {

        if (strcmp(e->name, scripts[i]) == 0) {
            return e;
        }
    }

    return NULL;
}


/*
 * In texts of Latin letters the others stand alone, in those of another script
 * they stand together.  uchardet takes a few accented letters for Greek.
 */

static int
urlmeta_sniff_foreign(const urlmeta_encoding_t *e, const char *p, size_t len)
{
    size_t       run, least, bytes, together;
    const char  *last;

    /* seven bits with escape sequences */

    if (e->iconv && strcmp(e->iconv, "ISO-2022-JP") == 0) {
        return 1;
    }

    /* the second byte of two may be ASCII */

    least = e->kind == URLMETA_ENCODING_ICONV ? 2 : 3;

    last = p + len;
    run = 0;
    bytes = 0;
    together = 0;

    for ( /* void */ ; p <= last; p++) {

        if (p < last && (unsigned char) *p >= 0x80) {
            run++;
            continue;
        }

        bytes += run;

        if (run >= least) {
            together += run;
        }

        run = 0;
    }

    return bytes >= URLMETA_SNIFF_MIN_BYTES && together * 4 >= bytes * 3;
}


static int
urlmeta_sniff_decodes(const urlmeta_encoding_t *e, const char *p, size_t len)
{
    char      out[1024], *in, *to;
    size_t    i, n, left, room;
    iconv_t   cd;

    if (e->kind == URLMETA_ENCODING_SINGLE) {

        for (i = 0; i < len; i++) {

            if ((unsigned char) p[i] >= 0x80
                && e->table[(unsigned char) p[i] - 0x80] < 0xa0)
            {
                return 0;
            }
        }

        return 1;
    }

    cd = iconv_open("UTF-8", e->iconv);

    if (cd == (iconv_t) -1) {
        return 0;
    }

    in = (char *) p;
    left = len;

    do {
        to = out;
        room = sizeof(out);
        errno = 0;

        n = iconv(cd, &in, &left, &to, &room);

    } while (n == (size_t) -1 && errno == E2BIG);

    /* the sample may end within a character */

    n = n != (size_t) -1 || (errno == EINVAL && left < 8);

    (void) iconv_close(cd);

    return (int) n;
}
