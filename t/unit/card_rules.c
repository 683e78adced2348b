
/*
 * From a page to its card: the rules at the ends of the chains, for pages
 * that say little in their heads, and the fields that are for a few.
 */


#include "tap.h"
#include "page.h"


#define URL   "https://example.com/dir/doc"

#define LD    "<script type=application/ld+json>"

#define LONG                                                                  \
    "This is a block of text, long enough to be taken for prose by who "      \
    "reads it."


/* "a sentence, " eight times, in Japanese */

#define WIDE4                                                                \
    "\xe6\x96\x87\xe7\xab\xa0\xe3\x80\x81\xe6\x96\x87\xe7\xab\xa0\xe3\x80\x81" \
    "\xe6\x96\x87\xe7\xab\xa0\xe3\x80\x81\xe6\x96\x87\xe7\xab\xa0\xe3\x80\x81"

#define WIDE  WIDE4 WIDE4


typedef struct {
    const char  *name;
    const char  *html;
    const char  *path;
    const char  *expected;      /* a number, true and false as their text */
} case_t;


static void make(const char *html, int details, size_t step,
    const char *last_modified);
static const char *str(const char *path);
static void run(const case_t *cases);
static void headers(void);
static void pieces(void);
static void bounds(void);


static json_t  *card;


static const case_t  summaries[] = {

    { "prose of nothing", "<body><p>" LONG "</p>", "description", LONG },
    { "by which rule", "<body><p>" LONG, "sources.description.rule",
      "body summary" },
    { "in a div", "<body><div>" LONG "</div><div>short</div>", "description",
      LONG },
    { "in cells of a table", "<body><table><tr><td>x<td>" LONG "</table>",
      "description", LONG },
    { "without a block", "<title>T</title><body>" LONG, "description", LONG },
    { "inline elements within it", "<body><div>This is a <b>block</b> of "
      "text,\n <a href=x>long</a>&nbsp;enough to be taken for prose<br>by "
      "who &lt;reads&gt; it.", "description", "This is a block of text, long "
      "enough to be taken for prose by who <reads> it." },
    { "several until there are enough", "<body><p>A " LONG "<p>B " LONG
      "<p>C " LONG "<p>D " LONG, "description",
      "A " LONG " B " LONG " C " LONG },
    { "not what is made of anchors", "<body><div><a href=a>" LONG "</a> x"
      "</div>", "description", NULL },
    { "nor an anchor around it", "<body><a href=a><div>" LONG "</div></a>",
      "description", NULL },
    { "nor a header, a menu, an aside, a footer", "<body><header>" LONG
      "</header><nav>" LONG "</nav><aside>" LONG "</aside><footer>" LONG
      "</footer>", "description", NULL },
    { "nor a role of these", "<body><div role=menubar>" LONG "</div>"
      "<div role=toolbar>" LONG "</div><div role=directory>" LONG "</div>",
      "description", NULL },
    { "nor noscript, script, style, svg, iframe, template",
      "<body><noscript>" LONG "</noscript><script>" LONG "</script><style>"
      LONG "</style><svg><text>" LONG "</text></svg><iframe>" LONG
      "</iframe><template>" LONG "</template>", "description", NULL },
    { "nor a heading, a caption, a label, preformatted text",
      "<body><h2>" LONG "</h2><figure><figcaption>" LONG "</figcaption>"
      "</figure><label>" LONG "</label><pre>" LONG "</pre>", "description",
      NULL },
    { "nor a notice", "<body><p>We use cookies. " LONG "<p>Copyright 2024. "
      LONG "<p>Please enable JavaScript. " LONG, "description", NULL },
    { "nor words without a sentence", "<body><div>Home News Sports Weather "
      "Business Arts Travel Contact About Archive Help</div>", "description",
      NULL },
    { "nor what is no words", "<body><div>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, b</div>",
      "description", NULL },
    { "a script without spaces", "<body><div>" WIDE "</div>", "description",
      WIDE },
    { "a short sentence, where there is no prose", "<body>Some text.",
      "description", "Some text." },
    { "not before prose", "<body><p>Some text.<p>" LONG, "description", LONG },
    { "no sentence", "<body><p>Some text<p>Loading...<p>Contact us...<p>Hi!",
      "description", NULL },
    { "a paragraph of the article before it", "<body><p>" LONG " 1<main><p>"
      LONG " 2", "description", LONG " 2" },
    { "what is stated before it", "<body><p>" LONG "<meta name=description "
      "content=D>", "description", "D" },
    { "not the title again", "<title>Some text.</title><body>Some text.",
      "description", NULL },
    { NULL, NULL, NULL, NULL }
};


