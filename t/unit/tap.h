
/*
 * Test Anything Protocol for the unit tests: ok(), is_str(), is_int(), skip(),
 * and done_testing() as the last call of main().
 */


#ifndef _URLMETA_TAP_H_INCLUDED_
#define _URLMETA_TAP_H_INCLUDED_


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int  tap_run;
static int  tap_failed;


static int
ok(int good, const char *fmt, ...)
{
    va_list  args;

    tap_run++;

    if (!good) {
        tap_failed++;
    }

    printf("%sok %d - ", good ? "" : "not ", tap_run);

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    printf("\n");
    fflush(stdout);

    return good;
}


static inline int
is_str(const char *got, const char *expected, const char *name)
{
    int  good;

    if (got == NULL || expected == NULL) {
        good = (got == expected);

    } else {
        good = (strcmp(got, expected) == 0);
    }

    ok(good, "%s", name);

    if (!good) {
        printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
               expected ? expected : "(null)");
    }

    return good;
}


static inline int
is_int(long long got, long long expected, const char *name)
{
    int  good;

    good = ok(got == expected, "%s", name);

    if (!good) {
        printf("#      got: %lld\n# expected: %lld\n", got, expected);
    }

    return good;
}


static inline void
skip(const char *why)
{
    tap_run++;
    printf("ok %d # SKIP %s\n", tap_run, why);
}


static inline const char *
shared(void)
{
    const char  *path;

    path = getenv("URLMETA_SHARED");

    return path ? path : "../shared";
}


static int
done_testing(void)
{
    printf("1..%d\n", tap_run);

    return tap_failed ? 1 : 0;
}


#endif /* _URLMETA_TAP_H_INCLUDED_ */
