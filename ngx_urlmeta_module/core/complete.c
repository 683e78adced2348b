
/*
 * The metadata that a page lacks, and where it belongs: at the end of its
 * head, which is where the HTML standard's tree construction (sections
 * 13.2.6.4.2 to 6) leaves it, by its end tag or by what no head may contain.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "card.h"
#include "complete.h"
#include "page.h"
#include "place.h"
#include "render.h"


#define URLMETA_COMPLETE_NONE  ((size_t) -1)

/* what a page may have, as bits */

#define URLMETA_COMPLETE_TITLE        0x01
#define URLMETA_COMPLETE_DESCRIPTION  0x02
#define URLMETA_COMPLETE_IMAGE        0x04
#define URLMETA_COMPLETE_URL          0x08
#define URLMETA_COMPLETE_CARD         0x10
#define URLMETA_COMPLETE_CANONICAL    0x20
#define URLMETA_COMPLETE_ALL          0x3f

/* start tags that leave the head open; those of other names do not */

#define URLMETA_COMPLETE_IN_HEAD                                              \
    (urlmeta_tag_bit(URLMETA_TAG_BASE)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_HEAD)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_HTML)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_LINK)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_META)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_NOFRAMES)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_NOSCRIPT)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_SCRIPT)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_STYLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_TEMPLATE)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_TITLE))


typedef struct {
    const char        *name;
    unsigned           bit;
} urlmeta_complete_name_t;


struct urlmeta_complete_s {
    urlmeta_place_t   *place;
    urlmeta_reader_t  *reader;
    char              *url;
    char              *content_type;

    size_t             fed;
    size_t             passed;
    size_t             point;       /* where the head ends */
    size_t             after;       /* the last tag or comment */
    size_t             read;        /* up to where the reader is to read */
    size_t             ended;       /* where no more of a head is expected */

    unsigned           has;         /* URLMETA_COMPLETE_… */
    unsigned           templates;   /* that are open */
    unsigned           head_tag:1;
    unsigned           title:1;
    unsigned           decided:1;
    unsigned           left:1;      /* the page stays as it is */
};


static int urlmeta_complete_token(void *data, const urlmeta_token_t *token,
    size_t start, size_t end);
static void urlmeta_complete_start(urlmeta_complete_t *c,
    const urlmeta_token_t *token, size_t start);
static void urlmeta_complete_end(urlmeta_complete_t *c,
    const urlmeta_token_t *token, size_t start);
static void urlmeta_complete_point(urlmeta_complete_t *c, size_t point);
static void urlmeta_complete_ended(urlmeta_complete_t *c, size_t place);
static void urlmeta_complete_leave(urlmeta_complete_t *c);
static int urlmeta_complete_is(const urlmeta_token_t *token, const char *name);
static int urlmeta_complete_is_white(const char *text, size_t len);
static unsigned urlmeta_complete_meta(const char *name, size_t len);
static unsigned urlmeta_complete_canonical(const char *rel, size_t len);
static unsigned urlmeta_complete_link(const char *link);
static unsigned urlmeta_complete_stated(json_t *page);
static int urlmeta_complete_add(urlmeta_complete_t *c, json_t *page,
    json_t *card, urlmeta_buf_t *out);
static int urlmeta_complete_element(const char *before, const char *value,
    urlmeta_buf_t *out);
static const char *urlmeta_complete_value(json_t *object, const char *key);
static int urlmeta_complete_has_title(json_t *page, json_t *card);


/* a property of an object is one of that object */

static const urlmeta_complete_name_t  urlmeta_complete_names[] = {
    { "og:title", URLMETA_COMPLETE_TITLE },
    { "og:description", URLMETA_COMPLETE_DESCRIPTION },
    { "og:image", URLMETA_COMPLETE_IMAGE },
    { "og:image:url", URLMETA_COMPLETE_IMAGE },
    { "og:image:secure_url", URLMETA_COMPLETE_IMAGE },
    { "og:url", URLMETA_COMPLETE_URL },
    { "twitter:card", URLMETA_COMPLETE_CARD },
    { NULL, 0 }
};


urlmeta_complete_t *
urlmeta_complete_create(const char *url, const char *content_type,
    const char *link)
{
    urlmeta_complete_t  *c;

    c = calloc(1, sizeof(urlmeta_complete_t));
    if (c == NULL) {
        return NULL;
    }

    c->point = URLMETA_COMPLETE_NONE;
    c->read = URLMETA_COMPLETE_NONE;
    c->ended = URLMETA_COMPLETE_NONE;

    c->url = strdup(url);
    c->content_type = strdup(content_type ? content_type : "text/html");
    c->place = urlmeta_place_create(urlmeta_complete_token, c);

    if (c->url == NULL || c->content_type == NULL || c->place == NULL) {
        urlmeta_complete_destroy(c);
        return NULL;
    }

    if (link) {
        c->has = urlmeta_complete_link(link);
    }

    c->reader = urlmeta_reader_create(c->url, c->content_type, 0);

    if (c->reader == NULL) {
        urlmeta_complete_destroy(c);
        return NULL;
    }

    urlmeta_reader_extent(c->reader, URLMETA_EXTENT_HEAD);
    urlmeta_reader_any_address(c->reader);

    return c;
}


