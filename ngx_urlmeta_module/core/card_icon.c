
/*
 * Icons and the logo of a card.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_media.h"


typedef struct {
    const char  *url;
    size_t       len;
    json_t      *sizes;
    json_t      *type;
    json_t      *color;
    json_t      *media;
    const char  *rel;
} urlmeta_icon_t;


#define URLMETA_CARD_ICON_SIDE  32      /* of a good icon beside a name */
#define URLMETA_CARD_LOGO_SIDE  96
#define URLMETA_CARD_ANY_SIDE   100000  /* of a scalable icon */


static json_t *urlmeta_card_icon(urlmeta_card_t *c,
    const urlmeta_icon_t *stated);
static json_t *urlmeta_card_icon_text(urlmeta_card_t *c, json_t *value);
static void urlmeta_card_dark_icon(urlmeta_card_t *c, json_t *all);
static int urlmeta_card_is_dark(json_t *icon);
static void urlmeta_card_best_icon(urlmeta_card_t *c, json_t *all);
static int urlmeta_card_icon_side(const char *sizes);
static int urlmeta_card_sizes(json_t *icon);
static void urlmeta_card_logo(urlmeta_card_t *c, json_t *all);
static void urlmeta_card_icon_logo(urlmeta_card_t *c, json_t *found,
    int side);


void
urlmeta_card_icons(urlmeta_card_t *c)
{
    size_t           i, k;
    json_t          *icons, *link, *icon;
    const char      *rel, *tile;
    urlmeta_icon_t   stated;

    static const char  *rels[] = {
        "icon", "apple-touch-icon", "apple-touch-icon-precomposed",
        "shortcut", "mask-icon", "fluid-icon", NULL
    };

    icons = json_array();
    urlmeta_card_set(c, c->card, "icon", json_null());
    urlmeta_card_set(c, c->card, "icon_dark", json_null());
    urlmeta_card_set(c, c->card, "icons", icons);
    urlmeta_card_set(c, c->card, "logo", json_null());

    if (c->failed) {
        return;
    }

    json_array_foreach(c->links, i, link) {
        rel = json_string_value(json_object_get(link, "rel"));

        if (rel == NULL) {
            continue;
        }

        for (k = 0; rels[k] != NULL; k++) {
            if (urlmeta_card_has_token(rel, rels[k])) {
                break;
            }
        }

        if (rels[k] == NULL
            || json_array_size(icons) >= URLMETA_CARD_MAX_ICONS)
        {
            continue;
        }

        stated.len = urlmeta_card_link_url(c, link);

        if (stated.len == 0) {
            continue;
        }

        stated.url = c->url;
        stated.sizes = json_object_get(link, "sizes");
        stated.type = json_object_get(link, "type");
        stated.color = json_object_get(link, "color");
        stated.media = json_object_get(link, "media");

        /* "shortcut" is said by old pages, and means an icon */

        stated.rel = strcmp(rels[k], "shortcut") == 0 ? "icon" : rels[k];

        icon = urlmeta_card_icon(c, &stated);
        urlmeta_card_append(c, icons, icon);

        if (c->failed) {
            return;
        }
    }

    tile = urlmeta_card_meta(c, "msapplication-tileimage", &stated.len);

    if (tile != NULL && json_array_size(icons) < URLMETA_CARD_MAX_ICONS) {
        stated.len = urlmeta_card_url(c, tile, stated.len);

        if (stated.len != 0) {
            stated.url = c->url;
            stated.sizes = NULL;
            stated.type = NULL;
            stated.color = NULL;
            stated.media = NULL;
            stated.rel = "msapplication-tileimage";

            urlmeta_card_append(c, icons, urlmeta_card_icon(c, &stated));
        }
    }

    if (c->failed) {
        return;
    }

    urlmeta_card_dark_icon(c, icons);
    urlmeta_card_best_icon(c, icons);
    urlmeta_card_logo(c, icons);
}


/* a new reference */

