
/*
 * Freshness: a choice, then the fields of a response, one a line; or a date;
 * or packed fields.  All times are within their bounds, what was packed is
 * unpacked as it was, and a date has one meaning in all its forms.
 */


#include <time.h>

#include "fuzz.h"
#include "freshness.h"


#define NOW  1700000000


static void check_fields(const uint8_t *data, size_t size);
static void check_times(const urlmeta_freshness_t *f);
static void check_packed(const urlmeta_freshness_fields_t *fields,
    const urlmeta_freshness_t *f);
static void check_date(const uint8_t *data, size_t size);
static void check_unpack(const uint8_t *data, size_t size);
static int within(int64_t seconds, int64_t min);
static int same(const char *a, const char *b);


static int
within(int64_t seconds, int64_t min)
{
    return seconds >= min && seconds <= URLMETA_SECONDS_MAX;
}


static int
same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}


static void
check_fields(const uint8_t *data, size_t size)
{
    char                        *copy, *line, *values[8];
    size_t                       i;
    unsigned                     set_cookie, status;
    urlmeta_freshness_t          f, hop;
    urlmeta_freshness_fields_t   fields, update;

    static const unsigned  statuses[] = {
        200, 301, 302, 303, 307, 308, 404, 599
    };

    set_cookie = fuzz_choice(&data, &size, 2);
    status = statuses[fuzz_choice(&data, &size, 8)];

    copy = malloc(size + 1);
    must(copy != NULL);
    memcpy(copy, data, size);
    copy[size] = '\0';

    line = copy;

    for (i = 0; i < 8; i++) {
        values[i] = NULL;

        if (line) {
            values[i] = line;
            line = strchr(line, '\n');

            if (line) {
                *line++ = '\0';
            }

            if (strcmp(values[i], "-") == 0) {
                values[i] = NULL;
            }
        }
    }

    memset(&fields, 0, sizeof(fields));

    fields.cache_control = values[0];
    fields.targeted = values[1];
    fields.expires = values[2];
    fields.date = values[3];
    fields.age = values[4];
    fields.last_modified = values[5];
    fields.etag = values[6];
    fields.vary = values[7];
    fields.status = status;
    fields.set_cookie = set_cookie;

    urlmeta_freshness(&f, &fields, NOW, 3);
    check_times(&f);
    check_packed(&fields, &f);

    must(urlmeta_freshness_same(&fields, &fields));

    /* a hop that has the same to say shortens nothing */

    hop = f;
    urlmeta_freshness_hop(&hop, &f, status);
    must(hop.lifetime == f.lifetime && hop.age == f.age);
    must(hop.no_store == f.no_store && hop.no_cache == f.no_cache);
    check_times(&hop);

    /* of a 304 that says nothing all but the age stays */

    memset(&update, 0, sizeof(update));
    urlmeta_freshness_update(&fields, &update);
    must(fields.cache_control == values[0] && fields.etag == values[6]);
    must(fields.date == NULL && fields.age == NULL);

    urlmeta_freshness(&f, &fields, NOW + 60, 3);
    must(f.age == 3);
    check_times(&f);

    free(copy);
}


static void
check_times(const urlmeta_freshness_t *f)
{
    unsigned                    i;
    urlmeta_freshness_times_t   t;
    urlmeta_freshness_bounds_t  bounds;

    must(within(f->lifetime, -1) && within(f->age, 0));
    must(within(f->while_revalidate, -1) && within(f->if_error, -1));
    must(!f->stated || (f->lifetime != -1 && !f->heuristic));
    must(!f->heuristic || f->lifetime != -1);

    for (i = 0; i < 8; i++) {
        memset(&bounds, 0, sizeof(bounds));

        bounds.min = i & 1 ? 90 : 0;
        bounds.max = 600;
        bounds.valid = 300;
        bounds.while_revalidate = 10;
        bounds.if_error = 20;
        bounds.truncated = (i >> 1) & 1;
        bounds.stated_only = i >> 2;

        urlmeta_freshness_times(&t, f, &bounds);

        must(t.age == f->age);
        must(t.fresh >= 0 && t.fresh <= 600);
        must(t.while_revalidate >= 0 && t.while_revalidate <= 10);
        must(t.if_error >= 0 && t.if_error <= 20);
        must(t.store || (t.fresh == 0 && t.if_error == 0));

        if (f->no_store || bounds.truncated) {
            must(t.fresh <= URLMETA_SHIELD_MAX);
        }

        if (f->no_store || bounds.truncated || f->no_cache
            || f->must_revalidate)
        {
            must(t.while_revalidate == 0 && t.if_error == 0);
        }

        if (bounds.min == 0) {
            must(t.store != f->no_store || bounds.truncated);
            must(t.fresh == 0 || !f->no_cache);
            must(t.fresh == 0 || f->lifetime == -1
                 || t.fresh <= f->lifetime - f->age);

        } else if (!f->no_store && !bounds.truncated) {
            must(t.fresh >= 90);
        }
    }
}


