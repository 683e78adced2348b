
/*
 * Video, audio and players of a card.
 */


#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_date.h"
#include "card_media.h"


static void urlmeta_card_twitter_player(urlmeta_card_t *c);
static void urlmeta_card_twitter_stream(urlmeta_card_t *c);
static void urlmeta_card_jsonld_media(urlmeta_card_t *c);
static int urlmeta_card_add_player(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static void urlmeta_card_body_media(urlmeta_card_t *c);
static int urlmeta_card_add_audio(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static void urlmeta_card_enclosures(urlmeta_card_t *c);
static int urlmeta_card_is_any(json_t *node, const char **types);
static void urlmeta_card_og_video(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name);
static void urlmeta_card_og_audio(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name);
static void urlmeta_card_set_media(urlmeta_card_t *c, const char *field,
    const urlmeta_rule_t *rule, json_t *url, json_t *type, json_t *width,
    json_t *height, json_t *duration);
static void urlmeta_card_player(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    json_t *value, json_t *width, json_t *height);
static int urlmeta_card_media_kind(json_t *stated, json_t *address);
static int urlmeta_card_extension(const char *url, size_t len,
    const char *list);


json_t *
urlmeta_card_media(urlmeta_card_t *c, const char *url, size_t len)
{
    json_t  *media;

    media = json_object();

    if (media == NULL) {
        c->failed = 1;
        return NULL;
    }

    urlmeta_card_set(c, media, "url", urlmeta_card_string(c, url, len));
    urlmeta_card_set(c, media, "type", json_null());
    urlmeta_card_set(c, media, "width", json_null());
    urlmeta_card_set(c, media, "height", json_null());
    urlmeta_card_set(c, media, "duration", json_null());

    return media;
}


/*
 * Direct media go to "video" and "audio", a page to be framed to "player":
 * many sites put the address of their player into og:video.
 */

void
urlmeta_card_video_audio(urlmeta_card_t *c)
{
    json_t  *node;

    static const urlmeta_rule_t  itemprop = {
        URLMETA_RULE_ITEMPROP, "embedurl", 0
    };

    static const urlmeta_rule_t  linked = {
        URLMETA_RULE_BODY, "audio_links", 0
    };

    urlmeta_card_set(c, c->card, "video", json_null());
    urlmeta_card_set(c, c->card, "audio", json_null());
    urlmeta_card_set(c, c->card, "player", json_null());

    if (strcmp(c->kind, "video") == 0 || strcmp(c->kind, "audio") == 0) {
        urlmeta_card_itself(c, c->kind);
        return;
    }

    urlmeta_card_twitter_player(c);

    urlmeta_card_og(c, "og:video", urlmeta_card_og_video);
    urlmeta_card_og(c, "og:audio", urlmeta_card_og_audio);

    urlmeta_card_twitter_stream(c);
    urlmeta_card_jsonld_media(c);

    /* a film beside the node that speaks for the page */

    node = c->node;
    c->node = urlmeta_jsonld_find(c->ld, URLMETA_JSONLD_MEDIA);

    if (c->node != NULL && c->node != node) {
        urlmeta_card_jsonld_media(c);
    }

    c->node = node;

    if (urlmeta_card_item_enter(c)) {
        urlmeta_card_jsonld_media(c);
        urlmeta_card_item_leave(c);
    }

    urlmeta_card_walk(c, &itemprop, urlmeta_card_add_player, NULL);

    urlmeta_card_body_media(c);
    urlmeta_card_enclosures(c);
    urlmeta_card_walk(c, &linked, urlmeta_card_add_audio, NULL);
}


static int
urlmeta_card_add_player(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    json_t  *url;

    url = urlmeta_card_string(c, value, len);

    if (url != NULL) {
        urlmeta_card_player(c, rule, url, NULL, NULL);
        json_decref(url);
    }

    return 0;
}


/* audio and video elements, and the sources of them */

static void
urlmeta_card_body_media(urlmeta_card_t *c)
{
    int              kind;
    size_t           i;
    json_t          *item, *url, *type;
    const char      *element;
    urlmeta_rule_t   rule;

    rule.type = URLMETA_RULE_BODY;
    rule.limit = 0;

    json_array_foreach(json_object_get(c->page, "media"), i, item) {
        element = json_string_value(json_object_get(item, "element"));
        url = json_object_get(item, "src");
        type = json_object_get(item, "type");

        if (element == NULL || json_string_length(url) == 0) {
            continue;
        }

        rule.name = element;
        kind = urlmeta_card_media_kind(type, url);

        if (kind == 'p' || kind == 'x') {
            continue;
        }

        urlmeta_card_set_media(c, kind == 'a' ? "audio" : element, &rule,
                               url, type, json_object_get(item, "width"),
                               json_object_get(item, "height"), NULL);
    }
}


static int
urlmeta_card_add_audio(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    json_t  *url;

    url = urlmeta_card_string(c, value, len);

    if (url != NULL) {
        urlmeta_card_set_media(c, "audio", rule, url, data, NULL, NULL, NULL);
        json_decref(url);
    }

    return 0;
}


/* the sound that belongs to the page, by the type of the link or its name */

static void
urlmeta_card_enclosures(urlmeta_card_t *c)
{
    size_t       i, len;
    json_t      *link, *url, *type;
    const char  *rel;

    static const urlmeta_rule_t  rule = {
        URLMETA_RULE_LINK, "enclosure", 0
    };

    json_array_foreach(c->links, i, link) {
        rel = json_string_value(json_object_get(link, "rel"));

        if (rel == NULL || !urlmeta_card_has_token(rel, rule.name)) {
            continue;
        }

        len = urlmeta_card_link_url(c, link);

        if (len == 0) {
            continue;
        }

        url = urlmeta_card_string(c, c->url, len);
        type = json_object_get(link, "type");

        if (url != NULL && urlmeta_card_media_kind(type, url) == 'a') {
            (void) urlmeta_card_add_audio(c, type, &rule,
                                          json_string_value(url), len);
        }

        json_decref(url);
    }
}


static void
urlmeta_card_twitter_player(urlmeta_card_t *c)
{
    size_t       len;
    json_t      *url, *width, *height;
    const char  *card;

    static const urlmeta_rule_t  rule = {
        URLMETA_RULE_META, "twitter:player", 0
    };

    /* a page that offers a picture as its Twitter card means no player */

    card = urlmeta_card_meta(c, "twitter:card", &len);

    if (card != NULL && strcasecmp(card, "summary_large_image") == 0) {
        return;
    }

    url = json_object_get(c->metas, "twitter:player");
    width = json_object_get(c->metas, "twitter:player:width");
    height = json_object_get(c->metas, "twitter:player:height");

    urlmeta_card_player(c, &rule, json_array_get(url, 0),
                        json_array_get(width, 0), json_array_get(height, 0));
}


static void
urlmeta_card_twitter_stream(urlmeta_card_t *c)
{
    int      kind;
    json_t  *url, *type;

    static const urlmeta_rule_t  rule = {
        URLMETA_RULE_META, "twitter:player:stream", 0
    };

    url = json_array_get(json_object_get(c->metas, rule.name), 0);
    type = json_object_get(c->metas, "twitter:player:stream:content_type");
    type = json_array_get(type, 0);

    if (url == NULL) {
        return;
    }

    kind = urlmeta_card_media_kind(type, url);

    if (kind != 'x' && kind != 'p') {
        urlmeta_card_set_media(c, kind == 'a' ? "audio" : "video", &rule, url,
                               type, NULL, NULL, NULL);
    }
}


/* the main node may be a film or a sound itself, or have one */

static void
urlmeta_card_jsonld_media(urlmeta_card_t *c)
{
    int             kind;
    size_t          i;
    json_t         *node, *url, *type, *duration;
    const char     *field;
    urlmeta_rule_t  rule;

    static const char  *members[] = {
        NULL, "video", "audio", "associatedMedia"
    };

    static const char  *types[] = {
        "AudioObject", "MusicRecording", "PodcastEpisode", NULL
    };

    rule.type = URLMETA_RULE_JSONLD_URL;
    rule.limit = 0;

    for (i = 0; c->node != NULL && i < 4; i++) {
        node = c->node;

        if (members[i] != NULL) {
            node = urlmeta_jsonld_get(c->ld, c->node, members[i]);

            if (json_is_array(node)) {
                node = urlmeta_jsonld_resolve(c->ld, json_array_get(node, 0));
            }
        }

        if (!json_is_object(node)) {
            continue;
        }

        duration = urlmeta_jsonld_get(c->ld, node, "duration");
        url = urlmeta_jsonld_get(c->ld, node, "contentUrl");
        type = urlmeta_jsonld_get(c->ld, node, "encodingFormat");

        if (json_is_string(url)) {
            rule.name = "contentUrl";
            kind = urlmeta_card_media_kind(type, url);
            field = (kind == 'v') ? "video" : (kind == 'a') ? "audio" : NULL;

            if (kind == 0) {
                field = urlmeta_jsonld_is(node, "VideoObject") ? "video"
                        : urlmeta_card_is_any(node, types) ? "audio" : NULL;
            }

            if (field != NULL) {
                urlmeta_card_set_media(c, field, &rule, url, type,
                                       urlmeta_jsonld_get(c->ld, node,
                                                          "width"),
                                       urlmeta_jsonld_get(c->ld, node,
                                                          "height"),
                                       duration);
            }
        }

        rule.name = "embedUrl";
        url = urlmeta_jsonld_get(c->ld, node, rule.name);

        if (json_is_string(url)) {
            urlmeta_card_player(c, &rule, url,
                                urlmeta_jsonld_get(c->ld, node, "width"),
                                urlmeta_jsonld_get(c->ld, node, "height"));
        }
    }
}


static int
urlmeta_card_is_any(json_t *node, const char **types)
{
    for ( /* void */ ; *types != NULL; types++) {
        if (urlmeta_jsonld_is(node, *types)) {
            return 1;
        }
    }

    return 0;
}


static void
urlmeta_card_og_video(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name)
{
    int              kind;
    json_t          *url, *duration;
    urlmeta_rule_t   rule;

    rule.type = URLMETA_RULE_META;
    rule.name = name;
    rule.limit = 0;

    if (urlmeta_card_og_url(c, og) == 0) {
        return;
    }

    url = urlmeta_card_string(c, c->url, strlen(c->url));

    if (url == NULL) {
        return;
    }

    kind = urlmeta_card_media_kind(og->type, url);
    duration = og->duration;

    if (duration == NULL) {
        duration = json_array_get(json_object_get(c->metas, "video:duration"),
                                  0);
    }

    if (kind == 'p') {
        urlmeta_card_player(c, &rule, url, og->width, og->height);

    } else if (kind != 'x') {
        urlmeta_card_set_media(c, kind == 'a' ? "audio" : "video", &rule, url,
                               og->type, og->width, og->height, duration);
    }

    json_decref(url);
}


static void
urlmeta_card_og_audio(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name)
{
    json_t          *url;
    const char      *type;
    urlmeta_rule_t   rule;

    rule.type = URLMETA_RULE_META;
    rule.name = name;
    rule.limit = 0;

    if (urlmeta_card_og_url(c, og) == 0) {
        return;
    }

    type = json_string_value(og->type);

    if (type != NULL && strncasecmp(type, "text/html", 9) == 0) {
        return;
    }

    url = urlmeta_card_string(c, c->url, strlen(c->url));

    if (url == NULL) {
        return;
    }

    urlmeta_card_set_media(c, "audio", &rule, url, og->type, NULL, NULL,
                           og->duration);
    json_decref(url);
}


/* the first one is kept */

static void
urlmeta_card_set_media(urlmeta_card_t *c, const char *field,
    const urlmeta_rule_t *rule, json_t *url, json_t *type, json_t *width,
    json_t *height, json_t *duration)
{
    int         n, won;
    size_t      len;
    json_t     *media;
    long long   seconds;

    len = urlmeta_card_url(c, json_string_value(url), json_string_length(url));
    won = (len != 0 && json_is_null(json_object_get(c->card, field)));

    urlmeta_card_source(c, field, won, rule, json_string_value(url),
                        json_string_length(url));

    if (!won) {
        return;
    }

    media = urlmeta_card_media(c, c->url, len);

    if (media == NULL) {
        return;
    }

    urlmeta_card_fill(c, media, "type", urlmeta_card_mime(c, type));

    n = urlmeta_card_side(width);
    urlmeta_card_fill(c, media, "width", n ? json_integer(n) : NULL);

    n = urlmeta_card_side(height);
    urlmeta_card_fill(c, media, "height", n ? json_integer(n) : NULL);

    seconds = -1;

    if (json_is_string(duration)) {
        seconds = urlmeta_date_duration(json_string_value(duration),
                                        json_string_length(duration));
    }

    urlmeta_card_fill(c, media, "duration",
                      seconds > 0 ? json_integer(seconds) : NULL);

    urlmeta_card_set(c, c->card, field, media);
}


/* an https page for a frame; the first one is kept */

static void
urlmeta_card_player(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    json_t *value, json_t *width, json_t *height)
{
    int      n, won;
    size_t   len;
    json_t  *player;

    if (json_string_length(value) == 0) {
        return;
    }

    len = urlmeta_card_url(c, json_string_value(value),
                           json_string_length(value));

    won = (len != 0 && strncmp(c->url, "https:", 6) == 0
           && json_is_null(json_object_get(c->card, "player")));

    urlmeta_card_source(c, "player", won, rule, json_string_value(value),
                        json_string_length(value));

    if (!won) {
        return;
    }

    player = json_object();

    if (player == NULL) {
        c->failed = 1;
        return;
    }

    urlmeta_card_set(c, player, "url", urlmeta_card_string(c, c->url, len));

    n = urlmeta_card_side(width);
    urlmeta_card_set(c, player, "width", n ? json_integer(n) : json_null());

    n = urlmeta_card_side(height);
    urlmeta_card_set(c, player, "height", n ? json_integer(n) : json_null());

    urlmeta_card_set(c, c->card, "player", player);
}


/*
 * 'v' and 'a' for what is a film or a sound, 'p' for a page that plays it,
 * 'x' for Flash, which nothing plays, 0 if neither type nor name tell.
 */

static int
urlmeta_card_media_kind(json_t *stated, json_t *address)
{
    size_t       i, len;
    const char  *type, *url;

    static const struct {
        const char  *name;
        int          kind;
    } types[] = {
        { "video/", 'v' },
        { "audio/", 'a' },
        { "application/x-mpegurl", 'v' },
        { "application/vnd.apple.mpegurl", 'v' },
        { "application/dash+xml", 'v' },
        { "text/html", 'p' },
        { "application/x-shockwave-flash", 'x' }
    };

    type = json_is_string(stated) ? json_string_value(stated) : "";
    url = json_string_value(address);
    len = json_string_length(address);

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strncasecmp(type, types[i].name, strlen(types[i].name)) == 0) {
            return types[i].kind;
        }
    }

    if (urlmeta_card_extension(url, len, "mp4 m4v webm ogv mov mpd m3u8")) {
        return 'v';
    }

    if (urlmeta_card_extension(url, len, "mp3 m4a ogg oga opus wav flac aac"))
    {
        return 'a';
    }

    if (urlmeta_card_extension(url, len, "swf")) {
        return 'x';
    }

    if (urlmeta_card_extension(url, len, "html htm php")
        || strstr(url, "/embed/") != NULL || strstr(url, "//player.") != NULL)
    {
        return 'p';
    }

    return 0;
}


/* is the extension of the path one of the list's words? */

static int
urlmeta_card_extension(const char *url, size_t len, const char *list)
{
    char         word[8];
    size_t       i, n;
    const char  *dot;

    len = strcspn(url, "?#") < len ? strcspn(url, "?#") : len;

    for (n = 0; n < len && n < sizeof(word); n++) {
        if (url[len - 1 - n] == '.') {
            break;
        }
    }

    if (n == 0 || n >= sizeof(word) || n >= len) {
        return 0;
    }

    dot = url + len - n;

    for (i = 0; i < n; i++) {
        word[i] = (dot[i] >= 'A' && dot[i] <= 'Z') ? dot[i] | 0x20 : dot[i];
    }

    word[n] = '\0';

    return urlmeta_card_has_token(list, word);
}
