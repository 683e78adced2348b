
/*
 * oEmbed 1.0 (oembed.com), JSON and XML, and what a request asks of it.
 */


#include <string.h>

#include "formats_map.h"


/*
 * Of our own card in an iframe: how wide it may become, and how high it is with
 * as much text as it shows, measured in a browser: without a picture, with one
 * beside, with one above less that picture; and what a narrow one has in
 * addition, as its facts take another line.
 */

#define URLMETA_OEMBED_WIDTH    600
#define URLMETA_OEMBED_TEXT     196
#define URLMETA_OEMBED_THUMB    176
#define URLMETA_OEMBED_LARGE    168
#define URLMETA_OEMBED_NARROW   16

/* a larger one is no size in pixels */
#define URLMETA_OEMBED_MAX      100000


static int urlmeta_oembed_photo(urlmeta_formats_t *f, json_t *body);
static int urlmeta_oembed_video(urlmeta_formats_t *f, json_t *body);
static int urlmeta_oembed_rich(urlmeta_formats_t *f, json_t *body);
static void urlmeta_oembed_thumbnail(urlmeta_formats_t *f, json_t *body);
static void urlmeta_oembed_size(urlmeta_formats_t *f, json_t *body,
    json_int_t width, json_int_t height);
static json_t *urlmeta_oembed_file(urlmeta_formats_t *f, const char *url,
    json_int_t width, json_int_t height);
static const char *urlmeta_formats_argument(const char *args, size_t len,
    const char *name, size_t *value_len);
static unsigned urlmeta_formats_pixels(const char *value, size_t len);


static const urlmeta_formats_row_t  urlmeta_oembed_rows[] = {
    { "version", "=\"1.0\"", NULL, 0 },
    { "type", "=\"link\"", NULL, 0 },
    { "title", "title", NULL, 0 },
    { "author_name", "author.name", NULL, 0 },
    { "author_url", "author.url", urlmeta_formats_make_url, 0 },
    { "provider_name", "site_name|host", NULL, 0 },
    { "provider_url", "url", urlmeta_formats_make_origin, 0 },
    { "description", "description", NULL, 0 },
    { "url", "url", urlmeta_formats_make_url, 0 },
    { NULL, NULL, NULL, 0 }
};


json_t *
urlmeta_formats_oembed(urlmeta_formats_t *f)
{
    json_t      *body, *kind;
    const char  *type;

    body = urlmeta_formats_object_of(f, urlmeta_oembed_rows);
    kind = urlmeta_formats_make_kind(f, f->card);
    type = json_string_value(kind);

    if (body == NULL || type == NULL) {
        json_decref(body);
        json_decref(kind);
        return NULL;
    }

    /* a type whose required members are not all known gives way to the next */

    if (!(strcmp(type, "photo") == 0 && urlmeta_oembed_photo(f, body))
        && !(strcmp(type, "video") == 0 && urlmeta_oembed_video(f, body)))
    {
        (void) urlmeta_oembed_rich(f, body);
    }

    if (strcmp(type, "photo") != 0) {
        urlmeta_oembed_thumbnail(f, body);
    }

    json_decref(kind);

    return body;
}


static int
urlmeta_oembed_photo(urlmeta_formats_t *f, json_t *body)
{
    json_t      *image, *url;
    json_int_t   width, height;

    image = json_object_get(f->card, "image");
    width = json_integer_value(json_object_get(image, "width"));
    height = json_integer_value(json_object_get(image, "height"));

    if (width <= 0 || height <= 0) {
        return 0;
    }

    url = urlmeta_formats_make_url(f, image);

    if (url == NULL) {
        return 0;
    }

    urlmeta_formats_fit(f, &width, &height);

    urlmeta_formats_set(f, body, "type", urlmeta_formats_text(f, "photo", 5));
    urlmeta_formats_set(f, body, "url", url);
    urlmeta_oembed_size(f, body, width, height);

    return 1;
}


