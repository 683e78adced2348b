
/*
 * Cache-Control, read as RFC 9111 says, that is leniently, and its targeted
 * kin, which RFC 9213 makes a dictionary of RFC 8941, that is strictly.
 */


#include <string.h>

#include "freshness.h"
#include "freshness_field.h"


typedef enum {
    URLMETA_VALUE_NONE = 0,
    URLMETA_VALUE_INTEGER,
    URLMETA_VALUE_BOOLEAN,
    URLMETA_VALUE_OTHER
} urlmeta_value_e;


typedef struct {
    urlmeta_value_e   type;
    int64_t           number;       /* of an integer or a boolean */
} urlmeta_value_t;


typedef enum {
    URLMETA_CC_UNKNOWN = 0,
    URLMETA_CC_S_MAXAGE,
    URLMETA_CC_MAX_AGE,
    URLMETA_CC_WHILE_REVALIDATE,
    URLMETA_CC_IF_ERROR,
    URLMETA_CC_NO_STORE,
    URLMETA_CC_NO_CACHE,
    URLMETA_CC_PRIVATE,
    URLMETA_CC_PUBLIC,
    URLMETA_CC_MUST_REVALIDATE,
    URLMETA_CC_PROXY_REVALIDATE
} urlmeta_cc_e;


typedef struct {
    const char    *name;
    size_t         len;
    urlmeta_cc_e   directive;
} urlmeta_cc_name_t;


static void urlmeta_cc_init(urlmeta_cache_control_t *cc);
static urlmeta_cc_e urlmeta_cc_name(const char *name, size_t len);
static int64_t *urlmeta_cc_number(urlmeta_cache_control_t *cc,
    urlmeta_cc_e directive);
static void urlmeta_cc_flag(urlmeta_cache_control_t *cc,
    urlmeta_cc_e directive, unsigned set);
static const char *urlmeta_cc_argument(const char *p, int64_t *seconds);
static const char *urlmeta_cc_quoted(const char *p);
static int urlmeta_cc_token(char ch);
static const char *urlmeta_dict_key(const char *p);
static const char *urlmeta_dict_value(const char *p, urlmeta_value_t *value);
static const char *urlmeta_dict_list(const char *p);
static const char *urlmeta_dict_bare(const char *p, urlmeta_value_t *value);
static const char *urlmeta_dict_number(const char *p, urlmeta_value_t *value);
static const char *urlmeta_dict_string(const char *p);
static const char *urlmeta_dict_bytes(const char *p);
static const char *urlmeta_dict_parameters(const char *p);


#define urlmeta_cc_blank(ch)  ((ch) == ' ' || (ch) == '\t')
#define urlmeta_cc_digit(ch)  ((ch) >= '0' && (ch) <= '9')
#define urlmeta_cc_lower(ch)  ((ch) >= 'a' && (ch) <= 'z')
#define urlmeta_cc_upper(ch)  ((ch) >= 'A' && (ch) <= 'Z')


static const urlmeta_cc_name_t  urlmeta_cc_names[] = {
    { "s-maxage", 8, URLMETA_CC_S_MAXAGE },
    { "max-age", 7, URLMETA_CC_MAX_AGE },
    { "stale-while-revalidate", 22, URLMETA_CC_WHILE_REVALIDATE },
    { "stale-if-error", 14, URLMETA_CC_IF_ERROR },
    { "no-store", 8, URLMETA_CC_NO_STORE },
    { "no-cache", 8, URLMETA_CC_NO_CACHE },
    { "private", 7, URLMETA_CC_PRIVATE },
    { "public", 6, URLMETA_CC_PUBLIC },
    { "must-revalidate", 15, URLMETA_CC_MUST_REVALIDATE },
    { "proxy-revalidate", 16, URLMETA_CC_PROXY_REVALIDATE },
    { NULL, 0, URLMETA_CC_UNKNOWN }
};


void
urlmeta_cache_control(urlmeta_cache_control_t *cc, const char *value)
{
    int64_t       seconds, *number;
    const char   *p, *name;
    urlmeta_cc_e  directive;

    urlmeta_cc_init(cc);

    p = value;

    if (p == NULL) {
        return;
    }

    while (*p) {

        if (*p == ',' || urlmeta_cc_blank(*p)) {
            p++;
            continue;
        }

        name = p;

        while (urlmeta_cc_token(*p)) {
            p++;
        }

        directive = urlmeta_cc_name(name, p - name);
        p = urlmeta_cc_argument(p, &seconds);

        number = urlmeta_cc_number(cc, directive);

        if (number == NULL) {
            urlmeta_cc_flag(cc, directive, 1);
            continue;
        }

        /*
         * RFC 9111 section 4.2.1: the first of several counts, and invalid
         * freshness is better taken as staleness
         */

        if (*number != -1) {
            continue;
        }

        if (directive == URLMETA_CC_S_MAXAGE
            || directive == URLMETA_CC_MAX_AGE)
        {
            *number = seconds == -1 ? 0 : seconds;

        } else {
            *number = seconds;
        }
    }
}


