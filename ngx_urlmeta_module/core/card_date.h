
/*
 * Dates of a card: strictly read, written as ISO 8601, as precise as stated.
 */


#ifndef _URLMETA_CARD_DATE_H_INCLUDED_
#define _URLMETA_CARD_DATE_H_INCLUDED_


#include <stddef.h>


#define URLMETA_DATE_MAX  48


typedef struct {
    char        text[URLMETA_DATE_MAX];     /* zero terminated */
    long long   time;       /* seconds since the epoch; of a local time as if
                               it were UTC, of a truncated date its first */
    int         year;
} urlmeta_date_t;


/*
 * Reads
 *
 * - ISO 8601: YYYY, YYYY-MM, YYYY-MM-DD, YYYYMMDD, with Thh:mm[:ss[.f]] or
 *   Thhmm[ss], a space for the T, and Z, UTC, GMT, +hh, +hhmm or +hh:mm;
 *   slashes for the hyphens of a whole date;
 * - RFC 822, 1123 and 5322: [Tue, ]02 Jan 2024 03:04[:05] +0200 or a zone's
 *   name of RFC 822;
 * - seconds, milliseconds, microseconds or nanoseconds since the epoch.
 *
 * The offset given is kept; a local time gets none.  Returns 1, or 0 for
 * everything else: a guess would be shown as a fact.
 */
int urlmeta_date_parse(urlmeta_date_t *d, const char *text, size_t len);

/* seconds since the epoch as UTC; 0 if it is out of the years 0 to 9999 */
int urlmeta_date_set(urlmeta_date_t *d, long long time);

/* days since 1970-01-01 in the Gregorian calendar, for years from 0 on */
long long urlmeta_date_days(int year, int month, int day);

/*
 * ISO 8601 duration (PT1H2M3S, P1DT12H, P2W; no years or months, which have no
 * fixed length) or a plain number of seconds.  Returns the seconds, or -1.
 */
long long urlmeta_date_duration(const char *text, size_t len);


#endif /* _URLMETA_CARD_DATE_H_INCLUDED_ */