static int
urlmeta_oembed_video(urlmeta_formats_t *f, json_t *body)
{
    json_t      *media, *url;
    json_int_t   width, height;

    media = json_object_get(f->card, "player");
    url = urlmeta_formats_make_url(f, media);

    if (url == NULL) {
        media = json_object_get(f->card, "video");
        url = urlmeta_formats_make_url(f, media);
    }

    if (url == NULL) {
        return 0;
    }

    width = json_integer_value(json_object_get(media, "width"));
    height = json_integer_value(json_object_get(media, "height"));

    urlmeta_formats_fit(f, &width, &height);

    urlmeta_formats_set(f, body, "type", urlmeta_formats_text(f, "video", 5));
    urlmeta_formats_set(f, body, "html",
                        media == json_object_get(f->card, "player")
                        ? urlmeta_formats_iframe(f, json_string_value(url),
                                                 width, height)
                        : urlmeta_oembed_file(f, json_string_value(url),
                                              width, height));
    urlmeta_oembed_size(f, body, width, height);

    json_decref(url);

    return 1;
}


/* our own card, where the configuration says at which address it is */

static int
urlmeta_oembed_rich(urlmeta_formats_t *f, json_t *body)
{
    unsigned     max_width, max_height;
    json_int_t   width, height;
    const char  *layout;

    if (f->options == NULL || f->options->embed_len == 0
        || urlmeta_formats_get(f->card, "requested_url") == NULL)
    {
        return 0;
    }

    max_width = f->options->max_width;
    max_height = f->options->max_height;

    width = URLMETA_OEMBED_WIDTH;

    if (max_width && width > max_width) {
        width = max_width;
    }

    layout = urlmeta_formats_get(f->card, "layout");

    if (layout != NULL && strcmp(layout, "large") == 0) {
        height = width * 314 / 600 + URLMETA_OEMBED_LARGE;

    } else if (layout != NULL && strcmp(layout, "thumb") == 0) {
        height = URLMETA_OEMBED_THUMB;

    } else {
        height = URLMETA_OEMBED_TEXT;
    }

    if (width < 400) {
        height += URLMETA_OEMBED_NARROW;
    }

    if (max_height && height > max_height) {
        height = max_height;
    }

    urlmeta_formats_set(f, body, "type", urlmeta_formats_text(f, "rich", 4));
    urlmeta_formats_set(f, body, "html",
                        urlmeta_formats_embed(f, width, height));
    urlmeta_oembed_size(f, body, width, height);

    return 1;
}


/* all three members or none, and nothing larger than was asked for */

static void
urlmeta_oembed_thumbnail(urlmeta_formats_t *f, json_t *body)
{
    json_t      *image, *url;
    json_int_t   width, height;

    image = json_object_get(f->card, "image");
    width = json_integer_value(json_object_get(image, "width"));
    height = json_integer_value(json_object_get(image, "height"));

    if (width <= 0 || height <= 0
        || (f->options != NULL
            && ((f->options->max_width && width > f->options->max_width)
                || (f->options->max_height
                    && height > f->options->max_height))))
    {
        return;
    }

    url = urlmeta_formats_make_url(f, image);

    if (url == NULL) {
        return;
    }

    urlmeta_formats_set(f, body, "thumbnail_url", url);
    urlmeta_formats_set(f, body, "thumbnail_width", json_integer(width));
    urlmeta_formats_set(f, body, "thumbnail_height", json_integer(height));
}


static void
urlmeta_oembed_size(urlmeta_formats_t *f, json_t *body, json_int_t width,
    json_int_t height)
{
    urlmeta_formats_set(f, body, "width", json_integer(width));
    urlmeta_formats_set(f, body, "height", json_integer(height));
}


/* of a URL that is a video */

static json_t *
urlmeta_oembed_file(urlmeta_formats_t *f, const char *url, json_int_t width,
    json_int_t height)
{
    json_t         *html;
    urlmeta_buf_t   buf;

    memset(&buf, 0, sizeof(buf));

    html = NULL;

    if (urlmeta_buf_add_str(&buf, "<video src=\"") == URLMETA_OK
        && urlmeta_formats_escape(url, strlen(url), &buf) == URLMETA_OK
        && urlmeta_buf_printf(&buf, "\" width=\"%lld\" height=\"%lld\" "
                              "controls preload=\"none\"></video>",
                              (long long) width, (long long) height)
           == URLMETA_OK)
    {
        html = urlmeta_formats_text(f, buf.data, buf.len);

    } else {
        f->failed = 1;
    }

    urlmeta_buf_free(&buf);

    return html;
}


