
/*
 * The scanner's loops over what means nothing to it, 16 bytes at a time where
 * the processor has SSE2 (every x86-64 does).
 */


#ifndef _URLMETA_SCAN_FIND_H_INCLUDED_
#define _URLMETA_SCAN_FIND_H_INCLUDED_


#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif


static inline const char *urlmeta_scan_find(const char *p, const char *end,
    char c);
static inline const char *urlmeta_scan_find_special(const char *p,
    const char *end, char a, char b);


/* the first "c", or "end" */

static inline const char *
urlmeta_scan_find(const char *p, const char *end, char c)
{
#if defined(__SSE2__)
    int          i, mask;
    __m128i      wanted;
    const char  *q;

    wanted = _mm_set1_epi8(c);

    /* most are near; memchr() is faster from where it pays to call it */

    for (i = 0; i < 4; i++) {

        if (end - p < 16) {
            for ( /* void */ ; p < end && *p != c; p++) { /* void */ }

            return p;
        }

        mask = _mm_movemask_epi8(_mm_cmpeq_epi8(wanted,
                                       _mm_loadu_si128((const __m128i *) p)));
        if (mask) {
            return p + __builtin_ctz(mask);
        }

        p += 16;
    }

    q = memchr(p, c, end - p);

    return q ? q : end;
#else
    const char  *q;

    q = memchr(p, c, end - p);

    return q ? q : end;
#endif
}


/* the first "a", "b", CR or NUL, or "end" */

static inline const char *
urlmeta_scan_find_special(const char *p, const char *end, char a, char b)
{
#if defined(__SSE2__)
    int      mask;
    __m128i  block;

    for ( /* void */ ; end - p >= 16; p += 16) {
        block = _mm_loadu_si128((const __m128i *) p);

        mask = _mm_movemask_epi8(
                   _mm_or_si128(
                       _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(a)),
                                    _mm_cmpeq_epi8(block, _mm_set1_epi8(b))),
                       _mm_or_si128(_mm_cmpeq_epi8(block,
                                                   _mm_set1_epi8('\r')),
                                    _mm_cmpeq_epi8(block,
                                                   _mm_setzero_si128()))));
        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }
#endif

    for ( /* void */ ; p < end; p++) {
        if (*p == a || *p == b || *p == '\r' || *p == '\0') {
            break;
        }
    }

    return p;
}


#endif /* _URLMETA_SCAN_FIND_H_INCLUDED_ */
