
/*
 * Page to card: the chains, and the card put together.
 */


#include <string.h>

#include "card.h"
#include "card_chain.h"
#include "card_date.h"
#include "card_text.h"
#include "formats.h"


#define URLMETA_CARD_LISTS  9       /* that can be shortened */


static json_t *urlmeta_card_make(json_t *page, json_t *http, unsigned flags,
    urlmeta_buf_t *text);
static void urlmeta_card_fields(urlmeta_card_t *c,
    const urlmeta_field_t *fields, json_t *object);
static void urlmeta_card_urls(urlmeta_card_t *c);
static void urlmeta_card_type(urlmeta_card_t *c);
static void urlmeta_card_direction(urlmeta_card_t *c);
static void urlmeta_card_twitter(urlmeta_card_t *c);
static void urlmeta_card_http(urlmeta_card_t *c);
static json_t *urlmeta_card_last_modified(urlmeta_card_t *c);
static int urlmeta_card_fit(urlmeta_card_t *c, urlmeta_buf_t *text);
static size_t urlmeta_card_size(urlmeta_card_t *c, urlmeta_buf_t *out,
    json_t *value);
static size_t urlmeta_card_drop_items(urlmeta_card_t *c, urlmeta_buf_t *out,
    size_t total);


/* docs/card.md tells these to the reader */

