
/*
 * Dates of a card: strictly read, written as ISO 8601, as precise as stated.
 */


#include <stdio.h>
#include <string.h>

#include "card_date.h"


typedef enum {
    URLMETA_DATE_LOCAL = 0,
    URLMETA_DATE_UTC,
    URLMETA_DATE_OFFSET
} urlmeta_date_zone_e;


typedef struct {
    const char           *pos;
    const char           *last;

    int                   year;
    int                   month;        /* 0 if not given */
    int                   day;
    int                   hour;         /* -1 if not given */
    int                   minute;
    int                   second;       /* -1 if not given */
    int                   offset;       /* minutes east */
    urlmeta_date_zone_e   zone;
    const char           *fraction;     /* its digits */
    size_t                fraction_len;
} urlmeta_date_parts_t;


static int urlmeta_date_iso(urlmeta_date_parts_t *p);
static int urlmeta_date_iso_time(urlmeta_date_parts_t *p);
static int urlmeta_date_iso_zone(urlmeta_date_parts_t *p);
static int urlmeta_date_rfc822(urlmeta_date_parts_t *p);
static int urlmeta_date_rfc822_zone(urlmeta_date_parts_t *p);
static int urlmeta_date_epoch(urlmeta_date_t *d, const char *text, size_t len);
static int urlmeta_date_digits(urlmeta_date_parts_t *p, int n, int *value);
static int urlmeta_date_char(urlmeta_date_parts_t *p, char ch);
static int urlmeta_date_name(urlmeta_date_parts_t *p, const char *names);
static size_t urlmeta_date_spaces(urlmeta_date_parts_t *p);
static int urlmeta_date_valid(const urlmeta_date_parts_t *p);
static int urlmeta_date_write(urlmeta_date_t *d,
    const urlmeta_date_parts_t *p);


int
urlmeta_date_parse(urlmeta_date_t *d, const char *text, size_t len)
{
    urlmeta_date_parts_t  p;

    while (len != 0 && (*text == ' ' || (*text >= '\t' && *text <= '\r'))) {
        text++;
        len--;
    }

    while (len != 0 && (text[len - 1] == ' '
                        || (text[len - 1] >= '\t' && text[len - 1] <= '\r')))
    {
        len--;
    }

    if (len < 4 || len > 64) {
        return 0;
    }

    if (urlmeta_date_epoch(d, text, len)) {
        return 1;
    }

    memset(&p, 0, sizeof(p));

    p.pos = text;
    p.last = text + len;
    p.hour = -1;
    p.second = -1;

    if (!urlmeta_date_iso(&p)) {

        memset(&p, 0, sizeof(p));

        p.pos = text;
        p.last = text + len;
        p.hour = -1;
        p.second = -1;

        if (!urlmeta_date_rfc822(&p)) {
            return 0;
        }
    }

    if (p.pos != p.last || !urlmeta_date_valid(&p)) {
        return 0;
    }

    return urlmeta_date_write(d, &p);
}


static int
urlmeta_date_iso(urlmeta_date_parts_t *p)
{
    char  sep;

    if (!urlmeta_date_digits(p, 4, &p->year)) {
        return 0;
    }

    if (p->pos == p->last) {
        return 1;
    }

    sep = *p->pos;

    if (sep == '-' || sep == '/') {
        p->pos++;

        if (!urlmeta_date_digits(p, 2, &p->month)) {
            return 0;
        }

        if (p->pos == p->last) {
            return sep == '-' && p->month != 0;
        }

        if (!urlmeta_date_char(p, sep)
            || !urlmeta_date_digits(p, 2, &p->day))
        {
            return 0;
        }

    } else if (!urlmeta_date_digits(p, 2, &p->month)
               || !urlmeta_date_digits(p, 2, &p->day))
    {
        return 0;
    }

    if (p->month == 0 || p->day == 0) {
        return 0;
    }

    if (p->pos == p->last) {
        return 1;
    }

    return urlmeta_date_iso_time(p);
}


