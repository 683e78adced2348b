
/*
 * robots.txt by RFC 9309: the rules that are about one crawler, and whether
 * they let it have a path.
 *
 * The file is read line by line as it arrives.  What is kept is a line for each
 * rule, "A" or "D" and its pattern in the form that paths are compared in.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "robots.h"


/* bytes looked at in one decision, some milliseconds */
#define URLMETA_ROBOTS_WORK  (4 * 1024 * 1024)


struct urlmeta_robots_s {
    char           *token;
    size_t          token_len;
    size_t          size;           /* bytes so far */
    urlmeta_buf_t   line;
    urlmeta_buf_t   own;            /* rules for the token */
    urlmeta_buf_t   all;            /* rules for "*" */
    unsigned        begun:1;        /* the first line is over */
    unsigned        too_long:1;     /* the line */
    unsigned        naming:1;       /* the group's names are not over */
    unsigned        is_own:1;       /* the group names the token */
    unsigned        is_all:1;       /* the group names "*" */
    unsigned        named:1;        /* some group named the token */
};


static int urlmeta_robots_line(urlmeta_robots_t *rb);
static int urlmeta_robots_rule(urlmeta_robots_t *rb, char kind,
    const char *value, size_t len);
static void urlmeta_robots_name(urlmeta_robots_t *rb, const char *value,
    size_t len);
static int urlmeta_robots_normal(urlmeta_buf_t *b, const char *text,
    size_t len, int pattern);
static int urlmeta_robots_match(const char *pattern, size_t len,
    const char *path, size_t path_len, size_t *work);
static const char *urlmeta_robots_find(const char *text, const char *last,
    const char *part, size_t len, size_t *work);
static int urlmeta_robots_is_token(char ch);
static int urlmeta_robots_hex(char ch);
static int urlmeta_robots_is(const char *key, size_t len, const char *name);


size_t
urlmeta_robots_token(const char *user_agent, size_t len, const char **token)
{
    size_t       n;
    const char  *p, *last;

    static const char  browser[] = "Mozilla/";
    static const char  compatible[] = "(compatible;";

    p = user_agent;
    last = p + len;

    if (len >= sizeof(browser) - 1
        && strncasecmp(p, browser, sizeof(browser) - 1) == 0)
    {
        while (last - p >= (long) sizeof(compatible) - 1
               && strncasecmp(p, compatible, sizeof(compatible) - 1) != 0)
        {
            p++;
        }

        if (last - p >= (long) sizeof(compatible) - 1) {
            p += sizeof(compatible) - 1;

        } else {
            p = user_agent;
        }
    }

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    for (n = 0; p + n < last && urlmeta_robots_is_token(p[n]); n++) {
        /* void */
    }

    *token = p;

    return n;
}


urlmeta_robots_t *
urlmeta_robots_create(const char *token, size_t len)
{
    urlmeta_robots_t  *rb;

    rb = calloc(1, sizeof(urlmeta_robots_t));

    if (rb == NULL) {
        return NULL;
    }

    rb->token = malloc(len + 1);

    if (rb->token == NULL) {
        free(rb);
        return NULL;
    }

    memcpy(rb->token, token, len);
    rb->token[len] = '\0';
    rb->token_len = len;

    return rb;
}