static const case_t  media[] = {

    { "a video element", "<body><video src=v.mp4 width=640 height=360>",
      "video.url", "https://example.com/dir/v.mp4" },
    { "its width", "<body><video src=v.mp4 width=640 height=360>",
      "video.width", "640" },
    { "its rule", "<body><video src=v.mp4>", "sources.video.rule",
      "body video" },
    { "its source", "<body><video height=360><source src=/v.webm "
      "type='video/webm; codecs=vp9'><source src=/v.mp4></video>",
      "video.url", "https://example.com/v.webm" },
    { "the type of that", "<body><video height=360><source src=/v.webm "
      "type='video/webm; codecs=vp9'><source src=/v.mp4></video>",
      "video.type", "video/webm" },
    { "its height", "<body><video height=360><source src=/v.webm></video>",
      "video.height", "360" },
    { "a source elsewhere", "<body><video></video><picture><source "
      "src=/v.mp4></picture><source src=/w.mp4>", "video.url", NULL },
    { "an address that may not be shown", "<body><video><source "
      "src=blob:https://example.com/1><source src=http://localhost/v.mp4>"
      "<source src=/v.mp4></video>", "video.url",
      "https://example.com/v.mp4" },
    { "decoration", "<body><video autoplay muted loop src=v.mp4><source "
      "src=w.mp4></video>", "video.url", NULL },
    { "in a template", "<body><template><video src=v.mp4></template>",
      "video.url", NULL },
    { "base", "<base href=/b/><body><video src=v.mp4>", "video.url",
      "https://example.com/b/v.mp4" },
    { "what is stated before it", "<meta property=og:video content=/og.mp4>"
      "<body><video src=v.mp4>", "video.url", "https://example.com/og.mp4" },
    { "JSON-LD before it", LD "{\"@type\":\"VideoObject\",\"name\":\"V\","
      "\"contentUrl\":\"/ld.mp4\"}</script><body><video src=v.mp4>",
      "video.url", "https://example.com/ld.mp4" },
    { "a VideoObject beside an article", LD "[{\"@type\":\"Article\","
      "\"headline\":\"H\"},{\"@type\":\"VideoObject\",\"name\":\"V\","
      "\"contentUrl\":\"/ld.mp4\",\"embedUrl\":\"/e\"}]</script>",
      "video.url", "https://example.com/ld.mp4" },
    { "its player", LD "[{\"@type\":\"Article\",\"headline\":\"H\"},"
      "{\"@type\":\"VideoObject\",\"name\":\"V\",\"contentUrl\":\"/ld.mp4\","
      "\"embedUrl\":\"/e\"}]</script>", "player.url",
      "https://example.com/e" },
    { "which leaves the title alone", LD "[{\"@type\":\"VideoObject\","
      "\"name\":\"V\"},{\"@type\":\"Article\",\"headline\":\"H\"}]</script>",
      "title", "H" },
    { "an audio element", "<body><audio src=a.mp3 type=audio/mpeg></audio>",
      "audio.url", "https://example.com/dir/a.mp3" },
    { "which is no video", "<body><audio src=a.mp3></audio>", "video.url",
      NULL },
    { "its source", "<body><audio><source src=a.ogg></audio>", "audio.url",
      "https://example.com/dir/a.ogg" },
    { "a sound in a video element", "<body><video src=a.mp3></video>",
      "audio.url", "https://example.com/dir/a.mp3" },
    { "an enclosure", "<link rel=enclosure href=/e.mp3><body>", "audio.url",
      "https://example.com/e.mp3" },
    { "by its type", "<link rel=enclosure type=audio/mpeg href=/e><body>",
      "audio.type", "audio/mpeg" },
    { "its rule", "<link rel=enclosure type=audio/mpeg href=/e><body>",
      "sources.audio.rule", "link enclosure" },
    { "of another kind", "<link rel=enclosure href=/e.pdf><link "
      "rel=enclosure type=video/mp4 href=/e>", "audio.url", NULL },
    { "an element before it", "<link rel=enclosure href=/e.mp3><body><audio "
      "src=/a.mp3>", "audio.url", "https://example.com/a.mp3" },
    { "an anchor to a sound", "<body><a href=x.html>x</a><a "
      "href='s.MP3?x#y'>s</a><a href=t.mp3>t</a>", "audio.url",
      "https://example.com/dir/s.MP3?x#y" },
    { "an enclosure before it", "<link rel=enclosure href=/e.mp3><body><a "
      "href=s.mp3>s</a>", "audio.url", "https://example.com/e.mp3" },
    { "an anchor to no sound", "<body><a href=mp3>x</a><a href=x?a.mp3>x</a>"
      "<a href=x.mp3/y>x</a>", "audio.url", NULL },
    { "a meta of embedURL", "<meta itemprop=embedURL content=/e>",
      "player.url", "https://example.com/e" },
    { "a poster's rule", "<body><video poster=p.jpg>", "sources.image.rule",
      "body video poster" },
    { NULL, NULL, NULL, NULL }
};


