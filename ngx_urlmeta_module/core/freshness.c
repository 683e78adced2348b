
/*
 * How long a card is fresh, RFC 9111 section 4.2, and how long after that it
 * may still be served, RFC 5861.
 */


#include <string.h>

#include "freshness.h"
#include "freshness_field.h"


/* the format of packed fields; snapshots keep them */
#define URLMETA_FIELDS_VERSION  1

/* version, flags, status (low byte first), which strings there are */
#define URLMETA_FIELDS_HEADER   5

/* strings of urlmeta_freshness_fields_t */
#define URLMETA_FIELDS_STRINGS  8


static void urlmeta_freshness_lifetime(urlmeta_freshness_t *f,
    const urlmeta_freshness_fields_t *fields,
    const urlmeta_cache_control_t *cc, int targeted, int64_t date,
    int64_t now);
static int64_t urlmeta_freshness_date(const char *value, int64_t now);
static int64_t urlmeta_freshness_age(const char *value);
static int urlmeta_freshness_any(const char *vary);
static int urlmeta_freshness_heuristic(unsigned status);
static int64_t urlmeta_freshness_clamp(int64_t value, int64_t min,
    int64_t max);
static int64_t urlmeta_freshness_stale(int64_t stated, int64_t left,
    int64_t max, int stated_only);
static const char *urlmeta_freshness_opaque(const char *etag);
static void urlmeta_freshness_strings(urlmeta_freshness_fields_t *fields,
    const char **strings[URLMETA_FIELDS_STRINGS]);


void
urlmeta_freshness(urlmeta_freshness_t *f,
    const urlmeta_freshness_fields_t *fields, int64_t now, int64_t delay)
{
    int                      targeted;
    int64_t                  age, date;
    urlmeta_cache_control_t  cc;

    memset(f, 0, sizeof(urlmeta_freshness_t));

    /* times of four digits of a year, so that no difference overflows */

    now = urlmeta_freshness_clamp(now, 0, 253402300799);
    delay = urlmeta_freshness_clamp(delay, 0, URLMETA_SECONDS_MAX);

    targeted = urlmeta_cache_control_targeted(&cc, fields->targeted);

    if (!targeted) {
        urlmeta_cache_control(&cc, fields->cache_control);
    }

    /* RFC 9110 section 6.6.1: an answer without Date was made on arrival */

    date = urlmeta_freshness_date(fields->date, now);

    if (date == -1) {
        date = now;
    }

    /* RFC 9111 section 4.2.3 */

    age = urlmeta_freshness_age(fields->age) + delay;

    if (now - date > age) {
        age = now - date;
    }

    f->age = urlmeta_freshness_clamp(age, 0, URLMETA_SECONDS_MAX);

    f->while_revalidate = cc.while_revalidate;
    f->if_error = cc.if_error;
    f->no_cache = cc.no_cache;

    /* RFC 9111 section 5.2.2.10: s-maxage implies proxy-revalidate */

    f->must_revalidate = cc.must_revalidate || cc.proxy_revalidate
                         || cc.s_maxage != -1;

    urlmeta_freshness_lifetime(f, fields, &cc, targeted, date, now);

    f->no_store = cc.no_store || cc.is_private
                  || (fields->vary && urlmeta_freshness_any(fields->vary))
                  || (fields->set_cookie && !f->stated);
}


static void
urlmeta_freshness_lifetime(urlmeta_freshness_t *f,
    const urlmeta_freshness_fields_t *fields,
    const urlmeta_cache_control_t *cc, int targeted, int64_t date, int64_t now)
{
    int64_t  time;

    f->stated = 1;

    if (cc->s_maxage != -1) {
        f->lifetime = cc->s_maxage;
        return;
    }

    if (cc->max_age != -1) {
        f->lifetime = cc->max_age;
        return;
    }

    if (fields->expires && !targeted) {

        /* an invalid one, such as 0, is in the past: section 5.3 */

        time = urlmeta_freshness_date(fields->expires, now);

        f->lifetime = time == -1 ? 0
                      : urlmeta_freshness_clamp(time - date, 0,
                                                URLMETA_SECONDS_MAX);
        return;
    }

    f->stated = 0;

    /* who asks for validation does not want to have a lifetime guessed */

    if (f->must_revalidate) {
        f->lifetime = 0;
        return;
    }

    f->lifetime = -1;

    if (fields->last_modified == NULL
        || (!cc->is_public && !urlmeta_freshness_heuristic(fields->status)))
    {
        return;
    }

    time = urlmeta_freshness_date(fields->last_modified, now);

    if (time != -1) {

        /*
         * later than Date it should have been Date, RFC 9110 section
         * 8.8.2.1
         */

        f->lifetime = urlmeta_freshness_clamp((date - time) / 10, 0,
                                              URLMETA_SECONDS_MAX);
        f->heuristic = 1;
    }
}


static int64_t
urlmeta_freshness_date(const char *value, int64_t now)
{
    return value ? urlmeta_http_date_at(value, strlen(value), now) : -1;
}


/* RFC 9111 section 5.1: the first of a list; what is no number is ignored */

