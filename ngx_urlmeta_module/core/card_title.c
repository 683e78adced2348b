
/*
 * The title without the name of its site.
 */


#include <string.h>
#include <strings.h>

#include "card_chain.h"


static size_t urlmeta_card_title_cut(const char *title, size_t len,
    const char *site, size_t site_len);


void
urlmeta_card_title_short(urlmeta_card_t *c)
{
    size_t   len;
    json_t  *title, *site;

    title = json_object_get(c->card, "title");
    site = json_object_get(c->card, "site_name");

    if (!json_is_string(title)) {
        urlmeta_card_set(c, c->card, "title_short", json_null());
        return;
    }

    len = json_string_length(title);

    if (json_is_string(site)) {
        len = urlmeta_card_title_cut(json_string_value(title), len,
                                     json_string_value(site),
                                     json_string_length(site));
    }

    urlmeta_card_set(c, c->card, "title_short",
                     urlmeta_card_string(c, json_string_value(title), len));
}


/* how much of "Title | Site" is the title; both are cleaned up */

static size_t
urlmeta_card_title_cut(const char *title, size_t len, const char *site,
    size_t site_len)
{
    size_t  i, n, left;

    static const char  *separators[] = {
        "|", "-", ":", "\xc2\xb7", "\xc2\xbb", "\xe2\x80\x93",
        "\xe2\x80\x94", "\xe2\x80\xa2", "\xe3\x83\xbb", "\xef\xbd\x9c", NULL
    };

    if (site_len == 0 || len <= site_len
        || strncasecmp(title + len - site_len, site, site_len) != 0)
    {
        return len;
    }

    left = len - site_len;

    while (left && title[left - 1] == ' ') {
        left--;
    }

    for (i = 0; separators[i]; i++) {
        n = strlen(separators[i]);

        if (left <= n || memcmp(title + left - n, separators[i], n) != 0) {
            continue;
        }

        /* a hyphen between letters is one of a word */

        if (*separators[i] == '-' && title[left - 2] != ' '
            && title[left] != ' ')
        {
            return len;
        }

        left -= n;

        while (left && title[left - 1] == ' ') {
            left--;
        }

        return left ? left : len;
    }

    return len;
}