static const case_t  icons[] = {

    { "a touch icon as the picture", "<link rel=apple-touch-icon href=/a.png>"
      "<link rel=apple-touch-icon sizes=180x180 type=image/png href=/b.png>",
      "image.url", "https://example.com/b.png" },
    { "is an icon", "<link rel=apple-touch-icon href=/a.png>",
      "image_is_icon", "true" },
    { "has a width", "<link rel=apple-touch-icon-precomposed sizes=180x180 "
      "href=/b.png>", "image.width", "180" },
    { "and a type", "<link rel=apple-touch-icon type=image/png href=/b.png>",
      "image.type", "image/png" },
    { "is among the pictures", "<link rel=apple-touch-icon href=/a.png>",
      "images.0.url", "https://example.com/a.png" },
    { "and shown small", "<meta name=twitter:card "
      "content=summary_large_image><link rel=apple-touch-icon href=/a.png>",
      "layout", "thumb" },
    { "by a rule of its own", "<link rel=apple-touch-icon href=/a.png>",
      "sources.image.rule", "link apple-touch-icon" },
    { "after a picture of the body", "<link rel=apple-touch-icon href=/a.png>"
      "<body><article><img src=/i.jpg>", "image.url",
      "https://example.com/i.jpg" },
    { "which is none", "<link rel=apple-touch-icon href=/a.png><body><article>"
      "<img src=/i.jpg>", "image_is_icon", "false" },
    { "an icon is no picture", "<link rel=icon sizes=512x512 href=/a.png>",
      "image.url", NULL },
    { "a tile is an icon", "<meta name=msapplication-TileImage "
      "content=/t.png>", "image_is_icon", "true" },
    { "and not before a picture", "<meta name=msapplication-TileImage "
      "content=/t.png><meta property=og:image content=/o.png>",
      "image_is_icon", "false" },
    { "a tile is among the icons", "<link rel=icon href=/i.png><meta "
      "name=msapplication-TileImage content=/t.png>", "icons.1.url",
      "https://example.com/t.png" },
    { "by its name", "<meta name=msapplication-TileImage content=/t.png>",
      "icons.0.rel", "msapplication-tileimage" },
    { "but not the icon", "<meta name=msapplication-TileImage "
      "content=/t.png>", "icon.url", "https://example.com/favicon.ico" },
    { "a dark icon", "<link rel=icon href=/d.svg media='( Prefers-Color-"
      "Scheme : dark )'><link rel=icon href=/l.svg media='(prefers-color-"
      "scheme: light)'>", "icon_dark.url", "https://example.com/d.svg" },
    { "is not the icon", "<link rel=icon href=/d.svg media="
      "'(prefers-color-scheme:dark)'><link rel=icon href=/l.svg>", "icon.url",
      "https://example.com/l.svg" },
    { "nor a picture's touch icon before it", "<link rel=apple-touch-icon "
      "href=/t.png><link rel=icon href=/d.svg media="
      "'(prefers-color-scheme:dark)'>", "icon.url",
      "https://example.com/t.png" },
    { "unless there is no other", "<link rel=icon href=/d.svg media="
      "'(prefers-color-scheme:dark)'>", "icon.url",
      "https://example.com/d.svg" },
    { "none for a light place", "<link rel=icon href=/l.svg media="
      "'(prefers-color-scheme: light)'><link rel=icon href=/p.svg "
      "media=print>", "icon_dark.url", NULL },
    { "none but for a dark one", "<link rel=icon href=/l.svg media="
      "'not (prefers-color-scheme: dark)'>", "icon_dark.url", NULL },
    { "its media", "<link rel=icon href=/p.svg media=print>", "icon.media",
      "print" },
    { "a mask icon's color", "<link rel=mask-icon href=/m.svg "
      "color='#5bbad5'>", "icons.0.color", "#5bbad5" },
    { "no color", "<link rel=mask-icon href=/m.svg color='url(x)'>",
      "icons.0.color", NULL },
    { "the stated icon as the logo", "<link rel=icon sizes=32x32 "
      "href=/i.png>", "logo.url", "https://example.com/i.png" },
    { "with its side", "<link rel=icon sizes=32x32 href=/i.png>",
      "logo.width", "32" },
    { "a large one before it", "<link rel=icon sizes=32x32 href=/i.png><link "
      "rel=apple-touch-icon sizes=180x180 href=/t.png>", "logo.url",
      "https://example.com/t.png" },
    { NULL, NULL, NULL, NULL }
};