void
urlmeta_complete_destroy(urlmeta_complete_t *c)
{
    if (c == NULL) {
        return;
    }

    urlmeta_reader_destroy(c->reader);
    urlmeta_place_destroy(c->place);
    free(c->content_type);
    free(c->url);
    free(c);
}


int
urlmeta_complete_feed(urlmeta_complete_t *c, const char *data, size_t len)
{
    size_t  n;

    if (c->decided) {
        return URLMETA_DONE;
    }

    if (urlmeta_place_feed(c->place, data, len) == URLMETA_ERROR) {
        return URLMETA_ERROR;
    }

    n = len;

    if (c->read <= c->fed) {
        n = 0;

    } else if (c->read - c->fed < len) {
        n = c->read - c->fed;
    }

    if (!c->left
        && urlmeta_reader_feed(c->reader, data, n) == URLMETA_ERROR)
    {
        return URLMETA_ERROR;
    }

    c->fed += len;

    if (c->point != URLMETA_COMPLETE_NONE) {
        c->passed = c->point;

    } else {
        c->passed = urlmeta_place_settled(c->place);
    }

    if (c->ended < c->fed
        && c->fed - c->ended > URLMETA_COMPLETE_MAX_MORE)
    {
        c->decided = 1;
    }

    if (!c->decided
        && (c->fed - c->passed > URLMETA_COMPLETE_MAX_HELD
            || c->fed > URLMETA_COMPLETE_MAX_HEAD))
    {
        urlmeta_complete_leave(c);
    }

    return c->decided ? URLMETA_DONE : URLMETA_OK;
}


int
urlmeta_complete_finish(urlmeta_complete_t *c)
{
    if (c->decided) {
        return URLMETA_DONE;
    }

    /* a page that broke off within its head has no end of it */

    if (c->point == URLMETA_COMPLETE_NONE) {
        urlmeta_complete_leave(c);
    }

    c->decided = 1;

    return URLMETA_DONE;
}


size_t
urlmeta_complete_passed(urlmeta_complete_t *c)
{
    return c->passed;
}


int
urlmeta_complete_text(urlmeta_complete_t *c, urlmeta_buf_t *out)
{
    int              rc;
    json_t          *page, *transfer, *card;
    urlmeta_http_t   http;

    if (c->left || (c->has & URLMETA_COMPLETE_ALL) == URLMETA_COMPLETE_ALL) {
        return URLMETA_OK;
    }

    memset(&http, 0, sizeof(urlmeta_http_t));

    http.requested_url = c->url;
    http.effective_url = c->url;
    http.status = 200;
    http.content_type = c->content_type;

    rc = URLMETA_ERROR;
    card = NULL;

    page = urlmeta_reader_page(c->reader);
    transfer = urlmeta_http_json(&http);

    if (page && transfer) {
        card = urlmeta_card(page, transfer, URLMETA_CARD_ANY_ADDRESS);
    }

    if (card) {
        rc = urlmeta_complete_add(c, page, card, out);
    }

    json_decref(card);
    json_decref(transfer);
    json_decref(page);

    return rc;
}


static int
urlmeta_complete_token(void *data, const urlmeta_token_t *token, size_t start,
    size_t end)
{
    urlmeta_complete_t  *c = data;

    switch (token->type) {

    case URLMETA_TOKEN_START:
        urlmeta_complete_start(c, token, start);
        break;

    case URLMETA_TOKEN_END:
        urlmeta_complete_end(c, token, start);
        break;

    case URLMETA_TOKEN_TEXT:

        if (c->templates
            || urlmeta_complete_is_white(token->text, token->text_len))
        {
            break;
        }

        urlmeta_complete_point(c, c->after > c->passed ? c->after : c->passed);

        if (c->ended != URLMETA_COMPLETE_NONE) {
            c->decided = 1;
        }

        break;

    case URLMETA_TOKEN_COMMENT:

        /* what a server includes there may be metadata */

        if (c->ended == URLMETA_COMPLETE_NONE
            && token->text_len && token->text[0] == '#')
        {
            urlmeta_complete_leave(c);
        }

        break;

    default:
        break;
    }

    if (token->type != URLMETA_TOKEN_TEXT) {
        c->after = end;
    }

    return c->decided ? URLMETA_DONE : URLMETA_OK;
}