static int64_t
urlmeta_freshness_age(const char *value)
{
    size_t   len;
    int64_t  age;

    if (value == NULL) {
        return 0;
    }

    while (*value == ' ' || *value == '\t') {
        value++;
    }

    /* a parameter is not allowed, but leaves no doubt of the number */

    len = strcspn(value, ",;");

    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
        len--;
    }

    age = urlmeta_delta_seconds(value, len);

    return age == -1 ? 0 : age;
}


/* whether "*" is in the list */

static int
urlmeta_freshness_any(const char *vary)
{
    size_t  len;

    for ( ;; ) {
        vary += strspn(vary, " \t,");

        if (*vary == '\0') {
            return 0;
        }

        len = strcspn(vary, " \t,");

        if (len == 1 && *vary == '*') {
            return 1;
        }

        vary += len;
    }
}


/* RFC 9110 section 15.1 */

static int
urlmeta_freshness_heuristic(unsigned status)
{
    switch (status) {

    case 200:
    case 203:
    case 204:
    case 206:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
        return 1;

    default:
        return 0;
    }
}


/* where they contradict each other, "max" holds */

static int64_t
urlmeta_freshness_clamp(int64_t value, int64_t min, int64_t max)
{
    if (value < min) {
        value = min;
    }

    return value < max ? value : max;
}


void
urlmeta_freshness_hop(urlmeta_freshness_t *chain,
    const urlmeta_freshness_t *hop, unsigned hop_status)
{
    int64_t  lifetime;

    chain->no_store |= hop->no_store;
    chain->no_cache |= hop->no_cache;
    chain->must_revalidate |= hop->must_revalidate;
    chain->bounded |= hop->bounded;

    if (hop->while_revalidate != -1
        && (chain->while_revalidate == -1
            || hop->while_revalidate < chain->while_revalidate))
    {
        chain->while_revalidate = hop->while_revalidate;
    }

    if (hop->if_error != -1
        && (chain->if_error == -1 || hop->if_error < chain->if_error))
    {
        chain->if_error = hop->if_error;
    }

    if (hop->lifetime == -1) {
        if (hop_status != 301 && hop_status != 308) {
            chain->bounded = 1;
        }

        return;
    }

    /* what is left of the redirect, counted as the chain's own lifetime is */

    lifetime = urlmeta_freshness_clamp(hop->lifetime - hop->age + chain->age,
                                       0, URLMETA_SECONDS_MAX);

    if (chain->lifetime == -1) {
        chain->bounded = 1;

    } else if (chain->lifetime <= lifetime) {
        return;
    }

    chain->lifetime = lifetime;
    chain->stated = hop->stated;
    chain->heuristic = hop->heuristic;
}


void
urlmeta_freshness_times(urlmeta_freshness_times_t *t,
    const urlmeta_freshness_t *f, const urlmeta_freshness_bounds_t *bounds)
{
    int64_t  min, max, left, valid;

    memset(t, 0, sizeof(urlmeta_freshness_times_t));

    t->age = urlmeta_freshness_clamp(f->age, 0, URLMETA_SECONDS_MAX);
    t->store = 1;

    min = urlmeta_freshness_clamp(bounds->min, 0, URLMETA_SECONDS_MAX);
    max = urlmeta_freshness_clamp(bounds->max, 0, URLMETA_SECONDS_MAX);
    valid = urlmeta_freshness_clamp(bounds->valid, 0, URLMETA_SECONDS_MAX);

    if (f->no_store) {
        t->fresh = urlmeta_freshness_clamp(min, 0, URLMETA_SHIELD_MAX);
        t->store = t->fresh != 0;
        return;
    }

    left = 0;

    if (f->no_cache) {
        t->fresh = urlmeta_freshness_clamp(0, min, max);

    } else if (f->lifetime == -1) {
        t->fresh = valid;
        t->store = valid != 0;

    } else {
        left = f->lifetime - t->age;
        t->fresh = urlmeta_freshness_clamp(left, min, max);
    }

    if (f->bounded && t->fresh >= valid) {
        t->fresh = valid;
        t->store = valid != 0;
    }

    /* neither a broken card nor one that is to be validated outlives this */

    if (bounds->truncated) {
        t->fresh = urlmeta_freshness_clamp(t->fresh, 0, URLMETA_SHIELD_MAX);
        t->store = t->fresh != 0;
        return;
    }

    if (f->no_cache || f->must_revalidate || !t->store) {
        return;
    }

    t->while_revalidate = urlmeta_freshness_stale(f->while_revalidate, left,
                                                  bounds->while_revalidate,
                                                  bounds->stated_only);
    t->if_error = urlmeta_freshness_stale(f->if_error, left, bounds->if_error,
                                          bounds->stated_only);
}


/*
 * A time that the origin states begins where its lifetime ends, which is in
 * the past if "left" is negative.
 */

static int64_t
urlmeta_freshness_stale(int64_t stated, int64_t left, int64_t max,
    int stated_only)
{
    max = urlmeta_freshness_clamp(max, 0, URLMETA_SECONDS_MAX);

    if (stated == -1) {
        return stated_only ? 0 : max;
    }

    if (left < 0) {
        stated = urlmeta_freshness_clamp(stated + left, 0,
                                         URLMETA_SECONDS_MAX);
    }

    return stated < max ? stated : max;
}