static const case_t  titles[] = {

    { "a title with the site", "<title>T | Site</title><meta "
      "property=og:site_name content=Site>", "title_short", "T" },
    { "is kept", "<title>T | Site</title><meta property=og:site_name "
      "content=Site>", "title", "T | Site" },
    { "a hyphen", "<title>T - site</title><meta property=og:site_name "
      "content=Site>", "title_short", "T" },
    { "a hyphen of a word", "<title>T-Site</title><meta "
      "property=og:site_name content=Site>", "title_short", "T-Site" },
    { "a dash", "<title>A - B \xe2\x80\x93 Site</title><meta "
      "property=og:site_name content=Site>", "title_short", "A - B" },
    { "a dot", "<title>T\xe3\x83\xbbSite</title><meta property=og:site_name "
      "content=Site>", "title_short", "T" },
    { "a colon", "<title>T: Site</title><meta property=og:site_name "
      "content=Site>", "title_short", "T" },
    { "no mark between", "<title>The Site</title><meta property=og:site_name "
      "content=Site>", "title_short", "The Site" },
    { "nothing before it", "<title>| Site</title><meta "
      "property=og:site_name content=Site>", "title_short", "| Site" },
    { "the site alone", "<title>Site</title><meta property=og:site_name "
      "content=Site>", "title_short", "Site" },
    { "a host", "<title>T - Example.com</title>", "title_short", "T" },
    { NULL, NULL, NULL, NULL }
};