int
urlmeta_robots_feed(urlmeta_robots_t *rb, const void *data, size_t len)
{
    size_t       n;
    const char  *p, *end, *last;

    if (len > URLMETA_ROBOTS_MAX - rb->size) {
        len = URLMETA_ROBOTS_MAX - rb->size;
    }

    rb->size += len;
    last = (const char *) data + len;

    for (p = data; p < last; p = end + 1) {

        for (end = p; end < last && *end != '\n' && *end != '\r'; end++) {
            /* void */
        }

        n = end - p;

        if (rb->line.len + n > URLMETA_ROBOTS_LINE_MAX) {
            rb->too_long = 1;
        }

        if (!rb->too_long
            && urlmeta_buf_add(&rb->line, p, n) != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        if (end == last) {
            break;
        }

        if (urlmeta_robots_line(rb) != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    return rb->size == URLMETA_ROBOTS_MAX ? URLMETA_DONE : URLMETA_OK;
}


int
urlmeta_robots_finish(urlmeta_robots_t *rb, int cut, urlmeta_buf_t *out)
{
    urlmeta_buf_t  *rules;

    /* half a path would be a rule about more than was meant */

    if (!cut && rb->size < URLMETA_ROBOTS_MAX
        && urlmeta_robots_line(rb) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    rules = rb->named ? &rb->own : &rb->all;

    if (rules->len == 0) {
        return URLMETA_OK;
    }

    return urlmeta_buf_add(out, rules->data, rules->len);
}


void
urlmeta_robots_destroy(urlmeta_robots_t *rb)
{
    urlmeta_buf_free(&rb->line);
    urlmeta_buf_free(&rb->own);
    urlmeta_buf_free(&rb->all);
    free(rb->token);
    free(rb);
}


static int
urlmeta_robots_line(urlmeta_robots_t *rb)
{
    int          rc;
    size_t       key_len;
    const char  *p, *last, *key, *comment;

    rc = URLMETA_OK;

    p = rb->line.data ? rb->line.data : "";
    last = p + rb->line.len;

    if (!rb->begun) {
        rb->begun = 1;

        if (last - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
            p += 3;
        }
    }

    comment = memchr(p, '#', last - p);

    if (comment) {
        last = comment;
    }

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (last > p && (last[-1] == ' ' || last[-1] == '\t')) {
        last--;
    }

    key = p;
    p = memchr(p, ':', last - p);

    if (p == NULL || rb->too_long) {
        goto done;
    }

    key_len = p - key;

    while (key_len && (key[key_len - 1] == ' ' || key[key_len - 1] == '\t')) {
        key_len--;
    }

    p++;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    if (urlmeta_robots_is(key, key_len, "user-agent")) {
        urlmeta_robots_name(rb, p, last - p);

    } else if (urlmeta_robots_is(key, key_len, "disallow")) {
        rc = urlmeta_robots_rule(rb, 'D', p, last - p);

    } else if (urlmeta_robots_is(key, key_len, "allow")) {
        rc = urlmeta_robots_rule(rb, 'A', p, last - p);
    }

    /* other records, crawl-delay and sitemap, say nothing that is used here */

done:

    rb->too_long = 0;
    urlmeta_buf_reset(&rb->line);

    return rc;
}


static void
urlmeta_robots_name(urlmeta_robots_t *rb, const char *value, size_t len)
{
    size_t  n;

    if (!rb->naming) {
        rb->naming = 1;
        rb->is_own = 0;
        rb->is_all = 0;
    }

    /* the name may have a version, which is not compared */

    for (n = 0; n < len && value[n] != '/' && value[n] != ' '
                && value[n] != '\t'; n++)
    {
        /* void */
    }

    if (n == 1 && value[0] == '*') {
        rb->is_all = 1;

    } else if (n != 0 && n == rb->token_len
               && strncasecmp(value, rb->token, n) == 0)
    {
        rb->is_own = 1;
        rb->named = 1;
    }
}


static int
urlmeta_robots_rule(urlmeta_robots_t *rb, char kind, const char *value,
    size_t len)
{
    int             i;
    size_t          was;
    urlmeta_buf_t  *b;

    rb->naming = 0;

    /* what begins otherwise is a part of no path */

    if (len == 0 || (value[0] != '/' && value[0] != '*')) {
        return URLMETA_OK;
    }

    for (i = 0; i < 2; i++) {

        if (i == 0 ? !rb->is_own : !rb->is_all) {
            continue;
        }

        b = i == 0 ? &rb->own : &rb->all;
        was = b->len;

        if (urlmeta_buf_add_char(b, kind) != URLMETA_OK
            || urlmeta_robots_normal(b, value, len, 1) != URLMETA_OK
            || urlmeta_buf_add_char(b, '\n') != URLMETA_OK)
        {
            b->len = was;
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}


/*
 * RFC 9309 section 2.2.2: what need not be escaped is not, everything else is,
 * so that both sides can be compared byte by byte.  Reserved characters stay as
 * they are.  In a path "*" and "$" are escaped: they are special in a pattern
 * alone, "$" at its end.
 */

static int
urlmeta_robots_normal(urlmeta_buf_t *b, const char *text, size_t len,
    int pattern)
{
    int          hi, lo;
    char         escaped[3];
    size_t       i;
    unsigned     ch;

    static const char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < len; i++) {

        ch = (unsigned char) text[i];

        if (ch == '%' && i + 2 < len) {
            hi = urlmeta_robots_hex(text[i + 1]);
            lo = urlmeta_robots_hex(text[i + 2]);

            if (hi >= 0 && lo >= 0) {
                ch = hi * 16 + lo;
                i += 2;

                if ((ch >= '0' && ch <= '9')
                    || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
                    || ch == '-' || ch == '.' || ch == '_' || ch == '~')
                {
                    goto plain;
                }

                goto escape;
            }
        }

        if (ch == '*') {

            if (!pattern) {
                goto escape;
            }

            /* two in a row are one */

            if (i && text[i - 1] == '*') {
                continue;
            }

            goto plain;
        }

        if (ch == '$' && (!pattern || i + 1 < len)) {
            goto escape;
        }

        if (ch > 0x20 && ch < 0x7f) {
            goto plain;
        }

    escape:

        escaped[0] = '%';
        escaped[1] = hex[ch >> 4];
        escaped[2] = hex[ch & 15];

        if (urlmeta_buf_add(b, escaped, 3) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        continue;

    plain:

        if (urlmeta_buf_add_char(b, (char) ch) != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}


int
urlmeta_robots_allowed(const char *rules, size_t rules_len, const char *path,
    size_t len)
{
    int             rc, allowed;
    size_t          n, best, work;
    const char     *p, *last, *end;
    urlmeta_buf_t   b;

    static const char  robots[] = "/robots.txt";

    if (rules_len == 0
        || (len == sizeof(robots) - 1 && memcmp(path, robots, len) == 0))
    {
        return 1;
    }

    memset(&b, 0, sizeof(urlmeta_buf_t));

    if (urlmeta_robots_normal(&b, path, len, 0) != URLMETA_OK) {
        urlmeta_buf_free(&b);
        return URLMETA_ERROR;
    }

    allowed = 1;
    best = 0;
    work = 0;
    last = rules + rules_len;

    for (p = rules; p < last; p = end + 1) {

        end = memchr(p, '\n', last - p);

        if (end == NULL) {
            break;
        }

        n = end - p - 1;
        work += n;

        /* the longest pattern decides; of two as long, the one that allows */

        if (n < best || (n == best && (allowed || *p == 'D'))) {
            continue;
        }

        rc = urlmeta_robots_match(p + 1, n, b.data ? b.data : "", b.len,
                                  &work);

        if (work > URLMETA_ROBOTS_WORK) {
            allowed = 0;
            break;
        }

        if (rc) {
            best = n;
            allowed = (*p == 'A');
        }
    }

    urlmeta_buf_free(&b);

    return allowed;
}


/*
 * The leftmost place of each part between asterisks is as good as any, so
 * nothing is ever tried again.
 */

static int
urlmeta_robots_match(const char *pattern, size_t len, const char *path,
    size_t path_len, size_t *work)
{
    int          to_end;
    size_t       n;
    const char  *p, *last, *text, *text_last, *star;

    p = pattern;
    last = pattern + len;
    text = path;
    text_last = path + path_len;

    to_end = (len != 0 && last[-1] == '$');

    if (to_end) {
        last--;
    }

    star = memchr(p, '*', last - p);
    n = (star ? star : last) - p;

    if (n > path_len || memcmp(p, text, n) != 0) {
        return 0;
    }

    text += n;

    if (star == NULL) {
        return !to_end || text == text_last;
    }

    for (p = star + 1; /* void */; p = star + 1) {

        star = memchr(p, '*', last - p);
        n = (star ? star : last) - p;

        if (star == NULL && to_end) {
            return n <= (size_t) (text_last - text)
                   && memcmp(p, text_last - n, n) == 0;
        }

        text = urlmeta_robots_find(text, text_last, p, n, work);

        if (text == NULL) {
            return 0;
        }

        if (star == NULL) {
            return 1;
        }
    }
}


/* the end of the first such part of the text; NULL if there is none */

static const char *
urlmeta_robots_find(const char *text, const char *last, const char *part,
    size_t len, size_t *work)
{
    size_t  n;

    for ( /* void */ ; len <= (size_t) (last - text); text++) {

        for (n = 0; n < len && text[n] == part[n]; n++) { /* void */ }

        *work += n + 1;

        if (n == len) {
            return text + n;
        }

        if (*work > URLMETA_ROBOTS_WORK) {
            return NULL;
        }
    }

    return NULL;
}


static int
urlmeta_robots_is_token(char ch)
{
    return (ch >= '0' && ch <= '9')
           || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
           || ch == '-' || ch == '_' || ch == '.';
}


static int
urlmeta_robots_hex(char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch |= 0x20;

    return (ch >= 'a' && ch <= 'f') ? ch - 'a' + 10 : -1;
}


static int
urlmeta_robots_is(const char *key, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(key, name, len) == 0;
}