int
urlmeta_freshness_same(const urlmeta_freshness_fields_t *stored,
    const urlmeta_freshness_fields_t *from_304)
{
    if (from_304->etag) {
        return stored->etag
               && strcmp(urlmeta_freshness_opaque(stored->etag),
                         urlmeta_freshness_opaque(from_304->etag)) == 0;
    }

    if (from_304->last_modified) {
        return stored->last_modified
               && strcmp(stored->last_modified, from_304->last_modified) == 0;
    }

    return 1;
}


/* proxies that compress make a tag weak; If-None-Match compares like this */

static const char *
urlmeta_freshness_opaque(const char *etag)
{
    return etag[0] == 'W' && etag[1] == '/' ? etag + 2 : etag;
}


void
urlmeta_freshness_update(urlmeta_freshness_fields_t *stored,
    const urlmeta_freshness_fields_t *from_304)
{
    int                          i;
    const char                 **to[URLMETA_FIELDS_STRINGS];
    const char                 **from[URLMETA_FIELDS_STRINGS];
    urlmeta_freshness_fields_t   update;

    update = *from_304;

    urlmeta_freshness_strings(stored, to);
    urlmeta_freshness_strings(&update, from);

    for (i = 0; i < URLMETA_FIELDS_STRINGS; i++) {
        if (*from[i]) {
            *to[i] = *from[i];
        }
    }

    /* the age is counted from the validation on, section 4.2.3 */

    stored->date = update.date;
    stored->age = update.age;

    stored->set_cookie |= update.set_cookie;
}


/* in the order in which they are packed */

static void
urlmeta_freshness_strings(urlmeta_freshness_fields_t *fields,
    const char **strings[URLMETA_FIELDS_STRINGS])
{
    strings[0] = &fields->etag;
    strings[1] = &fields->last_modified;
    strings[2] = &fields->cache_control;
    strings[3] = &fields->targeted;
    strings[4] = &fields->expires;
    strings[5] = &fields->date;
    strings[6] = &fields->age;
    strings[7] = &fields->vary;
}


size_t
urlmeta_freshness_pack(char *to, const urlmeta_freshness_fields_t *fields)
{
    int                          i;
    char                         buf[URLMETA_FIELDS_MAX];
    size_t                       len, n;
    unsigned                     present;
    const char                 **strings[URLMETA_FIELDS_STRINGS];
    urlmeta_freshness_fields_t   copy;

    if (fields->status > 999) {
        return 0;
    }

    copy = *fields;
    urlmeta_freshness_strings(&copy, strings);

    /* the strings of an update may be in "to" */

    present = 0;
    len = URLMETA_FIELDS_HEADER;

    for (i = 0; i < URLMETA_FIELDS_STRINGS; i++) {
        if (*strings[i] == NULL) {
            continue;
        }

        n = strnlen(*strings[i], URLMETA_FIELDS_MAX) + 1;

        if (n > URLMETA_FIELDS_MAX - len) {
            return 0;
        }

        memcpy(buf + len, *strings[i], n);
        len += n;

        present |= 1u << i;
    }

    buf[0] = URLMETA_FIELDS_VERSION;
    buf[1] = (char) fields->set_cookie;
    buf[2] = (char) (fields->status & 0xff);
    buf[3] = (char) (fields->status >> 8);
    buf[4] = (char) present;

    memcpy(to, buf, len);

    return len;
}


int
urlmeta_freshness_unpack(urlmeta_freshness_fields_t *fields, const char *from,
    size_t len)
{
    int                          i;
    size_t                       pos;
    unsigned                     present, status;
    const char                  *end, **strings[URLMETA_FIELDS_STRINGS];
    urlmeta_freshness_fields_t   found;

    memset(fields, 0, sizeof(urlmeta_freshness_fields_t));
    memset(&found, 0, sizeof(urlmeta_freshness_fields_t));

    if (from == NULL || len < URLMETA_FIELDS_HEADER || len > URLMETA_FIELDS_MAX
        || from[0] != URLMETA_FIELDS_VERSION
        || (from[1] != 0 && from[1] != 1))
    {
        return 0;
    }

    status = (unsigned char) from[2] | (unsigned) (unsigned char) from[3] << 8;

    if (status > 999) {
        return 0;
    }

    found.status = status;
    found.set_cookie = from[1] == 1;

    present = (unsigned char) from[4];
    pos = URLMETA_FIELDS_HEADER;

    urlmeta_freshness_strings(&found, strings);

    for (i = 0; i < URLMETA_FIELDS_STRINGS; i++) {
        if (!(present & 1u << i)) {
            continue;
        }

        end = memchr(from + pos, '\0', len - pos);

        if (end == NULL) {
            return 0;
        }

        *strings[i] = from + pos;
        pos = (size_t) (end - from) + 1;
    }

    if (pos != len) {
        return 0;
    }

    *fields = found;

    return 1;
}