static const case_t  facts[] = {

    { "a price of a label", "<meta name=twitter:label1 content=Price><meta "
      "name=twitter:data1 content='$19.99'>", "facts.price", "$19.99" },
    { "its rule", "<meta name=twitter:label1 content=Price><meta "
      "name=twitter:data1 content='$19.99'>", "sources.price.rule",
      "twitter:label price" },
    { "no currency by a sign that many have", "<meta name=twitter:label1 "
      "content=Price><meta name=twitter:data1 content='$19.99'>",
      "facts.currency", NULL },
    { "a currency by its sign", "<meta name=twitter:label2 content=price>"
      "<meta name=twitter:data2 content='19,99 \xe2\x82\xac'>",
      "facts.currency", "EUR" },
    { "by its code", "<meta name=twitter:label1 content=Price><meta "
      "name=twitter:data1 content='19.99 usd'>", "facts.currency", "USD" },
    { "without it", "<meta name=twitter:label1 content=Price><meta "
      "name=twitter:data1 content='19.99 usd'>", "facts.price", "19.99" },
    { "before it", "<meta name=twitter:label1 content=Price><meta "
      "name=twitter:data1 content='GBP 5'>", "facts.price", "5" },
    { "a label that is a code", "<meta name=twitter:label1 content=CAD><meta "
      "name=twitter:data1 content=12.50>", "facts.currency", "CAD" },
    { "a price of it", "<meta name=twitter:label1 content=CAD><meta "
      "name=twitter:data1 content=12.50>", "facts.price", "12.50" },
    { "another label", "<meta name=twitter:label1 content='Reading time'>"
      "<meta name=twitter:data1 content='5 minutes'>", "facts.price", NULL },
    { "no amount", "<meta name=twitter:label1 content=Price><meta "
      "name=twitter:data1 content=free>", "facts.price", NULL },
    { "metas of a product before", "<meta name=twitter:label1 content=Price>"
      "<meta name=twitter:data1 content=1><meta "
      "property=product:price:amount content=2>", "facts.price", "2" },
    { "a label of no minutes", "<meta name=twitter:label1 content='Est. "
      "reading time'><meta name=twitter:data1 content='0 minutes'><meta "
      "name=twitter:label2 content=By><meta name=twitter:data2 content=A>",
      "labels.0.value", "A" },
    { "views", LD "{\"@type\":\"VideoObject\",\"name\":\"V\","
      "\"interactionStatistic\":[{\"@type\":\"InteractionCounter\","
      "\"interactionType\":\"https://schema.org/LikeAction\","
      "\"userInteractionCount\":7},{\"@type\":\"InteractionCounter\","
      "\"interactionType\":{\"@type\":\"WatchAction\"},"
      "\"userInteractionCount\":1234567}]}</script>", "facts.views",
      "1234567" },
    { "views as a text", LD "{\"@type\":\"VideoObject\",\"name\":\"V\","
      "\"interactionStatistic\":{\"interactionType\":"
      "\"http://schema.org/WatchAction\",\"userInteractionCount\":\"12\"}}"
      "</script>", "facts.views", "12" },
    { "comments are no views", LD "{\"@type\":\"Article\",\"headline\":\"H\","
      "\"interactionStatistic\":{\"interactionType\":\"CommentAction\","
      "\"userInteractionCount\":5}}</script>", "facts.views", NULL },
    { "an article's counter of nothing", LD "{\"@type\":\"Article\","
      "\"headline\":\"H\",\"interactionStatistic\":{"
      "\"userInteractionCount\":5}}</script>", "facts.views", NULL },
    { "a number that is none", LD "{\"@type\":\"VideoObject\",\"name\":\"V\","
      "\"interactionStatistic\":{\"userInteractionCount\":-5}}</script>",
      "facts.views", NULL },
    { "sku", LD "{\"@type\":\"Product\",\"name\":\"P\",\"sku\":12345,"
      "\"gtin13\":\"4006381333931\"}</script>", "facts.sku", "12345" },
    { "gtin", LD "{\"@type\":\"Product\",\"name\":\"P\",\"sku\":12345,"
      "\"gtin13\":\"4006381333931\"}</script>", "facts.gtin",
      "4006381333931" },
    { "no gtin", LD "{\"@type\":\"Product\",\"name\":\"P\","
      "\"gtin\":\"123456789\"}</script>", "facts.gtin", NULL },
    { NULL, NULL, NULL, NULL }
};


