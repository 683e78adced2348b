
/*
 * Hosts as text: IP literals, and names to their ASCII form.
 */


#ifndef _URLMETA_URL_HOST_H_INCLUDED_
#define _URLMETA_URL_HOST_H_INCLUDED_


#include <stddef.h>


#define URLMETA_HOST_MAX   253      /* RFC 1035, without the trailing dot */
#define URLMETA_HOST_SIZE  256      /* for the two functions that write */

#define URLMETA_LABEL_MAX  63


/* four decimal numbers without leading zeros, and nothing else; 1 or 0 */
int urlmeta_host_ipv4(unsigned char addr[4], const char *src, size_t len);

/* RFC 4291 section 2.2, no brackets, no zone; 1 or 0 */
int urlmeta_host_ipv6(unsigned char addr[16], const char *src, size_t len);

/* RFC 5952 without mixed notation, no brackets; the length, 39 at most */
size_t urlmeta_host_ipv6_text(char *dst, const unsigned char addr[16]);

/*
 * UTF-8 with something that is not ASCII to ASCII by UTS 46, non-transitional,
 * lower case, zero terminated; the length, or 0 if it cannot be or is longer
 * than URLMETA_HOST_SIZE - 1.  Pure ASCII must not come here: libidn2 refuses
 * names that the DNS has, "r3---sn-…" for one.
 */
size_t urlmeta_host_ascii(char *dst, const char *src, size_t len);

/* a lower case label that begins with "xn--": 1 if it is what its decoded form
   is encoded to, 0 if not */
int urlmeta_host_label(const char *label, size_t len);


#endif /* _URLMETA_URL_HOST_H_INCLUDED_ */
