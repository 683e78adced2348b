
/*
 * Open Graph objects, and the pictures of a card.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_media.h"


/* a picture with a declared side shorter than this is for counting visits */
#define URLMETA_CARD_MIN_SIDE    50

/* a picture of that shape is shown across a card */
#define URLMETA_CARD_LARGE_SIDE  600


static void urlmeta_card_og_image(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name);
static void urlmeta_card_twitter_image(urlmeta_card_t *c);
static void urlmeta_card_jsonld_image(urlmeta_card_t *c, json_t *value,
    const urlmeta_rule_t *rule);
static int urlmeta_card_add_image(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static void urlmeta_card_image_source(urlmeta_card_t *c, json_t *image,
    const urlmeta_rule_t *rule, json_t *stated);
static int urlmeta_card_wins(urlmeta_card_t *c, json_t *image);
static void urlmeta_card_best_image(urlmeta_card_t *c, size_t icons);
static int urlmeta_card_small(json_t *image);


static const urlmeta_rule_t  urlmeta_itself = {
    URLMETA_RULE_PAGE, "url", 0
};


/*
 * ogp.me: a property belongs to the last root before it.  "og:image" and
 * "og:image:url" open an object, but the one that repeats the other, and
 * "og:image:secure_url" opens one where no object wants it.
 */

void
urlmeta_card_og(urlmeta_card_t *c, const char *prefix, urlmeta_og_pt handler)
{
    int            opens;
    size_t         i, n, len;
    json_t        *item, *content;
    const char    *name, *property;
    urlmeta_og_t   og;

    memset(&og, 0, sizeof(og));

    n = 0;
    len = strlen(prefix);

    json_array_foreach(json_object_get(c->page, "meta"), i, item) {
        name = json_string_value(json_object_get(item, "name"));
        content = json_object_get(item, "content");

        if (name == NULL || strncmp(name, prefix, len) != 0
            || json_string_length(content) == 0)
        {
            continue;
        }

        property = name + len;

        if (*property == '\0' || strcmp(property, ":url") == 0) {

            if (og.url == NULL && og.secure_url != NULL) {
                og.url = content;
                og.opened_by = name;
                continue;
            }

            if (og.url != NULL && strcmp(og.opened_by, name) != 0
                && json_equal(og.url, content))
            {
                continue;
            }

            opens = 1;

        } else if (strcmp(property, ":secure_url") == 0) {
            opens = (og.url == NULL || og.secure_url != NULL);

            if (!opens) {
                og.secure_url = content;
                continue;
            }

        } else {
            opens = 0;
        }

        if (opens) {
            if (og.url != NULL || og.secure_url != NULL) {
                handler(c, &og, prefix);

                if (++n == URLMETA_CARD_MAX_IMAGES) {
                    return;
                }
            }

            memset(&og, 0, sizeof(og));

            if (strcmp(property, ":secure_url") == 0) {
                og.secure_url = content;

            } else {
                og.url = content;
            }

            og.opened_by = name;
            continue;
        }

        /* the first of a property counts */

        if (strcmp(property, ":type") == 0) {
            og.type = og.type ? og.type : content;

        } else if (strcmp(property, ":width") == 0) {
            og.width = og.width ? og.width : content;

        } else if (strcmp(property, ":height") == 0) {
            og.height = og.height ? og.height : content;

        } else if (strcmp(property, ":alt") == 0) {
            og.alt = og.alt ? og.alt : content;

        } else if (strcmp(property, ":duration") == 0) {
            og.duration = og.duration ? og.duration : content;
        }
    }

    if (og.url != NULL || og.secure_url != NULL) {
        handler(c, &og, prefix);
    }
}


/* a page that came by TLS may show its secure picture only */

size_t
urlmeta_card_og_url(urlmeta_card_t *c, const urlmeta_og_t *og)
{
    size_t   len;
    json_t  *first, *second;

    first = og->url;
    second = og->secure_url;

    if (strncmp(c->effective, "https:", 6) == 0 && second != NULL) {
        first = og->secure_url;
        second = og->url;
    }

    len = 0;

    if (first != NULL) {
        len = urlmeta_card_url(c, json_string_value(first),
                               json_string_length(first));
    }

    if (len == 0 && second != NULL) {
        len = urlmeta_card_url(c, json_string_value(second),
                               json_string_length(second));
    }

    return len;
}


void
urlmeta_card_images(urlmeta_card_t *c)
{
    size_t   i, k, icons;
    json_t  *images;

    static const urlmeta_rule_t  jsonld[] = {
        { URLMETA_RULE_JSONLD_URL, "image", 0 },
        { URLMETA_RULE_JSONLD_URL, "thumbnailUrl", 0 },
        { URLMETA_RULE_JSONLD_URL, "thumbnail", 0 },
        { URLMETA_RULE_JSONLD_URL, "primaryImageOfPage", 0 },
        { URLMETA_RULE_END, NULL, 0 }
    };

    static const urlmeta_rule_t  rules[] = {
        { URLMETA_RULE_ITEMPROP, "image", 0 },
        { URLMETA_RULE_ITEMPROP, "thumbnailurl", 0 },
        { URLMETA_RULE_LINK, "image_src", 0 },
        { URLMETA_RULE_META, "thumbnail", 0 },
        { URLMETA_RULE_META, "parsely-image-url", 0 },
        { URLMETA_RULE_META, "sailthru.image.full", 0 },
        { URLMETA_RULE_END, NULL, 0 }
    };

    static const urlmeta_rule_t  tile = {
        URLMETA_RULE_META, "msapplication-tileimage", 0
    };

    images = json_array();
    urlmeta_card_set(c, c->card, "image", json_null());
    urlmeta_card_set(c, c->card, "image_is_icon", json_false());
    urlmeta_card_set(c, c->card, "images", images);

    if (c->failed) {
        return;
    }

    if (strcmp(c->kind, "image") == 0) {
        urlmeta_card_itself(c, "image");
        return;
    }

    urlmeta_card_og(c, "og:image", urlmeta_card_og_image);
    urlmeta_card_twitter_image(c);

    /* a node that speaks last does so before what is for other uses */

    for (i = 0; c->late && rules[i].type != URLMETA_RULE_META; i++) {
        urlmeta_card_walk(c, &rules[i], urlmeta_card_add_image, images);
    }

    for (k = 0; c->node != NULL && jsonld[k].name != NULL; k++) {
        urlmeta_card_jsonld_image(c, urlmeta_jsonld_get(c->ld, c->node,
                                                        jsonld[k].name),
                                  &jsonld[k]);
    }

    for ( /* void */ ; rules[i].name != NULL; i++) {
        urlmeta_card_walk(c, &rules[i], urlmeta_card_add_image, images);
    }

    /* from here on pictures are icons, but for one of the body */

    icons = json_array_size(images);
    urlmeta_card_walk(c, &tile, urlmeta_card_add_image, images);

    if (json_array_size(images) == 0) {
        urlmeta_card_body_images(c);
        icons = json_array_size(images);

        if (icons == 0) {
            urlmeta_card_icon_image(c);
        }
    }

    urlmeta_card_best_image(c, icons);
}


/* the picture of that address, made where there is none; NULL if it is full */

json_t *
urlmeta_card_image(urlmeta_card_t *c, json_t *images, const char *url,
    size_t len)
{
    size_t       i;
    json_t      *image, *known;

    json_array_foreach(images, i, image) {
        known = json_object_get(image, "url");

        if (json_string_length(known) == len
            && memcmp(json_string_value(known), url, len) == 0)
        {
            return image;
        }
    }

    if (json_array_size(images) >= URLMETA_CARD_MAX_IMAGES) {
        return NULL;
    }

    image = json_object();
    urlmeta_card_append(c, images, image);

    if (c->failed) {
        return NULL;
    }

    urlmeta_card_set(c, image, "url", urlmeta_card_string(c, url, len));
    urlmeta_card_set(c, image, "width", json_null());
    urlmeta_card_set(c, image, "height", json_null());
    urlmeta_card_set(c, image, "alt", json_null());
    urlmeta_card_set(c, image, "type", json_null());

    return image;
}


/* sets a member that is null still; "value" is a new reference or NULL */

void
urlmeta_card_fill(urlmeta_card_t *c, json_t *object, const char *key,
    json_t *value)
{
    if (value == NULL) {
        return;
    }

    if (!json_is_null(json_object_get(object, key))) {
        json_decref(value);
        return;
    }

    urlmeta_card_set(c, object, key, value);
}


static void
urlmeta_card_og_image(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name)
{
    int              width, height;
    size_t           len;
    json_t          *image, *stated;
    urlmeta_rule_t   rule;

    rule.type = URLMETA_RULE_META;
    rule.name = name;
    rule.limit = 0;

    stated = og->url ? og->url : og->secure_url;
    len = urlmeta_card_og_url(c, og);

    image = NULL;

    if (len != 0) {
        image = urlmeta_card_image(c, json_object_get(c->card, "images"),
                                   c->url, len);
    }

    if (image == NULL) {
        urlmeta_card_image_source(c, NULL, &rule, stated);
        return;
    }

    width = urlmeta_card_side(og->width);
    height = urlmeta_card_side(og->height);

    urlmeta_card_fill(c, image, "width", width ? json_integer(width) : NULL);
    urlmeta_card_fill(c, image, "height", height ? json_integer(height)
                                                 : NULL);
    urlmeta_card_fill(c, image, "type", urlmeta_card_mime(c, og->type));

    if (og->alt != NULL) {
        urlmeta_card_fill(c, image, "alt",
                          urlmeta_card_text(c, json_string_value(og->alt),
                                            json_string_length(og->alt),
                                            URLMETA_CARD_ALT));
    }

    urlmeta_card_image_source(c, image, &rule, stated);
}


static void
urlmeta_card_twitter_image(urlmeta_card_t *c)
{
    size_t           i, len, alt_len;
    json_t          *images, *last;
    const char      *alt;

    static const urlmeta_rule_t  rules[] = {
        { URLMETA_RULE_META, "twitter:image", 0 },
        { URLMETA_RULE_META, "twitter:image:src", 0 },
        { URLMETA_RULE_END, NULL, 0 }
    };

    images = json_object_get(c->card, "images");
    len = json_array_size(images);

    for (i = 0; rules[i].name != NULL; i++) {
        urlmeta_card_walk(c, &rules[i], urlmeta_card_add_image, images);
    }

    if (json_array_size(images) <= len) {
        return;
    }

    /* the words are about the first */

    last = json_array_get(images, len);
    alt = urlmeta_card_meta(c, "twitter:image:alt", &alt_len);

    if (alt != NULL) {
        urlmeta_card_fill(c, last, "alt",
                          urlmeta_card_text(c, alt, alt_len,
                                            URLMETA_CARD_ALT));
    }
}


static void
urlmeta_card_jsonld_image(urlmeta_card_t *c, json_t *value,
    const urlmeta_rule_t *rule)
{
    int      side;
    size_t   i, k, n, len;
    json_t  *item, *images, *image, *url, *text;

    static const char  *sides[] = { "width", "height" };

    images = json_object_get(c->card, "images");
    n = json_is_array(value) ? json_array_size(value) : 1;

    for (i = 0; i < n && i < URLMETA_CARD_MAX_IMAGES; i++) {

        item = value;

        if (json_is_array(value)) {
            item = urlmeta_jsonld_resolve(c->ld, json_array_get(value, i));
        }

        url = item;

        if (json_is_object(item)) {
            url = urlmeta_jsonld_get(c->ld, item, "url");
            url = url ? url : urlmeta_jsonld_get(c->ld, item, "contentUrl");
            url = url ? url : json_object_get(item, "@id");
        }

        if (json_is_array(url)) {
            url = json_array_get(url, 0);
        }

        if (json_string_length(url) == 0) {
            continue;
        }

        len = urlmeta_card_url(c, json_string_value(url),
                               json_string_length(url));

        image = len ? urlmeta_card_image(c, images, c->url, len) : NULL;

        if (image == NULL || !json_is_object(item)) {
            urlmeta_card_image_source(c, image, rule, url);
            continue;
        }

        for (k = 0; k < 2; k++) {
            side = urlmeta_card_side(urlmeta_jsonld_get(c->ld, item,
                                                        sides[k]));

            urlmeta_card_fill(c, image, sides[k],
                              side ? json_integer(side) : NULL);
        }

        urlmeta_card_image_source(c, image, rule, url);

        text = urlmeta_jsonld_get(c->ld, item, "caption");

        if (json_is_string(text)) {
            urlmeta_card_fill(c, image, "alt",
                              urlmeta_card_text(c, json_string_value(text),
                                                json_string_length(text),
                                                URLMETA_CARD_ALT));
        }
    }
}


static int
urlmeta_card_add_image(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t   n;
    json_t  *image;

    image = NULL;
    n = urlmeta_card_url(c, value, len);

    if (n != 0) {
        image = urlmeta_card_image(c, data, c->url, n);
    }

    urlmeta_card_source(c, "image", urlmeta_card_wins(c, image), rule, value,
                        len);

    return 0;
}


static void
urlmeta_card_image_source(urlmeta_card_t *c, json_t *image,
    const urlmeta_rule_t *rule, json_t *stated)
{
    urlmeta_card_source(c, "image", urlmeta_card_wins(c, image), rule,
                        json_string_value(stated),
                        json_string_length(stated));
}


/* is that the picture that urlmeta_card_best_image() will take? */

static int
urlmeta_card_wins(urlmeta_card_t *c, json_t *image)
{
    json_t  *source;

    if (image == NULL || urlmeta_card_small(image)) {
        return 0;
    }

    source = json_object_get(c->sources, "image");

    return source == NULL || json_is_null(json_object_get(source, "rule"));
}


static void
urlmeta_card_best_image(urlmeta_card_t *c, size_t icons)
{
    size_t   i, found;
    json_t  *images, *image, *best;

    images = json_object_get(c->card, "images");
    best = json_array_get(images, 0);
    found = 0;

    json_array_foreach(images, i, image) {

        if (!urlmeta_card_small(image)) {
            best = image;
            found = i;
            break;
        }
    }

    if (best != NULL) {
        urlmeta_card_set(c, c->card, "image", json_incref(best));
        urlmeta_card_set(c, c->card, "image_is_icon",
                         json_boolean(found >= icons));
    }
}


static int
urlmeta_card_small(json_t *image)
{
    json_t  *width, *height;

    width = json_object_get(image, "width");
    height = json_object_get(image, "height");

    return (json_is_integer(width)
            && json_integer_value(width) < URLMETA_CARD_MIN_SIDE)
           || (json_is_integer(height)
               && json_integer_value(height) < URLMETA_CARD_MIN_SIDE);
}


/* pixels: a number, its text, or {"value": …} as JSON-LD has it; 0 if none */

int
urlmeta_card_side(json_t *value)
{
    long         n;
    char        *end;
    double       real;
    const char  *text;

    if (json_is_object(value)) {
        value = json_object_get(value, "value");
    }

    if (json_is_number(value)) {
        real = json_number_value(value);
        return (real >= 1 && real < 100000) ? (int) real : 0;
    }

    text = json_string_value(value);

    if (text == NULL) {
        return 0;
    }

    text += strspn(text, " \t\r\n");

    if (*text < '0' || *text > '9') {
        return 0;
    }

    n = strtol(text, &end, 10);
    end += strspn(end, " \t\r\n");

    if (*end != '\0' && strcasecmp(end, "px") != 0) {
        return 0;
    }

    return (n >= 1 && n < 100000) ? (int) n : 0;
}


/* a media type in lower case, without parameters; NULL if it is none */

json_t *
urlmeta_card_mime(urlmeta_card_t *c, json_t *value)
{
    char         type[80];
    size_t       i, len;
    const char  *text, *slash;

    text = json_string_value(value);

    if (text == NULL) {
        return NULL;
    }

    text += strspn(text, " \t\r\n");
    len = strcspn(text, "; \t\r\n");

    if (len >= sizeof(type)) {
        return NULL;
    }

    for (i = 0; i < len; i++) {
        type[i] = text[i];

        if (type[i] >= 'A' && type[i] <= 'Z') {
            type[i] |= 0x20;
        }

        if (!((type[i] >= 'a' && type[i] <= 'z')
              || (type[i] >= '0' && type[i] <= '9')
              || (type[i] && strchr("/.+-_", type[i]))))
        {
            return NULL;
        }
    }

    type[len] = '\0';
    slash = strchr(type, '/');

    if (slash == NULL || slash == type || slash[1] == '\0') {
        return NULL;
    }

    return urlmeta_card_string(c, type, len);
}


/* the document is the picture, the film, the sound */

void
urlmeta_card_itself(urlmeta_card_t *c, const char *field)
{
    json_t  *object;

    /* it was asked for, so that it needs no judgment */

    if (c->effective_len == 0 || c->effective_len > URLMETA_URL_MAX) {
        return;
    }

    if (strcmp(field, "image") == 0) {
        object = urlmeta_card_image(c, json_object_get(c->card, "images"),
                                    c->effective, c->effective_len);

    } else {
        object = urlmeta_card_media(c, c->effective, c->effective_len);
    }

    if (object == NULL || c->failed) {
        return;
    }

    /* what its bytes say goes before what the server does */

    urlmeta_card_fill(c, object, "type",
                      json_incref(json_object_get(c->page, "type")));
    urlmeta_card_fill(c, object, "type",
                      urlmeta_card_mime(c, json_object_get(c->http,
                                                           "content_type")));

    if (strcmp(field, "image") == 0) {
        urlmeta_card_fill(c, object, "width",
                          json_incref(json_object_get(c->page, "width")));
        urlmeta_card_fill(c, object, "height",
                          json_incref(json_object_get(c->page, "height")));
    }

    urlmeta_card_source(c, field, 1, &urlmeta_itself, c->effective,
                        c->effective_len);

    if (strcmp(field, "image") == 0) {
        json_incref(object);
    }

    urlmeta_card_set(c, c->card, field, object);
}


void
urlmeta_card_layout(urlmeta_card_t *c)
{
    size_t       len;
    json_t      *image, *width, *height;
    const char  *layout, *text;

    image = json_object_get(c->card, "image");
    width = json_object_get(image, "width");
    height = json_object_get(image, "height");
    text = urlmeta_card_meta(c, "twitter:card", &len);

    if (!json_is_object(image)) {
        layout = "text";

    } else if (json_is_true(json_object_get(c->card, "image_is_icon"))) {
        layout = "thumb";

    } else if (strcmp(c->kind, "image") == 0
               || (text != NULL
                   && strcasecmp(text, "summary_large_image") == 0)
               || (json_is_integer(width) && json_is_integer(height)
                   && json_integer_value(width) >= URLMETA_CARD_LARGE_SIDE
                   && json_integer_value(width) * 2
                      >= json_integer_value(height) * 3))
    {
        layout = "large";

    } else {
        layout = "thumb";
    }

    urlmeta_card_set(c, c->card, "layout", json_string(layout));
}