static const case_t  others[] = {

    { "a director", LD "{\"@type\":\"Movie\",\"name\":\"M\",\"director\":"
      "{\"@type\":\"Person\",\"name\":\"D\"}}</script>", "author.name", "D" },
    { "a profile's person", LD "{\"@type\":\"ProfilePage\",\"mainEntity\":"
      "{\"@type\":\"Person\",\"name\":\"P\",\"url\":\"/p\"}}</script>",
      "author.name", "P" },
    { "the person's address", LD "{\"@type\":\"ProfilePage\",\"mainEntity\":"
      "{\"@type\":\"Person\",\"name\":\"P\",\"url\":\"/p\"}}</script>",
      "author.url", "https://example.com/p" },
    { "a page with its name", LD "{\"@type\":\"ProfilePage\",\"name\":\"N\","
      "\"url\":\"" URL "\",\"mainEntity\":{\"@type\":\"Person\","
      "\"name\":\"P\"}}</script>", "author.name", "P" },
    { "a book as the main entity", LD "{\"@type\":\"WebPage\",\"name\":\"N\","
      "\"mainEntity\":{\"@type\":\"Book\",\"name\":\"B\"}}</script>",
      "author.name", NULL },
    { "an organization's name", LD "{\"@type\":\"Organization\",\"name\":"
      "\"O\"}</script>", "site_name", "O" },
    { "before Twitter's", "<meta name=twitter:site content=@s>" LD
      "{\"@type\":\"Organization\",\"name\":\"O\"}</script>",
      "sources.site_name.rule", "json-ld Organization name" },
    { "not before a publisher's", "<meta name=publisher content=P>" LD
      "{\"@type\":\"Organization\",\"name\":\"O\"}</script>", "site_name",
      "P" },
    { "an app's name", "<meta property=al:ipad:app_name content=App>",
      "site_name", "App" },
    { "who wrote it, in the fediverse", "<meta name=fediverse:creator "
      "content='@jane@social.example'>", "fediverse_creator",
      "@jane@social.example" },
    { "without its first @", "<meta name=fediverse:creator "
      "content=' jane@social.example'>", "fediverse_creator",
      "@jane@social.example" },
    { "no handle", "<meta name=fediverse:creator content='Jane Roe'>",
      "fediverse_creator", NULL },
    { "of no host", "<meta name=fediverse:creator content='@jane@x'>",
      "fediverse_creator", NULL },
    { "of two", "<meta name=fediverse:creator content='@a@b@c.example'>",
      "fediverse_creator", NULL },
    { "an event far ahead", LD "{\"@type\":\"Event\",\"name\":\"E\","
      "\"startDate\":\"2040-01-02\"}</script>", "published", "2040-01-02" },
    { "an article is not", LD "{\"@type\":\"Article\",\"headline\":\"E\","
      "\"datePublished\":\"2040-01-02\"}</script>", "published", NULL },
    { "what an AMP page stands for", "<body><a class='x amp-canurl' "
      "href=/whole>x</a>", "canonical_url", "https://example.com/whole" },
    { "after what is stated", "<link rel=canonical href=/c><body><a "
      "class=amp-canurl href=/whole>x</a>", "canonical_url",
      "https://example.com/c" },
    { "the direction of the body", "<title>T</title></head><body dir=RTL>",
      "direction", "rtl" },
    { "after that of html", "<html dir=ltr><title>\xd7\x90</title></head>"
      "<body dir=rtl>", "direction", "ltr" },
    { NULL, NULL, NULL, NULL }
};


int
main(void)
{
    urlmeta_init();

    run(summaries);
    run(media);
    run(icons);
    run(titles);
    run(facts);
    run(others);

    headers();
    pieces();
    bounds();

    json_decref(card);

    return done_testing();
}


static void
run(const case_t *cases)
{
    const case_t  *t;

    for (t = cases; t->name; t++) {
        make(t->html, 1, 0, NULL);
        is_str(str(t->path), t->expected, t->name);
    }
}


static void
headers(void)
{
    make("<title>T</title>", 1, 0, "Wed, 21 Oct 2015 07:28:00 GMT");
    is_str(str("http.last_modified"), "2015-10-21T07:28:00Z",
           "what the server says of the document");
    is_str(str("modified"), NULL, "is not when the page was changed");

    make("<title>T</title>", 1, 0, "yesterday");
    is_str(str("http.last_modified"), NULL, "a date that is none");
}