static const urlmeta_rule_t  urlmeta_title[] = {
    { URLMETA_RULE_META, "og:title", 0 },
    { URLMETA_RULE_META, "twitter:title", 0 },
    { URLMETA_RULE_JSONLD, "headline", 0 },
    { URLMETA_RULE_JSONLD, "name", 0 },
    { URLMETA_RULE_TITLE, "title", 0 },
    { URLMETA_RULE_META, "title", 0 },
    { URLMETA_RULE_META, "dc.title", 0 },
    { URLMETA_RULE_META, "dcterms.title", 0 },
    { URLMETA_RULE_META, "citation_title", 0 },
    { URLMETA_RULE_META, "parsely-title", 0 },
    { URLMETA_RULE_META, "sailthru.title", 0 },
    { URLMETA_RULE_ITEMPROP, "headline", 0 },
    { URLMETA_RULE_ITEMPROP, "name", 0 },
    { URLMETA_RULE_HEADING, "h1", 0 },
    { URLMETA_RULE_HEADING, "h2", 0 },
    { URLMETA_RULE_HEADING, "h3", 0 },
    { URLMETA_RULE_FILE, "file name", 0 },
    { URLMETA_RULE_HOST, "host", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_description[] = {
    { URLMETA_RULE_META, "og:description", 0 },
    { URLMETA_RULE_META, "twitter:description", 0 },
    { URLMETA_RULE_META, "description", 0 },
    { URLMETA_RULE_JSONLD, "description", 0 },
    { URLMETA_RULE_ITEMPROP, "description", 0 },
    { URLMETA_RULE_META, "dc.description", 0 },
    { URLMETA_RULE_META, "dcterms.description", 0 },
    { URLMETA_RULE_META, "dcterms.abstract", 0 },
    { URLMETA_RULE_META, "citation_abstract", 0 },
    { URLMETA_RULE_META, "sailthru.description", 0 },
    { URLMETA_RULE_META, "parsely-summary", 0 },
    { URLMETA_RULE_JSONLD, "articleBody", 300 },
    { URLMETA_RULE_BODY, "paragraphs", 300 },
    { URLMETA_RULE_BODY, "summary", 500 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_site_name[] = {
    { URLMETA_RULE_META, "og:site_name", 0 },
    { URLMETA_RULE_JSONLD, "publisher.name", 0 },
    { URLMETA_RULE_WEBSITE, "name", 0 },
    { URLMETA_RULE_META, "application-name", 0 },
    { URLMETA_RULE_META, "apple-mobile-web-app-title", 0 },
    { URLMETA_RULE_META, "og:app_name", 0 },
    { URLMETA_RULE_META, "al:ios:app_name", 0 },
    { URLMETA_RULE_META, "al:android:app_name", 0 },
    { URLMETA_RULE_META, "al:iphone:app_name", 0 },
    { URLMETA_RULE_META, "al:ipad:app_name", 0 },
    { URLMETA_RULE_META, "al:windows_phone:app_name", 0 },
    { URLMETA_RULE_META, "al:windows_universal:app_name", 0 },
    { URLMETA_RULE_META, "al:windows:app_name", 0 },
    { URLMETA_RULE_META, "twitter:app:name:iphone", 0 },
    { URLMETA_RULE_META, "twitter:app:name:ipad", 0 },
    { URLMETA_RULE_META, "twitter:app:name:googleplay", 0 },
    { URLMETA_RULE_META, "publisher", 0 },
    { URLMETA_RULE_META, "dc.publisher", 0 },
    { URLMETA_RULE_META, "dcterms.publisher", 0 },
    { URLMETA_RULE_META, "citation_journal_title", 0 },
    { URLMETA_RULE_ORGANIZATION, "name", 0 },
    { URLMETA_RULE_META, "twitter:site", 0 },
    { URLMETA_RULE_HOST, "host", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_published[] = {
    { URLMETA_RULE_JSONLD_VALUE, "datePublished", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "uploadDate", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "dateCreated", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "datePosted", 0 },
    { URLMETA_RULE_META, "article:published_time", 0 },
    { URLMETA_RULE_META, "og:article:published_time", 0 },
    { URLMETA_RULE_META, "article:published", 0 },
    { URLMETA_RULE_META, "og:published_time", 0 },
    { URLMETA_RULE_META, "book:release_date", 0 },
    { URLMETA_RULE_META, "music:release_date", 0 },
    { URLMETA_RULE_META, "video:release_date", 0 },
    { URLMETA_RULE_ITEMPROP, "datepublished", 0 },
    { URLMETA_RULE_META, "datepublished", 0 },
    { URLMETA_RULE_META, "citation_publication_date", 0 },
    { URLMETA_RULE_META, "citation_online_date", 0 },
    { URLMETA_RULE_META, "citation_date", 0 },
    { URLMETA_RULE_META, "dcterms.created", 0 },
    { URLMETA_RULE_META, "dcterms.issued", 0 },
    { URLMETA_RULE_META, "dc.date.issued", 0 },
    { URLMETA_RULE_META, "dcterms.date", 0 },
    { URLMETA_RULE_META, "dc.date", 0 },
    { URLMETA_RULE_META, "parsely-pub-date", 0 },
    { URLMETA_RULE_META, "sailthru.date", 0 },
    { URLMETA_RULE_META, "date", 0 },
    { URLMETA_RULE_META, "pubdate", 0 },
    { URLMETA_RULE_META, "publish-date", 0 },
    { URLMETA_RULE_META, "publish_date", 0 },
    { URLMETA_RULE_JSONLD_VALUE, "startDate", 0 },
    { URLMETA_RULE_BODY, "times", 0 },
    { URLMETA_RULE_PATH_DATE, "date in the address", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_modified[] = {
    { URLMETA_RULE_JSONLD_VALUE, "dateModified", 0 },
    { URLMETA_RULE_META, "article:modified_time", 0 },
    { URLMETA_RULE_META, "og:article:modified_time", 0 },
    { URLMETA_RULE_META, "og:updated_time", 0 },
    { URLMETA_RULE_ITEMPROP, "datemodified", 0 },
    { URLMETA_RULE_META, "datemodified", 0 },
    { URLMETA_RULE_META, "dcterms.modified", 0 },
    { URLMETA_RULE_META, "last-modified", 0 },
    { URLMETA_RULE_HTTP_EQUIV, "last-modified", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_language[] = {
    { URLMETA_RULE_PAGE, "language", 0 },
    { URLMETA_RULE_META, "og:locale", 0 },
    { URLMETA_RULE_JSONLD, "inLanguage.alternateName", 0 },
    { URLMETA_RULE_JSONLD, "inLanguage.name", 0 },
    { URLMETA_RULE_HTTP, "content_language", 0 },
    { URLMETA_RULE_HTTP_EQUIV, "content-language", 0 },
    { URLMETA_RULE_META, "language", 0 },
    { URLMETA_RULE_META, "dc.language", 0 },
    { URLMETA_RULE_META, "dcterms.language", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_locale[] = {
    { URLMETA_RULE_META, "og:locale", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_canonical[] = {
    { URLMETA_RULE_LINK, "canonical", 0 },
    { URLMETA_RULE_META, "og:url", 0 },
    { URLMETA_RULE_JSONLD_URL, "mainEntityOfPage", 0 },
    { URLMETA_RULE_JSONLD_URL, "url", 0 },
    { URLMETA_RULE_BODY, "amp-canurl", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_section[] = {
    { URLMETA_RULE_META, "article:section", 0 },
    { URLMETA_RULE_JSONLD, "articleSection", 0 },
    { URLMETA_RULE_META, "parsely-section", 0 },
    { URLMETA_RULE_META, "og:article:section", 0 },
    { URLMETA_RULE_JSONLD, "genre", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_theme_color[] = {
    { URLMETA_RULE_META, "theme-color", 0 },
    { URLMETA_RULE_META, "msapplication-tilecolor", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_robots[] = {
    { URLMETA_RULE_META, "robots", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_viewport[] = {
    { URLMETA_RULE_META, "viewport", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_generator[] = {
    { URLMETA_RULE_META, "generator", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_twitter_card[] = {
    { URLMETA_RULE_META, "twitter:card", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_twitter_site[] = {
    { URLMETA_RULE_META, "twitter:site", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_twitter_creator[] = {
    { URLMETA_RULE_META, "twitter:creator", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_rule_t  urlmeta_fediverse[] = {
    { URLMETA_RULE_META, "fediverse:creator", 0 },
    { URLMETA_RULE_END, NULL, 0 }
};


static const urlmeta_field_t  urlmeta_texts[] = {
    { "title", urlmeta_title, urlmeta_card_accept_text,
      URLMETA_CARD_TITLE },
    { "description", urlmeta_description, urlmeta_card_accept_description,
      URLMETA_CARD_DESCRIPTION },
    { "site_name", urlmeta_site_name, urlmeta_card_accept_site,
      URLMETA_CARD_SITE_NAME },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_field_t  urlmeta_dates[] = {
    { "published", urlmeta_published, urlmeta_card_accept_date, 0 },
    { "modified", urlmeta_modified, urlmeta_card_accept_date, 0 },
    { "language", urlmeta_language, urlmeta_card_accept_language, 0 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_field_t  urlmeta_rest[] = {
    { "theme_color", urlmeta_theme_color, urlmeta_card_accept_color, 0 },
    { "robots", urlmeta_robots, urlmeta_card_accept_text, 200 },
    { "viewport", urlmeta_viewport, urlmeta_card_accept_text, 200 },
    { "generator", urlmeta_generator, urlmeta_card_accept_text, 200 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_field_t  urlmeta_twitter_fields[] = {
    { "card", urlmeta_twitter_card, urlmeta_card_accept_text, 40 },
    { "site", urlmeta_twitter_site, urlmeta_card_accept_text, 40 },
    { "creator", urlmeta_twitter_creator, urlmeta_card_accept_text, 40 },
    { NULL, NULL, NULL, 0 }
};


static const urlmeta_field_t  urlmeta_locale_field = {
    "locale", urlmeta_locale, urlmeta_card_accept_text, 20
};


static const urlmeta_field_t  urlmeta_section_field = {
    "section", urlmeta_section, urlmeta_card_accept_text, URLMETA_CARD_WORD
};


static const urlmeta_field_t  urlmeta_fediverse_field = {
    "fediverse_creator", urlmeta_fediverse, urlmeta_card_accept_handle, 200
};


static const urlmeta_field_t  urlmeta_url_field = {
    "url", urlmeta_canonical, urlmeta_card_accept_own_url, 0
};


static const urlmeta_field_t  urlmeta_canonical_field = {
    "canonical_url", urlmeta_canonical, urlmeta_card_accept_url, 0
};


json_t *
urlmeta_card(json_t *page, json_t *http, unsigned flags)
{
    json_t         *card;
    urlmeta_buf_t   text;

    memset(&text, 0, sizeof(text));

    card = urlmeta_card_make(page, http, flags, &text);

    urlmeta_buf_free(&text);

    return card;
}


int
urlmeta_card_json(json_t *page, json_t *http, unsigned flags,
    urlmeta_buf_t *out)
{
    int             rc;
    json_t         *card;
    urlmeta_buf_t   text;

    memset(&text, 0, sizeof(text));

    rc = URLMETA_ERROR;
    card = urlmeta_card_make(page, http, flags, &text);

    if (card != NULL) {
        rc = text.len ? urlmeta_buf_add(out, text.data, text.len)
                      : urlmeta_formats_json(card, out);
    }

    json_decref(card);
    urlmeta_buf_free(&text);

    return rc;
}


/* "text" is what the card is as JSON, or empty if it has not been written */

static json_t *
urlmeta_card_make(json_t *page, json_t *http, unsigned flags,
    urlmeta_buf_t *text)
{
    json_t          *card;
    urlmeta_card_t   c;

    card = NULL;

    if (urlmeta_card_open(&c, page, http, flags) != URLMETA_OK) {
        goto done;
    }

    /* the order of docs/card.schema.json */

    urlmeta_card_urls(&c);
    urlmeta_card_type(&c);
    urlmeta_card_fields(&c, urlmeta_texts, c.card);
    urlmeta_card_title_short(&c);
    urlmeta_card_images(&c);
    urlmeta_card_icons(&c);
    urlmeta_card_video_audio(&c);
    urlmeta_card_authors(&c);
    urlmeta_card_fields(&c, urlmeta_dates, c.card);
    urlmeta_card_direction(&c);
    urlmeta_card_set(&c, c.card, "locale",
                     urlmeta_card_choose(&c, &urlmeta_locale_field));
    urlmeta_card_tags(&c);
    urlmeta_card_set(&c, c.card, "section",
                     urlmeta_card_choose(&c, &urlmeta_section_field));
    urlmeta_card_facts(&c);
    urlmeta_card_body_facts(&c);
    urlmeta_card_labels(&c);
    urlmeta_card_fields(&c, urlmeta_rest, c.card);
    urlmeta_card_layout(&c);
    urlmeta_card_twitter(&c);
    urlmeta_card_set(&c, c.card, "fediverse_creator",
                     urlmeta_card_choose(&c, &urlmeta_fediverse_field));
    urlmeta_card_discovered(&c);
    urlmeta_card_http(&c);

    if (flags & URLMETA_CARD_DETAILS) {
        urlmeta_card_details(&c);

    } else if (!c.failed && urlmeta_card_fit(&c, text) != URLMETA_OK) {
        c.failed = 1;
    }

    if (!c.failed) {
        card = json_incref(c.card);
    }

done:

    urlmeta_card_close(&c);

    return card;
}


static void
urlmeta_card_fields(urlmeta_card_t *c, const urlmeta_field_t *fields,
    json_t *object)
{
    for ( /* void */ ; fields->name != NULL; fields++) {
        urlmeta_card_set(c, object, fields->name,
                         urlmeta_card_choose(c, fields));
    }
}


static void
urlmeta_card_urls(urlmeta_card_t *c)
{
    size_t       len;
    json_t      *url, *effective, *asked;
    const char  *host;

    static const urlmeta_rule_t  rule = {
        URLMETA_RULE_HTTP, "effective_url", 0
    };

    effective = json_null();

    if (c->effective_len != 0 && c->effective_len <= URLMETA_URL_MAX) {
        effective = urlmeta_card_string(c, c->effective, c->effective_len);
    }

    url = urlmeta_card_choose(c, &urlmeta_url_field);

    if (json_is_null(url)) {
        url = json_incref(effective);
        urlmeta_card_source(c, "url", 1, &rule, c->effective,
                            c->effective_len);
    }

    len = urlmeta_card_stated_url(c, json_object_get(c->http,
                                                     "requested_url"));
    asked = len ? urlmeta_card_string(c, c->url, len) : json_null();

    len = urlmeta_card_host(c->effective, &host);

    urlmeta_card_set(c, c->card, "url", url);
    urlmeta_card_set(c, c->card, "requested_url", asked);
    urlmeta_card_set(c, c->card, "effective_url", effective);
    urlmeta_card_set(c, c->card, "canonical_url",
                     urlmeta_card_choose(c, &urlmeta_canonical_field));
    urlmeta_card_set(c, c->card, "host",
                     len ? urlmeta_card_string(c, host, len) : json_null());
}


static void
urlmeta_card_type(urlmeta_card_t *c)
{
    size_t       i, len;
    json_t      *type;
    const char  *stated;

    static const urlmeta_rule_t  og = { URLMETA_RULE_META, "og:type", 0 };
    static const urlmeta_rule_t  ld = { URLMETA_RULE_JSONLD, "@type", 0 };

    static const struct {
        const char              *type;
        const char              *name;
    } types[] = {
        { "VideoObject", "video.other" },
        { "MusicRecording", "music.song" },
        { "MusicAlbum", "music.album" },
        { "MusicPlaylist", "music.playlist" },
        { "AudioObject", "audio" },
        { "PodcastEpisode", "audio" },
        { "Movie", "video.movie" },
        { "TVSeries", "video.tv_show" },
        { "TVEpisode", "video.episode" },
        { "Book", "book" }
    };

    static const char  *classes[] = {
        [URLMETA_JSONLD_ARTICLE] = "article",
        [URLMETA_JSONLD_PRODUCT] = "product",
        [URLMETA_JSONLD_RECIPE] = "recipe",
        [URLMETA_JSONLD_EVENT] = "event",
        [URLMETA_JSONLD_JOB] = "job",
        [URLMETA_JSONLD_COURSE] = "course",
        [URLMETA_JSONLD_PLACE] = "place",
        [URLMETA_JSONLD_PERSON] = "profile"
    };

    if (strcmp(c->kind, "image") == 0 || strcmp(c->kind, "video") == 0
        || strcmp(c->kind, "audio") == 0 || strcmp(c->kind, "file") == 0)
    {
        urlmeta_card_set(c, c->card, "type", json_string(c->kind));
        return;
    }

    if (strcmp(c->kind, "text") == 0) {
        urlmeta_card_set(c, c->card, "type", json_string("file"));
        return;
    }

    stated = urlmeta_card_meta(c, og.name, &len);

    if (stated != NULL) {
        type = urlmeta_card_text(c, stated, len, URLMETA_CARD_WORD);

        if (type != NULL) {
            urlmeta_card_source(c, "type", 1, &og, stated, len);
            urlmeta_card_set(c, c->card, "type", type);
            return;
        }
    }

    stated = NULL;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (c->node != NULL && urlmeta_jsonld_is(c->node, types[i].type)) {
            stated = types[i].name;
            break;
        }
    }

    if (stated == NULL && (size_t) c->cls < sizeof(classes) / sizeof(char *)) {
        stated = classes[c->cls];
    }

    if (stated != NULL) {
        urlmeta_card_source(c, "type", 1, &ld, stated, strlen(stated));
    }

    urlmeta_card_set(c, c->card, "type",
                     json_string(stated ? stated : "website"));
}


static void
urlmeta_card_direction(urlmeta_card_t *c)
{
    int          strong;
    json_t      *title;
    const char  *stated;

    stated = json_string_value(json_object_get(c->page, "direction"));
    title = json_object_get(c->card, "title");
    strong = 0;

    if (stated != NULL && strcmp(stated, "rtl") == 0) {
        strong = 'r';

    } else if (stated != NULL && strcmp(stated, "ltr") == 0) {
        strong = 'l';

    } else if (json_is_string(title)) {
        strong = urlmeta_text_direction(json_string_value(title),
                                        json_string_length(title));
    }

    urlmeta_card_set(c, c->card, "direction",
                     strong == 'r' ? json_string("rtl")
                     : strong == 'l' ? json_string("ltr") : json_null());
}


static void
urlmeta_card_twitter(urlmeta_card_t *c)
{
    json_t  *twitter, *sources;

    twitter = json_object();
    urlmeta_card_set(c, c->card, "twitter", twitter);

    /* its members are no fields of the card: details do not tell of them */

    sources = c->sources;
    c->sources = NULL;

    if (!c->failed) {
        urlmeta_card_fields(c, urlmeta_twitter_fields, twitter);
    }

    c->sources = sources;
}


static void
urlmeta_card_http(urlmeta_card_t *c)
{
    size_t           i, len;
    json_t          *http, *charset, *redirects, *hop, *kept, *type, *status;
    urlmeta_date_t   date;

    http = json_object();
    kept = json_array();
    urlmeta_card_set(c, c->card, "http", http);

    if (http == NULL || kept == NULL) {
        json_decref(kept);
        c->failed = 1;
        return;
    }

    charset = json_object_get(json_object_get(c->page, "charset"), "name");

    type = json_object_get(c->http, "content_type");
    type = json_string_length(type)
           ? urlmeta_card_text(c, json_string_value(type),
                               json_string_length(type), URLMETA_CARD_WORD)
           : NULL;

    status = json_object_get(c->http, "status");
    urlmeta_card_set(c, http, "status", json_is_number(status)
                                        ? json_incref(status) : json_null());
    urlmeta_card_set(c, http, "content_type", type ? type : json_null());
    urlmeta_card_set(c, http, "charset", json_is_string(charset)
                                         ? json_incref(charset) : json_null());

    status = json_object_get(c->http, "bytes");
    urlmeta_card_set(c, http, "bytes", json_is_number(status)
                                       ? json_incref(status) : json_null());
    urlmeta_card_set(c, http, "last_modified",
                     urlmeta_card_last_modified(c));
    urlmeta_card_set(c, http, "redirects", kept);

    redirects = json_object_get(c->http, "redirects");

    json_array_foreach(redirects, i, hop) {
        status = json_object_get(hop, "status");
        len = urlmeta_card_stated_url(c, json_object_get(hop, "url"));

        if (len == 0 || !json_is_number(status)) {
            continue;
        }

        hop = json_object();

        if (hop == NULL) {
            c->failed = 1;
            return;
        }

        urlmeta_card_set(c, hop, "status", json_incref(status));
        urlmeta_card_set(c, hop, "url", urlmeta_card_string(c, c->url, len));
        urlmeta_card_append(c, kept, hop);
    }

    urlmeta_card_set(c, http, "fetched_at",
                     c->now != 0 && urlmeta_date_set(&date, c->now)
                     ? json_string(date.text) : json_null());
    urlmeta_card_set(c, http, "truncated",
                     json_boolean(json_is_true(json_object_get(c->http,
                                                               "truncated"))
                                  || json_is_true(json_object_get(c->page,
                                                  "truncated"))));
}


/* when the server says that the document was changed, not the page */

static json_t *
urlmeta_card_last_modified(urlmeta_card_t *c)
{
    json_t          *value;
    urlmeta_date_t   date;

    value = json_object_get(c->http, "last_modified");

    if (json_string_length(value) == 0
        || !urlmeta_date_parse(&date, json_string_value(value),
                               json_string_length(value)))
    {
        return json_null();
    }

    return urlmeta_card_string(c, date.text, strlen(date.text));
}


/*
 * A card has to fit the cache: items go from the ends of the longest lists
 * first, then what can be missed most.
 */

static int
urlmeta_card_fit(urlmeta_card_t *c, urlmeta_buf_t *text)
{
    size_t          i, total;
    json_t         *value;
    urlmeta_buf_t   out;

    static const char  *optional[] = {
        "player", "audio", "video", "logo", "icon_dark", "amp_url", "license",
        "author", "robots", "viewport", "generator", "fediverse_creator",
        "title_short", "icon", "image", "canonical_url", "description",
        "requested_url", "effective_url", "section", "facts", "site_name",
        "url", NULL
    };

    total = urlmeta_card_size(c, text, c->card);

    if (total <= URLMETA_CARD_MAX_SIZE) {
        return c->failed ? URLMETA_ERROR : URLMETA_OK;
    }

    urlmeta_buf_reset(text);
    memset(&out, 0, sizeof(out));

    total = urlmeta_card_drop_items(c, &out, total);

    for (i = 0; total > URLMETA_CARD_MAX_SIZE && optional[i] != NULL; i++) {

        value = json_object_get(c->card, optional[i]);

        if (!json_is_object(value) && !json_is_string(value)) {
            continue;
        }

        total -= urlmeta_card_size(c, &out, value);
        total += strlen("null");

        urlmeta_card_set(c, c->card, optional[i],
                         strcmp(optional[i], "facts") == 0 ? json_object()
                                                           : json_null());

        if (strcmp(optional[i], "image") == 0) {
            urlmeta_card_set(c, c->card, "image_is_icon", json_false());
            urlmeta_card_set(c, c->card, "layout", json_string("text"));
        }

        if (c->failed) {
            break;
        }
    }

    urlmeta_buf_free(&out);

    return c->failed ? URLMETA_ERROR : URLMETA_OK;
}


static size_t
urlmeta_card_size(urlmeta_card_t *c, urlmeta_buf_t *out, json_t *value)
{
    urlmeta_buf_reset(out);

    if (urlmeta_formats_json(value, out) != URLMETA_OK) {
        c->failed = 1;
        return 0;
    }

    return out->len;
}


/* what is left of "total" once the card fits, or the lists are empty */

static size_t
urlmeta_card_drop_items(urlmeta_card_t *c, urlmeta_buf_t *out, size_t total)
{
    size_t   i, n, size, longest, sizes[URLMETA_CARD_LISTS];
    json_t  *lists[URLMETA_CARD_LISTS];

    static const char  *names[] = {
        "images", "icons", "alternates", "tags", "labels", "feeds", "oembed",
        "authors", "redirects"
    };

    for (i = 0; i < URLMETA_CARD_LISTS; i++) {
        lists[i] = json_object_get(c->card, names[i]);

        if (lists[i] == NULL) {
            lists[i] = json_object_get(json_object_get(c->card, "http"),
                                       names[i]);
        }

        sizes[i] = urlmeta_card_size(c, out, lists[i]);
    }

    while (total > URLMETA_CARD_MAX_SIZE && !c->failed) {
        longest = 0;

        for (i = 1; i < URLMETA_CARD_LISTS; i++) {
            if (sizes[i] > sizes[longest]) {
                longest = i;
            }
        }

        n = json_array_size(lists[longest]);

        if (n == 0) {
            break;
        }

        size = urlmeta_card_size(c, out, json_array_get(lists[longest], n - 1))
               + (n > 1);

        sizes[longest] -= size;
        total -= size;

        json_array_remove(lists[longest], n - 1);
    }

    return total;
}
