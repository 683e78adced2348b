
/*
 * What the names and attributes of elements mean for the copy of a body.
 */


#include <string.h>
#include <strings.h>

#include "html_body.h"
#include "html_name.h"


static int urlmeta_html_body_word(const char *const *words, const char *word,
    size_t len);


/* words that attributes of any element may have */

static const char *const  urlmeta_html_body_ids[] = { "content", NULL };

static const char *const  urlmeta_html_body_roles[] = {
    "main", "article", NULL
};

static const char *const  urlmeta_html_body_skip_roles[] = {
    "menu", "menubar", "toolbar", "directory", "navigation", "banner",
    "complementary", "contentinfo", "search", NULL
};

static const char *const  urlmeta_html_body_hidden[] = { "true", NULL };

static const char *const  urlmeta_html_body_article[] = {
    "articlebody", NULL
};

const char *const  urlmeta_html_body_author[] = { "author", NULL };


#include "html_name_data.inc"


const urlmeta_html_body_name_t *
urlmeta_html_body_name(const urlmeta_token_t *token, unsigned long long *key)
{
    size_t                           slot;
    const urlmeta_html_body_name_t  *name;

    *key = token->name_key ? token->name_key
                           : urlmeta_tag_key(token->name, token->name_len);

    slot = (size_t) ((*key * URLMETA_HTML_BODY_FACTOR) >> 55);
    name = &urlmeta_html_body_names[urlmeta_html_body_slots[slot]];

    if (name->key != *key
        || (token->name_len > 8
            && (token->name_len > sizeof(name->name)
                || strncmp(name->name, token->name, token->name_len) != 0)))
    {
        return &urlmeta_html_body_names[0];
    }

    return name;
}


void
urlmeta_html_body_attrs(urlmeta_html_body_attrs_t *attrs,
    const urlmeta_token_t *token)
{
    unsigned               i;
    const urlmeta_attr_t  *attr;

    memset(attrs, 0, sizeof(urlmeta_html_body_attrs_t));

    for (i = 0; i < token->nattrs; i++) {
        attr = &token->attrs[i];

        switch (attr->name_len) {

        case 2:

            if (memcmp(attr->name, "id", 2) == 0) {
                attrs->id = attr;
            }

            break;

        case 3:

            if (memcmp(attr->name, "rel", 3) == 0) {
                attrs->rel = attr;
            }

            break;

        case 4:

            if (memcmp(attr->name, "role", 4) == 0) {
                attrs->role = attr;
            }

            break;

        case 8:

            if (memcmp(attr->name, "itemprop", 8) == 0) {
                attrs->itemprop = attr;
            }

            break;

        case 9:

            if (memcmp(attr->name, "itemscope", 9) == 0) {
                attrs->itemscope = attr;
            }

            break;

        case 11:

            if (memcmp(attr->name, "aria-hidden", 11) == 0) {
                attrs->hidden = attr;
            }

            break;
        }
    }
}


int
urlmeta_html_body_asks(const urlmeta_attr_t *attr)
{
    const char         *name;
    const char *const  *words, *const *more;

    words = NULL;
    more = NULL;

    switch (attr->name_len) {

    case 2:
        name = "id";
        words = urlmeta_html_body_ids;
        break;

    case 3:
        name = "rel";
        words = urlmeta_html_body_author;
        break;

    case 4:
        name = "role";
        words = urlmeta_html_body_roles;
        more = urlmeta_html_body_skip_roles;
        break;

    case 8:
        name = "itemprop";
        break;

    case 9:
        name = "itemscope";
        break;

    case 11:
        name = "aria-hidden";
        words = urlmeta_html_body_hidden;
        break;

    default:
        return 0;
    }

    if (strncasecmp(attr->name, name, attr->name_len) != 0) {
        return 0;
    }

    /* a value that may become another one is looked at when it has */

    return words == NULL || urlmeta_html_body_has(attr, words)
           || (more && urlmeta_html_body_has(attr, more))
           || attr->value_len > URLMETA_HTML_BODY_WORDS
           || memchr(attr->value, '&', attr->value_len) != NULL;
}


unsigned
urlmeta_html_body_region(const urlmeta_html_body_attrs_t *attrs,
    const urlmeta_html_body_name_t *name, urlmeta_tag_e tag, unsigned flags)
{
    flags |= name->flags;

    if (name->kind & URLMETA_HTML_BODY_RAW) {
        flags |= URLMETA_HTML_BODY_MUTE;
    }

    if (tag == URLMETA_TAG_ARTICLE || tag == URLMETA_TAG_MAIN) {
        flags |= URLMETA_HTML_BODY_ARTICLE;

    } else if ((name->kind & URLMETA_HTML_BODY_ASIDE)
               || (tag == URLMETA_TAG_HEADER
                   && (flags & URLMETA_HTML_BODY_ARTICLE) == 0))
    {
        flags |= URLMETA_HTML_BODY_SKIP;
    }

    if (urlmeta_html_body_has(attrs->id, urlmeta_html_body_ids)
        || urlmeta_html_body_has(attrs->role, urlmeta_html_body_roles)
        || urlmeta_html_body_has(attrs->itemprop, urlmeta_html_body_article))
    {
        flags |= URLMETA_HTML_BODY_ARTICLE;
    }

    if (urlmeta_html_body_has(attrs->hidden, urlmeta_html_body_hidden)
        || urlmeta_html_body_has(attrs->role, urlmeta_html_body_skip_roles))
    {
        flags |= URLMETA_HTML_BODY_SKIP;
    }

    return flags;
}


int
urlmeta_html_body_has(const urlmeta_attr_t *attr, const char *const *words)
{
    const char  *p, *last, *word;

    if (attr == NULL || attr->value_len > URLMETA_HTML_BODY_WORDS) {
        return 0;
    }

    p = attr->value;
    last = p + attr->value_len;

    while (p < last) {

        if (urlmeta_html_is_white(*p)) {
            p++;
            continue;
        }

        word = p;

        while (p < last && !urlmeta_html_is_white(*p)) {
            p++;
        }

        if (urlmeta_html_body_word(words, word, (size_t) (p - word))) {
            return 1;
        }
    }

    return 0;
}


static int
urlmeta_html_body_word(const char *const *words, const char *word, size_t len)
{
    char  first;

    first = (char) (*word | 0x20);

    for ( /* void */ ; *words; words++) {

        /* most words of a page begin with another letter */

        if (**words == first && strncasecmp(*words, word, len) == 0
            && (*words)[len] == '\0')
        {
            return 1;
        }
    }

    return 0;
}


int
urlmeta_html_is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}


size_t
urlmeta_html_body_escape(char *out, char c)
{
    size_t       n;
    const char  *reference;

    reference = (c == '&') ? "&amp;" : (c == '<') ? "&lt;"
                : (c == '>') ? "&gt;" : (c == '"') ? "&quot;" : NULL;

    if (reference == NULL) {
        *out = c;
        return 1;
    }

    n = strlen(reference);
    memcpy(out, reference, n);

    return n;
}
