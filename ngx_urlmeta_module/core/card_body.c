
/*
 * What the body of a page gives to a card that its head left empty:
 * microdata, pictures.
 */


#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_media.h"


#define URLMETA_CARD_MAX_ITEM_VALUES  32        /* of one property */


static int urlmeta_card_walk_item_value(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, json_t *value, urlmeta_candidate_pt handler,
    void *data);
static int urlmeta_card_is_address(const char *name);
static double urlmeta_card_body_area(json_t *image);


int
urlmeta_card_body_open(urlmeta_card_t *c)
{
    size_t   i;
    json_t  *items, *item;

    items = json_object_get(c->page, "microdata");

    if (json_array_size(items) == 0) {
        return URLMETA_OK;
    }

    c->microdata = urlmeta_jsonld_create(items, c->effective);

    if (c->microdata == NULL) {
        return URLMETA_ERROR;
    }

    c->item = urlmeta_jsonld_main(c->microdata, NULL);

    /* an item without a type, or properties without an item */

    json_array_foreach(items, i, item) {
        item = json_object_get(item, "value");

        if (c->item == NULL && json_object_get(item, "@type") == NULL) {
            c->item = item;
        }
    }

    return URLMETA_OK;
}


void
urlmeta_card_body_close(urlmeta_card_t *c)
{
    urlmeta_jsonld_destroy(c->microdata);
}


/* the rule's name is in lower case, that of a property is not */

int
urlmeta_card_walk_item(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    int          rc;
    size_t       i;
    json_t      *value, *one;
    const char  *key;

    if (c->item == NULL) {
        return 0;
    }

    json_object_foreach(c->item, key, value) {

        if (strcasecmp(key, rule->name) != 0) {
            continue;
        }

        if (!json_is_array(value)) {
            return urlmeta_card_walk_item_value(c, rule, value, handler,
                                                data);
        }

        json_array_foreach(value, i, one) {

            if (i == URLMETA_CARD_MAX_ITEM_VALUES) {
                break;
            }

            rc = urlmeta_card_walk_item_value(c, rule, one, handler, data);

            if (rc != 0) {
                return rc;
            }
        }

        return 0;
    }

    return 0;
}


/* an item within it is its name, or its address where that is asked for */

static int
urlmeta_card_walk_item_value(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    json_t *value, urlmeta_candidate_pt handler, void *data)
{
    size_t   i;
    json_t  *object;

    static const char  *addresses[] = { "url", "contentUrl", "@id", NULL };
    static const char  *texts[] = { "name", NULL };

    const char        **names;

    if (json_is_object(value)) {
        object = value;
        value = NULL;
        names = urlmeta_card_is_address(rule->name) ? addresses : texts;

        for (i = 0; value == NULL && names[i]; i++) {
            value = urlmeta_jsonld_get(c->in_item ? c->ld : c->microdata,
                                       object, names[i]);

            if (json_is_array(value)) {
                value = json_array_get(value, 0);
            }

            if (json_string_length(value) == 0) {
                value = NULL;
            }
        }
    }

    if (json_string_length(value) == 0) {
        return 0;
    }

    return handler(c, data, rule, json_string_value(value),
                   json_string_length(value));
}


static int
urlmeta_card_is_address(const char *name)
{
    size_t  i;

    static const char  *names[] = {
        "image", "thumbnailurl", "logo", "embedurl", "url", NULL
    };

    for (i = 0; names[i]; i++) {

        if (strcasecmp(name, names[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


/*
 * A poster comes first, then the article's largest picture by its declared
 * size, or its first one if none declares any, then the page's largest.
 */

void
urlmeta_card_body_images(urlmeta_card_t *c)
{
    int              rank, best_rank;
    size_t           i, len;
    double           area, best_area;
    json_t          *images, *item, *best, *image, *src, *alt;
    const char      *place;

    static const urlmeta_rule_t  rules[] = {
        { URLMETA_RULE_BODY, "img", 0 },
        { URLMETA_RULE_BODY, "video poster", 0 }
    };

    images = json_object_get(c->card, "images");

    if (json_array_size(images) != 0 || c->failed) {
        return;
    }

    best = NULL;
    best_rank = 0;
    best_area = 0;

    json_array_foreach(json_object_get(c->page, "body_images"), i, item) {
        place = json_string_value(json_object_get(item, "place"));
        area = urlmeta_card_body_area(item);

        rank = (place == NULL) ? 0
               : (strcmp(place, "poster") == 0) ? 3
               : (strcmp(place, "article") == 0) ? 2 : 1;

        if (rank > best_rank || (rank == best_rank && area > best_area)) {
            src = json_object_get(item, "src");

            if (json_string_length(src) == 0
                || urlmeta_card_url(c, json_string_value(src),
                                    json_string_length(src))
                   == 0)
            {
                continue;
            }

            best = item;
            best_rank = rank;
            best_area = area;
        }
    }

    if (best == NULL) {
        return;
    }

    src = json_object_get(best, "src");
    len = urlmeta_card_url(c, json_string_value(src),
                           json_string_length(src));
    image = urlmeta_card_image(c, images, c->url, len);

    if (image == NULL) {
        return;
    }

    urlmeta_card_fill(c, image, "width",
                      json_incref(json_object_get(best, "width")));
    urlmeta_card_fill(c, image, "height",
                      json_incref(json_object_get(best, "height")));

    alt = json_object_get(best, "alt");

    if (json_string_length(alt) != 0) {
        urlmeta_card_fill(c, image, "alt",
                          urlmeta_card_text(c, json_string_value(alt),
                                            json_string_length(alt),
                                            URLMETA_CARD_ALT));
    }

    urlmeta_card_source(c, "image", 1, &rules[best_rank == 3],
                        json_string_value(src), json_string_length(src));
}


static double
urlmeta_card_body_area(json_t *image)
{
    double  width, height;

    width = json_number_value(json_object_get(image, "width"));
    height = json_number_value(json_object_get(image, "height"));

    /* one side says as much as that it is a picture */

    return width && height ? width * height : 0;
}


/*
 * Microdata has the shape of JSON-LD, and the names of its properties: the
 * main item takes the place of the main node, where there is none.
 */

int
urlmeta_card_item_enter(urlmeta_card_t *c)
{
    urlmeta_jsonld_t  *ld;

    if (c->node != NULL || c->item == NULL || c->failed) {
        return 0;
    }

    ld = c->ld;

    c->ld = c->microdata;
    c->microdata = ld;
    c->node = c->item;
    c->in_item = 1;

    return 1;
}


void
urlmeta_card_item_leave(urlmeta_card_t *c)
{
    urlmeta_jsonld_t  *ld;

    ld = c->ld;

    c->ld = c->microdata;
    c->microdata = ld;
    c->node = NULL;
    c->in_item = 0;
}


void
urlmeta_card_body_facts(urlmeta_card_t *c)
{
    if (urlmeta_card_item_enter(c)) {
        urlmeta_card_facts(c);
        urlmeta_card_item_leave(c);
    }
}
