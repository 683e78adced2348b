
/*
 * Tags that are passed by: the states of the HTML standard's sections
 * 13.2.5.32 to 40 without their outcome.
 */


#include "scan_find.h"
#include "scan_state.h"


/* a tag that may be beyond a bound is read, so that this is told */
#define URLMETA_SCAN_SPARE  (URLMETA_SCAN_MAX_TAG / 4)

/* an i and an I are the same one */
#define urlmeta_scan_letter(c)  (1U << ((c) & 0x1f))


static inline const char *urlmeta_scan_skip(urlmeta_scan_t *sc,
    urlmeta_tag_e tag, const char *p, const char *end);


const char *
urlmeta_scan_skip_tag(const char *p, const char *end)
{
    return urlmeta_scan_skip(NULL, URLMETA_TAG_OTHER, p, end);
}


const char *
urlmeta_scan_skip_spare(urlmeta_scan_t *sc, urlmeta_tag_e tag, const char *p,
    const char *end)
{
    return urlmeta_scan_skip(sc, tag, p, end);
}


/*
 * Nearly all tags go this way, so it is worth its own loop; and since a tag is
 * tried once only, when its name is complete, a tag that many chunks carry is
 * not scanned again with each.
 */

static inline const char *
urlmeta_scan_skip(urlmeta_scan_t *sc, urlmeta_tag_e tag, const char *p,
    const char *end)
{
    char             c;
    unsigned         nattrs;
    const char      *start;
    urlmeta_attr_t   attr;

    start = p;
    nattrs = 0;

    for ( ;; ) {

        /* before attribute name, self-closing start tag */

        for ( ;; ) {
            if (p == end) {
                return NULL;
            }

            if (!urlmeta_scan_is(*p, URLMETA_SCAN_NAME_END)) {
                break;
            }

            if (*p++ == '>') {

                if (sc && (nattrs > URLMETA_SCAN_MAX_ATTRS
                           || p - start > URLMETA_SCAN_SPARE))
                {
                    return NULL;
                }

                return p;
            }
        }

        /* attribute name */

        attr.name = p;
        nattrs++;

        do {
            if (++p == end) {
                return NULL;
            }
        } while (!urlmeta_scan_is(*p,
                                  URLMETA_SCAN_NAME_END|URLMETA_SCAN_EQUALS));

        attr.name_len = (size_t) (p - attr.name);
        attr.value = p;

        /* after attribute name */

        while (urlmeta_scan_is(*p, URLMETA_SCAN_SPACE)) {
            if (++p == end) {
                return NULL;
            }
        }

        if (*p == '=') {

            /* before attribute value */

            do {
                if (++p == end) {
                    return NULL;
                }
            } while (urlmeta_scan_is(*p, URLMETA_SCAN_SPACE));

            c = *p;
            attr.value = p;

            if (c == '"' || c == '\'') {
                attr.value++;
                p = urlmeta_scan_find(p + 1, end, c);

                if (p == end) {
                    return NULL;
                }

                attr.value_len = (size_t) (p - attr.value);
                p++;

            } else {

                while (!urlmeta_scan_is(*p,
                                        URLMETA_SCAN_SPACE|URLMETA_SCAN_GT))
                {
                    if (++p == end) {
                        return NULL;
                    }
                }

                attr.value_len = (size_t) (p - attr.value);
            }

        } else {
            attr.value_len = 0;
        }

        if (sc && (sc->spare_letters & urlmeta_scan_letter(*attr.name))
            && sc->asked(sc->data, tag, &attr))
        {
            return NULL;
        }
    }
}
