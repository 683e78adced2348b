
/*
 * How long a card is fresh: a row for each rule, and for each cell of the
 * table in docs/caching.md.  The clock stands at RFC 9110's example date.
 */


#include <limits.h>

#include "tap.h"
#include "freshness.h"


#define NOW       784111777
#define DATE      "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER     "Sun, 06 Nov 1994 09:49:37 GMT"
#define EARLIER   "Sun, 06 Nov 1994 07:49:37 GMT"
#define YESTERDAY "Sat, 05 Nov 1994 08:49:37 GMT"


typedef struct {
    const char                  *name;
    urlmeta_freshness_fields_t   fields;
    const char                  *expected;
    int64_t                      delay;
} row_t;


typedef struct {
    const char                  *name;
    urlmeta_freshness_t          f;
    urlmeta_freshness_bounds_t   bounds;
    const char                  *expected;
} times_t;


typedef struct {
    const char           *name;
    unsigned              status;
    urlmeta_freshness_t   chain;
    urlmeta_freshness_t   hop;
    const char           *expected;
} hop_t;


typedef struct {
    const char  *value;
    int64_t      expected;
} date_t;


static const char *shown(const urlmeta_freshness_t *f);
static const char *times(const urlmeta_freshness_t *f,
    const urlmeta_freshness_bounds_t *bounds);
static void run(const char *what, const row_t *rows);
static void run_times(void);
static void run_hops(void);
static void run_whole(void);
static void run_dates(void);
static void run_retry_after(void);
static void run_pack(void);
static void run_update(void);
static void run_hostile(void);


static char  text[256];


#define CC(value)        { .cache_control = value, .status = 200 }
#define TARGETED(value)  { .targeted = value, .status = 200,                  \
                           .cache_control = "max-age=1", .expires = LATER }
#define EXPIRES(value)   { .expires = value, .date = DATE, .status = 200 }
#define AGE(value)       { .cache_control = "max-age=3600", .date = DATE,     \
                           .age = value, .status = 200 }
#define MODIFIED(code)   { .last_modified = YESTERDAY, .date = DATE,          \
                           .status = code }
#define VARY(value)      { .cache_control = "max-age=5", .vary = value,       \
                           .status = 200 }


/* lifetime/age, then what else is known */

