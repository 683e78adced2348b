
/*
 * Strict dates and durations.
 */


#include "tap.h"
#include "card_date.h"


typedef struct {
    const char  *stated;
    const char  *expected;
} case_t;


static const char *parse(const char *text);
static void run(const case_t *cases, const char *what);


static urlmeta_date_t  date;


static const case_t  iso[] = {
    { "2024", "2024" },
    { "2024-01", "2024-01" },
    { "2024-01-02", "2024-01-02" },
    { "20240102", "2024-01-02" },
    { "2024/01/02", "2024-01-02" },
    { "2024-01-02T03:04", "2024-01-02T03:04" },
    { "2024-01-02 03:04", "2024-01-02T03:04" },
    { "2024-01-02 03:04:05", "2024-01-02T03:04:05" },
    { "2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z" },
    { "2024-01-02t03:04:05z", "2024-01-02T03:04:05Z" },
    { "2024-01-02T03:04:05+02:00", "2024-01-02T03:04:05+02:00" },
    { "2024-01-02T03:04:05+0200", "2024-01-02T03:04:05+02:00" },
    { "2024-01-02T03:04:05-05", "2024-01-02T03:04:05-05:00" },
    { "2024-01-02 03:04:05 +0530", "2024-01-02T03:04:05+05:30" },
    { "2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05Z" },
    { "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678Z" },
    { "2024-01-02T03:04:05.1234567890123Z",
      "2024-01-02T03:04:05.123456789Z" },
    { "20240102T030405Z", "2024-01-02T03:04:05Z" },
    { "20180619T055000+0900", "2018-06-19T05:50:00+09:00" },
    { "2024-02-29", "2024-02-29" },
    { " 2024-01-02\n", "2024-01-02" },
    { "2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z" },
    { NULL, NULL }
};


static const case_t  rfc[] = {
    { "Tue, 02 Jan 2024 03:04:05 GMT", "2024-01-02T03:04:05Z" },
    { "Tue, 02 Jan 2024 03:04:05 +0200", "2024-01-02T03:04:05+02:00" },
    { "Tue, 2 Jan 2024 03:04 EST", "2024-01-02T03:04-05:00" },
    { "2 Jan 2024 03:04:05 PDT", "2024-01-02T03:04:05-07:00" },
    { "02 Jan 24 03:04:05 UT", "2024-01-02T03:04:05Z" },
    { "02 Jan 94 03:04:05 Z", "1994-01-02T03:04:05Z" },
    { "02 Jan 2024", "2024-01-02" },
    { "02 Jan 2024 03:04:05", "2024-01-02T03:04:05" },
    { NULL, NULL }
};


static const case_t  epoch[] = {
    { "1704164645", "2024-01-02T03:04:05Z" },
    { "1704164645678", "2024-01-02T03:04:05Z" },
    { "1704164645678901", "2024-01-02T03:04:05Z" },
    { "1704164645678901234", "2024-01-02T03:04:05Z" },
    { "999999999", "2001-09-09T01:46:39Z" },
    { NULL, NULL }
};


static const case_t  wrong[] = {
    { "", NULL },
    { "yesterday", NULL },
    { "Fri, 07/14/2023 - 10:30", NULL },
    { "07/14/2023", NULL },
    { "23/01/2014", NULL },
    { "November 20, 2019 12:32", NULL },
    { "2023-02-29", NULL },
    { "2024-13-01", NULL },
    { "2024-00-01", NULL },
    { "2024-01-00", NULL },
    { "2024-04-31", NULL },
    { "2024-01-02T24:00", NULL },
    { "2024-01-02T03:60", NULL },
    { "2024-01-02T03:04:61", NULL },
    { "2024-01-02T03:04:60", NULL },
    { "2024-01-02T03:04:05+15:00", NULL },
    { "2024-01-02T03:04:05+02:60", NULL },
    { "2024-01-02T03:04:05PDT", NULL },
    { "2024-01-02T03:04:05.", NULL },
    { "2024-01-02T", NULL },
    { "2024-1-2", NULL },
    { "2024/01", NULL },
    { "2024-01/02", NULL },
    { "2024-01-02 and more", NULL },
    { "2024-W05-2", NULL },
    { "202401", NULL },
    { "12345", NULL },
    { "20241301", NULL },
    { "17041646456", NULL },
    { "170416464x", NULL },
    { "Tue 02 Jan 2024", NULL },
    { "Tue, 32 Jan 2024", NULL },
    { "Tue, 02 Foo 2024", NULL },
    { "0 Jan 2024", NULL },
    { "02 Jan 2024 3:04", NULL },
    { "02 Jan 2024 03:04:05 CEST", NULL },
    { "null", NULL },
    { NULL, NULL }
};