static void
urlmeta_complete_start(urlmeta_complete_t *c, const urlmeta_token_t *token,
    size_t start)
{
    const urlmeta_attr_t  *attr;

    if (token->tag == URLMETA_TAG_TEMPLATE) {
        c->templates++;
        return;
    }

    if (c->templates) {
        return;
    }

    switch (token->tag) {

    case URLMETA_TAG_HEAD:
        c->head_tag = 1;
        break;

    case URLMETA_TAG_TITLE:
        c->title = 1;
        break;

    case URLMETA_TAG_META:

        attr = urlmeta_token_attr(token, "name");

        if (attr) {
            c->has |= urlmeta_complete_meta(attr->value, attr->value_len);
        }

        attr = urlmeta_token_attr(token, "property");

        if (attr) {
            c->has |= urlmeta_complete_meta(attr->value, attr->value_len);
        }

        break;

    case URLMETA_TAG_LINK:

        attr = urlmeta_token_attr(token, "rel");

        if (attr) {
            c->has |= urlmeta_complete_canonical(attr->value, attr->value_len);
        }

        break;

    default:
        break;
    }

    if ((urlmeta_tag_bit(token->tag) & URLMETA_COMPLETE_IN_HEAD)
        || urlmeta_complete_is(token, "basefont")
        || urlmeta_complete_is(token, "bgsound"))
    {
        return;
    }

    urlmeta_complete_point(c, start);

    if (token->tag == URLMETA_TAG_BODY
        || urlmeta_complete_is(token, "frameset"))
    {
        urlmeta_complete_ended(c, start);
    }
}


static void
urlmeta_complete_end(urlmeta_complete_t *c, const urlmeta_token_t *token,
    size_t start)
{
    if (token->tag == URLMETA_TAG_TEMPLATE) {

        if (c->templates) {
            c->templates--;
        }

        return;
    }

    if (c->templates) {
        return;
    }

    switch (token->tag) {

    case URLMETA_TAG_HEAD:
        urlmeta_complete_point(c, start);
        urlmeta_complete_ended(c, start);
        break;

    case URLMETA_TAG_BODY:
    case URLMETA_TAG_HTML:
        urlmeta_complete_point(c, start);
        c->decided = 1;
        break;

    case URLMETA_TAG_BR:
        urlmeta_complete_point(c, start);
        break;

    default:
        break;
    }
}


static void
urlmeta_complete_point(urlmeta_complete_t *c, size_t point)
{
    if (c->point != URLMETA_COMPLETE_NONE) {
        return;
    }

    c->point = point;

    if (!c->head_tag && !c->title) {

        /* a piece of a page */

        urlmeta_complete_leave(c);
        return;
    }

    /*
     * Who leaves out the head's tags leaves out their ends.  Else the head goes
     * on in the text, though not in the tree, and has metadata still.
     */

    if (!c->head_tag) {
        urlmeta_complete_ended(c, point);
    }
}


/*
 * Pages that are made of others have metadata at the beginning of the body, so
 * what is before its first text is looked at, too: not for values, but so that
 * nothing is there twice.
 */

static void
urlmeta_complete_ended(urlmeta_complete_t *c, size_t place)
{
    if (c->ended == URLMETA_COMPLETE_NONE) {
        c->ended = place;
        c->read = place;
    }
}


static void
urlmeta_complete_leave(urlmeta_complete_t *c)
{
    c->left = 1;
    c->decided = 1;
}


static int
urlmeta_complete_is(const urlmeta_token_t *token, const char *name)
{
    size_t  len;

    len = strlen(name);

    return token->name_len == len && memcmp(token->name, name, len) == 0;
}


static int
urlmeta_complete_is_white(const char *text, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {

        switch (text[i]) {

        case ' ':
        case '\t':
        case '\n':
        case '\f':
        case '\r':
            break;

        default:
            return 0;
        }
    }

    return 1;
}


static unsigned
urlmeta_complete_meta(const char *name, size_t len)
{
    const urlmeta_complete_name_t  *n;

    while (len && urlmeta_complete_is_white(name, 1)) {
        name++;
        len--;
    }

    while (len && urlmeta_complete_is_white(name + len - 1, 1)) {
        len--;
    }

    for (n = urlmeta_complete_names; n->name; n++) {

        if (strlen(n->name) == len && strncasecmp(n->name, name, len) == 0) {
            return n->bit;
        }
    }

    return 0;
}


static unsigned
urlmeta_complete_canonical(const char *rel, size_t len)
{
    size_t  i, start;

    for (i = 0; i < len; i++) {

        if (urlmeta_complete_is_white(rel + i, 1)) {
            continue;
        }

        start = i;

        while (i < len && !urlmeta_complete_is_white(rel + i, 1)) {
            i++;
        }

        if (i - start == 9 && strncasecmp(rel + start, "canonical", 9) == 0) {
            return URLMETA_COMPLETE_CANONICAL;
        }
    }

    return 0;
}