static json_t *
urlmeta_card_icon(urlmeta_card_t *c, const urlmeta_icon_t *stated)
{
    json_t      *icon, *value;
    const char  *text;

    static const urlmeta_rule_t  rule = { URLMETA_RULE_LINK, "color", 0 };

    icon = json_object();

    if (icon == NULL) {
        c->failed = 1;
        return NULL;
    }

    urlmeta_card_set(c, icon, "url", urlmeta_card_string(c, stated->url,
                                                         stated->len));
    urlmeta_card_set(c, icon, "sizes",
                     urlmeta_card_icon_text(c, stated->sizes));

    value = urlmeta_card_mime(c, stated->type);
    urlmeta_card_set(c, icon, "type", value ? value : json_null());
    urlmeta_card_set(c, icon, "rel", stated->rel ? json_string(stated->rel)
                                                 : json_null());

    text = json_string_value(stated->color);
    value = text ? urlmeta_card_accept_color(c, NULL, &rule, text,
                                             json_string_length(stated->color))
                 : NULL;
    urlmeta_card_set(c, icon, "color", value ? value : json_null());
    urlmeta_card_set(c, icon, "media",
                     urlmeta_card_icon_text(c, stated->media));

    return icon;
}


static json_t *
urlmeta_card_icon_text(urlmeta_card_t *c, json_t *value)
{
    json_t  *text;

    if (json_string_length(value) == 0) {
        return json_null();
    }

    text = urlmeta_card_text(c, json_string_value(value),
                             json_string_length(value), URLMETA_CARD_WORD);

    return text ? text : json_null();
}


/* the first of those for a dark place */

static void
urlmeta_card_dark_icon(urlmeta_card_t *c, json_t *all)
{
    size_t           i;
    json_t          *icon, *url;
    urlmeta_rule_t   rule;

    rule.type = URLMETA_RULE_LINK;
    rule.limit = 0;

    json_array_foreach(all, i, icon) {

        if (urlmeta_card_is_dark(icon)) {
            rule.name = json_string_value(json_object_get(icon, "rel"));
            url = json_object_get(icon, "url");

            urlmeta_card_source(c, "icon_dark", 1, &rule,
                                json_string_value(url),
                                json_string_length(url));
            urlmeta_card_set(c, c->card, "icon_dark", json_incref(icon));
            return;
        }
    }
}


/* "(prefers-color-scheme: dark)", with white space anywhere */

static int
urlmeta_card_is_dark(json_t *icon)
{
    char         query[URLMETA_CARD_WORD + 1];
    size_t       n;
    const char  *p;

    p = json_string_value(json_object_get(icon, "media"));

    if (p == NULL) {
        return 0;
    }

    for (n = 0; *p != '\0' && n < URLMETA_CARD_WORD; p++) {

        if (*p != ' ') {
            query[n++] = (*p >= 'A' && *p <= 'Z') ? (char) (*p | 0x20) : *p;
        }
    }

    query[n] = '\0';

    return strstr(query, "prefers-color-scheme:dark") != NULL
           && strncmp(query, "not", 3) != 0;
}


/*
 * For a place of 16 to 32 pixels beside a name: the smallest icon that is
 * declared large enough, where the first one is declared too small; else the
 * first; else a touch icon; else where browsers look when nothing is said.
 */