/* neither the pieces of the input nor details make another card */

static void
pieces(void)
{
    size_t   i, step;
    json_t  *whole, *value;

    static const char  html[] =
        "<link rel=apple-touch-icon href=/a.png><title>T | Site</title>"
        "<meta property=og:site_name content=Site></head><body dir=rtl>"
        "<div>\xc3\xa4 " LONG "</div><video poster=/p.jpg><source src=/v.mp4>"
        "</video><a href=/a.mp3>x</a><div>" LONG "</div>";

    static const char  *keys[] = {
        "title_short", "description", "image", "video", "audio", "direction",
        NULL
    };

    make(html, 0, 0, NULL);
    whole = card;
    card = NULL;

    for (step = 1; step < 8; step++) {
        make(html, 0, step, NULL);
        ok(json_equal(whole, card), "pieces of %d", (int) step);
    }

    make(html, 1, 0, NULL);

    for (i = 0; keys[i]; i++) {
        value = json_object_get(whole, keys[i]);
        ok(value && !json_is_null(value)
           && json_equal(value, json_object_get(card, keys[i])),
           "%s with details", keys[i]);
    }

    json_decref(whole);
}


static void
bounds(void)
{
    char    *html;
    size_t   i, n;

    n = 400000;
    html = malloc(n + 1);

    /* a block without an end, and words without one */

    strcpy(html, "<body><div>");
    memset(html + 11, 'a', n - 11);
    html[n] = '\0';

    make(html, 0, 0, NULL);
    is_str(str("description"), NULL, "a word without an end");

    for (i = 11; i < n; i++) {
        html[i] = "word, "[i % 6];
    }

    make(html, 0, 0, NULL);
    ok(str("description") && strlen(str("description")) <= 500,
       "a block without an end");

    for (i = 11; i + 20 < n; i += 20) {
        memcpy(html + i, "<video src=v.mp4><p>", 20);
    }

    make(html, 0, 0, NULL);
    is_str(str("video.url"), "https://example.com/dir/v.mp4",
           "videos without an end");

    free(html);
}


static void
make(const char *html, int details, size_t step, const char *last_modified)
{
    char              *piece;
    size_t             len, n;
    urlmeta_buf_t      out;
    urlmeta_http_t     http;
    urlmeta_reader_t  *rd;

    memset(&http, 0, sizeof(http));
    memset(&out, 0, sizeof(out));

    http.requested_url = URL;
    http.effective_url = URL;
    http.status = 200;
    http.fetched_at = 1704164645;
    http.last_modified = last_modified;

    rd = urlmeta_reader_create(URL, "text/html; charset=utf-8", details);

    for (len = strlen(html); len; html += n, len -= n) {
        n = step && step < len ? step : len;

        piece = malloc(n);
        memcpy(piece, html, n);
        (void) urlmeta_reader_feed(rd, piece, n);
        free(piece);
    }

    json_decref(card);
    card = NULL;

    if (urlmeta_reader_card(rd, &http, &out) == URLMETA_OK) {
        card = json_loadb(out.data, out.len, 0, NULL);
    }

    urlmeta_buf_free(&out);
    urlmeta_reader_destroy(rd);
}


/* the text at a path of names and numbers with dots between, or NULL */

static const char *
str(const char *path)
{
    char     name[32];
    size_t   n;
    json_t  *value;

    static char  number[32];

    value = card;

    while (*path) {
        n = strcspn(path, ".");
        memcpy(name, path, n);
        name[n] = '\0';
        path += n + (path[n] == '.');

        value = json_is_array(value) ? json_array_get(value, atoi(name))
                                     : json_object_get(value, name);
    }

    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }

    if (json_is_integer(value)) {
        snprintf(number, sizeof(number), "%lld",
                 (long long) json_integer_value(value));
        return number;
    }

    return json_string_value(value);
}
