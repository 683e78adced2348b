
/*
 * What a page plays in its body: audio and video elements, and anchors to
 * sounds; and the anchor by which an AMP page leads to the page it stands for.
 */


#include <string.h>
#include <strings.h>

#include "html_name.h"
#include "html_state.h"


/* addresses of one list; a page of more is a list of media itself */
#define URLMETA_HTML_MAX_MEDIA  16


static void urlmeta_html_media_add(urlmeta_html_t *h,
    const urlmeta_token_t *token);
static void urlmeta_html_media_link(urlmeta_html_t *h, const char *key,
    const urlmeta_attr_t *href);
static int urlmeta_html_is_audio(const urlmeta_attr_t *href);


static const char *const  urlmeta_html_media_classes[] = {
    "amp-canurl", NULL
};


void
urlmeta_html_media_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    if (tag == URLMETA_TAG_SOURCE) {

        if (h->media_tag) {
            urlmeta_html_media_add(h, token);
        }

        return;
    }

    h->media_tag = tag;
    h->media_width = urlmeta_html_image_pixels(token, "width");
    h->media_height = urlmeta_html_image_pixels(token, "height");

    /* a moving background, which nobody is to listen to or to stop */

    if (urlmeta_token_attr(token, "muted")
        && urlmeta_token_attr(token, "autoplay")
        && urlmeta_token_attr(token, "loop"))
    {
        h->media_tag = URLMETA_TAG_OTHER;
        return;
    }

    urlmeta_html_media_add(h, token);
}


void
urlmeta_html_media_end(urlmeta_html_t *h)
{
    h->media_tag = URLMETA_TAG_OTHER;
}


/* of an element and its sources each is a candidate, in their order */

static void
urlmeta_html_media_add(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    int                    video;
    json_t                *list, *item;
    const urlmeta_attr_t  *src, *type;

    src = urlmeta_token_attr(token, "src");

    if (src == NULL || src->value_len == 0
        || src->value_len > URLMETA_HTML_BODY_VALUE)
    {
        return;
    }

    video = (h->media_tag == URLMETA_TAG_VIDEO);
    list = json_object_get(h->page, "media");

    if (list == NULL) {
        list = urlmeta_html_array(h, "media");
    }

    if (json_array_size(list) >= URLMETA_HTML_MAX_MEDIA) {
        return;
    }

    item = urlmeta_html_append(h, list);

    urlmeta_html_set(h, item, "element",
                     json_string(video ? "video" : "audio"));
    urlmeta_html_set(h, item, "src",
                     urlmeta_html_string(src->value, src->value_len));

    type = urlmeta_token_attr(token, "type");

    urlmeta_html_set(h, item, "type",
                     type ? urlmeta_html_string(type->value, type->value_len)
                          : json_null());
    urlmeta_html_set(h, item, "width",
                     h->media_width ? json_integer(h->media_width)
                                    : json_null());
    urlmeta_html_set(h, item, "height",
                     h->media_height ? json_integer(h->media_height)
                                     : json_null());
}


/* the first of each kind */

void
urlmeta_html_media_anchor(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    unsigned               i;
    const urlmeta_attr_t  *attr, *href, *class;

    href = NULL;
    class = NULL;

    for (i = 0; i < token->nattrs; i++) {
        attr = &token->attrs[i];

        if (attr->name_len == 4 && memcmp(attr->name, "href", 4) == 0) {
            href = attr;

        } else if (attr->name_len == 5 && memcmp(attr->name, "class", 5) == 0)
        {
            class = attr;
        }
    }

    if (href == NULL || href->value_len == 0
        || href->value_len > URLMETA_HTML_BODY_VALUE)
    {
        return;
    }

    if (!h->audio_link && urlmeta_html_is_audio(href)) {
        h->audio_link = 1;
        urlmeta_html_media_link(h, "audio_links", href);
    }

    /* most classes have no hyphen there */

    if (!h->amp_link && class && class->value_len >= sizeof("amp-canurl") - 1
        && memchr(class->value + 3, '-', class->value_len - 3)
        && urlmeta_html_body_has(class, urlmeta_html_media_classes))
    {
        h->amp_link = 1;
        urlmeta_html_media_link(h, "amp-canurl", href);
    }
}


static void
urlmeta_html_media_link(urlmeta_html_t *h, const char *key,
    const urlmeta_attr_t *href)
{
    urlmeta_html_set(h, h->page, key,
                     json_pack("[o]", urlmeta_html_string(href->value,
                                                          href->value_len)));
}


int
urlmeta_html_media_asks(const urlmeta_attr_t *attr)
{
    if (attr->name_len == 4 && strncasecmp(attr->name, "href", 4) == 0) {
        return urlmeta_html_is_audio(attr)
               || memchr(attr->value, '&', attr->value_len) != NULL;
    }

    if (attr->name_len == 5 && strncasecmp(attr->name, "class", 5) == 0) {
        return attr->value_len > URLMETA_HTML_BODY_WORDS
               || memchr(attr->value, '&', attr->value_len) != NULL
               || urlmeta_html_body_has(attr, urlmeta_html_media_classes);
    }

    return 0;
}


/* by the name of the file */

static int
urlmeta_html_is_audio(const urlmeta_attr_t *href)
{
    size_t       i, len, n;
    const char  *p, *end;

    static const char  *names[] = {
        ".mp3", ".m4a", ".ogg", ".oga", ".wav", ".aac", ".opus", ".flac", NULL
    };

    p = href->value;
    len = href->value_len;

    end = memchr(p, '?', len);
    len = end ? (size_t) (end - p) : len;

    end = memchr(p, '#', len);
    len = end ? (size_t) (end - p) : len;

    while (len && urlmeta_html_is_white(p[len - 1])) {
        len--;
    }

    if (len < 5 || (p[len - 4] != '.' && p[len - 5] != '.')) {
        return 0;
    }

    for (i = 0; names[i]; i++) {
        n = strlen(names[i]);

        if (len > n && strncasecmp(p + len - n, names[i], n) == 0) {
            return 1;
        }
    }

    return 0;
}