/*
 * A header that has a canonical address says so, whatever it is of: that
 * nothing is said twice matters more.
 */

static unsigned
urlmeta_complete_link(const char *link)
{
    size_t  len;

    for ( /* void */ ; *link; link++) {

        if (strncasecmp(link, "rel", 3) != 0) {
            continue;
        }

        link += 3;
        link += strspn(link, " \t");

        if (*link != '=') {
            link--;
            continue;
        }

        link++;
        link += strspn(link, " \t\"");
        len = strcspn(link, "\";,>");

        if (urlmeta_complete_canonical(link, len)) {
            return URLMETA_COMPLETE_CANONICAL;
        }

        link--;
    }

    return 0;
}


/* what the reader saw, in noscript too */

static unsigned
urlmeta_complete_stated(json_t *page)
{
    size_t       i;
    json_t      *entry, *name;
    unsigned     has;

    has = 0;

    json_array_foreach(json_object_get(page, "meta"), i, entry) {
        name = json_object_get(entry, "name");

        if (json_is_string(name)) {
            has |= urlmeta_complete_meta(json_string_value(name),
                                         json_string_length(name));
        }
    }

    json_array_foreach(json_object_get(page, "link"), i, entry) {
        name = json_object_get(entry, "rel");

        if (json_is_string(name)) {
            has |= urlmeta_complete_canonical(json_string_value(name),
                                              json_string_length(name));
        }
    }

    return has;
}


static int
urlmeta_complete_add(urlmeta_complete_t *c, json_t *page, json_t *card,
    urlmeta_buf_t *out)
{
    int           rc;
    size_t        start;
    unsigned      has;
    const char   *value, *layout;

    value = urlmeta_complete_value(json_object_get(page, "charset"), "name");

    if (value && !urlmeta_place_encoding(value)) {
        return URLMETA_OK;
    }

    start = out->len;
    rc = URLMETA_OK;
    has = c->has | urlmeta_complete_stated(page);

    if (!(has & URLMETA_COMPLETE_TITLE)
        && urlmeta_complete_has_title(page, card))
    {
        rc |= urlmeta_complete_element("<meta property=\"og:title\" content=\"",
                                    urlmeta_complete_value(card, "title"),
                                    out);
    }

    if (!(has & URLMETA_COMPLETE_DESCRIPTION)) {
        rc |= urlmeta_complete_element("<meta property=\"og:description\" "
                                    "content=\"",
                                    urlmeta_complete_value(card,
                                                           "description"),
                                    out);
    }

    value = urlmeta_complete_value(json_object_get(card, "image"), "url");

    if (!(has & URLMETA_COMPLETE_IMAGE)) {
        rc |= urlmeta_complete_element("<meta property=\"og:image\" content=\"",
                                    value, out);
    }

    if (!(has & URLMETA_COMPLETE_CARD)) {
        layout = urlmeta_complete_value(card, "layout");

        rc |= urlmeta_complete_element("<meta name=\"twitter:card\" content=\"",
                                    layout && strcmp(layout, "large") == 0
                                    ? "summary_large_image" : "summary", out);
    }

    value = urlmeta_complete_value(card, "url");

    if (!(has & URLMETA_COMPLETE_URL)) {
        rc |= urlmeta_complete_element("<meta property=\"og:url\" content=\"",
                                    value, out);
    }

    if (!(has & URLMETA_COMPLETE_CANONICAL)) {
        rc |= urlmeta_complete_element("<link rel=\"canonical\" href=\"",
                                    value, out);
    }

    if (rc != URLMETA_OK) {
        out->len = start;
        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


static int
urlmeta_complete_element(const char *before, const char *value,
    urlmeta_buf_t *out)
{
    if (value == NULL || *value == '\0') {
        return URLMETA_OK;
    }

    if (urlmeta_buf_add_str(out, before) != URLMETA_OK
        || urlmeta_render_ascii(value, out) != URLMETA_OK
        || urlmeta_buf_add_str(out, "\">") != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


static const char *
urlmeta_complete_value(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}


/* the last rule of a card's title is the host, which is none of a page's */

static int
urlmeta_complete_has_title(json_t *page, json_t *card)
{
    const char  *title, *host;

    title = urlmeta_complete_value(card, "title");
    host = urlmeta_complete_value(card, "host");

    if (title == NULL || host == NULL
        || json_array_size(json_object_get(page, "titles")))
    {
        return title != NULL;
    }

    return strcmp(title, strncmp(host, "www.", 4) == 0 ? host + 4 : host) != 0;
}