static int
urlmeta_date_iso_time(urlmeta_date_parts_t *p)
{
    int  basic;

    if (*p->pos == 'T' || *p->pos == 't') {
        p->pos++;

    } else if (urlmeta_date_spaces(p) == 0) {
        return 0;
    }

    if (!urlmeta_date_digits(p, 2, &p->hour)) {
        return 0;
    }

    basic = !urlmeta_date_char(p, ':');

    if (!urlmeta_date_digits(p, 2, &p->minute)) {
        return 0;
    }

    if (basic) {
        if (p->pos < p->last && *p->pos >= '0' && *p->pos <= '9'
            && !urlmeta_date_digits(p, 2, &p->second))
        {
            return 0;
        }

    } else if (urlmeta_date_char(p, ':')
               && !urlmeta_date_digits(p, 2, &p->second))
    {
        return 0;
    }

    if (p->second != -1 && p->pos < p->last
        && (*p->pos == '.' || *p->pos == ','))
    {
        p->fraction = ++p->pos;

        while (p->pos < p->last && *p->pos >= '0' && *p->pos <= '9') {
            p->pos++;
        }

        p->fraction_len = (size_t) (p->pos - p->fraction);

        if (p->fraction_len == 0) {
            return 0;
        }
    }

    return urlmeta_date_iso_zone(p);
}


static int
urlmeta_date_iso_zone(urlmeta_date_parts_t *p)
{
    int   hours, minutes;
    char  sign;

    (void) urlmeta_date_spaces(p);

    if (p->pos == p->last) {
        return 1;
    }

    if (urlmeta_date_char(p, 'Z') || urlmeta_date_char(p, 'z')) {
        p->zone = URLMETA_DATE_UTC;
        return 1;
    }

    if (p->last - p->pos == 3
        && (memcmp(p->pos, "UTC", 3) == 0 || memcmp(p->pos, "GMT", 3) == 0))
    {
        p->pos += 3;
        p->zone = URLMETA_DATE_UTC;
        return 1;
    }

    sign = *p->pos;

    if (sign != '+' && sign != '-') {
        return 0;
    }

    p->pos++;
    minutes = 0;

    if (!urlmeta_date_digits(p, 2, &hours)) {
        return 0;
    }

    if (p->pos < p->last) {
        (void) urlmeta_date_char(p, ':');

        if (!urlmeta_date_digits(p, 2, &minutes)) {
            return 0;
        }
    }

    /* the widest offset in use is +14:00 */

    if (hours > 14 || minutes > 59) {
        return 0;
    }

    p->offset = hours * 60 + minutes;

    if (sign == '-') {
        p->offset = -p->offset;
    }

    p->zone = URLMETA_DATE_OFFSET;

    return 1;
}


static int
urlmeta_date_rfc822(urlmeta_date_parts_t *p)
{
    int          n;
    const char  *pos;

    if (urlmeta_date_name(p, "SunMonTueWedThuFriSat") != 0) {
        if (!urlmeta_date_char(p, ',')) {
            return 0;
        }

        (void) urlmeta_date_spaces(p);
    }

    /* a day of one or two digits */

    n = (p->last - p->pos > 1 && p->pos[1] >= '0' && p->pos[1] <= '9') ? 2 : 1;

    if (!urlmeta_date_digits(p, n, &p->day) || urlmeta_date_spaces(p) == 0) {
        return 0;
    }

    p->month = urlmeta_date_name(p, "JanFebMarAprMayJunJulAugSepOctNovDec");

    if (p->month == 0 || urlmeta_date_spaces(p) == 0) {
        return 0;
    }

    pos = p->pos;

    if (!urlmeta_date_digits(p, 4, &p->year)) {
        p->pos = pos;

        if (!urlmeta_date_digits(p, 2, &p->year)) {
            return 0;
        }

        /* RFC 5322 section 4.3 */
        p->year += (p->year < 50) ? 2000 : 1900;
    }

    if (p->day == 0 || p->pos == p->last) {
        return p->day != 0;
    }

    if (urlmeta_date_spaces(p) == 0
        || !urlmeta_date_digits(p, 2, &p->hour)
        || !urlmeta_date_char(p, ':')
        || !urlmeta_date_digits(p, 2, &p->minute)
        || (urlmeta_date_char(p, ':')
            && !urlmeta_date_digits(p, 2, &p->second)))
    {
        return 0;
    }

    if (p->pos == p->last) {
        return 1;
    }

    if (urlmeta_date_spaces(p) == 0) {
        return 0;
    }

    return urlmeta_date_rfc822_zone(p);
}


