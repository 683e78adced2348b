
/*
 * What a page lets others show of it: X-Robots-Tag and the metas of the same
 * meaning.  There is no standard; this is what search engines document.
 */


#include <string.h>
#include <strings.h>

#include "card_date.h"
#include "freshness.h"
#include "robots_tag.h"


static void urlmeta_robots_tag_list(urlmeta_robots_tag_t *tag,
    const char *p, const char *last, int header, time_t now);
static void urlmeta_robots_tag_value(urlmeta_robots_tag_t *tag,
    const char *name, size_t name_len, const char *value, size_t len,
    time_t now);
static void urlmeta_robots_tag_date(urlmeta_robots_tag_t *tag,
    const char *value, size_t len, time_t now);
static int urlmeta_robots_tag_has_digit(const char *p, const char *last);
static void urlmeta_robots_tag_trim(const char **p, const char **last);
static int urlmeta_robots_tag_is(const char *p, size_t len, const char *name);


void
urlmeta_robots_tag_header(urlmeta_robots_tag_t *tag, time_t now)
{
    const char  *p, *end;

    if (tag->header == NULL) {
        return;
    }

    for (p = tag->header; /* void */; p = end + 1) {
        end = p + strcspn(p, "\n");

        urlmeta_robots_tag_list(tag, p, end, 1, now);

        if (*end == '\0') {
            return;
        }
    }
}


void
urlmeta_robots_tag_meta(urlmeta_robots_tag_t *tag, const char *content,
    size_t len, time_t now)
{
    urlmeta_robots_tag_list(tag, content, content + len, 0, now);
}


/*
 * In a header "name: " before a rule is about that crawler alone, as are the
 * rules after it, unless the name is that of a rule with a value.
 */

static void
urlmeta_robots_tag_list(urlmeta_robots_tag_t *tag, const char *p,
    const char *last, int header, time_t now)
{
    int          ours;
    size_t       len;
    const char  *end, *colon, *name, *value, *value_last;

    ours = 1;

    for ( /* void */ ; p < last; p = end + 1) {

        end = memchr(p, ',', last - p);

        if (end == NULL) {
            end = last;
        }

    again:

        name = p;
        value_last = end;
        urlmeta_robots_tag_trim(&name, &value_last);

        colon = memchr(name, ':', value_last - name);
        value = colon ? colon + 1 : value_last;

        if (colon == NULL) {
            colon = value_last;
        }

        while (colon > name && (colon[-1] == ' ' || colon[-1] == '\t')) {
            colon--;
        }

        urlmeta_robots_tag_trim(&value, &value_last);
        len = colon - name;

        if (urlmeta_robots_tag_is(name, len, "unavailable_after")) {

            /* "Wed, 03 Mar 2027": the comma of a date */

            if (end < last && !urlmeta_robots_tag_has_digit(value, end)) {
                value_last = memchr(end + 1, ',', last - end - 1);
                end = value_last ? value_last : last;
                value_last = end;
                urlmeta_robots_tag_trim(&value, &value_last);
            }

        } else if (header && value > colon
                   && !urlmeta_robots_tag_is(name, len, "max-snippet")
                   && !urlmeta_robots_tag_is(name, len, "max-image-preview")
                   && !urlmeta_robots_tag_is(name, len, "max-video-preview"))
        {
            ours = urlmeta_robots_tag_is(name, len, tag->token)
                   || urlmeta_robots_tag_is(name, len, "*");

            if (value < value_last) {

                /* the name is over, its first rule follows */

                p = value;
                goto again;
            }

            continue;
        }

        if (ours) {
            urlmeta_robots_tag_value(tag, name, len, value, value_last - value,
                                     now);
        }
    }
}


static void
urlmeta_robots_tag_value(urlmeta_robots_tag_t *tag, const char *name,
    size_t name_len, const char *value, size_t len, time_t now)
{
    if (urlmeta_robots_tag_is(name, name_len, "noindex")
        || urlmeta_robots_tag_is(name, name_len, "none"))
    {
        tag->noindex = 1;

    } else if (urlmeta_robots_tag_is(name, name_len, "nosnippet")) {
        tag->nosnippet = 1;

    } else if (urlmeta_robots_tag_is(name, name_len, "max-snippet")) {

        if (urlmeta_robots_tag_is(value, len, "0")) {
            tag->nosnippet = 1;
        }

    } else if (urlmeta_robots_tag_is(name, name_len, "noimageindex")) {
        tag->noimage = 1;

    } else if (urlmeta_robots_tag_is(name, name_len, "max-image-preview")) {

        if (urlmeta_robots_tag_is(value, len, "none")) {
            tag->noimage = 1;
        }

    } else if (urlmeta_robots_tag_is(name, name_len, "unavailable_after")) {
        urlmeta_robots_tag_date(tag, value, len, now);
    }
}


/* a date that is none is as if it were not there */

static void
urlmeta_robots_tag_date(urlmeta_robots_tag_t *tag, const char *value,
    size_t len, time_t now)
{
    long long       time;
    urlmeta_date_t  date;

    if (urlmeta_date_parse(&date, value, len)) {
        time = date.time;

    } else {

        /* RFC 850, too */

        time = urlmeta_http_date_at(value, len, now);

        if (time < 0) {
            return;
        }
    }

    if (time <= now) {
        tag->noindex = 1;

    } else if (tag->until == 0 || time < tag->until) {
        tag->until = (time_t) time;
    }
}


static int
urlmeta_robots_tag_has_digit(const char *p, const char *last)
{
    for ( /* void */ ; p < last; p++) {
        if (*p >= '0' && *p <= '9') {
            return 1;
        }
    }

    return 0;
}


static void
urlmeta_robots_tag_trim(const char **p, const char **last)
{
    while (*p < *last && (**p == ' ' || **p == '\t' || **p == '\n'
                          || **p == '\r'))
    {
        (*p)++;
    }

    while (*last > *p && ((*last)[-1] == ' ' || (*last)[-1] == '\t'
                          || (*last)[-1] == '\n' || (*last)[-1] == '\r'))
    {
        (*last)--;
    }
}


static int
urlmeta_robots_tag_is(const char *p, size_t len, const char *name)
{
    return len != 0 && len == strlen(name) && strncasecmp(p, name, len) == 0;
}