static const row_t  lifetimes[] = {
    { "nothing", { .status = 200 }, "-1/0", 0 },
    { "empty", CC(""), "-1/0", 0 },
    { "max-age", CC("max-age=3600"), "3600/0 stated", 0 },
    { "max-age=0", CC("max-age=0"), "0/0 stated", 0 },
    { "s-maxage", CC("s-maxage=3600"), "3600/0 stated must-revalidate", 0 },
    { "s-maxage before a longer max-age", CC("max-age=3600, s-maxage=1"),
      "1/0 stated must-revalidate", 0 },
    { "the other way around", CC("s-maxage=1, max-age=3600"),
      "1/0 stated must-revalidate", 0 },
    { "s-maxage before a shorter max-age", CC("max-age=1, s-maxage=3600"),
      "3600/0 stated must-revalidate", 0 },
    { "s-maxage before max-age=0 and a past Expires",
      { .cache_control = "max-age=0, s-maxage=3600", .expires = EARLIER },
      "3600/0 stated must-revalidate", 0 },
    { "max-age before a past Expires",
      { .cache_control = "max-age=3600", .expires = EARLIER, .date = DATE },
      "3600/0 stated", 0 },
    { "max-age before an invalid Expires",
      { .cache_control = "max-age=3600", .expires = "0", .date = DATE },
      "3600/0 stated", 0 },
    { "max-age=0 before a future Expires",
      { .cache_control = "max-age=0", .expires = LATER, .date = DATE },
      "0/0 stated", 0 },
    { "max-age before Last-Modified",
      { .cache_control = "max-age=60", .last_modified = YESTERDAY,
        .date = DATE, .status = 200 }, "60/0 stated", 0 },
    { "invalid s-maxage before max-age", CC("s-maxage=x, max-age=3600"),
      "0/0 stated must-revalidate", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


static const row_t  parsing[] = {
    { "case", CC("MaX-aGe=3600"), "3600/0 stated", 0 },
    { "case of no-store", CC("No-StOrE"), "-1/0 no-store", 0 },
    { "quoted", CC("max-age=\"3600\""), "3600/0 stated", 0 },
    { "single quotes", CC("max-age='3600'"), "0/0 stated", 0 },
    { "quoted nothing", CC("max-age=\"\""), "0/0 stated", 0 },
    { "an open quote", CC("max-age=\"3600"), "0/0 stated", 0 },
    { "a quote alone", CC("max-age=\""), "0/0 stated", 0 },
    { "a quoted space", CC("max-age=\" 3600\""), "0/0 stated", 0 },
    { "an escaped quote", CC("a=\"\\\", max-age=1\", max-age=2"),
      "2/0 stated", 0 },
    { "an escape at the end", CC("a=\"\\"), "-1/0", 0 },
    { "in a quoted string before", CC("extension=\"max-age=3600\", max-age=1"),
      "1/0 stated", 0 },
    { "in a quoted string after", CC("max-age=1, extension=\"max-age=3600\""),
      "1/0 stated", 0 },
    { "in a quoted string with commas", CC("a=\"b, no-store, c\", max-age=9"),
      "9/0 stated", 0 },
    { "a quoted string of no directive", CC("\"no-store\", max-age=9"),
      "9/0 stated", 0 },
    { "an open quote hides the rest", CC("a=\"b, max-age=9"), "-1/0", 0 },
    { "extension", CC("foobar, max-age=3600"), "3600/0 stated", 0 },
    { "extension with a value", CC("a=b, max-age=3600, c=d"),
      "3600/0 stated", 0 },
    { "a longer name", CC("max-ages=1, xmax-age=2, max-age-=3"), "-1/0", 0 },
    { "a shorter name", CC("max-ag=1, no-stor, rivate"), "-1/0", 0 },
    { "space before =", CC("max-age =3600"), "0/0 stated", 0 },
    { "space after =", CC("max-age= 3600"), "0/0 stated", 0 },
    { "no value", CC("max-age"), "0/0 stated", 0 },
    { "an empty value", CC("max-age="), "0/0 stated", 0 },
    { "leading zeros", CC("max-age=003600"), "3600/0 stated", 0 },
    { "negative", CC("max-age=-3600"), "0/0 stated", 0 },
    { "plus", CC("max-age=+3600"), "0/0 stated", 0 },
    { "decimal, zero", CC("max-age=3600.0"), "0/0 stated", 0 },
    { "decimal, five", CC("max-age=3600.5"), "0/0 stated", 0 },
    { "a letter before", CC("max-age=a3600"), "0/0 stated", 0 },
    { "a letter after", CC("max-age=3600a"), "0/0 stated", 0 },
    { "a word after", CC("max-age=3600 seconds"), "0/0 stated", 0 },
    { "a semicolon", CC("max-age=3600; public"), "0/0 stated", 0 },
    { "a quoted string after", CC("max-age=3600\"0\""), "0/0 stated", 0 },
    { "blanks and tabs around", CC(" \t max-age=60 \t , \tno-cache "),
      "60/0 stated no-cache", 0 },
    { "no blanks", CC("max-age=60,no-cache"), "60/0 stated no-cache", 0 },
    { "empty members", CC(", ,,max-age=60,, ,"), "60/0 stated", 0 },
    { "commas only", CC(",,,, ,"), "-1/0", 0 },
    { "junk", CC("=5, @, ;, max-age=60, (), /"), "60/0 stated", 0 },
    { "bytes above 127", CC("\xc3\xa4=1, \xff, max-age=60"), "60/0 stated", 0 },
    { "control characters", CC("\x01\x7f, max-age=60\x01"), "0/0 stated", 0 },
    { "2^31 - 1", CC("max-age=2147483647"), "2147483647/0 stated", 0 },
    { "2^31", CC("max-age=2147483648"), "2147483648/0 stated", 0 },
    { "2^31 + 1", CC("max-age=2147483649"), "2147483648/0 stated", 0 },
    { "99999999999", CC("max-age=99999999999"), "2147483648/0 stated", 0 },
    { "60 digits", CC("max-age=999999999999999999999999999999999999999999999"
                      "999999999999999"), "2147483648/0 stated", 0 },
    { "twice, the first counts", CC("max-age=1800, max-age=1"),
      "1800/0 stated", 0 },
    { "twice, the first is shorter", CC("max-age=1, max-age=1800"),
      "1/0 stated", 0 },
    { "twice, the first is invalid", CC("max-age=x, max-age=1800"),
      "0/0 stated", 0 },
    { "s-maxage twice", CC("s-maxage=5, s-maxage=9"),
      "5/0 stated must-revalidate", 0 },
    { "max-age and no-cache: the more restrictive", CC("no-cache, max-age=9"),
      "9/0 stated no-cache", 0 },
    { "public and private: the more restrictive", CC("public, private"),
      "-1/0 no-store", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


static const row_t  directives[] = {
    { "no-store", CC("no-store"), "-1/0 no-store", 0 },
    { "no-store, max-age", CC("no-store, max-age=9"), "9/0 stated no-store",
      0 },
    { "no-store with a value", CC("no-store=1"), "-1/0 no-store", 0 },
    { "private", CC("private, max-age=9"), "9/0 stated no-store", 0 },
    { "private of fields is private", CC("private=\"x\", max-age=9"),
      "9/0 stated no-store", 0 },
    { "no-cache", CC("no-cache"), "-1/0 no-cache", 0 },
    { "no-cache of fields is no-cache", CC("no-cache=\"a, b\", max-age=9"),
      "9/0 stated no-cache", 0 },
    { "no-cache of a token", CC("no-cache=Set-Cookie"), "-1/0 no-cache", 0 },
    { "must-revalidate", CC("max-age=9, must-revalidate"),
      "9/0 stated must-revalidate", 0 },
    { "proxy-revalidate", CC("max-age=9, proxy-revalidate"),
      "9/0 stated must-revalidate", 0 },
    { "must-revalidate alone: no guess",
      { .cache_control = "must-revalidate", .last_modified = YESTERDAY,
        .date = DATE, .status = 200 }, "0/0 must-revalidate", 0 },
    { "proxy-revalidate alone",
      { .cache_control = "proxy-revalidate", .last_modified = YESTERDAY,
        .date = DATE, .status = 200 }, "0/0 must-revalidate", 0 },
    { "stale-while-revalidate", CC("max-age=9, stale-while-revalidate=30"),
      "9/0 swr=30 stated", 0 },
    { "stale-while-revalidate, quoted", CC("stale-while-revalidate=\"30\""),
      "-1/0 swr=30", 0 },
    { "stale-while-revalidate=0", CC("stale-while-revalidate=0"),
      "-1/0 swr=0", 0 },
    { "stale-while-revalidate without a value", CC("stale-while-revalidate"),
      "-1/0", 0 },
    { "stale-while-revalidate, invalid", CC("stale-while-revalidate=x"),
      "-1/0", 0 },
    { "stale-while-revalidate, twice",
      CC("stale-while-revalidate=4, stale-while-revalidate=9"),
      "-1/0 swr=4", 0 },
    { "stale-while-revalidate, huge",
      CC("stale-while-revalidate=99999999999"), "-1/0 swr=2147483648", 0 },
    { "stale-if-error", CC("max-age=9, stale-if-error=30"),
      "9/0 sie=30 stated", 0 },
    { "stale-if-error=0", CC("stale-if-error=0"), "-1/0 sie=0", 0 },
    { "stale-if-error, negative", CC("stale-if-error=-1"), "-1/0", 0 },
    { "immutable, no-transform, must-understand",
      CC("immutable, no-transform, must-understand"), "-1/0", 0 },
    { "all", CC("s-maxage=1, max-age=2, no-store, no-cache, private, public, "
                "must-revalidate, stale-if-error=3, stale-while-revalidate=4"),
      "1/0 swr=4 sie=3 stated no-store no-cache must-revalidate", 0 },
    { "Vary: *", VARY("*"), "5/0 stated no-store", 0 },
    { "Vary: *, *", VARY("*, *"), "5/0 stated no-store", 0 },
    { "Vary: , *", VARY(", *"), "5/0 stated no-store", 0 },
    { "Vary: *, Foo", VARY("*, Foo"), "5/0 stated no-store", 0 },
    { "Vary: Foo,*", VARY("Foo,*"), "5/0 stated no-store", 0 },
    { "Vary: Foo, Bar", VARY("Foo, Bar"), "5/0 stated", 0 },
    { "Vary: F*, **", VARY("F*, **"), "5/0 stated", 0 },
    { "Vary: empty", VARY(""), "5/0 stated", 0 },
    { "Set-Cookie", { .set_cookie = 1, .status = 200 }, "-1/0 no-store", 0 },
    { "Set-Cookie, max-age",
      { .cache_control = "max-age=9", .set_cookie = 1, .status = 200 },
      "9/0 stated", 0 },
    { "Set-Cookie, Expires",
      { .expires = LATER, .date = DATE, .set_cookie = 1, .status = 200 },
      "3600/0 stated", 0 },
    { "Set-Cookie, a heuristic",
      { .last_modified = YESTERDAY, .date = DATE, .set_cookie = 1,
        .status = 200 }, "8640/0 heuristic no-store", 0 },
    { "Set-Cookie, must-revalidate alone",
      { .cache_control = "must-revalidate", .set_cookie = 1, .status = 200 },
      "0/0 no-store must-revalidate", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


static const row_t  expires[] = {
    { "future", EXPIRES(LATER), "3600/0 stated", 0 },
    { "past", EXPIRES(EARLIER), "0/0 stated", 0 },
    { "present", EXPIRES(DATE), "0/0 stated", 0 },
    { "0", EXPIRES("0"), "0/0 stated", 0 },
    { "-1", EXPIRES("-1"), "0/0 stated", 0 },
    { "empty", EXPIRES(""), "0/0 stated", 0 },
    { "older than Date, both fast",
      { .expires = LATER, .date = "Sun, 06 Nov 1994 10:49:37 GMT" },
      "0/0 stated", 0 },
    { "Date is fast",
      { .expires = "Sun, 06 Nov 1994 08:49:57 GMT",
        .date = "Sun, 06 Nov 1994 08:49:47 GMT" }, "10/0 stated", 0 },
    { "Date is fast, and Age",
      { .expires = "Sun, 06 Nov 1994 08:49:57 GMT", .age = "15",
        .date = "Sun, 06 Nov 1994 08:49:47 GMT" }, "10/15 stated", 0 },
    { "Date is slow, and Age",
      { .expires = "Sun, 06 Nov 1994 08:49:47 GMT", .age = "25",
        .date = "Sun, 06 Nov 1994 08:49:27 GMT" }, "20/25 stated", 0 },
    { "no Date", { .expires = LATER }, "3600/0 stated", 0 },
    { "an invalid Date", { .expires = LATER, .date = "foo" },
      "3600/0 stated", 0 },
    { "two lines", EXPIRES(LATER ", " LATER), "0/0 stated", 0 },
    { "beyond 32 bits", EXPIRES("Sun, 21 Nov 2286 04:46:39 GMT"),
      "2147483648/0 stated", 0 },
    { "RFC 850", EXPIRES("Sunday, 06-Nov-94 09:49:37 GMT"), "3600/0 stated",
      0 },
    { "asctime", EXPIRES("Sun Nov  6 09:49:37 1994"), "3600/0 stated", 0 },
    { "the day's name is wrong", EXPIRES("Fri, 06 Nov 1994 09:49:37 GMT"),
      "3600/0 stated", 0 },
    { "case", EXPIRES("SUN, 06 nOV 1994 09:49:37 gMT"), "3600/0 stated", 0 },
    { "UTC", EXPIRES("Sun, 06 Nov 1994 09:49:37 UTC"), "0/0 stated", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


static const row_t  ages[] = {
    { "none", AGE(NULL), "3600/0 stated", 0 },
    { "Age", AGE("7200"), "3600/7200 stated", 0 },
    { "Age and the delay", AGE("30"), "3600/35 stated", 5 },
    { "the delay alone", AGE(NULL), "3600/5 stated", 5 },
    { "not a number", AGE("abc"), "3600/0 stated", 0 },
    { "negative", AGE("-7200"), "3600/0 stated", 0 },
    { "decimal", AGE("7200.0"), "3600/0 stated", 0 },
    { "empty", AGE(""), "3600/0 stated", 0 },
    { "quoted", AGE("\"7200\""), "3600/0 stated", 0 },
    { "blanks around", AGE(" \t7200 \t"), "3600/7200 stated", 0 },
    { "two numbers", AGE("72 00"), "3600/0 stated", 0 },
    { "old, 0", AGE("7200, 0"), "3600/7200 stated", 0 },
    { "old,0", AGE("7200,0"), "3600/7200 stated", 0 },
    { "0, old", AGE("0, 7200"), "3600/0 stated", 0 },
    { "an invalid one first", AGE("x, 7200"), "3600/0 stated", 0 },
    { "a parameter", AGE("7200;foo=111"), "3600/7200 stated", 0 },
    { "2^31 - 1", AGE("2147483647"), "3600/2147483647 stated", 0 },
    { "2^31", AGE("2147483648"), "3600/2147483648 stated", 0 },
    { "2^31 + 1, and the delay", AGE("2147483649"), "3600/2147483648 stated",
      9 },
    { "80 digits", AGE("9999999999999999999999999999999999999999999999999999"
                       "9999999999999999999999999999"),
      "3600/2147483648 stated", 0 },
    { "apparent: Date is an hour old",
      { .cache_control = "max-age=60", .date = EARLIER },
      "60/3600 stated", 0 },
    { "apparent, less than Age",
      { .cache_control = "max-age=60", .date = EARLIER, .age = "4000" },
      "60/4000 stated", 0 },
    { "apparent, more than Age and delay",
      { .cache_control = "max-age=60", .date = EARLIER, .age = "3590" },
      "60/3600 stated", 9 },
    { "Date in the future",
      { .cache_control = "max-age=60", .date = LATER }, "60/0 stated", 0 },
    { "Date invalid",
      { .cache_control = "max-age=60", .date = "Yesterday" },
      "60/0 stated", 0 },
    { "Date of 1970",
      { .cache_control = "max-age=60",
        .date = "Thu, 01 Jan 1970 00:00:00 GMT" },
      "60/784111777 stated", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


static const row_t  heuristics[] = {
    { "200", MODIFIED(200), "8640/0 heuristic", 0 },
    { "203", MODIFIED(203), "8640/0 heuristic", 0 },
    { "204", MODIFIED(204), "8640/0 heuristic", 0 },
    { "206", MODIFIED(206), "8640/0 heuristic", 0 },
    { "300", MODIFIED(300), "8640/0 heuristic", 0 },
    { "301", MODIFIED(301), "8640/0 heuristic", 0 },
    { "308", MODIFIED(308), "8640/0 heuristic", 0 },
    { "404", MODIFIED(404), "8640/0 heuristic", 0 },
    { "405", MODIFIED(405), "8640/0 heuristic", 0 },
    { "410", MODIFIED(410), "8640/0 heuristic", 0 },
    { "414", MODIFIED(414), "8640/0 heuristic", 0 },
    { "501", MODIFIED(501), "8640/0 heuristic", 0 },
    { "201", MODIFIED(201), "-1/0", 0 },
    { "202", MODIFIED(202), "-1/0", 0 },
    { "302", MODIFIED(302), "-1/0", 0 },
    { "307", MODIFIED(307), "-1/0", 0 },
    { "403", MODIFIED(403), "-1/0", 0 },
    { "502", MODIFIED(502), "-1/0", 0 },
    { "503", MODIFIED(503), "-1/0", 0 },
    { "504", MODIFIED(504), "-1/0", 0 },
    { "599", MODIFIED(599), "-1/0", 0 },
    { "599 that is public",
      { .last_modified = YESTERDAY, .date = DATE, .status = 599,
        .cache_control = "public" }, "8640/0 heuristic", 0 },
    { "no Date", { .last_modified = YESTERDAY, .status = 200 },
      "8640/0 heuristic", 0 },
    { "Date counts, not now",
      { .last_modified = YESTERDAY, .date = LATER, .status = 200 },
      "9000/0 heuristic", 0 },
    { "with an age",
      { .last_modified = YESTERDAY, .date = EARLIER, .status = 200 },
      "8280/3600 heuristic", 0 },
    { "less than 10 s",
      { .last_modified = "Sun, 06 Nov 1994 08:49:30 GMT", .date = DATE,
        .status = 200 }, "0/0 heuristic", 0 },
    { "modified just now",
      { .last_modified = DATE, .date = DATE, .status = 200 },
      "0/0 heuristic", 0 },
    { "modified in the future",
      { .last_modified = LATER, .date = DATE, .status = 200 },
      "0/0 heuristic", 0 },
    { "Last-Modified is invalid",
      { .last_modified = "yesterday", .date = DATE, .status = 200 },
      "-1/0", 0 },
    { "with no-cache",
      { .last_modified = YESTERDAY, .date = DATE, .status = 200,
        .cache_control = "no-cache" }, "8640/0 heuristic no-cache", 0 },
    { "an ETag is none", { .etag = "\"x\"", .status = 200 }, "-1/0", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


/* Cache-Control says 1, Expires 3600 */

static const row_t  targeted[] = {
    { "max-age", TARGETED("max-age=7200"), "7200/0 stated", 0 },
    { "max-age=0", TARGETED("max-age=0"), "0/0 stated", 0 },
    { "s-maxage", TARGETED("max-age=9, s-maxage=5"),
      "5/0 stated must-revalidate", 0 },
    { "negative", TARGETED("max-age=-5"), "0/0 stated", 0 },
    { "2^31", TARGETED("max-age=2147483648"), "2147483648/0 stated", 0 },
    { "99999999999", TARGETED("max-age=99999999999"),
      "2147483648/0 stated", 0 },
    { "999999999999999", TARGETED("max-age=999999999999999"),
      "2147483648/0 stated", 0 },
    { "Age and Date count",
      { .targeted = "max-age=60", .age = "90", .date = EARLIER },
      "60/3600 stated", 0 },
    { "no lifetime: Cache-Control and Expires are ignored all the same",
      TARGETED("public"), "-1/0", 0 },
    { "then the heuristic",
      { .targeted = "foobar", .cache_control = "max-age=1", .expires = LATER,
        .last_modified = YESTERDAY, .date = DATE, .status = 200 },
      "8640/0 heuristic", 0 },
    { "a fresh one before no-store",
      { .targeted = "max-age=10000", .cache_control = "no-store" },
      "10000/0 stated", 0 },
    { "no-store", TARGETED("no-store"), "-1/0 no-store", 0 },
    { "private", TARGETED("private"), "-1/0 no-store", 0 },
    { "no-cache", TARGETED("no-cache"), "-1/0 no-cache", 0 },
    { "must-revalidate", TARGETED("must-revalidate, max-age=5"),
      "5/0 stated must-revalidate", 0 },
    { "proxy-revalidate", TARGETED("proxy-revalidate, max-age=5"),
      "5/0 stated must-revalidate", 0 },
    { "false", TARGETED("no-store=?0, private=?0, max-age=5"), "5/0 stated",
      0 },
    { "true", TARGETED("no-store=?1"), "-1/0 no-store", 0 },
    { "no-cache of fields", TARGETED("no-cache=\"a, b\", max-age=5"),
      "5/0 stated no-cache", 0 },
    { "the last counts", TARGETED("max-age=5, max-age=9, no-store, "
                                  "no-store=?0"), "9/0 stated", 0 },
    { "stale-while-revalidate, stale-if-error",
      TARGETED("max-age=5, stale-while-revalidate=6, stale-if-error=7"),
      "5/0 swr=6 sie=7 stated", 0 },
    { "extension", TARGETED("foobar, max-age=5, a=b;c=d;e, f=1.5"),
      "5/0 stated", 0 },
    { "every type of value",
      TARGETED("a=(1 \"b\" c;d=?1 );e=1, f=:YWJj:, g=-1.25, h=\"\\\"\\\\\", "
               "*i=*x/y:z, j=?0, max-age=5;k"), "5/0 stated", 0 },
    { "every byte of a key", TARGETED("a1_-.*z=5, max-age=5"), "5/0 stated",
      0 },
    { "blanks", TARGETED("   max-age=5 \t,\t no-cache  "),
      "5/0 stated no-cache", 0 },
    { "empty", TARGETED(""), "1/0 stated", 0 },
    { "blank", TARGETED("  "), "1/0 stated", 0 },
    { "junk", TARGETED("max-age=10000, &&&&&"), "1/0 stated", 0 },
    { "a string for a number", TARGETED("max-age=\"10000\""), "1/0 stated",
      0 },
    { "a token for a number", TARGETED("max-age=abc"), "1/0 stated", 0 },
    { "a decimal for an integer", TARGETED("max-age=5.5"), "1/0 stated", 0 },
    { "a boolean for a number", TARGETED("max-age"), "1/0 stated", 0 },
    { "a list for a number", TARGETED("max-age=(1 2)"), "1/0 stated", 0 },
    { "16 digits", TARGETED("max-age=9999999999999999"), "1/0 stated", 0 },
    { "upper case", TARGETED("MaX-aGe=3600"), "1/0 stated", 0 },
    { "space before =", TARGETED("max-age =100"), "1/0 stated", 0 },
    { "space after =", TARGETED("max-age= 100"), "1/0 stated", 0 },
    { "a comma at the end", TARGETED("max-age=100,"), "1/0 stated", 0 },
    { "an empty member", TARGETED("a,, max-age=100"), "1/0 stated", 0 },
    { "two members without a comma", TARGETED("a b"), "1/0 stated", 0 },
    { "no value", TARGETED("max-age="), "1/0 stated", 0 },
    { "an open string", TARGETED("a=\"b"), "1/0 stated", 0 },
    { "a bad escape", TARGETED("a=\"\\x\""), "1/0 stated", 0 },
    { "an escape at the end", TARGETED("a=\"\\"), "1/0 stated", 0 },
    { "bytes above 127", TARGETED("a=\"\xc3\xa4\""), "1/0 stated", 0 },
    { "an open list", TARGETED("a=(1 2"), "1/0 stated", 0 },
    { "a list in a list", TARGETED("a=((1))"), "1/0 stated", 0 },
    { "a list without blanks", TARGETED("a=(\"b\"\"c\")"), "1/0 stated", 0 },
    { "open bytes", TARGETED("a=:YWJj"), "1/0 stated", 0 },
    { "a bad boolean", TARGETED("a=?2"), "1/0 stated", 0 },
    { "half a boolean", TARGETED("a=?"), "1/0 stated", 0 },
    { "a minus alone", TARGETED("a=-"), "1/0 stated", 0 },
    { "a point at the end", TARGETED("a=1."), "1/0 stated", 0 },
    { "four decimals", TARGETED("a=1.2345"), "1/0 stated", 0 },
    { "13 digits before the point", TARGETED("a=1234567890123.1"),
      "1/0 stated", 0 },
    { "a bad parameter", TARGETED("a;B"), "1/0 stated", 0 },
    { "a parameter without its value", TARGETED("a=1;b="), "1/0 stated", 0 },
    { NULL, { .status = 0 }, NULL, 0 }
};


/* the defaults of the directives */
#define BOUNDS        .min = 60, .max = 604800, .valid = 3600,                \
                      .while_revalidate = 3600, .if_error = 86400
#define STRICT        .min = 0, .max = 604800, .valid = 3600,                 \
                      .while_revalidate = 3600, .if_error = 86400
#define UNSTATED      .while_revalidate = -1, .if_error = -1
#define STATED(n)     .lifetime = n, .stated = 1, UNSTATED
#define KEPT          " swr 3600 sie 86400 store"


/* fresh, age, stale-while-revalidate, stale-if-error, store */

static const times_t  bounded[] = {
    { "a stated lifetime", { STATED(600) }, { BOUNDS },
      "600 age 0" KEPT },
    { "Age is subtracted", { STATED(600), .age = 100 }, { BOUNDS },
      "500 age 100" KEPT },
    { "below the minimum", { STATED(5) }, { BOUNDS }, "60 age 0" KEPT },
    { "above the maximum", { STATED(31536000) }, { BOUNDS },
      "604800 age 0" KEPT },
    { "the maximum holds for what is left",
      { STATED(31536000), .age = 31535000 }, { BOUNDS },
      "1000 age 31535000" KEPT },
    { "older than its lifetime", { STATED(600), .age = 700 }, { BOUNDS },
      "60 age 700" KEPT },
    { "older than its lifetime, no minimum", { STATED(600), .age = 700 },
      { STRICT }, "0 age 700" KEPT },
    { "a heuristic", { .lifetime = 8640, .heuristic = 1, UNSTATED },
      { BOUNDS }, "8640 age 0" KEPT },
    { "a long heuristic",
      { .lifetime = 9999999, .heuristic = 1, UNSTATED }, { BOUNDS },
      "604800 age 0" KEPT },
    { "nothing stated", { .lifetime = -1, UNSTATED }, { BOUNDS },
      "3600 age 0" KEPT },
    { "nothing stated: the age does not count",
      { .lifetime = -1, .age = 5000, UNSTATED }, { BOUNDS },
      "3600 age 5000" KEPT },
    { "nothing stated: the default has no bounds",
      { .lifetime = -1, UNSTATED },
      { .min = 60, .max = 100, .valid = 9000 },
      "9000 age 0 swr 0 sie 0 store" },
    { "nothing stated, and no default", { .lifetime = -1, UNSTATED },
      { .min = 60, .max = 100, .valid = 0, .while_revalidate = 5 },
      "0 age 0 swr 0 sie 0" },
    { "max-age=0: the minimum", { STATED(0) }, { BOUNDS },
      "60 age 0" KEPT },
    { "max-age=0, no minimum: stored to be validated", { STATED(0) },
      { STRICT }, "0 age 0" KEPT },
    { "no-cache: the minimum, then never stale",
      { STATED(600), .no_cache = 1 }, { BOUNDS },
      "60 age 0 swr 0 sie 0 store" },
    { "no-cache alone", { .lifetime = -1, UNSTATED, .no_cache = 1 },
      { BOUNDS }, "60 age 0 swr 0 sie 0 store" },
    { "no-cache, no minimum", { STATED(600), .no_cache = 1 }, { STRICT },
      "0 age 0 swr 0 sie 0 store" },
    { "no-cache, no default", { .lifetime = -1, UNSTATED, .no_cache = 1 },
      { .min = 0, .max = 10 }, "0 age 0 swr 0 sie 0 store" },
    { "must-revalidate: fresh as long, then never stale",
      { STATED(600), .must_revalidate = 1 }, { BOUNDS },
      "600 age 0 swr 0 sie 0 store" },
    { "must-revalidate, and what is stated",
      { .lifetime = 600, .stated = 1, .while_revalidate = 30, .if_error = 40,
        .must_revalidate = 1 }, { BOUNDS },
      "600 age 0 swr 0 sie 0 store" },
    { "must-revalidate, max-age=0", { STATED(0), .must_revalidate = 1 },
      { BOUNDS }, "60 age 0 swr 0 sie 0 store" },
    { "no-store: the minimum, then nothing", { STATED(600), .no_store = 1 },
      { BOUNDS }, "60 age 0 swr 0 sie 0 store" },
    { "no-store: 60 s at most", { STATED(600), .no_store = 1 },
      { .min = 300, .max = 600, .if_error = 60 },
      "60 age 0 swr 0 sie 0 store" },
    { "no-store: a lower minimum", { STATED(600), .no_store = 1 },
      { .min = 7, .max = 600, .if_error = 60 }, "7 age 0 swr 0 sie 0 store" },
    { "no-store, no minimum: not stored", { STATED(600), .no_store = 1 },
      { STRICT }, "0 age 0 swr 0 sie 0" },
    { "no-store, nothing stated", { .lifetime = -1, UNSTATED, .no_store = 1 },
      { BOUNDS }, "60 age 0 swr 0 sie 0 store" },
    { "truncated: 60 s at most", { STATED(600) },
      { BOUNDS, .truncated = 1 }, "60 age 0 swr 0 sie 0 store" },
    { "truncated: a higher minimum", { STATED(600) },
      { .min = 300, .max = 600, .if_error = 60, .truncated = 1 },
      "60 age 0 swr 0 sie 0 store" },
    { "truncated, nothing stated", { .lifetime = -1, UNSTATED },
      { BOUNDS, .truncated = 1 }, "60 age 0 swr 0 sie 0 store" },
    { "truncated, a shorter default", { .lifetime = -1, UNSTATED },
      { .min = 60, .max = 100, .valid = 20, .truncated = 1 },
      "20 age 0 swr 0 sie 0 store" },
    { "truncated, a shorter lifetime", { STATED(20) },
      { STRICT, .truncated = 1 }, "20 age 0 swr 0 sie 0 store" },
    { "truncated and stale", { STATED(0) }, { STRICT, .truncated = 1 },
      "0 age 0 swr 0 sie 0" },
    { "truncated and no-store, no minimum",
      { STATED(600), .no_store = 1 }, { STRICT, .truncated = 1 },
      "0 age 0 swr 0 sie 0" },
    { "the origin states less than the maxima",
      { .lifetime = 600, .stated = 1, .while_revalidate = 30,
        .if_error = 40 }, { BOUNDS }, "600 age 0 swr 30 sie 40 store" },
    { "the origin states more",
      { .lifetime = 600, .stated = 1, .while_revalidate = 30000,
        .if_error = 9999999 }, { BOUNDS }, "600 age 0" KEPT },
    { "the origin states 0",
      { .lifetime = 600, .stated = 1 }, { BOUNDS },
      "600 age 0 swr 0 sie 0 store" },
    { "stated for nothing else",
      { .lifetime = -1, .while_revalidate = 30, .if_error = 40 },
      { BOUNDS }, "3600 age 0 swr 30 sie 40 store" },
    { "a part of the stated time is over",
      { .lifetime = 600, .stated = 1, .age = 620, .while_revalidate = 30,
        .if_error = 40 }, { STRICT }, "0 age 620 swr 10 sie 20 store" },
    { "all of it is over",
      { .lifetime = 600, .stated = 1, .age = 700, .while_revalidate = 30,
        .if_error = 40 }, { STRICT }, "0 age 700 swr 0 sie 0 store" },
    { "only what is stated", { STATED(600) }, { STRICT, .stated_only = 1 },
      "600 age 0 swr 0 sie 0 store" },
    { "only what is stated, and it is",
      { .lifetime = 0, .stated = 1, .while_revalidate = 30, .if_error = 40 },
      { STRICT, .stated_only = 1 }, "0 age 0 swr 30 sie 40 store" },
    { "a minimum above the maximum", { STATED(5) },
      { .min = 100, .max = 50 }, "50 age 0 swr 0 sie 0 store" },
    { "negative bounds", { STATED(600) },
      { .min = -5, .max = -6, .valid = -7, .while_revalidate = -8,
        .if_error = -9 }, "0 age 0 swr 0 sie 0 store" },
    { "huge bounds", { STATED(URLMETA_SECONDS_MAX) },
      { .min = INT64_MAX, .max = INT64_MAX, .while_revalidate = INT64_MAX,
        .if_error = INT64_MAX },
      "2147483648 age 0 swr 2147483648 sie 2147483648 store" },
    { "a chain of unknown parts: the default at most",
      { STATED(86400), .bounded = 1 }, { BOUNDS }, "3600 age 0" KEPT },
    { "a chain of unknown parts, a shorter lifetime",
      { STATED(600), .bounded = 1 }, { BOUNDS }, "600 age 0" KEPT },
    { "a chain of unknown parts: the default is below the minimum",
      { STATED(86400), .bounded = 1 },
      { .min = 60, .max = 100, .valid = 7 }, "7 age 0 swr 0 sie 0 store" },
    { "a chain of unknown parts, no default",
      { STATED(86400), .bounded = 1 },
      { .min = 60, .max = 100, .valid = 0, .if_error = 5 },
      "0 age 0 swr 0 sie 0" },
    { "a chain of unknown parts, no default, no lifetime",
      { STATED(0), .bounded = 1 }, { .min = 0, .max = 100, .if_error = 5 },
      "0 age 0 swr 0 sie 0" },
    { NULL, { .lifetime = 0 }, { .min = 0 }, NULL }
};


#define NOTHING  .lifetime = -1, UNSTATED


static const hop_t  hops[] = {
    { "a shorter redirect", 302, { STATED(600) }, { STATED(60) },
      "60/0 stated" },
    { "a longer redirect", 302, { STATED(60) }, { STATED(600) },
      "60/0 stated" },
    { "a shorter permanent redirect", 301, { STATED(600) }, { STATED(60) },
      "60/0 stated" },
    { "301 that states nothing", 301, { STATED(600) }, { NOTHING },
      "600/0 stated" },
    { "308 that states nothing", 308, { STATED(600) }, { NOTHING },
      "600/0 stated" },
    { "302 that states nothing", 302, { STATED(600) }, { NOTHING },
      "600/0 stated bounded" },
    { "303 that states nothing", 303, { STATED(600) }, { NOTHING },
      "600/0 stated bounded" },
    { "307 that states nothing", 307, { STATED(600) }, { NOTHING },
      "600/0 stated bounded" },
    { "301, neither states anything", 301, { NOTHING }, { NOTHING }, "-1/0" },
    { "302, neither states anything", 302, { NOTHING }, { NOTHING },
      "-1/0 bounded" },
    { "only the redirect states something", 302, { NOTHING }, { STATED(60) },
      "60/0 stated bounded" },
    { "only the permanent redirect does", 301, { NOTHING }, { STATED(60) },
      "60/0 stated bounded" },
    { "a heuristic of the redirect", 301, { STATED(600) },
      { .lifetime = 50, .heuristic = 1, UNSTATED }, "50/0 heuristic" },
    { "a longer heuristic of the redirect", 301, { STATED(40) },
      { .lifetime = 50, .heuristic = 1, UNSTATED }, "40/0 stated" },
    { "what is left counts, not the lifetime", 302,
      { STATED(600), .age = 10 }, { STATED(650), .age = 100 },
      "560/10 stated" },
    { "what is left of the chain is less", 302,
      { STATED(600), .age = 590 }, { STATED(100) }, "600/590 stated" },
    { "a redirect that is stale", 302, { STATED(600) },
      { STATED(60), .age = 99 }, "0/0 stated" },
    { "no-store of the redirect", 302, { STATED(600) },
      { STATED(600), .no_store = 1 }, "600/0 stated no-store" },
    { "no-store of the response", 302, { STATED(600), .no_store = 1 },
      { STATED(600) }, "600/0 stated no-store" },
    { "no-cache of the redirect", 301, { STATED(600) },
      { NOTHING, .no_cache = 1 }, "600/0 stated no-cache" },
    { "must-revalidate of the redirect", 301, { STATED(600) },
      { STATED(600), .must_revalidate = 1 }, "600/0 stated must-revalidate" },
    { "the least of what may be stale", 301,
      { .lifetime = 9, .while_revalidate = 5, .if_error = 50 },
      { .lifetime = 9, .while_revalidate = 7, .if_error = 30 },
      "9/0 swr=5 sie=30" },
    { "stated by the redirect only", 301, { STATED(9) },
      { .lifetime = 9, .while_revalidate = 7, .if_error = 30 },
      "9/0 swr=7 sie=30 stated" },
    { "stated by the response only", 301,
      { .lifetime = 9, .while_revalidate = 7, .if_error = 30 },
      { STATED(9) }, "9/0 swr=7 sie=30" },
    { "a chain that was unknown before", 301,
      { STATED(600), .bounded = 1 }, { STATED(500) }, "500/0 stated bounded" },
    { NULL, 0, { .lifetime = 0 }, { .lifetime = 0 }, NULL }
};


static const date_t  dates[] = {
    { DATE, NOW },
    { "Sunday, 06-Nov-94 08:49:37 GMT", NOW },
    { "Sun Nov  6 08:49:37 1994", NOW },
    { "Sun Nov 06 08:49:37 1994", NOW },
    { "Wed Nov 16 08:49:37 1994", NOW + 864000 },
    { " \t" DATE "\t ", NOW },
    { "sun, 06 nov 1994 08:49:37 gmt", NOW },
    { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
    { "Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 },
    { "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
    { "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
    { "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
    { "Tuesday, 29-Feb-00 00:00:00 GMT", 951782400 },
    { "Thursday, 18-Aug-44 00:00:00 GMT", 2355091200 },
    { "Thursday, 18-Aug-45 00:00:00 GMT", -1 },
    { "Thursday, 01-Jan-70 00:00:01 GMT", 1 },
    { "Mon, 29 Feb 1900 00:00:00 GMT", -1 },
    { "Wed, 29 Feb 2100 00:00:00 GMT", -1 },
    { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
    { "Mon, 01 Jan 0001 00:00:00 GMT", -1 },
    { "Sat, 01 Jan 0000 00:00:00 GMT", -1 },
    { "Thu, 18 Aug 2050 02:01:18 UTC", -1 },
    { "Thu, 18 Aug 2050 02:01:18 AEST", -1 },
    { "Thu, 18 Aug 2050 02:01:18 +0000", -1 },
    { "Thu, 18 Aug 2050 02:01:18", -1 },
    { "Thu, 18 Aug 50 02:01:18 GMT", -1 },
    { "Thu 18 Aug 2050 02:01:18 GMT", -1 },
    { "Thu, 18  Aug  2050 02:01:18 GMT", -1 },
    { "Thu, 18-Aug-2050 02:01:18 GMT", -1 },
    { "Thu, 18 Aug 2050 02.01.18 GMT", -1 },
    { "Thu, 18 Aug 2050 2:01:18 GMT", -1 },
    { "Thu, 8 Aug 2050 02:01:18 GMT", -1 },
    { "Thu, 18 Aug 2050 24:00:00 GMT", -1 },
    { "Thu, 18 Aug 2050 23:60:00 GMT", -1 },
    { "Thu, 18 Aug 2050 23:59:61 GMT", -1 },
    { "Thu, 00 Aug 2050 00:00:00 GMT", -1 },
    { "Thu, 31 Sep 2050 00:00:00 GMT", -1 },
    { "Thu, 32 Aug 2050 00:00:00 GMT", -1 },
    { "Thu\f 18 Aug 2050 02:01:18 GMT", -1 },
    { "Thu, 18 Foo 2050 02:01:18 GMT", -1 },
    { "Foo, 18 Aug 2050 02:01:18 GMT", -1 },
    { "18 Aug 2050 02:01:18 GMT", -1 },
    { "Thu, 18 Aug 2050 02:01:18 GMT x", -1 },
    { "Thu, 18 Aug 12050 02:01:18 GMT", -1 },
    { "Thu, 18-Aug-50 02:01:18 GMT", -1 },
    { "Thursday, 18 Aug 2050 02:01:18 GMT", -1 },
    { "Thu Aug 8 02:01:18 2050", -1 },
    { "Thu Aug  8 02:01:18 2050 GMT", -1 },
    { "Thu, 18 Aug 2050 02:01:18 GMT\n", -1 },
    { "2050-08-18T02:01:18Z", -1 },
    { "784111777", -1 },
    { "0", -1 },
    { "", -1 },
    { " ", -1 },
    { NULL, 0 }
};


static const char *
shown(const urlmeta_freshness_t *f)
{
    char  swr[32], sie[32];

    swr[0] = sie[0] = '\0';

    if (f->while_revalidate != -1) {
        snprintf(swr, sizeof(swr), " swr=%lld",
                 (long long) f->while_revalidate);
    }

    if (f->if_error != -1) {
        snprintf(sie, sizeof(sie), " sie=%lld", (long long) f->if_error);
    }

    snprintf(text, sizeof(text), "%lld/%lld%s%s%s%s%s%s%s%s",
             (long long) f->lifetime, (long long) f->age, swr, sie,
             f->stated ? " stated" : "", f->heuristic ? " heuristic" : "",
             f->no_store ? " no-store" : "", f->no_cache ? " no-cache" : "",
             f->must_revalidate ? " must-revalidate" : "",
             f->bounded ? " bounded" : "");

    return text;
}


static const char *
times(const urlmeta_freshness_t *f, const urlmeta_freshness_bounds_t *bounds)
{
    urlmeta_freshness_times_t  t;

    memset(&t, 0xff, sizeof(t));
    urlmeta_freshness_times(&t, f, bounds);

    snprintf(text, sizeof(text), "%lld age %lld swr %lld sie %lld%s",
             (long long) t.fresh, (long long) t.age,
             (long long) t.while_revalidate, (long long) t.if_error,
             t.store ? " store" : "");

    return text;
}


static void
run(const char *what, const row_t *rows)
{
    char                 name[256];
    urlmeta_freshness_t  f;

    for ( /* void */ ; rows->name; rows++) {
        snprintf(name, sizeof(name), "%s: %s", what, rows->name);

        memset(&f, 0xff, sizeof(f));
        urlmeta_freshness(&f, &rows->fields, NOW, rows->delay);

        is_str(shown(&f), rows->expected, name);
    }
}


static void
run_times(void)
{
    char            name[256];
    const times_t  *row;

    for (row = bounded; row->name; row++) {
        snprintf(name, sizeof(name), "bounds: %s", row->name);
        is_str(times(&row->f, &row->bounds), row->expected, name);
    }
}


static void
run_hops(void)
{
    char                 name[256];
    const hop_t         *row;
    urlmeta_freshness_t  chain;

    for (row = hops; row->name; row++) {
        chain = row->chain;
        urlmeta_freshness_hop(&chain, &row->hop, row->status);

        snprintf(name, sizeof(name), "chain: %s", row->name);
        is_str(shown(&chain), row->expected, name);
    }
}


/* from the fields of a whole chain to its times */

static void
run_whole(void)
{
    urlmeta_freshness_t         f, hop;
    urlmeta_freshness_fields_t  fields;
    urlmeta_freshness_bounds_t  bounds;

    memset(&fields, 0, sizeof(fields));
    memset(&bounds, 0, sizeof(bounds));

    bounds.min = 60;
    bounds.max = 604800;
    bounds.valid = 3600;
    bounds.while_revalidate = 3600;
    bounds.if_error = 86400;

    fields.status = 200;
    fields.cache_control = "max-age=86400, stale-if-error=600";
    fields.age = "400";
    urlmeta_freshness(&f, &fields, NOW, 1);

    is_str(times(&f, &bounds), "85999 age 401 swr 3600 sie 600 store",
           "whole: a page");

    fields.status = 301;
    fields.cache_control = NULL;
    fields.age = NULL;
    urlmeta_freshness(&hop, &fields, NOW, 0);
    urlmeta_freshness_hop(&f, &hop, 301);

    is_str(times(&f, &bounds), "85999 age 401 swr 3600 sie 600 store",
           "whole: behind a permanent redirect");

    fields.status = 302;
    urlmeta_freshness(&hop, &fields, NOW, 0);
    urlmeta_freshness_hop(&f, &hop, 302);

    is_str(times(&f, &bounds), "3600 age 401 swr 3600 sie 600 store",
           "whole: and a temporary one");

    fields.cache_control = "max-age=120";
    fields.age = "20";
    urlmeta_freshness(&hop, &fields, NOW, 0);
    urlmeta_freshness_hop(&f, &hop, 302);

    is_str(times(&f, &bounds), "100 age 401 swr 3600 sie 600 store",
           "whole: and one that states less");

    fields.cache_control = "must-revalidate";
    urlmeta_freshness(&hop, &fields, NOW, 0);
    urlmeta_freshness_hop(&f, &hop, 302);

    is_str(times(&f, &bounds), "60 age 401 swr 0 sie 0 store",
           "whole: and one that is to be validated");

    fields.cache_control = NULL;
    fields.set_cookie = 1;
    urlmeta_freshness(&hop, &fields, NOW, 0);
    urlmeta_freshness_hop(&f, &hop, 302);

    is_str(times(&f, &bounds), "60 age 401 swr 0 sie 0 store",
           "whole: and one with a cookie");

    bounds.min = 0;
    is_str(times(&f, &bounds), "0 age 401 swr 0 sie 0",
           "whole: which is not stored without a minimum");
}


static void
run_dates(void)
{
    char           name[128];
    char          *copy;
    size_t         len;
    const date_t  *row;

    for (row = dates; row->value; row++) {
        len = strlen(row->value);
        copy = malloc(len ? len : 1);
        memcpy(copy, row->value, len);

        snprintf(name, sizeof(name), "date: \"%.*s\"",
                 (int) strcspn(row->value, "\n\f"), row->value);
        is_int(urlmeta_http_date_at(copy, len, NOW), row->expected, name);

        free(copy);
    }

    is_int(urlmeta_http_date(DATE, sizeof(DATE) - 1), NOW,
           "date: without a clock");
    is_int(urlmeta_http_date(DATE, sizeof(DATE) - 2), -1, "date: cut");

    is_int(urlmeta_http_date_at("Thursday, 18-Aug-50 02:01:18 GMT", 32,
                                1700000000), 2544400878,
           "date: 50 is 2050 in 2023");
    is_int(urlmeta_http_date_at("Sunday, 06-Nov-94 08:49:37 GMT", 30,
                                1700000000), NOW, "date: 94 is 1994 in 2023");
    is_int(urlmeta_http_date_at("Sunday, 06-Nov-05 08:49:37 GMT", 30,
                                3900000000), 4286940577,
           "date: 05 is 2105 in 2093");
    is_int(urlmeta_http_date_at("Sunday, 06-Nov-94 08:49:37 GMT", 30,
                                INT64_MIN), NOW, "date: a clock at its least");
    ok(urlmeta_http_date_at("Sunday, 06-Nov-94 08:49:37 GMT", 30, INT64_MAX)
       > 0, "date: a clock at its most");
}


static void
run_retry_after(void)
{
    is_int(urlmeta_retry_after("120", NOW), 120, "Retry-After: seconds");
    is_int(urlmeta_retry_after(" 120 ", NOW), 120, "Retry-After: blanks");
    is_int(urlmeta_retry_after("0", NOW), 0, "Retry-After: 0");
    is_int(urlmeta_retry_after("99999999999999999999", NOW),
           URLMETA_SECONDS_MAX, "Retry-After: huge");
    is_int(urlmeta_retry_after(LATER, NOW), 3600, "Retry-After: a date");
    is_int(urlmeta_retry_after("Sun Nov  6 08:50:37 1994", NOW), 60,
           "Retry-After: another form of date");
    is_int(urlmeta_retry_after(EARLIER, NOW), 0, "Retry-After: a past date");
    is_int(urlmeta_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", NOW),
           URLMETA_SECONDS_MAX, "Retry-After: a late date");
    is_int(urlmeta_retry_after(LATER, INT64_MIN), NOW + 3600,
           "Retry-After: a clock at its least");
    is_int(urlmeta_retry_after(LATER, INT64_MAX), 0,
           "Retry-After: a clock at its most");
    is_int(urlmeta_retry_after("-1", NOW), -1, "Retry-After: negative");
    is_int(urlmeta_retry_after("1.5", NOW), -1, "Retry-After: decimal");
    is_int(urlmeta_retry_after("120, 120", NOW), -1, "Retry-After: a list");
    is_int(urlmeta_retry_after("soon", NOW), -1, "Retry-After: a word");
    is_int(urlmeta_retry_after("", NOW), -1, "Retry-After: empty");
    is_int(urlmeta_retry_after("  ", NOW), -1, "Retry-After: blank");
    is_int(urlmeta_retry_after(NULL, NOW), -1, "Retry-After: absent");
}


static void
run_pack(void)
{
    int                         good;
    char                        long_text[URLMETA_FIELDS_MAX + 1];
    char                        packed[URLMETA_FIELDS_MAX + 1];
    char                       *copy;
    size_t                      i, len, rest;
    urlmeta_freshness_fields_t  fields, found;

    memset(&fields, 0, sizeof(fields));

    len = urlmeta_freshness_pack(packed, &fields);
    is_int(len, 5, "pack: nothing");
    is_int(urlmeta_freshness_unpack(&found, packed, len), 1, "unpack: nothing");
    ok(found.etag == NULL && found.vary == NULL && found.status == 0
       && !found.set_cookie, "unpack: nothing is there");

    fields.cache_control = "max-age=1";
    fields.targeted = "max-age=2";
    fields.expires = LATER;
    fields.date = DATE;
    fields.age = "3";
    fields.last_modified = YESTERDAY;
    fields.etag = "W/\"x\"";
    fields.vary = "";
    fields.status = 599;
    fields.set_cookie = 1;

    memset(packed, 'x', sizeof(packed));
    len = urlmeta_freshness_pack(packed, &fields);
    ok(len > 5 && packed[len] == 'x', "pack: no byte behind it");

    copy = malloc(len);
    memcpy(copy, packed, len);

    is_int(urlmeta_freshness_unpack(&found, copy, len), 1, "unpack");
    is_str(found.cache_control, "max-age=1", "unpack: Cache-Control");
    is_str(found.targeted, "max-age=2", "unpack: the targeted field");
    is_str(found.expires, LATER, "unpack: Expires");
    is_str(found.date, DATE, "unpack: Date");
    is_str(found.age, "3", "unpack: Age");
    is_str(found.last_modified, YESTERDAY, "unpack: Last-Modified");
    is_str(found.etag, "W/\"x\"", "unpack: ETag");
    is_str(found.vary, "", "unpack: an empty Vary");
    is_int(found.status, 599, "unpack: the status");
    is_int(found.set_cookie, 1, "unpack: Set-Cookie");

    free(copy);

    /* packed again where it lies */

    copy = malloc(URLMETA_FIELDS_MAX);
    memcpy(copy, packed, len);
    urlmeta_freshness_unpack(&found, copy, len);
    found.etag = "\"another\"";
    rest = urlmeta_freshness_pack(copy, &found);
    is_int(rest, len + 4, "pack: over its own strings");
    good = urlmeta_freshness_unpack(&found, copy, rest);
    ok(good && strcmp(found.etag, "\"another\"") == 0
       && strcmp(found.expires, LATER) == 0 && found.vary[0] == '\0',
       "unpack: what was packed over its own strings");
    free(copy);

    /* every shorter piece, and one byte more */

    for (i = 0, good = 0; i < len; i++) {
        copy = malloc(i ? i : 1);
        memcpy(copy, packed, i);
        good += urlmeta_freshness_unpack(&found, copy, i);
        free(copy);
    }

    is_int(good, 0, "unpack: no shorter piece");

    packed[len] = '\0';
    is_int(urlmeta_freshness_unpack(&found, packed, len + 1), 0,
           "unpack: no longer piece");
    ok(found.etag == NULL && found.status == 0,
       "unpack: nothing is there after a failure");

    packed[0]++;
    is_int(urlmeta_freshness_unpack(&found, packed, len), 0,
           "unpack: another version");
    packed[0]--;

    packed[1] = 2;
    is_int(urlmeta_freshness_unpack(&found, packed, len), 0,
           "unpack: unknown flags");
    packed[1] = 1;

    packed[3] = 127;
    is_int(urlmeta_freshness_unpack(&found, packed, len), 0,
           "unpack: a status of five digits");
    packed[3] = 2;

    packed[4] = 0x7f;
    is_int(urlmeta_freshness_unpack(&found, packed, len), 0,
           "unpack: a string too many");
    packed[4] = (char) 0xff;

    is_int(urlmeta_freshness_unpack(&found, packed, len), 1,
           "unpack: as it was");
    is_int(urlmeta_freshness_unpack(&found, NULL, 0), 0, "unpack: no bytes");

    /* exactly as much as there may be */

    memset(&fields, 0, sizeof(fields));
    memset(long_text, 'a', sizeof(long_text));
    fields.etag = long_text;

    long_text[URLMETA_FIELDS_MAX - 6] = '\0';
    is_int(urlmeta_freshness_pack(packed, &fields), URLMETA_FIELDS_MAX,
           "pack: full");
    is_int(urlmeta_freshness_unpack(&found, packed, URLMETA_FIELDS_MAX), 1,
           "unpack: full");
    is_int(strlen(found.etag), URLMETA_FIELDS_MAX - 6, "unpack: all of it");

    long_text[URLMETA_FIELDS_MAX - 6] = 'a';
    long_text[URLMETA_FIELDS_MAX - 5] = '\0';
    is_int(urlmeta_freshness_pack(packed, &fields), 0,
           "pack: a byte too long");

    long_text[URLMETA_FIELDS_MAX - 6] = '\0';
    fields.vary = "";
    is_int(urlmeta_freshness_pack(packed, &fields), 0,
           "pack: an empty string too many");

    fields.vary = NULL;
    fields.status = 1000;
    is_int(urlmeta_freshness_pack(packed, &fields), 0,
           "pack: a status of four digits");
}


static void
run_update(void)
{
    urlmeta_freshness_t         f;
    urlmeta_freshness_fields_t  stored, update;

    memset(&stored, 0, sizeof(stored));
    memset(&update, 0, sizeof(update));

    stored.cache_control = "max-age=60";
    stored.date = YESTERDAY;
    stored.age = "900";
    stored.last_modified = YESTERDAY;
    stored.etag = "\"x\"";
    stored.expires = LATER;
    stored.status = 200;

    update.cache_control = "max-age=600";
    update.date = DATE;
    update.vary = "Accept";
    update.status = 304;

    urlmeta_freshness_update(&stored, &update);

    is_str(stored.cache_control, "max-age=600", "304: replaces");
    is_str(stored.date, DATE, "304: its Date");
    is_str(stored.vary, "Accept", "304: adds");
    is_str(stored.etag, "\"x\"", "304: the ETag stays");
    is_str(stored.last_modified, YESTERDAY, "304: Last-Modified stays");
    is_str(stored.expires, LATER, "304: Expires stays");
    is_str(stored.age, NULL, "304: the old Age does not stay");
    is_int(stored.status, 200, "304: the status stays");
    is_int(stored.set_cookie, 0, "304: no Set-Cookie");

    urlmeta_freshness(&f, &stored, NOW, 0);
    is_str(shown(&f), "600/0 stated", "304: the card's life begins anew");

    memset(&update, 0, sizeof(update));
    update.age = "30";
    update.set_cookie = 1;
    urlmeta_freshness_update(&stored, &update);

    is_str(stored.date, NULL, "304: without a Date it was made now");
    is_int(stored.set_cookie, 1, "304: Set-Cookie");

    urlmeta_freshness(&f, &stored, NOW + 5, 0);
    is_str(shown(&f), "600/30 stated", "304: from another cache");

    is_int(urlmeta_freshness_same(&stored, &update), 1,
           "304: no validator");

    update.etag = "\"x\"";
    is_int(urlmeta_freshness_same(&stored, &update), 1, "304: the same tag");

    update.etag = "W/\"x\"";
    is_int(urlmeta_freshness_same(&stored, &update), 1,
           "304: the same tag, weak");

    update.etag = "\"y\"";
    is_int(urlmeta_freshness_same(&stored, &update), 0, "304: another tag");

    update.etag = "Wx\"";
    stored.etag = "x\"";
    is_int(urlmeta_freshness_same(&stored, &update), 0,
           "304: a tag that only begins like a weak one");
    stored.etag = "\"x\"";

    update.etag = "";
    is_int(urlmeta_freshness_same(&stored, &update), 0, "304: an empty tag");

    update.etag = NULL;
    update.last_modified = YESTERDAY;
    is_int(urlmeta_freshness_same(&stored, &update), 1, "304: the same time");

    update.last_modified = LATER;
    is_int(urlmeta_freshness_same(&stored, &update), 0, "304: another time");

    update.etag = "\"x\"";
    is_int(urlmeta_freshness_same(&stored, &update), 1,
           "304: the tag counts, not the time");

    stored.etag = NULL;
    is_int(urlmeta_freshness_same(&stored, &update), 0,
           "304: a tag where there was none");

    memset(&update, 0, sizeof(update));
    update.cache_control = "a";
    update.targeted = "b";
    update.expires = "c";
    update.date = "d";
    update.age = "e";
    update.last_modified = "f";
    update.etag = "g";
    update.vary = "h";
    urlmeta_freshness_update(&stored, &update);

    is_str(stored.cache_control, "a", "304: each of its fields replaces");
    is_str(stored.targeted, "b", "304: the targeted one");
    is_str(stored.expires, "c", "304: Expires");
    is_str(stored.date, "d", "304: Date");
    is_str(stored.age, "e", "304: Age");
    is_str(stored.last_modified, "f", "304: Last-Modified");
    is_str(stored.etag, "g", "304: ETag");
    is_str(stored.vary, "h", "304: Vary");
}


static void
run_hostile(void)
{
    char                        *huge;
    size_t                       i;
    urlmeta_freshness_t          f, chain;
    urlmeta_freshness_fields_t   fields;

    static const int64_t  clocks[] = {
        INT64_MIN, -1, 0, NOW, INT64_MAX
    };

    memset(&fields, 0, sizeof(fields));
    fields.status = 200;

    fields.expires = "Fri, 31 Dec 9999 23:59:59 GMT";
    fields.date = "Thu, 01 Jan 1970 00:00:00 GMT";
    fields.last_modified = fields.date;
    fields.age = "99999999999999999999";

    for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        urlmeta_freshness(&f, &fields, clocks[i], clocks[i]);
        is_str(shown(&f), "2147483648/2147483648 stated",
               "hostile: times that fit nowhere");
    }

    chain = f;
    urlmeta_freshness_hop(&chain, &f, 302);
    is_str(shown(&chain), "2147483648/2147483648 stated",
           "hostile: a chain of them");

    fields.expires = NULL;
    fields.age = NULL;
    urlmeta_freshness(&f, &fields, INT64_MAX, INT64_MIN);
    is_str(shown(&f), "0/2147483648 heuristic", "hostile: a heuristic of them");

    /* 1 MB of one kind of byte, or of a member: linear, or it never ends */

    huge = malloc((1 << 20) + 1);
    huge[1 << 20] = '\0';

    memset(huge, ',', 1 << 20);
    memset(&fields, 0, sizeof(fields));
    fields.cache_control = huge;
    fields.targeted = huge;
    fields.vary = huge;
    fields.age = huge;
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/0", "hostile: 1 MB of commas");

    memset(huge, '"', 1 << 20);
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/0", "hostile: 1 MB of quotation marks");

    memset(huge, '\\', 1 << 20);
    huge[0] = '"';
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/0", "hostile: 1 MB of escapes");

    memset(huge, 'a', 1 << 20);
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/0", "hostile: 1 MB of letters");

    memset(huge, '9', 1 << 20);
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/2147483648", "hostile: 1 MB of digits");

    memset(huge, '(', 1 << 20);
    memcpy(huge, "a=", 2);
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/0", "hostile: 1 MB of lists");

    for (i = 0; i < 1 << 20; i += 8) {
        memcpy(huge + i, "a=\"b\",* ", 8);
    }

    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "-1/0 no-store", "hostile: 1 MB of members");

    memset(huge, ' ', 1 << 20);
    fields.expires = huge;
    fields.date = huge;
    urlmeta_freshness(&f, &fields, NOW, 0);
    is_str(shown(&f), "0/0 stated", "hostile: 1 MB of blanks");

    is_int(urlmeta_freshness_pack(huge, &fields), 0,
           "hostile: 1 MB of blanks are not packed");

    free(huge);
}


int
main(void)
{
    run("lifetime", lifetimes);
    run("parsing", parsing);
    run("directive", directives);
    run("Expires", expires);
    run("age", ages);
    run("heuristic", heuristics);
    run("targeted", targeted);

    run_times();
    run_hops();
    run_whole();
    run_dates();
    run_retry_after();
    run_pack();
    run_update();
    run_hostile();

    return done_testing();
}