static void
urlmeta_cc_init(urlmeta_cache_control_t *cc)
{
    memset(cc, 0, sizeof(urlmeta_cache_control_t));

    cc->s_maxage = -1;
    cc->max_age = -1;
    cc->while_revalidate = -1;
    cc->if_error = -1;
}


static urlmeta_cc_e
urlmeta_cc_name(const char *name, size_t len)
{
    char                      ch;
    size_t                    i;
    const urlmeta_cc_name_t  *n;

    for (n = urlmeta_cc_names; n->name; n++) {
        if (n->len != len) {
            continue;
        }

        for (i = 0; i < len; i++) {
            ch = name[i];

            if (urlmeta_cc_upper(ch)) {
                ch = (char) (ch | 0x20);
            }

            if (ch != n->name[i]) {
                break;
            }
        }

        if (i == len) {
            return n->directive;
        }
    }

    return URLMETA_CC_UNKNOWN;
}


/* where the seconds of a directive are, or NULL: it has none */

static int64_t *
urlmeta_cc_number(urlmeta_cache_control_t *cc, urlmeta_cc_e directive)
{
    switch (directive) {

    case URLMETA_CC_S_MAXAGE:
        return &cc->s_maxage;

    case URLMETA_CC_MAX_AGE:
        return &cc->max_age;

    case URLMETA_CC_WHILE_REVALIDATE:
        return &cc->while_revalidate;

    case URLMETA_CC_IF_ERROR:
        return &cc->if_error;

    default:
        return NULL;
    }
}


static void
urlmeta_cc_flag(urlmeta_cache_control_t *cc, urlmeta_cc_e directive,
    unsigned set)
{
    switch (directive) {

    case URLMETA_CC_NO_STORE:
        cc->no_store = set;
        break;

    case URLMETA_CC_NO_CACHE:
        cc->no_cache = set;
        break;

    case URLMETA_CC_PRIVATE:
        cc->is_private = set;
        break;

    case URLMETA_CC_PUBLIC:
        cc->is_public = set;
        break;

    case URLMETA_CC_MUST_REVALIDATE:
        cc->must_revalidate = set;
        break;

    case URLMETA_CC_PROXY_REVALIDATE:
        cc->proxy_revalidate = set;
        break;

    default:
        break;
    }
}


/*
 * Up to the next comma that is not quoted.  "seconds" is -1 if the argument is
 * anything but a number, or anything else stands around it.
 */

static const char *
urlmeta_cc_argument(const char *p, int64_t *seconds)
{
    const char  *first, *last;

    *seconds = -1;

    if (*p == '=') {
        p++;

        if (*p == '"') {
            first = p + 1;
            p = urlmeta_cc_quoted(p);
            last = p - 1;

            if (last >= first && *last == '"') {
                *seconds = urlmeta_delta_seconds(first, last - first);
            }

        } else {
            first = p;

            while (urlmeta_cc_token(*p)) {
                p++;
            }

            *seconds = urlmeta_delta_seconds(first, p - first);
        }
    }

    while (*p && *p != ',') {
        if (*p == '"') {
            p = urlmeta_cc_quoted(p);
            *seconds = -1;
            continue;
        }

        if (!urlmeta_cc_blank(*p)) {
            *seconds = -1;
        }

        p++;
    }

    return p;
}


/* behind the closing quotation mark, or the end */

static const char *
urlmeta_cc_quoted(const char *p)
{
    for (p++; *p && *p != '"'; p++) {
        if (*p == '\\' && p[1]) {
            p++;
        }
    }

    return *p ? p + 1 : p;
}


static int
urlmeta_cc_token(char ch)
{
    return ch > ' ' && ch < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", ch) == NULL;
}


int64_t
urlmeta_delta_seconds(const char *value, size_t len)
{
    size_t   i;
    int64_t  seconds;

    if (len == 0) {
        return -1;
    }

    seconds = 0;

    for (i = 0; i < len; i++) {
        if (!urlmeta_cc_digit(value[i])) {
            return -1;
        }

        seconds = seconds * 10 + (value[i] - '0');

        if (seconds > URLMETA_SECONDS_MAX) {
            seconds = URLMETA_SECONDS_MAX;
        }
    }

    return seconds;
}


/* RFC 8941 section 4.2; the parsers return NULL where it is not that */

