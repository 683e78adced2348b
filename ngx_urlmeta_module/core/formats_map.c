
/*
 * From card to object by tables.
 */


#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "card_date.h"
#include "formats_map.h"


/* digits of an index or a number, as text */
#define URLMETA_FORMATS_MAX_DIGITS  24


static json_t *urlmeta_formats_value_of(urlmeta_formats_t *f,
    const urlmeta_formats_row_t *row);
static json_t *urlmeta_formats_empty(urlmeta_formats_empty_e empty);
static void urlmeta_formats_put(urlmeta_formats_t *f, json_t *object,
    const char *name, json_t *value);
static json_t *urlmeta_formats_checked(urlmeta_formats_t *f, json_t *value);
static int urlmeta_formats_is_url(const char *url);


void
urlmeta_formats_map(urlmeta_formats_t *f, const urlmeta_formats_row_t *rows,
    json_t *object)
{
    json_t  *value;

    for ( /* void */ ; rows->name != NULL; rows++) {
        value = urlmeta_formats_value_of(f, rows);

        if (value == NULL) {

            if (rows->empty == URLMETA_FORMATS_ABSENT) {
                continue;
            }

            value = urlmeta_formats_empty(rows->empty);
        }

        urlmeta_formats_put(f, object, rows->name, value);
    }
}


json_t *
urlmeta_formats_object_of(urlmeta_formats_t *f,
    const urlmeta_formats_row_t *rows)
{
    json_t  *object;

    object = urlmeta_formats_checked(f, json_object());

    if (object != NULL && rows != NULL) {
        urlmeta_formats_map(f, rows, object);
    }

    return object;
}


json_t *
urlmeta_formats_list(urlmeta_formats_t *f, json_t *items,
    const urlmeta_formats_row_t *rows)
{
    size_t   i;
    json_t  *list, *item, *card;

    if (json_array_size(items) == 0) {
        return NULL;
    }

    list = urlmeta_formats_checked(f, json_array());
    card = f->card;

    json_array_foreach(items, i, item) {
        f->card = item;
        urlmeta_formats_push(f, list, urlmeta_formats_object_of(f, rows));
    }

    f->card = card;

    return list;
}


static json_t *
urlmeta_formats_value_of(urlmeta_formats_t *f,
    const urlmeta_formats_row_t *row)
{
    size_t       n;
    json_t      *value, *made;
    const char  *from;

    from = row->from;

    if (*from == '=') {
        return urlmeta_formats_checked(f, json_loads(from + 1,
                                                     JSON_DECODE_ANY, NULL));
    }

    for ( ;; ) {
        n = strcspn(from, "|");
        value = urlmeta_formats_find(f->card, from, n);

        if (value == NULL || json_is_null(value)) {
            made = NULL;

        } else if (row->make != NULL) {
            made = row->make(f, value);

        } else if (json_is_string(value) && json_string_length(value) == 0) {
            made = NULL;

        } else {
            made = json_incref(value);
        }

        if (made != NULL || from[n] == '\0') {
            return made;
        }

        from += n + 1;
    }
}


static json_t *
urlmeta_formats_empty(urlmeta_formats_empty_e empty)
{
    switch (empty) {

    case URLMETA_FORMATS_TEXT:
        return json_string("");

    case URLMETA_FORMATS_ZERO:
        return json_integer(0);

    case URLMETA_FORMATS_ARRAY:
        return json_array();

    case URLMETA_FORMATS_OBJECT:
        return json_object();

    default:
        return json_null();
    }
}


/* takes the value over; makes the objects on its way that there are not yet */

static void
urlmeta_formats_put(urlmeta_formats_t *f, json_t *object, const char *name,
    json_t *value)
{
    char         key[64];
    size_t       n;
    json_t      *inner;

    for ( ;; ) {
        n = strcspn(name, ".");

        if (name[n] == '\0') {
            urlmeta_formats_set(f, object, name, value);
            return;
        }

        snprintf(key, sizeof(key), "%.*s", (int) n, name);

        inner = json_object_get(object, key);

        if (inner == NULL) {
            inner = json_object();
            urlmeta_formats_set(f, object, key, inner);
            inner = json_object_get(object, key);
        }

        object = inner;
        name += n + 1;
    }
}


