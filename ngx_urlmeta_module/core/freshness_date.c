
/*
 * Dates of HTTP, RFC 9110 section 5.6.7.  They are read to the letter, since
 * an Expires that is none means "stale"; but case is ignored, and the name of
 * the day need not be that day's.
 */


#include <string.h>
#include <time.h>

#include "card_date.h"
#include "freshness.h"
#include "freshness_field.h"


typedef struct {
    const char  *pos;
    const char  *last;
    int          year;
    int          month;         /* 1 to 12 */
    int          day;
    int          hour;
    int          minute;
    int          second;
} urlmeta_http_date_t;


static int urlmeta_http_date_fix(urlmeta_http_date_t *d);
static int urlmeta_http_date_rfc850(urlmeta_http_date_t *d, int64_t now);
static int urlmeta_http_date_asctime(urlmeta_http_date_t *d);
static int urlmeta_http_date_clock(urlmeta_http_date_t *d);
static int urlmeta_http_date_text(urlmeta_http_date_t *d, const char *text);
static int urlmeta_http_date_digits(urlmeta_http_date_t *d, int n, int *value);
static int urlmeta_http_date_name(urlmeta_http_date_t *d,
    const char *const *names, int n);
static int64_t urlmeta_http_date_seconds(const urlmeta_http_date_t *d);


static const char *const  urlmeta_http_days[] = {
    "mon", "tue", "wed", "thu", "fri", "sat", "sun"
};

static const char *const  urlmeta_http_long_days[] = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
};

static const char *const  urlmeta_http_months[] = {
    "jan", "feb", "mar", "apr", "may", "jun",
    "jul", "aug", "sep", "oct", "nov", "dec"
};


int64_t
urlmeta_http_date(const char *value, size_t len)
{
    return urlmeta_http_date_at(value, len, time(NULL));
}


int64_t
urlmeta_http_date_at(const char *value, size_t len, int64_t now)
{
    urlmeta_http_date_t  d;

    while (len && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }

    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
        len--;
    }

    memset(&d, 0, sizeof(d));

    d.pos = value;
    d.last = value + len;

    if (!urlmeta_http_date_fix(&d)) {
        d.pos = value;

        if (!urlmeta_http_date_asctime(&d)) {
            d.pos = value;

            if (!urlmeta_http_date_rfc850(&d, now)) {
                return -1;
            }
        }
    }

    return urlmeta_http_date_seconds(&d);
}


/* Sun, 06 Nov 1994 08:49:37 GMT */

static int
urlmeta_http_date_fix(urlmeta_http_date_t *d)
{
    if (!urlmeta_http_date_name(d, urlmeta_http_days, 7)
        || !urlmeta_http_date_text(d, ", ")
        || !urlmeta_http_date_digits(d, 2, &d->day)
        || !urlmeta_http_date_text(d, " "))
    {
        return 0;
    }

    d->month = urlmeta_http_date_name(d, urlmeta_http_months, 12);

    return d->month
           && urlmeta_http_date_text(d, " ")
           && urlmeta_http_date_digits(d, 4, &d->year)
           && urlmeta_http_date_text(d, " ")
           && urlmeta_http_date_clock(d)
           && urlmeta_http_date_text(d, " gmt")
           && d->pos == d->last;
}


/* Sunday, 06-Nov-94 08:49:37 GMT */

static int
urlmeta_http_date_rfc850(urlmeta_http_date_t *d, int64_t now)
{
    int  n, year;

    if (!urlmeta_http_date_name(d, urlmeta_http_long_days, 7)
        || !urlmeta_http_date_text(d, ", ")
        || !urlmeta_http_date_digits(d, 2, &d->day)
        || !urlmeta_http_date_text(d, "-"))
    {
        return 0;
    }

    d->month = urlmeta_http_date_name(d, urlmeta_http_months, 12);

    if (!d->month
        || !urlmeta_http_date_text(d, "-")
        || !urlmeta_http_date_digits(d, 2, &n)
        || !urlmeta_http_date_text(d, " ")
        || !urlmeta_http_date_clock(d)
        || !urlmeta_http_date_text(d, " gmt")
        || d->pos != d->last)
    {
        return 0;
    }

    /* what seems to be over 50 years ahead is of the century before */

    year = 1970;

    if (now > 0) {
        year += (int) ((now < 253402300799 ? now : 253402300799) / 31556952);
    }

    d->year = year - year % 100 + n;

    if (d->year > year + 50) {
        d->year -= 100;

    } else if (d->year + 100 <= year + 50) {
        d->year += 100;
    }

    return 1;
}


