
/*
 * Twitter's label and data pairs, and the price that one of them may state.
 */


#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "card_chain.h"


#define URLMETA_CARD_MAX_LABELS  4


static json_t *urlmeta_card_label_text(urlmeta_card_t *c, const char *what,
    int n);
static const char *urlmeta_card_currency(const char *text, size_t len);
static const char *urlmeta_card_price(const char *text, size_t *len,
    const char **currency);


/* twitter:label1 and twitter:data1, and so on */

void
urlmeta_card_labels(urlmeta_card_t *c)
{
    int      i;
    json_t  *labels, *label, *name, *value;

    labels = json_array();
    urlmeta_card_set(c, c->card, "labels", labels);

    for (i = 1; i <= URLMETA_CARD_MAX_LABELS && !c->failed; i++) {
        name = urlmeta_card_label_text(c, "label", i);
        value = name ? urlmeta_card_label_text(c, "data", i) : NULL;

        /* "0 minutes" to read are what a program made of no text */

        if (value == NULL
            || strncasecmp(json_string_value(value), "0 min", 5) == 0)
        {
            json_decref(name);
            json_decref(value);
            continue;
        }

        label = json_object();

        if (label == NULL) {
            json_decref(name);
            json_decref(value);
            c->failed = 1;
            return;
        }

        urlmeta_card_set(c, label, "label", name);
        urlmeta_card_set(c, label, "value", value);
        urlmeta_card_append(c, labels, label);
    }
}


static json_t *
urlmeta_card_label_text(urlmeta_card_t *c, const char *what, int n)
{
    char         name[32];
    size_t       len;
    const char  *text;

    snprintf(name, sizeof(name), "twitter:%s%d", what, n);
    text = urlmeta_card_meta(c, name, &len);

    return text ? urlmeta_card_text(c, text, len, URLMETA_CARD_WORD) : NULL;
}


/*
 * The rule's name is "price" or "currency".  A pair states a price if its
 * label says so, or is the code of a currency.
 */

int
urlmeta_card_walk_labels(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    int          i, rc;
    size_t       len;
    json_t      *label, *value;
    const char  *text, *stated, *currency;

    for (i = 1, rc = 0; i <= URLMETA_CARD_MAX_LABELS && rc == 0; i++) {
        label = urlmeta_card_label_text(c, "label", i);
        value = label ? urlmeta_card_label_text(c, "data", i) : NULL;

        if (value == NULL) {
            json_decref(label);
            continue;
        }

        text = json_string_value(label);
        stated = urlmeta_card_currency(text, strlen(text));

        if (stated != NULL || strcasecmp(text, "price") == 0) {
            text = json_string_value(value);
            len = json_string_length(value);

            text = urlmeta_card_price(text, &len, &currency);
            stated = stated ? stated : currency;

            if (len == 0) {
                /* void */

            } else if (strcmp(rule->name, "price") == 0) {
                rc = handler(c, data, rule, text, len);

            } else if (stated != NULL) {
                rc = handler(c, data, rule, stated, strlen(stated));
            }
        }

        json_decref(label);
        json_decref(value);
    }

    return rc;
}


/* the amount alone, where a code stands before or after it; 0 for none */

static const char *
urlmeta_card_price(const char *text, size_t *len, const char **currency)
{
    size_t  n;

    *currency = NULL;

    n = strcspn(text, "0123456789");

    if (n == *len) {
        *len = 0;
        return text;
    }

    if (*len > 4 && text[*len - 4] == ' ') {
        *currency = urlmeta_card_currency(text + *len - 3, 3);

        if (*currency != NULL) {
            *len -= 4;
            return text;
        }
    }

    if (*len > 4 && text[3] == ' ') {
        *currency = urlmeta_card_currency(text, 3);

        if (*currency != NULL) {
            *len -= 4;
            return text + 4;
        }
    }

    if (strstr(text, "\xe2\x82\xac") != NULL) {
        *currency = "EUR";

    } else if (strstr(text, "\xc2\xa3") != NULL) {
        *currency = "GBP";
    }

    return text;
}


/* ISO 4217, those that shops of the web use; no word of a language is one */

static const char *
urlmeta_card_currency(const char *text, size_t len)
{
    size_t  i;

    static const char  *codes[] = {
        "USD", "EUR", "GBP", "JPY", "CNY", "INR", "CAD", "AUD", "NZD", "CHF",
        "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "RUB", "UAH",
        "BRL", "MXN", "ARS", "CLP", "COP", "ZAR", "ILS", "AED", "SAR", "KRW",
        "TWD", "HKD", "SGD", "THB", "IDR", "MYR", "PHP", "VND", NULL
    };

    for (i = 0; len == 3 && codes[i] != NULL; i++) {

        if (strncasecmp(text, codes[i], 3) == 0) {
            return codes[i];
        }
    }

    return NULL;
}