int
main(void)
{
    int     i, good;
    char    text[80];
    size_t  k, n;

    run(iso, "ISO 8601");
    run(rfc, "RFC 822");
    run(epoch, "epoch");

    for (i = 0; wrong[i].stated != NULL; i++) {
        is_str(parse(wrong[i].stated), NULL, wrong[i].stated);
    }

    parse("2024-01-02T03:04:05+02:00");
    is_int(date.time, 1704157445, "the time of an offset");
    parse("1970-01-01T00:00:00Z");
    is_int(date.time, 0, "the epoch");
    parse("1969-12-31");
    is_int(date.time, -86400, "before the epoch");
    parse("0001-01-01T00:00:00Z");
    is_int(date.time, -62135596800, "the year 1");
    is_int(date.year, 1, "as a number");

    ok(urlmeta_date_set(&date, 1704164645), "a time can be set");
    is_str(date.text, "2024-01-02T03:04:05Z", "and written");
    ok(urlmeta_date_set(&date, -1), "a time before the epoch");
    is_str(date.text, "1969-12-31T23:59:59Z", "is one second before");
    ok(urlmeta_date_set(&date, 951782400), "a leap day of a century");
    is_str(date.text, "2000-02-29T00:00:00Z", "is there");
    ok(urlmeta_date_set(&date, 253402300799), "the last second of 9999");
    is_str(date.text, "9999-12-31T23:59:59Z", "is written");
    ok(!urlmeta_date_set(&date, 253402300800), "the one after is not");
    ok(!urlmeta_date_set(&date, -99999999999999), "nor the far past");

    /* what is written is read back as the same */

    good = 1;

    for (i = 0; i < 20000; i++) {
        long long  time;

        time = (long long) i * 12345678 - 60000000000LL;

        if (!urlmeta_date_set(&date, time)
            || !urlmeta_date_parse(&date, date.text, strlen(date.text))
            || date.time != time)
        {
            good = 0;
            printf("# %lld %s\n", time, date.text);
            break;
        }
    }

    ok(good, "20,000 times there and back");

    is_int(urlmeta_date_duration("PT8M9S", 6), 489, "minutes and seconds");
    is_int(urlmeta_date_duration("PT1H", 4), 3600, "an hour");
    is_int(urlmeta_date_duration("P1DT2H", 6), 93600, "a day and hours");
    is_int(urlmeta_date_duration("P2W", 3), 1209600, "weeks");
    is_int(urlmeta_date_duration("P0Y0M0DT0H3M25.5S", 17), 205,
           "zeroes and a fraction");
    is_int(urlmeta_date_duration("754", 3), 754, "seconds");
    is_int(urlmeta_date_duration("P1Y", 3), -1, "a year has no length");
    is_int(urlmeta_date_duration("P1M", 3), -1, "a month neither");
    is_int(urlmeta_date_duration("PT", 2), -1, "no number");
    is_int(urlmeta_date_duration("P", 1), -1, "P alone");
    is_int(urlmeta_date_duration("PT5", 3), -1, "no unit");
    is_int(urlmeta_date_duration("PT5S3M", 6), -1, "the wrong order");
    is_int(urlmeta_date_duration("P5S", 3), -1, "seconds without T");
    is_int(urlmeta_date_duration("PT99999999999S", 14), -1, "too many digits");
    is_int(urlmeta_date_duration("12:34", 5), -1, "a clock");
    is_int(urlmeta_date_duration("", 0), -1, "nothing");

    srand(3);

    for (i = 0; i < 200000; i++) {
        static const char  alphabet[] = "0123456789-:TZ+. /,JanMonGMTPHSD";

        n = (size_t) rand() % sizeof(text);

        for (k = 0; k < n; k++) {
            text[k] = alphabet[(size_t) rand() % (sizeof(alphabet) - 1)];
        }

        if (urlmeta_date_parse(&date, text, n)
            && strlen(date.text) >= URLMETA_DATE_MAX - 1)
        {
            good = 0;
        }

        (void) urlmeta_date_duration(text, n);
    }

    ok(good, "200,000 random texts");

    return done_testing();
}


static const char *
parse(const char *text)
{
    return urlmeta_date_parse(&date, text, strlen(text)) ? date.text : NULL;
}


static void
run(const case_t *cases, const char *what)
{
    for ( /* void */ ; cases->stated != NULL; cases++) {
        if (!is_str(parse(cases->stated), cases->expected, cases->stated)) {
            printf("# %s\n", what);
        }
    }
}
