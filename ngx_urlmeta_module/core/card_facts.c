
/*
 * Facts of a card: what a product costs, when an event begins, how long a film
 * is.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_date.h"
#include "card_text.h"


#define URLMETA_CARD_PRICE  32      /* code points */


static json_t *urlmeta_card_accept_price(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_currency(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_token(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_number(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_count(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_duration(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_moment(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static json_t *urlmeta_card_accept_gtin(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
static void urlmeta_card_views(urlmeta_card_t *c, json_t *facts);
static int urlmeta_card_is_watched(urlmeta_card_t *c, json_t *counter);
static void urlmeta_card_free(urlmeta_card_t *c, json_t *facts);


static const urlmeta_rule_t  urlmeta_price[] = {
    { URLMETA_RULE_JSONLD_VALUE, "offers.price", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "offers.lowPrice", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "offers.priceSpecification.price", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "offers.offers.price", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "price", 0 },
    { URLMETA_RULE_META, "product:sale_price:amount", 0 },
    { URLMETA_RULE_META, "product:price:amount", 0 },
    { URLMETA_RULE_META, "og:price:amount", 0 },
    { URLMETA_RULE_ITEMPROP, "price", 0 },
    { URLMETA_RULE_LABEL, "price", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_currency[] = {
    { URLMETA_RULE_JSONLD, "offers.priceCurrency", 0 },
    { URLMETA_RULE_JSONLD, "offers.priceSpecification.priceCurrency", 0 },
    { URLMETA_RULE_JSONLD, "offers.offers.priceCurrency", 0 },
    { URLMETA_RULE_JSONLD, "priceCurrency", 0 },
    { URLMETA_RULE_META, "product:sale_price:currency", 0 },
    { URLMETA_RULE_META, "product:price:currency", 0 },
    { URLMETA_RULE_META, "og:price:currency", 0 },
    { URLMETA_RULE_ITEMPROP, "pricecurrency", 0 },
    { URLMETA_RULE_LABEL, "currency", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_availability[] = {
    { URLMETA_RULE_JSONLD, "offers.availability", 0 },
    { URLMETA_RULE_JSONLD, "offers.offers.availability", 0 },
    { URLMETA_RULE_META, "product:availability", 0 },
    { URLMETA_RULE_META, "og:availability", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_brand[] = {
    { URLMETA_RULE_JSONLD, "brand.name", 0 },
    { URLMETA_RULE_JSONLD, "manufacturer.name", 0 },
    { URLMETA_RULE_META, "product:brand", 0 },
    { URLMETA_RULE_META, "og:brand", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_rating[] = {
    { URLMETA_RULE_JSONLD_VALUE, "aggregateRating.ratingValue", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "reviewRating.ratingValue", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_rating_best[] = {
    { URLMETA_RULE_JSONLD_VALUE, "aggregateRating.bestRating", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "reviewRating.bestRating", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_rating_count[] = {
    { URLMETA_RULE_JSONLD_VALUE, "aggregateRating.ratingCount", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "aggregateRating.reviewCount", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_duration[] = {
    { URLMETA_RULE_JSONLD_VALUE, "duration", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "timeRequired", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "totalTime", 0 },
    { URLMETA_RULE_META, "video:duration", 0 },
    { URLMETA_RULE_META, "og:video:duration", 0 },
    { URLMETA_RULE_META, "music:duration", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_start[] = {
    { URLMETA_RULE_JSONLD, "startDate", 0 },
    { URLMETA_RULE_META, "event:start_time", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_end[] = {
    { URLMETA_RULE_JSONLD, "endDate", 0 },
    { URLMETA_RULE_META, "event:end_time", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_location[] = {
    { URLMETA_RULE_JSONLD, "location.name", 0 },
    { URLMETA_RULE_JSONLD, "location.address.addressLocality", 0 },
    { URLMETA_RULE_JSONLD, "jobLocation.address.addressLocality", 0 },
    { URLMETA_RULE_JSONLD, "address.addressLocality", 0 },
    { URLMETA_RULE_META, "og:locality", 0 },
    { URLMETA_RULE_META, "geo.placename", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_organization[] = {
    { URLMETA_RULE_JSONLD, "hiringOrganization.name", 0 },
    { URLMETA_RULE_JSONLD, "organizer.name", 0 },
    { URLMETA_RULE_JSONLD, "provider.name", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_yield[] = {
    { URLMETA_RULE_JSONLD_VALUE, "recipeYield", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_system[] = {
    { URLMETA_RULE_JSONLD, "operatingSystem", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_isbn[] = {
    { URLMETA_RULE_JSONLD_VALUE, "isbn", 0 },
    { URLMETA_RULE_META, "book:isbn", 0 },
    { URLMETA_RULE_META, "books:isbn", 0 },
    { URLMETA_RULE_META, "citation_isbn", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_sku[] = {
    { URLMETA_RULE_JSONLD_VALUE, "sku", 0 },
    { URLMETA_RULE_META, "product:retailer_item_id", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_gtin[] = {
    { URLMETA_RULE_JSONLD_VALUE, "gtin", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "gtin13", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "gtin14", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "gtin12", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "gtin8", 0 },
    { URLMETA_RULE_META, "product:ean", 0 },
    { URLMETA_RULE_META, "product:upc", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_field_t  urlmeta_facts[] = {
    { "price", urlmeta_price, urlmeta_card_accept_price,
      URLMETA_CARD_PRICE },
    { "currency", urlmeta_currency, urlmeta_card_accept_currency, 0 },
    { "availability", urlmeta_availability, urlmeta_card_accept_token, 0 },
    { "brand", urlmeta_brand, urlmeta_card_accept_text,
      URLMETA_CARD_NAME },
    { "rating", urlmeta_rating, urlmeta_card_accept_number, 0 },
    { "rating_best", urlmeta_rating_best, urlmeta_card_accept_number, 0 },
    { "rating_count", urlmeta_rating_count, urlmeta_card_accept_count, 0 },
    { "duration", urlmeta_duration, urlmeta_card_accept_duration, 0 },
    { "start", urlmeta_start, urlmeta_card_accept_moment, 0 },
    { "end", urlmeta_end, urlmeta_card_accept_moment, 0 },
    { "location", urlmeta_location, urlmeta_card_accept_text,
      URLMETA_CARD_NAME },
    { "organization", urlmeta_organization, urlmeta_card_accept_text,
      URLMETA_CARD_NAME },
    { "yield", urlmeta_yield, urlmeta_card_accept_text,
      URLMETA_CARD_WORD },
    { "operating_system", urlmeta_system, urlmeta_card_accept_text,
      URLMETA_CARD_WORD },
    { "isbn", urlmeta_isbn, urlmeta_card_accept_text,
      URLMETA_CARD_PRICE },
    { "sku", urlmeta_sku, urlmeta_card_accept_text, URLMETA_CARD_WORD },
    { "gtin", urlmeta_gtin, urlmeta_card_accept_gtin, 0 },
    { NULL, NULL, NULL, 0 }
};


/* only what the page states becomes a member */

void
urlmeta_card_facts(urlmeta_card_t *c)
{
    json_t                 *facts, *value;
    const urlmeta_field_t  *f;

    facts = json_object();
    urlmeta_card_set(c, c->card, "facts", facts);

    for (f = urlmeta_facts; f->name != NULL && !c->failed; f++) {

        /* without a price there is nothing to say the currency of */

        if (strcmp(f->name, "currency") == 0
            && json_object_get(facts, "price") == NULL)
        {
            continue;
        }

        value = urlmeta_card_choose(c, f);

        if (!json_is_null(value)) {
            urlmeta_card_set(c, facts, f->name, value);
        }
    }

    urlmeta_card_views(c, facts);
    urlmeta_card_free(c, facts);
}


/* how often it was seen or heard: of several counters the one of that */

static void
urlmeta_card_views(urlmeta_card_t *c, json_t *facts)
{
    char         text[32];
    size_t       i, n;
    json_t      *value, *counter, *count, *number;
    const char  *stated;

    static const urlmeta_rule_t  rule = {
        URLMETA_RULE_JSONLD_VALUE, "interactionStatistic", 0
    };

    if (c->node == NULL || c->failed) {
        return;
    }

    value = urlmeta_jsonld_get(c->ld, c->node, rule.name);
    n = json_is_array(value) ? json_array_size(value) : 1;

    for (i = 0; i < n && i < 16; i++) {

        counter = value;

        if (json_is_array(value)) {
            counter = urlmeta_jsonld_resolve(c->ld, json_array_get(value, i));
        }

        if (!json_is_object(counter) || !urlmeta_card_is_watched(c, counter)) {
            continue;
        }

        count = urlmeta_jsonld_get(c->ld, counter, "userInteractionCount");
        stated = json_string_value(count);

        if (json_is_number(count) && json_number_value(count) >= 0
            && json_number_value(count) < 1e15)
        {
            snprintf(text, sizeof(text), "%.0f", json_number_value(count));
            stated = text;
        }

        if (stated == NULL) {
            continue;
        }

        number = urlmeta_card_accept_count(c, NULL, &rule, stated,
                                           strlen(stated));

        if (number != NULL) {
            urlmeta_card_source(c, "views", 1, &rule, stated, strlen(stated));
            urlmeta_card_set(c, facts, "views", number);
            return;
        }
    }
}


/* an interactionType is an action, or its address */

static int
urlmeta_card_is_watched(urlmeta_card_t *c, json_t *counter)
{
    size_t       i;
    json_t      *type;
    const char  *name;

    static const char  *actions[] = {
        "WatchAction", "ViewAction", "ListenAction", NULL
    };

    type = urlmeta_jsonld_get(c->ld, counter, "interactionType");

    if (type == NULL) {
        return c->cls == URLMETA_JSONLD_MEDIA;
    }

    name = json_string_value(type);

    if (name != NULL) {
        name = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    }

    for (i = 0; actions[i] != NULL; i++) {

        if (name != NULL ? strcasecmp(name, actions[i]) == 0
                         : urlmeta_jsonld_is(type, actions[i]))
        {
            return 1;
        }
    }

    return 0;
}


/* what is not free to read is told, so that a reader knows before a click */

static void
urlmeta_card_free(urlmeta_card_t *c, json_t *facts)
{
    json_t      *value;
    const char  *text;

    if (c->node == NULL || c->failed) {
        return;
    }

    value = urlmeta_jsonld_get(c->ld, c->node, "isAccessibleForFree");
    text = json_string_value(value);

    if (json_is_false(value)
        || (text != NULL && strcasecmp(text, "false") == 0))
    {
        urlmeta_card_set(c, facts, "free", json_false());

    } else if (json_is_true(value)
               || (text != NULL && strcasecmp(text, "true") == 0))
    {
        urlmeta_card_set(c, facts, "free", json_true());
    }
}


/* as stated, as long as it begins like an amount: "1,299.00", "$19.99" */

static json_t *
urlmeta_card_accept_price(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t  i;

    if (len > 4 * URLMETA_CARD_PRICE) {
        return NULL;
    }

    for (i = 0; i < len; i++) {
        if (value[i] >= '0' && value[i] <= '9') {
            return urlmeta_card_text(c, value, len, f->limit);
        }
    }

    return NULL;
}


/* ISO 4217 */

static json_t *
urlmeta_card_accept_currency(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    char    code[3];
    size_t  i;

    if (len != 3) {
        return NULL;
    }

    for (i = 0; i < 3; i++) {
        code[i] = value[i];

        if (code[i] >= 'a' && code[i] <= 'z') {
            code[i] &= ~0x20;
        }

        if (code[i] < 'A' || code[i] > 'Z') {
            return NULL;
        }
    }

    return urlmeta_card_string(c, code, 3);
}


/* the name of a schema.org enumeration's member, without its address */

static json_t *
urlmeta_card_accept_token(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t  i;

    for (i = len; i > 0; i--) {
        if (value[i - 1] == '/') {
            break;
        }
    }

    return urlmeta_card_text(c, value + i, len - i, URLMETA_CARD_WORD);
}


static json_t *
urlmeta_card_accept_number(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    int     digits;
    size_t  i;
    double  number, scale;

    /* no strtod(): it obeys the locale and reads "inf" and "0x1p3" */

    number = 0;
    scale = 0;
    digits = 0;

    for (i = 0; i < len; i++) {

        if (value[i] >= '0' && value[i] <= '9') {
            if (++digits > 12) {
                return NULL;
            }

            number = number * 10 + (value[i] - '0');
            scale *= 10;

        } else if ((value[i] == '.' || value[i] == ',') && scale == 0
                   && digits != 0)
        {
            scale = 1;

        } else {
            return NULL;
        }
    }

    if (digits == 0) {
        return NULL;
    }

    return json_real(scale > 1 ? number / scale : number);
}


static json_t *
urlmeta_card_accept_count(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t       i;
    json_int_t   number;

    if (len == 0 || len > 15) {
        return NULL;
    }

    number = 0;

    for (i = 0; i < len; i++) {

        /* thousands: "1,234" */

        if (value[i] == ',' && (len - i) % 4 == 0 && i != 0) {
            continue;
        }

        if (value[i] < '0' || value[i] > '9') {
            return NULL;
        }

        number = number * 10 + (value[i] - '0');
    }

    return json_integer(number);
}


/* 8, 12, 13 or 14 digits */

static json_t *
urlmeta_card_accept_gtin(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {

        if (value[i] < '0' || value[i] > '9') {
            return NULL;
        }
    }

    return (len == 8 || (len >= 12 && len <= 14))
           ? urlmeta_card_string(c, value, len) : NULL;
}


static json_t *
urlmeta_card_accept_duration(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    long long  seconds;

    seconds = urlmeta_date_duration(value, len);

    return seconds > 0 ? json_integer(seconds) : NULL;
}


/* unlike a page, an event may lie far ahead */

static json_t *
urlmeta_card_accept_moment(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    urlmeta_date_t  date;

    if (!urlmeta_date_parse(&date, value, len)) {
        return NULL;
    }

    return urlmeta_card_string(c, date.text, strlen(date.text));
}
