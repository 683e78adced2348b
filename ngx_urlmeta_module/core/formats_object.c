
/*
 * The bodies that no table alone makes: those of Iframely, Discord and
 * link-preview-js.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats_map.h"


/* Discord's limits, in UTF-16 code units */
#define URLMETA_FORMATS_DISCORD_TITLE        256
#define URLMETA_FORMATS_DISCORD_DESCRIPTION  4096
#define URLMETA_FORMATS_DISCORD_VALUE        1024
#define URLMETA_FORMATS_DISCORD_FIELDS       25


static void urlmeta_formats_iframely_link(urlmeta_formats_t *f, json_t *links,
    const char *rel, json_t *media);
static void urlmeta_formats_iframely_rel(urlmeta_formats_t *f, json_t *list,
    const char *rel);
static void urlmeta_formats_iframely_media(urlmeta_formats_t *f,
    json_t *link, json_t *media);
static json_t *urlmeta_formats_iframely_medium(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_discord_type(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_discord_color(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_discord_name(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_discord_text(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_discord_value(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_discord_fields(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_cut(urlmeta_formats_t *f, json_t *value,
    size_t units);
static json_t *urlmeta_formats_media_type(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_videos(urlmeta_formats_t *f, json_t *value);


static const urlmeta_formats_row_t  urlmeta_formats_iframely_meta[] = {
    { "meta", "={}", NULL, 0 },
    { "meta.title", "title", NULL, 0 },
    { "meta.description", "description", NULL, 0 },
    { "meta.author", "author.name", NULL, 0 },
    { "meta.author_url", "author.url", urlmeta_formats_make_url, 0 },
    { "meta.site", "site_name|host", NULL, 0 },
    { "meta.canonical", "url", urlmeta_formats_make_url, 0 },
    { "meta.date", "published", urlmeta_formats_make_utc, 0 },
    { "meta.keywords", "tags", urlmeta_formats_make_joined, 0 },
    { "meta.medium", "type", urlmeta_formats_iframely_medium, 0 },
    { "meta.language", "language", NULL, 0 },
    { "meta.theme-color", "theme_color", NULL, 0 },
    { "meta.duration", "facts.duration|video.duration|audio.duration", NULL,
      0 },
    { "meta.price", "facts.price", NULL, 0 },
    { "meta.currency_code", "facts.currency", NULL, 0 },
    { "meta.brand", "facts.brand", NULL, 0 },
    { "meta.availability", "facts.availability", NULL, 0 },
    { "meta.views", "facts.views", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_rows[] = {
    { "type", "", urlmeta_formats_discord_type, 0 },
    { "url", "url", urlmeta_formats_make_url, 0 },
    { "title", "title", urlmeta_formats_discord_name, 0 },
    { "description", "description", urlmeta_formats_discord_text, 0 },
    { "timestamp", "published", urlmeta_formats_make_utc, 0 },
    { "color", "theme_color", urlmeta_formats_discord_color, 0 },
    { "provider.name", "site_name|host", urlmeta_formats_discord_name, 0 },
    { "provider.url", "url", urlmeta_formats_make_origin, 0 },
    { "author.name", "author.name", urlmeta_formats_discord_name, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_author[] = {
    { "author.url", "author.url", urlmeta_formats_make_url, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_image[] = {
    { "thumbnail.url", "image.url", urlmeta_formats_make_url, 0 },
    { "thumbnail.width", "image.width", NULL, 0 },
    { "thumbnail.height", "image.height", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_player[] = {
    { "video.url", "player.url", urlmeta_formats_make_url, 0 },
    { "video.width", "player.width", NULL, 0 },
    { "video.height", "player.height", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_video[] = {
    { "video.url", "video.url", urlmeta_formats_make_url, 0 },
    { "video.width", "video.width", NULL, 0 },
    { "video.height", "video.height", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_list[] = {
    { "fields", "labels", urlmeta_formats_discord_fields, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_discord_field[] = {
    { "name", "label", urlmeta_formats_discord_name, URLMETA_FORMATS_TEXT },
    { "value", "value", urlmeta_formats_discord_value, URLMETA_FORMATS_TEXT },
    { "inline", "=true", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_preview_page[] = {
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { "title", "title", NULL, URLMETA_FORMATS_TEXT },
    { "siteName", "site_name", NULL, 0 },
    { "description", "description", NULL, 0 },
    { "author", "author.name", NULL, 0 },
    { "mediaType", "type", NULL, URLMETA_FORMATS_TEXT },
    { "contentType", "http.content_type", urlmeta_formats_make_mime, 0 },
    { "charset", "http.charset", NULL, URLMETA_FORMATS_NULL },
    { "images", "images", urlmeta_formats_make_urls, URLMETA_FORMATS_ARRAY },
    { "videos", "video", urlmeta_formats_videos, URLMETA_FORMATS_ARRAY },
    { "favicons", "icons|icon", urlmeta_formats_make_urls,
      URLMETA_FORMATS_ARRAY },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_preview_file[] = {
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { "mediaType", "type", urlmeta_formats_media_type, 0 },
    { "contentType", "http.content_type", urlmeta_formats_make_mime,
      URLMETA_FORMATS_TEXT },
    { "favicons", "icons|icon", urlmeta_formats_make_urls,
      URLMETA_FORMATS_ARRAY },
    { "charset", "http.charset", NULL, URLMETA_FORMATS_NULL },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_preview_video[] = {
    { "url", "url", urlmeta_formats_make_url, 0 },
    { "secureUrl", "=null", NULL, 0 },
    { "type", "type", NULL, URLMETA_FORMATS_NULL },
    { "width", "width", urlmeta_formats_make_digits, 0 },
    { "height", "height", urlmeta_formats_make_digits, 0 },
    { NULL, NULL, NULL, 0 }
};


/* links is a flat list, or an object of lists by their first rel */

json_t *
urlmeta_formats_iframely(urlmeta_formats_t *f)
{
    size_t       i;
    json_t      *body, *links, *groups, *group, *link, *rel;
    const char  *type, *name;

    body = urlmeta_formats_object_of(f, urlmeta_formats_iframely_meta);
    links = json_array();

    if (body == NULL || links == NULL) {
        f->failed = 1;
        json_decref(body);
        json_decref(links);
        return NULL;
    }

    type = urlmeta_formats_get(f->card, "type");

    urlmeta_formats_iframely_link(f, links, "player",
                                  json_object_get(f->card, "player"));

    if (type != NULL && strcmp(type, "image") == 0) {
        urlmeta_formats_iframely_link(f, links, "image",
                                      json_object_get(f->card, "image"));

    } else {
        urlmeta_formats_iframely_link(f, links, "thumbnail",
                                      json_object_get(f->card, "image"));
    }

    urlmeta_formats_iframely_link(f, links, "logo",
                                  json_object_get(f->card, "logo"));
    urlmeta_formats_iframely_link(f, links, "icon",
                                  json_object_get(f->card, "icon"));

    rel = urlmeta_formats_find(links, "0.rel", sizeof("0.rel") - 1);
    name = json_string_value(json_array_get(rel, 0));

    if (name == NULL || strcmp(name, "player") != 0) {
        rel = NULL;
    }

    rel = rel ? json_incref(rel) : json_array();

    if (f->options != NULL && f->options->group) {
        groups = json_object();

        json_array_foreach(links, i, link) {
            name = urlmeta_formats_get(link, "rel.0");
            group = json_object_get(groups, name);

            if (group == NULL) {
                urlmeta_formats_set(f, groups, name, json_array());
                group = json_object_get(groups, name);
            }

            urlmeta_formats_push(f, group, json_incref(link));
        }

        json_decref(links);
        links = groups;
    }

    urlmeta_formats_set(f, body, "links", links);
    urlmeta_formats_set(f, body, "rel", rel);

    link = json_object_get(f->card, "player");

    if (urlmeta_formats_get(link, "url") != NULL) {
        link = urlmeta_formats_make_player(f, link);

        if (link != NULL) {
            urlmeta_formats_set(f, body, "html", link);
        }
    }

    return body;
}


static void
urlmeta_formats_iframely_link(urlmeta_formats_t *f, json_t *links,
    const char *rel, json_t *media)
{
    json_t      *url, *link, *list, *type;
    const char  *more;

    url = urlmeta_formats_make_url(f, media);

    if (url == NULL) {
        return;
    }

    link = json_object();
    list = json_array();

    urlmeta_formats_iframely_rel(f, list, rel);

    more = urlmeta_formats_get(media, "rel");

    if (more != NULL && strcmp(more, rel) != 0) {
        urlmeta_formats_iframely_rel(f, list, more);
    }

    if (strncmp(json_string_value(url), "https:", 6) == 0) {
        urlmeta_formats_iframely_rel(f, list, "ssl");
    }

    urlmeta_formats_set(f, link, "href", url);
    urlmeta_formats_set(f, link, "rel", list);

    type = json_object_get(media, "type");

    if (strcmp(rel, "player") == 0) {
        urlmeta_formats_set(f, link, "type",
                            urlmeta_formats_text(f, "text/html", 9));

    } else if (json_string_length(type) != 0) {
        urlmeta_formats_set(f, link, "type", json_incref(type));
    }

    urlmeta_formats_iframely_media(f, link, media);

    urlmeta_formats_push(f, links, link);
}


static void
urlmeta_formats_iframely_rel(urlmeta_formats_t *f, json_t *list,
    const char *rel)
{
    urlmeta_formats_push(f, list,
                         urlmeta_formats_text(f, rel, strlen(rel)));
}


/* sizes as the card has them, or as an icon states them: "32x32" */

static void
urlmeta_formats_iframely_media(urlmeta_formats_t *f, json_t *link,
    json_t *media)
{
    long         width, height;
    char        *end;
    json_t      *sizes;
    const char  *text;

    width = (long) json_integer_value(json_object_get(media, "width"));
    height = (long) json_integer_value(json_object_get(media, "height"));

    text = urlmeta_formats_get(media, "sizes");

    if (text != NULL && *text >= '1' && *text <= '9' && strlen(text) < 12) {
        width = strtol(text, &end, 10);
        height = (*end | 0x20) == 'x' ? strtol(end + 1, NULL, 10) : 0;
    }

    if (width <= 0 || height <= 0) {
        return;
    }

    sizes = json_object();

    urlmeta_formats_set(f, sizes, "width", json_integer(width));
    urlmeta_formats_set(f, sizes, "height", json_integer(height));
    urlmeta_formats_set(f, link, "media", sizes);
}


/* Open Graph's type up to its point, of those that a medium may be */

static json_t *
urlmeta_formats_iframely_medium(urlmeta_formats_t *f, json_t *value)
{
    size_t       i, n;
    const char  *type;

    static const char  *const media[] = {
        "article", "video", "image", "audio", "music", "product"
    };

    type = json_string_value(value);

    if (type == NULL) {
        return NULL;
    }

    n = strcspn(type, ".");

    for (i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
        if (strlen(media[i]) == n && strncasecmp(media[i], type, n) == 0) {
            type = strcmp(media[i], "music") == 0 ? "audio" : media[i];
            return urlmeta_formats_text(f, type, strlen(type));
        }
    }

    return NULL;
}


json_t *
urlmeta_formats_discord(urlmeta_formats_t *f)
{
    json_t      *body;
    const char  *type;

    body = urlmeta_formats_object_of(f, urlmeta_formats_discord_rows);

    if (body == NULL) {
        return NULL;
    }

    /* an author without a name is none */

    if (json_object_get(body, "author") != NULL) {
        urlmeta_formats_map(f, urlmeta_formats_discord_author, body);
    }

    if (urlmeta_formats_get(f->card, "image.url") != NULL) {
        urlmeta_formats_map(f, urlmeta_formats_discord_image, body);
    }

    type = urlmeta_formats_get(body, "type");

    if (type != NULL && strcmp(type, "video") == 0) {
        urlmeta_formats_map(f, urlmeta_formats_get(f->card, "player.url")
                               ? urlmeta_formats_discord_player
                               : urlmeta_formats_discord_video, body);
    }

    urlmeta_formats_map(f, urlmeta_formats_discord_list, body);

    return body;
}


static json_t *
urlmeta_formats_discord_type(urlmeta_formats_t *f, json_t *value)
{
    json_t      *kind;
    const char  *type;

    kind = urlmeta_formats_make_kind(f, value);
    type = json_string_value(kind);

    if (type == NULL) {
        return NULL;
    }

    if (strcmp(type, "photo") == 0) {
        type = "image";

    } else if (strcmp(type, "link") == 0
               && urlmeta_formats_get(value, "type") != NULL
               && strcmp(urlmeta_formats_get(value, "type"), "article") == 0)
    {
        type = "article";

    } else {
        return kind;
    }

    json_decref(kind);

    return urlmeta_formats_text(f, type, strlen(type));
}


/* #rgb and #rrggbb, as Discord reads no other */

static json_t *
urlmeta_formats_discord_color(urlmeta_formats_t *f, json_t *value)
{
    long         n;
    size_t       len;
    json_t      *color;
    const char  *text;

    text = json_string_value(value);

    if (text == NULL || *text != '#') {
        return NULL;
    }

    len = strlen(++text);

    if (strspn(text, "0123456789abcdefABCDEF") != len
        || (len != 3 && len != 6))
    {
        return NULL;
    }

    n = strtol(text, NULL, 16);

    if (len == 3) {
        n = ((n & 0xf00) << 8) | ((n & 0x0f0) << 4) | (n & 0x00f);
        n |= n << 4;
    }

    color = json_integer(n);

    if (color == NULL) {
        f->failed = 1;
    }

    return color;
}


static json_t *
urlmeta_formats_discord_name(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_cut(f, value, URLMETA_FORMATS_DISCORD_TITLE);
}


static json_t *
urlmeta_formats_discord_text(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_cut(f, value, URLMETA_FORMATS_DISCORD_DESCRIPTION);
}


static json_t *
urlmeta_formats_discord_value(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_cut(f, value, URLMETA_FORMATS_DISCORD_VALUE);
}


static json_t *
urlmeta_formats_discord_fields(urlmeta_formats_t *f, json_t *value)
{
    json_t  *list;

    list = urlmeta_formats_list(f, value, urlmeta_formats_discord_field);

    while (json_array_size(list) > URLMETA_FORMATS_DISCORD_FIELDS) {
        (void) json_array_remove(list, json_array_size(list) - 1);
    }

    return list;
}


/* as many characters as fit, with U+2026 where some did not */

static json_t *
urlmeta_formats_cut(urlmeta_formats_t *f, json_t *value, size_t units)
{
    size_t                i, n, len, cut;
    json_t               *text;
    urlmeta_buf_t         buf;
    const unsigned char  *p;

    len = json_string_length(value);
    p = (const unsigned char *) json_string_value(value);

    if (len == 0) {
        return NULL;
    }

    n = 0;
    cut = 0;

    for (i = 0; i < len; i++) {

        if ((p[i] & 0xc0) == 0x80) {
            continue;
        }

        /* four bytes are a pair of surrogates */

        n += p[i] >= 0xf0 ? 2 : 1;

        if (n < units) {
            cut = i + 1;
        }

        if (n > units) {
            break;
        }
    }

    if (n <= units) {
        return json_incref(value);
    }

    while (cut < len && (p[cut] & 0xc0) == 0x80) {
        cut++;
    }

    memset(&buf, 0, sizeof(buf));

    text = NULL;

    if (urlmeta_buf_add(&buf, p, cut) == URLMETA_OK
        && urlmeta_buf_add_str(&buf, "\xe2\x80\xa6") == URLMETA_OK)
    {
        text = urlmeta_formats_text(f, buf.data, buf.len);

    } else {
        f->failed = 1;
    }

    urlmeta_buf_free(&buf);

    return text;
}


/* what is no page has no more than a type */

json_t *
urlmeta_formats_link_preview(urlmeta_formats_t *f)
{
    const char  *type;

    type = urlmeta_formats_get(f->card, "http.content_type");

    if (type != NULL
        && (strncasecmp(type, "image/", 6) == 0
            || strncasecmp(type, "audio/", 6) == 0
            || strncasecmp(type, "video/", 6) == 0
            || (strncasecmp(type, "application/", 12) == 0
                && strncasecmp(type + 12, "xhtml", 5) != 0)))
    {
        return urlmeta_formats_object_of(f, urlmeta_formats_preview_file);
    }

    return urlmeta_formats_object_of(f, urlmeta_formats_preview_page);
}


static json_t *
urlmeta_formats_media_type(urlmeta_formats_t *f, json_t *value)
{
    const char  *type;

    type = json_string_value(value);

    if (type == NULL
        || (strcmp(type, "image") != 0 && strcmp(type, "audio") != 0
            && strcmp(type, "video") != 0))
    {
        type = "application";
    }

    return urlmeta_formats_text(f, type, strlen(type));
}


static json_t *
urlmeta_formats_videos(urlmeta_formats_t *f, json_t *value)
{
    json_t  *list, *one;

    one = json_pack("[O]", value);

    if (one == NULL) {
        f->failed = 1;
        return NULL;
    }

    list = urlmeta_formats_list(f, one, urlmeta_formats_preview_video);

    json_decref(one);

    return list;
}
