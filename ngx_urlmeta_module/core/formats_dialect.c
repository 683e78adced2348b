
/*
 * The bodies that clients of other services expect, as far as they are tables.
 */


#include <string.h>

#include "formats_map.h"


typedef struct {
    const urlmeta_formats_row_t  *rows;
    json_t                      *(*body)(urlmeta_formats_t *f);
} urlmeta_formats_dialect_t;


static json_t *urlmeta_formats_microlink_media(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_microlink_hops(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_ogs_images(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_ogs_json_ld(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_mastodon_authors(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_mastodon_width(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_mastodon_height(urlmeta_formats_t *f,
    json_t *value);
static json_t *urlmeta_formats_mastodon_side(urlmeta_formats_t *f,
    json_t *value, int height);
static json_t *urlmeta_formats_style(urlmeta_formats_t *f, json_t *value);
static json_t *urlmeta_formats_activity(urlmeta_formats_t *f, json_t *value);
static json_t *urlmeta_formats_embed_url(urlmeta_formats_t *f, json_t *value);


/* the link tool of Editor.js: showLinkPreview() */

static const urlmeta_formats_row_t  urlmeta_formats_editorjs[] = {
    { "success", "=1", NULL, 0 },
    { "link", "url", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { "meta.title", "title", NULL, URLMETA_FORMATS_TEXT },
    { "meta.site_name", "site_name|host", NULL, URLMETA_FORMATS_TEXT },
    { "meta.description", "description", NULL, URLMETA_FORMATS_TEXT },
    { "meta.image.url", "image.url", urlmeta_formats_make_url, 0 },
    { NULL, NULL, NULL, 0 }
};


/* tldraw's bookmarks, cloudflare-workers-unfurl */

static const urlmeta_formats_row_t  urlmeta_formats_unfurl[] = {
    { "title", "title", NULL, 0 },
    { "description", "description", NULL, 0 },
    { "image", "image.url", urlmeta_formats_make_url, 0 },
    { "favicon", "icon.url", urlmeta_formats_make_url, 0 },
    { "imageWidth", "image.width", NULL, 0 },
    { "imageHeight", "image.height", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_microlink[] = {
    { "status", "=\"success\"", NULL, 0 },
    { "data.title", "title", NULL, URLMETA_FORMATS_NULL },
    { "data.description", "description", NULL, URLMETA_FORMATS_NULL },
    { "data.lang", "language", NULL, URLMETA_FORMATS_NULL },
    { "data.author", "author.name", NULL, URLMETA_FORMATS_NULL },
    { "data.publisher", "site_name", NULL, URLMETA_FORMATS_NULL },
    { "data.image", "image", urlmeta_formats_microlink_media,
      URLMETA_FORMATS_NULL },
    { "data.date", "published", urlmeta_formats_make_utc,
      URLMETA_FORMATS_NULL },
    { "data.url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "data.logo", "logo|icon", urlmeta_formats_microlink_media,
      URLMETA_FORMATS_NULL },
    { "data.video", "video", urlmeta_formats_microlink_media,
      URLMETA_FORMATS_NULL },
    { "data.audio", "audio", urlmeta_formats_microlink_media,
      URLMETA_FORMATS_NULL },
    { "statusCode", "=200", NULL, 0 },
    { "headers", "={}", NULL, 0 },
    { "headers.content-type", "http.content_type", NULL, 0 },
    { "headers.last-modified", "http.last_modified", NULL, 0 },
    { "redirects", "http.redirects", urlmeta_formats_microlink_hops,
      URLMETA_FORMATS_ARRAY },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_microlink_file[] = {
    { "url", "url", urlmeta_formats_make_url, 0 },
    { "type", "", urlmeta_formats_make_extension, URLMETA_FORMATS_NULL },
    { "width", "width", NULL, 0 },
    { "height", "height", NULL, 0 },
    { "duration", "duration", NULL, 0 },
    { "alt", "alt", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_microlink_hop[] = {
    { "statusCode", "status", NULL, 0 },
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { NULL, NULL, NULL, 0 }
};


/* a homeserver's; without a media repository there is no og:image */

static const urlmeta_formats_row_t  urlmeta_formats_matrix[] = {
    { "og:title", "title", NULL, 0 },
    { "og:description", "description", NULL, 0 },
    { "og:site_name", "site_name|host", NULL, 0 },
    { "og:type", "type", NULL, 0 },
    { "og:url", "url", urlmeta_formats_make_url, 0 },
    { NULL, NULL, NULL, 0 }
};


/* "result" of open-graph-scraper: camel case, sizes as strings */

static const urlmeta_formats_row_t  urlmeta_formats_ogs[] = {
    { "success", "=true", NULL, 0 },
    { "requestUrl", "requested_url", NULL, URLMETA_FORMATS_TEXT },
    { "ogTitle", "title", NULL, 0 },
    { "ogDescription", "description", NULL, 0 },
    { "ogType", "type", NULL, 0 },
    { "ogUrl", "url", urlmeta_formats_make_url, 0 },
    { "ogSiteName", "site_name", NULL, 0 },
    { "ogLocale", "locale", NULL, 0 },
    { "ogImage", "images", urlmeta_formats_ogs_images, 0 },
    { "ogVideo", "video", urlmeta_formats_ogs_images, 0 },
    { "ogAudio", "audio.url", urlmeta_formats_make_url, 0 },
    { "ogAudioType", "audio.type", NULL, 0 },
    { "twitterCard", "twitter.card", NULL, 0 },
    { "twitterSite", "twitter.site", NULL, 0 },
    { "twitterCreator", "twitter.creator", NULL, 0 },
    { "twitterPlayer", "player", urlmeta_formats_ogs_images, 0 },
    { "articlePublishedTime", "published", NULL, 0 },
    { "articleModifiedTime", "modified", NULL, 0 },
    { "articleSection", "section", NULL, 0 },
    { "articleTag", "tags", urlmeta_formats_make_joined, 0 },
    { "author", "author.name", NULL, 0 },
    { "favicon", "icon.url", urlmeta_formats_make_url, 0 },
    { "charset", "http.charset", NULL, 0 },
    { "jsonLD", "json_ld", urlmeta_formats_ogs_json_ld, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_ogs_media[] = {
    { "url", "url", urlmeta_formats_make_url, 0 },
    { "width", "width", urlmeta_formats_make_digits, 0 },
    { "height", "height", urlmeta_formats_make_digits, 0 },
    { "type", "", urlmeta_formats_make_extension, 0 },
    { "alt", "alt", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_metascraper[] = {
    { "title", "title", NULL, URLMETA_FORMATS_NULL },
    { "description", "description", NULL, URLMETA_FORMATS_NULL },
    { "image", "image", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "author", "author.name", NULL, URLMETA_FORMATS_NULL },
    { "date", "published|modified", urlmeta_formats_make_utc,
      URLMETA_FORMATS_NULL },
    { "publisher", "site_name", NULL, URLMETA_FORMATS_NULL },
    { "logo", "logo|icon", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "lang", "language", NULL, URLMETA_FORMATS_NULL },
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "video", "video", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "audio", "audio", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "feed", "feeds.0", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "iframe", "player", urlmeta_formats_make_player, URLMETA_FORMATS_NULL },
    { NULL, NULL, NULL, 0 }
};


/* @dhaiwat10/react-link-preview: the body of its proxy */

static const urlmeta_formats_row_t  urlmeta_formats_rlp[] = {
    { "metadata.title", "title", NULL, URLMETA_FORMATS_NULL },
    { "metadata.description", "description", NULL, URLMETA_FORMATS_NULL },
    { "metadata.image", "image", urlmeta_formats_make_url,
      URLMETA_FORMATS_NULL },
    { "metadata.siteName", "site_name", NULL, URLMETA_FORMATS_NULL },
    { "metadata.hostname", "host", NULL, URLMETA_FORMATS_NULL },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_summaly[] = {
    { "title", "title", NULL, URLMETA_FORMATS_NULL },
    { "icon", "icon", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "description", "description", NULL, URLMETA_FORMATS_NULL },
    { "thumbnail", "image", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "thumbnailStyle", "layout", urlmeta_formats_style,
      URLMETA_FORMATS_NULL },
    { "player.url", "player", urlmeta_formats_make_url,
      URLMETA_FORMATS_NULL },
    { "player.width", "player.width", NULL, URLMETA_FORMATS_NULL },
    { "player.height", "player.height", NULL, URLMETA_FORMATS_NULL },
    { "player.allow", "=[\"autoplay\",\"encrypted-media\",\"fullscreen\"]",
      NULL, 0 },
    { "sitename", "site_name|host", NULL, URLMETA_FORMATS_NULL },
    { "sensitive", "=false", NULL, 0 },
    { "activityPub", "alternates", urlmeta_formats_activity,
      URLMETA_FORMATS_NULL },
    { "fediverseCreator", "fediverse_creator", NULL, URLMETA_FORMATS_NULL },
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { NULL, NULL, NULL, 0 }
};


/* the entity PreviewCard: its strings are empty, never null */

static const urlmeta_formats_row_t  urlmeta_formats_mastodon[] = {
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { "title", "title", NULL, URLMETA_FORMATS_TEXT },
    { "description", "description", NULL, URLMETA_FORMATS_TEXT },
    { "language", "language", NULL, URLMETA_FORMATS_NULL },
    { "type", "", urlmeta_formats_make_kind, 0 },
    { "authors", "authors", urlmeta_formats_mastodon_authors,
      URLMETA_FORMATS_ARRAY },
    { "author_name", "author.name", NULL, URLMETA_FORMATS_TEXT },
    { "author_url", "author.url", urlmeta_formats_make_url,
      URLMETA_FORMATS_TEXT },
    { "provider_name", "site_name|host", NULL, URLMETA_FORMATS_TEXT },
    { "provider_url", "url", urlmeta_formats_make_origin,
      URLMETA_FORMATS_TEXT },
    { "html", "player", urlmeta_formats_make_player, URLMETA_FORMATS_TEXT },
    { "width", "", urlmeta_formats_mastodon_width, URLMETA_FORMATS_ZERO },
    { "height", "", urlmeta_formats_mastodon_height, URLMETA_FORMATS_ZERO },
    { "image", "image", urlmeta_formats_make_url, URLMETA_FORMATS_NULL },
    { "image_description", "image.alt", NULL, URLMETA_FORMATS_TEXT },
    { "embed_url", "", urlmeta_formats_embed_url, URLMETA_FORMATS_TEXT },
    { "blurhash", "=null", NULL, 0 },
    { "published_at", "published", urlmeta_formats_make_utc,
      URLMETA_FORMATS_NULL },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_row_t  urlmeta_formats_mastodon_author[] = {
    { "name", "name", NULL, URLMETA_FORMATS_TEXT },
    { "url", "url", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { "account", "=null", NULL, 0 },
    { NULL, NULL, NULL, 0 }
};


/* wp-block-editor/v1/url-details */

static const urlmeta_formats_row_t  urlmeta_formats_wordpress[] = {
    { "title", "title", NULL, URLMETA_FORMATS_TEXT },
    { "icon", "icon", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { "description", "description", NULL, URLMETA_FORMATS_TEXT },
    { "image", "image", urlmeta_formats_make_url, URLMETA_FORMATS_TEXT },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_formats_dialect_t
    urlmeta_formats_dialects[URLMETA_FORMAT_MAX] =
{
    [URLMETA_FORMAT_OEMBED] = { NULL, urlmeta_formats_oembed },
    [URLMETA_FORMAT_OEMBED_XML] = { NULL, urlmeta_formats_oembed },
    [URLMETA_FORMAT_EDITORJS] = { urlmeta_formats_editorjs, NULL },
    [URLMETA_FORMAT_UNFURL] = { urlmeta_formats_unfurl, NULL },
    [URLMETA_FORMAT_MICROLINK] = { urlmeta_formats_microlink, NULL },
    [URLMETA_FORMAT_IFRAMELY] = { NULL, urlmeta_formats_iframely },
    [URLMETA_FORMAT_MATRIX] = { urlmeta_formats_matrix, NULL },
    [URLMETA_FORMAT_OGS] = { urlmeta_formats_ogs, NULL },
    [URLMETA_FORMAT_LINK_PREVIEW_JS] = { NULL, urlmeta_formats_link_preview },
    [URLMETA_FORMAT_METASCRAPER] = { urlmeta_formats_metascraper, NULL },
    [URLMETA_FORMAT_RLP] = { urlmeta_formats_rlp, NULL },
    [URLMETA_FORMAT_SUMMALY] = { urlmeta_formats_summaly, NULL },
    [URLMETA_FORMAT_MASTODON] = { urlmeta_formats_mastodon, NULL },
    [URLMETA_FORMAT_WORDPRESS] = { urlmeta_formats_wordpress, NULL },
    [URLMETA_FORMAT_DISCORD] = { NULL, urlmeta_formats_discord }
};


int
urlmeta_formats_is_dialect(urlmeta_format_e format)
{
    return (unsigned) format < URLMETA_FORMAT_MAX
           && (urlmeta_formats_dialects[format].rows != NULL
               || urlmeta_formats_dialects[format].body != NULL);
}


int
urlmeta_formats_dialect(urlmeta_format_e format, json_t *card,
    const urlmeta_format_options_t *options, urlmeta_buf_t *out)
{
    int                               rc;
    json_t                           *body;
    urlmeta_formats_t                 f;
    const urlmeta_formats_dialect_t  *dialect;

    memset(&f, 0, sizeof(urlmeta_formats_t));

    f.card = card;
    f.options = options;

    dialect = &urlmeta_formats_dialects[format];

    body = dialect->rows != NULL ? urlmeta_formats_object_of(&f, dialect->rows)
                                 : dialect->body(&f);

    if (body == NULL || f.failed) {
        rc = URLMETA_ERROR;

    } else if (format == URLMETA_FORMAT_OEMBED_XML) {
        rc = urlmeta_formats_xml(body, out);

    } else {
        rc = urlmeta_formats_json(body, out);
    }

    json_decref(body);

    return rc;
}


/* an object with an address, or nothing */

static json_t *
urlmeta_formats_microlink_media(urlmeta_formats_t *f, json_t *value)
{
    json_t  *card, *media;

    media = urlmeta_formats_make_url(f, value);

    if (media == NULL) {
        return NULL;
    }

    json_decref(media);

    card = f->card;
    f->card = value;

    media = urlmeta_formats_object_of(f, urlmeta_formats_microlink_file);

    f->card = card;

    return media;
}


static json_t *
urlmeta_formats_microlink_hops(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_list(f, value, urlmeta_formats_microlink_hop);
}


/* a list of media, or a list of the one */

static json_t *
urlmeta_formats_ogs_images(urlmeta_formats_t *f, json_t *value)
{
    json_t  *list, *one;

    if (json_is_array(value)) {
        return urlmeta_formats_list(f, value, urlmeta_formats_ogs_media);
    }

    one = json_pack("[O]", value);

    if (one == NULL) {
        f->failed = 1;
        return NULL;
    }

    list = urlmeta_formats_list(f, one, urlmeta_formats_ogs_media);

    json_decref(one);

    return list;
}


/* what could be read; there with details only */

static json_t *
urlmeta_formats_ogs_json_ld(urlmeta_formats_t *f, json_t *value)
{
    size_t   i;
    json_t  *list, *item, *block;

    list = json_array();

    json_array_foreach(value, i, item) {
        block = json_object_get(item, "value");

        if (block != NULL) {
            urlmeta_formats_push(f, list, json_incref(block));
        }
    }

    if (list == NULL) {
        f->failed = 1;
    }

    return list;
}


static json_t *
urlmeta_formats_mastodon_authors(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_list(f, value, urlmeta_formats_mastodon_author);
}


static json_t *
urlmeta_formats_mastodon_width(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_mastodon_side(f, value, 0);
}


static json_t *
urlmeta_formats_mastodon_height(urlmeta_formats_t *f, json_t *value)
{
    return urlmeta_formats_mastodon_side(f, value, 1);
}


/* of the player, as its iframe has it, else of the picture */

static json_t *
urlmeta_formats_mastodon_side(urlmeta_formats_t *f, json_t *value, int height)
{
    json_t      *media, *url;
    json_int_t   sides[2];

    media = json_object_get(value, "player");
    url = urlmeta_formats_make_url(f, media);

    if (url == NULL) {
        media = json_object_get(value, "image");
    }

    sides[0] = json_integer_value(json_object_get(media, "width"));
    sides[1] = json_integer_value(json_object_get(media, "height"));

    if (url != NULL) {
        urlmeta_formats_fit(f, &sides[0], &sides[1]);
        json_decref(url);
    }

    media = json_integer(sides[height] > 0 ? sides[height] : 0);

    if (media == NULL) {
        f->failed = 1;
    }

    return media;
}


/* of a layout: the Twitter card that would look like it */

static json_t *
urlmeta_formats_style(urlmeta_formats_t *f, json_t *value)
{
    const char  *layout, *style;

    layout = json_string_value(value);

    if (layout == NULL || strcmp(layout, "text") == 0) {
        return NULL;
    }

    style = strcmp(layout, "large") == 0 ? "summary_large_image" : "summary";

    return urlmeta_formats_text(f, style, strlen(style));
}


/* where the page is as an object of ActivityPub */

static json_t *
urlmeta_formats_activity(urlmeta_formats_t *f, json_t *value)
{
    size_t       i;
    json_t      *item;
    const char  *type;

    json_array_foreach(value, i, item) {
        type = urlmeta_formats_get(item, "type");

        if (type != NULL && strcmp(type, "application/activity+json") == 0) {
            return urlmeta_formats_make_url(f, item);
        }
    }

    return NULL;
}


/* a photo's own address */

static json_t *
urlmeta_formats_embed_url(urlmeta_formats_t *f, json_t *value)
{
    const char  *type;

    type = urlmeta_formats_get(value, "type");

    if (type == NULL || strcmp(type, "image") != 0) {
        return NULL;
    }

    return urlmeta_formats_make_url(f, json_object_get(value, "image"));
}
