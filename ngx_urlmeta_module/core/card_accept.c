
/*
 * What a candidate must be like to become the value of a field.
 */


#include <string.h>

#include "card_chain.h"
#include "card_date.h"


json_t *
urlmeta_card_accept_text(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    return urlmeta_card_text(c, value, len,
                             rule->limit ? rule->limit : f->limit);
}


json_t *
urlmeta_card_accept_date(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    urlmeta_date_t  date;

    if (!urlmeta_date_parse(&date, value, len)) {
        return NULL;
    }

    /*
     * A year of 1, and the epoch in any zone, are what programs write where
     * they know no date.
     */

    if (date.year < 1400
        || (date.time > -86400 && date.time < 86400 && date.text[4] != '\0'))
    {
        return NULL;
    }

    /* nothing but an event is more than two years from now */

    if (c->now != 0 && date.time > c->now + 2 * 366 * 86400LL
        && strcmp(rule->name, "startDate") != 0)
    {
        return NULL;
    }

    return urlmeta_card_string(c, date.text, strlen(date.text));
}


/* what only repeats the title describes nothing */

json_t *
urlmeta_card_accept_description(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    json_t  *text;

    text = urlmeta_card_accept_text(c, f, rule, value, len);

    if (text != NULL && json_equal(text, json_object_get(c->card, "title"))) {
        json_decref(text);
        return NULL;
    }

    return text;
}


json_t *
urlmeta_card_accept_site(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    /* twitter:site is a handle */

    if (strcmp(rule->name, "twitter:site") == 0 && len != 0 && *value == '@') {
        value++;
        len--;
    }

    return urlmeta_card_accept_text(c, f, rule, value, len);
}


/*
 * RFC 5646 by its form, not by the registry: subtags of one to eight letters
 * and digits, the first of two to eight letters; written as section 2.1.1
 * recommends.  Of a list the first.
 */

json_t *
urlmeta_card_accept_language(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    char    tag[36], ch;
    size_t  i, n, start, size, subtag;

    while (len != 0 && (*value == ' ' || (*value >= '\t' && *value <= '\r'))) {
        value++;
        len--;
    }

    n = 0;
    start = 0;
    subtag = 0;

    for (i = 0; i <= len; i++) {
        ch = (i < len) ? value[i] : ',';

        if (ch == '_') {
            ch = '-';
        }

        if (ch == '-' || ch == ',' || ch == ';' || ch == ' ' || ch == '.'
            || (ch >= '\t' && ch <= '\r'))
        {
            size = n - start;

            if (size == 0 || size > 8 || (subtag == 0 && size < 2)) {
                return NULL;
            }

            /* a region in capitals, a script with one, all else small */

            if (subtag != 0 && size == 2) {
                tag[start] &= ~0x20;
                tag[start + 1] &= ~0x20;

            } else if (subtag != 0 && size == 4 && tag[start] >= 'a') {
                tag[start] &= ~0x20;
            }

            if (ch != '-') {
                break;
            }

            subtag++;

        } else if (ch >= 'A' && ch <= 'Z') {
            ch |= 0x20;

        } else if (!((ch >= 'a' && ch <= 'z')
                     || (ch >= '0' && ch <= '9' && subtag != 0)))
        {
            return NULL;
        }

        if (n == sizeof(tag) - 1) {
            return NULL;
        }

        tag[n++] = ch;

        if (ch == '-') {
            start = n;
        }
    }

    return urlmeta_card_string(c, tag, n);
}


/* @user@host of the fediverse, with its first @ or without */

json_t *
urlmeta_card_accept_handle(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    char    handle[256];
    size_t  i, n, at;

    while (len != 0 && (unsigned char) *value <= ' ') {
        value++;
        len--;
    }

    while (len != 0 && (unsigned char) value[len - 1] <= ' ') {
        len--;
    }

    if (len != 0 && *value == '@') {
        value++;
        len--;
    }

    if (len + 2 > sizeof(handle)) {
        return NULL;
    }

    n = 0;
    at = 0;
    handle[n++] = '@';

    for (i = 0; i < len; i++) {

        if (value[i] == '@') {
            if (at != 0 || i == 0) {
                return NULL;
            }

            at = i;

        } else if ((unsigned char) value[i] <= ' ' || value[i] == 0x7f
                   || (value[i] & 0x80))
        {
            return NULL;
        }

        handle[n++] = value[i];
    }

    if (at == 0 || memchr(value + at, '.', len - at) == NULL) {
        return NULL;
    }

    return urlmeta_card_text(c, handle, n, f->limit);
}


/* the forms of a CSS color: #hex, a name, a function of numbers */

json_t *
urlmeta_card_accept_color(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t  i, open;

    while (len != 0 && (*value == ' ' || (*value >= '\t' && *value <= '\r'))) {
        value++;
        len--;
    }

    while (len != 0 && (value[len - 1] == ' '
                        || (value[len - 1] >= '\t' && value[len - 1] <= '\r')))
    {
        len--;
    }

    if (len < 3 || len > 64) {
        return NULL;
    }

    if (*value == '#') {

        if (len != 4 && len != 5 && len != 7 && len != 9) {
            return NULL;
        }

        for (i = 1; i < len; i++) {
            if (strchr("0123456789abcdefABCDEF", value[i]) == NULL
                || value[i] == '\0')
            {
                return NULL;
            }
        }

        return urlmeta_card_string(c, value, len);
    }

    for (open = 0; open < len; open++) {
        if ((value[open] | 0x20) < 'a' || (value[open] | 0x20) > 'z') {
            break;
        }
    }

    if (open == 0
        || (open != len && (value[open] != '(' || value[len - 1] != ')')))
    {
        return NULL;
    }

    for (i = open + 1; i + 1 < len; i++) {
        if (strchr("0123456789.,%/+- degraturn", value[i]) == NULL
            || value[i] == '\0')
        {
            return NULL;
        }
    }

    return urlmeta_card_string(c, value, len);
}