int
urlmeta_cache_control_targeted(urlmeta_cache_control_t *cc, const char *value)
{
    int64_t          *number;
    const char       *p, *key;
    urlmeta_cc_e      directive;
    urlmeta_value_t   member;

    urlmeta_cc_init(cc);

    p = value;

    if (p == NULL) {
        return 0;
    }

    while (*p == ' ') {
        p++;
    }

    if (*p == '\0') {
        return 0;
    }

    for ( ;; ) {
        key = p;
        p = urlmeta_dict_key(p);

        if (p == NULL) {
            return 0;
        }

        directive = urlmeta_cc_name(key, p - key);

        member.type = URLMETA_VALUE_BOOLEAN;
        member.number = 1;

        if (*p == '=') {
            p = urlmeta_dict_value(p + 1, &member);

        } else {
            p = urlmeta_dict_parameters(p);
        }

        if (p == NULL) {
            return 0;
        }

        /* the last of several counts in a dictionary */

        number = urlmeta_cc_number(cc, directive);

        if (number == NULL) {
            urlmeta_cc_flag(cc, directive,
                            member.type != URLMETA_VALUE_BOOLEAN
                            || member.number);

        } else if (member.type == URLMETA_VALUE_INTEGER) {
            *number = member.number < 0 ? 0 : member.number;

            if (*number > URLMETA_SECONDS_MAX) {
                *number = URLMETA_SECONDS_MAX;
            }

        } else {
            return 0;
        }

        while (urlmeta_cc_blank(*p)) {
            p++;
        }

        if (*p == '\0') {
            return 1;
        }

        if (*p++ != ',') {
            return 0;
        }

        while (urlmeta_cc_blank(*p)) {
            p++;
        }
    }
}


static const char *
urlmeta_dict_key(const char *p)
{
    if (!urlmeta_cc_lower(*p) && *p != '*') {
        return NULL;
    }

    while (urlmeta_cc_lower(*p) || urlmeta_cc_digit(*p) || *p == '_'
           || *p == '-' || *p == '.' || *p == '*')
    {
        p++;
    }

    return p;
}


static const char *
urlmeta_dict_value(const char *p, urlmeta_value_t *value)
{
    if (*p == '(') {
        value->type = URLMETA_VALUE_OTHER;
        p = urlmeta_dict_list(p + 1);

    } else {
        p = urlmeta_dict_bare(p, value);
    }

    return p ? urlmeta_dict_parameters(p) : NULL;
}


/* items, which are no lists, behind the opening parenthesis */

static const char *
urlmeta_dict_list(const char *p)
{
    urlmeta_value_t  value;

    for ( ;; ) {
        while (*p == ' ') {
            p++;
        }

        if (*p == ')') {
            return p + 1;
        }

        p = urlmeta_dict_bare(p, &value);

        if (p == NULL) {
            return NULL;
        }

        p = urlmeta_dict_parameters(p);

        if (p == NULL || (*p != ' ' && *p != ')')) {
            return NULL;
        }
    }
}


static const char *
urlmeta_dict_bare(const char *p, urlmeta_value_t *value)
{
    value->type = URLMETA_VALUE_OTHER;
    value->number = 0;

    if (*p == '-' || urlmeta_cc_digit(*p)) {
        return urlmeta_dict_number(p, value);
    }

    if (*p == '"') {
        return urlmeta_dict_string(p + 1);
    }

    if (*p == ':') {
        return urlmeta_dict_bytes(p + 1);
    }

    if (*p == '?') {
        if (p[1] != '0' && p[1] != '1') {
            return NULL;
        }

        value->type = URLMETA_VALUE_BOOLEAN;
        value->number = p[1] - '0';

        return p + 2;
    }

    if (!urlmeta_cc_lower(*p) && !urlmeta_cc_upper(*p) && *p != '*') {
        return NULL;
    }

    while (urlmeta_cc_token(*p) || *p == ':' || *p == '/') {
        p++;
    }

    return p;
}


/* 15 digits of an integer, 12 and 3 of a decimal at most */

static const char *
urlmeta_dict_number(const char *p, urlmeta_value_t *value)
{
    int          negative;
    const char  *first;

    negative = (*p == '-');
    p += negative;
    first = p;

    while (urlmeta_cc_digit(*p)) {
        if (p - first == 15) {
            return NULL;
        }

        value->number = value->number * 10 + (*p++ - '0');
    }

    if (p == first) {
        return NULL;
    }

    if (*p != '.') {
        value->type = URLMETA_VALUE_INTEGER;

        if (negative) {
            value->number = -value->number;
        }

        return p;
    }

    if (p - first > 12) {
        return NULL;
    }

    first = ++p;

    while (urlmeta_cc_digit(*p)) {
        p++;
    }

    return p != first && p - first <= 3 ? p : NULL;
}


static const char *
urlmeta_dict_string(const char *p)
{
    for ( /* void */ ; *p >= ' ' && *p < 0x7f; p++) {
        if (*p == '"') {
            return p + 1;
        }

        if (*p == '\\') {
            p++;

            if (*p != '"' && *p != '\\') {
                return NULL;
            }
        }
    }

    return NULL;
}


static const char *
urlmeta_dict_bytes(const char *p)
{
    while (urlmeta_cc_lower(*p) || urlmeta_cc_upper(*p)
           || urlmeta_cc_digit(*p) || *p == '+' || *p == '/' || *p == '=')
    {
        p++;
    }

    return *p == ':' ? p + 1 : NULL;
}


static const char *
urlmeta_dict_parameters(const char *p)
{
    urlmeta_value_t  value;

    while (*p == ';') {
        do {
            p++;
        } while (*p == ' ');

        p = urlmeta_dict_key(p);

        if (p && *p == '=') {
            p = urlmeta_dict_bare(p + 1, &value);
        }

        if (p == NULL) {
            return NULL;
        }
    }

    return p;
}