static void
check_packed(const urlmeta_freshness_fields_t *fields,
    const urlmeta_freshness_t *f)
{
    char                        packed[URLMETA_FIELDS_MAX], *copy;
    size_t                      len;
    urlmeta_freshness_t         again;
    urlmeta_freshness_fields_t  found;

    len = urlmeta_freshness_pack(packed, fields);

    if (len == 0) {
        return;
    }

    must(len <= URLMETA_FIELDS_MAX);

    copy = fuzz_copy(packed, len);

    must(urlmeta_freshness_unpack(&found, copy, len));
    must(!urlmeta_freshness_unpack(&found, copy, len - 1));
    must(urlmeta_freshness_unpack(&found, copy, len));

    must(same(found.cache_control, fields->cache_control));
    must(same(found.targeted, fields->targeted));
    must(same(found.expires, fields->expires));
    must(same(found.date, fields->date));
    must(same(found.age, fields->age));
    must(same(found.last_modified, fields->last_modified));
    must(same(found.etag, fields->etag));
    must(same(found.vary, fields->vary));
    must(found.status == fields->status);
    must(found.set_cookie == fields->set_cookie);

    urlmeta_freshness(&again, &found, NOW, 3);

    must(again.lifetime == f->lifetime && again.age == f->age);
    must(again.no_store == f->no_store && again.no_cache == f->no_cache);

    free(copy);
}


static void
check_date(const uint8_t *data, size_t size)
{
    char       text[64], *copy, *value;
    time_t     seconds;
    int64_t    date, after;
    struct tm  tm;

    copy = fuzz_copy(data, size);
    date = urlmeta_http_date_at(copy, size, NOW);
    must(date >= -1 && date <= 253402300800);

    value = malloc(size + 1);
    must(value != NULL);
    memcpy(value, data, size);
    value[size] = '\0';

    after = urlmeta_retry_after(value, NOW);
    must(within(after, -1));

    if (strlen(value) == size) {
        must(date == -1 || after >= 0);
        must(date <= NOW || date - NOW > URLMETA_SECONDS_MAX
             || after == date - NOW);
    }

    free(value);
    free(copy);

    /* a leap second may begin the year 10000 */

    if (date < 0 || date > 253402300799) {
        return;
    }

    seconds = (time_t) date;
    must(gmtime_r(&seconds, &tm) != NULL);

    must(strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) == 29);
    must(urlmeta_http_date_at(text, 29, 0) == date);

    must(strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm) == 24);
    must(urlmeta_http_date_at(text, 24, 0) == date);

    strftime(text, sizeof(text), "%A, %d-%b-%y %H:%M:%S GMT", &tm);
    must(urlmeta_http_date_at(text, strlen(text), date) == date);
}


static void
check_unpack(const uint8_t *data, size_t size)
{
    char                        *copy, packed[URLMETA_FIELDS_MAX];
    urlmeta_freshness_t          f;
    urlmeta_freshness_fields_t   fields;

    copy = fuzz_copy(data, size);

    if (urlmeta_freshness_unpack(&fields, copy, size)) {
        urlmeta_freshness(&f, &fields, NOW, 3);
        check_times(&f);

        must(urlmeta_freshness_pack(packed, &fields) == size);
        must(memcmp(packed, copy, size) == 0);
    }

    free(copy);
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    switch (fuzz_choice(&data, &size, 3)) {

    case 0:
        check_fields(data, size);
        break;

    case 1:
        check_date(data, size);
        break;

    default:
        check_unpack(data, size);
    }

    return 0;
}