void
urlmeta_formats_set(urlmeta_formats_t *f, json_t *object, const char *name,
    json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        f->failed = 1;
    }
}


void
urlmeta_formats_push(urlmeta_formats_t *f, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        f->failed = 1;
    }
}


json_t *
urlmeta_formats_text(urlmeta_formats_t *f, const char *text, size_t len)
{
    return urlmeta_formats_checked(f, json_stringn_nocheck(text, len));
}


static json_t *
urlmeta_formats_checked(urlmeta_formats_t *f, json_t *value)
{
    if (value == NULL) {
        f->failed = 1;
    }

    return value;
}


json_t *
urlmeta_formats_find(json_t *value, const char *path, size_t len)
{
    char         key[64];
    size_t       n;
    const char  *last;

    last = path + len;

    while (path < last && value != NULL) {
        n = strcspn(path, ".|");

        if (*path >= '0' && *path <= '9') {
            value = json_array_get(value, (size_t) (*path - '0'));

        } else {
            snprintf(key, sizeof(key), "%.*s", (int) n, path);
            value = json_object_get(value, key);
        }

        path += n + 1;
    }

    return value;
}


const char *
urlmeta_formats_get(json_t *value, const char *path)
{
    value = urlmeta_formats_find(value, path, strlen(path));

    return json_string_length(value) ? json_string_value(value) : NULL;
}


/* whatever a card says, no other scheme gets into a body */

static int
urlmeta_formats_is_url(const char *url)
{
    return url != NULL && (strncmp(url, "https://", 8) == 0
                           || strncmp(url, "http://", 7) == 0);
}


/* a string, or the "url" of an object */

json_t *
urlmeta_formats_make_url(urlmeta_formats_t *f, json_t *value)
{
    if (json_is_object(value)) {
        value = json_object_get(value, "url");
    }

    return urlmeta_formats_is_url(json_string_value(value))
           ? json_incref(value) : NULL;
}


/* of objects that have one, or of the one */

json_t *
urlmeta_formats_make_urls(urlmeta_formats_t *f, json_t *value)
{
    size_t   i;
    json_t  *list, *item, *url;

    if (!json_is_object(value) && json_array_size(value) == 0) {
        return NULL;
    }

    list = urlmeta_formats_checked(f, json_array());

    url = urlmeta_formats_make_url(f, value);

    if (url != NULL) {
        urlmeta_formats_push(f, list, url);
    }

    json_array_foreach(value, i, item) {
        url = urlmeta_formats_make_url(f, item);

        if (url != NULL) {
            urlmeta_formats_push(f, list, url);
        }
    }

    return list;
}


/* scheme, host and port of an address, and the slash after them */

json_t *
urlmeta_formats_make_origin(urlmeta_formats_t *f, json_t *value)
{
    size_t          n;
    json_t         *origin;
    const char     *url;
    urlmeta_buf_t   buf;

    url = json_string_value(value);

    if (!urlmeta_formats_is_url(url)) {
        return NULL;
    }

    n = (size_t) (strchr(url, ':') - url) + 3;
    n += strcspn(url + n, "/?#");

    memset(&buf, 0, sizeof(buf));

    if (urlmeta_buf_add(&buf, url, n) != URLMETA_OK
        || urlmeta_buf_add_char(&buf, '/') != URLMETA_OK)
    {
        f->failed = 1;
        urlmeta_buf_free(&buf);
        return NULL;
    }

    origin = urlmeta_formats_text(f, buf.data, buf.len);

    urlmeta_buf_free(&buf);

    return origin;
}


/* as Date.prototype.toISOString() of ECMAScript writes it */

json_t *
urlmeta_formats_make_utc(urlmeta_formats_t *f, json_t *value)
{
    char            text[URLMETA_DATE_MAX + 8];
    urlmeta_date_t  date;

    if (!json_is_string(value)
        || !urlmeta_date_parse(&date, json_string_value(value),
                               json_string_length(value))
        || !urlmeta_date_set(&date, date.time))
    {
        return NULL;
    }

    /* YYYY-MM-DDThh:mm:ssZ */

    snprintf(text, sizeof(text), "%.19s.000Z", date.text);

    return urlmeta_formats_text(f, text, strlen(text));
}


/* a number that the reader wants as a string */

