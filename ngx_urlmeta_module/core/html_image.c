
/*
 * Which picture an img shows.
 */


#include <string.h>
#include <strings.h>

#include "html_name.h"


static size_t urlmeta_html_image_srcset(const urlmeta_attr_t *attr,
    const char **src);


/* what a script would put into src when the picture comes into view is best */

const char *
urlmeta_html_image_src(const urlmeta_token_t *token, size_t *len)
{
    size_t                 i;
    const char            *src;
    const urlmeta_attr_t  *attr;

    static const char  *names[] = {
        "data-src", "data-original", "data-lazy-src", "src", NULL
    };

    static const char  *sets[] = { "data-srcset", "srcset", NULL };

    for (i = 0; names[i]; i++) {
        attr = urlmeta_token_attr(token, names[i]);

        if (attr && attr->value_len
            && attr->value_len <= URLMETA_HTML_BODY_VALUE
            && strncasecmp(attr->value, "data:", 5) != 0)
        {
            *len = attr->value_len;
            return attr->value;
        }
    }

    for (i = 0; sets[i]; i++) {
        attr = urlmeta_token_attr(token, sets[i]);

        if (attr == NULL) {
            continue;
        }

        *len = urlmeta_html_image_srcset(attr, &src);

        if (*len) {
            return src;
        }
    }

    return NULL;
}


/* the candidate of the greatest width or density (section 4.8.4.2.1) */

static size_t
urlmeta_html_image_srcset(const urlmeta_attr_t *attr, const char **src)
{
    long         size, best;
    size_t       len, found;
    const char  *p, *last, *url;

    p = attr->value;
    last = p + attr->value_len;
    best = -1;
    found = 0;

    for ( ;; ) {

        while (p < last && (urlmeta_html_is_white(*p) || *p == ',')) {
            p++;
        }

        if (p == last) {
            return found;
        }

        url = p;

        while (p < last && !urlmeta_html_is_white(*p)) {
            p++;
        }

        len = (size_t) (p - url);
        size = 1;

        if (url[len - 1] == ',') {
            len--;

        } else {

            while (p < last && urlmeta_html_is_white(*p)) {
                p++;
            }

            if (p < last && *p >= '0' && *p <= '9') {
                size = 0;

                while (p < last && *p >= '0' && *p <= '9' && size < 100000) {
                    size = size * 10 + (*p++ - '0');
                }
            }

            while (p < last && *p != ',') {
                p++;
            }
        }

        if (size > best && len && len <= URLMETA_HTML_BODY_VALUE
            && (len < 5 || strncasecmp(url, "data:", 5) != 0))
        {
            best = size;
            found = len;
            *src = url;
        }
    }
}


int
urlmeta_html_image_is_picture(const char *src, size_t len)
{
    size_t  i, k, n;

    static const char  *words[] = {
        "pixel", "spacer", "blank", "sprite", "logo", "avatar", "badge",
        "1x1", ".svg", NULL
    };

    while (len && urlmeta_html_is_white(*src)) {
        src++;
        len--;
    }

    if (len == 0 || len > URLMETA_HTML_BODY_VALUE
        || (len >= 5 && strncasecmp(src, "data:", 5) == 0))
    {
        return 0;
    }

    for (i = 0; i < len; i++) {

        for (k = 0; words[k]; k++) {

            if ((src[i] | 0x20) != (words[k][0] | 0x20)) {
                continue;
            }

            n = strlen(words[k]);

            if (len - i >= n && strncasecmp(src + i, words[k], n) == 0) {
                return 0;
            }
        }
    }

    return 1;
}


unsigned
urlmeta_html_image_pixels(const urlmeta_token_t *token, const char *name)
{
    size_t                 i;
    unsigned               n;
    const urlmeta_attr_t  *attr;

    attr = urlmeta_token_attr(token, name);

    if (attr == NULL) {
        return 0;
    }

    n = 0;

    for (i = 0; i < attr->value_len && i < 6; i++) {

        if (attr->value[i] < '0' || attr->value[i] > '9') {

            if (attr->value[i] == '%') {
                return 0;
            }

            break;
        }

        n = n * 10 + (unsigned) (attr->value[i] - '0');
    }

    return n < 100000 ? n : 0;
}
