
/*
 * Icons and the logo of a card.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_media.h"


#define URLMETA_CARD_ICON_SIDE  32      /* of a good icon beside a name */
#define URLMETA_CARD_LOGO_SIDE  96
#define URLMETA_CARD_ANY_SIDE   100000  /* of a scalable icon */


static void urlmeta_card_best_icon(urlmeta_card_t *c, json_t *all);
static int urlmeta_card_icon_side(const char *sizes);
static void urlmeta_card_logo(urlmeta_card_t *c, json_t *all);


void
urlmeta_card_icons(urlmeta_card_t *c)
{
    size_t       i, k, len;
    json_t      *icons, *link, *icon, *value;
    const char  *rel;

    static const char  *rels[] = {
        "icon", "apple-touch-icon", "apple-touch-icon-precomposed",
        "shortcut", "mask-icon", "fluid-icon", NULL
    };

    icons = json_array();
    urlmeta_card_set(c, c->card, "icon", json_null());
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

        len = urlmeta_card_link_url(c, link);

        if (len == 0) {
            continue;
        }

        icon = json_object();
        urlmeta_card_append(c, icons, icon);

        if (c->failed) {
            return;
        }

        urlmeta_card_set(c, icon, "url", urlmeta_card_string(c, c->url, len));

        value = json_object_get(link, "sizes");
        value = json_is_string(value)
                ? urlmeta_card_text(c, json_string_value(value),
                                    json_string_length(value),
                                    URLMETA_CARD_WORD)
                : NULL;

        urlmeta_card_set(c, icon, "sizes", value ? value : json_null());

        value = urlmeta_card_mime(c, json_object_get(link, "type"));
        urlmeta_card_set(c, icon, "type", value ? value : json_null());

        /* "shortcut" is said by old pages, and means an icon */

        urlmeta_card_set(c, icon, "rel",
                         json_string(strcmp(rels[k], "shortcut") == 0
                                     ? "icon" : rels[k]));
    }

    if (c->failed) {
        return;
    }

    urlmeta_card_best_icon(c, icons);
    urlmeta_card_logo(c, icons);
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
    json_t          *icon, *first, *touch, *best;
    const char      *rel;
    urlmeta_rule_t   rule;

    first = NULL;
    touch = NULL;
    best = NULL;
    best_side = 0;

    json_array_foreach(all, i, icon) {
        rel = json_string_value(json_object_get(icon, "rel"));
        side = urlmeta_card_icon_side(json_string_value(
                                          json_object_get(icon, "sizes")));

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
        side = urlmeta_card_icon_side(json_string_value(
                                          json_object_get(first, "sizes")));

        if (best == NULL || side == 0 || side >= URLMETA_CARD_ICON_SIDE) {
            best = first;
        }

    } else {
        best = touch;
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

    icon = json_object();

    if (icon == NULL) {
        c->failed = 1;
        return;
    }

    urlmeta_card_set(c, icon, "url", urlmeta_card_string(c, c->url, len));
    urlmeta_card_set(c, icon, "sizes", json_null());
    urlmeta_card_set(c, icon, "type", json_null());
    urlmeta_card_set(c, icon, "rel", json_null());

    urlmeta_card_set(c, c->card, "icon", icon);
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

    /* a large square icon is one, too */

    best = 0;
    found = NULL;

    json_array_foreach(all, i, icon) {
        side = urlmeta_card_icon_side(json_string_value(
                                          json_object_get(icon, "sizes")));

        if (side >= URLMETA_CARD_LOGO_SIDE && side > best) {
            best = side;
            found = icon;
        }
    }

    if (found == NULL) {
        return;
    }

    logos = json_array();

    if (logos == NULL) {
        c->failed = 1;
        return;
    }

    icon = json_object_get(found, "url");
    icon = urlmeta_card_image(c, logos, json_string_value(icon),
                              json_string_length(icon));

    if (icon != NULL) {

        if (best < URLMETA_CARD_ANY_SIDE) {
            urlmeta_card_set(c, icon, "width", json_integer(best));
            urlmeta_card_set(c, icon, "height", json_integer(best));
        }

        urlmeta_card_set(c, icon, "type",
                         json_incref(json_object_get(found, "type")));
        urlmeta_card_set(c, c->card, "logo", json_incref(icon));
    }

    json_decref(logos);
}