static int
urlmeta_date_rfc822_zone(urlmeta_date_parts_t *p)
{
    int     n;
    size_t  len;

    len = (size_t) (p->last - p->pos);

    if (len == 5 && (*p->pos == '+' || *p->pos == '-')) {
        return urlmeta_date_iso_zone(p);
    }

    if ((len == 3 && memcmp(p->pos, "GMT", 3) == 0)
        || (len == 3 && memcmp(p->pos, "UTC", 3) == 0)
        || (len == 2 && memcmp(p->pos, "UT", 2) == 0)
        || (len == 1 && *p->pos == 'Z'))
    {
        p->pos = p->last;
        p->zone = URLMETA_DATE_UTC;
        return 1;
    }

    n = urlmeta_date_name(p, "EDTESTCDTCSTMDTMSTPDTPST");

    if (n == 0) {
        return 0;
    }

    p->offset = -60 * (4 + n / 2);
    p->zone = URLMETA_DATE_OFFSET;

    return 1;
}


/*
 * The count of digits tells the unit, as no page is older than the web: nine
 * or ten digits are seconds, thirteen milliseconds, sixteen microseconds and
 * nineteen nanoseconds.
 */

static int
urlmeta_date_epoch(urlmeta_date_t *d, const char *text, size_t len)
{
    size_t     i, n;
    long long  time;

    switch (len) {

    case 9:
    case 10:
        n = len;
        break;

    case 13:
    case 16:
    case 19:
        n = 10;
        break;

    default:
        return 0;
    }

    time = 0;

    for (i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }

        if (i < n) {
            time = time * 10 + (text[i] - '0');
        }
    }

    return urlmeta_date_set(d, time);
}


static int
urlmeta_date_digits(urlmeta_date_parts_t *p, int n, int *value)
{
    int  i;

    if (p->last - p->pos < n) {
        return 0;
    }

    *value = 0;

    for (i = 0; i < n; i++) {
        if (p->pos[i] < '0' || p->pos[i] > '9') {
            return 0;
        }

        *value = *value * 10 + (p->pos[i] - '0');
    }

    p->pos += n;

    return 1;
}


static int
urlmeta_date_char(urlmeta_date_parts_t *p, char ch)
{
    if (p->pos < p->last && *p->pos == ch) {
        p->pos++;
        return 1;
    }

    return 0;
}


/* which of the names of three letters is next, from 1 on; 0 if none is */

static int
urlmeta_date_name(urlmeta_date_parts_t *p, const char *names)
{
    int  i;

    if (p->last - p->pos < 3) {
        return 0;
    }

    for (i = 0; names[i * 3] != '\0'; i++) {
        if ((names[i * 3] | 0x20) == (p->pos[0] | 0x20)
            && (names[i * 3 + 1] | 0x20) == (p->pos[1] | 0x20)
            && (names[i * 3 + 2] | 0x20) == (p->pos[2] | 0x20))
        {
            p->pos += 3;
            return i + 1;
        }
    }

    return 0;
}


static size_t
urlmeta_date_spaces(urlmeta_date_parts_t *p)
{
    size_t  n;

    for (n = 0; urlmeta_date_char(p, ' '); n++) { /* void */ }

    return n;
}


static int
urlmeta_date_valid(const urlmeta_date_parts_t *p)
{
    int               days;
    static const int  month_days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (p->month > 12) {
        return 0;
    }

    if (p->month != 0 && p->day != 0) {
        days = month_days[p->month - 1];

        if (p->month == 2
            && ((p->year % 4 == 0 && p->year % 100 != 0)
                || p->year % 400 == 0))
        {
            days = 29;
        }

        if (p->day > days) {
            return 0;
        }
    }

    if (p->hour > 23 || p->minute > 59 || p->second > 60) {
        return 0;
    }

    /* a leap second ends an hour in every zone but those of half hours */

    return p->second != 60 || p->minute % 15 == 14;
}