static void
urlmeta_card_best_icon(urlmeta_card_t *c, json_t *all)
{
    int              side, best_side;
    size_t           i, len;
    json_t          *icon, *first, *touch, *best, *dark;
    const char      *rel;
    urlmeta_icon_t   stated;
    urlmeta_rule_t   rule;

    first = NULL;
    touch = NULL;
    best = NULL;
    dark = NULL;
    best_side = 0;

    json_array_foreach(all, i, icon) {
        rel = json_string_value(json_object_get(icon, "rel"));
        side = urlmeta_card_sizes(icon);

        /* one for a dark place is seen by nobody in a light one */

        if (urlmeta_card_is_dark(icon)) {
            dark = dark ? dark : icon;
            continue;
        }

        if (strcmp(rel, "icon") != 0) {
            if (touch == NULL && strncmp(rel, "apple", 5) == 0) {
                touch = icon;
            }

            continue;
        }

        if (first == NULL) {
            first = icon;
        }

        if (side >= URLMETA_CARD_ICON_SIDE
            && (best == NULL || side < best_side))
        {
            best = icon;
            best_side = side;
        }
    }

    if (first != NULL) {
        side = urlmeta_card_sizes(first);

        if (best == NULL || side == 0 || side >= URLMETA_CARD_ICON_SIDE) {
            best = first;
        }

    } else {
        best = touch ? touch : dark;
    }

    rule.type = URLMETA_RULE_LINK;
    rule.limit = 0;

    json_array_foreach(all, i, icon) {
        rule.name = json_string_value(json_object_get(icon, "rel"));

        urlmeta_card_source(c, "icon", icon == best, &rule,
                            json_string_value(json_object_get(icon, "url")),
                            json_string_length(json_object_get(icon, "url")));
    }

    if (best != NULL) {
        urlmeta_card_set(c, c->card, "icon", json_incref(best));
        return;
    }

    /* where browsers look when nothing is said */

    if (c->origin_len == 0) {
        return;
    }

    len = strlen("/favicon.ico");

    if (c->origin_len + len > URLMETA_URL_MAX) {
        return;
    }

    memcpy(c->url, c->effective, c->origin_len);
    memcpy(c->url + c->origin_len, "/favicon.ico", len + 1);
    len += c->origin_len;

    rule.type = URLMETA_RULE_HOST;
    rule.name = "/favicon.ico";

    urlmeta_card_source(c, "icon", 1, &rule, c->url, len);

    memset(&stated, 0, sizeof(stated));

    stated.url = c->url;
    stated.len = len;

    urlmeta_card_set(c, c->card, "icon", urlmeta_card_icon(c, &stated));
}


/* the largest side of square sizes: "16x16 32x32" is 32; 0 for none */

static int
urlmeta_card_icon_side(const char *sizes)
{
    int    best;
    long   width, height;
    char  *end;

    best = 0;

    while (sizes != NULL && *sizes != '\0') {
        sizes += strspn(sizes, " ");

        if (strncasecmp(sizes, "any", 3) == 0
            && (sizes[3] == ' ' || sizes[3] == '\0'))
        {
            return URLMETA_CARD_ANY_SIDE;
        }

        width = (*sizes >= '0' && *sizes <= '9') ? strtol(sizes, &end, 10) : 0;

        if (width > 0 && width < 10000 && (*end == 'x' || *end == 'X')
            && end[1] >= '0' && end[1] <= '9')
        {
            height = strtol(end + 1, &end, 10);

            if (height == width && width > best) {
                best = (int) width;
            }
        }

        sizes += strcspn(sizes, " ");
    }

    return best;
}


static int
urlmeta_card_sizes(json_t *icon)
{
    return urlmeta_card_icon_side(json_string_value(json_object_get(icon,
                                                                 "sizes")));
}