/* an object of strings and numbers, whose keys are names of XML */

int
urlmeta_formats_xml(json_t *body, urlmeta_buf_t *out)
{
    int          rc;
    size_t       start;
    json_t      *value;
    const char  *key;

    start = out->len;

    rc = urlmeta_buf_add_str(out, "<?xml version=\"1.0\" encoding=\"utf-8\" "
                             "standalone=\"yes\"?>\n<oembed>");

    json_object_foreach(body, key, value) {

        if (rc == URLMETA_OK) {
            rc = urlmeta_buf_printf(out, "<%s>", key);
        }

        if (rc == URLMETA_OK) {
            rc = json_is_string(value)
                 ? urlmeta_formats_escape(json_string_value(value),
                                          json_string_length(value), out)
                 : urlmeta_formats_json(value, out);
        }

        if (rc == URLMETA_OK) {
            rc = urlmeta_buf_printf(out, "</%s>", key);
        }
    }

    if (rc == URLMETA_OK) {
        rc = urlmeta_buf_add_str(out, "</oembed>\n");
    }

    if (rc != URLMETA_OK && out->data != NULL) {
        out->len = start;
        out->data[start] = '\0';
    }

    return rc;
}


int
urlmeta_format_arguments(urlmeta_format_e *format,
    urlmeta_format_options_t *options, const char *args, size_t len)
{
    size_t       n;
    const char  *value;

    if (*format == URLMETA_FORMAT_IFRAMELY) {
        value = urlmeta_formats_argument(args, len, "group", &n);

        options->group = (value != NULL && n != 0
                          && !(n == 1 && *value == '0')
                          && !(n == 5 && memcmp(value, "false", 5) == 0));

        return 1;
    }

    if (*format != URLMETA_FORMAT_OEMBED
        && *format != URLMETA_FORMAT_OEMBED_XML)
    {
        return 1;
    }

    value = urlmeta_formats_argument(args, len, "maxwidth", &n);
    options->max_width = value ? urlmeta_formats_pixels(value, n) : 0;

    value = urlmeta_formats_argument(args, len, "maxheight", &n);
    options->max_height = value ? urlmeta_formats_pixels(value, n) : 0;

    if (*format == URLMETA_FORMAT_OEMBED_XML) {
        return 1;
    }

    /* the argument may be what names this format itself */

    value = urlmeta_formats_argument(args, len, "format", &n);

    if (value == NULL || n == 0
        || (n == 4 && memcmp(value, "json", 4) == 0)
        || (n == 6 && memcmp(value, "oembed", 6) == 0))
    {
        return 1;
    }

    if ((n == 3 && memcmp(value, "xml", 3) == 0)
        || (n == 10 && memcmp(value, "oembed-xml", 10) == 0))
    {
        *format = URLMETA_FORMAT_OEMBED_XML;
        return 1;
    }

    return 0;
}


/* the value of the first argument of the name, as it stands */

static const char *
urlmeta_formats_argument(const char *args, size_t len, const char *name,
    size_t *value_len)
{
    size_t       name_len;
    const char  *p, *last, *end;

    name_len = strlen(name);
    p = args;
    last = p + len;

    while (p < last) {
        end = memchr(p, '&', (size_t) (last - p));

        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) > name_len && p[name_len] == '='
            && memcmp(p, name, name_len) == 0)
        {
            *value_len = (size_t) (end - p) - name_len - 1;
            return p + name_len + 1;
        }

        p = end + 1;
    }

    return NULL;
}


/* 0, which limits nothing, for what is no number of pixels */

static unsigned
urlmeta_formats_pixels(const char *value, size_t len)
{
    size_t    i;
    unsigned  n;

    n = 0;

    for (i = 0; i < len; i++) {

        if (value[i] < '0' || value[i] > '9') {
            return 0;
        }

        n = n * 10 + (unsigned) (value[i] - '0');

        if (n > URLMETA_OEMBED_MAX) {
            return 0;
        }
    }

    return n;
}