json_t *
urlmeta_formats_make_digits(urlmeta_formats_t *f, json_t *value)
{
    char  text[URLMETA_FORMATS_MAX_DIGITS];

    if (!json_is_integer(value)) {
        return NULL;
    }

    snprintf(text, sizeof(text), "%lld",
             (long long) json_integer_value(value));

    return urlmeta_formats_text(f, text, strlen(text));
}


json_t *
urlmeta_formats_make_joined(urlmeta_formats_t *f, json_t *value)
{
    size_t          i;
    json_t         *item, *text;
    urlmeta_buf_t   buf;

    memset(&buf, 0, sizeof(buf));

    json_array_foreach(value, i, item) {

        if ((buf.len != 0 && urlmeta_buf_add(&buf, ", ", 2) != URLMETA_OK)
            || urlmeta_buf_add(&buf, json_string_value(item),
                               json_string_length(item))
               != URLMETA_OK)
        {
            f->failed = 1;
        }
    }

    text = buf.len ? urlmeta_formats_text(f, buf.data, buf.len) : NULL;

    urlmeta_buf_free(&buf);

    return text;
}


/* of a media object: "jpg", "png", "mp4", by its type, else by its address */

json_t *
urlmeta_formats_make_extension(urlmeta_formats_t *f, json_t *value)
{
    size_t       i, n;
    const char  *type, *url, *end, *p;

    static const struct {
        const char  *subtype;
        const char  *extension;
    } names[] = {
        { "jpeg", "jpg" },
        { "svg+xml", "svg" },
        { "x-icon", "ico" },
        { "vnd.microsoft.icon", "ico" },
        { "mpeg", "mp3" },
        { "x-m4a", "m4a" },
        { "quicktime", "mov" }
    };

    type = urlmeta_formats_get(value, "type");

    if (type != NULL && strchr(type, '/') != NULL) {
        type = strchr(type, '/') + 1;

        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            if (strcasecmp(type, names[i].subtype) == 0) {
                type = names[i].extension;
                break;
            }
        }

        n = strcspn(type, "; +");

        return n ? urlmeta_formats_text(f, type, n) : NULL;
    }

    url = urlmeta_formats_get(value, "url");

    if (!urlmeta_formats_is_url(url)) {
        return NULL;
    }

    /* what comes after the last point of the path, and no host's end */

    url = strchr(url, ':') + 3;
    url += strcspn(url, "/?#");
    end = url + strcspn(url, "?#");

    for (p = end; p > url && p[-1] != '.' && p[-1] != '/'; p--) {
        /* void */
    }

    n = (size_t) (end - p);

    if (p == url || p[-1] != '.' || n < 2 || n > 4
        || strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789") < n)
    {
        return NULL;
    }

    return urlmeta_formats_text(f, p, n);
}


/* a Content-Type without its parameters */

json_t *
urlmeta_formats_make_mime(urlmeta_formats_t *f, json_t *value)
{
    size_t       n;
    const char  *type;

    type = json_string_value(value);
    n = type ? strcspn(type, "; \t") : 0;

    return n ? urlmeta_formats_text(f, type, n) : NULL;
}


/* of a card: what kind of resource oEmbed would call it, but for "rich" */

json_t *
urlmeta_formats_make_kind(urlmeta_formats_t *f, json_t *value)
{
    const char  *type, *kind;

    type = urlmeta_formats_get(value, "type");

    if (type != NULL && strcmp(type, "image") == 0) {
        kind = "photo";

    } else if (urlmeta_formats_get(value, "player.url") != NULL
               || (type != NULL && strncmp(type, "video", 5) == 0
                   && urlmeta_formats_get(value, "video.url") != NULL))
    {
        kind = "video";

    } else {
        kind = "link";
    }

    return urlmeta_formats_text(f, kind, strlen(kind));
}


/* of a player: its iframe */

json_t *
urlmeta_formats_make_player(urlmeta_formats_t *f, json_t *value)
{
    json_t      *url, *html;
    json_int_t   width, height;

    url = urlmeta_formats_make_url(f, value);

    if (url == NULL) {
        return NULL;
    }

    width = json_integer_value(json_object_get(value, "width"));
    height = json_integer_value(json_object_get(value, "height"));

    urlmeta_formats_fit(f, &width, &height);

    html = urlmeta_formats_iframe(f, json_string_value(url), width, height);

    json_decref(url);

    return html;
}