static void
urlmeta_card_logo(urlmeta_card_t *c, json_t *all)
{
    int      side, best;
    size_t   i;
    json_t  *logos, *icon, *found;

    static const urlmeta_rule_t  chain[] = {
        { URLMETA_RULE_META, "og:logo", 0 },
        { URLMETA_RULE_ITEMPROP, "logo", 0 },
        { URLMETA_RULE_JSONLD_URL, "publisher.logo", 0 },
        { URLMETA_RULE_JSONLD_URL, "brand.logo", 0 },
        { URLMETA_RULE_JSONLD_URL, "logo", 0 },
        { URLMETA_RULE_ORGANIZATION, "logo", 0 },
        { URLMETA_RULE_END, NULL, 0 }
    };

    static const urlmeta_field_t  field = {
        "logo", chain, urlmeta_card_accept_url, 0
    };

    found = urlmeta_card_choose(c, &field);

    if (json_is_string(found)) {
        logos = json_array();

        if (logos != NULL) {
            icon = urlmeta_card_image(c, logos, json_string_value(found),
                                      json_string_length(found));
            if (icon != NULL) {
                urlmeta_card_set(c, c->card, "logo", json_incref(icon));
            }

        } else {
            c->failed = 1;
        }

        json_decref(logos);
        json_decref(found);
        return;
    }

    /* a large square icon is one, too, and else the icon that is stated */

    best = 0;
    found = NULL;

    json_array_foreach(all, i, icon) {
        side = urlmeta_card_sizes(icon);

        if (side >= URLMETA_CARD_LOGO_SIDE && side > best
            && !urlmeta_card_is_dark(icon))
        {
            best = side;
            found = icon;
        }
    }

    if (found == NULL) {
        icon = json_object_get(c->card, "icon");

        if (json_is_string(json_object_get(icon, "rel"))) {
            found = icon;
            best = urlmeta_card_sizes(icon);
        }
    }

    if (found != NULL) {
        urlmeta_card_icon_logo(c, found, best);
    }
}


static void
urlmeta_card_icon_logo(urlmeta_card_t *c, json_t *found, int side)
{
    json_t          *logos, *icon, *url;
    urlmeta_rule_t   rule;

    logos = json_array();

    if (logos == NULL) {
        c->failed = 1;
        return;
    }

    url = json_object_get(found, "url");
    icon = urlmeta_card_image(c, logos, json_string_value(url),
                              json_string_length(url));

    if (icon != NULL) {
        rule.type = URLMETA_RULE_LINK;
        rule.name = json_string_value(json_object_get(found, "rel"));
        rule.limit = 0;

        urlmeta_card_source(c, "logo", 1, &rule, json_string_value(url),
                            json_string_length(url));

        if (side != 0 && side < URLMETA_CARD_ANY_SIDE) {
            urlmeta_card_set(c, icon, "width", json_integer(side));
            urlmeta_card_set(c, icon, "height", json_integer(side));
        }

        urlmeta_card_set(c, icon, "type",
                         json_incref(json_object_get(found, "type")));
        urlmeta_card_set(c, c->card, "logo", json_incref(icon));
    }

    json_decref(logos);
}


/* the largest, by what is declared, else the first */

void
urlmeta_card_icon_image(urlmeta_card_t *c)
{
    int              side, best;
    size_t           i, len;
    json_t          *link, *found, *image, *type;
    const char      *rel;

    static const urlmeta_rule_t  rule = {
        URLMETA_RULE_LINK, "apple-touch-icon", 0
    };

    best = -1;
    found = NULL;

    json_array_foreach(c->links, i, link) {
        rel = json_string_value(json_object_get(link, "rel"));

        if (rel == NULL
            || !(urlmeta_card_has_token(rel, "apple-touch-icon")
                 || urlmeta_card_has_token(rel,
                                           "apple-touch-icon-precomposed")))
        {
            continue;
        }

        side = urlmeta_card_sizes(link);

        if (side > best && urlmeta_card_link_url(c, link) != 0) {
            best = side;
            found = link;
        }
    }

    if (found == NULL) {
        return;
    }

    len = urlmeta_card_link_url(c, found);
    image = urlmeta_card_image(c, json_object_get(c->card, "images"), c->url,
                               len);

    if (image == NULL) {
        return;
    }

    urlmeta_card_source(c, "image", 1, &rule, c->url, len);

    if (best > 0 && best < URLMETA_CARD_ANY_SIDE) {
        urlmeta_card_set(c, image, "width", json_integer(best));
        urlmeta_card_set(c, image, "height", json_integer(best));
    }

    type = urlmeta_card_mime(c, json_object_get(found, "type"));
    urlmeta_card_fill(c, image, "type", type);
}