static int
urlmeta_date_write(urlmeta_date_t *d, const urlmeta_date_parts_t *p)
{
    int     n, m, offset;
    size_t  len;

    /* the digits of a fraction are bounded, the other parts are of fixed
       width, so that URLMETA_DATE_MAX is never reached */

    n = snprintf(d->text, URLMETA_DATE_MAX, "%04d", p->year);

    if (p->month != 0) {
        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, "-%02d", p->month);
    }

    if (p->day != 0) {
        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, "-%02d", p->day);
    }

    if (p->hour != -1) {
        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, "T%02d:%02d",
                      p->hour, p->minute);
    }

    if (p->second != -1) {
        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, ":%02d", p->second);
    }

    if (p->fraction_len != 0) {
        len = (p->fraction_len > 9) ? 9 : p->fraction_len;

        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, ".%.*s", (int) len,
                      p->fraction);
    }

    switch (p->zone) {

    case URLMETA_DATE_UTC:
        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, "Z");
        break;

    case URLMETA_DATE_OFFSET:
        m = (p->offset < 0) ? -p->offset : p->offset;

        n += snprintf(d->text + n, URLMETA_DATE_MAX - n, "%c%02d:%02d",
                      (p->offset < 0) ? '-' : '+', m / 60, m % 60);
        break;

    default:
        break;
    }

    offset = (p->zone == URLMETA_DATE_OFFSET) ? p->offset : 0;

    d->year = p->year;
    d->time = urlmeta_date_days(p->year, p->month ? p->month : 1,
                                p->day ? p->day : 1) * 86400;

    if (p->hour != -1) {
        d->time += p->hour * 3600 + p->minute * 60 - offset * 60;
    }

    if (p->second != -1) {
        d->time += p->second;
    }

    return n < URLMETA_DATE_MAX;
}


long long
urlmeta_date_days(int year, int month, int day)
{
    long long  y, m;

    /* a year that begins with March has its leap day last */

    y = year + 400 - (month < 3);
    m = (month + 9) % 12;

    return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1
           - 719468 - 146097;
}


int
urlmeta_date_set(urlmeta_date_t *d, long long time)
{
    int        month, day, seconds;
    long long  days, era, of_era, year, of_year;

    days = time / 86400;
    seconds = (int) (time % 86400);

    if (seconds < 0) {
        seconds += 86400;
        days--;
    }

    days += 719468;

    if (days < 0 || days > 3652424) {
        return 0;
    }

    /* 146097 days are 400 years */

    era = days / 146097;
    of_era = days % 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    month = (int) ((5 * of_year + 2) / 153);
    day = (int) (of_year - (153 * month + 2) / 5 + 1);
    month = (month < 10) ? month + 3 : month - 9;
    year += era * 400 + (month < 3);

    if (year > 9999) {
        return 0;
    }

    d->time = time;
    d->year = (int) year;

    snprintf(d->text, URLMETA_DATE_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ",
             d->year, month, day, seconds / 3600, seconds / 60 % 60,
             seconds % 60);

    return 1;
}


long long
urlmeta_date_duration(const char *text, size_t len)
{
    int          time, digits;
    size_t       unit, next;
    long long    total, value;
    const char  *last, *found;

    static const char       units[] = "WDTHMS";
    static const long long  seconds[] = { 604800, 86400, 0, 3600, 60, 1 };

    last = text + len;
    time = 0;
    next = 0;
    total = 0;

    if (len == 0 || len > 32) {
        return -1;
    }

    if (*text != 'P') {

        /* plain seconds */

        for ( /* void */ ; text < last; text++) {
            if (*text < '0' || *text > '9' || total > 100000000) {
                return -1;
            }

            total = total * 10 + (*text - '0');
        }

        return total;
    }

    text++;

    if (text == last) {
        return -1;
    }

    while (text < last) {

        if (*text == 'T') {
            if (time || text + 1 == last) {
                return -1;
            }

            time = 1;
            next = 3;
            text++;
        }

        value = 0;
        digits = 0;

        while (text < last && *text >= '0' && *text <= '9') {
            if (++digits > 9) {
                return -1;
            }

            value = value * 10 + (*text++ - '0');
        }

        if (text < last && digits && (*text == '.' || *text == ',')) {

            /* fractions are for the seconds; what is under one is dropped */

            text++;

            while (text < last && *text >= '0' && *text <= '9') {
                text++;
            }

            if (text + 1 != last || *text != 'S') {
                return -1;
            }
        }

        if (text == last || digits == 0) {
            return -1;
        }

        /* how long a year or a month is nobody knows, but of none */

        if (!time && value == 0 && (*text == 'Y' || *text == 'M')) {
            text++;
            continue;
        }

        found = strchr(units, *text);

        if (found == NULL || *found == '\0') {
            return -1;
        }

        unit = (size_t) (found - units);

        if (unit < next || unit == 2 || time != (unit > 2)) {
            return -1;
        }

        total += value * seconds[unit];
        next = unit + 1;
        text++;
    }

    return total;
}