/* Sun Nov  6 08:49:37 1994 */

static int
urlmeta_http_date_asctime(urlmeta_http_date_t *d)
{
    int  digits;

    if (!urlmeta_http_date_name(d, urlmeta_http_days, 7)
        || !urlmeta_http_date_text(d, " "))
    {
        return 0;
    }

    d->month = urlmeta_http_date_name(d, urlmeta_http_months, 12);

    if (!d->month || !urlmeta_http_date_text(d, " ")) {
        return 0;
    }

    digits = urlmeta_http_date_text(d, " ") ? 1 : 2;

    return urlmeta_http_date_digits(d, digits, &d->day)
           && urlmeta_http_date_text(d, " ")
           && urlmeta_http_date_clock(d)
           && urlmeta_http_date_text(d, " ")
           && urlmeta_http_date_digits(d, 4, &d->year)
           && d->pos == d->last;
}


static int
urlmeta_http_date_clock(urlmeta_http_date_t *d)
{
    return urlmeta_http_date_digits(d, 2, &d->hour)
           && urlmeta_http_date_text(d, ":")
           && urlmeta_http_date_digits(d, 2, &d->minute)
           && urlmeta_http_date_text(d, ":")
           && urlmeta_http_date_digits(d, 2, &d->second);
}


/* "text" is in lower case */

static int
urlmeta_http_date_text(urlmeta_http_date_t *d, const char *text)
{
    char         ch;
    size_t       i;
    const char  *pos;

    pos = d->pos;

    for (i = 0; text[i]; i++, pos++) {
        if (pos == d->last) {
            return 0;
        }

        ch = *pos;

        if (ch >= 'A' && ch <= 'Z') {
            ch = (char) (ch | 0x20);
        }

        if (ch != text[i]) {
            return 0;
        }
    }

    d->pos = pos;

    return 1;
}


static int
urlmeta_http_date_digits(urlmeta_http_date_t *d, int n, int *value)
{
    *value = 0;

    if (d->last - d->pos < n) {
        return 0;
    }

    while (n--) {
        if (*d->pos < '0' || *d->pos > '9') {
            return 0;
        }

        *value = *value * 10 + (*d->pos++ - '0');
    }

    return 1;
}


/* its number from 1 on, or 0 */

static int
urlmeta_http_date_name(urlmeta_http_date_t *d, const char *const *names, int n)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (urlmeta_http_date_text(d, names[i])) {
            return i + 1;
        }
    }

    return 0;
}


static int64_t
urlmeta_http_date_seconds(const urlmeta_http_date_t *d)
{
    int      days;
    int64_t  seconds;

    static const int  month_days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    days = month_days[d->month - 1];

    if (d->month == 2 && d->year % 4 == 0
        && (d->year % 100 != 0 || d->year % 400 == 0))
    {
        days++;
    }

    /* a leap second is the next minute's first */

    if (d->day < 1 || d->day > days || d->hour > 23 || d->minute > 59
        || d->second > 60)
    {
        return -1;
    }

    seconds = (int64_t) urlmeta_date_days(d->year, d->month, d->day) * 86400
              + d->hour * 3600 + d->minute * 60 + d->second;

    return seconds < 0 ? -1 : seconds;
}


int64_t
urlmeta_retry_after(const char *value, int64_t now)
{
    size_t   len;
    int64_t  seconds;

    if (value == NULL) {
        return -1;
    }

    while (*value == ' ' || *value == '\t') {
        value++;
    }

    len = strlen(value);

    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
        len--;
    }

    seconds = urlmeta_delta_seconds(value, len);

    if (seconds != -1) {
        return seconds;
    }

    seconds = urlmeta_http_date_at(value, len, now);

    if (seconds == -1) {
        return -1;
    }

    if (now >= seconds) {
        return 0;
    }

    /* a difference to a negative "now" would not fit */

    seconds -= now < 0 ? 0 : now;

    return seconds < URLMETA_SECONDS_MAX ? seconds : URLMETA_SECONDS_MAX;
}
